"""Two requests written in one instant: each is taken by whoever did not write that one."""

from sqlalchemy import select

from portal.cases.models import WorkItem
from portal.enforcement.evidence import why_not_taken
from tests.factories.market import Market, Staff, Story
from tests.verification.making import Checks
from tests.verification.test_promises import NEW, asked_thrice


def why(market: Market, request_ref: str, staff: Staff) -> str | None:
    with market.office.database.read() as session:
        item = session.scalars(select(WorkItem).where(WorkItem.subject_ref == request_ref)).one()
        return why_not_taken(session, item, staff.person.id)


def test_who_wrote_another_request_in_the_same_instant_signs_this_one(checks: Checks, market: Market, story: Story) -> None:
    checks.accepted(item="address")
    checks.accepted(item="address", **NEW)
    mine = asked_thrice(checks)["request"]
    theirs = checks.ask(story.ola, item="address", **NEW)["request"]
    assert (why(market, mine, story.rae), why(market, mine, story.ola)) == ("own_proposal", None)
    assert (why(market, theirs, story.rae), why(market, theirs, story.ola)) == (None, "own_proposal")
