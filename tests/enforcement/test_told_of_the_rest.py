"""What is said of the rest when one decision ends: never what an order forbids, and outside only what people there may know."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from portal.appeals.operations import decide_appeal, file_appeal
from portal.appeals.queries import appeal_by_ref
from portal.enforcement.operations import lift_action
from portal.notices.models import Notice
from tests.appeals.conftest import BODY
from tests.enforcement.conftest import Desk
from tests.enforcement.test_changing import settle
from tests.enforcement.test_ordering import SILENT, ordered, violations

CANNOT_SAY = "we cannot say more about it yet"
BLOCKED = {"measure": "restriction", "block_amount_minor": "10000", "block_currency": "USD"}


def suspended(desk: Desk) -> str:
    ref = desk.ready()
    desk.issue(ref, measure="suspension", ends_on=desk.market.day(-10).isoformat())
    desk.later(minutes=5)
    settle(desk)
    return ref


def lifted(desk: Desk, ref: str) -> None:
    given = {"version": desk.action(ref).version, "reason": "He has shown the work."}
    desk.market.do(lift_action, desk.story.rae.actor, action_ref=ref, **given)


def run_out(desk: Desk, _ref: str) -> None:
    desk.later(days=12)
    settle(desk)


def heard(desk: Desk) -> tuple[list[str], list[str]]:
    """What the person, and what others, read of the change."""
    with desk.office.database.read() as session:
        rows = session.scalars(select(Notice).where(Notice.kind == "action_changed").order_by(Notice.id)).all()
    return mine_and_theirs(desk, rows)


def mine_and_theirs(desk: Desk, rows: Sequence[Notice]) -> tuple[list[str], list[str]]:
    tim = desk.story.tim.person.id
    read = [(one.recipient_id == tim, one.body or "") for one in rows]
    return [body for mine, body in read if mine], [body for mine, body in read if not mine]


@pytest.mark.parametrize("ends", [lifted, run_out])
def test_the_end_of_a_decision_says_nothing_of_one_that_must_not_be_told(desk: Desk, ends: Any) -> None:
    ordered(desk, **SILENT)
    ends(desk, suspended(desk))
    mine, theirs = heard(desk)
    assert len(mine) == 1 and CANNOT_SAY in mine[0] and "nother decision" not in mine[0]
    assert len(theirs) == 2 and all("is available again." in one and "nother" not in one for one in theirs)
    assert violations(desk) == []


def test_those_outside_hear_of_no_restriction_that_is_nothing_to_them(desk: Desk) -> None:
    ordered(desk, **BLOCKED)
    run_out(desk, suspended(desk))
    mine, theirs = heard(desk)
    assert len(mine) == 1 and "Another decision still applies." in mine[0]
    assert len(theirs) == 2 and all("is available again." in one for one in theirs)


def test_a_correction_names_no_other_reason_that_must_not_be_told(desk: Desk) -> None:
    ordered(desk, **SILENT)
    asked = {"action_ref": suspended(desk), "grounds": ["not_the_rule"], "body": BODY}
    appeal = desk.market.do(file_appeal, desk.story.tim.actor, **asked)["appeal"]
    answer = {"appeal_ref": appeal, "version": 1, "outcome": "reversed", "ground_answers": {"not_the_rule": "We looked at this."}}
    said = {"exhibits_considered": {}, "reasons": "We read the letters of both sides.", "our_error": "We overlooked a message."}
    with desk.office.database.read() as session:
        answer["version"] = appeal_by_ref(session, str(appeal)).version
    desk.market.do(decide_appeal, desk.story.rae.actor, **answer, **said)
    with desk.office.database.read() as session:
        rows = session.scalars(select(Notice).where(Notice.kind.in_(("action_changed", "appeal_decided")))).all()
    mine, theirs = mine_and_theirs(desk, rows)
    assert len(mine) == 1 and CANNOT_SAY in mine[0] and "nother decision" not in mine[0] and "good standing" not in mine[0]
    assert len(theirs) == 2 and all("is available again" in one and "another reason" not in one for one in theirs)
    assert violations(desk) == []
