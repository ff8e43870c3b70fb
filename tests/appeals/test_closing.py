"""A case is closed when nothing runs in it: whoever reported is answered once, whoever was asked hears that it is over."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.act import Office
from portal.appeals.closing import close_case, ending_now, hindrances
from portal.cases.closing import what_came_in
from portal.cases.models import Case, Closing, Report, WorkItem
from portal.cases.queries import case_file, find_case
from portal.disputes.models import Dispute
from portal.disputes.operations import withdraw_dispute
from portal.enforcement.operations import (
    answer_question,
    ask_first,
    discard_action,
    lift_action,
    propose_action,
    start_action,
)
from portal.enforcement.reporting import report_account
from portal.log.models import Event
from portal.notices.models import Notice
from portal.verification.operations import request_item
from tests.appeals.conftest import opened_case
from tests.enforcement.conftest import Desk, with_exhibit
from tests.factories.market import Market, Party, Staff, refused
from tests.verification.making import Checks

WORDS = "He asked me twice to pay him outside the marketplace, on 3 and 5 November."
REASON = "I read both sides' messages. Nothing was asked for outside the marketplace."
PURPOSE = "Your payouts are about to pass an amount at which we need to know who is paid."


@pytest.fixture
def desk(office: Office) -> Desk:
    """Stacy reported Tim; nothing is contested."""
    market = Market(office)
    story = market.story()
    market.do(
        report_account, story.stacy.actor, account_id=story.stacy.account.id, contract_ref=story.contract.ref, happened=WORDS
    )
    return with_exhibit(Desk(market, story, opened_case(office)))


def close(desk: Desk, by: Staff | None = None, **other: Any) -> dict[str, Any]:
    with desk.office.database.read() as session:
        seen = what_came_in(case_file(session, desk.case_ref))
    args = {"case_ref": desk.case_ref, "seen": seen, "rules": [str(desk.clause())], "reason": REASON} | other
    return desk.market.do(close_case, (by or desk.story.rae).actor, **args)


def report(desk: Desk, by: Party, happened: str = WORDS) -> str:
    contract = desk.story.contract if by is desk.story.stacy else desk.story.other_contract
    return str(desk.market.do(
        report_account, by.actor, account_id=by.account.id, contract_ref=contract.ref, happened=happened
    )["report"])


def told(session: Session, kind: str) -> list[Notice]:
    return list(session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.id)))


def test_it_closes_with_rules_and_a_reason_on_record(desk: Desk) -> None:
    close(desk)
    with desk.office.database.read() as session:
        case, closing = find_case(session, desk.case_ref), session.scalars(select(Closing)).one()
        assert case.closed_at == closing.closed_at == desk.market.now
        assert (closing.closed_as, closing.closed_by, closing.reason) == ("no_action", desk.story.rae.person.id, REASON)
        assert session.scalars(select(Event.subject_ref).where(Event.kind == "case.closed")).one() == desk.case_ref
        assert session.scalars(select(WorkItem).where(WorkItem.closed_at.is_(None))).all() == []


def test_whoever_reported_hears_the_rule_and_nothing_else(desk: Desk) -> None:
    close(desk)
    with desk.office.database.read() as session:
        (notice,) = told(session, "report_not_applied")
        ref = session.scalars(select(Report.ref)).one()
    assert (notice.recipient_id, notice.about_ref, notice.case_ref) == (desk.story.stacy.person.id, ref, None)
    assert "We reviewed what you reported under rule 6.4; it did not apply." in (notice.body or "")
    assert REASON not in (notice.body or "") and "Tim" not in (notice.body or "")
    assert "6.4" not in (notice.mail_body or "")
    with desk.office.database.read() as session:
        assert told(session, "case_closed") == [], "nobody was asked, so the account hears nothing"


def test_several_reports_of_one_account_are_answered_once(desk: Desk) -> None:
    newest = report(desk, desk.story.stacy, "Since then he has not answered any message of mine.")
    close(desk)
    with desk.office.database.read() as session:
        assert [one.about_ref for one in told(session, "report_not_applied")] == [newest]


def test_whoever_was_asked_hears_that_nothing_follows(desk: Desk) -> None:
    question = desk.ask()
    desk.answer(question)
    close(desk)
    with desk.office.database.read() as session:
        (notice,) = told(session, "case_closed")
    assert (notice.recipient_id, notice.about_ref) == (desk.story.tim.person.id, question)
    assert "Nothing follows from it for your account." in (notice.body or "")
    assert "Stacy" not in (notice.body or "")


def test_a_new_report_opens_a_new_case(desk: Desk) -> None:
    close(desk)
    report(desk, desk.story.stacy, "Now he asks me again to pay him somewhere else.")
    with desk.office.database.read() as session:
        refs = list(session.scalars(select(Case.ref).where(Case.closed_at.is_(None))))
    assert len(refs) == 1 and refs != [desk.case_ref]


def test_nothing_new_is_begun_in_a_closed_case(desk: Desk) -> None:
    question = desk.ask()
    desk.later(days=6)
    close(desk)
    rae = desk.story.rae.actor
    begin = {"case_ref": desk.case_ref, "clause_version_id": desk.clause()}
    assert refused(lambda: desk.market.do(start_action, rae, **begin)) == "closed"
    assert refused(lambda: desk.market.do(ask_first, rae, **begin, question="And now?", days=5)) == "closed"
    assert refused(lambda: close(desk)) == "closed"
    assert refused(lambda: desk.market.do(
        answer_question, desk.story.tim.actor, message_ref=question, answer="I was ill."
    )) == "closed"
    assert refused(lambda: desk.market.do(
        request_item, rae, case_ref=desk.case_ref, item="identity_document", clause_version_id=identity(desk),
        purpose=PURPOSE, alternatives="A driving licence",
    )) == "closed"


def identity(desk: Desk) -> Any:
    return Checks.begin(desk.market, desk.story).clause_id


def runs(desk: Desk) -> list[str]:
    with desk.office.database.read() as session:
        return hindrances(session, find_case(session, desk.case_ref))


def test_not_while_our_question_waits(desk: Desk) -> None:
    desk.ask()
    assert runs(desk) == ["question"]
    assert refused(lambda: close(desk)) == "runs"


def test_not_while_a_decision_is_written_or_waits_for_a_second_person(desk: Desk) -> None:
    ref = desk.ready()
    assert runs(desk) == ["draft"]
    assert refused(lambda: close(desk)) == "runs"
    fields = desk.form(measure="termination", ends_on="")
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    assert runs(desk) == ["proposal"]
    assert refused(lambda: close(desk)) == "runs"


def test_a_draft_that_was_discarded_hinders_nothing(desk: Desk) -> None:
    ref = desk.ready()
    desk.market.do(discard_action, desk.story.rae.actor, action_ref=ref)
    close(desk)


def test_not_while_a_dispute_is_open(desk: Desk) -> None:
    ref = desk.market.dispute(desk.story.stacy, desk.story.contract)["dispute"]
    assert runs(desk) == ["dispute"]
    assert refused(lambda: close(desk)) == "runs"
    desk.market.do(withdraw_dispute, desk.story.stacy.actor, dispute_ref=ref)
    with desk.office.database.read() as session:
        assert session.scalars(select(Dispute.ended_at)).one() is not None
    close(desk)


def test_not_while_an_identity_check_runs(desk: Desk) -> None:
    desk.market.take(desk.story.rae, desk.case_ref)
    desk.market.do(
        request_item, desk.story.rae.actor, case_ref=desk.case_ref, item="identity_document",
        clause_version_id=identity(desk), purpose=PURPOSE, alternatives="A driving licence",
    )
    assert runs(desk) == ["identity"]
    assert refused(lambda: close(desk)) == "runs"


def test_refusals(desk: Desk) -> None:
    assert refused(lambda: close(desk, rules=[])) == "no_rules"
    assert refused(lambda: close(desk, rules=["no key"])) == "no_rules"
    assert refused(lambda: close(desk, rules=[str(desk.clause("appeal-answer"))])) == "no_rules"
    assert refused(lambda: close(desk, reason=" ")) == "reason_missing"
    assert refused(lambda: close(desk, reason="Nothing.")) == "too_short"
    desk.market.take(desk.story.rae, desk.case_ref)
    assert refused(lambda: close(desk, by=desk.story.ola)) == "with_somebody_else"
    assert refused(lambda: desk.market.do(
        close_case, desk.story.tim.actor, case_ref=desk.case_ref, seen="1-0", rules=[], reason=REASON
    )) == "not_allowed"
    with desk.office.database.read() as session:
        assert session.scalars(select(Closing)).all() == []


def test_what_came_in_meanwhile_is_read_first(desk: Desk) -> None:
    report(desk, desk.story.stacy, "Since then he has not answered any message of mine.")
    assert refused(lambda: close(desk, seen="1-0")) == "changed"
    close(desk, seen="2-0")


def test_after_a_decision_nobody_is_told_again(desk: Desk) -> None:
    desk.issue(desk.ready(), measure="warning", ends_on="")
    desk.later(days=1)
    close(desk)
    with desk.office.database.read() as session:
        assert session.scalars(select(Closing.closed_as)).one() == "decided"
        assert told(session, "report_not_applied") == told(session, "case_closed") == []


def test_what_was_reported_after_the_decision_is_answered(desk: Desk) -> None:
    desk.issue(desk.ready(), measure="warning", ends_on="")
    desk.later(days=1)
    ref = report(desk, desk.story.stacy, "He has written to me again since you decided.")
    close(desk)
    with desk.office.database.read() as session:
        assert [one.about_ref for one in told(session, "report_not_applied")] == [ref]


def test_the_preview_says_what_is_sent(desk: Desk) -> None:
    desk.answer(desk.ask())
    with desk.office.database.read() as session:
        plan = ending_now(session, desk.case_ref, [desk.clause()])
        texts = {(one.person.id, one.text.subject, one.text.body) for one in (*plan.reporters, *plan.asked)}
    close(desk)
    with desk.office.database.read() as session:
        sent = [*told(session, "report_not_applied"), *told(session, "case_closed")]
    assert texts == {(one.recipient_id, one.subject, one.body) for one in sent}
    assert len(texts) == 2


def test_what_we_did_first_is_lifted_before_nothing_follows_from_it(desk: Desk) -> None:
    """Else whoever reported would read that no rule applied while it still takes something."""
    first, clause = desk.start("threats"), str(desk.clause("threats"))
    desk.issue(first, interim=True, clause_version_id=clause)
    assert refused(lambda: close(desk)) == "runs"
    with desk.office.database.read() as session:
        assert hindrances(session, find_case(session, desk.case_ref)) == ["interim"]
    version = desk.action(first).version
    desk.market.do(lift_action, desk.story.rae.actor, action_ref=first, version=version, reason="He showed who wrote it.")
    close(desk)
    with desk.office.database.read() as session:
        assert [one.recipient_id for one in told(session, "report_not_applied")] == [desk.story.stacy.person.id]
        assert session.scalars(select(WorkItem).where(WorkItem.closed_at.is_(None))).all() == []
