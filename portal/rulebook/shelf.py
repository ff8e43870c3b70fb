"""The rulebook as readers take it from the shelf: whole versions, one clause through all versions, what a client should know.

Versions are frozen under keys that are never used again, so a version that was read once is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.keeping import Kept
from portal.core.text import sha256
from portal.rulebook.clause_data import BEFORE_YOU_PAY
from portal.rulebook.models import Policy, PolicyVersion
from portal.rulebook.pairing import Read
from portal.rulebook.queries import PROMISES, CitedClause, clauses_of, policies, versions_of
from portal.rulebook.trimming import runs_on

_WHOLE = Kept[UUID, tuple[CitedClause, ...]](60)
_SAID = Kept[UUID, str](20_000)


@dataclass(frozen=True, slots=True)
class Edition:
    """A clause in one version of its policy: `changed` against the version before it, in the same language."""

    version: PolicyVersion
    clause: CitedClause | None
    changed: bool
    moved: bool


def whole(session: Session, version_id: UUID) -> tuple[CitedClause, ...]:
    """Every clause of a version in reading order."""
    return _WHOLE.get(version_id, lambda: tuple(clauses_of(session, version_id)))


def leads_to(text: Iterable[CitedClause], clause: CitedClause) -> list[CitedClause]:
    """The sentences that an item goes on from, the outermost first: without them its words may say the opposite.

    Empty for a clause that stands under a heading only.
    """
    by_key, found = {one.key: one for one in text}, list[CitedClause]()
    over = by_key.get(clause.parent_key or "")
    while over is not None and runs_on(over.text, over.number, over.heading):
        found.insert(0, over)
        over = by_key.get(over.parent_key or "")
    return found


def spoken(versions: Iterable[PolicyVersion], language: str) -> PolicyVersion:
    """Of the languages of one version the reader's, else the binding one. Errors: ValueError without any."""
    return min(versions, key=lambda one: (one.language != language, not one.binding, one.language))


def current(versions: Iterable[PolicyVersion], day: date) -> list[PolicyVersion]:
    """What is in force on that day, in every language."""
    begun = [one for one in versions if one.effective_on <= day]
    since = max((one.effective_on for one in begun if one.binding), default=None)
    return [one for one in begun if one.effective_on == since]


def by_day(versions: Iterable[PolicyVersion], language: str) -> list[PolicyVersion]:
    """One of each version, newest first: the reader's language where there is one, else the binding one."""
    days: dict[date, list[PolicyVersion]] = {}
    for one in versions:
        days.setdefault(one.effective_on, []).append(one)
    return [spoken(days[day], language) for day in sorted(days, reverse=True)]


def editions(session: Session, versions: Sequence[PolicyVersion], key: str, language: str) -> list[Edition]:
    """One clause through the versions, newest first: with each whether its words or its number changed."""
    found: list[Edition] = []
    before: CitedClause | None = None
    for version in reversed(by_day(versions, language)):
        clause = next((one for one in whole(session, version.id) if one.key == key), None)
        same = clause is not None and before is not None and clause.language == before.language
        changed = (clause is None) != (before is None) or (
            same and clause is not None and before is not None and _said(clause) != _said(before))
        moved = clause is not None and before is not None and clause.number != before.number
        found.append(Edition(version, clause, changed, moved))
        before = clause
    return found[::-1]


def _said(clause: CitedClause) -> str:
    """The hash of its words without number and id, so that another number is no other text."""
    return _SAID.get(clause.id, lambda: sha256(Read(clause).bare))


def unchanged_since(session: Session, versions: Sequence[PolicyVersion], shown: PolicyVersion) -> dict[str, date]:
    """For each clause of a version the day since which it has stood in these words, in this language."""
    earlier = [one for one in versions if one.language == shown.language and one.effective_on < shown.effective_on]
    since = {clause.key: shown.effective_on for clause in whole(session, shown.id)}
    standing = {clause.key: _said(clause) for clause in whole(session, shown.id)}
    for version in sorted(earlier, key=lambda one: one.effective_on, reverse=True):
        then = {clause.key: _said(clause) for clause in whole(session, version.id)}
        standing = {key: said for key, said in standing.items() if then.get(key) == said}
        since |= dict.fromkeys(standing, version.effective_on)
    return since


@dataclass(frozen=True, slots=True)
class Guide:
    """What a client should know before paying: the clauses that say so by topic, and the promises about disputes, in force."""

    topics: dict[str, list[CitedClause]]
    promises: dict[str, CitedClause]
    versions: tuple[PolicyVersion, ...]


def guide(session: Session, day: date, language: str) -> Guide:
    """Made from what is in force that day, in the reader's language where there is one."""
    topics: dict[str, list[CitedClause]] = {topic: [] for topic in BEFORE_YOU_PAY}
    promises: dict[str, CitedClause] = {}
    used = []
    for policy in policies(session):
        standing = current(versions_of(session, policy.slug), day)
        if not standing:
            continue
        used.append(spoken(standing, language))
        for clause in whole(session, used[-1].id):
            if clause.data.before_you_pay:
                topics[clause.data.before_you_pay].append(clause)
            if policy.slug == PROMISES and clause.data.promise:
                promises[clause.data.promise] = clause
    return Guide(topics, promises, tuple(used))


_EVERY = (
    select(PolicyVersion, Policy.slug).join(Policy, PolicyVersion.policy_id == Policy.id)
    .order_by(PolicyVersion.created_at.desc(), PolicyVersion.effective_on.desc(), Policy.slug, PolicyVersion.binding.desc(),
              PolicyVersion.language)
)


def newest_published(session: Session, most: int) -> list[tuple[PolicyVersion, str]]:
    """What was published last, each version in each language, with the name of its policy."""
    return [(version, slug) for version, slug in session.execute(_EVERY.limit(most))]
