"""Contesting that something was turned down: somebody else looks at the same, in the same time, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.accounts.models import StaffRole
from portal.cases.models import Clock, WorkItem
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.work import Work
from portal.log.operations import add
from portal.notices.models import Notice
from portal.verification.models import Review, Submission
from portal.verification.operations import contest_rejection
from tests.factories.market import Staff
from tests.verification.making import FIX, INSTEAD, Checks

WHY = "The number and all four corners can be read in the picture that I sent."
WRONG: dict[str, Any] = {"outcome": "rejected", "code": "cut_off", "what_to_fix": FIX, "alternatives": INSTEAD}


def turned_down(checks: Checks) -> str:
    ref = str(checks.ask()["item"])
    checks.send(ref)
    checks.reject(ref)
    return ref


def contest(checks: Checks, ref: str, why: str = WHY, actor: Any = None) -> str:
    return str(checks.market.do(contest_rejection, actor or checks.tim, item_ref=ref, why=why)["receipt"])


def line(checks: Checks, ref: str) -> WorkItem:
    with checks.market.office.database.read() as session:
        return session.scalars(select(WorkItem).where(WorkItem.subject_ref == ref, WorkItem.closed_at.is_(None))).one()


def answered(checks: Checks, ref: str, by: Staff, **args: Any) -> None:
    checks.open_all(ref, by)
    checks.answer(ref, by, **args)


def test_somebody_else_has_it_with_a_receipt_and_the_same_time(checks: Checks) -> None:
    ref = turned_down(checks)
    receipt = contest(checks, ref)
    view = checks.view(ref)
    assert view.item.state == "submitted" and view.last is not None and view.last.submission.ref == receipt
    assert view.last.documents == view.sent[0].documents and view.last.submission.note == WHY
    assert line(checks, ref).assignee_id == checks.story.ola.person.id != view.sent[0].review.decided_by_id  # type: ignore[union-attr]
    with checks.market.office.database.read() as session:
        clock = session.scalars(select(Clock).where(Clock.subject_ref == ref, Clock.ended_at.is_(None))).one()
        told = session.scalars(select(Notice).where(Notice.kind == "identity_receipt").order_by(Notice.id.desc())).first()
    assert (clock.kind, clock.due_at) == ("identity_review", line(checks, ref).due_at)
    assert told is not None and "Somebody else of us looks at what you sent." in told.body and WHY not in told.mail_body
    assert checks.violations() == []


def test_accepted_by_somebody_else_it_is_accepted(checks: Checks) -> None:
    ref = turned_down(checks)
    contest(checks, ref)
    until = (checks.market.now + timedelta(days=700)).date()
    answered(checks, ref, checks.story.ola, outcome="accepted", accepted_until=until)
    view = checks.view(ref)
    assert view.item.state == "accepted" and view.holds(checks.market.now) and checks.violations() == []


def test_who_turned_it_down_can_only_accept_it(checks: Checks) -> None:
    ref = turned_down(checks)
    contest(checks, ref)
    rae = checks.story.rae
    with checks.market.office.database.write() as session:
        session.execute(WorkItem.__table__.update().where(WorkItem.subject_ref == ref).values(assignee_id=None))
    checks.take(ref, rae)
    checks.open_all(ref, rae)
    with pytest.raises(NotAllowed, match="own_decision"):
        checks.answer(ref, rae, **WRONG)
    checks.answer(ref, rae, outcome="accepted", accepted_until=(checks.market.now + timedelta(days=9)).date())
    assert checks.view(ref).item.state == "accepted" and checks.violations() == []


def test_the_database_refuses_a_second_no_of_the_same_person(checks: Checks) -> None:
    ref = turned_down(checks)
    receipt = contest(checks, ref)

    def write(work: Work) -> None:
        row = work.db.scalars(select(Submission).where(Submission.ref == receipt)).one()
        add(work, Review(
            submission_id=row.id, outcome="rejected", code="cut_off", decided_by_id=checks.story.rae.person.id,
            decided_at=work.now, language="en", what_to_fix=FIX, alternatives=INSTEAD, sha256="0" * 64,
        ))
        work.db.flush()

    with pytest.raises(DBAPIError, match="who turned it down can only accept it"):
        checks.market.make(write)


def test_turned_down_again_it_is_contested_no_more_and_goes_on(checks: Checks) -> None:
    ref = turned_down(checks)
    contest(checks, ref)
    answered(checks, ref, checks.story.ola, **WRONG)
    with pytest.raises(Conflict, match="not_possible"):
        contest(checks, ref)
    checks.send(ref)
    checks.reject(ref)
    contest(checks, ref)
    assert checks.view(ref).item.state == "submitted" and checks.violations() == []


def test_what_cannot_be_contested_says_why(checks: Checks) -> None:
    ref = str(checks.ask()["item"])
    with pytest.raises(Conflict, match="not_possible"):
        contest(checks, ref)
    checks.send(ref)
    checks.reject(ref)
    for why in ("", "No.", "a" + "\u200b" * 40):
        with pytest.raises(RuleBroken, match="too_short"):
            contest(checks, ref, why)
    for actor in (checks.story.stacy.actor, checks.story.tim.by_link("C-OTHER")):
        with pytest.raises(NotFound):
            contest(checks, ref, actor=actor)
    checks.upload(ref)
    with pytest.raises(Conflict, match="not_possible"):
        contest(checks, ref)


def test_by_a_link_and_where_nobody_else_is_it_waits_with_nobody(checks: Checks) -> None:
    ref = str(checks.ask(checks.story.rae)["item"])
    checks.send(ref)
    checks.take(ref, checks.story.ola)
    answered(checks, ref, checks.story.ola, **WRONG)
    with checks.market.office.database.read() as session:
        rae = session.scalars(select(StaffRole.id).where(StaffRole.person_id == checks.story.rae.person.id)).all()
    with checks.market.office.database.write() as session:
        session.execute(StaffRole.__table__.update().where(StaffRole.id.in_(rae)).values(ended_at=checks.market.now))
    contest(checks, ref, actor=checks.story.tim.by_link(checks.case_ref))
    assert line(checks, ref).assignee_id is None and checks.violations() == []
