"""A bank chargeback at the desk: what the bank would be told, from the record, before it is sent with one press."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, g, redirect, render_template, request

from portal.contracts.ties import is_conflicted
from portal.core.access import Permission, may
from portal.core.errors import Conflict, NotAllowed
from portal.core.money import Money
from portal.disputes.chargeback_queries import ChargebackView, answer_due, chargeback_view
from portal.disputes.chargebacks import contest_chargeback
from portal.disputes.dossier import dossier_as_sent
from portal.web.desk.reach import require_reach
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.errors import message_of
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    here = "/desk/chargebacks/<ref>"
    blueprint.add_url_rule(here, "chargeback", allow(Permission.READ_DESK)(show))
    blueprint.add_url_rule(f"{here}/contest", "contest_chargeback", allow(Permission.DECIDE)(contest), methods=["POST"])


def show(ref: str) -> str:
    """The money, the stages, and what is or would be sent."""
    return _page(_reached(ref), [])


def contest(ref: str) -> Any:
    """Sends the bank what is on record; both sides can read it from then on."""
    _reached(ref)
    try:
        perform(contest_chargeback, chargeback_ref=ref, words_read=request.form.get("words", type=int))
    except (Conflict, NotAllowed) as error:
        g.db.rollback()  # this request began to read before that
        return _page(_reached(ref), [("", message_of(error))]), error.status
    return redirect(f"/desk/chargebacks/{ref}", 303)


def _reached(ref: str) -> ChargebackView:
    """Errors: `NotFound`, `OutOfReach`."""
    view = chargeback_view(g.db, ref, guard.actor())
    require_reach(view.case_ref, ref if "contested" not in view.stages and view.open else "")
    return view


def _page(view: ChargebackView, errors: list[tuple[str, str]]) -> str:
    free = may(guard.actor(), Permission.DECIDE) and not is_conflicted(g.db, guard.person().id, view.row.case_id)
    return render_template(
        "desk/chargeback.html", current="queue", view=view, errors=errors,
        sent=view.sent or dossier_as_sent(g.db, view.row),
        due=answer_due(g.db, view.row.ref), can=free and view.open and "contested" not in view.stages,
        money=lambda minor: lang().money(Money(minor, view.row.currency)),
        instant=lambda text: lang().instant(datetime.fromisoformat(text), reader_zone()),
    )
