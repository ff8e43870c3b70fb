"""The pure rules of money."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.ledger.models import HoldEnd
from portal.ledger.rules import Pot, after, draw, draw_paid, fee_share, refund_of, rest, total

START = datetime(2026, 3, 3, 12, tzinfo=UTC)
POTS = st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 50)), max_size=8).map(
    lambda told: [Pot(UUID(int=n), UUID(int=n), one[0], START + timedelta(days=one[1])) for n, one in enumerate(told)]
)


@given(POTS, st.integers(0, 10**10))
def test_draws_what_is_there_and_nothing_is_lost(pots: list[Pot], wanted: int) -> None:
    drawn = draw(pots, wanted)
    assert sum(one.amount_minor for one in drawn) == min(wanted, total(pots))
    assert sum(one.amount_minor for one in (*drawn, *rest(pots, drawn))) == total(pots)
    assert all(0 < one.amount_minor <= one.pot.amount_minor for one in drawn)


@given(POTS, st.integers(1, 10**10))
def test_nothing_younger_is_touched_while_older_money_is_left(pots: list[Pot], wanted: int) -> None:
    drawn = draw(pots, wanted)
    newest = max((one.pot.released_at for one in drawn), default=START)
    assert all(one.pot.released_at >= newest for one in rest(pots, drawn))


EARNED = st.tuples(st.integers(1, 10**6), st.integers(0, 10**5), st.integers(0, 10**6))


@given(st.lists(EARNED, max_size=6), st.integers(1, 10**7))
def test_what_is_drawn_for_a_payment_costs_no_more_with_our_fee(told: list[tuple[int, int, int]], paid: int) -> None:
    """Whatever of each earning went back before: the third number."""
    pots = [
        Pot(UUID(int=n), UUID(int=n), whole - before % whole, START + timedelta(days=n), whole, fee)
        for n, (whole, fee, before) in enumerate(told)
    ]
    back = 0
    for one in draw_paid(pots, paid):
        before = one.pot.whole_minor - one.pot.amount_minor
        back += one.amount_minor + fee_share(one.pot, before + one.amount_minor) - fee_share(one.pot, before)
    assert back <= paid
    without = [Pot(one.book_id, one.earning_id, one.amount_minor, one.released_at, one.whole_minor, 0) for one in pots]
    assert [(one.pot.book_id, one.amount_minor) for one in draw_paid(without, paid)] == [
        (one.pot.book_id, one.amount_minor) for one in draw(pots, paid)]


@pytest.mark.parametrize(("kind", "asked", "back"), [
    (HoldEnd.RELEASED, None, 0), (HoldEnd.EXPIRED, None, 0), (HoldEnd.REFUNDED, None, 100), (HoldEnd.REFUNDED, 100, 100),
    (HoldEnd.SPLIT, 30, 30),
])
def test_what_goes_back_to_the_client(kind: HoldEnd, asked: int | None, back: int) -> None:
    assert refund_of(kind, 100, asked) == back


@pytest.mark.parametrize(("kind", "asked"), [
    (HoldEnd.SPLIT, None), (HoldEnd.SPLIT, 0), (HoldEnd.SPLIT, 100), (HoldEnd.RELEASED, 1), (HoldEnd.REFUNDED, 99),
])
def test_amounts_that_make_no_sense(kind: HoldEnd, asked: int | None) -> None:
    with pytest.raises(ValueError, match=r"split|no amount"):
        refund_of(kind, 100, asked)


def test_clearing_is_one_span_for_everybody() -> None:
    assert (after(START, 5, "days"), after(START, 72, "hours")) == (START + timedelta(days=5), START + timedelta(days=3))
