"""Reading the rulebook: versions, clauses, what bound whom on a day, and the promises in force."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, bindparam, case, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.core.clock import local_day
from portal.core.database import once
from portal.core.keeping import Kept
from portal.core.money import Money
from portal.core.work import Work
from portal.rulebook.addresses import version_path
from portal.rulebook.binding import Binds, Reason, Standing, Unbound, binds, bound_on
from portal.rulebook.clause_data import ClauseData, from_canonical
from portal.rulebook.models import Binding, Clause, ClauseVersion, Policy, PolicyVersion

TERMS, PROMISES = "terms-of-service", "our-promises"


@dataclass(frozen=True, slots=True)
class CitedClause:
    """A clause version as it is cited: number, heading, frozen text, and where it can be read."""

    id: UUID
    clause_id: UUID
    key: str
    level: int
    parent_key: str | None
    number: str
    heading: str
    text: str
    sha256: str
    language: str
    policy_slug: str
    policy_title: str
    version_id: UUID
    effective_on: date
    data: ClauseData
    headings: tuple[tuple[str, str], ...] = ()

    def heading_in(self, code: str) -> str:
        """What the clause is called in that language where its version is published in it; else as it was cited."""
        return dict(self.headings).get(code, self.heading)

    @property
    def path(self) -> str:
        return f"{version_path(self.policy_slug, self.effective_on)}#{self.key}"


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of the platform as it stood when a clock started."""

    name: str
    length: int
    unit: str
    consequence: str
    clause_version_id: UUID
    number: str
    heading: str
    amounts: tuple[tuple[str, int], ...] = ()

    def amount_in(self, currency: str) -> Money | None:
        """A promise's figure of money in that currency; None where it publishes one for others, and none for this.

        A promise of one number alone means so many whole units of any currency.
        """
        whole = dict(self.amounts).get(currency) if self.amounts else self.length
        return None if whole is None else Money.of_whole(whole, currency)


_CLAUSES = (
    select(ClauseVersion, Clause.key, Policy.slug, PolicyVersion)
    .join(Clause, ClauseVersion.clause_id == Clause.id)
    .join(PolicyVersion, ClauseVersion.version_id == PolicyVersion.id)
    .join(Policy, PolicyVersion.policy_id == Policy.id)
)


_HEADINGS = (
    select(ClauseVersion.clause_id, PolicyVersion.language, ClauseVersion.heading)
    .join(PolicyVersion, ClauseVersion.version_id == PolicyVersion.id)
    .where(PolicyVersion.policy_id == bindparam("policy_id"), PolicyVersion.effective_on == bindparam("day"))
)


def _headings(session: Session, version: PolicyVersion) -> dict[UUID, tuple[tuple[str, str], ...]]:
    """What each clause of a version is called, in every language in which that version is published."""
    found: dict[UUID, tuple[tuple[str, str], ...]] = {}
    for clause_id, code, heading in session.execute(_HEADINGS, {"policy_id": version.policy_id, "day": version.effective_on}):
        if heading:
            found[clause_id] = (*found.get(clause_id, ()), (code, heading))
    return found


def _cited(
    row: Row[ClauseVersion, str, str, PolicyVersion], headings: dict[UUID, tuple[tuple[str, str], ...]]
) -> CitedClause:
    clause, key, slug, version = row
    return CitedClause(
        id=clause.id, clause_id=clause.clause_id, key=key, level=clause.level, parent_key=clause.parent_key,
        number=clause.number, heading=clause.heading or version.title, text=clause.text,
        sha256=clause.sha256, language=version.language, policy_slug=slug, policy_title=version.title,
        version_id=version.id, effective_on=version.effective_on, data=from_canonical(json.loads(clause.data)),
        headings=headings.get(clause.clause_id, ()),
    )


