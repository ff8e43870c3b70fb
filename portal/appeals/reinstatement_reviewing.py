"""The reviewer's side of a request to come back before the decision: begin, ask the person, draw again."""

from __future__ import annotations

from typing import Any

from portal.appeals.filing import notify
from portal.appeals.matter import ask, begin, to_draw
from portal.appeals.reinstatement_desk import draw, locked_request, say
from portal.appeals.reinstatement_messages import asked_text
from portal.appeals.reinstatement_models import ReinstatementWord
from portal.core.access import Permission
from portal.core.ids import new_id
from portal.core.work import Work
from portal.log.operations import record


def begin_request(work: Work, *, reinstatement_ref: str, version: int) -> dict[str, Any]:
    """The reviewer begins to read; the person sees that. Errors: those of `begin`."""
    work.require(Permission.WORK_CASE)
    request, case = locked_request(work, reinstatement_ref)
    if begin(work, request, case, version):
        record(work, "reinstatement.begun", request.ref, case_ref=case.ref)
    return {"reinstatement": request.ref}


def ask_requester(work: Work, *, reinstatement_ref: str, version: int, question: str, days: int) -> dict[str, Any]:
    """Asks the person something. Errors: those of `ask`."""
    work.require(Permission.WORK_CASE)
    request, case = locked_request(work, reinstatement_ref)
    text, until, spoken = ask(work, request, case, version, question, days)
    message_row = say(work, request, ReinstatementWord.ASKED, text, spoken)
    event_id = new_id()
    told = notify(work, request, case, event_id, "reinstatement_question", asked_text(request.ref, text, until))
    record(work, "reinstatement.asked", request.ref, case_ref=case.ref, event_id=event_id, rows=[message_row, *told])
    return {"reinstatement": request.ref, "until": until}


def draw_request_again(work: Work, *, reinstatement_ref: str, version: int, reason: str) -> dict[str, Any]:
    """A lead gives a request away again: to somebody else who may answer it, at random; why is kept in the event.

    Errors: those of `to_draw`.
    """
    work.require(Permission.WORK_CASE)
    request, case = locked_request(work, reinstatement_ref)
    text, item = to_draw(work, request, case, version, reason)
    found = draw(work, request, item, besides=item.assignee_id)
    request.version += 1
    record(work, "reinstatement.drawn", request.ref, case_ref=case.ref, reason=text)
    return {"reinstatement": request.ref, "found": found}
