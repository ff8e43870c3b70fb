"""Keeping what somebody types: the address to which a form's draft is saved, and reading it back.

A form says with which version of its draft it began. What was typed in another window since is never overwritten unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, request
from wtforms.validators import ValidationError

from portal.act import act
from portal.cases.drafts import forget_draft, keep_draft
from portal.core.access import Permission
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.web.person.scope import by_link
from portal.web.shell import guard
from portal.web.shell.acting import form_key
from portal.web.shell.drafts import VERSION, answered, kept_elsewhere, mark, save, show_other
from portal.web.shell.drafts import kept as kept_before
from portal.web.shell.forms import PortalForm, Storable
from portal.web.shell.guard import allow

__all__ = [
    "answered", "forget", "keep_typed", "kept", "mark", "of_page", "pressed", "save", "show_both", "store", "typed", "unkeepable",
]
FORMS = frozenset({
    "answer", "dispute", "dispute_answer", "report",
    "report_somebody", "complaint", "withheld", "appeal_more", "settlement", "need", "pause",
    "reinstatement", "reinstatement_more", "reopening", "bank_words",
})
OURS = frozenset({"csrf_token", "form_key", "step", "keep", VERSION})
Of = Callable[[str], object]
OF_PAGES: dict[str, Of] = {}
"""For each form that a link's session can reach: what refuses a subject that this session may not see."""


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule(
        "/drafts/<form>/<subject>", view_func=allow(Permission.ANSWER_IN_CASE)(keep), methods=["POST"]
    )


def of_page(form: str, find: Of) -> None:
    """Names what a page looks its subject up with, so that a link's session keeps drafts of its own case only."""
    OF_PAGES[form] = find


def keep(form: str, subject: str) -> tuple[dict[str, Any], int]:
    """Keeps what is typed so far; the answer has no page: the version that it is now, or what was kept elsewhere."""
    if form not in FORMS or (by_link() and form not in OF_PAGES):
        raise NotFound
    if by_link():
        OF_PAGES[form](subject)
    return answered(form, subject, lambda: store(form, subject, typed()))


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
    except Conflict as error:
        show_both(form, name, subject)
        return error.status
    g.draft_kept = True
    return 200


def show_both(form: PortalForm, name: str, subject: str, address: str = "") -> None:
    """The page shows what was kept elsewhere beside what was typed; keeping again puts that in its place."""
    fields, version = kept_elsewhere(name, subject)
    show_other(form, fields, address or f"/drafts/{name}/{subject}", version)


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


def store(form: str, subject: str, fields: dict[str, str]) -> int:
    """Saves a draft; its version now. Errors: those of `keep_draft`."""
    return save(keep_draft, f"/drafts/{form}/{subject}", form=form, subject=subject, fields=fields)


def forget(form: str, subject: str) -> None:
    act(guard.office(), forget_draft, guard.actor(), f"forget_draft:{form_key()}"[:80], form=form, subject=subject)


def kept(form: str, subject: str) -> dict[str, Any]:
    """What the signed-in person has typed into that form before, or nothing."""
    return kept_before(form, subject, f"/drafts/{form}/{subject}") or {}
