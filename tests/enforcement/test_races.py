"""Many at once: one of them decides, the others hear that somebody else was faster."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from portal.act import act
from portal.core.errors import Conflict
from portal.enforcement import checks
from portal.enforcement.models import Action, Statement
from portal.enforcement.operations import co_sign, issue_action, propose_action, return_action
from portal.ledger.models import Hold
from tests.enforcement.conftest import Desk

MANY = 20


def together(calls: list) -> list[str]:  # type: ignore[type-arg]
    def outcome(call) -> str:  # type: ignore[no-untyped-def]
        try:
            call()
        except Conflict as conflict:
            return conflict.code
        return "done"

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(outcome, calls))


def test_twenty_issue_the_same_draft(desk: Desk) -> None:
    ref, fields = desk.ready(), desk.form(**desk.hold(10_000))
    actor = desk.story.rae.actor
    found = together([
        lambda n=n: act(desk.office, issue_action, actor, f"race-{n}", action_ref=ref, version=1, fields=fields)
        for n in range(MANY)
    ])
    assert found.count("done") == 1 and set(found) - {"done"} <= {"not_draft", "stale", "met"}
    with desk.office.database.read() as session:
        assert session.scalar(select(func.count(Statement.id))) == 1
        assert session.scalar(select(func.count(Action.id)).where(Action.status == "issued")) == 1
        assert session.scalar(select(func.count(Hold.id))) == 2
        assert [line for check in checks.CHECKS for line in check(session)] == []


def test_four_clicks_are_one_act(desk: Desk) -> None:
    ref, fields, actor = desk.ready(), desk.form(), desk.story.rae.actor
    click = {"action_ref": ref, "version": 1, "fields": fields}
    found = together([lambda: act(desk.office, issue_action, actor, "one key", **click)] * 4)
    assert found == ["done"] * 4


def test_signed_or_returned_but_not_both(desk: Desk) -> None:
    ref = desk.ready()
    fields = desk.form(measure="termination", ends_on="")
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    actor = desk.story.ola.actor
    found = together([
        lambda n=n: act(
            desk.office, co_sign if n % 2 else return_action, actor, f"race-{n}", action_ref=ref, reason="I read it."
        )
        for n in range(10)
    ])
    assert found.count("done") == 1 and desk.action(ref).status in ("issued", "draft")
