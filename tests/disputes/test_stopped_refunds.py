"""A refund that was not sent is stopped when a bank calls the same money back: the client gets it once, whoever gives it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.core.money import Money
from portal.disputes.chargeback_queries import ChargebackView
from portal.disputes.chargebacks import record_chargeback
from portal.disputes.glance import money_of_case
from portal.ledger.models import BookKind
from portal.ledger.operations import mark_refund
from portal.ledger.refund_models import Refund
from portal.ledger.refund_queries import RefundView, refunds_of
from portal.ledger.refund_standing import standing_of
from portal.notices.outgoing_queries import unanswered
from tests.disputes.deciding import Bench
from tests.disputes.test_chargebacks import KINDS, bodies, come, house, mark, seen
from tests.factories.market import Market, Story, refused, usd
from tests.ledger.steps import contest_money, let_go
from tests.ledger.test_races import at_once

BACK = 15_000
"""What we decided of the milestone's 400 goes back to the client."""


@dataclass(frozen=True)
class Refunded:
    """A decision was carried out; the marketplace has not sent what goes back."""

    bench: Bench

    @property
    def back(self) -> RefundView:
        with self.bench.market.office.database.read() as session:
            [found] = refunds_of(session, self.bench.story.stacy.account.id)
        return found

    def report(self, state: str, reference: str = "t-1", **part: Any) -> None:
        self.bench.market.do(mark_refund, refund_ref=self.back.ref, state=state, reference=reference, **part)

    def called(self, amount_minor: int = 40_000, **other: Any) -> str:
        return come(self.bench.market, self.bench.story, amount_minor, **other)

    def ends(self, ref: str, stage: str) -> None:
        mark(self.bench.market, ref, stage)

    def seen(self, ref: str) -> ChargebackView:
        view: ChargebackView = seen(self.bench.market, ref, self.bench.story.stacy.actor)
        return view

    def messages(self) -> list[tuple[Any, ...]]:
        """What the marketplace has not answered about refunds: what it is, how much, and what is left to be sent."""
        with self.bench.market.office.database.read() as session:
            found = list(unanswered(session, self.bench.market.office.keyring, taken=True))
        return [(one["type"], one["data"]["amount"]["amount_minor"], one["data"].get("left", {}).get("amount_minor"))
                for one in found if one["type"].startswith("refund.")]

    def house(self, kind: BookKind) -> Money:
        return house(self.bench.market, kind)

    @property
    def total(self) -> Money:
        """What went back to the client from here."""
        return self.bench.market.funds(self.bench.story.stacy).refunded


@pytest.fixture
def refunded(bench: Bench) -> Iterator[Refunded]:
    bench.decide()
    bench.accept(bench.story.stacy.actor)
    bench.accept(bench.story.tim.actor)
    yield Refunded(bench)
    assert bench.violations() == [], "flask verify finds nothing"


def test_it_waits_for_the_bank_and_is_given_back_by_it(refunded: Refunded) -> None:
    assert refunded.messages() == [("refund.due", BACK, None)]
    ref, story, market = refunded.called(), refunded.bench.story, refunded.bench.market
    assert (refunded.back.state, refunded.back.waits) == ("stopped", usd(BACK))
    assert refunded.messages() == [("refund.stopped", BACK, 0)], "the one before is not sent any more"
    one = refunded.seen(ref)
    assert (one.stopped, one.held, one.refunded_before, one.beyond) == (usd(BACK), usd(25_000), usd(0), usd(0))
    assert "$150.00 USD of it was about to be sent back to you from here." in bodies(market, KINDS[0], story.stacy)
    assert "$150.00 USD of it was about to be sent back to the client." in bodies(market, KINDS[0], story.tim)
    refunded.ends(ref, "lost")
    assert (refunded.back.state, refunded.back.by_bank, refunded.total) == ("stopped", usd(BACK), usd(0))
    assert (refunded.house(BookKind.CHARGED_BACK), refunded.house(BookKind.LOSS)) == (usd(40_000), usd(0))
    assert "That went to the bank instead." in bodies(market, KINDS[2], story.tim)
    refunded.report("stopped")
    refunded.report("stopped")
    assert refunded.messages() == []


def test_where_the_payment_stands_it_is_due_again(refunded: Refunded) -> None:
    ref = refunded.called()
    refunded.ends(ref, "won")
    assert (refunded.back.state, refunded.back.waits, refunded.total) == ("due", usd(0), usd(BACK))
    assert refunded.messages() == [("refund.due", BACK, None)]
    refunded.report("stopped")
    assert refunded.messages() == [("refund.due", BACK, None)], "a late answer to the stop answers nothing newer"
    for party, whose in ((refunded.bench.story.stacy, "to you"), (refunded.bench.story.tim, "to the client")):
        said = bodies(refunded.bench.market, KINDS[2], party)
        assert f"$150.00 USD, which we had stopped, is sent back {whose} from here now." in said
    refunded.report("sent")
    assert (refunded.back.state, refunded.house(BookKind.LOSS)) == ("sent", usd(0))


