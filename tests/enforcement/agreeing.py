"""Whether everybody reads the same of an account: what each page and export says, beside what the rows say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Member, Person
from portal.cases.models import Case
from portal.enforcement.models import Action
from tests.enforcement.oracle import Books
from tests.enforcement.oracle_exported import Exported
from tests.enforcement.oracle_said import Said
from tests.enforcement.reading import Eyes

Differs = Iterator[str]
MOST, OWNERS = 6, 2


class Readers:
    """Everybody who reads: both owners and the members of an account, a lead at the desk, and the marketplace."""

    def __init__(self, eyes: Eyes, people: Iterable[Person], desk: Person, pairs: Iterable[tuple[Person, Account]]) -> None:
        self.eyes, self.people, self.desk, self.pairs = eyes, list(people), desk, list(pairs)

    def differ(self, session: Session, books: Books, *, changed: bool, whole: bool) -> Differs:
        """Each thing that is read and is not so. `changed`: something begins or ends to apply, so members read it too; `whole`:
        also what costs more, or counts as having been read."""
        said = Exported(books, session)
        yield from self._own(session, said, self.people if changed or whole else self.people[:OWNERS])
        yield from self._desk(session, said, MOST if whole else 1)
        for reader, account in self.pairs:
            found = self.eyes.others(reader).get(account.ref)
            yield from unlike(f"/collaborators as {reader.name}", {account.ref: found}, {
                account.ref: said.other(reader, account)["chip"]})
        yield from unlike("flask export standing", self.eyes.standings(), said.standings())
        if whole:
            yield from self._whole(session, said)

    def _own(self, session: Session, said: Said, people: list[Person]) -> Differs:
        for person in people:
            accounts = list(session.scalars(select(Account).join(Member).where(Member.person_id == person.id)))
            expected = {one.name: said.own(person, one) for one in accounts}
            yield from unlike(f"/me of {person.name}", dict(self.eyes.own(person)), expected)
            money = {one.name: shown for one in accounts if (shown := said.money(person, one))}
            yield from unlike(f"/me/funds of {person.name}", dict(self.eyes.money(person)), money)

    def _desk(self, session: Session, said: Said, most: int) -> Differs:
        for case, account in session.execute(select(Case, Account).join(Account, Case.about_account_id == Account.id)).all():
            found, expected = self.eyes.case(self.desk, case.ref), said.case(self.desk, case.id, account)
            yield from unlike(f"/desk/cases/{case.ref}", found, expected)
        for action in _newest(said, most):
            found, expected = self.eyes.action(self.desk, action.ref), said.action(self.desk, action)
            yield from unlike(f"/desk/actions/{action.ref}", found, expected)

    def _whole(self, session: Session, said: Exported) -> Differs:
        for person in {one.id: one for one in [*self.people, *(reader for reader, _ in self.pairs)]}.values():
            yield from unlike(f"/me/inbox of {person.name}", {"": self.eyes.inbox(person)}, {"": said.inbox(person)})
        for reader, account in self.pairs:
            where = f"/collaborators/{account.ref} as {reader.name}"
            yield from unlike(where, self.eyes.other(reader, account.ref), said.other(reader, account))
        owners = {one.account_id: one.person_id for one in said.members if one.role == "owner"}
        for action in (one for one in said.b.said if said.b.applies(one) and one.id not in said.silent):
            owner = said.people[owners[action.account_id]]
            letter = {"takes": self.eyes.letter(owner, action.ref)}
            yield from unlike(f"/me/actions/{action.ref}.json", letter, {"takes": said.letter(action)})
        yield from unlike("flask export ledger", self.eyes.ledger(), said.ledger())


def _newest(said: Said, most: int) -> list[Action]:
    return sorted(said.b.said, key=lambda one: (one.issued_at, one.id), reverse=True)[:most]  # type: ignore[arg-type,return-value]


def unlike(where: str, found: dict[Any, Any], expected: dict[Any, Any]) -> Differs:
    """A line for each thing that is read otherwise than it is."""
    for name in {**expected, **found}:
        read, so = found.get(name), expected.get(name)
        if isinstance(read, dict) and isinstance(so, dict):
            yield from unlike(f"{where}, {name}", read, so)
        elif read != so:
            yield f"{where}: {name} is read as {read!r}, and is {so!r}"
