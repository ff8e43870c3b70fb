"""What the marketplace reports of accounts and their members in a file: each line as the fact that it is, or why it is none."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountKind, Member, MemberRole, Person
from portal.core.facts import Fact, Fields, names_in
from portal.core.i18n import CODES
from portal.core.text import clean_line, is_address, normal_email

MOST = 10_000
ACCOUNT, MEMBER = "account", "member"
PERSON = frozenset({"language", "zone"})
FIELDS: dict[str, Fields] = {
    ACCOUNT: (frozenset({"account", "kind", "name", "joined_on", "email"}), frozenset({"owner", *PERSON})),
    MEMBER: (frozenset({"account", "email", "name", "role"}), PERSON),
}
"""By type: the fields that a line must have, and those that it may have."""
LONGEST = 200
ONE_OF: dict[str, tuple[str, ...]] = {
    "kind": tuple(AccountKind), "role": tuple(MemberRole), "language": tuple(CODES),
}


def account_fact(fact: Fact, today: date) -> dict[str, Any]:
    """A line as `report_accounts` takes it. Errors: ValueError saying why it is none."""
    read = {"type": fact["type"]} | {name: _value(name, fact[name], today) for name in names_in(fact, FIELDS[fact["type"]])}
    if read.get("kind") == AccountKind.ORGANISATION and not read.get("owner"):
        raise ValueError('It lacks "owner": the name of the person to whom the address belongs.')
    return read


def _value(name: str, value: Any, today: date) -> str:
    text = _line(value)
    if not text:
        raise ValueError(f'"{name}" is not a text of one line with at most {LONGEST} characters.')
    if name in ONE_OF and text not in ONE_OF[name]:
        raise ValueError(f'"{name}" is none of {", ".join(ONE_OF[name])}.')
    if name == "email" and not is_address(text):
        raise ValueError('"email" is not an address.')
    if name == "zone" and text not in available_timezones():
        raise ValueError('"zone" is no time zone, like Europe/Madrid.')
    return _day(text, today) if name == "joined_on" else text


def _line(value: Any) -> str:
    """The text as it would be kept; nothing for what cannot be."""
    if not isinstance(value, str) or len(value) > LONGEST or any(unicodedata.category(one) in ("Cc", "Cs") for one in value):
        return ""
    return clean_line(value)


def _day(text: str, today: date) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError('"joined_on" is not a day, like 2026-03-02.') from None
    if day > today + timedelta(days=1):
        raise ValueError('"joined_on" lies in the future.')
    return day.isoformat()


@dataclass(slots=True)
class OnRecord:
    """What is on record of the accounts and people that some lines name; lines that are carried out are added to it."""

    accounts: dict[str, Account] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    roles: dict[tuple[str, str], str] = field(default_factory=dict)

    def why_not(self, fact: Fact) -> str | None:
        """Why a line cannot be carried out; None when it can, or is on record just so."""
        account, address = self.accounts.get(fact["account"]), normal_email(fact["email"])
        role = self.roles.get((fact["account"], address))
        if fact["type"] == ACCOUNT:
            return None if account is None else _differs(account, fact, role)
        if account is None:
            return f"There is no account {fact['account'][:80]}. It has to stand before its members."
        if account.kind != AccountKind.ORGANISATION:
            return "An individual's account has its owner and no members."
        return None if role in (None, fact["role"]) else f"This person is on record there as {role}, which stays as it is."

    def knows(self, fact: Fact) -> bool:
        """Whether a line that can be carried out is on record already."""
        if fact["type"] == ACCOUNT:
            return fact["account"] in self.accounts
        return (fact["account"], normal_email(fact["email"])) in self.roles


def _differs(account: Account, fact: Fact, role: str | None) -> str | None:
    wrong = [name for name, value in (
        ("kind", account.kind), ("name", account.name), ("joined_on", account.joined_on.isoformat())
    ) if fact[name] != value]
    wrong += [] if role == MemberRole.OWNER else ["email"]
    return f"This account is on record with something else, which stays as it is: {', '.join(wrong)}." if wrong else None


def on_record(session: Session, facts: Sequence[Fact]) -> OnRecord:
    """What is on record of these lines, in three queries."""
    names, addresses = {one["account"] for one in facts}, {normal_email(one["email"]) for one in facts}
    accounts = {one.external_id: one for one in session.scalars(select(Account).where(Account.external_id.in_(names)))}
    people = {one.email_norm or "": one for one in session.scalars(select(Person).where(Person.email_norm.in_(addresses)))}
    rows = session.execute(
        select(Account.external_id, Person.email_norm, Member.role).join(Member, Member.account_id == Account.id)
        .join(Person, Person.id == Member.person_id)
        .where(Account.external_id.in_(names), Member.ended_at.is_(None), Person.email_norm.is_not(None))
    )
    return OnRecord(accounts, people, {(name, address or ""): role for name, address, role in rows})


def refused(session: Session, facts: Iterable[Fact]) -> list[tuple[int, str]]:
    """The lines that cannot be carried out in their order, by number, each with the reason. Reads only."""
    listed, found = list(facts), list[tuple[int, str]]()
    known = on_record(session, listed) if listed else OnRecord()
    for fact in listed:
        why = known.why_not(fact)
        if why is not None:
            found.append((fact["line"], why))
            continue
        role = MemberRole.OWNER if fact["type"] == ACCOUNT else fact["role"]
        if fact["type"] == ACCOUNT and fact["account"] not in known.accounts:
            known.accounts[fact["account"]] = Account(
                kind=fact["kind"], name=fact["name"], joined_on=date.fromisoformat(fact["joined_on"])
            )
        known.roles.setdefault((fact["account"], normal_email(fact["email"])), role)
    return found
