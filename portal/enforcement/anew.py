"""A letter anew: what it says now, as a new statement that supersedes the one before, which stays readable (DESIGN 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.text import canonical
from portal.core.work import Work
from portal.enforcement.models import Statement
from portal.log.operations import add
from portal.log.rules import body_digest


def supersede(work: Work, old: Statement, text: Mapping[str, Any]) -> Statement:
    """Writes the newer letter about the same decision; the caller names it in its event."""
    statement = Statement(
        action_id=old.action_id, n=old.n + 1, language=old.language, record=canonical({**text, "supersedes": old.sha256}),
        supersedes_id=old.id, sha256="",
    )
    statement.sha256 = body_digest(statement)
    return add(work, statement)
