"""A review for which there is nobody, and a milestone that is contested once more after its decision."""

from sqlalchemy import select, update

from portal.accounts.models import StaffRole
from portal.cases.models import Clock
from portal.disputes.contesting import disputable
from portal.disputes.operations import open_dispute, take_dispute, withdraw_dispute
from tests.disputes.deciding import Bench
from tests.factories.market import refused, usd


def leave(bench: Bench, *names: str) -> None:
    """These members of staff are no longer there."""
    people = {"ola": bench.story.ola, "lee": bench.lee}
    gone = [people[name].person.id for name in names]
    bench.market.make(lambda work: work.db.execute(
        update(StaffRole).where(StaffRole.person_id.in_(gone)).values(ended_at=work.now)
    ))


def clocks(bench: Bench) -> dict[str, str | None]:
    with bench.market.office.database.read() as session:
        rows = session.execute(select(Clock.kind, Clock.result).where(Clock.subject_ref == bench.ref).order_by(Clock.id))
        return dict(rows.all())


def test_nobody_to_review_in_five_days_ends_the_hold_and_not_the_claim(bench: Bench) -> None:
    bench.decide()
    leave(bench, "ola", "lee")
    bench.ask(bench.story.tim.actor)
    assert bench.assignee() is None
    bench.days_pass(4)
    assert bench.market.funds(bench.story.tim).held == usd(40_000)
    bench.days_pass(2)
    assert (bench.market.funds(bench.story.tim).held, bench.dispute.ended_at) == (usd(0), None)
    assert set(bench.told("hold_ended")) == {"stacy", "tim"}
    assert (clocks(bench)["dispute_reviewer"], bench.assignee(), bench.violations()) == (None, None, [])


def test_somebody_who_is_there_by_then_gets_it(bench: Bench) -> None:
    bench.decide()
    leave(bench, "ola", "lee")
    bench.ask(bench.story.tim.actor)
    kim = bench.market.staff("Kim Sato")
    bench.days_pass(6)
    assert bench.assignee() == kim.person.id
    bench.review(kim, outcome="refund", refund_minor=40_000)
    assert (bench.market.funds(bench.story.stacy).refunded, bench.violations()) == (usd(40_000), [])


def test_whoever_takes_it_in_time_keeps_the_promise(bench: Bench) -> None:
    bench.decide()
    leave(bench, "ola", "lee")
    bench.ask(bench.story.tim.actor)
    kim = bench.market.staff("Kim Sato")
    bench.market.do(take_dispute, kim.actor, dispute_ref=bench.ref, version=line_version(bench))
    bench.days_pass(6)
    assert (clocks(bench)["dispute_reviewer"], bench.market.funds(bench.story.tim).held) == ("kept", usd(40_000))


def line_version(bench: Bench) -> int:
    from_queue = "SELECT version FROM work_item WHERE closed_at IS NULL"
    with bench.market.office.database.read() as session:
        return int(session.connection().exec_driver_sql(from_queue).scalar_one())


def test_what_was_decided_is_not_contested_once_more(bench: Bench) -> None:
    bench.decide()
    for side in (bench.story.tim, bench.story.stacy):
        bench.accept(side.actor)
    assert refused(lambda: bench.market.dispute(bench.story.stacy, bench.story.contract, 1_000)) == "decided_before"
    with bench.market.office.database.read() as session:
        assert list(disputable(session, bench.story.contract, "UTC", bench.market.now)) == []


def test_taken_back_and_opened_again_it_is_with_whoever_had_it_while_they_may(bench: Bench) -> None:
    """Nobody chooses who decides: neither among the desk, nor by waiting until somebody else takes it."""
    bench.market.do(take_dispute, bench.story.ola.actor, dispute_ref=bench.ref, version=line_version(bench))
    for there in (True, False):
        bench.market.do(withdraw_dispute, bench.story.stacy.actor, dispute_ref=bench.ref)
        if not there:
            leave(bench, "ola")
        bench.ref = str(bench.market.dispute(bench.story.stacy, bench.story.contract)["dispute"])
        assert bench.assignee() == (bench.story.ola.person.id if there else None)


def test_what_was_taken_back_can_be_contested_again(bench: Bench) -> None:
    story, other = bench.story, bench.market.contract(bench.story.stacy, bench.story.tim, "Shop", [9_000], released={1: 3})
    again = {"account_id": story.stacy.account.id, "contract_ref": other.ref, "milestone_number": 1, "amount_minor": 900}
    said = {"currency": "USD", "term_number": "3", "agreed": "A shop.", "happened": "No shop.", "asks_for": "refund"}
    ref = bench.market.do(open_dispute, story.stacy.actor, **again, **said)["dispute"]
    bench.market.do(withdraw_dispute, story.stacy.actor, dispute_ref=ref)
    assert refused(lambda: bench.market.do(open_dispute, story.stacy.actor, **again, **said)) is None
