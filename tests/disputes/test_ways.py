"""The ways in which contested money goes, each walked once by the machine of `test_stateful` and compared with its model after
every step: whatever is drawn at random, none of these is left out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

from portal.core.access import Role
from tests.disputes.deciding import Bench
from tests.disputes.model import Matter
from tests.disputes.test_stateful import Matters
from tests.factories.market import Market, Story

PART, OTHER = (0, 1), (0, 2)
HALF, REFUND, RELEASE, TO_CLIENT, TO_FREELANCER, FOR_LONG = 48, 1, 2, 0, 1, 13
"""Numbers that the machine's steps understand: how somebody decides, which side acts, and an offer for 14 days."""


class Walk:
    """One way: each call is a step of the machine, and after it everything has to hold."""

    def __init__(self, machine: Matters) -> None:
        self.machine = machine

    def __call__(self, step: Callable[..., object], *args: object) -> object:
        found = step(*args)
        self.machine.all_holds()
        return found

    def opened(self, share: int = 100) -> Matter:
        """The client contests so many hundredths of what they paid for the first milestone."""
        machine = self.machine
        ref = self(machine.open, PART, max(machine.model.paid(PART) * share // 100, 1))
        assert isinstance(ref, str), "it could be opened"
        return machine.model.matters[ref]

    def answered(self, share: int = 100) -> Matter:
        one = self.opened(share)
        self(self.machine.answer, one, 0)
        return one

    def decided(self, how: int, share: int = 100) -> Matter:
        one = self.answered(share)
        self(self.machine.decide, one, how)
        return one

    def refused(self, share: int = 100) -> None:
        """Nothing can be contested there any more; the machine asks the model why."""
        assert self(self.machine.open, PART, max(self.machine.model.paid(PART) * share // 100, 1)) is None


def silence(walk: Walk) -> None:
    one, m = walk.opened(60), walk.machine
    walk(m.days_pass, 8)
    walk(m.inform, one, 0)
    walk(m.days_pass, 16)
    assert (one.state, one.outcome, one.over) == ("decided", "refund", True)


def silence_looked_at_late(walk: Walk) -> None:
    one, m = walk.opened(), walk.machine
    walk(m.inform, one, 0)
    walk(m.days_pass, 61)
    assert one.refund == one.there > 0


def answered_late(walk: Walk) -> None:
    one, m = walk.opened(), walk.machine
    walk(m.inform, one, 0)
    walk(m.days_pass, 9)
    walk(m.answer, one, 0)
    walk(m.days_pass, 9)
    assert (one.state, one.over) == ("answered", False)


def silence_reviewed(walk: Walk) -> None:
    one, m = walk.opened(), walk.machine
    walk(m.inform, one, 0)
    walk(m.days_pass, 9)
    walk(m.ask_review, one, TO_CLIENT)
    assert one.asked == set(), "only who did not answer can ask"
    walk(m.ask_review, one, TO_FREELANCER)
    walk(m.days_pass, 9)
    walk(m.decide, one, HALF)
    assert (one.state, one.outcome, one.ruled, one.over) == ("decided", "split", 1, True)
    walk.refused()


def silence_reviewed_late(walk: Walk) -> None:
    one, m = walk.opened(60), walk.machine
    walk(m.inform, one, 0)
    walk(m.days_pass, 9)
    walk(m.ask_review, one, TO_FREELANCER)
    walk(m.days_pass, 15)
    walk(m.decide, one, HALF)
    assert one.over and m.model.owed


def both_accept(walk: Walk) -> None:
    assert walk(walk.machine.open, PART, walk.machine.model.paid(PART) + 1) is None, "more than was paid"
    one, m = walk.decided(HALF), walk.machine
    walk(m.accept, one, TO_CLIENT)
    walk(m.accept, one, TO_FREELANCER)
    assert one.over
    walk.refused()


def carried_out_by_time(walk: Walk) -> None:
    one = walk.decided(RELEASE, 70)
    walk(walk.machine.days_pass, 8)
    assert one.over
    walk.refused(1)


def reviewed(walk: Walk) -> None:
    one, m = walk.decided(REFUND), walk.machine
    walk(m.ask_review, one, TO_FREELANCER)
    walk(m.days_pass, 8)
    assert not one.over, "it waits for its review"
    walk(m.decide, one, HALF)
    assert (one.outcome, one.ruled, one.over) == ("split", 2, True)


def reviewed_too_late(walk: Walk) -> None:
    one, m = walk.decided(RELEASE), walk.machine
    walk(m.ask_review, one, TO_CLIENT)
    walk(m.days_pass, 15)
    walk(m.decide, one, HALF)
    assert m.model.owed[PART] == one.refund


def we_decide_too_late(walk: Walk) -> None:
    one, m = walk.answered(), walk.machine
    walk(m.days_pass, 10)
    walk(m.offer, one, FOR_LONG)
    walk(m.days_pass, 5)
    walk(m.agree, one, FOR_LONG)
    assert not one.over, "nothing is left that both could divide"
    walk(m.decide, one, HALF)
    walk(m.days_pass, 8)
    assert m.model.owed[PART] == one.refund
    walk(m.call_back, PART, 5_000)
    walk(m.bank_decides, next(iter(m.model.called)), "lost")


def the_hold_runs_out_first(walk: Walk) -> None:
    """The freelancer was told of it only after seven weeks."""
    one, m = walk.opened(), walk.machine
    walk(m.days_pass, 48)
    walk(m.answer, one, 0)
    walk(m.offer, one, FOR_LONG)
    walk(m.days_pass, 13)
    walk(m.agree, one, FOR_LONG)
    walk(m.decide, one, REFUND)
    walk(m.days_pass, 8)
    assert m.model.owed[PART] == one.there


def taken_back_and_opened_anew(walk: Walk) -> None:
    """What was held once is held no longer by claiming it anew."""
    one, m = walk.opened(50), walk.machine
    walk(m.days_pass, 20)
    walk(m.withdraw, one, 0)
    again = walk.opened()
    assert m.model.holds[again.ref].until == m.model.limits[PART]
    walk(m.days_pass, 41)
    assert again.ref not in m.model.holds


def contested_too_late(walk: Walk) -> None:
    """Released three days before: the thirtieth day is the last."""
    m = walk.machine
    walk(m.days_pass, 27)
    walk(m.withdraw, walk.opened(20), 0)
    walk(m.days_pass, 1)
    walk.refused(20)


def settled_in_parts(walk: Walk) -> None:
    """Two agreements about one milestone: our fee goes back in proportion to all that went back."""
    m = walk.machine
    for side in (TO_CLIENT, TO_FREELANCER):
        one = walk.answered(37)
        walk(m.offer, one, 32 + side)
        walk(m.agree, one, side)
        assert one.state == "settled"
    last = walk.answered()
    walk(m.offer, last, 100)
    walk(m.agree, last, TO_CLIENT)
    assert m.model.paid(PART) <= 1


def offers_without_agreement(walk: Walk) -> None:
    one, m = walk.answered(), walk.machine
    for ended in (m.decline, m.take_back):
        walk(m.offer, one, 40)
        walk(ended, one, TO_CLIENT)
    walk(m.offer, one, 2)
    walk(m.offer, one, 3)
    walk(m.days_pass, 5)
    assert one.offers == {}


def we_ask_and_hear_nothing(walk: Walk) -> None:
    one, m = walk.answered(), walk.machine
    walk(m.ask, one, 0)
    walk(m.days_pass, 6)
    walk(m.reply, one, 0)
    walk(m.days_pass, 13)
    walk(m.ask, one, 0)
    walk(m.days_pass, 8)
    assert (one.state, one.over, one.ref in m.model.holds) == ("closed", True, False)


def ours_give_way(walk: Walk) -> None:
    """Two holds of ours on two releases: the older one gives way, and what it leaves ends on its own day."""
    m = walk.machine
    walk(m.earn, PART, 900, 90, 9)
    walk(m.hold_ours, PART, 1_500)
    walk(m.hold_ours, PART, 2_000)
    walk.opened(50)
    walk(m.days_pass, 31)
    assert [held.ours for held in m.model.open_holds().values()] == [False]


def money_elsewhere_secures_nothing(walk: Walk) -> None:
    """Most of the milestone was paid out: only its own rest is held and goes back, whatever other milestones hold."""
    m = walk.machine
    walk(m.days_pass, 6)
    walk(m.pay_out, 0, 3_500)
    one = walk.decided(REFUND)
    assert one.there == 501
    walk(m.earn, PART, 900, 9, 0)
    walk(m.days_pass, 8)
    assert m.model.refunded[PART] < 601


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


def paid_anew_and_called_back_again(walk: Walk) -> None:
    m = walk.machine
    for amount in (4_151, 2_075):
        ref = walk(m.call_back, PART, amount)
        walk(m.bank_decides, ref, "lost")
        assert m.model.paid(PART) == 0, "nothing goes back twice"
        walk(m.earn, PART, 2_000, 75, 0)
    walk.opened()


WAYS = [
    silence, silence_reviewed, silence_reviewed_late, contested_too_late, silence_looked_at_late, answered_late, both_accept,
    carried_out_by_time, reviewed,
    reviewed_too_late, we_decide_too_late, the_hold_runs_out_first, taken_back_and_opened_anew, settled_in_parts,
    offers_without_agreement, we_ask_and_hear_nothing, ours_give_way, money_elsewhere_secures_nothing,
    called_back_after_a_refund, called_back_while_contested, called_back_after_payout, called_back_and_forgotten,
    paid_anew_after_the_bank, paid_anew_and_called_back_again,
]


EVERY_END = {
    "decided", "settled", "withdrawn", "closed", "release", "refund", "split", "reviewed", "we paid", "won", "lost",
}
"""How contested money can end: whatever is drawn, each of these is met."""


def test_each_way_of_contested_money(market: Market, story: Story) -> None:
    lead = market.staff("Lee Marsh", Role.LEAD)
    desk = [story.rae, story.ola, market.staff("Kim Sato"), market.staff("Lou Vance"), lead]
    Matters.reached.clear()
    for way, currencies in zip(WAYS, cycle([("USD", "JPY", "KWD"), ("KWD", "USD", "KWD"), ("JPY", "KWD", "USD")]), strict=False):
        machine = Matters(market, story, lead, desk)
        machine.agree_on(*currencies)
        for part, amount, fee in ((PART, 4_001, 150), (OTHER, 700, 7), ((1, 1), 5_000, 0)):
            machine.earn(part, amount, fee, 3)
        way(Walk(machine))
        machine.runs_out()
    assert Matters.reached >= EVERY_END
    assert Bench(market, story, "", lead).violations() == []


def test_large_amounts_are_read_by_two(market: Market, story: Story) -> None:
    """The first decision, given back once, and its review: four people in all."""
    lead = market.staff("Lee Marsh", Role.LEAD)
    machine = Matters(market, story, lead, [story.rae, story.ola, market.staff("Kim Sato"), market.staff("Lou Vance"), lead])
    machine.agree_on("JPY", "KWD", "USD")
    for n in range(2):
        machine.earn((n, 1), 420_000, 999, 3)
        one = machine.model.matters[str(machine.open((n, 1), 420_999))]
        machine.answer(one, 0)
        machine.decide(one, 99)
        assert one.state == "answered", "it was given back"
        machine.decide(one, HALF)
        machine.ask_review(one, TO_CLIENT)
        machine.decide(one, REFUND)
        assert (one.over, len(machine.hands[one.ref])) == (True, 4)
    machine.runs_out()
