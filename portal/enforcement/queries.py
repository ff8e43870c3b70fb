"""Reading account actions: by reference, the ladder, standing, statements, who signed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account, Member, MemberRole, Person
from portal.accounts.queries import account_by_id
from portal.accounts.roles import holders_of
from portal.cases.models import Case
from portal.core.clock import local_day
from portal.core.database import KEYS, once, once_each
from portal.core.errors import existing
from portal.enforcement.before import STANDS, conduct_of
from portal.enforcement.blocking import blocking_among
from portal.enforcement.models import (
    Action,
    ActionStatus,
    Citation,
    CitationReversal,
    Nature,
    Restriction,
    RestrictionChange,
    Signature,
    Statement,
)
from portal.enforcement.own_days import last_end, what_counts
from portal.enforcement.rules import Change, Earlier, Permitted, Span, State, Weighed, ladder, worst
from portal.rulebook.models import ClauseVersion
from portal.rulebook.queries import CitedClause, cited_clause, promises


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account's actions in effect add up to now, until when, and which they are."""

    state: State
    until: datetime | None
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Lately:
    """An action that has begun: what it takes away, whether it is in effect now, and when the last of it ends."""

    action: Action
    scopes: tuple[str, ...]
    in_effect: bool
    until: datetime | None


_BY_REF = select(Action).where(Action.ref == bindparam("ref"))
_SAID = Action.status.in_((ActionStatus.ISSUED, ActionStatus.WITHDRAWN))


def action_by_ref(session: Session, ref: str) -> Action:
    """Errors: `NotFound`."""
    return existing(session.scalars(_BY_REF, {"ref": ref}).one_or_none())


def actions_of_case(session: Session, case_id: UUID) -> list[Action]:
    """Every action of a case that was not discarded, newest first."""
    query = select(Action).where(Action.case_id == case_id, Action.status != ActionStatus.DISCARDED)
    return list(session.scalars(query.order_by(Action.id.desc())))


_OF_ACCOUNT = select(Action).where(Action.account_id == bindparam("account_id"), _SAID).order_by(Action.id.desc())


def actions_of_account(session: Session, account_id: UUID, limit: int = 100) -> list[Action]:
    """What the account may know of: every action that was issued, newest first."""
    return list(session.scalars(_OF_ACCOUNT.limit(limit), {"account_id": account_id}))


_CITATIONS = select(Citation).where(
    Citation.action_id == bindparam("action_id"), Citation.revision == bindparam("revision"), STANDS
).order_by(Citation.id)
_CITED = _CITATIONS.with_only_columns(Citation.clause_version_id).limit(1)


def citations_of(session: Session, action: Action) -> list[Citation]:
    """The citations that the action rests on now: a returned proposal's stay behind, and so do those that were overturned."""
    return list(session.scalars(_CITATIONS, {"action_id": action.id, "revision": action.revision}))


def rule_of(session: Session, action: Action) -> CitedClause | None:
    """The clause version that an action rests on first; None while it is a draft."""
    named = {"action_id": action.id, "revision": action.revision}
    cited = once(session, ("cited", action.id, action.revision), lambda: session.scalar(_CITED, named))
    return cited_clause(session, cited) if cited else None


def rules_cited(session: Session, action: Action) -> list[CitedClause]:
    """The clause versions that an action cites, the first one first; none while it is a draft."""
    found = (cited_clause(session, citation.clause_version_id) for citation in citations_of(session, action))
    return [clause for clause in found if clause is not None]


_CITED_BY = select(Citation.action_id, Citation.revision, Citation.clause_version_id).where(
    Citation.action_id.in_(KEYS), STANDS
).order_by(Citation.id)


def rules_of(session: Session, actions: Sequence[Action]) -> dict[UUID, tuple[CitedClause, ...]]:
    """The clause versions that each of these actions cites, by the action's key; nothing for a draft."""
    revisions, found = {action.id: action.revision for action in actions}, dict[UUID, tuple[CitedClause, ...]]()
    for action_id, revision, cited in session.execute(_CITED_BY, {"ids": list(revisions)}) if actions else ():
        if revision == revisions[action_id] and (clause := cited_clause(session, cited)) is not None:
            found[action_id] = (*found.get(action_id, ()), clause)
    return found


