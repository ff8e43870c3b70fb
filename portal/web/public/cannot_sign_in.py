"""For people who cannot sign in: a link to the address on file, and whom to write to where that is gone too."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from portal.accounts.throttles import ask_for_link
from portal.core.errors import RuleBroken
from portal.notices.links import MOST
from portal.web.public.signing_in import source_of_request
from portal.web.shell.acting import perform
from portal.web.shell.errors import message_of
from portal.web.shell.guard import VISITOR, open_to_all

HERE = "/sign-in/help"


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule(HERE, "cannot_sign_in", open_to_all(show))
    blueprint.add_url_rule(HERE, "ask_for_link", open_to_all(send), methods=["POST"])


def show() -> str:
    return _page()


def send() -> Any:
    """Notes the wish; the answer is the same whether or not the address is on file."""
    email = request.form.get("email", "")[:320]
    try:
        perform(ask_for_link, actor=VISITOR, email=email, source=source_of_request())
    except RuleBroken as error:
        return _page(email=email, errors=[("email", message_of(error))]), error.status
    return _page(sent=True, most=MOST)


def _page(**shown: Any) -> str:
    return render_template("public/cannot_sign_in.html", current="sign-in", **{"errors": [], "email": "", "sent": False} | shown)
