"""A second person: proposals, signatures, returns, and what happens when nobody signs in time."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.act import Office
from portal.cases.models import PartySide, ReportSource, WorkItem
from portal.cases.operations import add_report, open_case
from portal.cases.queries import draft_of
from portal.core.errors import Refusal
from portal.core.work import Work
from portal.enforcement import checks
from portal.enforcement.models import Citation, Signature
from portal.enforcement.noticing import report_what_i_saw
from portal.enforcement.operations import co_sign, discard_action, propose_action, return_action
from portal.enforcement.proposals import last_return
from portal.enforcement.queries import standing, statement_of
from portal.enforcement.rules import State
from tests.enforcement.conftest import Desk, with_exhibit
from tests.enforcement.test_checks import break_it
from tests.factories.market import Market, refused


def propose(desk: Desk, version: int = 1, ref: str | None = None, **other: Any) -> str:
    ref = ref or desk.ready()
    fields = desk.form(**{"measure": "termination", "ends_on": "", **other})
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=version, fields=fields)
    return ref


def sign(desk: Desk, ref: str, by: Any = None, reason: str = "I read all of it and agree.") -> None:
    desk.market.do(co_sign, (by or desk.story.ola).actor, action_ref=ref, reason=reason)


def open_kinds(desk: Desk) -> set[str]:
    with desk.office.database.read() as session:
        return set(session.scalars(select(WorkItem.kind).where(WorkItem.closed_at.is_(None))))


def test_termination_needs_a_second_person(desk: Desk) -> None:
    ref = propose(desk)
    assert desk.action(ref).status == "proposed" and "cosignature" in open_kinds(desk)
    assert refused(lambda: sign(desk, ref, desk.story.rae)) == "own_proposal"
    assert refused(lambda: sign(desk, ref, reason=" ")) == "reason_missing"
    sign(desk, ref)
    action = desk.action(ref)
    assert action.status == "issued" and action.effective_at is not None and action.issued_at is not None
    assert (action.effective_at - action.issued_at).days == 30
    with desk.office.database.read() as session:
        assert standing(session, action.account_id, desk.market.now).state == State.GOOD
        assert standing(session, action.account_id, action.effective_at).state == State.TERMINATED
        signed = dict(session.execute(select(Signature.signed_as, Signature.person_id)).all())
        record, _ = statement_of(session, ref)
        assert [line for check in checks.CHECKS for line in check(session)] == []
    assert signed["cosigner"] == desk.story.ola.person.id != signed["issuer"] == signed["proposer"]
    assert record is not None and record["co_signed_by"] == desk.story.ola.handle


def test_detection_beside_a_report_may_be_decided_alone(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref, automated_detection=True)
    assert desk.action(ref).automated_detection


def detected(office: Office) -> Desk:
    """A case about Tim that a machine noticed, and that nobody reported."""
    market = Market(office)
    story = market.story()

    def step(work: Work) -> str:
        case = open_case(work, story.tim.account.id, [(story.stacy.account.id, PartySide.COUNTERPART)])
        add_report(work, case, source=ReportSource.DETECTION, reporter_account_id=None, body="Paid, and nothing sent.",
                   language="en")
        return case.ref

    return with_exhibit(Desk(market, story, market.make(step)))


@pytest.mark.parametrize("said", [
    {}, {"source": "detection"}, {"automated_detection": True}, {"source": "reviewer"}, {"source": "counterpart"},
])
def test_detection_alone_needs_a_second_person(office: Office, said: dict[str, Any]) -> None:
    desk = detected(office)
    ref = desk.ready()
    assert refused(lambda: desk.issue(ref, **said)) == "needs_cosignature"
    propose(desk, 1, ref, **{"measure": "suspension", "ends_on": desk.market.day(-20).isoformat(), **said})
    sign(desk, ref)
    action = desk.action(ref)
    assert (action.source, action.automated_detection) == ("detection", True)
    with office.database.read() as session:
        assert list(checks.second_person_signed(session)) == []
        assert (statement_of(session, ref)[0] or {})["detection"] == {
            "source": "detection", "automated_detection": True, "automated_decision": False,
        }


def test_what_the_form_said_of_its_origin_does_not_hide_that_nobody_signed(office: Office) -> None:
    desk = detected(office)
    ref = desk.ready()
    propose(desk, 1, ref, measure="suspension", ends_on=desk.market.day(-20).isoformat(), source="reviewer")
    sign(desk, ref)
    break_it(desk, "action", "UPDATE action SET source = 'reviewer', automated_detection = false")
    break_it(desk, "signature", "DELETE FROM signature WHERE signed_as = 'cosigner'")
    with office.database.read() as session:
        assert list(checks.second_person_signed(session)) == [f"action {ref} lacks a second person's signature"]


def test_a_reviewer_who_saw_what_the_machine_saw_does_not_take_it_away(office: Office) -> None:
    desk = detected(office)
    words = {"about_ref": desk.story.tim.account.ref, "happened": "I saw what the machine pointed to."}
    desk.market.do(report_what_i_saw, desk.story.rae.actor, **words)
    ref = desk.ready()
    assert refused(lambda: desk.issue(ref, source="reviewer")) == "needs_cosignature"
    propose(desk, 1, ref, measure="suspension", ends_on=desk.market.day(-20).isoformat(), source="reviewer")
    sign(desk, ref)
    assert (desk.action(ref).source, desk.action(ref).automated_detection) == ("detection", True)
    only_by_two(desk, ref)


def only_by_two(desk: Desk, ref: str) -> None:
    """That the proof finds nothing, and finds it when the second signature is gone."""
    with desk.office.database.read() as session:
        assert list(checks.second_person_signed(session)) == []
    break_it(desk, "signature", "DELETE FROM signature WHERE signed_as = 'cosigner'")
    with desk.office.database.read() as session:
        assert list(checks.second_person_signed(session)) == [f"action {ref} lacks a second person's signature"]


@pytest.mark.parametrize("saw", [False, True])
def test_acting_first_on_what_a_machine_alone_noticed_needs_two(office: Office, *, saw: bool) -> None:
    desk = detected(office)
    if saw:
        words = {"about_ref": desk.story.tim.account.ref, "happened": "I saw what the machine pointed to."}
        desk.market.do(report_what_i_saw, desk.story.rae.actor, **words)
    ref = desk.start("threats")
    first = {"measure": "suspension", "ends_on": "", "interim": True, "clause_version_id": str(desk.clause("threats"))}
    assert refused(lambda: desk.issue(ref, **first)) == "needs_cosignature"
    propose(desk, 1, ref, **first)
    desk.later(hours=5)
    sign(desk, ref)
    action = desk.action(ref)
    assert action.interim and action.ends_at is not None and action.ends_at == desk.market.now + timedelta(hours=72)
    only_by_two(desk, ref)


def test_acting_first_on_a_report_stays_one_persons(desk: Desk) -> None:
    ref = desk.start("threats")
    desk.issue(ref, interim=True, clause_version_id=str(desk.clause("threats")))
    assert desk.action(ref).interim


def test_returned_proposal_is_a_draft_again(desk: Desk) -> None:
    ref = propose(desk)
    desk.market.do(return_action, desk.story.ola.actor, action_ref=ref, reason="Name the day of the last message.")
    assert (desk.action(ref).status, desk.action(ref).version) == ("draft", 3)
    with desk.office.database.read() as session:
        assert last_return(session, ref) == "Name the day of the last message."
        assert (draft_of(session, desk.story.rae.person.id, "action", ref) or {})["measure"] == "termination"
    propose(desk, 3, ref, why="It was paid on the 12th and the work never came.")
    sign(desk, ref)
    with desk.office.database.read() as session:
        assert session.scalars(select(Citation.revision).order_by(Citation.revision)).all() == [1, 2]
        assert (statement_of(session, ref)[0] or {})["why"].startswith("It was paid on the 12th")


def test_unsigned_proposal_goes_back_after_two_working_days(desk: Desk) -> None:
    ref = propose(desk)
    desk.later(days=3)
    with pytest.raises(Refusal) as caught:
        sign(desk, ref)
    assert caught.value.code == "not_proposed"
    desk.market.do(discard_action, desk.story.rae.actor, action_ref=ref)
    assert desk.action(ref).status == "discarded" and "question" in open_kinds(desk)


def test_more_than_permitted_needs_a_second_person(desk: Desk) -> None:
    clause = str(desk.clause("one-account"))
    ref = desk.ready("one-account")
    assert refused(lambda: desk.issue(ref, clause_version_id=clause)) == "measure_not_permitted"
    propose(desk, 1, ref, measure="suspension", ends_on=desk.market.day(-90).isoformat(), clause_version_id=clause)
    sign(desk, ref)
    assert desk.action(ref).status == "issued"
