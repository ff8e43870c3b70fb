"""Money that could not reach its owner waits for somebody at the desk until the next report, and its owner is told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from portal.cases.models import Case, WorkItem
from portal.core.access import WORKER
from portal.core.errors import NotFound
from portal.ledger.escrow import record_funding
from portal.ledger.operations import mark_payout, mark_refund
from portal.ledger.refund_queries import refunds_of
from portal.ledger.refunds import look_after_refund
from portal.ledger.returned import RETURNED, looked_after_by, returned_money
from portal.notices.mailer import FileMailer
from portal.notices.models import Notice
from portal.settings import load_settings
from portal.worker import run_once
from tests.factories.market import Market, Story, usd


def items(market: Market) -> list[tuple[str, bool]]:
    with market.office.database.read() as session:
        found = session.scalars(select(WorkItem).where(WorkItem.kind == RETURNED).order_by(WorkItem.id))
        return [(one.subject_ref, one.closed_at is None) for one in found]


def bodies(market: Market, kind: str) -> list[str]:
    with market.office.database.read() as session:
        return [one.body or "" for one in session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.id))]


def refund(market: Market, story: Story) -> str:
    """What Stacy paid in for a milestone goes back to her."""
    contract = market.contract(story.stacy, story.tim, "Poster", [30_000])
    paid = {"contract_external_id": contract.external_id, "milestone_number": 1, "amount_minor": 30_000, "currency": "USD"}
    market.do(record_funding, source_key="f-poster", funded_at=market.now, **paid)
    market.give_up(contract, 1, "back-1")
    with market.office.database.read() as session:
        return str(refunds_of(session, story.stacy.account.id)[0].ref)


def mark(market: Market, ref: str, state: str, reference: str) -> None:
    """What the marketplace says became of one sending."""
    market.do(mark_refund, refund_ref=ref, state=state, reference=reference)


def bounced(market: Market, story: Story, amount: int = 100_000) -> str:
    ref = str(market.pay_out(story.tim, story.destination, amount)["payout"])
    for state in ("sent", "failed"):
        market.do(mark_payout, payout_ref=ref, state=state)
    return ref


def test_a_failed_refund_waits_until_the_next_report(market: Market, story: Story) -> None:
    ref = refund(market, story)
    with market.office.database.read() as session:
        assert refunds_of(session, story.omar.account.id) == []
    assert items(market) == []
    for _ in range(2):
        mark(market, ref, "failed", "back-1")
    assert items(market) == [(ref, True)]
    [said] = bodies(market, "refund_failed")
    assert "It is yours all the same." in said and "A member of our staff takes care of it by Wednesday 25 November 2026." in said
    mark(market, ref, "sent", "back-2")
    assert items(market) == [(ref, False)]
    mark(market, ref, "failed", "back-2")
    assert items(market) == [(ref, False), (ref, True)]


def test_a_refund_that_failed_before_anybody_looked_after_such_is_given_to_somebody(
    market: Market, story: Story, tmp_path: Path
) -> None:
    ref, other = refund(market, story), bounced(market, story)
    mark(market, ref, "failed", "back-1")
    with market.office.database.write() as session:
        session.execute(delete(WorkItem).where(WorkItem.subject_ref == ref))
    settings = load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance")})
    for _ in range(2):
        run_once(market.office, FileMailer(tmp_path / "mail"), settings)
        assert items(market) == [(other, True), (ref, True)]
    assert len(bodies(market, "refund_failed")) == 1, "who was told once reads by when on their page"
    mark(market, ref, "sent", "back-2")
    run_once(market.office, FileMailer(tmp_path / "mail"), settings)
    assert market.do(look_after_refund, WORKER, refund_ref=ref) == {"refund": ref}
    assert items(market) == [(other, True), (ref, False)], "nothing waits once it was sent"
    with pytest.raises(NotFound):
        market.do(look_after_refund, WORKER, refund_ref="F-22222222")


def test_what_the_desk_reads_of_it(market: Market, story: Story) -> None:
    ref = refund(market, story)
    mark(market, ref, "failed", "back-1")
    with market.office.database.read() as session:
        found = returned_money(session, ref)
        assert (found.account.id, found.amount, found.hint) == (story.stacy.account.id, usd(30_000), None)
        assert found.contract is not None and found.contract.title == "Poster"
        assert looked_after_by(session, [ref, None]) == {ref: found.due_at}
        assert found.due_at == datetime(2026, 11, 26, tzinfo=UTC), "three working days, to the end of the last one"
        with pytest.raises(NotFound):
            returned_money(session, "F-22222222")


def test_a_failed_payout_waits_until_the_money_is_asked_for_again(market: Market, story: Story) -> None:
    ref = bounced(market, story)
    assert items(market) == [(ref, True)]
    [said] = bodies(market, "payout_failed")
    assert "It is available to you again." in said and "A member of our staff looks at why, by" in said
    market.pay_out(story.tim, story.destination, 100)
    assert items(market) == [(ref, False)]


def test_money_of_one_account_has_one_case_of_its_own(market: Market, story: Story) -> None:
    refs = [bounced(market, story, 1_000), bounced(market, story, 2_000)]
    assert [ref for ref, _open in items(market)] == refs
    market.dispute(story.stacy, story.contract)
    mark(market, refund(market, story), "failed", "back-1")
    with market.office.database.read() as session:
        cases = list(session.scalars(select(Case.about_account_id).order_by(Case.id)))
        of_money = {returned_money(session, ref).case_ref for ref in refs}
    assert cases == [story.tim.account.id, story.tim.account.id, story.stacy.account.id] and len(of_money) == 1
