"""The stage of a demo: its clock, its people, and the operations as one line each, played in the order of time."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

import pyotp
from sqlalchemy import select

from portal import worker
from portal.accounts.models import Account
from portal.accounts.operations import add_person, grant_role, record_account, set_totp
from portal.accounts.passwords import hash_password
from portal.act import Office, act
from portal.contracts.operations import record_contract
from portal.core.access import OPERATOR, Actor, Role
from portal.core.clock import MovedClock
from portal.core.ids import new_token
from portal.core.work import Work
from portal.ledger.operations import add_destination, record_earning, record_funding
from portal.notices.mailer import FileMailer
from portal.rulebook.accepting import record_accepted
from portal.rulebook.operations import publish
from portal.rulebook.queries import TERMS, in_force, versions_of
from portal.settings import Settings

USD = "USD"
STAFF = (
    ("Rae", "reviewer"), ("Ola", "reviewer"), ("Kim", "reviewer"), ("Lee", "lead"), ("Ada", "auditor"), ("Sam", "admin"),
)
REFUND_TERM = "Full refund of a milestone if its work is not completed as described, or is left without a word for 14 days."
FIRST_DAY = 2000
STARTED = 120
"""Days before now on which the first contract of each freelancer of the crowd begins."""
QUIET = timedelta(days=1)


class Words(NamedTuple):
    """What somebody writes, in each language that people of the demo speak."""

    en: str
    es: str


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody on the stage, as the actor they are when signed in."""

    name: str
    key: str
    account_id: UUID
    account_ref: str
    person_id: UUID
    language: str

    @property
    def actor(self) -> Actor:
        return Actor(f"person:{self.person_id}", frozenset({Role.PERSON}), self.person_id, frozenset({self.account_id}))

    def say(self, words: Words) -> str:
        """These words in their own language, in which people write here."""
        return words.es if self.language == "es" else words.en


class Facts(NamedTuple):
    """A contract as the marketplace knows it, with the days before now on which it begins, ends, and its parts are released."""

    key: str
    title: str
    client: Player
    freelancer: Player
    started: float
    milestones: list[tuple[str, int, float | None]]
    ended: float | None
    first: int


