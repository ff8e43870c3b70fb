"""A hold that follows another one without a free moment between: the same cause, and money that the old one let go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.cases.clocks import start_clock
from portal.cases.models import Clock
from portal.core.ids import new_ref
from portal.core.work import Work
from portal.ledger.extension_models import ExtensionEnd, HoldExtension
from portal.ledger.holds import end_hold, held_pots, set_aside
from portal.ledger.models import Claim, Hold, HoldEnd
from portal.ledger.rules import Draw, draw
from portal.log.operations import Row, add

_CLOCK = select(Clock).where(Clock.kind == "hold", Clock.subject_ref == bindparam("ref")).order_by(Clock.id.desc()).limit(1)
_EXTENDED = select(func.count()).select_from(HoldExtension).join(Hold, HoldExtension.hold_id == Hold.id).join(
    Claim, Hold.claim_id == Claim.id
).where(Claim.milestone_id == bindparam("milestone_id"), HoldExtension.end_kind == ExtensionEnd.SIGNED)


def follow(
    work: Work, old: Hold, drawn: Sequence[Draw], home: Mapping[UUID, UUID], *, event_id: UUID, until: datetime
) -> tuple[Hold, list[Row]]:
    """Holds that money, which `old` has let go in this act, for the same claim and cause until an instant.

    An overturned decision ends it as it would have ended the old one. `home`: the book of each earning. Its clock keeps the
    promise and the length of the old one's.
    """
    after = add(work, Hold(
        ref=new_ref("H"), claim_id=old.claim_id, account_id=old.account_id, cause_event_id=old.cause_event_id,
        amount_minor=sum(one.amount_minor for one in drawn), currency=old.currency, expires_at=until, successor_of_id=old.id,
    ))
    work.db.flush()
    clock = work.db.scalars(_CLOCK, {"ref": old.ref}).first()
    if clock is not None:
        start_clock(
            work, "hold", after.ref, account_id=old.account_id, length=clock.length, unit=clock.unit, zone=clock.zone,
            promise_id=clock.promise_id, start=clock.started_at, due_at=until,
        )
    moves = [(home[one.pot.earning_id], one.pot.earning_id, one.amount_minor) for one in drawn]
    return after, [after, *set_aside(work, after, moves, event_id)]


def hold_longer(work: Work, hold: Hold, until: datetime, *, event_id: UUID) -> tuple[Hold, list[Row]]:
    """Holds what an open hold holds, and no more, until a later instant: it ends and its successor begins in one act.

    Source: promise "hold_extension". Errors: ValueError for an instant that is not later, and for a hold that has ended.
    """
    if hold.ended_at is not None or until <= hold.expires_at:
        raise ValueError("what is held longer is held now, and ends later than it would have")
    pots, home = held_pots(work, hold)
    rows = end_hold(work, hold, HoldEnd.RELEASED, event_id=event_id, claim_lives=True)
    after, written = follow(work, hold, draw(pots, hold.amount_minor), home, event_id=event_id, until=until)
    return after, [*rows, *written]


def extended_before(session: Session, milestone_id: UUID) -> int:
    """How often a hold of ours on a milestone was made longer."""
    return session.scalar(_EXTENDED, {"milestone_id": milestone_id}) or 0
