"""Many at once: one of them decides, the others hear that somebody else was faster."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from portal.act import Office, act
from portal.cases.models import Case, Report
from portal.core.errors import Refusal
from portal.enforcement import checks
from portal.enforcement.models import Action, RestrictionChange, Statement
from portal.enforcement.operations import co_sign, issue_action, lift_part, propose_action, return_action, sign_extension
from portal.enforcement.reporting import report_account
from portal.ledger.models import Hold
from tests.enforcement.conftest import Desk, opened
from tests.enforcement.test_extending import broken, give_way, holding, propose, read, waiting
from tests.factories.drawn import many
from tests.factories.market import OPERATOR

MANY = many(20, 100)


def together(calls: list) -> list[str]:  # type: ignore[type-arg]
    def outcome(call) -> str:  # type: ignore[no-untyped-def]
        try:
            call()
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(outcome, calls))


def test_twenty_issue_the_same_draft(office: Office) -> None:
    """Each claims the $100 of the milestone that the dispute leaves: only one of them holds it."""
    desk = opened(office, 30_000)
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


def test_of_twenty_who_give_parts_back_one_does(desk: Desk) -> None:
    """Each sees the decision as it was: two parts given back by two of them would leave nothing of it."""
    ref, parts = desk.ready(), ("new_offers", "new_contracts")
    desk.issue(ref, measure="restriction", scope=list(parts), ends_on=desk.market.day(-20).isoformat())
    given = {"action_ref": ref, "version": desk.action(ref).version, "reason": "The messages were explained."}
    found = together([
        lambda n=n: act(desk.office, lift_part, desk.story.rae.actor, f"race-{n}", parts=[parts[n % 2]], **given)
        for n in range(MANY)
    ])
    assert found.count("done") == 1 and set(found) - {"done"} <= {"stale", "nothing_to_part"}
    with desk.office.database.read() as session:
        assert session.scalar(select(func.count(RestrictionChange.id))) == 1
        assert [line for check in checks.CHECKS for line in check(session)] == []


def test_one_conduct_in_two_cases_is_decided_in_one_of_them(desk: Desk) -> None:
    """Omar reports the same contract: his case and Stacy's are decided at once, by two reviewers."""
    reported = {"account_id": desk.story.omar.account.id, "contract_ref": desk.story.other_contract.ref}
    made = desk.market.do(report_account, desk.story.omar.actor, happened="Stacy tells me that he is silent.", **reported)
    with desk.office.database.read() as session:
        ref = session.scalars(select(Case.ref).join(Report, Report.case_id == Case.id).where(Report.ref == made["report"])).one()
    other = Desk(desk.market, desk.story, ref)
    assert ref != desk.case_ref
    drafts = [(desk, desk.ready(), desk.story.rae), (other, begun(other), desk.story.ola)]
    fields = desk.form(exhibits=[], no_exhibit="no_longer_exists")
    found = together([
        lambda n=n, draft=draft: act(
            desk.office, issue_action, draft[2].actor, f"race-{n}", action_ref=draft[1], version=1, fields=fields
        )
        for n, draft in enumerate(drafts * 4)
    ])
    assert found.count("done") == 1
    with desk.office.database.read() as session:
        assert session.scalar(select(func.count(Action.id)).where(Action.status == "issued")) == 1
        assert [line for check in checks.CHECKS for line in check(session)] == []


def begun(desk: Desk) -> str:
    """The same, by Ola."""
    desk.answer(desk.ask(by=desk.story.ola))
    return desk.start(by=desk.story.ola)


def test_signing_a_longer_hold_meets_the_clients_own_claim(desk: Desk) -> None:
    """Whoever comes first: a hold is made longer or gives way, and what was to be signed never waits for nothing."""
    ref, contract = holding(desk), desk.story.other_contract
    propose(desk, ref)
    signed, contested = read(desk, ref), {"contract_ref": contract.ref, "amount_minor": 100}
    found = together([
        lambda: act(desk.office, sign_extension, desk.story.ola.actor, "sign", **signed),
        lambda: act(desk.office, give_way, OPERATOR, "contest", **contested),
    ])
    assert found[1] == "done" and found[0] in {"done", "not_waiting", "hold_ended"}
    assert {end for end, _reason, _result in waiting(desk)} == {"signed" if found[0] == "done" else "over"}
    assert broken(desk) == []
