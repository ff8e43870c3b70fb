"""A small marketplace for tests: people, accounts, contracts and money, made by the real operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import pyotp
from sqlalchemy import select

import portal.rooms
from portal.accounts.models import Account, Person
from portal.accounts.operations import add_person, grant_role, record_account, set_totp
from portal.act import Office, act
from portal.cases.queries import case_file
from portal.contracts.models import Contract
from portal.contracts.operations import record_contract
from portal.contracts.queries import contract_by_ref
from portal.core.access import OPERATOR, Actor, Role
from portal.core.errors import Refusal
from portal.core.money import Money
from portal.core.work import Work
from portal.disputes.operations import open_dispute
from portal.enforcement.evidence import take_case
from portal.ledger.operations import (
    add_destination,
    record_earning,
    record_escrow_return,
    record_funding,
    request_payout,
)
from portal.ledger.queries import Funds, funds
from portal.rulebook.accepting import record_accepted
from portal.rulebook.models import PolicyVersion
from portal.rulebook.operations import publish
from tests.factories.told import told

assert portal.rooms.LOADED, "every kind of clock has its handler"
Made = TypeVar("Made")
DAY = timedelta(days=1)
REFUND_TERM = {"number": "3", "text": "Full refund of a milestone if its work is not completed."}
TERMS = [
    {"number": "1", "text": "The freelancer makes a photo app for two kinds of phone, in three milestones."},
    {"number": "2", "text": "Each milestone is delivered within ten days after it was paid."},
    REFUND_TERM,
]


@dataclass(frozen=True)
class Party:
    """Somebody with an account: the person, the account, and the actor they are when signed in."""

    person: Person
    account: Account
    actor: Actor

    def by_link(self, case_ref: str) -> Actor:
        """The same person in a session that a link opened for one case."""
        return Actor(self.actor.name, frozenset({Role.LINK}), self.person.id, self.actor.account_ids, case_ref)


@dataclass(frozen=True)
class Staff:
    """A member of staff who has just shown that it is them; `secret` makes their six digits."""

    person: Person
    handle: str
    secret: str
    role: Role
    office: Office

    @property
    def actor(self) -> Actor:
        now = self.office.clock()
        roles = frozenset({Role.PERSON, self.role})
        return Actor(f"person:{self.person.id}", roles, self.person.id, handle=self.handle, stepped_up_at=now)

    def code(self) -> str:
        return pyotp.TOTP(self.secret).at(self.office.clock())


@dataclass(frozen=True)
class Story:
    """Stacy's photo app: Tim took the first of three milestones and went silent. His other money is his own."""

    stacy: Party
    tim: Party
    omar: Party
    rae: Staff
    ola: Staff
    contract: Contract
    other_contract: Contract
    destination: str


