"""The draft of a decision about a dispute: where it is kept, and with which version its form began."""

from __future__ import annotations

from typing import Any

from portal.cases.drafts import keep_draft
from portal.core.errors import Refusal
from portal.web.shell import drafts
from portal.web.shell.forms import PortalForm

FORM, OURS = "dispute_decision", ("csrf_token", "form_key", "go", "version", drafts.VERSION)


def address(ref: str) -> str:
    """Where it is kept."""
    return f"/desk/disputes/{ref}/keep"


def kept(ref: str) -> dict[str, Any] | None:
    """What this reviewer typed before, if anything."""
    return drafts.kept(FORM, ref, address(ref))


def store(ref: str) -> int:
    """Keeps what the reviewer has typed so far; its version now. Errors: those of `keep_draft`."""
    return drafts.save_typed(keep_draft, address(ref), OURS, form=FORM, subject=ref)


def refuse(ref: str, form: PortalForm, error: Refusal) -> None:
    """A refusal at its field; or both texts, where another window kept something else."""
    drafts.both(error, form, FORM, ref, address(ref))