_CLAUSE = _CLAUSES.where(ClauseVersion.id == bindparam("id"))
_OF_VERSION = _CLAUSES.where(ClauseVersion.version_id == bindparam("version_id")).order_by(ClauseVersion.ordinal)
_IN_LANGUAGE = _CLAUSES.where(
    ClauseVersion.clause_id == bindparam("clause_id"), PolicyVersion.effective_on == bindparam("day"),
    PolicyVersion.language == bindparam("language"),
)


def cited_clause(session: Session, clause_version_id: UUID) -> CitedClause | None:
    """The clause version of that key as it is cited."""
    def read() -> CitedClause:
        row = session.execute(_CLAUSE, {"id": clause_version_id}).one()
        return _cited(row, _headings(session, row[3]))

    try:
        return _CITED.get(clause_version_id, read)
    except NoResultFound:
        return None


# Versions are frozen under keys that are never used again, so what was read of one stays right.
_CITED = Kept[UUID, CitedClause](2_000)
_PROMISES = Kept[UUID, dict[str, Promise]](200)


def clauses_of(session: Session, version_id: UUID) -> list[CitedClause]:
    """Every clause of a version in reading order."""
    listed = session.execute(_OF_VERSION, {"version_id": version_id}).all()
    headings = _headings(session, listed[0][3]) if listed else {}
    return [_cited(row, headings) for row in listed]


def same_clause_in(session: Session, cited: CitedClause, language: str) -> CitedClause | None:
    """The same clause of the same version in another language, when there is a translation."""
    wanted = {"clause_id": cited.clause_id, "day": cited.effective_on, "language": language}
    row = session.execute(_IN_LANGUAGE, wanted).one_or_none()
    return _cited(row, _headings(session, row[3])) if row else None


def versions_of(session: Session, slug: str) -> list[PolicyVersion]:
    """All versions of a policy in all languages, newest first, the binding language before translations."""
    return list(session.scalars(
        select(PolicyVersion).join(Policy).where(Policy.slug == slug)
        .order_by(PolicyVersion.effective_on.desc(), PolicyVersion.binding.desc(), PolicyVersion.language)
    ))


def frozen_hashes(session: Session) -> set[str]:
    """The hash of every published version with its data."""
    return set(session.scalars(select(PolicyVersion.sha256)))


def policies(session: Session) -> list[Policy]:
    return list(session.scalars(select(Policy).order_by(Policy.kind.desc(), Policy.slug)))


_STANDINGS = (
    select(
        PolicyVersion.id, PolicyVersion.effective_on, PolicyVersion.corrects_id, Binding.accepted_at,
        case((Binding.untold_at.is_(None), Binding.told_at)).label("told_at"),
        case((Binding.untold_at.is_(None), Binding.binds_on)).label("binds_on"),
    )
    .join(Policy, PolicyVersion.policy_id == Policy.id)
    .outerjoin(Binding, (Binding.version_id == PolicyVersion.id) & (Binding.account_id == bindparam("account_id")))
    .where(Policy.slug == bindparam("slug"), PolicyVersion.binding)
)


def standings(session: Session, account: Account, slug: str) -> list[Standing]:
    """Every binding version of a policy as this account met it, days in UTC. What came back does not count as told."""
    rows = session.execute(_STANDINGS, {"account_id": account.id, "slug": slug})
    return [
        Standing(
            row.id, row.effective_on,
            local_day(row.told_at, "UTC") if row.told_at else None, row.binds_on,
            local_day(row.accepted_at, "UTC") if row.accepted_at else None, row.corrects_id,
        )
        for row in rows
    ]


def what_binds(session: Session, account: Account, slug: str, day: date) -> Binds | Reason:
    """The version of that policy whose wording bound the account on that day, or the reason why none did."""
    return bound_on(standings(session, account, slug), account.joined_on, day)


