"""What `flask verify` proves of danger and need: received, answered or waiting in time, read by nobody else, decided in none."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.cases.models import Case, CaseParty, Clock, Message, Report, WorkItem
from portal.cases.need_models import Need, NeedMessage, NeedWord
from portal.enforcement.models import Action
from portal.notices.models import Notice


def needs_are_heard(session: Session) -> Iterator[str]:
    """What somebody said of danger or need has a receipt each time, waits for us by its clock until it is answered or over."""
    said = select(Need.ref).join(NeedMessage, NeedMessage.need_id == Need.id).where(NeedMessage.kind == NeedWord.SAID)
    receipts = select(func.count(func.distinct(Notice.event_id))).where(
        Notice.about_ref == Need.ref, Notice.kind == "need_received", Notice.recipient_id == Need.person_id
    ).correlate(Need).scalar_subquery()
    short = said.group_by(Need.id, Need.ref, Need.person_id).having(func.count(NeedMessage.id) != receipts)
    yield from (f"need {ref} has another number of receipts than of messages" for ref in session.scalars(short))
    newest = aliased(NeedMessage)
    last = select(func.max(newest.n)).where(newest.need_id == Need.id).correlate(Need).scalar_subquery()
    unanswered = and_(
        Need.closed_at.is_(None),
        exists().where(NeedMessage.need_id == Need.id, NeedMessage.n == last, NeedMessage.kind == NeedWord.SAID),
    )
    waits = exists().where(WorkItem.subject_ref == Need.ref, WorkItem.kind == "need", WorkItem.closed_at.is_(None))
    clock = exists().where(Clock.subject_ref == Need.ref, Clock.kind == "hardship", Clock.due_at == Need.answer_by)
    lost = select(Need.ref).where(unanswered, or_(~waits, ~clock))
    yield from (f"need {ref} is not answered, and does not wait for us by its clock" for ref in session.scalars(lost))
    runs = exists().where(Clock.subject_ref == Need.ref, Clock.kind == "hardship", Clock.ended_at.is_(None))
    over = select(Need.ref).where(~unanswered, or_(waits, runs, Need.answer_by.is_not(None)))
    yield from (f"need {ref} is answered or over, and still waits" for ref in session.scalars(over))


def needs_stay_between_two(session: Session) -> Iterator[str]:
    """Nobody but its writer was told of a need, no other account is in its case, and nothing is asked or decided there."""
    told = select(Need.ref).join(Notice, Notice.about_ref == Need.ref).where(Notice.recipient_id != Need.person_id)
    others = select(Need.ref).join(CaseParty, CaseParty.case_id == Need.case_id).where(CaseParty.account_id != Need.account_id)
    about = select(Need.ref).join(Case, Case.id == Need.case_id).where(
        or_(Case.hardship.is_(False), Case.about_account_id != Need.account_id)
    )
    decided = [select(Need.ref).join(one, one.case_id == Need.case_id) for one in (Action, Message, Report)]
    found = (("was told to somebody else", told), ("has somebody else in its case", others), ("is not a case of its own", about),
             *(("has something else in its case", one) for one in decided))
    for what, query in found:
        yield from (f"need {ref} {what}" for ref in session.scalars(query.distinct().order_by(Need.ref)))


PROVES = {10: (needs_are_heard, needs_stay_between_two)}
