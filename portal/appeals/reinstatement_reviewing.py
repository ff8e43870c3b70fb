"""The reviewer's side of a request to come back before the decision: begin, ask the person, draw again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from portal.accounts.queries import person_by_id
from portal.appeals.queries import zone_of
from portal.appeals.reinstatement_desk import QUESTION, draw, locked_request, notify, require_live, say, stand_still
from portal.appeals.reinstatement_messages import asked_text
from portal.appeals.reinstatement_models import Reinstatement, ReinstatementState, ReinstatementWord
from portal.appeals.reinstatements import ITEM, had_a_part
from portal.appeals.reviewing import MOST_DAYS
from portal.cases.clocks import start_clock
from portal.cases.models import Case, WorkItem
from portal.cases.operations import give_item, open_item_of
from portal.core.access import Permission, Role
from portal.core.clock import deadline
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import clean
from portal.core.work import Work
from portal.enforcement.desk import require_free
from portal.log.operations import record
from portal.rulebook.queries import promise

OWN = N_("You had a part in this termination, or said no before. You can let the person come back, and do nothing else here.")


def require_reviewer(work: Work, request: Reinstatement, case: Case) -> tuple[UUID, bool]:
    """The acting reviewer, and whether they had a part before. Errors: `conflicted`, `with_somebody_else`."""
    person_id, item = require_free(work, case), open_item_of(work, request.ref, ITEM)
    first = person_id in had_a_part(work.db, request)
    if not first and item is not None and item.assignee_id not in (None, person_id):
        message = N_("This request was given to somebody else at random. A lead can give it away again.")
        raise NotAllowed("with_somebody_else", message)
    return person_id, first


def _by_somebody_else(work: Work, request: Reinstatement, case: Case, version: int) -> tuple[UUID, WorkItem | None]:
    """The reviewer, who had no part before, of a request that waits; one with nobody becomes theirs.

    Errors: `own_decision`, those of `require_reviewer`, then those of `require_live`.
    """
    person_id, first = require_reviewer(work, request, case)
    require_live(request, version)
    if first:
        raise NotAllowed("own_decision", OWN)
    item = open_item_of(work, request.ref, ITEM)
    if item is not None and item.assignee_id is None:
        give_item(work, item, person_id, item.stage)
    return person_id, item


def begin_request(work: Work, *, reinstatement_ref: str, version: int) -> dict[str, Any]:
    """The reviewer begins to read; the person sees that. Errors: `decided`, `stale`, `own_decision`, `with_somebody_else`."""
    work.require(Permission.WORK_CASE)
    request, case = locked_request(work, reinstatement_ref)
    _person, item = _by_somebody_else(work, request, case, version)
    if request.state == ReinstatementState.FILED:
        request.state, request.version = ReinstatementState.IN_REVIEW, request.version + 1
        if item is not None:
            item.stage, item.version = "taken", item.version + 1
        record(work, "reinstatement.begun", request.ref, case_ref=case.ref)
    return {"reinstatement": request.ref}


def ask_requester(work: Work, *, reinstatement_ref: str, version: int, question: str, days: int) -> dict[str, Any]:
    """Asks the person something. Our own time to answer stands still until they answer, visibly.

    Errors: `waiting` while an earlier question waits, `empty`, `answer_time` (below our promise or above 30 days), those of
    `begin_request`. Source: DESIGN section 4, clocks.
    """
    work.require(Permission.WORK_CASE)
    request, case = locked_request(work, reinstatement_ref)
    person_id, _item = _by_somebody_else(work, request, case, version)
    if request.state == ReinstatementState.WAITING:
        raise Conflict("waiting", N_("A question of ours still waits for its answer here."))
    text, least = clean(question, field="question"), promise(work, "question_answer")
    if not text:
        raise RuleBroken("empty", N_("Write your question."), field="question")
    if not isinstance(days, int) or not least.length <= days <= MOST_DAYS:
        message = N_("Give the person between %(least)s and %(most)s days to answer.")
        raise RuleBroken("answer_time", message, field="days", least=least.length, most=MOST_DAYS)
    zone = zone_of(work.db, request.account_id)
    until = deadline(work.now, days, "days", zone, work.country)
    message_row = say(work, request, ReinstatementWord.ASKED, text, person_by_id(work.db, person_id).language)
    stand_still(work, request, until)
    start_clock(
        work, QUESTION, request.ref, case=case, length=days, unit="days", zone=zone, due_at=until,
        promise_id=least.clause_version_id,
    )
    event_id = new_id()
    told = notify(work, request, case, event_id, "reinstatement_question", asked_text(request.ref, text, until))
    record(work, "reinstatement.asked", request.ref, case_ref=case.ref, event_id=event_id, rows=[message_row, *told])
    return {"reinstatement": request.ref, "until": until}


def draw_request_again(work: Work, *, reinstatement_ref: str, version: int, reason: str) -> dict[str, Any]:
    """A lead gives a request away again: to somebody else who may answer it, at random; why is kept in the event.

    Errors: `not_lead`, `conflicted`, `own_decision` for a lead who had a part, `reason_missing`, `decided`, `stale`.
    """
    work.require(Permission.WORK_CASE)
    request, case = locked_request(work, reinstatement_ref)
    if Role.LEAD not in work.actor.roles:
        raise NotAllowed("not_lead", N_("Only a lead can give this to somebody else."))
    person_id = require_free(work, case)
    require_live(request, version)
    if person_id in had_a_part(work.db, request):
        raise NotAllowed("own_decision", OWN)
    text, item = clean(reason, field="draw_reason"), open_item_of(work, request.ref, ITEM)
    if not text:
        raise RuleBroken("reason_missing", N_("Say in writing why."), field="draw_reason")
    found = item is not None and draw(work, request, item, besides=item.assignee_id)
    request.version += 1
    record(work, "reinstatement.drawn", request.ref, case_ref=case.ref, reason=text)
    return {"reinstatement": request.ref, "found": found}
