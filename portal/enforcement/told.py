"""By which events and notices others than the person heard of an action."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import bindparam, exists, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Person
from portal.accounts.queries import people_by_id
from portal.accounts.roles import MONEY, holds_role
from portal.contracts.models import Contract
from portal.core.database import KEYS, once
from portal.core.money import Money
from portal.enforcement.models import Action, Citation, CitationReversal
from portal.enforcement.stakes import StillHeld
from portal.enforcement.succession import predecessors
from portal.enforcement.unsent import COUNTERPART, REPORTER, queued_ids
from portal.ledger.models import Claim, Hold
from portal.log.models import Event
from portal.notices.models import Notice
from portal.notices.queries import not_held_back

OfMoney = TypeVar("OfMoney")
TOLD_OUTSIDE = (COUNTERPART, REPORTER)
_ISSUED = select(Event.id).where(Event.kind == "action.issued", Event.subject_ref == bindparam("ref"))
_SAID = union_all(
    select(Event.id).where(Event.kind.in_(("action.issued", "silence.ended")), Event.subject_ref == bindparam("ref")),
    select(CitationReversal.cause_event_id).join(Citation, CitationReversal.citation_id == Citation.id)
    .where(Citation.action_id == bindparam("action_id")),
)
_TOLD_OUTSIDE = select(Notice).where(
    Notice.event_id.in_(KEYS), Notice.kind.in_(TOLD_OUTSIDE), not_held_back(),
    or_(Notice.kind == REPORTER, Notice.about_ref == bindparam("ref")),
).order_by(Notice.created_at, Notice.id)
_SO_FAR = _TOLD_OUTSIDE.where(Notice.not_before <= bindparam("now"))
_AHEAD = _TOLD_OUTSIDE.where(or_(Notice.not_before > bindparam("now"), queued_ids()))

_HELD = (
    select(Contract, Hold).join(Claim, Claim.contract_id == Contract.id).join(Hold, Hold.claim_id == Claim.id)
    .where(Hold.cause_event_id == bindparam("event_id"), Hold.ended_at.is_(None), Hold.amount_minor > 0).order_by(Hold.id)
)


def issue_event(session: Session, action: Action) -> UUID:
    """The event by which the action was issued: what it caused names it."""
    return once(session, ("issued", action.ref), lambda: session.scalars(_ISSUED, {"ref": action.ref}).one())


def held_from(session: Session, action: Action, besides: Collection[str] = ()) -> Mapping[UUID, list[StillHeld]]:
    """What an action holds now, `besides` some of its holds, by the account on the other side of the contract."""
    found: dict[UUID, list[StillHeld]] = defaultdict(list)
    for contract, hold in session.execute(_HELD, {"event_id": issue_event(session, action)}):
        if hold.ref not in besides:
            money = Money(hold.amount_minor, hold.currency)
            found[contract.other_side(hold.account_id)].append(StillHeld(hold.ref, contract.title, money, hold.expires_at))
    return found


def said_in(session: Session, action: Action) -> list[UUID]:
    """The events by which others heard of an action first: its issue, the end of a silence, and where what still waited to be
    told was written anew because a rule of it was overturned."""
    return list(dict.fromkeys(session.scalars(_SAID, {"ref": action.ref, "action_id": action.id})))


def told_outside(session: Session, action: Action, now: datetime, said: Sequence[UUID] | None = None) -> list[Notice]:
    """Exactly those notices by which others than the person heard of the action, oldest first.

    What is not due yet (before a termination takes effect), or was held back, has told nobody anything. Whose report was
    answered with a decision that this one replaced heard of this one too, where nothing else was told them since. `said`: see
    `said_in`, where that was read already.
    """
    given = {"ids": said_in(session, action) if said is None else said, "ref": action.ref, "now": now}
    told = list(session.scalars(_SO_FAR, given))
    before = [issue_event(session, one) for one in predecessors(session, action)]
    if not before:
        return told
    newer = aliased(Notice)
    since = select(Notice).where(
        Notice.event_id.in_(before), Notice.kind == REPORTER, Notice.not_before <= now, not_held_back(),
        ~exists().where(newer.corrects_id == Notice.id),
    )
    return [*session.scalars(since.order_by(Notice.created_at, Notice.id)), *told]


def to_be_told(session: Session, action: Action, now: datetime, again: Iterable[UUID] = ()) -> list[Notice]:
    """What waits to be told others when the action takes effect, oldest first; with what was queued `again` in this act."""
    given = {"ids": said_in(session, action), "ref": action.ref, "now": now, "again": list(again)}
    return list(session.scalars(_AHEAD, given))


def of_money(session: Session, before: Notice, found: Sequence[OfMoney]) -> Sequence[OfMoney]:
    """What of a contract's money is told somebody who heard by that notice: nothing where they only work for its account."""
    account_id = before.account_id
    reads = bool(found) and account_id is not None and holds_role(session, account_id, before.recipient_id, MONEY)
    return found if reads else ()


def recipients_of(session: Session, notices: Iterable[Notice]) -> dict[UUID, Person]:
    """The recipients of these notices, in one query."""
    return people_by_id(session, {notice.recipient_id for notice in notices})
