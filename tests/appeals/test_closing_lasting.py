"""A case is closed although an order lasts: what was reported is answered, and the order is looked at as before."""

import pytest

from portal.act import Office
from portal.appeals.closing import hindrances, lasting
from portal.cases.queries import find_case
from portal.enforcement.operations import confirm_order, end_silence
from portal.enforcement.reporting import report_account
from portal.enforcement.rules import State
from tests.appeals.conftest import opened_case
from tests.appeals.test_closing import WORDS, close, told
from tests.enforcement.conftest import Desk, with_exhibit
from tests.enforcement.test_changing import settle
from tests.enforcement.test_ordering import SILENT, kinds, ordered, state_of, violations
from tests.factories.market import Market


@pytest.fixture
def desk(office: Office) -> Desk:
    """Stacy reported Tim, in one case with an order of a court about him."""
    market = Market(office)
    story = market.story()
    market.do(
        report_account, story.stacy.actor, account_id=story.stacy.account.id, contract_ref=story.contract.ref, happened=WORDS
    )
    return with_exhibit(Desk(market, story, opened_case(office)))


def state(desk: Desk) -> tuple[list[str], list[str], bool]:
    """What hinders closing, what is looked at again, and whether the case is closed."""
    with desk.office.database.read() as session:
        case = find_case(session, desk.case_ref)
        return hindrances(session, case), sorted(one.kind for one in lasting(session, case)), case.closed_at is not None


def test_a_report_is_answered_while_an_order_lasts(desk: Desk) -> None:
    ordered(desk)
    assert state(desk) == ([], ["legal_review"], False)
    close(desk)
    with desk.office.database.read() as session:
        assert [one.recipient_id for one in told(session, "report_not_applied")] == [desk.story.stacy.person.id]
    assert state(desk) == ([], ["legal_review"], True)
    assert state_of(desk) == State.SUSPENDED and violations(desk) == []


def test_the_order_is_looked_at_again_in_the_closed_case(desk: Desk) -> None:
    ref = ordered(desk)
    close(desk)
    desk.later(days=29)
    version = desk.action(ref).version
    desk.market.do(confirm_order, desk.story.rae.actor, action_ref=ref, version=version, reason="The court has not decided.")
    assert state(desk) == ([], ["legal_review"], True)
    desk.later(days=20)
    settle(desk)
    assert state_of(desk) == State.SUSPENDED
    desk.later(days=12)
    settle(desk)
    assert state_of(desk) == State.GOOD, "a missed look ends it there too"
    assert state(desk) == ([], [], True) and violations(desk) == []


def test_so_is_an_order_of_silence(desk: Desk) -> None:
    ref = ordered(desk, **SILENT)
    assert state(desk) == ([], ["legal_review", "silence_review"], False)
    close(desk)
    assert kinds(desk, ref) == []
    desk.market.do(end_silence, desk.story.rae.actor, action_ref=ref, reason="The court has told him itself.")
    assert "statement" in kinds(desk, ref) and state(desk)[1] == ["legal_review"]
    assert violations(desk) == []
