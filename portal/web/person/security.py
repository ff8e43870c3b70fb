"""Signing in: whether there is a second factor, and the browsers that are signed in, each of which can be signed out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template

from portal.accounts.operations import HANDOVER, end_session
from portal.accounts.queries import live_factor
from portal.core.access import Permission
from portal.enforcement.looking import my_sessions
from portal.web.person.inbox import key_of
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    own = allow(Permission.MANAGE_SECURITY)
    blueprint.add_url_rule("/me/security", "security", own(show))
    blueprint.add_url_rule("/me/security/sessions/<key>/end", "end_other_session", own(end), methods=["POST"])


def show() -> str:
    person = guard.person()
    here = guard.session_id()
    listed = [one for one in my_sessions(g.db, person.id, g.now) if one.id == here or one.expires_at > g.now + HANDOVER]
    return render_template(
        "person/security.html", current="me", person=person, factor=live_factor(g.db, person.id), here=here, sessions=listed
    )


def end(key: str) -> Any:
    """Signs one browser out; from then on its cookie is worth nothing."""
    perform(end_session, session_id=key_of(key))
    return redirect("/me/security", 303)
