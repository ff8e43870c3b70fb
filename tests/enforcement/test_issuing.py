"""Issuing an action: what is written, who is told, and what it leaves alone."""

from sqlalchemy import select

from portal.act import Office
from portal.cases.models import Clock, WorkItem
from portal.core.text import plain, sha256
from portal.enforcement import checks
from portal.enforcement.models import Citation, Restriction, Signature, Statement
from portal.enforcement.operations import preview
from portal.enforcement.queries import standing, statement_of
from portal.enforcement.rules import State
from portal.log.rules import body_digest
from portal.notices.models import Notice
from tests.enforcement.conftest import FACTS, Desk, opened
from tests.factories.market import refused


def violations(desk: Desk) -> list[str]:
    with desk.office.database.read() as session:
        return [line for check in checks.CHECKS for line in check(session)]


def test_issue_writes_everything_in_one_act(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref)
    with desk.office.database.read() as session:
        action = desk.action(ref)
        assert (action.status, action.issued_at, action.effective_at) == ("issued", desk.market.now, desk.market.now)
        assert session.scalars(select(Citation.facts)).one() == FACTS
        assert sorted(session.scalars(select(Signature.signed_as))) == ["issuer", "proposer"]
        kept = session.scalars(select(Restriction)).one()
        assert (kept.kind, kept.partial, kept.ends_at) == ("account", False, action.ends_at)
        assert session.scalars(select(Statement)).one().sha256
    assert violations(desk) == []


def test_statement_says_everything(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref)
    with desk.office.database.read() as session:
        record, row = statement_of(session, ref)
    assert record is not None
    assert record["rule"]["number"] == "6.4" and "owes its work" in record["rule"]["text"]
    assert record["facts"] == FACTS and record["answer_on_file"] == "I was ill for two weeks."
    assert record["decided_by"] == desk.story.rae.handle and record["co_signed_by"] is None
    assert record["redress"]["appeal_until_at_least"] == "2027-05-23T00:00:00.000000Z"
    assert record["detection"]["source"] == "counterpart"
    assert [each["number"] for each in record["exhibits"]] == [1]
    assert row.sha256 == body_digest(row) and row.sha256 != sha256("")


def test_dispute_keeps_its_own_hold(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref)
    with desk.office.database.read() as session:
        money = (statement_of(session, ref)[0] or {})["money"]
    assert money["available"] == [{"amount_minor": 175_000, "currency": "USD"}]
    assert [held["because_of_this_action"] for held in money["held"]] == [False]
    assert desk.market.funds(desk.story.tim).available.amount_minor == 175_000


def test_counterparts_are_told_after_the_person(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref)
    with desk.office.database.read() as session:
        notices = session.scalars(select(Notice).where(Notice.about_ref == ref)).all()
    mine = next(notice for notice in notices if notice.kind == "statement")
    others = [notice for notice in notices if notice.kind == "counterpart_action"]
    assert {n.recipient_id for n in others} == {desk.story.stacy.person.id, desk.story.omar.person.id}
    assert all(n.after_id == mine.id and FACTS not in (n.body or "") for n in others)
    fixed = "We decided that rule 6.4 applies. This is our decision and can be contested; no court has found this."
    assert all(fixed in (n.body or "") for n in others)


def test_warning_tells_only_the_person(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref, measure="warning", ends_on="")
    with desk.office.database.read() as session:
        told = session.scalars(select(Notice.kind).where(Notice.about_ref == ref)).all()
        assert standing(session, desk.story.tim.account.id, desk.market.now).state == State.WARNED
        assert session.scalars(select(Restriction)).all() == []
    assert list(told) == ["statement"]


def test_reporter_hears_once(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref)
    with desk.office.database.read() as session:
        to_stacy = select(Notice.kind).where(Notice.recipient_id == desk.story.stacy.person.id)
        kinds = session.scalars(to_stacy.where(Notice.kind.in_(("counterpart_action", "report_answered")))).all()
    assert list(kinds) == ["counterpart_action"]


def test_desk_is_clear_afterwards(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref)
    with desk.office.database.read() as session:
        waiting = session.scalars(select(WorkItem.kind).where(WorkItem.closed_at.is_(None))).all()
        clocks = session.scalars(select(Clock.kind).where(Clock.subject_ref == ref, Clock.ended_at.is_(None))).all()
    assert set(waiting) <= {"dispute"}
    assert list(clocks) == ["restriction_end"]


def test_preview_is_what_is_issued(desk: Desk) -> None:
    ref = desk.ready("payment-for-nothing")
    with desk.office.database.read() as session:
        work = desk.office.work(session, desk.story.rae.actor)
        seen = preview(work, action_ref=ref, fields=desk.form())
    desk.issue(ref)
    with desk.office.database.read() as session:
        record, _ = statement_of(session, ref)
        bodies = set(session.scalars(select(Notice.body).where(Notice.kind == "counterpart_action")))
    assert record is not None
    same = ("money", "restrictions", "facts", "rule", "redress", "promise", "exhibits", "detection", "decided_by")
    assert {name: record[name] for name in same} == plainly(seen.record, *same)
    assert {each.text.body for each in seen.counterparts} == bodies


def plainly(record: dict[str, object], *names: str) -> object:
    return plain({name: record[name] for name in names})


def test_signed_twice_is_one_action(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref)
    assert refused(lambda: desk.issue(ref)) == "not_draft"


def test_own_hold_takes_what_is_left_of_the_milestone(office: Office) -> None:
    desk = opened(office, 10_000)
    ref = desk.ready()
    with office.database.read() as session:
        seen = preview(office.work(session, desk.story.rae.actor), action_ref=ref, fields=desk.form(**desk.hold(35_000)))
    desk.issue(ref, **desk.hold(35_000))
    with office.database.read() as session:
        money = (statement_of(session, ref)[0] or {})["money"]
        to_stacy = session.scalars(select(Notice.body).where(Notice.recipient_id == desk.story.stacy.person.id)).all()
    ours = next(held for held in money["held"] if held["because_of_this_action"])
    assert ours["amount"] == {"amount_minor": 30_000, "currency": "USD"} and ours["claim"]
    assert money["available"] == seen.record["money"]["available"] == [{"amount_minor": 175_000, "currency": "USD"}]
    assert desk.market.funds(desk.story.tim).held.amount_minor == 40_000
    assert any("$300.00 USD of milestone 1 is on hold" in (body or "") for body in to_stacy)
    assert violations(desk) == []