def test_only_as_much_as_the_bank_calls_back(refunded: Refunded) -> None:
    ref = refunded.called(10_000)
    assert (refunded.back.state, refunded.back.waits) == ("due", usd(10_000))
    assert (refunded.seen(ref).held, refunded.messages()) == (usd(0), [("refund.stopped", 10_000, 5_000)])
    refunded.report("sent", amount_minor=5_000)
    assert (refunded.back.state, refunded.messages()) == ("sent", [])
    assert (refunded.back.sent, refunded.back.left, refunded.back.waits) == (usd(5_000), usd(0), usd(10_000))
    refunded.ends(ref, "lost")
    assert (refunded.total, refunded.house(BookKind.CHARGED_BACK), refunded.house(BookKind.LOSS)) == (
        usd(5_000), usd(10_000), usd(0))


def test_a_part_that_was_sent_leaves_the_rest_due_once_the_payment_stands(refunded: Refunded) -> None:
    ref = refunded.called(10_000)
    refunded.report("sent", amount_minor=5_000)
    refunded.ends(ref, "won")
    assert (refunded.back.state, refunded.messages()) == ("due", [("refund.due", 10_000, None)])
    refunded.report("sent", "t-2", amount_minor=10_000)
    assert (refunded.back.state, refunded.total) == ("sent", usd(BACK))


@pytest.mark.parametrize("late", [False, True], ids=["before the bank decides", "afterwards"])
def test_sent_already_it_stays_sent_and_is_our_loss(refunded: Refunded, late: bool) -> None:
    ref = refunded.called()
    for step in (lambda: refunded.ends(ref, "lost"), lambda: refunded.report("sent"))[::1 if late else -1]:
        step()
    assert (refunded.back.state, refunded.total, refunded.messages()) == ("sent", usd(BACK), [])
    assert (refunded.house(BookKind.CHARGED_BACK), refunded.house(BookKind.LOSS)) == (usd(40_000), usd(-BACK))
    assert (refunded.seen(ref).sent_already, refunded.seen(ref).loss) == (usd(BACK), usd(BACK))
    said = bodies(refunded.bench.market, "refund_sent", refunded.bench.story.stacy)
    assert "your bank calls back $150.00 USD of the same money. You owe that to nobody" in said
    assert ("$150.00 USD is our own loss." in bodies(refunded.bench.market, KINDS[2], refunded.bench.story.tim)) is not late
    refunded.report("failed")
    assert (refunded.back.state, refunded.total, refunded.house(BookKind.LOSS)) == ("stopped", usd(0), usd(0))
    assert "so it is not sent again" in bodies(refunded.bench.market, "refund_failed", refunded.bench.story.stacy)


def test_one_that_failed_is_stopped_too_and_nobody_has_to_look_after_it(refunded: Refunded) -> None:
    refunded.report("failed")
    ref = refunded.called()
    assert refunded.back.state == "stopped"
    refunded.ends(ref, "won")
    assert (refunded.back.state, refunded.messages()) == ("failed", [("refund.due", BACK, None)])


def test_what_was_sent_before_is_not_stopped(refunded: Refunded) -> None:
    refunded.report("sent")
    ref = refunded.called()
    assert (refunded.seen(ref).stopped, refunded.seen(ref).refunded_before) == (usd(0), usd(BACK))


@pytest.mark.parametrize("end", ["lost", "won", "failed before lost"])
def test_sent_when_the_bank_came_and_failed_afterwards_it_is_the_banks_to_give(refunded: Refunded, end: str) -> None:
    """Whichever comes first, the money goes to the client once: through the bank where it gives it back, else from here."""
    refunded.report("sent")
    ref = refunded.called()
    if end == "failed before lost":
        refunded.report("failed")
        assert (refunded.back.state, refunded.back.waits, refunded.seen(ref).stopped) == ("stopped", usd(BACK), usd(BACK))
        assert refunded.messages() == [("refund.stopped", BACK, 0)]
        assert "your bank decides about it" in bodies(refunded.bench.market, "refund_failed", refunded.bench.story.stacy)
    refunded.ends(ref, end.split()[-1])
    if end != "won":
        late = end == "lost"
        assert (refunded.house(BookKind.CHARGED_BACK), refunded.house(BookKind.LOSS)) == (usd(40_000), usd(-BACK if late else 0))
        assert ("$150.00 USD is our own loss." in bodies(refunded.bench.market, KINDS[2], refunded.bench.story.tim)) is late
    refunded.report("failed")
    assert (refunded.back.state, refunded.total) == (("failed", usd(BACK)) if end == "won" else ("stopped", usd(0)))
    assert (refunded.house(BookKind.LOSS), refunded.seen(ref).loss) == (usd(0), usd(0))
    with refunded.bench.market.office.database.read() as session:
        mine, line = money_of_case(session, refunded.seen(ref).row.case_id)
    going, at_bank = (BACK, 0) if end == "won" else (0, BACK)
    assert (mine.refunded, mine.going, mine.at_bank) == (usd(0), usd(going), usd(at_bank)), "nothing of it went back from here"
    assert (line.stopped, line.loss) == (usd(0 if end == "won" else BACK), usd(0)), "so the desk sees it at a glance"
    if end == "lost":
        said = bodies(refunded.bench.market, "refund_failed", refunded.bench.story.stacy)
        assert "Your bank gave you the same money back, so it is not sent again." in said


