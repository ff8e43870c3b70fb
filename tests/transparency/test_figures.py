"""The public figures: what was kept, missed, late, ordered and silenced, by the end of yesterday, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal.cases.clocks import run_due
from portal.cases.models import Clock, ClockResult
from portal.core.counts import told
from portal.core.work import Work
from portal.disputes.models import Dispute
from portal.disputes.operations import answer_dispute
from portal.enforcement.operations import co_sign
from portal.enforcement.reviewing_orders import end_silence
from portal.ledger.operations import mark_payout
from portal.transparency.figures import MONTHS, Figures, Line, figures
from tests.enforcement.conftest import Desk
from tests.enforcement.test_ordering import SILENT, ordered, propose_legal


def shown(desk: Desk) -> Figures:
    with desk.office.database.read() as session:
        return figures(session, desk.market.now)


def of(desk: Desk, promise: str) -> list[tuple[str, int, int]]:
    return [(f"{one.month:%Y-%m}", one.kept, one.missed) for one in shown(desk).lines if one.promise == promise]


def paid(desk: Desk, *, late: bool, sent: bool = True) -> str:
    """A payout that is sent on the next day, or eight days later, or not at all."""
    ref = str(desk.market.pay_out(desk.story.tim, desk.story.destination, 100)["payout"])
    desk.later(days=8 if late else 1)
    desk.market.make(lambda work: run_due(work, [], [desk.story.tim.account.id]))
    if sent:
        desk.market.do(mark_payout, payout_ref=ref, state="sent")
    return ref


def test_what_was_kept_and_missed_is_counted_on_the_next_day_in_its_month(desk: Desk) -> None:
    paid(desk, late=False)
    assert of(desk, "payout") == []
    desk.later(days=1)
    assert of(desk, "payout") == [("2026-11", 1, 0)]
    paid(desk, late=True)
    desk.later(days=1)
    assert of(desk, "payout") == [("2026-12", 0, 1), ("2026-11", 1, 0)]


def test_a_late_payout_is_overdue_until_it_is_sent(desk: Desk) -> None:
    ref = paid(desk, late=True, sent=False)
    desk.later(days=1)
    assert (shown(desk).late, shown(desk).overdue) == (1, 1)
    desk.later(days=1)
    desk.market.do(mark_payout, payout_ref=ref, state="sent")
    assert (shown(desk).late, shown(desk).overdue) == (1, 1), "sent today: counted from tomorrow"
    desk.later(days=1)
    assert (shown(desk).late, shown(desk).overdue) == (1, 0)


def test_orders_and_silence_are_counted_when_the_day_is_over(desk: Desk) -> None:
    def count() -> tuple[int, int, int]:
        found = shown(desk).orders
        return found.orders, found.silent, found.waiting

    ref = propose_legal(desk, **SILENT)
    desk.later(days=1)
    assert count() == (0, 0, 0)
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="I have read the order.")
    assert count() == (0, 0, 0), "nobody can tell by looking often that something happened just now"
    desk.later(days=1)
    assert count() == (1, 1, 1)
    desk.market.do(end_silence, desk.story.rae.actor, action_ref=ref, reason="Nothing forbids it now.")
    assert count() == (1, 1, 1)
    desk.later(days=1)
    assert count() == (1, 1, 0)


def test_a_promise_is_counted_under_its_name_whatever_waited_for_it(desk: Desk) -> None:
    ordered(desk)
    desk.later(days=1)
    assert of(desk, "co_signature") == [("2026-11", 1, 0)]


def test_only_our_own_answers_count(desk: Desk) -> None:
    """A freelancer who answers a dispute in time keeps a time of their own, not a promise of ours."""
    with desk.office.database.read() as session:
        ref = session.scalars(select(Dispute.ref)).one()
    desk.market.do(answer_dispute, desk.story.tim.actor, dispute_ref=ref, answer="I was ill from Monday on.")
    paid(desk, late=False)
    desk.later(days=1)
    with desk.office.database.read() as session:
        ended = set(session.scalars(select(Clock.kind).where(Clock.result == ClockResult.KEPT)))
    assert {"dispute_answer", "payout"} <= ended
    assert [one.promise for one in shown(desk).lines] == ["payout"]


def test_an_older_month_leaves_after_a_year(desk: Desk) -> None:
    paid(desk, late=False)
    desk.later(days=340)
    assert of(desk, "payout") == [("2026-11", 1, 0)]
    desk.later(days=31)
    assert of(desk, "payout") == [] and MONTHS == 12


def test_a_month_begins_at_midnight_utc(desk: Desk) -> None:
    def end(work: Work) -> None:
        clocks = work.db.scalars(select(Clock).where(Clock.kind == "payout").order_by(Clock.id))
        for clock, at in zip(clocks, instants, strict=True):
            clock.ended_at, clock.result = at, ClockResult.KEPT

    instants = [datetime(2026, 11, 30, 23, 59, 59, 999_999, UTC), datetime(2026, 12, 1, tzinfo=UTC)]
    for _ in instants:
        desk.market.pay_out(desk.story.tim, desk.story.destination, 100)
    desk.market.make(end)
    desk.later(days=20)
    assert shown(desk).lines[0] == Line(datetime(2026, 12, 1, tzinfo=UTC).date(), "payout", 1, 0)
    assert ("2026-11", 1, 0) in of(desk, "payout")


@pytest.mark.parametrize(("number", "published"), [(0, 0), (1, None), (4, None), (5, 5), (20_000, 20_000)])
def test_a_number_so_small_that_it_might_point_at_one_person_is_not_told(number: int, published: int | None) -> None:
    assert told(number) == published
