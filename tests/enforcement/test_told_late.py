"""A counterpart hears of an action only after everything was over, because the worker stood still: of each end by itself."""

import sqlalchemy as sa

from portal.enforcement import checks
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.enforcement.test_changing import days_later
from tests.enforcement.test_checks import break_it


def test_who_hears_late_of_a_hold_hears_of_the_end_of_both_each_by_itself(desk: Desk) -> None:
    """The worker stood still until everything was over: the end of the money is no correction of what is said of the person."""
    desk.issue(desk.ready(), **desk.hold(30_000, hold_contract_ref=desk.story.other_contract.ref, hold_milestone="2"))
    days_later(desk, 40)
    omar = sa.select(Notice).where(Notice.recipient_id == desk.story.omar.person.id).order_by(Notice.created_at, Notice.id)
    with desk.office.database.read() as session:
        first, over, freed = session.scalars(omar)
        assert [one.kind for one in (first, over, freed)] == ["counterpart_action", "action_changed", "hold_ended"]
        assert over.corrects_id == first.id and "is available again" in (over.body or "")
        assert list(checks.nobody_is_told_of_nothing(session)) == []
    break_it(desk, "notice", "UPDATE notice SET corrects_id = NULL WHERE kind = 'action_changed'")
    with desk.office.database.read() as session:
        assert any(str(first.id) in line for line in checks.nobody_is_told_of_nothing(session))


def test_who_hears_of_money_alone_hears_late_that_it_is_free(desk: Desk) -> None:
    """What is taken is nothing to them, and goes on; the money is free before they heard of it."""
    desk.issue(desk.ready(), measure="restriction", scope=["search"], ends_on=desk.market.day(-60).isoformat(), **desk.hold(
        30_000, hold_contract_ref=desk.story.other_contract.ref, hold_milestone="2"))
    days_later(desk, 40)
    with desk.office.database.read() as session:
        assert list(checks.nobody_is_told_of_nothing(session)) == []
    break_it(desk, "notice", "UPDATE notice SET kind = 'hold_extended' WHERE kind = 'hold_ended'")
    with desk.office.database.read() as session:
        assert list(checks.nobody_is_told_of_nothing(session))
