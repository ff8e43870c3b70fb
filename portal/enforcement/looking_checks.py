"""What `flask verify` proves of what is looked at again by a day of its own: it goes on only because somebody looked."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.enforcement.models import Action, Nature, Restriction, Statement
from portal.log.models import Event

_FIRST = select(Statement.action_id, Statement.record).where(Statement.n == 1)
LOOKED = ("action.part_kept", "action.look_moved")
Issued = aliased(Event)
_ROWS = (
    select(Action, Restriction, Issued.at).join(Restriction, Restriction.action_id == Action.id)
    .join(Issued, (Issued.subject_ref == Action.ref) & (Issued.kind == "action.issued"))
    .where(Action.nature == Nature.CONDUCT).order_by(Restriction.id)
)


def goes_on_because_of_a_look(session: Session) -> Iterator[str]:
    """Whatever a decision about conduct takes away beyond what it said when it was issued was to be looked at again, goes on from
    a look or from the one later date of a safety rule, and never beyond the end that the decision named first."""
    looks = {(ref, at) for ref, at in session.execute(select(Event.subject_ref, Event.at).where(Event.kind.in_(LOOKED)))}
    ends = {one: json.loads(record)["ends_at"] for one, record in session.execute(_FIRST) if record is not None}
    before = defaultdict[tuple[UUID, str], list[Restriction]](list)
    for action, row, issued_at in session.execute(_ROWS):
        known = before[action.id, row.scope]
        goes_on = any(one.review_at is not None and one.until is not None and one.until >= row.starts_at for one in known)
        if row.created_at > issued_at and not (goes_on and (action.ref, row.created_at) in looks):
            yield f"action {action.ref} takes {row.scope} for longer than it said, and nobody looked again"
        elif row.until is not None and ends.get(action.id) and row.until > datetime.fromisoformat(ends[action.id]):
            yield f"action {action.ref} takes {row.scope} beyond the end that it named"
        known.append(row)


PROVES = {4: (goes_on_because_of_a_look,)}
