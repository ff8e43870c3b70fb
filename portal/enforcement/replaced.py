"""The decision that another one replaces: what it takes now, and whether the new one would take more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, exists, func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, Earning, Milestone
from portal.core.errors import Conflict
from portal.core.i18n import N_
from portal.enforcement.fields import Fields
from portal.enforcement.holding import Freed
from portal.enforcement.models import Action, ChangeKind, Measure, Restriction, RestrictionChange, RestrictionCheck
from portal.enforcement.own_days import taken
from portal.enforcement.rules import WITHIN
from portal.enforcement.succession import APPEALED, Weight, predecessors
from portal.ledger.models import Book, BookKind, Claim, Hold
from portal.log.models import Event

_ITS_HOLDS = (
    select(Hold, Claim.milestone_id).join(Claim, Hold.claim_id == Claim.id).join(Event, Hold.cause_event_id == Event.id)
    .where(Event.kind == "action.issued", Event.subject_ref == bindparam("ref"), Hold.ended_at.is_(None))
)
_ON = _ITS_HOLDS.join(Contract, Claim.contract_id == Contract.id).outerjoin(
    Milestone, Claim.milestone_id == Milestone.id
).where(Contract.ref == bindparam("contract"), func.coalesce(Milestone.number, 0) == bindparam("number"))
_TAKEN = select(Restriction, RestrictionCheck.item_ref).outerjoin(
    RestrictionCheck, RestrictionCheck.restriction_id == Restriction.id
).where(Restriction.action_id == bindparam("action_id"), ~exists().where(
    RestrictionChange.restriction_id == Restriction.id, RestrictionChange.at < bindparam("before"),
    RestrictionChange.kind.in_((ChangeKind.LIFTED, ChangeKind.REVERSED)),
)).order_by(Restriction.id)

INSTANT = timedelta(microseconds=1)


def open_hold_of(session: Session, old: Action) -> Hold | None:
    """What an action holds now for its claim."""
    return session.scalars(_ITS_HOLDS, {"ref": old.ref}).one_or_none()


def open_hold_on(session: Session, old: Action, contract_ref: str, number: int | None) -> Hold | None:
    """What an action holds now of a milestone; without a number: of a contract that it claims as a whole."""
    return session.scalars(_ON, {"ref": old.ref, "contract": contract_ref, "number": number or 0}).one_or_none()


def freed_by(session: Session, old: Action, now: datetime) -> list[Freed]:
    """What an action holds now and what will be free when it ends."""
    cleared = case((Earning.clears_at <= now, Book.balance_minor), else_=0)
    rows = session.execute(
        select(Hold.ref, Hold.currency, func.sum(Book.balance_minor), func.sum(cleared))
        .join(Book, (Book.hold_id == Hold.id) & (Book.kind == BookKind.HELD)).join(Earning, Book.earning_id == Earning.id)
        .join(Event, Hold.cause_event_id == Event.id)
        .where(Event.kind == "action.issued", Event.subject_ref == old.ref, Hold.ended_at.is_(None))
        .group_by(Hold.ref, Hold.currency).order_by(Hold.ref)
    )
    return [Freed(ref, currency, int(ready), int(total) - int(ready)) for ref, currency, total, ready in rows]


def as_weight(session: Session, action: Action, before: datetime) -> Weight:
    """What an action takes, money aside, without what was given back before that instant."""
    assert action.effective_at is not None
    rows = session.execute(_TAKEN, {"action_id": action.id, "before": before}).all()
    takes = {row.scope: (row.starts_at, row.until) for row, _check in rows}
    resting = {row.scope: check for row, check in rows}
    return _weight(Measure(action.measure), action.effective_at, action.ends_at, takes, resting)


def _weight(
    measure: Measure, effective_at: datetime, ends_at: datetime | None,
    takes: Mapping[str, tuple[datetime, datetime | None]], resting: Mapping[str, str | None],
) -> Weight:
    """The same of what is taken, from when and until when; who takes the whole of something takes its parts."""
    if measure is not Measure.RESTRICTION:
        return Weight(measure, effective_at, ends_at, frozenset())
    each = {part: takes[whole] for whole in takes for part in WITHIN.get(whole, ())} | dict(takes)
    until = tuple((scope, min(end, ends_at)) for scope, (_, end) in each.items() if end is not None and ends_at is not None)
    since = tuple((scope, start) for scope, (start, _) in each.items())
    rests = {part: resting.get(whole) for whole in takes for part in WITHIN.get(whole, ())} | dict(resting)
    checks = tuple((scope, check) for scope, check in rests.items() if check is not None)
    return Weight(measure, effective_at, ends_at, frozenset(each), until=until, since=since, resting=checks)


def heavier(
    session: Session, old: Action, fields: Fields, effective_at: datetime, ends_at: datetime | None, zone: str, now: datetime
) -> bool:
    """Whether a decision takes more than is left now of the one that it replaces: by itself, or by the money that it is to
    hold."""
    listed = taken(fields.measure, fields.scope, fields.own, effective_at, ends_at, zone)
    takes, resting = {one.scope: (one.starts_at, one.until) for one in listed}, {one.scope: one.check for one in listed}
    if _weight(fields.measure, effective_at, ends_at, takes, resting).heavier_than(as_weight(session, old, now + INSTANT)):
        return True
    if fields.hold is None:
        return False
    held = open_hold_on(session, old, fields.hold.contract_ref, fields.hold.milestone)
    return held is None or fields.hold.amount.amount_minor > held.amount_minor


def require_unappealed(session: Session, old: Action) -> None:
    """Errors: `appealed`: whoever appealed is never worse off for it."""
    if any(ask(session, one) for ask in APPEALED for one in (old, *predecessors(session, old))):
        message = N_("An appeal against %(ref)s was filed. Nothing heavier replaces it: an appeal never makes anything worse.")
        raise Conflict("appealed", message, ref=old.ref)
