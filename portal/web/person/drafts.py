"""Keeping what somebody types: the address to which a form's draft is saved, and reading it back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from portal.act import act
from portal.cases.drafts import forget_draft, keep_draft
from portal.cases.queries import draft_of
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.web.shell import guard
from portal.web.shell.acting import form_key
from portal.web.shell.guard import allow

FORMS = frozenset({"answer", "dispute", "dispute_answer", "report"})
OURS = frozenset({"csrf_token", "form_key", "step"})


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule(
        "/drafts/<form>/<subject>", view_func=allow(Permission.ANSWER_IN_CASE)(keep), methods=["POST"]
    )


def keep(form: str, subject: str) -> tuple[str, int]:
    """Keeps what is typed so far; the answer has no page, only whether it was kept."""
    if form not in FORMS:
        raise NotFound
    store(form, subject, typed())
    return "", 204


def typed() -> dict[str, str]:
    """What this request's form carries, without the marks of the form itself."""
    return {name: value for name, value in request.form.items() if name not in OURS}


def store(form: str, subject: str, fields: dict[str, str]) -> None:
    """Saves a draft under a key of its own: the same form saves many times."""
    act(
        guard.office(), keep_draft, guard.actor(), f"keep_draft:{form_key()}"[:80], form=form, subject=subject, fields=fields
    )


def forget(form: str, subject: str) -> None:
    act(guard.office(), forget_draft, guard.actor(), f"forget_draft:{form_key()}"[:80], form=form, subject=subject)


def kept(form: str, subject: str) -> dict[str, Any]:
    """What the signed-in person has typed into that form before, or nothing."""
    return draft_of(g.db, guard.person().id, form, subject) or {}
