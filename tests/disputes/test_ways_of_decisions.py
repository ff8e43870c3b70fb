"""The ways in which our own decisions, the law, corrections and what comes back from banks meet contested money, each walked once
by the machine of `test_stateful`: whatever is drawn at random, none of these is left out."""

from __future__ import annotations

from itertools import cycle

from portal.core.access import Role
from tests.disputes.deciding import Bench
from tests.disputes.machine import Matters
from tests.disputes.test_ways import HALF, PART, REFUND, TO_CLIENT, TO_FREELANCER, Walk
from tests.factories.market import Market, Story

FOURTH = (2, 1)


def held_longer_once(walk: Walk) -> None:
    """Not signed in time, then given back, then signed: it runs for 60 days in all, and nobody holds that money a third time."""
    m = walk.machine
    ref = str(walk(m.decide_to_hold, PART, 1_500))
    walk(m.return_longer, ref)
    walk(m.propose_longer, ref)
    walk(m.propose_longer, ref)
    walk(m.days_pass, 6)
    for step in (m.sign_longer, m.propose_longer, m.return_longer, m.sign_longer, m.propose_longer, m.sign_longer, m.sign_longer,
                 m.propose_longer):
        walk(step, ref)
    walk(m.days_pass, 30)
    assert len(m.model.holds) == 1, "it goes on"
    assert walk(m.decide_to_hold, PART, 10) == ""
    walk(m.days_pass, 31)
    walk(m.lift, ref)
    assert m.model.holds == {}


def held_twice_by_two_decisions(walk: Walk) -> None:
    m = walk.machine
    first, second = (str(walk(m.decide_to_hold, PART, amount)) for amount in (700, 900))
    for step in (m.propose_longer, m.overturn, m.overturn, m.lift, m.propose_longer):
        walk(step, first)
    assert len(m.model.holds) == 1, "what the other one holds is its own"
    walk(m.propose_longer, second)
    assert walk(m.decide_to_hold, PART, 10) == ""
    walk(m.lift, second)


def ours_gives_way_while_it_is_to_be_longer(walk: Walk) -> None:
    """What waited was about the hold that gave way; what is left of it is proposed anew, longer, and ends with its cause."""
    m = walk.machine
    ref = str(walk(m.decide_to_hold, PART, 3_900))
    walk(m.propose_longer, ref)
    one = walk.opened(40)
    for step in (m.sign_longer, m.return_longer, m.propose_longer, m.sign_longer):
        walk(step, ref)
    walk(m.answer, one, 0)
    walk(m.overturn, ref)
    assert not any(held.ours for held in m.model.open_holds().values()), "the dispute keeps its own"


def a_longer_hold_gives_way(walk: Walk) -> None:
    m = walk.machine
    ref = str(walk(m.decide_to_hold, PART, 4_000))
    walk(m.propose_longer, ref)
    walk(m.sign_longer, ref)
    walk(m.days_pass, 20)
    assert walk(m.open, PART, 1_000)
    walk(m.days_pass, 16)
    assert sum(held.ours for held in m.model.open_holds().values()) == 1, "the rest of it goes on"
    walk(m.call_back, PART, 4_151)
    walk(m.lift, ref)


def a_law_comes_before(walk: Walk) -> None:
    """It takes the oldest of all in that currency; who comes later finds what it left, and nothing of its own grows."""
    m = walk.machine
    ref = str(walk(m.law_asks, 0, 4_500, None))
    walk(m.earn, PART, 900, 9, 0)
    walk(m.decide_to_hold, PART, 10**5)
    one = walk.decided(REFUND)
    assert one.there < 4_001
    walk(m.days_pass, 29)
    for step in (m.look, m.look, m.propose_longer):
        walk(step, ref)
    walk(m.days_pass, 8)
    walk(m.pay_out, 0, max(m.model.sums(0, m.market.now)[1], 1))
    walk(m.days_pass, 23)
    walk(m.look, ref)
    walk(m.lift, ref)
    assert m.model.holds == {}, "nobody looked again"


def what_a_law_lets_go_goes_to_who_waits(walk: Walk) -> None:
    """Lifted, overturned or at its end: of what came too late for it a claim holds all it asked for and no more; while the order
    goes on, and once somebody offered, it holds what it held."""
    m, whole, asked = walk.machine, 4_001, ((1_300, None), (900, 45), (1_000, 9))
    lifted, overturned, lapses = (str(walk(m.law_asks, 0, amount, last)) for amount, last in asked)
    one = walk.opened()
    assert one.there == whole - 3_200
    walk(m.earn, PART, 500, 0, 0)
    walk(m.look, lifted)
    assert one.there == whole - 3_200, "the same money stays with the order"
    walk(m.lift, lifted)
    walk(m.pay_out, 0, max(m.model.sums(0, m.market.now)[1], 1))
    assert one.there == whole - 1_900
    walk(m.days_pass, 10)
    assert (m.model.decisions[lapses].lasts(m.market.now), one.there) == (False, whole - 900)
    walk(m.offer, one, TO_CLIENT)
    walk(m.overturn, overturned)
    assert one.there == whole - 900, "it was about that much"