def test_two_sendings_that_come_back_are_both_stopped(refunded: Refunded) -> None:
    refunded.report("sent", amount_minor=6_000)
    refunded.report("sent", "t-2", amount_minor=9_000)
    ref = refunded.called()
    refunded.report("failed")
    assert (refunded.back.state, refunded.back.waits) == ("sent", usd(6_000))
    refunded.report("failed", "t-2")
    assert (refunded.back.state, refunded.back.waits) == ("stopped", usd(BACK))
    refunded.ends(ref, "lost")
    assert (refunded.total, refunded.house(BookKind.LOSS)) == (usd(0), usd(0))


def test_without_an_amount_it_is_what_the_newest_message_asked_for(refunded: Refunded) -> None:
    """What was asked less what was stopped; once the payment stands, what is asked for anew."""
    ref = refunded.called(10_000)
    refunded.report("sent")
    assert (refunded.back.state, refunded.seen(ref).sent_already) == ("sent", usd(0))
    refunded.ends(ref, "won")
    assert (refunded.back.state, refunded.messages()) == ("due", [("refund.due", 10_000, None)])
    refunded.report("sent", "t-2")
    assert refunded.back.state == "sent"
    refunded.report("failed")
    assert (refunded.back.state, refunded.total) == ("failed", usd(BACK)), "what came back is the first sending alone"
    with refunded.bench.market.office.database.read() as session:
        assert standing_of(session, session.scalars(select(Refund)).one()).to_send == 5_000


def test_stopped_before_it_was_kept_what_was_asked_for(refunded: Refunded) -> None:
    """Earlier versions left no amount of the newest message: whether all was sent, or what was left, is asked and not guessed."""
    refunded.called(10_000)
    with refunded.bench.market.office.database.write() as session:
        session.execute(update(Refund).values(asked_minor=None))
    assert refused(lambda: refunded.report("sent")) == "amount_needed"
    refunded.report("sent", amount_minor=5_000)
    refunded.report("sent")
    assert (refunded.back.state, refunded.back.sent) == ("sent", usd(5_000))
    with refunded.bench.market.office.database.write() as session:
        session.execute(update(Refund).values(asked_minor=5_000))


def test_a_second_bank_finds_what_is_left(refunded: Refunded) -> None:
    refunded.ends(refunded.called(10_000), "lost")
    again = refunded.called(external_id="b-again")
    assert (refunded.seen(again).stopped, refunded.back.state) == (usd(5_000), "stopped")
    refunded.ends(again, "lost")
    assert (refunded.total, refunded.house(BookKind.CHARGED_BACK)) == (usd(0), usd(50_000))
    assert refunded.house(BookKind.LOSS) == usd(-10_000), "what the second one gave once more"


def test_of_two_refunds_no_more_is_stopped_than_the_bank_calls_back(market: Market, story: Story) -> None:
    for _ in range(2):
        made = market.do(contest_money, contract_ref=story.contract.ref, number=1, amount_minor=10_000)
        market.do(let_go, hold_ref=made["hold"], kind="refunded")
    ref = come(market, story, 15_000)
    with market.office.database.read() as session:
        newest, oldest = refunds_of(session, story.stacy.account.id)
    assert (oldest.waits, newest.waits, seen(market, ref, story.stacy.actor).stopped) == (usd(10_000), usd(5_000), usd(15_000))


@pytest.mark.parametrize("amount_minor", [0, BACK + 1])
def test_no_more_can_be_reported_as_sent(refunded: Refunded, amount_minor: int) -> None:
    assert refused(lambda: refunded.report("sent", amount_minor=amount_minor)) == "not_an_amount"


def test_a_report_meets_the_bank(refunded: Refunded) -> None:
    """Whichever comes first, every bank decision and every report end in the same books."""
    market, story, ref = refunded.bench.market, refunded.bench.story, refunded.back.ref
    args: dict[str, Any] = {"refund_ref": ref, "state": "sent", "reference": "t-1"}
    called = {"external_id": "bank-1", "contract_ref": story.contract.ref, "milestone_number": 1, "amount_minor": 40_000,
              "currency": "USD", "received_at": market.now, "reason": "Services not provided"}
    ended = at_once([lambda: market.do(mark_refund, **args), lambda: market.do(record_chargeback, **called)] * 4)
    assert ended == {"done": 8}
    one = refunded.seen(market.do(record_chargeback, **called)["chargeback"])
    assert (one.stopped + one.refunded_before, refunded.back.state) == (usd(BACK), "sent")
    refunded.ends(one.row.ref, "lost")
    assert (refunded.house(BookKind.LOSS), refunded.total) == (usd(-BACK), usd(BACK)), "the same in either order"