class Stage:
    """Steps are put down with a day and played in the order of time; the worker does its rounds between them."""

    def __init__(self, office: Office, settings: Settings, password: str) -> None:
        self.now, self.settings = office.clock(), settings
        self.clock = MovedClock(self.now - timedelta(days=FIRST_DAY))
        self.office = replace(office, clock=self.clock)
        self.password_hash = hash_password(password)
        self.secrets: dict[str, str] = {}
        self.staff: dict[str, tuple[UUID, str]] = {}
        self.players: dict[str, Player] = {}
        self.sights: list[tuple[str, str]] = []
        self.random = random.Random(20)  # noqa: S311 - the same demo each time, no secret
        self._steps: list[tuple[datetime, int, Callable[[], object]]] = []
        self._numbers = count()
        self._worked_on: date | None = None

    def ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def day(self, days_ago: float) -> date:
        return self.ago(days_ago).date()

    def at(self, days_ago: float, step: Callable[[], object]) -> None:
        """Puts a step down for so many days before now."""
        heapq.heappush(self._steps, (self.ago(days_ago), next(self._numbers), step))

    def run(self) -> None:
        """Plays every step in the order of time, with a round of the worker on each day that has steps, and after it where
        days without any follow: what was said is sent on its day, and not when somebody does something next."""
        while self._steps:
            instant, _, step = heapq.heappop(self._steps)
            self.clock.move_to(max(self.clock(), instant))
            if self._worked_on != self.clock().date() and self.staff:
                self._worked_on = self.clock().date()
                self.work()
            step()
            if self.staff and self._steps and self._steps[0][0] - self.clock() > QUIET:
                self.clock.advance(hours=1)
                self.work()
        self.clock.move_to(max(self.clock(), self.now))
        self.work()

    def work(self) -> None:
        worker.run_once(self.office, FileMailer(self.settings.instance / "mail"), self.settings)

    def act(self, operation: Any, actor: Actor = OPERATOR, **args: Any) -> dict[str, Any]:
        return act(self.office, operation, actor, new_token()[:40], **args)

    def reviewer(self, name: str) -> Actor:
        """A member of staff who has just shown that it is them."""
        person_id, handle = self.staff[name]
        role = Role(dict(STAFF)[name])
        return Actor(
            f"person:{person_id}", frozenset({Role.PERSON, role}), person_id, handle=handle, stepped_up_at=self.clock()
        )

    def open(self) -> None:
        """The rules are published and the desk is staffed, before anybody else comes."""
        self.act(publish, folder=str(self.settings.policies_dir))
        for name, role in STAFF:
            self.secrets[name] = pyotp.random_base32()
            done = self.act(
                _hire, name=name, role=role, secret=self.secrets[name], password_hash=self.password_hash
            )
            self.staff[name] = (UUID(done["person"]), done["handle"])
        with self.office.database.read() as session:
            versions = [version for version in versions_of(session, TERMS) if version.binding]
        for version in versions:
            days_ago = (self.now.date() - version.published_on).days
            first = version is versions[-1]
            self.at(days_ago, partial(self.act, _accept_first, version_id=version.id) if first else self.work)

    def join(
        self, name: str, *, language: str, zone: str, days_ago: float, key: str = "", company: str = ""
    ) -> Player:
        """Somebody opens an account, now, for themselves or for a company; told of each version of the rules that came later."""
        key = key or name.lower()
        done = self.act(
            _join, name=name, key=key, language=language, zone=zone, joined_on=self.day(days_ago), company=company,
            password_hash=self.password_hash,
        )
        player = Player(name, key, UUID(done["account"]), done["ref"], UUID(done["person"]), language)
        self.players[key] = player
        return player

    def contract(
        self, key: str, title: str, client: Player, freelancer: Player, started: float,
        milestones: list[tuple[str, int, float | None]], ended: float | None = None, first: int = 1,
    ) -> str:
        """A contract with its milestones: title, dollars, released so many days ago (None: not yet). What is still to come of
        that goes on record on its day: a release, and the end."""
        facts = Facts(key, title, client, freelancer, started, milestones, ended, first)
        for days in {ended, *(released for _words, _dollars, released in milestones)}:
            if days is not None and self.ago(days) > self.clock():
                self.at(days, partial(self._record, facts))
        return self._record(facts)

    def _record(self, facts: Facts) -> str:
        """A contract as it is by now."""
        done = self.act(
            record_contract, external_id=facts.key, title=facts.title, client_external_id=f"mp-{facts.client.key}",
            freelancer_external_id=f"mp-{facts.freelancer.key}", started_on=self.day(facts.started),
            ended_on=self.day(facts.ended) if facts.ended is not None and self._past(facts.ended) else None,
            terms=[{"number": "1", "text": "The work is delivered through the marketplace and paid for each milestone."},
                   {"number": "2", "text": REFUND_TERM}],
            milestones=[self._milestone(n, *each) for n, each in enumerate(facts.milestones, facts.first)],
        )
        for n, (_words, dollars, released) in enumerate(facts.milestones, facts.first):
            paid: dict[str, Any] = {
                "contract_external_id": facts.key, "milestone_number": n, "amount_minor": dollars * 100, "currency": USD,
            }
            if released is not None and self._past(released):
                self.act(record_earning, source_key=f"{facts.key}:{n}", released_at=self.ago(released), **paid)
            else:
                self.act(record_funding, source_key=f"{facts.key}:{n}:in", funded_at=self.ago(facts.started), **paid)
        return str(done["contract"])

    def _past(self, days_ago: float) -> bool:
        return self.ago(days_ago) <= self.clock()

    def _milestone(self, number: int, words: str, dollars: int, released: float | None) -> dict[str, Any]:
        day = self.day(released) if released is not None and self._past(released) else None
        return {
            "number": number, "title": words, "amount_minor": dollars * 100, "currency": USD,
            "state": "funded" if day is None else "released", "released_on": day,
        }

    def destination(self, player: Player, days_ago: float, ending: str = "4711") -> None:
        self.act(
            add_destination, account_id=player.account_id, details=f"bank account {ending} of {player.key}",
            hint=f"… {ending}",
            on_file_since=self.ago(days_ago),
        )


def _hire(work: Work, *, name: str, role: str, secret: str, password_hash: str) -> dict[str, Any]:
    person = add_person(work, name=name, email=f"{name.lower()}@desk.example", password_hash=password_hash)
    set_totp(work, person_id=person.id, secret=secret)
    return {"handle": grant_role(work, person_id=person.id, role=role).handle, "person": str(person.id)}


def _join(
    work: Work, *, name: str, key: str, language: str, zone: str, joined_on: date, password_hash: str, company: str
) -> dict[str, Any]:
    person = add_person(
        work, name=name, email=f"{key}@example.com", language=language, zone=zone, password_hash=password_hash
    )
    account = record_account(
        work, external_id=f"mp-{key}", kind="organisation" if company else "individual", name=company or name,
        joined_on=joined_on, owner=person,
    )
    current = in_force(work.db, TERMS, joined_on)
    if current is not None:
        record_accepted(work, account, current.id, work.now)
    return {"account": str(account.id), "ref": account.ref, "person": str(person.id)}


def _accept_first(work: Work, *, version_id: UUID) -> dict[str, Any]:
    """Everybody who is here accepts the first rules; later versions are told by the worker."""
    for account in work.db.scalars(select(Account)).all():
        record_accepted(work, account, version_id, work.now)
    return {}
