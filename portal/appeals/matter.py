"""What an appeal and a request to come back have in common: it waits for our answer, and somebody who had no part gives it.

Both rows have an account, a person, a state, a version and the day by which we answer, and say what their clocks are called.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.accounts.queries import person_by_id
from portal.appeals import reinstatements
from portal.appeals.models import COMPLAINTS, LIVE, WITHHELD, Appeal, AppealState
from portal.appeals.own import Matter
from portal.appeals.queries import had_a_part, zone_of
from portal.appeals.reinstatement_models import ITEM
from portal.appeals.rules import MOST_TEXT, after_waiting
from portal.cases.clocks import start_clock, stop_clock
from portal.cases.models import Case, Clock, ClockResult, WorkItem
from portal.cases.operations import give_item, open_item_of
from portal.core.access import require_lead, require_person
from portal.core.clock import deadline
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import N_
from portal.core.text import needed, written_reason
from portal.core.work import Work
from portal.enforcement.desk import require_free
from portal.rulebook.queries import promise

MOST_DAYS = 30
GONE = N_("This does not wait for an answer any more. Reload the page to see what happened.")
OWN = {
    "appeal": N_("You had a part in this decision. You can overturn it in full, and do nothing else with this appeal."),
    COMPLAINTS: N_("You closed this case yourself. You can open it again, and do nothing else with this complaint."),
    WITHHELD: N_("You had a part in this decision. You can show what it withholds, and do nothing else here."),
    ITEM: N_(
        "You had a part in this termination, or said no before. You can let the person come back, and do nothing else here."
    ),
}
"""What whoever had a part before reads, by the kind of work item."""


def part_in(session: Session, sent: Matter) -> set[UUID]:
    """Who can give the person everything and do nothing else with it. Source: DESIGN 2.8."""
    return had_a_part(session, sent) if isinstance(sent, Appeal) else reinstatements.had_a_part(session, sent)


def require_live(sent: Matter, version: int) -> None:
    """Errors: `decided` when it waits for nothing any more, `stale` when somebody changed it meanwhile."""
    if sent.state not in LIVE:
        raise Conflict("decided", GONE)
    if sent.version != version:
        raise Conflict("stale", N_("Somebody has changed this meanwhile. Reload the page; what you typed is kept."))


def require_open(sent: Matter) -> None:
    """Errors: `closed` for the person, when it does not wait for an answer any more."""
    if sent.state not in LIVE:
        raise Conflict("closed", GONE)


def require_reviewer(work: Work, sent: Matter, case: Case) -> tuple[UUID, bool]:
    """The acting reviewer, and whether they had a part before. Whom it was not drawn for decides nothing.

    Errors: `conflicted`, `with_somebody_else`.
    """
    person_id, item = require_free(work, case), open_item_of(work, sent.ref, sent.item_kind)
    first = person_id in part_in(work.db, sent)
    if not first and item is not None and item.assignee_id not in (None, person_id):
        message = N_("This was given to somebody else at random. A lead can give it away again.")
        raise NotAllowed("with_somebody_else", message)
    return person_id, first


def by_somebody_else(work: Work, sent: Matter, case: Case, version: int) -> tuple[UUID, WorkItem | None]:
    """The reviewer, who had no part before, of something that waits; what is with nobody becomes theirs.

    Errors: `own_decision`, those of `require_reviewer`, then those of `require_live`.
    """
    person_id, first = require_reviewer(work, sent, case)
    require_live(sent, version)
    if first:
        raise NotAllowed("own_decision", OWN[sent.item_kind])
    item = open_item_of(work, sent.ref, sent.item_kind)
    if item is not None and item.assignee_id is None:
        give_item(work, item, person_id, item.stage)
        stop_clock(work, sent.ref, "eligible_reviewer", ClockResult.KEPT)
    return person_id, item


def begin(work: Work, sent: Matter, case: Case, version: int) -> bool:
    """The reviewer begins to read; whether that is new. Errors: those of `by_somebody_else`."""
    _person, item = by_somebody_else(work, sent, case, version)
    new = sent.state == AppealState.FILED
    if new:
        sent.state, sent.version = AppealState.IN_REVIEW, sent.version + 1
        if item is not None:
            item.stage, item.version = "taken", item.version + 1
    return new


def ask(work: Work, sent: Matter, case: Case, version: int, question: str, days: int) -> tuple[str, datetime, str]:
    """What we ask the person, until when, and in which language. Our own time to answer stands still meanwhile, visibly.

    Errors: `waiting` while an earlier question waits, `empty`, `answer_time` (below our promise or above 30 days), those of
    `by_somebody_else`. Source: DESIGN section 4, clocks.
    """
    person_id, _item = by_somebody_else(work, sent, case, version)
    if sent.state == AppealState.WAITING:
        raise Conflict("waiting", N_("A question of ours still waits for its answer here."))
    text, least = needed(question, N_("Write your question."), field="question"), promise(work, "question_answer")
    if not isinstance(days, int) or not least.length <= days <= MOST_DAYS:
        message = N_("Give the person between %(least)s and %(most)s days to answer.")
        raise RuleBroken("answer_time", message, field="days", least=least.length, most=MOST_DAYS)
    zone = zone_of(work.db, sent.account_id)
    until = deadline(work.now, days, "days", zone, work.country)
    _stand_still(work, sent, until)
    start_clock(
        work, sent.question_clock, sent.ref, case=case, length=days, unit="days", zone=zone, due_at=until,
        promise_id=least.clause_version_id,
    )
    return text, until, person_by_id(work.db, person_id).language


def hear(work: Work, sent: Matter, body: str) -> tuple[str, Person]:
    """What the person adds, and who they are; it is also the answer to a question of ours. Errors: `closed`, `body_missing`,
    text limits."""
    require_open(sent)
    text = needed(body, N_("Write what you want to add."), code="body_missing", limit=MOST_TEXT, field="body")
    if sent.state == AppealState.WAITING:
        stop_clock(work, sent.ref, sent.question_clock, ClockResult.KEPT)
        go_on(work, sent, work.now, "answered")
    sent.version += 1
    return text, person_by_id(work.db, require_person(work.actor))


def to_draw(work: Work, sent: Matter, case: Case, version: int, reason: str) -> tuple[str, WorkItem]:
    """Why a lead gives it away again, and what somebody else is drawn for.

    Errors: `not_lead`, `conflicted`, `own_decision` for a lead who had a part, `reason_missing`, `decided`, `stale`.
    """
    require_lead(work.actor)
    person_id = require_free(work, case)
    require_live(sent, version)
    if person_id in part_in(work.db, sent):
        raise NotAllowed("own_decision", OWN[sent.item_kind])
    text, item = written_reason(reason, "draw_reason"), open_item_of(work, sent.ref, sent.item_kind)
    if item is None:
        raise Conflict("decided", GONE)
    return text, item


def _stand_still(work: Work, sent: Matter, until: datetime) -> None:
    """We wait for the person: our own clock stands still."""
    sent.state, sent.waiting_until, sent.version = AppealState.WAITING, until, sent.version + 1
    clock, item = answer_clock(work, sent), open_item_of(work, sent.ref, sent.item_kind)
    if clock is not None:
        clock.paused_at = work.now
    if item is not None:
        item.waiting_on, item.stage, item.version = "person", "waiting", item.version + 1


def go_on(work: Work, sent: Matter, at: datetime, stage: str) -> None:
    """The person answered, or their time to answer is over: our clock goes on, later by the time that we waited."""
    sent.state, sent.waiting_until, sent.version = AppealState.IN_REVIEW, None, sent.version + 1
    clock, item = answer_clock(work, sent), open_item_of(work, sent.ref, sent.item_kind)
    if clock is not None and clock.paused_at is not None:
        clock.due_at = after_waiting(clock.due_at, clock.paused_at, at, clock.zone, clock.unit)
        clock.paused_at, sent.answer_by = None, clock.due_at
    if item is not None:
        item.waiting_on, item.stage, item.version = "staff", stage, item.version + 1
        item.due_at = sent.answer_by or item.due_at


def answer_clock(work: Work, sent: Matter) -> Clock | None:
    """The running clock of our promise to answer: the usual one, or the lead's after it under a safety rule."""
    return work.db.scalars(
        select(Clock).where(
            Clock.subject_ref == sent.ref, Clock.kind.in_(sent.answer_clocks), Clock.ended_at.is_(None)
        ).with_for_update()
    ).one_or_none()
