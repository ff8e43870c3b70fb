"""Nobody is forgotten (DESIGN 3, report): as long as somebody who reported has no answer, their case waits for us or for its
person. Written over plain rows, like the rest of the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.cases.models import Case, Clock, Report, WorkItem
from portal.enforcement.models import Action, ActionStatus, Nature

WAITS = ("report", "question", "action", "cosignature", "interim", "lead")


def forgotten(session: Session) -> Iterator[str]:
    """Open cases with a report that no decision answers, of which nothing waits."""
    said = (Action.nature == Nature.CONDUCT, ~Action.interim, Action.status == ActionStatus.ISSUED, Action.reversed_at.is_(None))
    decided: dict[object, datetime] = dict(session.execute(
        sa.select(Action.case_id, sa.func.max(Action.issued_at)).where(*said).group_by(Action.case_id)
    ).all())
    items = sa.select(WorkItem.case_id).where(WorkItem.closed_at.is_(None), WorkItem.kind.in_(WAITS))
    asked = sa.select(Clock.case_id).where(Clock.ended_at.is_(None), Clock.kind == "question")
    waits = set(session.scalars(items)) | set(session.scalars(asked))
    rows = sa.select(Case.id, Case.ref, Report.received_at).join(Report, Report.case_id == Case.id)
    for key, ref, received_at in session.execute(rows.where(Case.closed_at.is_(None), Report.reporter_account_id.is_not(None))):
        answered = key in decided and received_at <= decided[key]
        if not answered and key not in waits:
            yield f"{ref} has a report that nobody will answer"
