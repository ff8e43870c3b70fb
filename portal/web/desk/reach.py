"""Who reads a case at the desk: whoever has it in their hands; the others learn who has it and what they can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, g, render_template, request

from portal.appeals.queries import appeal_by_ref
from portal.appeals.reinstatements import reinstatement_by_ref
from portal.cases.hands import OutOfReach, open_items, require_reader
from portal.cases.models import Case, WorkItem
from portal.cases.queries import find_case
from portal.core.access import Permission, may
from portal.core.errors import NotFound
from portal.enforcement.evidence import why_not_taken
from portal.web.desk import words
from portal.web.desk.queue import work_page
from portal.web.shell import guard
from portal.web.shell.context import lang, reader_zone

HIDDEN = {"csrf_token", "form_key", "version", "go", "item"}
WITH_NOBODY, TIED = "with_nobody", "conflicted"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was asked for, as the queue shows it: what it is, until when, and the form that takes it ("" where none does)."""

    what: str
    due: str
    tone: str
    take: str
    fields: dict[str, str]


def add_routes(blueprint: Blueprint) -> None:
    blueprint.register_error_handler(OutOfReach, show)


def require_reach(case_ref: str, subject_ref: str = "") -> None:
    """Errors: `NotFound`, `OutOfReach` for whom this case, or what of it they asked for, is not to read."""
    require_reader(g.db, guard.actor(), case_ref, subject_ref)


def require_workable(case_ref: str, subject_ref: str = "") -> None:
    """For what shows nothing that was said in the case: also for whoever could take it. Errors: as `require_reach`."""
    try:
        require_reach(case_ref, subject_ref)
    except OutOfReach as error:
        if error.code != WITH_NOBODY:
            raise


def show(error: OutOfReach) -> Any:
    """Who has it and since when, or how to take it; what was typed stands below, so that nothing is lost.

    Who is tied to an account of the case does not even learn that there is one.
    """
    if error.code == TIED:
        return current_app.handle_user_exception(NotFound())
    case = find_case(g.db, error.case_ref)
    typed = [value for name, value in request.form.items(multi=True) if name not in HIDDEN and len(value.split()) > 1]
    return render_template(
        "desk/elsewhere.html", current="queue", case=case, error=error,
        since=lang().instant(error.holder.since, reader_zone()) if error.holder and error.holder.since else "",
        waiting=_waiting(case, error), typed=typed, errors=[],
    ), error.status


def _waiting(case: Case, error: OutOfReach) -> Waiting | None:
    """What of the case was asked for, or what of it waits first."""
    items = open_items(g.db, case.id)
    named = [item for item in items if item.subject_ref == error.subject_ref] if error.subject_ref else items
    item = next((one for one in named if one.assignee_id is None), None) or next(iter(named), None)
    if item is None:
        return None
    due, tone = words.due(lang(), item.due_at, g.now, reader_zone())
    take, fields = _taking(case, item) if error.code == WITH_NOBODY else ("", {})
    return Waiting(words.word(words.KINDS, item.kind), due, tone, take, fields)


def _taking(case: Case, item: WorkItem) -> tuple[str, dict[str, Any]]:
    """The form that puts it into this reviewer's hands; an appeal, a request to come back or a second reading has its own."""
    if not may(guard.actor(), Permission.WORK_CASE) or item.assignee_id is not None:
        return "", {}
    if item.kind == "appeal":
        return f"/desk/appeals/{item.subject_ref}/begin", {"version": str(appeal_by_ref(g.db, item.subject_ref).version)}
    if item.kind in ("complaint", "withheld", "reinstatement"):
        found = reinstatement_by_ref if item.kind == "reinstatement" else appeal_by_ref
        version = str(found(g.db, item.subject_ref).version)
        return f"{work_page(item.kind, item.subject_ref, case.ref)}/begin", {"version": version}
    if item.kind == "dispute" and item.stage == "proposed":
        return f"/desk/disputes/{item.subject_ref}/take", {"version": str(item.version)}
    if why_not_taken(g.db, item, guard.person().id) is not None:
        return "", {}
    back = work_page(item.kind, item.subject_ref, case.ref)
    return f"/desk/cases/{case.ref}/take", {"item": str(item.id), "version": str(item.version), "go": back}
