"""A milestone's life with a bank in it, reported in any order: the same books at the end, and on the way only refusals that say
what to report first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.contracts.models import Contract
from portal.disputes.chargeback_queries import chargeback_by_external_id
from portal.disputes.chargebacks import record_chargeback
from portal.ledger.escrow_returns import refund_of_return
from portal.ledger.models import BookKind
from portal.ledger.operations import mark_refund
from tests.disputes.test_chargebacks import house, mark, violations
from tests.factories.market import Market, Story, refused
from tests.ledger.test_reported_again import FEW, report

Life = list[tuple[str, int, int]]
AGREED = 40_000
CALLED: Life = [("f-1", 10_000, 9), ("f-2", 30_000, 8), ("r-1", 5_000, 7), ("bank", 40_000, 5)]
"""Two payments, of which some went back; then a bank calls all of it. By key, amount, days ago."""
CAME_BACK: Life = [*CALLED, ("back r-1", 0, 3)]
"""What went back did not arrive."""
RELEASED: Life = [("f-1", 12_000, 9), ("e-1", 11_990, 8), ("f-2", 28_000, 7), ("bank", 28_000, 5)]
"""The first payment was released (with a fee of ten), the second one is called back."""
ANEW: Life = [*CALLED, ("f-3", 35_000, 3), ("r-2", 2_000, 2)]
"""And paid anew after that, of which some goes back."""
FIRST = {"called_back", "no_such_return", "not_paid", "not_found", "more_than_milestone"}
"""What says that something else has to be reported first: how a bank decided, what was paid, the bank's call, what went back."""


def orders(life: Life, end: str) -> st.SearchStrategy[Life]:
    """Any order, some twice. What is released and there is held for a bank's call, so of its payments we hear before that."""
    whole = [*life, (end, 0, 4)]
    return st.lists(st.sampled_from(whole), max_size=3).flatmap(lambda more: st.permutations([*whole, *more])).map(in_time)


def in_time(told: Life) -> Life:
    keys = [key for key, _, _ in told]
    if "e-1" in keys[:-keys[::-1].index("bank") - 1]:
        told = sorted(told, key=lambda one: not one[0].startswith("f") and one[0] != "e-1")
    return told


def tell(market: Market, contract: Contract, key: str, amount: int, days: int) -> None:
    bank = f"bank-{contract.ref}"
    if key in ("won", "lost"):
        with market.office.database.read() as session:
            ref = chargeback_by_external_id(session, bank).ref
        mark(market, ref, key)
    elif key == "bank":
        market.do(record_chargeback, external_id=bank, contract_ref=contract.ref, milestone_number=1, amount_minor=amount,
                  currency="USD", received_at=market.now - timedelta(days=days), reason="Services not provided")
    elif key.startswith("back"):
        sent = f"{key.removeprefix('back ')}-{contract.ref}"
        with market.office.database.read() as session:
            ref = refund_of_return(session, sent)
        market.do(mark_refund, refund_ref=ref, state="failed", reference=sent)
    else:
        report(market, contract, key, amount, days)


def books(market: Market, story: Story) -> dict[str, int]:
    """What the client and the freelancer have, what banks gave back, and what all of it cost us: as our loss, or because it was
    released or given back out of what nobody told us of."""
    theirs, mine = market.funds(story.stacy), market.funds(story.tim)
    found = {
        "escrow": theirs.escrow, "called": theirs.called, "refunded": theirs.refunded, "available": mine.available,
        "held": mine.held, "banks": house(market, BookKind.CHARGED_BACK),
        "ours": house(market, BookKind.LOSS) + house(market, BookKind.ESCROW),
    }
    return {name: money.amount_minor for name, money in found.items()}


def live(market: Market, story: Story, told: Life) -> dict[str, int]:
    """How the books change by these reports: what is refused is reported again after the others, until all are on record."""
    contract = market.contract(story.stacy, story.tim, f"Job {market.key()}", [AGREED])
    before, left = books(market, story), told
    while left:
        again: Life = []
        for one in left:
            code = refused(lambda one=one: tell(market, contract, *one))  # type: ignore[misc]
            assert code is None or code in FIRST, (one, told)
            again += [one] if code else []
        assert len(again) < len(left), ("nothing more can be reported", again, told)
        left = again
    after = books(market, story)
    return {name: after[name] - before[name] for name in after}


@pytest.mark.parametrize(("life", "end"), [(CAME_BACK, "lost"), (CAME_BACK, "won"), (RELEASED, "lost"), (ANEW, "lost")],
                         ids=["called and lost", "called and won", "released", "paid anew"])
def test_the_books_end_the_same(market: Market, story: Story, life: Life, end: str) -> None:
    in_order = live(market, story, [*life[:4], (end, 0, 4), *life[4:]])

    @settings(FEW, max_examples=8)
    @given(orders(life, end))
    def run(told: Life) -> None:
        assert live(market, story, told) == in_order, told

    run()
    assert violations(market, story) == []
