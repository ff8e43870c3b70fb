"""From a form to one operation and back: what the operation refuses is shown at its field, with everything typed kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wtforms import StringField

from portal.core.errors import Conflict, RuleBroken
from portal.core.money import Money
from portal.core.work import Operation
from portal.web.shell.acting import perform
from portal.web.shell.forms import PortalForm, read_amount

Done = tuple[dict[str, Any] | None, int]


def carry_out(form: PortalForm, operation: Operation, args: Callable[[], dict[str, Any]]) -> Done:
    """Checks the form and performs the operation: its answer, or None and the status of the page that shows why not.

    `args` is asked after the check, when the fields hold their cleaned values.
    """
    if not form.validate():
        return None, 422
    try:
        return perform(operation, **args()), 303
    except (RuleBroken, Conflict) as error:
        form.refuse(error)
        return None, error.status


def amount_of(field: StringField, currency: str) -> Money:
    """The amount typed into a field. Errors: those of `read_amount`, said at that field."""
    try:
        return read_amount(field.data, currency)
    except RuleBroken as error:
        error.field = field.short_name
        raise
