"""How a case came to us. What was reported says so; a form can add a machine to it, and never take one away.

What a member of staff saw is our own look: it never takes a machine away either, whoever wrote it down. A lead, which
machines made by comparing, is a machine's pointing too, whether a decision relies on it or not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.cases.models import Report, ReportSource
from portal.enforcement.fields import Fields
from portal.enforcement.models import Action
from portal.enforcement.return_models import Lead, LeadAnswer, LeadOutcome

OURS = {ReportSource.DETECTION, ReportSource.REVIEWER}
"""What did not come from outside."""
_FOUND = select(Lead.id).where(Lead.case_id == bindparam("case_id"), Lead.found_at <= bindparam("at")).limit(1)
_RELIED = select(LeadAnswer.id).where(
    LeadAnswer.action_id == bindparam("action_id"), LeadAnswer.outcome == LeadOutcome.RELIED_ON
).limit(1)


def origin_of(
    session: Session, case_id: UUID, fields: Fields, reports: Sequence[Report], now: datetime, *, matched: bool = False
) -> tuple[Fields, bool]:
    """The form with the source that goes on record, and whether a machine alone pointed to it.

    The source is detection where a machine pointed to it and nobody outside reported it; elsewhere what the reviewer says, else
    the first report's, else our own look. `matched`: the decision relies on a lead, or replaces one that a machine noticed.
    """
    sources = pointed(session, case_id, {report.source for report in reports}, now)
    machine = matched or fields.automated_detection
    if sources <= OURS and (matched or ReportSource.DETECTION in sources):
        fields = replace(fields, source=ReportSource.DETECTION, automated_detection=True)
    else:
        first = reports[0].source if reports else ReportSource.REVIEWER
        fields = replace(fields, source=fields.source or first, automated_detection=machine)
    return fields, detected_alone(sources, fields.source, automated_detection=fields.automated_detection)


def pointed(session: Session, case_id: UUID, sources: Collection[str], at: datetime) -> set[str]:
    """Where what a case is about came from: the sources of its reports, and detection where a lead was in it by then."""
    found = set(sources) <= OURS and session.scalar(_FOUND, {"case_id": case_id, "at": at}) is not None
    return {*sources, *({ReportSource.DETECTION} if found else ())}


def detected_alone(sources: Collection[str], source: str | None, *, automated_detection: bool) -> bool:
    """Whether a machine noticed it and nobody outside reported it: a second person signs then. Source: DESIGN 2.3.

    `sources` of the reports of the case decide; where none came from outside, also the source and the tick on record.
    """
    if not set(sources) <= OURS:
        return False
    return automated_detection or ReportSource.DETECTION in {*sources, source}


def relies_on_match(session: Session, action: Action) -> bool:
    """Whether it relies on a lead, or replaces a decision that does."""
    if session.scalar(_RELIED, {"action_id": action.id}) is not None:
        return True
    return action.supersedes_id is not None and relies_on_match(session, session.get_one(Action, action.supersedes_id))