_Successor = aliased(Action)
_EARLIER = (
    select(Action, Citation, _Successor, func.coalesce(Action.reversed_at, CitationReversal.at))
    .join(Citation, Citation.action_id == Action.id).join(ClauseVersion, Citation.clause_version_id == ClauseVersion.id)
    .outerjoin(_Successor, _Successor.supersedes_id == Action.id)
    .outerjoin(CitationReversal, CitationReversal.citation_id == Citation.id)
    .where(
        Action.account_id == bindparam("account_id"), ClauseVersion.clause_id == bindparam("clause_id"),
        Action.nature == Nature.CONDUCT, or_(Citation.revision == Action.revision, CitationReversal.id.is_not(None)),
        or_(Action.status == ActionStatus.ISSUED, and_(
            Action.status == ActionStatus.WITHDRAWN, or_(Action.reversed_at.is_not(None), CitationReversal.id.is_not(None)))),
    )
    .order_by(Action.issued_at, Action.id)
)


def earlier_actions(
    session: Session, account_id: UUID, clause_id: UUID, before: datetime | None = None, besides: Collection[UUID] = (),
    member_id: UUID | None = None,
) -> list[Earlier]:
    """The issued conduct actions of an account, or of one member of it, that cite any version of that clause, oldest first.

    What was taken back decides nothing; what was taken back and then overturned on appeal was overturned. What was replaced
    counts no more; for what was decided `before` that, only once its successor was overturned or taken back. A rule of a
    decision that was overturned alone was overturned; that stays to be seen where the decision itself is left out (`besides`).
    """
    rows = session.execute(_EARLIER, {"account_id": account_id, "clause_id": clause_id})
    return [
        Earlier(
            a.ref, a.measure, a.issued_at or a.created_at, cited.conduct_to, a.interim,
            undone=overturned_at is not None or _counts_no_more(following, before), id=a.id, reversed_at=overturned_at,
            conduct=conduct_of(cited), superseded=following is not None,
        )
        for a, cited, following, overturned_at in rows
        if (a.id not in besides or (a.reversed_at is None and overturned_at is not None)) and a.member_id == member_id
        and (before is None or (a.issued_at or a.created_at) < before)
    ]


def _counts_no_more(following: Action | None, before: datetime | None) -> bool:
    if following is None or before is None or following.issued_at is None:
        return following is not None
    return following.issued_at < before or following.reversed_at is not None or following.withdrawn_at is not None


def permitted(session: Session, subject: Action | Case, clause: CitedClause, now: datetime) -> Permitted:
    """What the clause permits against the account of this action or case now, with what was counted."""
    account_id = subject.account_id if isinstance(subject, Action) else subject.about_account_id
    member = subject.member_id if isinstance(subject, Action) else None
    earlier = earlier_actions(session, account_id, clause.clause_id, besides=[subject.id], member_id=member)
    return ladder(clause.data, earlier, day := local_day(now, "UTC"), promise=promises(session, day).get("suspension_max"))


_CHANGES = select(RestrictionChange).where(
    RestrictionChange.restriction_id.in_(select(Restriction.id).where(Restriction.action_id.in_(KEYS)))
).order_by(RestrictionChange.at, RestrictionChange.id)
_RESTRICTIONS = select(Restriction).where(Restriction.action_id.in_(KEYS)).order_by(Restriction.id)


def restrictions_of(session: Session, action_ids: Iterable[UUID]) -> dict[UUID, list[tuple[Restriction, Span]]]:
    """What these actions take away, each with its time and what happened to it."""
    ids = list(action_ids)
    changes, found = defaultdict[UUID, list[Change]](list), defaultdict[UUID, list[tuple[Restriction, Span]]](list)
    for change in session.scalars(_CHANGES, {"ids": ids}) if ids else ():
        changes[change.restriction_id].append(Change(change.at, change.kind))
    for row in session.scalars(_RESTRICTIONS, {"ids": ids}) if ids else ():
        found[row.action_id].append((row, Span(row.starts_at, row.until, tuple(changes[row.id]))))
    return found


# What was replaced stays replaced, also when its successor is taken back.
_WITH_SUCCESSOR = select(Action).outerjoin(_Successor, _Successor.supersedes_id == Action.id).order_by(Action.id.desc())
_NOT_OVER = and_(
    Action.status == ActionStatus.ISSUED, Action.reversed_at.is_(None), Action.lifted_at.is_(None), _Successor.id.is_(None)
)
_over_at = func.coalesce(Action.reversed_at, Action.lifted_at, Action.ends_at)
_BEGUN = Action.effective_at <= bindparam("now")
_IN_EFFECT = _WITH_SUCCESSOR.where(Action.account_id == bindparam("account_id"), _NOT_OVER, _BEGUN)
_LATELY = _WITH_SUCCESSOR.add_columns(_NOT_OVER).where(
    Action.account_id.in_(KEYS), Action.member_id.is_(None), Action.status == ActionStatus.ISSUED, _BEGUN,
    or_(_over_at.is_(None), _over_at > bindparam("since")),
)


