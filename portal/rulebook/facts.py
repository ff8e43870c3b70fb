"""Facts that the marketplace reports in a file, a JSON object in each line: read, checked, each refusal with its reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.rulebook.models import Policy, PolicyKind, PolicyVersion

PORTION = 500
LONGEST_LINE = 10_000
ACCEPTANCE = "acceptance"
FIELDS = ("account", "policy", "version", "accepted_at")
_ACCOUNTS = select(Account.external_id, Account.id, Account.joined_on).where(
    Account.external_id.in_(bindparam("names", expanding=True))
)
Line = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is not taken, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An account accepted a version of a policy at an instant."""

    line: int
    account: UUID
    version: UUID
    accepted_at: datetime

    def plain(self) -> dict[str, str]:
        return {"account": str(self.account), "version": str(self.version), "accepted_at": self.accepted_at.isoformat()}


class _Wrong(ValueError):
    """Why a line is refused."""


def checked(session: Session, lines: Iterable[bytes], now: datetime) -> Iterator[list[Acceptance | Refused]]:
    """Every line of a file in portions, each as the fact that it is or with the reason why it is none; empty lines pass."""
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    versions = _versions(session)
    while portion := list(islice(numbered, PORTION)):
        yield _portion(session, portion, versions, now)


def _portion(
    session: Session, portion: Sequence[Line], versions: Mapping[tuple[str, str], PolicyVersion], now: datetime
) -> list[Acceptance | Refused]:
    read = {number: _read(line) for number, line in portion}
    names = {each["account"] for each in read.values() if not isinstance(each, str)}
    accounts = {row.external_id: (row.id, row.joined_on) for row in session.execute(_ACCOUNTS, {"names": list(names)})}
    found: list[Acceptance | Refused] = []
    for number, each in read.items():
        try:
            if isinstance(each, str):
                raise _Wrong(each)
            found.append(_acceptance(number, each, accounts, versions, now))
        except _Wrong as wrong:
            found.append(Refused(number, str(wrong)))
    return found


def _read(line: bytes) -> dict[str, str] | str:
    """The fields of a line, or why it has none."""
    if len(line) > LONGEST_LINE:
        return f"It is longer than {LONGEST_LINE} bytes."
    try:
        fact = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return "It is not JSON in UTF-8."
    if not isinstance(fact, dict):
        return "It is not a JSON object."
    if fact.pop("type", None) != ACCEPTANCE:
        known = f'Known here: "{ACCEPTANCE}", and what the documentation lists of accounts, money and reports.'
        return f'Its "type" is not known. {known}'
    missing = [name for name in FIELDS if not isinstance(fact.get(name), str) or not fact[name] or "\x00" in fact[name]]
    if missing:
        return f"It lacks, as text: {', '.join(missing)}."
    unknown = sorted(set(fact) - set(FIELDS))
    return f"It has fields that nobody reads: {', '.join(unknown)[:200]}." if unknown else fact


def _versions(session: Session) -> dict[tuple[str, str], PolicyVersion]:
    """Every version of rules by policy and day."""
    rows = session.execute(
        select(Policy.slug, PolicyVersion).join(PolicyVersion, PolicyVersion.policy_id == Policy.id)
        .where(PolicyVersion.binding, Policy.kind == PolicyKind.TERMS)
    )
    return {(slug, version.effective_on.isoformat()): version for slug, version in rows}


def _acceptance(
    number: int, fact: Mapping[str, str], accounts: Mapping[str, tuple[UUID, date]],
    versions: Mapping[tuple[str, str], PolicyVersion], now: datetime,
) -> Acceptance:
    if fact["account"] not in accounts:
        raise _Wrong(f"There is no account {fact['account'][:80]}.")
    version = versions.get((fact["policy"], fact["version"]))
    if version is None:
        raise _Wrong(f"There is no version {fact['version'][:80]} of rules named {fact['policy'][:80]}.")
    account_id, joined_on = accounts[fact["account"]]
    at = _instant(fact["accepted_at"])
    if at > now:
        raise _Wrong("It lies in the future.")
    if at.date() < version.published_on - timedelta(days=1):
        raise _Wrong(f"That version was not published before {version.published_on}.")
    if at.date() < joined_on - timedelta(days=1):
        raise _Wrong(f"The account was not opened before {joined_on}.")
    return Acceptance(number, account_id, version.id, at)


def _instant(text: str) -> datetime:
    wrong = _Wrong('"accepted_at" is not an instant with its zone, like 2026-03-02T10:00:00Z.')
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise wrong
        return at.astimezone(UTC)
    except (_Wrong, ValueError, OverflowError):
        raise wrong from None