def what_a_law_lets_go_goes_to_a_bank(walk: Walk) -> None:
    m = walk.machine
    ref = str(walk(m.law_asks, 0, 10**6, None))
    called = str(walk(m.call_back, PART, 4_151))
    assert m.model.open_holds().keys() != {called}
    walk(m.overturn, ref)
    assert m.model.holds[called].amount == 4_001
    walk(m.bank_decides, called, "lost")
    assert m.model.called[called].loss == 150, "our fee"


def a_law_comes_after(walk: Walk) -> None:
    """It takes what nobody claims, also of other contracts in that currency, and a claim that ends leaves it as it is."""
    m = walk.machine
    one = walk.opened(50)
    walk(m.decide_to_hold, (0, 2), 300)
    refs = [str(walk(m.law_asks, n, amount, last)) for n, amount, last in ((0, 2_000, 45), (0, 10**6, None), (2, 10**6, 9))]
    walk(m.withdraw, one, 0)
    walk(m.correct, PART, 5, "added")
    walk(m.days_pass, 10)
    for step in (m.look, m.overturn, m.overturn):
        walk(step, refs[0])
    ref = walk(m.call_back, PART, 4_151)
    walk(m.days_pass, 21)
    walk(m.look, refs[1])
    walk(m.bank_decides, ref, "lost")


def corrected_meanwhile(walk: Walk) -> None:
    """Nothing moves before the second signature, and then only what is free: a claim, a law or a payout may have come first."""
    m = walk.machine
    for amount, kind in ((4_001, "taken"), (50, "added"), (4_002, "taken"), (10, "taken")):
        walk(m.propose_correction, PART, amount, kind)
    one = walk.opened(10)
    assert len(m.proposed) == 3, "more than is free cannot be proposed"
    m.proposed.insert(0, m.proposed.pop())
    for x in (0, 1):
        walk(lambda x=x: m.answer_correction(x, signed=True))
    walk(lambda: m.answer_correction(0, signed=False))
    walk(m.days_pass, 6)
    m.proposed.append(m.proposed.pop(0))
    walk(lambda: m.answer_correction(0, signed=True))
    walk(m.withdraw, one, 0)


def back_from_the_bank(walk: Walk) -> None:
    """What was paid in and given up comes back, in parts and out of order; a bank calls it, and it is sent all the same."""
    m = walk.machine
    for part in (PART, FOURTH):
        walk(m.pay_in, part, 2_000, 0)
        walk(m.give_up, part)
        [(ref, back)] = m.refunds(part)
        walk(m.come_back_from, part)
        assert back.state == "failed"
        for key, state, amount in (("b", "failed", None), ("c", "sent", 700), ("b", "sent", None), ("d", "sent", 900),
                                   ("c", "failed", None), ("c", "failed", None)):
            walk(m.report, part, ref, back, f"{ref}{key}", state, amount)
        assert back.sent == 900
        called = walk(m.call_back, part, 1_500)
        walk(m.report, part, ref, back, "", "stopped")
        walk(m.report, part, ref, back, f"{ref}e", "sent", 2_000)
        walk(m.bank_decides, called, "lost" if part == PART else "won")
        walk(m.report, part, ref, back, f"{ref}e", "failed")
        walk(m.report, part, ref, back, f"{ref}d", "failed")
        walk(m.report, part, ref, back, f"{ref}f", "sent")


def back_from_the_bank_after_a_decision(walk: Walk) -> None:
    one, m = walk.decided(HALF), walk.machine
    walk(m.accept, one, TO_CLIENT)
    walk(m.accept, one, TO_FREELANCER)
    [(ref, back)] = m.refunds(PART)
    walk(m.report, PART, ref, back, "part", "sent", 1_000)
    walk(m.report, PART, ref, back, "rest", "sent")
    walk(m.report, PART, ref, back, "part", "failed")
    called = walk(m.call_back, PART, 4_151)
    walk(m.report, PART, ref, back, "rest", "failed")
    walk(m.bank_decides, called, "lost")
    walk(m.report, PART, ref, back, "again", "sent")


WAYS = [
    held_longer_once, held_twice_by_two_decisions, ours_gives_way_while_it_is_to_be_longer, a_longer_hold_gives_way,
    a_law_comes_before, what_a_law_lets_go_goes_to_who_waits, what_a_law_lets_go_goes_to_a_bank, a_law_comes_after,
    corrected_meanwhile, back_from_the_bank, back_from_the_bank_after_a_decision,
]


def test_each_way_in_which_others_meet_contested_money(market: Market, story: Story) -> None:
    lead = market.staff("Lee Marsh", Role.LEAD)
    desk = [story.rae, story.ola, market.staff("Kim Sato"), lead]
    for way, currencies in zip(WAYS, cycle([("USD", "JPY", "USD"), ("KWD", "USD", "KWD"), ("JPY", "KWD", "USD")]), strict=False):
        machine = Matters(market, story, lead, desk)
        machine.agree_on(*currencies)
        for part, amount, fee in ((PART, 4_001, 150), ((0, 2), 700, 7), (FOURTH, 5_000, 0)):
            machine.earn(part, amount, fee, 3)
        way(Walk(machine))
        machine.runs_out()
    assert Bench(market, story, "", lead).violations() == []
