"""Whoever was told that no rule applied can complain about it once; somebody who did not close the case answers."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.accounts.joining import record_member
from portal.act import Office
from portal.appeals import checks
from portal.appeals.complaints import complaining, own_report
from portal.appeals.models import AppealDecision
from portal.appeals.operations import (
    add_to_appeal,
    ask_appellant,
    attach_to_appeal,
    begin_review,
    draw_again,
    file_complaint,
    withdraw_complaint,
)
from portal.cases.checks import CHECKS as CASE_CHECKS
from portal.cases.models import Clock, ClockResult, Reopening
from portal.cases.report_models import ReportWriter
from portal.documents.intake import Taken
from portal.enforcement.evidence import take_case
from portal.enforcement.handing import hand_over
from portal.log.models import Event
from tests.appeals.complaining import BODY, STANDS, Complaints, closed_case
from tests.factories.market import refused
from tests.log.making import unguarded


@pytest.fixture
def closed(office: Office) -> Complaints:
    return closed_case(office)


def proven(closed: Complaints) -> list[str]:
    with closed.office.database.read() as session:
        return [line for check in (*checks.CHECKS, *CASE_CHECKS) for line in check(session)]


def test_a_complaint_gets_a_receipt_and_is_drawn_for_somebody_else(closed: Complaints) -> None:
    ref = closed.complain()
    made = closed.complaint(ref)
    assert (made.kind, made.state, made.action_id) == ("inaction", "filed", None)
    (receipt,) = closed.notices("appeal_filed")
    assert receipt.recipient_id == closed.story.stacy.person.id
    assert "Somebody who did not close the case answers you" in (receipt.body or "")
    item = closed.item(ref)
    assert item is not None and item.kind == "complaint"
    assert closed.holder(ref) in (closed.story.ola, closed.lee)
    assert made.answer_by is not None and (made.answer_by - closed.market.now).days in (13, 14)
    assert proven(closed) == []


def test_the_reported_person_hears_nothing(closed: Complaints) -> None:
    closed.decide(closed.complain(), "reversed")
    with closed.office.database.read() as session:
        to_tim = select(sa.func.count()).select_from(sa.table("notice")).where(
            sa.column("recipient_id") == sa.bindparam("tim", closed.story.tim.person.id, sa.Uuid())
        )
        assert session.scalar(to_tim) == 0


def test_pressed_twice_is_one_complaint_and_other_words_are_refused(closed: Complaints) -> None:
    assert closed.complain() == closed.complain()
    assert refused(lambda: closed.complain(body="Something else that I want to say now.")) == "already_filed"
    assert refused(lambda: closed.complain(body="Too short")) == "body_missing"


def test_only_who_was_told_so_can_complain(closed: Complaints) -> None:
    story = closed.story
    for other in (story.tim, story.omar):
        assert refused(lambda who=other: closed.complain(who)) == "not_found"
    later = closed.report(story.omar)
    assert refused(lambda: closed.complain(story.omar, later)) == "not_found", "it is not answered yet"


def test_of_several_members_its_sender_and_the_owners_read_it(closed: Complaints) -> None:
    stacy, members = closed.story.stacy, []
    for name in ("Mia Lund", "Bo Lind"):
        party = closed.market.party(name)
        closed.market.make(lambda work, who=party.person: record_member(work, stacy.account, who, "worker"))
        members.append(replace(party, actor=replace(party.actor, account_ids=frozenset({stacy.account.id}))))
    mia, bo = members
    assert refused(lambda: closed.complain(mia)) == "owners_only", "she neither wrote the report nor owns the account"
    with unguarded(closed.office) as connection:
        connection.execute(sa.update(ReportWriter).values(person_id=mia.person.id))
    ref = closed.complain(mia)
    for operation, given in ((file_complaint, {"report_ref": closed.report_ref, "body": BODY}),
                             (add_to_appeal, {"appeal_ref": ref, "body": "More of it."})):
        assert refused(lambda one=operation, said=given: closed.market.do(one, bo.actor, **said)) == "owners_only"
    for by in (mia, stacy):
        closed.market.do(add_to_appeal, by.actor, appeal_ref=ref, body="He wrote it on 3 November too.")


def test_it_stands_with_reasons_that_the_mail_does_not_carry(closed: Complaints) -> None:
    ref = closed.complain()
    closed.decide(ref)
    assert closed.complaint(ref).outcome == "upheld"
    (answer,) = closed.notices("appeal_decided")
    assert STANDS in (answer.body or "") and STANDS not in (answer.mail_body or "")
    assert "6.4" not in (answer.mail_body or "")
    assert closed.case().closed_at is not None
    assert refused(lambda: closed.complain(body="I am still not content with it at all.")) == "not_possible", "once"
    assert proven(closed) == []


def test_reopened_waits_for_somebody_who_did_not_close_it(closed: Complaints) -> None:
    closed.decide(closed.complain(), "reversed")
    assert closed.case().closed_at is None
    with closed.office.database.read() as session:
        row = session.scalars(select(Reopening)).one()
        assert row.reopened_at == closed.market.now
        assert "case.reopened" in session.scalars(select(Event.kind)).all()
    assert closed.holder(closed.report_ref) in (closed.story.ola, closed.lee)
    assert "The case is open again" in (closed.notices("appeal_decided")[0].body or "")
    rae = closed.story.rae
    with closed.office.database.write() as session:
        session.execute(sa.text("UPDATE work_item SET assignee_id = NULL"))
    assert refused(lambda: closed.close(rae)) == "closed_it"
    item = closed.item(closed.report_ref)
    assert item is not None
    take = {"case_ref": closed.case_ref, "item": str(item.id), "version": str(item.version)}
    assert refused(lambda: closed.market.do(take_case, rae.actor, **take)) == "closed_it"
    assert closed.lee is not None
    over = {"case_ref": closed.case_ref, "what": closed.report_ref, "to": rae.handle, "reason": "She knows it."}
    assert refused(lambda: closed.market.do(hand_over, closed.lee.actor, **over)) == "closed_it"
    assert proven(closed) == []


def test_closed_again_tells_whoever_complained_and_ends_it(closed: Complaints) -> None:
    closed.decide(closed.complain(), "reversed")
    closed.later(days=1)
    closed.close(closed.holder(closed.report_ref))
    assert len(closed.notices("report_not_applied")) == 2
    assert closed.case().closed_at == closed.market.now
    assert refused(lambda: closed.complain(body="I am still not content with it at all.")) == "not_possible"
    assert proven(closed) == []


def test_who_did_not_complain_is_not_told_twice(office: Office) -> None:
    closed = closed_case(office, both=True)
    story = closed.story
    assert len(closed.notices("report_not_applied", story.omar)) == 1
    closed.decide(closed.complain(), "reversed")
    assert omars_way(closed) == "open"
    closed.later(days=1)
    closed.close(closed.holder(closed.report_ref))
    assert len(closed.notices("report_not_applied", story.omar)) == 1
    assert len(closed.notices("report_not_applied", story.stacy)) == 2
    assert omars_way(closed) is None, "what he was told holds again, and he never complained"
    assert proven(closed) == []


def omars_way(closed: Complaints) -> str | None:
    """Why Omar cannot complain now."""
    omar = closed.story.omar
    with closed.office.database.read() as session:
        report = own_report(session, closed.reports(omar)[0], omar.actor.account_ids, omar.person.id)
        found = complaining(session, report, omar.person.id, closed.market.now)
    assert found is not None
    return found.why_not


def test_whoever_closed_it_can_open_it_again_and_nothing_else(closed: Complaints) -> None:
    ref, rae = closed.complain(), closed.story.rae
    assert refused(lambda: closed.decide(ref, by=rae)) == "own_decision"
    assert refused(lambda: closed.market.do(
        begin_review, rae.actor, appeal_ref=ref, version=closed.complaint(ref).version
    )) == "own_decision"
    closed.decide(ref, "reversed", by=rae)
    assert closed.case().closed_at is None
    assert proven(closed) == []


def test_the_database_refuses_an_answer_by_whoever_closed_it(closed: Complaints) -> None:
    ref, rae = closed.complain(), closed.story.rae
    key = closed.complaint(ref).id
    row = AppealDecision(
        appeal_id=key, n=1, decided_by=rae.person.id, outcome="upheld", language="en", record="{}", sha256="0" * 64,
        created_at=closed.market.now,
    )
    with pytest.raises(DBAPIError, match="overturn in full"), closed.office.database.write() as session:
        session.add(row)
    with pytest.raises(DBAPIError, match="overturned means undone"), closed.office.database.write() as session:
        session.execute(sa.text(
            "UPDATE appeal SET state = 'decided', outcome = 'reversed', decided_at = filed_at WHERE ref = :ref"
        ), {"ref": ref})


def test_only_for_whom_it_was_drawn_and_a_lead_draws_again(closed: Complaints) -> None:
    ref, lee = closed.complain(), closed.lee
    assert lee is not None
    mine = closed.holder(ref)
    other = lee if mine is closed.story.ola else closed.story.ola
    assert refused(lambda: closed.decide(ref, by=other)) == "with_somebody_else"
    closed.market.do(draw_again, lee.actor, appeal_ref=ref, version=closed.complaint(ref).version, reason="Ill today.")
    assert closed.holder(ref) is other


def test_files_become_exhibits_and_are_weighed(closed: Complaints) -> None:
    closed.attach()
    ref = closed.complain()
    assert refused(lambda: closed.decide(ref)) == "exhibit_unanswered"
    number = "2"
    assert refused(lambda: closed.decide(ref, exhibits_considered={number: "considered"})) == "unopened"
    closed.decide(ref, exhibits_considered={number: {"weight": "not_considered", "why": "It is about another month."}})
    assert proven(closed) == []


def test_words_and_files_can_be_added_until_it_is_answered(closed: Complaints) -> None:
    ref, stacy = closed.complain(), closed.story.stacy.actor
    closed.market.do(add_to_appeal, stacy, appeal_ref=ref, body="I found another message.")
    taken = Taken("more.png", "image/png", 900, f"{77:064x}", "key-more", b"sealed")
    done = closed.market.do(attach_to_appeal, stacy, appeal_ref=ref, description="That message", taken=taken)
    assert done["exhibit"] == 2
    closed.decide(ref, "reversed")
    assert refused(lambda: closed.market.do(add_to_appeal, stacy, appeal_ref=ref, body="One more.")) == "closed"


def test_asked_and_waiting_stops_our_clock(closed: Complaints) -> None:
    ref = closed.complain()
    closed.market.do(
        ask_appellant, closed.holder(ref).actor, appeal_ref=ref, version=closed.complaint(ref).version,
        question="On which day was that?", days=5,
    )
    assert closed.complaint(ref).state == "waiting"
    assert refused(lambda: closed.decide(ref)) == "waiting"
    closed.market.do(add_to_appeal, closed.story.stacy.actor, appeal_ref=ref, body="On 5 November.")
    closed.decide(ref)


def test_taken_back_and_sent_again_within_the_window(closed: Complaints) -> None:
    ref, stacy = closed.complain(), closed.story.stacy.actor
    closed.market.do(withdraw_complaint, stacy, appeal_ref=ref)
    assert closed.item(ref) is None
    assert closed.complain(body="I thought about it once more, and I do complain.") == ref
    assert proven(closed) == []


def test_after_the_window_it_is_over(closed: Complaints) -> None:
    (told_so,) = closed.notices("report_not_applied")
    closed.read(told_so, closed.story.stacy)
    closed.later(days=200)
    assert refused(closed.complain) == "not_possible"


def test_late_goes_to_a_lead(closed: Complaints) -> None:
    ref = closed.complain()
    closed.later(days=16)
    closed.settle()
    assert closed.holder(ref) is closed.lee
    with closed.office.database.read() as session:
        clock = session.scalars(select(Clock).where(Clock.subject_ref == ref, Clock.kind == "appeal_answer")).one()
        assert clock.result == ClockResult.MISSED
        assert "appeal.to_lead" in session.scalars(select(Event.kind)).all()
    assert proven(closed) == []
    closed.decide(ref)


def test_all_complaints_about_one_closing_are_answered_when_it_is_opened_again(office: Office) -> None:
    closed = closed_case(office, both=True)
    story = closed.story
    first, second = closed.complain(), closed.complain(story.omar, closed.reports(story.omar)[0])
    closed.decide(first, "reversed")
    assert closed.complaint(second).outcome == "reversed" and closed.item(second) is None
    assert {one.recipient_id for one in closed.notices("appeal_decided")} == {story.stacy.person.id, story.omar.person.id}
    assert proven(closed) == []