def standing(session: Session, account_id: UUID, now: datetime, member_id: UUID | None = None) -> Standing:
    """What the account's actions add up to now; with those about one member of it. Nothing of it is stored: it follows from
    the instants and `now`."""
    begun = session.scalars(_IN_EFFECT, {"account_id": account_id, "now": now})
    rows = [one for one in begun if one.member_id in (None, member_id)]
    spans = restrictions_of(session, [action.id for action in rows])
    blocks = blocking_among(session, rows)
    weighed = {one.id: _weighed(one, spans[one.id], now, holds=one.id in blocks) for one in rows}
    in_effect = [action for action in rows if weighed[action.id].in_effect(now)]
    state, until = worst(weighed[action.id] for action in in_effect)
    return Standing(state, until, tuple(in_effect))


def actions_lately(session: Session, account_ids: Iterable[UUID], since: datetime, now: datetime) -> list[Lately]:
    """What of these accounts has begun and was not over by `since`, newest first; as many queries as for one."""
    rows = session.execute(_LATELY, {"ids": list(account_ids), "since": since, "now": now}).all()
    spans = restrictions_of(session, [action.id for action, _ in rows])
    blocks = blocking_among(session, [action for action, _ in rows])
    left = {one.id: tuple(row.scope for row in what_counts(spans[one.id], now)) for one, _ in rows}
    known = [(one, counts, _weighed(one, spans[one.id], now, holds=one.id in blocks)) for one, counts in rows]
    return [Lately(one, left[one.id], counts and seen.in_effect(now), seen.ends_at) for one, counts, seen in known]


def _weighed(action: Action, pairs: Sequence[tuple[Restriction, Span]], now: datetime, *, holds: bool) -> Weighed:
    assert action.effective_at is not None
    ends_at = action.ends_at if holds else last_end(action.ends_at, pairs, now)
    spans = tuple(span for _, span in pairs)
    return Weighed(action.id, action.measure, action.effective_at, ends_at, action.reversed_at, spans, holds)


_STATEMENT = (
    select(Statement).join(Action, Statement.action_id == Action.id).where(Action.ref == bindparam("ref"))
    .order_by(Statement.n.desc()).limit(1)
)


def statement_of(session: Session, action_ref: str) -> tuple[dict[str, Any] | None, Statement]:
    """The newest statement of reasons of an action: its record (None once erased) and its row. Errors: `NotFound`."""
    row = existing(session.scalars(_STATEMENT, {"ref": action_ref}).one_or_none())
    return (json.loads(row.record) if row.record is not None else None), row


_SIGNED = select(Signature).where(Signature.action_id == bindparam("action_id")).order_by(Signature.id)


def signatures_of(session: Session, action_id: UUID) -> list[Signature]:
    """Who stands for an action, in the order in which they signed."""
    return list(session.scalars(_SIGNED, {"action_id": action_id}))


def _live_people(*criteria: ColumnElement[bool]) -> Select[Person]:
    return select(Person).join(Member, Member.person_id == Person.id).where(
        Member.ended_at.is_(None), Person.erased_at.is_(None), *criteria
    ).order_by(Member.created_at, Member.id)


_ZONES = _live_people(Member.account_id.in_(KEYS), Member.role == MemberRole.OWNER).with_only_columns(
    Member.account_id, Person.zone
)
_PEOPLE = _live_people(Member.account_id.in_(KEYS)).add_columns(Member.account_id)


def owners_of(session: Session, account_id: UUID) -> list[Person]:
    """The live owners of an account, oldest member first: they are told of what concerns the whole account."""
    return list(once(session, ("owners", account_id), lambda: holders_of(session, account_id)))


def owner_zone(session: Session, account_id: UUID) -> str:
    """The time zone of an account's first owner: days that concern the account end there."""
    return once(session, ("zone", account_id), lambda: owner_zones(session, [account_id]).get(account_id, "UTC"))


def owner_zones(session: Session, account_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The time zone of each account's first owner; none for an account without one."""
    oldest_first = session.execute(_ZONES, {"ids": list(account_ids)}).all()
    return {account_id: zone for account_id, zone in reversed(oldest_first)}


def people_by_account(session: Session, account_ids: Iterable[UUID]) -> dict[UUID, list[Person]]:
    """The live members of several accounts, in one query."""
    def read(ids: list[UUID]) -> dict[UUID, list[Person]]:
        found = defaultdict[UUID, list[Person]](list)
        for person, account_id in session.execute(_PEOPLE, {"ids": ids}):
            found[account_id].append(person)
        return found
    return defaultdict(list, once_each(session, "people", account_ids, read))


def account_of(session: Session, action: Action) -> Account:
    return account_by_id(session, action.account_id)