@dataclass
class Market:
    """Helper methods around one office; `started_at` is the instant at which the story is told."""

    office: Office
    policies: str = "policies"
    password_hash: str | None = None
    _numbers: count[int] = field(default_factory=lambda: count(1))

    @property
    def now(self) -> datetime:
        return self.office.clock()

    def day(self, days_ago: int = 0) -> date:
        return (self.now - days_ago * DAY).date()

    def key(self) -> str:
        return f"k{next(self._numbers)}"

    def do(self, operation: Callable[..., dict[str, Any]], actor: Actor = OPERATOR, **args: Any) -> dict[str, Any]:
        """Carries out one operation under a key of its own."""
        return act(self.office, operation, actor, self.key(), **args)

    def make(self, step: Callable[[Work], Made]) -> Made:
        """An inner helper of the rooms, as the operator, in an act of its own."""
        with self.office.database.write() as session:
            return step(self.office.work(session, OPERATOR))

    def publish(self) -> None:
        self.do(publish, folder=self.policies)

    def person(self, name: str, *, language: str = "en", zone: str = "UTC") -> Person:
        email = f"{name.split()[0].lower()}@example.org"
        return self.make(lambda work: add_person(
            work, name=name, email=email, language=language, zone=zone, password_hash=self.password_hash
        ))

    def party(self, name: str, *, joined_on: date | None = None, **person: str) -> Party:
        """Somebody with an individual's account who accepted every version of the rules on the day of its publication."""
        owner = self.person(name, **person)
        account = self.make(lambda work: record_account(
            work, external_id=f"m-{name.split()[0].lower()}", kind="individual", name=name,
            joined_on=joined_on or self.day(400), owner=owner,
        ))
        self.make(lambda work: self._bind(work, account))
        actor = Actor(f"person:{owner.id}", frozenset({Role.PERSON}), owner.id, frozenset({account.id}))
        return Party(owner, account, actor)

    def _bind(self, work: Work, account: Account) -> None:
        versions = work.db.scalars(select(PolicyVersion).where(PolicyVersion.binding).order_by(PolicyVersion.effective_on))
        for version in versions.all():
            record_accepted(work, account, version.id, datetime.combine(version.published_on, self.now.timetz()))

    def staff(self, name: str, role: Role = Role.REVIEWER, *, external: bool = False) -> Staff:
        person, secret = self.person(name), pyotp.random_base32()
        granted = self.make(lambda work: grant_role(work, person_id=person.id, role=role.value, external=external))
        self.make(lambda work: set_totp(work, person_id=person.id, secret=secret))
        return Staff(person, granted.handle, secret, role, self.office)

    def contract(
        self, client: Party, freelancer: Party, title: str, amounts: list[int], *, released: dict[int, int] | None = None,
        started: int = 30, ended: int | None = None, terms: list[dict[str, str]] | None = None, currency: str = "USD",
        but: dict[int, str] | None = None,
    ) -> Contract:
        """A contract with a milestone for each amount; `released`: number of the milestone -> how many days ago; `but`: which
        are in another currency."""
        days, currencies = released or {}, dict.fromkeys(range(1, len(amounts) + 1), currency) | (but or {})
        milestones = [
            {"number": n, "title": f"Part {n}", "amount_minor": amount, "currency": currencies[n],
             "state": "released" if n in days else "planned", "released_on": self.day(days[n]) if n in days else None}
            for n, amount in enumerate(amounts, 1)
        ]
        external_id = f"c-{title.lower().replace(' ', '-')}"
        made = self.do(
            record_contract, external_id=external_id, title=title, client_external_id=client.account.external_id,
            freelancer_external_id=freelancer.account.external_id, started_on=self.day(started),
            ended_on=None if ended is None else self.day(ended), terms=terms or TERMS, milestones=milestones,
        )
        with self.office.database.read() as session:
            contract = contract_by_ref(session, made["contract"])
        for number, ago in days.items():
            self.earn(contract, number, amounts[number - 1], days_ago=ago, currency=currencies[number])
        return contract

    def earn(
        self, contract: Contract, number: int, amount_minor: int, *, days_ago: int = 10, currency: str = "USD",
        fee_minor: int = 0,
    ) -> dict[str, Any]:
        return self.do(
            record_earning, source_key=f"e-{next(self._numbers)}", contract_external_id=contract.external_id,
            milestone_number=number, amount_minor=amount_minor, currency=currency, released_at=self.now - days_ago * DAY,
            fee_minor=fee_minor,
        )

    def pay_in(
        self, contract: Contract, number: int, amount_minor: int, *, currency: str = "USD", days_ago: int = 10
    ) -> dict[str, Any]:
        """The client has paid for a milestone in advance."""
        return self.do(
            record_funding, source_key=f"p-{next(self._numbers)}", contract_external_id=contract.external_id,
            milestone_number=number, amount_minor=amount_minor, currency=currency, funded_at=self.now - days_ago * DAY,
        )

    def give_up(self, contract: Contract, number: int, source_key: str = "", **other: Any) -> int:
        """The work of a milestone is off: what went back to its client, in minor units."""
        told = {"contract_external_id": contract.external_id, "milestone_number": number} | other
        return int(self.do(record_escrow_return, source_key=source_key or f"r-{next(self._numbers)}", **told)["returned_minor"])

    def destination(self, party: Party, *, days_ago: int = 60) -> str:
        """The reference of a place for payouts that has been on file for so many days."""
        made = self.do(
            add_destination, account_id=party.account.id, details="IBAN XX00 0000 4711", hint="Bank account ending in 4711",
            on_file_since=self.now - days_ago * DAY,
        )
        return str(made["destination"])

    def dispute(self, client: Party, contract: Contract, amount_minor: int = 40_000, **other: Any) -> dict[str, Any]:
        """The client disputes the first milestone by the refund term."""
        told: dict[str, Any] = {
            "milestone_number": 1, "currency": "USD", "term_number": "3", "asks_for": "refund", "report": False,
            "agreed": "A first version of the app within ten days.",
            "happened": "I paid the first milestone, got one drawing and then heard nothing.",
        }
        args = told | {"account_id": client.account.id, "contract_ref": contract.ref, "amount_minor": amount_minor} | other
        return self.do(open_dispute, client.actor, **args)

    def take(self, staff: Staff, case_ref: str) -> None:
        """Puts what waits in a case, and is with nobody, into the hands of a member of staff."""
        with self.office.database.read() as session:
            first = case_file(session, case_ref).items[0]
        self.do(take_case, staff.actor, case_ref=case_ref, item=str(first.id), version=str(first.version))

    def pay_out(self, party: Party, destination: str, amount_minor: int, currency: str = "USD") -> dict[str, Any]:
        return self.do(
            request_payout, party.actor, account_id=party.account.id, destination_ref=destination,
            amount_minor=amount_minor, currency=currency,
        )

    def funds(self, party: Party, currency: str = "USD") -> Funds:
        """What somebody has in a currency; nothing of everything where they never had, or no longer have, any."""
        with self.office.database.read() as session:
            found = {line.currency: line for line in funds(session, party.account.id, self.now)}
        return found.get(currency) or Funds(currency, *[Money(0, currency)] * 8, holds=(), next_clearing_at=None)

    def story(self) -> Story:
        """Stacy, Tim and his $2,150, Omar (his other client), Rae and Ola; the rules published; nothing has happened yet."""
        key = (self.now, self.policies, self.password_hash)
        story, number = told(self.office, key, self._tell)
        self._numbers = count(number)
        return story

    def _tell(self) -> tuple[Story, int]:
        """The story, and the first number that it left over."""
        self.publish()
        stacy, omar = self.party("Stacy Moreno"), self.party("Omar Haddad")
        tim = self.party("Tim Okafor", joined_on=self.day(3 * 365 + 1))
        rae, ola = self.staff("Rae Lindqvist"), self.staff("Ola Brandt")
        contract = self.contract(stacy, tim, "Photo app", [40_000, 40_000, 40_000], released={1: 10}, started=12)
        other = self.contract(
            omar, tim, "Bakery website", [90_000, 85_000], released={1: 60, 2: 40}, started=80, ended=38,
            terms=[{"number": "1", "text": "A website with a shop for a bakery, in two milestones."}],
        )
        return Story(stacy, tim, omar, rae, ola, contract, other, self.destination(tim)), next(self._numbers)


def refused(step: Callable[[], object]) -> str | None:
    """The code of the refusal that a step meets; None when it was carried out."""
    try:
        step()
    except Refusal as refusal:
        return refusal.code
    return None


def usd(minor: int) -> Money:
    return Money(minor, "USD")
