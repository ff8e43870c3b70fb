"""Opening cases, reports, questions and answers, work items and drafts. This room tells nobody: upper rooms do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from portal.cases.clocks import run_due, stop_clock
from portal.cases.models import (
    Case,
    CaseParty,
    ClockResult,
    Message,
    MessageKind,
    PartySide,
    Report,
    ReportSource,
    WorkItem,
)
from portal.cases.writers import wrote
from portal.core.access import require_person
from portal.core.database import KEYS
from portal.core.errors import Conflict, existing
from portal.core.i18n import N_
from portal.core.ids import new_ref
from portal.core.money import Money
from portal.core.text import clean, needed
from portal.core.work import Work
from portal.log.operations import Row, add, open_case_key, record, vouch_next
from portal.log.rules import body_digest
from portal.rulebook.safety import protects_safety

Party = tuple[UUID, PartySide]


def open_case(
    work: Work, about_account_id: UUID, parties: Iterable[Party], *, safety: bool = False, hardship: bool = False
) -> Case:
    """Opens a case about one conduct of one account, with its own key in the log; with `hardship` it is about what somebody
    needs, and nothing is decided in it."""
    case = add(work, Case(
        ref=new_ref("C"), about_account_id=about_account_id, safety=safety, hardship=hardship, version=1
    ))
    open_case_key(work, case.ref)
    sides = dict.fromkeys([(about_account_id, PartySide.SUBJECT), *parties])
    vouch_next(work, [case, *(add(work, CaseParty(case_id=case.id, account_id=one, side=side)) for one, side in sides)])
    work.db.flush()
    return case


READING = "client_question"
"""The promise that runs for a report until somebody has read it."""
TAKEN = N_("Somebody else has taken this. Reload the page to see who.")
LOCKED = "cases that are locked"
_BY_ID = select(Case).where(Case.id == bindparam("id")).with_for_update()
_BY_REF = select(Case).where(Case.ref == bindparam("ref")).with_for_update()
_THESE = select(Case).where(Case.id.in_(KEYS)).order_by(Case.id).with_for_update()


def keep_locked(work: Work, cases: Iterable[Case]) -> None:
    """Notes cases that this act has locked, so that it asks for none of them again."""
    work.cache.setdefault(LOCKED, {}).update({case.id: case for case in cases})


def settle(work: Work, case_ids: Sequence[UUID], account_ids: Sequence[UUID]) -> None:
    """Locks these cases for this act, and lets whatever is due in them and in these accounts happen first."""
    if case_ids:
        keep_locked(work, work.db.scalars(_THESE, {"ids": case_ids}))
    run_due(work, case_ids, account_ids)


def locked_case(work: Work, case_id: UUID) -> Case:
    """The case of that key, locked for this act."""
    if case_id not in work.cache.get(LOCKED, ()):
        keep_locked(work, work.db.scalars(_BY_ID, {"id": case_id}))
    case: Case = work.cache[LOCKED][case_id]
    return case


def held_case(work: Work, case_id: UUID) -> Case:
    """A case that this act has locked before. Errors: RuntimeError when it has not: the case comes first, then what is in it,
    so that two acts never wait for each other."""
    case: Case | None = work.cache.get(LOCKED, {}).get(case_id)
    if case is None:
        raise RuntimeError("an act locks the case before what is in it")
    return case


def case_by_ref(work: Work, case_ref: str) -> Case:
    """The case, locked for this act. Errors: `NotFound`."""
    known = {case.ref: case for case in work.cache.get(LOCKED, {}).values()}
    case: Case = existing(known.get(case_ref) or work.db.scalars(_BY_REF, {"ref": case_ref}).one_or_none())
    keep_locked(work, [case])
    return case


def open_case_about(work: Work, account_id: UUID, counterpart_id: UUID) -> Case | None:
    """The open case about this account in which that other account is already a party, if any."""
    party = select(CaseParty.case_id).where(CaseParty.account_id == counterpart_id)
    return work.db.scalars(
        select(Case)
        .where(Case.about_account_id == account_id, Case.closed_at.is_(None), Case.id.in_(party))
        .order_by(Case.id.desc()).limit(1).with_for_update()
    ).one_or_none()


def add_report(
    work: Work, case: Case, *, source: ReportSource, reporter_account_id: UUID | None, body: str, language: str,
    ref: str | None = None, received_at: datetime | None = None, by_actor: bool = False,
) -> Report:
    """Puts somebody's report into a case; under the reference and of the instant that it has, where it came before. `by_actor`:
    the acting person wrote it for that account.

    Errors: text limits of `core.text.clean`.
    """
    report = Report(
        ref=ref or new_ref("R"), case_id=case.id, source=source, reporter_account_id=reporter_account_id, language=language,
        received_at=received_at or work.now, body=clean(body, field="happened"), sha256="",
    )
    report.sha256 = body_digest(report)
    add(work, report)
    rows: list[Row] = [report, *([wrote(work, report.ref)] if by_actor else [])]
    record(work, "report.received", report.ref, case_ref=case.ref, rows=rows, source=source)
    return report


def put_question(
    work: Work, case: Case, *, to_account_id: UUID, clause_version_id: UUID, question: str, answer_by: datetime, language: str
) -> Message:
    """Puts our question to the account of a case on record, under the clause it is about."""
    message = Message(
        ref=new_ref("Q"), case_id=case.id, kind=MessageKind.QUESTION, from_person_id=require_person(work.actor),
        to_account_id=to_account_id, clause_version_id=clause_version_id, language=language, sent_at=work.now,
        answer_by=answer_by, body=clean(question, field="question"), sha256="",
    )
    message.sha256 = body_digest(message)
    return add(work, message)


def put_word(work: Work, case: Case, *, to_account_id: UUID, body: str, language: str) -> Message:
    """Puts what a member of staff wrote to an account on record, beside what else was said in the case."""
    message = Message(
        ref=new_ref("Q"), case_id=case.id, kind=MessageKind.NOTE, from_person_id=require_person(work.actor),
        to_account_id=to_account_id, language=language, sent_at=work.now, body=body, sha256="",
    )
    message.sha256 = body_digest(message)
    return add(work, message)


def put_answer(work: Work, question: Message, *, account_id: UUID, body: str, language: str) -> Message:
    """Puts the account's answer to our question on record, once. Errors: `answered` when there is one already."""
    if work.db.scalar(select(Message.id).where(Message.answers_id == question.id)) is not None:
        raise Conflict("answered", "You have already answered this question. Your first answer is on record.")
    text = needed(body, "Write your answer.", field="answer")
    message = Message(
        ref=new_ref("Q"), case_id=question.case_id, kind=MessageKind.ANSWER, from_account_id=account_id,
        from_person_id=work.actor.person_id, answers_id=question.id, language=language, sent_at=work.now, body=text, sha256="",
    )
    message.sha256 = body_digest(message)
    return add(work, message)


