"""Payouts to new places, while a measure protects an account: whoever took it over cannot send its money anywhere else.

What is available can be paid out meanwhile to every place that could be used when the protection began (DESIGN 2.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.enforcement.models import Action, Nature
from portal.enforcement.queries import restrictions_of, standing
from portal.ledger.limits import limits_places

PLACES = "new_places"


@limits_places
def protected_places(session: Session, account_id: UUID, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Since when and until when new places are not used. A renewal goes on with the time of what it renews."""
    for action in standing(session, account_id, now).actions:
        if action.nature != Nature.PROTECTIVE:
            continue
        for row, span in restrictions_of(session, [action.id])[action.id]:
            if row.scope == PLACES and span.in_effect(now) and span.over_at is not None:
                yield min(row.starts_at, _before(session, action) or row.starts_at), span.over_at


def _before(session: Session, action: Action) -> datetime | None:
    """When the measure that it renews began to limit them."""
    if action.supersedes_id is None:
        return None
    rows = restrictions_of(session, [action.supersedes_id])[action.supersedes_id]
    return min((row.starts_at for row, _span in rows if row.scope == PLACES), default=None)
