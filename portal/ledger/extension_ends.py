"""A longer hold that waits for a second person comes to an end: answered, not answered in time, or over with its hold."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, select

from portal.cases.clocks import stop_clock
from portal.cases.models import ClockResult
from portal.cases.operations import close_item
from portal.core.work import Work
from portal.ledger.extension_models import ExtensionEnd, HoldExtension
from portal.ledger.models import Hold
from portal.log.operations import Row

SIGNING, SECOND = "hold_signature", "cosignature"
"""The clock of the second person, and the kind of work as the queue calls it."""
_WAITING = select(HoldExtension).where(HoldExtension.hold_id == bindparam("hold_id"), HoldExtension.ended_at.is_(None))


def end_extension(work: Work, row: HoldExtension, how: ExtensionEnd, person_id: UUID | None = None) -> list[Row]:
    """It waits no more; `person_id`: who answered. Where nobody had to any more, no promise was kept or broken."""
    row.ended_at, row.end_kind, row.ended_by = work.now, how, person_id
    stop_clock(work, row.ref, SIGNING, ClockResult.VOID if how is ExtensionEnd.OVER else ClockResult.KEPT)
    close_item(work, row.ref, SECOND, how.value)
    work.db.flush()
    return [(row, "ended")]


def over_with(work: Work, hold: Hold) -> list[Row]:
    """The hold has ended, so nothing can be held longer: what waited for a second person is over."""
    waiting = work.db.scalars(_WAITING, {"hold_id": hold.id}).all()
    return [row for one in waiting for row in end_extension(work, one, ExtensionEnd.OVER)]
