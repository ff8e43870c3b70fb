"""What ends before our answer to an appeal against it is due: its end is said first, and that the answer comes all the same.

Source: DESIGN 2 (interim and protective measures last 72 hours), section 4, promise "appeal_answer".
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.core.clock import deadline
from portal.enforcement.decision import Decision
from portal.enforcement.models import Action, Measure, Nature
from portal.enforcement.ordering import order_of


def ends_first(session: Session, action: Action, now: datetime, answer_by: datetime) -> datetime | None:
    """When that is, of an action that is not over; None where it is not sooner. What an order takes away without a last day is
    looked at again then, and a warning takes nothing away: of neither is it said."""
    if action.measure == Measure.WARNING or action.ends_at is None or not now < action.ends_at < answer_by:
        return None
    order = order_of(session, action) if action.nature == Nature.LEGAL else None
    return None if order is not None and order.ends_on is None else action.ends_at


def decided_to_end_first(decision: Decision) -> datetime | None:
    """The same of one that is being decided: an appeal that is sent at once is answered by the day that we promise."""
    answer, ends_at = decision.promises["appeal_answer"], decision.times.ends_at
    due = deadline(decision.now, answer.length, answer.unit, decision.zone, decision.country)
    looked_at = decision.order is not None and decision.order.ends_on is None
    sooner = decision.fields.measure is not Measure.WARNING and ends_at is not None and ends_at < due
    return ends_at if sooner and not looked_at else None