def open_item(
    work: Work, case: Case, kind: str, subject_ref: str, due_at: datetime, *, stake: Money | None = None,
    language: str = "en", clause_id: UUID | None = None, waiting_on: str = "staff", flagged: bool = False,
) -> WorkItem:
    """Puts something that waits for a member of staff into the queue, marked where its rule protects people's safety."""
    about = clause_id or case.clause_id
    safety = case.safety or (about is not None and protects_safety(work.db, about))
    return add(work, WorkItem(
        case_id=case.id, kind=kind, subject_ref=subject_ref, due_at=due_at, language=language, clause_id=about, safety=safety,
        stake_minor=stake.amount_minor if stake else 0, stake_currency=stake.currency if stake else "USD",
        waiting_on=waiting_on, flagged=flagged,
    ))


def open_report(work: Work, case: Case, report: Report, due_at: datetime, *, clause_id: UUID | None = None) -> WorkItem:
    """Puts a report into the queue, in the language in which it was written."""
    return open_item(
        work, case, "report", report.ref, due_at, language=report.language, clause_id=clause_id,
        flagged=report.source == ReportSource.TRUSTED_FLAGGER,
    )


_WAITING = select(WorkItem).where(
    WorkItem.subject_ref == bindparam("subject_ref"), WorkItem.kind.in_(bindparam("kinds", expanding=True)),
    WorkItem.closed_at.is_(None),
).order_by(WorkItem.id).with_for_update()


def open_item_of(work: Work, subject_ref: str, kind: str) -> WorkItem | None:
    return work.db.scalars(_WAITING, {"subject_ref": subject_ref, "kinds": [kind]}).one_or_none()


def close_item(work: Work, subject_ref: str, kind: str, reason: str, *others: str) -> None:
    """Takes it out of the queue with the reason, and those of `others` kinds; nothing happens when it is not there."""
    for item in work.db.scalars(_WAITING, {"subject_ref": subject_ref, "kinds": [kind, *others]}):
        item.closed_at, item.close_reason, item.version = work.now, reason, item.version + 1
        _is_read(work, item)


def _is_read(work: Work, item: WorkItem) -> None:
    """Somebody has a report in hand, or it led to something: our promise to read it is kept."""
    if item.kind == "report":
        stop_clock(work, item.subject_ref, READING, ClockResult.KEPT)


def give_item(work: Work, item: WorkItem, person_id: UUID | None, stage: str = "taken") -> None:
    """Puts an item into somebody's hands, from now on or still since they got it; None: it is with nobody again."""
    since = item.assigned_at if item.assignee_id == person_id else work.now
    item.assignee_id, item.assigned_at, item.stage = person_id, since if person_id else None, stage
    item.version = (item.version or 1) + 1
    if person_id is not None:
        _is_read(work, item)


def take_item(work: Work, item: WorkItem) -> None:
    """Gives an item to the acting reviewer. Errors: `taken` when somebody else has it."""
    person_id = require_person(work.actor)
    if item.assignee_id not in (None, person_id):
        raise Conflict("taken", TAKEN)
    if item.assignee_id is None:
        give_item(work, item, person_id)


def end_question_clock(work: Work, question: Message) -> None:
    stop_clock(work, question.ref, "question", ClockResult.KEPT)
