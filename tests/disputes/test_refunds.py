"""What goes back to a client: the marketplace is asked once, whatever way it came to it, and its answer ends that."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from portal.core.errors import NotFound
from portal.core.money import Money
from portal.disputes.operations import accept_settlement, offer_settlement
from portal.ledger.models import Book, BookKind
from portal.ledger.operations import mark_refund
from portal.ledger.refund_models import Refund
from portal.ledger.refund_queries import RefundView, refunds_of, refunds_to_send
from portal.ledger.returned import came_back
from portal.notices.models import Notice
from portal.notices.operations import opening
from portal.notices.outgoing_queries import unanswered
from tests.disputes.deciding import Bench
from tests.factories.market import refused, usd
from tests.ledger.steps import touch


def by_decision(bench: Bench) -> int:
    bench.decide()
    for party in (bench.story.stacy, bench.story.tim):
        bench.accept(party.actor)
    return 15_000


def late(bench: Bench) -> int:
    bench.days_pass(15)
    bench.decide(outcome="refund", refund_minor=40_000)
    for party in (bench.story.stacy, bench.story.tim):
        bench.accept(party.actor)
    return 40_000


def by_agreement(bench: Bench) -> int:
    told = bench.market.do(offer_settlement, bench.story.tim.actor, dispute_ref=bench.ref, refund_minor=10_000, days=5, text="")
    bench.market.do(accept_settlement, bench.story.stacy.actor, dispute_ref=bench.ref, offer_ref=told["offer"])
    return 10_000


def of(bench: Bench) -> list[RefundView]:
    with bench.market.office.database.read() as session:
        return refunds_of(session, bench.story.stacy.account.id)


def told(bench: Bench) -> list[dict[str, object]]:
    """The messages to the marketplace that wait for an answer, as it reads them."""
    with bench.market.office.database.read() as session:
        return list(unanswered(session, bench.market.office.keyring, taken=True))


@pytest.mark.parametrize("way", [by_decision, late, by_agreement])
def test_the_marketplace_is_asked_to_send_it(bench: Bench, way: Callable[[Bench], int]) -> None:
    amount, story = way(bench), bench.story
    [back], [message] = of(bench), told(bench)
    assert message["type"] == "refund.due"
    assert message["data"] == {
        "refund": back.ref, "account": story.stacy.account.external_id, "contract": story.contract.external_id, "milestone": 1,
        "amount": {"amount_minor": amount, "currency": "USD"}, "due_at": message["timestamp"],
    }
    with bench.market.office.database.read() as session:
        books = session.scalar(sa.select(sa.func.count()).select_from(Book).where(Book.kind == BookKind.REFUND))
        assert session.scalar(sa.select(sa.func.count()).select_from(Refund)) == books == 1
    assert (back.amount, back.state) == (usd(amount), "due")


def test_silence_asks_for_it_too(bench: Bench) -> None:
    market, story = bench.market, bench.story
    by_decision(bench)
    logo = market.contract(story.stacy, story.tim, "Logo", [20_000], released={1: 3}, started=12)
    ref = market.dispute(story.stacy, logo, 20_000)["dispute"]
    market.do(opening, story.tim.actor, about_ref=ref)
    market.office.clock.advance(days=61)  # type: ignore[attr-defined]
    market.do(touch, dispute_ref=ref)
    assert sorted(one.amount.amount_minor for one in of(bench)) == [15_000, 20_000]
    assert len(told(bench)) == 2


def test_the_answer_ends_the_message_and_is_told(bench: Bench) -> None:
    by_decision(bench)
    [back] = of(bench)
    for _ in range(2):
        mark(bench, back.ref, "sent")
    assert (of(bench)[0].state, told(bench), said(bench)) == ("sent", [], ["refund_sent"])
    mark(bench, back.ref, "failed")
    mark(bench, back.ref, "sent", "again")
    assert said(bench) == ["refund_sent", "refund_failed", "refund_sent"]


def test_what_is_still_to_be_sent_is_counted_once(bench: Bench) -> None:
    """What came back is with whoever looks after it, and is said there."""
    by_decision(bench)
    [back] = of(bench)
    hers, his = bench.story.stacy.account.id, bench.story.tim.account.id

    def left() -> list[Money]:
        with bench.market.office.database.read() as session:
            assert refunds_to_send(session, []) == refunds_to_send(session, [his]) == {}
            return refunds_to_send(session, [hers, his]).get(hers, [])

    assert left() == [usd(15_000)]
    mark(bench, back.ref, "sent")
    assert left() == []
    mark(bench, back.ref, "failed")
    with bench.market.office.database.read() as session:
        assert came_back(session, [hers])[hers][0][0] == usd(15_000)
    assert left() == []


def mark(bench: Bench, ref: str, state: str, reference: str = "first") -> None:
    """What the marketplace says became of one sending."""
    bench.market.do(mark_refund, refund_ref=ref, state=state, reference=reference)


def said(bench: Bench) -> list[str]:
    """What the client was told of it; the mails name no amount."""
    with bench.market.office.database.read() as session:
        found = session.scalars(sa.select(Notice).where(Notice.kind.like("refund%")).order_by(Notice.id)).all()
        assert all(one.recipient_id == bench.story.stacy.person.id for one in found)
        assert all("150.00 USD" in (one.body or "") and "150" not in (one.mail_body or "") for one in found)
        return [one.kind for one in found]


def test_nothing_else_can_be_reported(bench: Bench) -> None:
    by_decision(bench)
    with pytest.raises(NotFound):
        mark(bench, "F-22222222", "sent")
    with pytest.raises(ValueError, match="lost"):
        mark(bench, of(bench)[0].ref, "lost")
    mark(bench, of(bench)[0].ref, "sent")
    assert refused(lambda: mark(bench, of(bench)[0].ref, "due")) == "refund_moved"
