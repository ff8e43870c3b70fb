"""What was to be told only when an action takes effect: held back while it would not be true, queued again when it is."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, exists, or_, select, update
from sqlalchemy.orm import aliased

from portal.core.database import KEYS
from portal.core.prepared import Kept
from portal.core.work import Work
from portal.enforcement.models import ChangeKind
from portal.notices.models import Channel, Delivery, DeliveryResult, Notice

COUNTERPART, REPORTER = "counterpart_action", "report_answered"
# That a rule applied stays true when an action is paused or made shorter, and is wrong once it is overturned.
UNTRUE_AFTER = {
    ChangeKind.PAUSED: (COUNTERPART,), ChangeKind.LIFTED: (COUNTERPART,), ChangeKind.REVERSED: (COUNTERPART, REPORTER),
}


def queued_ids() -> ColumnElement[bool]:
    """That a notice of the query was queued `again` in this act."""
    return Notice.id.in_(bindparam("again", expanding=True, type_=Uuid()))


_AHEAD = select(Notice.id).where(
    Notice.event_id.in_(KEYS), Notice.kind.in_(bindparam("kinds", expanding=True)),
    or_(Notice.not_before > bindparam("now"), queued_ids()),
)
_HOLD_BACK = Kept(update(Delivery).where(
    Delivery.notice_id.in_(_AHEAD), Delivery.result == DeliveryResult.WAITING
).values(result=DeliveryResult.FAILED, lease_until=None))


def hold_back(work: Work, said_in: Sequence[UUID], kind: ChangeKind) -> None:
    """What is not due yet is not told: it is no longer true. `said_in`: the events by which others hear of the action."""
    again = queued_again(work)
    _HOLD_BACK.carry_out(work.db, {
        "ids": list(said_in), "kinds": list(UNTRUE_AFTER[kind]), "now": work.now, "again": list(again),
    })
    again.clear()


def queue_again(work: Work, said_in: Sequence[UUID]) -> None:
    """What was held back is told after all: on its own day, or now when that has passed; not what was written anew since."""
    anew = aliased(Notice)
    held = (
        select(Notice).join(Delivery, Delivery.notice_id == Notice.id)
        .where(Notice.event_id.in_(said_in), Notice.kind == COUNTERPART, Delivery.channel == Channel.INBOX,
               Delivery.result == DeliveryResult.FAILED, ~exists().where(
                   anew.event_id.in_(said_in), anew.kind == COUNTERPART, anew.recipient_id == Notice.recipient_id,
                   anew.about_ref == Notice.about_ref, anew.created_at > Notice.created_at))
    )
    for notice in work.db.scalars(held).all():
        queued_again(work).add(notice.id)
        work.db.execute(
            update(Delivery).where(Delivery.notice_id == notice.id, Delivery.result == DeliveryResult.FAILED)
            .values(result=DeliveryResult.WAITING, next_try_at=max(work.now, notice.not_before))
        )


def queued_again(work: Work) -> set[UUID]:
    """The notices that this act has queued again: their people hear the first message, and no change of it."""
    found: set[UUID] = work.cache.setdefault("queued_again", set())
    return found