def newer_unbound(
    session: Session, account: Account, slug: str, day: date
) -> tuple[Binds | Reason, list[tuple[PolicyVersion, Reason]]]:
    """As `what_binds`, with each version that was in force on that day, newer than what bound, and why it did not bind."""
    known = standings(session, account, slug)
    found = bound_on(known, account.joined_on, day)
    bound = next((one.effective_on for one in known if isinstance(found, Binds) and one.version_id == found.version_id), None)
    newer = [one for one in known if one.effective_on <= day and (bound is None or one.effective_on > bound)]
    why = [(one, binds(known, one.version_id, account.joined_on, day)) for one in sorted(newer, key=lambda v: v.effective_on)]
    return found, [
        (session.get_one(PolicyVersion, one.version_id), reason) for one, reason in why if isinstance(reason, Reason)
    ]


def binding_on(session: Session, account: Account, slug: str, day: date) -> UUID | None:
    """The version of that policy that bound the account on that day, or None."""
    found = what_binds(session, account, slug, day)
    return found.version_id if isinstance(found, Binds) else None


def why_unbound(session: Session, account: Account, cited: CitedClause, day: date) -> Reason | None:
    """Why the version of this clause did not bind the account on that day; None when it did."""
    return why_unbound_on(session, account, cited, [day])[0]


def why_unbound_on(session: Session, account: Account, cited: CitedClause, days: Sequence[date]) -> list[Reason | None]:
    """The same for several days, in one look."""
    known = standings(session, account, cited.policy_slug)
    return [_why(known, cited.version_id, account.joined_on, day) for day in days]


def why_version_unbound(session: Session, account: Account, slug: str, version_id: UUID, day: date) -> Reason | None:
    """Why this version of a policy did not bind the account on that day; None when it did. Read from the rows."""
    return _why(standings(session, account, slug), version_id, account.joined_on, day)


def _why(known: Sequence[Standing], version_id: UUID, joined_on: date, day: date) -> Reason | None:
    if version_id not in {standing.version_id for standing in known}:
        return Reason(Unbound.NEVER_TOLD)
    found = binds(known, version_id, joined_on, day)
    return found if isinstance(found, Reason) else None


_IN_FORCE = (
    select(PolicyVersion).join(Policy)
    .where(Policy.slug == bindparam("slug"), PolicyVersion.binding, PolicyVersion.effective_on <= bindparam("day"))
    .order_by(PolicyVersion.effective_on.desc()).limit(1)
)


_KEY_IN_FORCE = _IN_FORCE.with_only_columns(PolicyVersion.id)


def in_force(session: Session, slug: str, day: date) -> PolicyVersion | None:
    """The binding-language version of a policy that is in force on that day."""
    return session.scalars(_IN_FORCE, {"slug": slug, "day": day}).one_or_none()


def promises(session: Session, day: date) -> dict[str, Promise]:
    """The platform's machine-readable promises in force on that day, by name."""
    version_id = once(session, (PROMISES, day), lambda: session.scalar(_KEY_IN_FORCE, {"slug": PROMISES, "day": day}))
    return {} if version_id is None else promises_of(session, version_id)


def promises_of(session: Session, version_id: UUID) -> dict[str, Promise]:
    """The machine-readable promises of one version, by name."""
    return _PROMISES.get(version_id, lambda: _read_promises(session, version_id))


def _read_promises(session: Session, version_id: UUID) -> dict[str, Promise]:
    found: dict[str, Promise] = {}
    for clause in clauses_of(session, version_id):
        if clause.data.promise:
            found[clause.data.promise] = Promise(
                clause.data.promise, clause.data.length or 0, clause.data.unit or "", clause.data.consequence or "",
                clause.id, clause.number, clause.heading, clause.data.amounts,
            )
    return found


def promise(work: Work, name: str, at: datetime | None = None) -> Promise:
    """The promise of that name as it stands now, read once for each act; `at`: as it stood then, where a time began before now.

    Errors: KeyError when none is published.
    """
    if at is not None:
        return promises(work.db, local_day(at, "UTC"))[name]
    if "promises" not in work.cache:
        work.cache["promises"] = promises(work.db, local_day(work.now, "UTC"))
    found: Promise = work.cache["promises"][name]
    return found
