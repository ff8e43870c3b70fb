"""What a reviewer does beside deciding a dispute: asking the client, and having somebody look at how often they dispute."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect

from portal.core.access import Permission
from portal.disputes.misuse import note_misuse
from portal.disputes.operations import ask_client
from portal.web.desk.dispute_forms import ClientQuestionForm
from portal.web.desk.disputes import REFUSED, form_of, read_page, render, step
from portal.web.shell.acting import perform
from portal.web.shell.errors import message_of
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    work, here = allow(Permission.WORK_CASE), "/desk/disputes/<ref>"
    blueprint.add_url_rule(f"{here}/ask", "ask_client", work(ask), methods=["POST"])
    blueprint.add_url_rule(f"{here}/often", "note_misuse", work(often), methods=["POST"])


def ask(ref: str) -> Any:
    """Asks the client; while we wait, nothing is decided."""
    form = ClientQuestionForm.sent()
    return step(ref, form, ask_client, {"question": form.question.data}, asking=form)


def often(ref: str) -> Any:
    """Puts the client's disputes before the desk as a case of their own, with the four facts; nothing follows by itself."""
    try:
        perform(note_misuse, dispute_ref=ref)
    except REFUSED as error:
        page = read_page(ref)
        return render(page, form_of(page, None), [("", message_of(error))]), error.status
    return redirect(f"/desk/disputes/{ref}#often", 303)
