"""What is left of an account's standing without a decision: for the desk, for its person, and for those on the other side.

Neither hears of a decision that an order forbids us to tell of, and those on the other side hear of nothing else than what
makes the person unavailable. Source: DESIGN 2.7, nature of an action.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.enforcement.models import Action
from portal.enforcement.own_days import what_counts
from portal.enforcement.queries import restrictions_of, standing
from portal.enforcement.rules import Remains, State, Weighed, tells_counterparts, worst
from portal.enforcement.silence import silent_among


def remaining(session: Session, action: Action, now: datetime, *others: Action) -> Remains:
    """What the account's standing is without this action, and without these others."""
    besides = {action.id, *(one.id for one in others)}
    found = standing(session, action.account_id, now, action.member_id).actions
    rest = [one for one in found if one.id not in besides]
    silent, spans = silent_among(session, [one.id for one in rest]), restrictions_of(session, [one.id for one in rest])
    said = [one for one in rest if one.id not in silent]
    left = {one.id: [row.scope for row in what_counts(spans[one.id], now)] for one in said}
    told = [one for one in said if one.member_id is None and tells_counterparts(one.measure, left[one.id], holds=False)]
    state, until = _worst(rest, now)
    return Remains(state, until, said=_worst(said, now)[0], outside=_worst(told, now)[0], silent=bool(silent))


def _worst(actions: list[Action], now: datetime) -> tuple[State, datetime | None]:
    return worst(Weighed(one.id, one.measure, one.effective_at or now, one.ends_at) for one in actions)
