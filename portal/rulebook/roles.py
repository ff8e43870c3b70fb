"""Rules that the portal itself points to: which clause plays which part is said by the clause's own data, never by its id.

`plays` in `<version>.clauses.toml` names the part, one of `clause_data.PARTS`. Where no rule plays it, the portal names none:
what people say there is kept all the same, and nobody is asked to look under a rule that the marketplace does not have.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.keeping import Kept
from portal.rulebook.models import Policy, PolicyKind
from portal.rulebook.queries import CitedClause, cited_clause, clauses_of, in_force

RETALIATION, DISPUTE_MISUSE = "retaliation", "dispute_misuse"
"""Against answering a report or a dispute with revenge; against disputes with nothing behind them."""
_TERMS = select(Policy.slug).where(Policy.kind == PolicyKind.TERMS).order_by(Policy.slug)
# Versions are frozen under keys that are never used again.
_PARTS = Kept[UUID, dict[str, UUID]](200)


def clause_that_plays(session: Session, part: str, day: date) -> CitedClause | None:
    """The rule that plays that part, in the version in force on that day; None where no rule of the marketplace does."""
    for slug in session.scalars(_TERMS).all():
        version = in_force(session, slug, day)
        known = _PARTS.get(version.id, lambda key=version.id: _read(session, key)) if version else {}  # type: ignore[misc]
        if part in known:
            return cited_clause(session, known[part])
    return None


def _read(session: Session, version_id: UUID) -> dict[str, UUID]:
    return {clause.data.plays: clause.id for clause in clauses_of(session, version_id) if clause.data.plays}
