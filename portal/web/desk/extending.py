"""Making a hold of ours longer: what everybody would read before it is proposed, and the second person's part."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, g, redirect, render_template, request

from portal.accounts.queries import handle_of
from portal.cases.models import Case
from portal.core.access import Permission, may
from portal.core.clock import local_day
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.enforcement.extending import (
    Extendable,
    can_extend,
    extension_by_ref,
    longer_until,
    preview_extension,
    waiting_extension,
)
from portal.enforcement.models import Action
from portal.enforcement.operations import propose_extension, return_extension, sign_extension
from portal.ledger.extension_models import HoldExtension
from portal.rulebook.queries import promises
from portal.web.desk.ending import EndingForm, about, look_first, reached, sent
from portal.web.desk.forms import SigningForm
from portal.web.desk.queue import kept_place
from portal.web.desk.reach import require_reach
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.guard import allow

REFUSED = (RuleBroken, Conflict, NotAllowed)


def add_routes(blueprint: Blueprint) -> None:
    decide = allow(Permission.DECIDE)
    blueprint.add_url_rule("/desk/actions/<ref>/extend", "extend", decide(extend), methods=["GET", "POST"])
    blueprint.add_url_rule("/desk/extensions/<ref>", "extension", allow(Permission.READ_DESK)(extension))
    blueprint.add_url_rule("/desk/extensions/<ref>", "sign_extension", decide(sign), methods=["POST"])


def offered(action: Action) -> dict[str, Any]:
    """What the page of a decision shows of it: the longer hold that waits, or whether one can be proposed."""
    found = can_extend(g.db, action, g.now)
    waiting = waiting_extension(g.db, found.hold) if found is not None else None
    return {"extendable": found is not None and waiting is None, "extension": waiting}


def extend(ref: str) -> Any:
    """The form; what everybody would read once a reason is written; or the proposal. Errors: `NotFound`, `OutOfReach`."""
    return look_first(reached(ref), sent(EndingForm), _show, propose_extension, dict)


def _show(action: Action, form: EndingForm, status: int) -> tuple[str, int]:
    found = can_extend(g.db, action, g.now)
    waits = waiting_extension(g.db, found.hold) if found else None
    until = longer_until(g.db, action, found.hold, promises(g.db, local_day(g.now, "UTC"))["hold_extension"]) if found else None
    reason = form.reason.data if not form.reason.errors else ""
    return render_template(
        "desk/extend.html", form=form, errors=form.summary, waits=waits, until=until, found=found, possible=found and not waits,
        seen=_ahead(action, found, until, reason or "") if reason and not waits else None, **about(action),
    ), status


def _ahead(action: Action, found: Extendable | None, until: datetime | None, reason: str) -> Any:
    return preview_extension(g.db, action, found, until, reason, g.now) if found and until else None


def extension(ref: str) -> Any:
    """A longer hold that waits for a second person, with what everybody will read. Errors: `NotFound`, `OutOfReach`."""
    row, action = extension_by_ref(g.db, ref)
    require_reach(g.db.get_one(Case, action.case_id).ref, ref)
    return _waiting(row, action, SigningForm(), 200)


def _waiting(row: HoldExtension, action: Action, form: SigningForm, status: int) -> tuple[str, int]:
    found = can_extend(g.db, action, g.now)
    can = row.ended_at is None and found is not None and found.hold.id == row.hold_id
    return render_template(
        "desk/extension.html", form=form, errors=form.summary, row=row, by=handle_of(g.db, row.proposed_by),
        own=row.proposed_by == guard.person().id, can=can and may(guard.actor(), Permission.DECIDE), waits=can,
        ahead=_ahead(action, found, row.until, row.reason or "") if can else None, found=found, **about(action),
    ), status


def sign(ref: str) -> Any:
    """Signs a longer hold or does not, each with a written reason. Errors: `NotFound`, `OutOfReach`."""
    (row, action), form = extension_by_ref(g.db, ref), SigningForm.sent()
    require_reach(g.db.get_one(Case, action.case_id).ref, ref)
    if not form.validate():
        return _waiting(row, action, form, 422)
    operation = sign_extension if request.form.get("go") == "sign" else return_extension
    try:
        perform(operation, action_ref=action.ref, extension_ref=row.ref, reason=form.reason.data)
    except REFUSED as error:
        form.refuse(error)
        return _waiting(row, action, form, error.status)
    return redirect(f"/desk/actions/{action.ref}" if operation is sign_extension else kept_place().address, 303)
