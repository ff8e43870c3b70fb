"""Earlier decisions under one rule, for whoever decides the next one and whoever appeals: no names, no facts, in one look at the
index.

Source: FIELD, rule 15: precedents are shown as outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from uuid import UUID

from sqlalchemy import and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.appeals.models import Appeal, AppealDecision, AppealKind, AppealOutcome, AppealState
from portal.core.clock import local_day
from portal.core.counts import FEWEST, told
from portal.enforcement.models import Action, ActionStatus, Citation, CitationReversal, Nature
from portal.rulebook.models import ClauseVersion

MOST = 10
FEWEST_ANSWERED = 2 * FEWEST
"""With fewer answered appeals than these nobody outside reads how they ended."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """One decision: what followed, which time it was, when, for how many days, and how an appeal against it ended."""

    measure: str
    occurrence: int
    issued_at: datetime
    days: int | None
    appeal: str | None


@dataclass(frozen=True, slots=True)
class Precedents:
    """The newest decisions under a rule in all its versions; of how many, and how the appeals against them ended."""

    newest: tuple[Earlier, ...]
    decisions: int
    answered: int
    overturned: int

    @property
    def rate(self) -> int | None:
        """How many of 100 answered appeals overturned the decision; None where none was answered."""
        return round(100 * self.overturned / self.answered) if self.answered else None


@dataclass(frozen=True, slots=True)
class Answered:
    """How the answered appeals under a rule ended, as whoever appeals reads it; None: too few to be told as a number."""

    stands: int | None
    changed: int | None
    overturned: int | None


_CITING = (
    select(Citation.action_id, func.max(case((CitationReversal.id.is_(None), 1), else_=0)).label("stands"))
    .join(Action, Action.id == Citation.action_id).join(ClauseVersion, ClauseVersion.id == Citation.clause_version_id)
    .outerjoin(CitationReversal, CitationReversal.citation_id == Citation.id)
    .where(
        ClauseVersion.clause_id == bindparam("clause_id"),
        or_(Citation.revision == Action.revision, CitationReversal.id.is_not(None)),
    )
    .group_by(Citation.action_id).subquery()
)
"""Each decision once, also where it cites two versions of the rule; whether it still rests on one of them."""
_LESS = exists().where(
    AppealDecision.appeal_id == Appeal.id, AppealDecision.outcome == AppealOutcome.PARTIALLY_REVERSED
)
_SO_FAR = select(AppealDecision.outcome).where(AppealDecision.appeal_id == Appeal.id).order_by(
    AppealDecision.n.desc()).limit(1).scalar_subquery()
_NEWEST = func.coalesce(Appeal.outcome, _SO_FAR)
_ANSWER = case((and_(_NEWEST == AppealOutcome.UPHELD, _LESS), AppealOutcome.PARTIALLY_REVERSED.value), else_=_NEWEST)
"""How the appeal against it was answered, once: what was changed stays changed when it is opened again and that changes nothing
more, and while it is open again its answer so far counts."""
_OUTCOME = case((_CITING.c.stands == 0, AppealOutcome.REVERSED.value), else_=_ANSWER)
"""How an appeal ended for this rule: where it alone was overturned, that is what it says here."""
_OVERTURNED = case((_OUTCOME == AppealOutcome.REVERSED, 1))
_OF_IT = and_(Appeal.action_id == Action.id, Appeal.kind == AppealKind.ACTION, Appeal.state != AppealState.INADMISSIBLE)
_COUNTED = and_(Action.status == ActionStatus.ISSUED, Action.nature == Nature.CONDUCT, Action.interim.is_(False))
_DECISIONS = (
    select(
        Action.measure, Action.occurrence, Action.issued_at, Action.effective_at, Action.ends_at, _OUTCOME,
        func.count().over(), func.count(_ANSWER).over(), func.count(_OVERTURNED).over(),
    )
    .join(_CITING, _CITING.c.action_id == Action.id).outerjoin(Appeal, _OF_IT).where(_COUNTED)
    .order_by(Action.issued_at.desc(), Action.id.desc()).limit(MOST)
)
_ENDED = (
    select(_OUTCOME, func.count()).select_from(Action)
    .join(_CITING, _CITING.c.action_id == Action.id).join(Appeal, _OF_IT)
    .where(_COUNTED, Appeal.decided_at < bindparam("until")).group_by(_OUTCOME)
)


def precedents(session: Session, clause_id: UUID) -> Precedents:
    """The last decisions under a rule, with counts over all of them; one query."""
    rows = session.execute(_DECISIONS, {"clause_id": clause_id}).all()
    counts = tuple(rows[0][6:9]) if rows else (0, 0, 0)
    return Precedents(tuple(
        Earlier(row[0], row[1], row[2], (row[4] - row[3]).days if row[4] and row[3] else None, row[5])
        for row in rows if row[2] is not None
    ), *counts)


def answered_under(session: Session, clause_id: UUID, now: datetime) -> Answered | None:
    """How the appeals under a rule ended that were answered before today (UTC); None where they are too few.

    No total is told, so that none of the three numbers can be worked out where it is too small. Source: FIELD, rule 15.
    """
    until = datetime.combine(local_day(now, "UTC"), time(), UTC)
    rows = session.execute(_ENDED, {"clause_id": clause_id, "until": until})
    found: dict[str, int] = {outcome: count for outcome, count in rows}
    if sum(found.values()) < FEWEST_ANSWERED:
        return None
    return Answered(*(told(found.get(outcome, 0)) for outcome in AppealOutcome))
