"""The ways of contested money in which a bank calls the payment back."""

from __future__ import annotations

from tests.disputes.walking import HALF, PART, REFUND, RELEASE, TO_CLIENT, TO_FREELANCER, Walk


def called_back_after_a_refund(walk: Walk) -> None:
    one, m = walk.decided(HALF), walk.machine
    walk(m.days_pass, 8)
    ref = walk(m.call_back, PART, 10**6)
    assert m.model.called[str(ref)].claimed == m.model.earned[0].whole + m.model.earned[0].fee - m.model.refunded[PART]
    walk.refused()
    walk(m.bank_decides, ref, "lost")
    assert (one.over, m.model.paid(PART)) == (True, 0)
    walk(m.call_back, PART, 1)


def called_back_while_contested(walk: Walk) -> None:
    one, m = walk.decided(REFUND), walk.machine
    ref = walk(m.call_back, PART, 4_000)
    assert (one.state, one.over) == ("closed", True)
    walk(m.days_pass, 9)
    walk(m.bank_decides, ref, "won")
    walk.opened(20)


def called_back_after_payout(walk: Walk) -> None:
    """All of it is paid out: the loss is ours, and what the freelancer earns later is theirs."""
    m = walk.machine
    walk(m.days_pass, 6)
    walk(m.pay_out, 0, m.model.sums(0, m.market.now)[1])
    ref = walk(m.call_back, PART, 3_000)
    walk(m.earn, PART, 900, 9, 0)
    walk(m.bank_decides, ref, "lost")
    assert (m.model.called[str(ref)].loss, m.model.called[str(ref)].taken) == (3_000, 0)


def called_back_and_forgotten(walk: Walk) -> None:
    m = walk.machine
    ref = walk(m.call_back, PART, 3_000)
    walk(m.days_pass, 61)
    walk(m.bank_decides, ref, "lost")
    walk(m.bank_decides, ref, "won")
    assert m.model.called[str(ref)].loss == 3_000


def paid_anew_after_the_bank(walk: Walk) -> None:
    """Decided, given back by the bank all the same, paid again: that payment has a window, a limit and a dispute of its own."""
    one, m = walk.decided(HALF), walk.machine
    walk(m.accept, one, TO_CLIENT)
    walk(m.accept, one, TO_FREELANCER)
    walk(m.marketplace_sends, PART, True, False)
    ref = walk(m.call_back, PART, m.model.paid(PART))
    walk(m.bank_decides, ref, "lost")
    walk.refused()
    walk(m.days_pass, 40)
    walk(m.earn, PART, 2_000, 75, 0)
    assert m.model.contestable(PART) == 2_075
    assert walk(m.open, PART, 2_076) is None, "no more than was paid anew"
    again = walk.opened()
    assert again.there > 0, "its limit is its own"
    walk(m.answer, again, 0)
    walk(m.decide, again, REFUND)
    walk(m.accept, again, TO_CLIENT)
    walk(m.accept, again, TO_FREELANCER)
    assert m.model.paid(PART) == 0
    walk.refused()


def released_after_a_decision(walk: Walk) -> None:
    """A later part of the milestone has a window, a limit and a hold of its own; what we hold of both gives way for it alone."""
    one, m = walk.decided(HALF), walk.machine
    walk(m.accept, one, TO_CLIENT)
    walk(m.accept, one, TO_FREELANCER)
    walk.refused()
    walk(m.days_pass, 70)
    walk(m.earn, PART, 900, 33, 0)
    walk(m.hold_ours, PART, m.model.paid(PART))
    assert m.model.contestable(PART) == 933
    assert walk(m.open, PART, 934) is None, "no more than was released since"
    again = walk.opened()
    assert again.there == 900, "its limit is its own"
    walk(m.answer, again, 0)
    walk(m.decide, again, REFUND)
    walk(m.accept, again, TO_CLIENT)
    walk(m.accept, again, TO_FREELANCER)
    walk.refused()


def paid_anew_and_called_back_again(walk: Walk) -> None:
    m = walk.machine
    for amount in (4_151, 2_075):
        ref = walk(m.call_back, PART, amount)
        walk(m.bank_decides, ref, "lost")
        assert m.model.paid(PART) == 0, "nothing goes back twice"
        walk(m.earn, PART, 2_000, 75, 0)
    walk.opened()


def called_back_after_a_decision(walk: Walk) -> None:
    """A later part is on hold for the bank as for a dispute: what is there of it, and what of it comes back from a payout."""
    one, m = walk.decided(RELEASE), walk.machine
    walk(m.accept, one, TO_CLIENT)
    walk(m.accept, one, TO_FREELANCER)
    walk(m.days_pass, 70)
    walk(m.earn, PART, 900, 33, 9)
    again = walk.opened()
    first = walk(m.call_back, PART, 10**6)
    assert again.over and m.model.holds[str(first)].amount == 900, "it is not free between"
    walk(m.bank_decides, first, "won")
    payout = walk(m.pay_out, 0, m.model.sums(0, m.market.now)[1])
    ref = walk(m.call_back, PART, 10**6)
    walk(m.mark, payout, "failed")
    assert m.model.holds[str(ref)].amount == 900, "what we gave the freelancer before is left alone"
    walk(m.bank_decides, ref, "lost")
    assert m.model.called[str(ref)].taken == 900


def released_after_the_time_was_over(walk: Walk) -> None:
    """Nobody decided about the first part, and it had its time on hold: the later one has a time of its own, for a client and for
    their bank, and nothing of the first is on hold again."""
    m = walk.machine
    walk(m.withdraw, walk.opened(), 0)
    walk(m.days_pass, 70)
    walk(m.earn, PART, 900, 33, 9)
    again = walk.opened()
    assert again.there == 900, "all of it can be contested, and what was never contested is on hold"
    payout = walk(m.pay_out, 0, m.model.sums(0, m.market.now)[1])
    walk(m.mark, payout, "failed")
    walk(m.withdraw, again, 0)
    payout = walk(m.pay_out, 0, m.model.sums(0, m.market.now)[1])
    ref = walk(m.call_back, PART, 10**6)
    walk(m.mark, payout, "failed")
    assert m.model.holds[str(ref)].amount == 900
    walk(m.bank_decides, ref, "lost")
    assert m.model.called[str(ref)].taken == 900
