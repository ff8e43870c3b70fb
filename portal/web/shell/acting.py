"""From a form to one operation: `perform` carries it out once for each form, with the request's actor."""

from __future__ import annotations

from typing import Any

from flask import g, request

from portal.act import act
from portal.core.access import Actor
from portal.core.ids import new_token
from portal.core.work import Operation
from portal.web.shell import guard


def form_key() -> str:
    """A fresh key for a form: the same form sent four times is one act."""
    return new_token()[:40]


def this_form() -> str:
    """The key of the form of this request; a form without one gets a key for this request."""
    if "form_key" not in g:
        g.form_key = (request.form.get("form_key") or form_key())[:80]
    found: str = g.form_key
    return found


def perform(operation: Operation, *, actor: Actor | None = None, **args: Any) -> dict[str, Any]:
    """Carries the operation out through `act`, once for this form's key. Errors: those of the operation."""
    return act(guard.office(), operation, actor or guard.actor(), f"{operation.__name__}:{this_form()}"[:80], **args)
