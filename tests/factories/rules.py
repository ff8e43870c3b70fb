"""A rulebook of its own for tests: versions written as files and published, accounts that live under them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Account, Member, MemberRole, Person
from portal.accounts.operations import add_person, record_account
from portal.act import Office, act
from portal.core.access import OPERATOR, WORKER, Actor, Role
from portal.log.operations import add, record
from portal.notices.delivery import deliver, release
from portal.notices.operations import presume_informed
from portal.notices.rule_changes import announce, to_tell
from portal.notices.told import settle_tellings
from portal.rulebook.binding import Binds, Reason
from portal.rulebook.models import Binding, PolicyVersion
from portal.rulebook.operations import publish
from portal.rulebook.queries import TERMS, what_binds
from tests.notices.making import Collecting, post

FIRST = date(2024, 3, 1)
BODY = """Welcome to the rules.

## 1 Paying {#paying}

Clients pay within two days. Nobody may ask for more than $40 before the work is agreed between both sides.

## 2 Being polite {#polite}

Write to each other in a freindly way, and answer messages in good time.
"""
PROMISES = """We promise.

## 1 Notice {#rule-change-notice}

You hear of new rules {length} {unit} before they count.
"""


@dataclass
class Rulebook:
    """One policy in a folder, and the accounts that it is for."""

    office: Office
    folder: Path
    mailer: Collecting = field(default_factory=Collecting)
    slug: str = TERMS
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def begin(self) -> Rulebook:
        """The first version is long in force."""
        self.write(FIRST, published_on=date(2024, 2, 1))
        self.publish()
        return self

    def today(self, ahead: int = 0) -> date:
        return self.office.clock().date() + timedelta(days=ahead)

    def write(
        self, effective_on: date, *, published_on: date | None = None, body: str = BODY, data: str = "", front: str = "",
        language: str = "en", translation: bool = False, slug: str = "", title: str = "Terms", changes: str = "Something.",
    ) -> Path:
        """Writes one version; `front` are more lines of its front matter."""
        place = self.folder / (slug or self.slug)
        place.mkdir(parents=True, exist_ok=True)
        name = f"{effective_on}.{language}.md" if translation else f"{effective_on}.md"
        published = published_on or self.today()
        text = (
            f"---\ntitle: {title}\npublished_on: {published}\neffective_on: {effective_on}\nlanguage: {language}\n"
            f"changes: {json.dumps(changes)}\n{front}---\n{body}"
        )
        (place / name).write_text(text, encoding="utf-8")
        if data:
            (place / f"{effective_on}.clauses.toml").write_text(data, encoding="utf-8")
        return place / name

    def promise(self, effective_on: date, length: int, unit: str = "days") -> None:
        """A version of our promises that says how long the notice of new rules is."""
        self.write(
            effective_on, published_on=effective_on - timedelta(days=60), slug="our-promises", title="Promises",
            body=PROMISES.replace("{length}", str(length)).replace("{unit}", unit),
            data=f'[rule-change-notice]\npromise = "rule_change_notice"\nkind = "period"\nlength = {length}\n'
                 f'unit = "{unit}"\nstart = "a new version is published"\n',
        )

    def publish(self) -> list[str]:
        done = self.do(publish, folder=str(self.folder))
        return list(done["published"])

    def do(self, operation: Any, actor: Actor = OPERATOR, **args: Any) -> dict[str, Any]:
        return act(self.office, operation, actor, f"r{next(self._numbers)}", **args)

    def version(self, effective_on: date, slug: str = "") -> PolicyVersion:
        with self.office.database.read() as session:
            return session.scalars(select(PolicyVersion).where(
                PolicyVersion.effective_on == effective_on, PolicyVersion.binding
            )).one()

    def join(self, joined_on: date, *, language: str = "en", zone: str = "UTC", email: bool = True) -> Account:
        """Somebody opens an account."""
        return self.open([self.person(language=language, zone=zone, email=email)], joined_on)

    def person(self, *, language: str = "en", zone: str = "UTC", email: bool = True) -> Person:
        number = next(self._numbers)
        with self.office.database.write() as session:
            return add_person(
                self.office.work(session, OPERATOR), name=f"Person {number}",
                email=f"p{number}@example.org" if email else None, language=language, zone=zone,
            )

    def enter(self, account: Account) -> None:
        """A first member comes to an account that had none any more."""
        person = self.person()
        with self.office.database.write() as session:
            work = self.office.work(session, OPERATOR)
            member = add(work, Member(account_id=account.id, person_id=person.id, role=MemberRole.OWNER))
            record(work, "account.recorded", account.ref, rows=[member])

    def leave(self, account: Account) -> None:
        """Everybody leaves an account."""
        with self.office.database.write() as session:
            for member in session.scalars(select(Member).where(Member.account_id == account.id)):
                member.ended_at = self.office.clock()

    def open(self, owners: list[Person], joined_on: date, *, workers: tuple[Person, ...] = ()) -> Account:
        """An account of these people."""
        with self.office.database.write() as session:
            work = self.office.work(session, OPERATOR)
            account = record_account(
                work, external_id=f"x-{next(self._numbers)}", kind="individual", name="Studio", joined_on=joined_on,
                owner=owners[0],
            )
            more = [(one, MemberRole.OWNER) for one in owners[1:]] + [(one, MemberRole.WORKER) for one in workers]
            rows = [add(work, Member(account_id=account.id, person_id=one.id, role=role)) for one, role in more]
            record(work, "account.recorded", account.ref, rows=rows)
        return account

    def actor(self, account: Account) -> Actor:
        """The first owner of an account, signed in."""
        with self.office.database.read() as session:
            person_id = session.scalars(
                select(Member.person_id).where(Member.account_id == account.id).order_by(Member.created_at, Member.id)
            ).first()
        return Actor(f"person:{person_id}", frozenset({Role.PERSON}), person_id, frozenset({account.id}))

    def tell(self) -> int:
        """Tells everybody what is to be told; returns how many accounts."""
        with self.office.database.read() as session:
            wanted = to_tell(session, self.today())
        told = 0
        for version_id in wanted:
            last: str | None = None
            while (done := self.do(announce, WORKER, version_id=version_id, after=last))["last"] is not None:
                told, last = told + done["accounts"], done["last"]
        return told

    def send(self) -> None:
        """Everything on its way goes out, and what follows from it is put on record."""
        release(self.office)
        deliver(self.office, post(self.mailer))
        self.do(presume_informed, WORKER, case_ref=None)
        while self.do(settle_tellings, WORKER)["looked_at"]:
            pass

    def binds(self, account: Account, day: date) -> Binds | Reason:
        with self.office.database.read() as session:
            return what_binds(session, account, self.slug, day)

    def binding(self, account: Account, version_id: UUID) -> Binding | None:
        with self.office.database.read() as session:
            return session.scalars(
                select(Binding).where(Binding.account_id == account.id, Binding.version_id == version_id)
            ).one_or_none()
