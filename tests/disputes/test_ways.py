"""The ways in which contested money goes, each walked once by the machine of `test_stateful` and compared with its model after
every step: whatever is drawn at random, none of these is left out."""

from __future__ import annotations

from itertools import cycle

from portal.core.access import Role
from tests.disputes import ways_of_banks
from tests.disputes.deciding import Bench
from tests.disputes.machine import Matters
from tests.disputes.walking import FOR_LONG, HALF, OTHER, PART, REFUND, RELEASE, TO_CLIENT, TO_FREELANCER, Walk
from tests.factories.market import Market, Story


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
    assert m.model.holds[again.ref].until == m.model.limits[PART][0][1]
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
    """Three agreements about what was released of one milestone each time: what both settled is not contested anew."""
    m = walk.machine
    for side in (TO_CLIENT, TO_FREELANCER):
        one = walk.answered(37)
        walk(m.offer, one, 32 + side)
        walk(m.agree, one, side)
        assert one.state == "settled"
        walk.refused()
        walk(m.earn, PART, 903, 31, 0)
    last = walk.answered()
    walk(m.offer, last, 100)
    walk(m.agree, last, TO_CLIENT)
    walk.refused()


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


WAYS = [
    silence, silence_reviewed, silence_reviewed_late, contested_too_late, silence_looked_at_late, answered_late, both_accept,
    carried_out_by_time, reviewed,
    reviewed_too_late, we_decide_too_late, the_hold_runs_out_first, taken_back_and_opened_anew, settled_in_parts,
    offers_without_agreement, we_ask_and_hear_nothing, ours_give_way, money_elsewhere_secures_nothing,
    ways_of_banks.called_back_after_a_refund, ways_of_banks.called_back_while_contested, ways_of_banks.called_back_after_payout,
    ways_of_banks.called_back_and_forgotten, ways_of_banks.paid_anew_after_the_bank, ways_of_banks.released_after_a_decision,
    ways_of_banks.paid_anew_and_called_back_again, ways_of_banks.called_back_after_a_decision,
    ways_of_banks.released_after_the_time_was_over,
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
