"""The draft of a decision: where it is kept, with which version its form began, and how its form would send it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import request

from portal.core.errors import Refusal
from portal.enforcement.issuing import DRAFT_FORM
from portal.web.desk.decision_form import WholeForm
from portal.web.desk.forms import typed
from portal.web.desk.rule_forms import kept_rules
from portal.web.shell import drafts


def kept(ref: str) -> dict[str, Any] | None:
    """What this reviewer typed before, if anything."""
    return drafts.kept(DRAFT_FORM, ref, address(ref))


def answered(ref: str, form: WholeForm, keep: Callable[[], int]) -> tuple[dict[str, Any], int]:
    """What the script is told: the version now, or what another window kept."""
    return drafts.answered(DRAFT_FORM, ref, keep, partial(as_sent, form))


def refuse(ref: str, form: WholeForm, error: Refusal) -> None:
    """Says what is wrong at its field; where another window kept something else, the page shows both."""
    drafts.both(error, form, DRAFT_FORM, ref, address(ref), partial(as_sent, form))


def address(ref: str) -> str:
    """Where the editor's draft is kept."""
    return f"/desk/actions/{ref}/draft"


def as_sent(form: WholeForm, draft: dict[str, Any]) -> dict[str, str]:
    """A draft as its form sends it: one text for each field, so that the script can compare them with its own."""
    data = typed(draft)
    said = {name: _sent(data.get(name)) for name in form.data}
    said |= {field.name: _sent(field.data) for rule in kept_rules(draft) for field in rule}
    hidden = {"clause_version_id": str(draft.get("clause_version_id", "")), "version": request.form.get("version", "")}
    return {name: text for name, text in (said | hidden).items() if text}


def _sent(value: Any) -> str:
    if isinstance(value, list):
        return str(value[-1]) if value else ""
    return "y" if value is True else str(value or "")
