"""Keeping what somebody types: the address to which a form's draft is saved, and reading it back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request
from wtforms.validators import ValidationError

from portal.act import act
from portal.cases.drafts import forget_draft, keep_draft
from portal.cases.queries import draft_of
from portal.core.access import Permission
from portal.core.errors import NotFound, RuleBroken
from portal.web.shell import guard
from portal.web.shell.acting import form_key
from portal.web.shell.forms import PortalForm, Storable
from portal.web.shell.guard import allow

FORMS = frozenset({"answer", "dispute", "dispute_answer", "report", "appeal_more"})
OURS = frozenset({"csrf_token", "form_key", "step", "keep"})


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


def pressed() -> bool:
    """Whether this form came by its button "Keep the draft", which is there for those who have no scripts."""
    return "keep" in request.form


def keep_typed(form: PortalForm, name: str, subject: str) -> int:
    """Keeps what was typed, by the button; the page says so. Returns its status: what cannot be kept is said at its field."""
    if unkeepable(form):
        return 422
    try:
        store(name, subject, typed())
    except RuleBroken as error:
        form.refuse(error)
        return error.status
    g.draft_kept = True
    return 200


def unkeepable(form: PortalForm) -> bool:
    """Whether a field holds what cannot be stored; says so there. A draft may lack anything else."""
    for field in form:
        for check in field.validators:
            if isinstance(check, Storable):
                try:
                    check(form, field)
                except ValidationError as error:
                    field.errors = [*field.errors, str(error)]
    return bool(form.summary)


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
