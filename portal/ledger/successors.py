"""Successor holds: one that follows another without a free moment between, with money that the old one let go; and how often
the platform held money of a milestone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.cases.clocks import start_clock
from portal.cases.models import Clock
from portal.cases.newer import on_newer, promise_of
from portal.contracts.models import Earning
from portal.core.errors import Conflict
from portal.core.ids import new_id
from portal.core.work import Work
from portal.ledger.claims import NewClaim, open_claim
from portal.ledger.extension_models import ExtensionEnd, HoldExtension
from portal.ledger.holds import HOLD_ENDED, begin_hold, end_hold, held_pots, pots_under
from portal.ledger.models import Book, BookKind, Claim, Claimant, Hold, HoldEnd
from portal.ledger.rules import Draw, draw
from portal.log.operations import Row, record

_CLOCK = select(Clock).where(Clock.kind == "hold", Clock.subject_ref == bindparam("ref")).order_by(Clock.id.desc()).limit(1)
_HELD = select(Book.earning_id).where(Book.hold_id == bindparam("hold_id"), Book.kind == BookKind.HELD)
_OF_MILESTONES = (
    select(Earning.milestone_id, func.count(Hold.id.distinct())).join(Book, Book.earning_id == Earning.id)
    .join(Hold, Book.hold_id == Hold.id).join(Claim, Hold.claim_id == Claim.id)
    .where(
        Earning.milestone_id.in_(bindparam("milestones", expanding=True)), Book.kind == BookKind.HELD,
        Claim.claimant == Claimant.PLATFORM, Hold.amount_minor > 0,
    ).group_by(Earning.milestone_id)
)
_BEGUN = _OF_MILESTONES.where(Hold.successor_of_id.is_(None))
_EXTENDED = _OF_MILESTONES.join(HoldExtension, HoldExtension.hold_id == Hold.id).where(
    HoldExtension.end_kind == ExtensionEnd.SIGNED
)


def follow(
    work: Work, old: Hold, drawn: Sequence[Draw], home: Mapping[UUID, UUID], *, event_id: UUID, until: datetime
) -> tuple[Hold, list[Row]]:
    """Holds that money, which `old` has let go in this act, for the same claim and cause until an instant.

    An overturned decision ends it as it would have ended the old one. `home`: the book of each earning. Its clock keeps the
    promise that counted for the old one, and the length of that.
    """
    after, rows = begin_hold(
        work, drawn, event_id=event_id, home=home, claim_id=old.claim_id, account_id=old.account_id,
        cause_event_id=old.cause_event_id, currency=old.currency, expires_at=until, successor_of_id=old.id,
    )
    _go_on_counting(work, old, after)
    return after, rows


def move_hold(work: Work, old: Hold, new: NewClaim, *, event_id: UUID) -> tuple[Claim, Hold, list[Row]]:
    """Holds, for a new claim (of another decision), at most as much of the same earnings as a hold of ours that this act ended.

    It ends when the old one would have ended, so nothing is held longer, and it is no further hold of that milestone
    (DESIGN 2.5). Errors: ValueError for more than the old one held, and while that has not ended.
    """
    wanted, currency = new.amount.amount_minor, new.amount.currency
    if wanted > old.amount_minor or currency != old.currency or old.ended_at is None:
        raise ValueError("a hold that moves holds at most what it held")
    claim, held = open_claim(work, new), set(work.db.scalars(_HELD, {"hold_id": old.id}))
    pots = [one for one in pots_under(work, new.contract, new.milestone, currency) if one.earning_id in held]
    hold, rows = begin_hold(
        work, draw(pots, wanted), event_id=event_id, claim_id=claim.id, account_id=old.account_id,
        cause_event_id=event_id, currency=currency, expires_at=old.expires_at, successor_of_id=old.id,
    )
    _go_on_counting(work, old, hold)
    return claim, hold, [claim, *rows]


def _go_on_counting(work: Work, old: Hold, after: Hold) -> None:
    """The clock of a successor: begun with the old one's, under the promise that counted for that, and due on its own day."""
    clock = work.db.scalars(_CLOCK, {"ref": old.ref}).first()
    if clock is None:
        return
    counts = promise_of(work, clock)
    start_clock(
        work, "hold", after.ref, account_id=old.account_id, length=counts.length if counts else clock.length,
        unit=counts.unit if counts else clock.unit, zone=clock.zone,
        promise_id=counts.clause_version_id if counts else clock.promise_id, start=clock.started_at, due_at=after.expires_at,
    )


@on_newer("hold")
def hold_shorter(work: Work, clock: Clock, _before: datetime) -> None:
    """A newer promise holds money for less time: the hold ends, and its successor holds the same until the sooner day."""
    hold, event_id = work.db.scalars(select(Hold).where(Hold.ref == clock.subject_ref)).one(), new_id()
    pots, home = held_pots(work, hold)
    rows = end_hold(work, hold, HoldEnd.RELEASED, event_id=event_id, claim_lives=True)
    after, written = follow(work, hold, draw(pots, hold.amount_minor), home, event_id=event_id, until=clock.due_at)
    record(work, "hold.shorter", after.ref, rows=[*rows, *written], event_id=event_id, before=hold.ref, until=clock.due_at)


def hold_longer(work: Work, hold: Hold, until: datetime, *, event_id: UUID) -> tuple[Hold, list[Row]]:
    """Holds what an open hold holds, and no more, until a later instant: it ends and its successor begins in one act.

    Source: promise "hold_extension". Errors: `hold_ended` (conflict); ValueError for an instant that is not later.
    """
    if until <= hold.expires_at:
        raise ValueError("what is held longer ends later than it would have")
    pots, home = held_pots(work, hold)
    work.db.refresh(hold, with_for_update=True)
    if hold.ended_at is not None:
        raise Conflict("hold_ended", HOLD_ENDED)
    rows = end_hold(work, hold, HoldEnd.RELEASED, event_id=event_id, claim_lives=True)
    after, written = follow(work, hold, draw(pots, hold.amount_minor), home, event_id=event_id, until=until)
    return after, [*rows, *written]


def held_times(session: Session, milestone_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How often the platform held money of each of these milestones, whatever it claimed; made longer is once more.

    A hold of nothing held nothing, and what was left of one after a counterpart's own claim is no new one.
    """
    times = dict.fromkeys(milestone_ids, 0)
    for query in (_BEGUN, _EXTENDED):
        for milestone_id, count in session.execute(query, {"milestones": list(milestone_ids)}):
            times[milestone_id] += count
    return times
