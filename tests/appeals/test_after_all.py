"""Whoever reported hears in the end, also where the decision was taken back or overturned before they were told of it."""

import pytest

from portal.act import Office
from portal.appeals import checks
from portal.cases.hands import CONDUCT, open_items
from portal.enforcement.operations import co_sign, propose_action, withdraw_action
from portal.enforcement.reporting import report_account
from tests.appeals.complaining import Complaints
from tests.appeals.conftest import opened_case
from tests.appeals.test_closing import WORDS
from tests.enforcement.conftest import with_exhibit
from tests.factories.market import Market


@pytest.fixture
def desk(office: Office) -> Complaints:
    """Stacy reported Tim; the end of his account is decided, and has not taken effect."""
    market = Market(office)
    story = market.story()
    said = {"account_id": story.stacy.account.id, "contract_ref": story.contract.ref, "happened": WORDS}
    ref = str(market.do(report_account, story.stacy.actor, **said)["report"])
    made = Complaints(market, story, opened_case(office), report_ref=ref)
    with_exhibit(made)
    action = made.ready()
    fields = made.form(measure="termination", ends_on="")
    market.do(propose_action, story.rae.actor, action_ref=action, version=1, fields=fields)
    market.do(co_sign, story.ola.actor, action_ref=action, reason="I have read all of it.")
    made.later(days=1)
    made.action_ref = action
    return made


def withdraw(desk: Complaints) -> None:
    ref = desk.action_ref
    desk.market.do(
        withdraw_action, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, reason="The work has come."
    )


def proven(desk: Complaints) -> list[str]:
    with desk.office.database.read() as session:
        return [line for check in checks.CHECKS for line in check(session)]


def waiting(desk: Complaints) -> list[tuple[str, str, object]]:
    """What of the case's conduct waits, and with whom."""
    with desk.office.database.read() as session:
        return [(one.kind, one.subject_ref, one.assignee_id) for one in open_items(session, desk.case().id, CONDUCT)]


def test_taken_back_in_an_open_case_is_answered_when_it_is_closed(desk: Complaints) -> None:
    withdraw(desk)
    assert desk.notices("report_not_applied") == []
    assert waiting(desk) == [("report", desk.report_ref, None)], "for whoever takes it next"
    desk.later(days=1)
    desk.close()
    (told,) = desk.notices("report_not_applied")
    assert told.recipient_id == desk.story.stacy.person.id
    assert desk.case().close_reason == "decided"
    assert proven(desk) == []


def test_taken_back_in_a_closed_case_is_answered_at_once(desk: Complaints) -> None:
    desk.close()
    assert desk.notices("report_not_applied") == []
    desk.later(days=1)
    withdraw(desk)
    (told,) = desk.notices("report_not_applied")
    assert (told.recipient_id, told.about_ref) == (desk.story.stacy.person.id, desk.report_ref)
    assert "it did not apply" in (told.body or "")
    assert proven(desk) == []
    assert desk.complaint(desk.complain()).state == "filed"
