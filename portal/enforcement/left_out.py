"""What a letter always leaves out, with the published reason: who told us, and how we notice things (DESIGN 2, "withheld")."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from portal.core.clock import local_day
from portal.enforcement.decision import Decision
from portal.enforcement.members import letter_language
from portal.rulebook.queries import PROMISES, in_force, same_clause_in
from portal.rulebook.shelf import whole

KEY = "left-out"
"""The promise that says what may be left out of a letter; marketplaces that publish none of this id name none."""


def left_out_record(session: Session, decision: Decision) -> dict[str, Any]:
    """The grounds on which something is left out, and the clause that publishes them. Exhibits say theirs beside themselves."""
    grounds = ["protects_reporter"] if any(report.reporter_account_id for report in decision.reports) else []
    grounds += ["shows_detection"] if decision.fields.automated_detection else []
    return {"left_out": {"grounds": grounds, "rule": _published(session, decision)}}


def _published(session: Session, decision: Decision) -> dict[str, Any] | None:
    version = in_force(session, PROMISES, local_day(decision.now, "UTC"))
    clause = next((one for one in whole(session, version.id) if one.key == KEY), None) if version is not None else None
    if clause is None:
        return None
    code = letter_language(session, decision.action, decision.people[0])
    said = (same_clause_in(session, clause, code) if code != clause.language else None) or clause
    return {"number": said.number, "heading": said.heading, "language": said.language, "path": clause.path}
