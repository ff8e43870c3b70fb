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


def sooner(
    measure: str, ends_at: datetime | None, answer_by: datetime, *, since: datetime, looked_at: bool
) -> datetime | None:
    """The end of a decision that comes before our answer to an appeal, and after `since`; None where it does not.

    `looked_at`: it is an order without a last day, which is looked at again then. Of that it is not said, nor of a warning, which
    takes nothing away.
    """
    if measure == Measure.WARNING or looked_at or ends_at is None:
        return None
    return ends_at if since < ends_at < answer_by else None


def ends_first(session: Session, action: Action, now: datetime, answer_by: datetime) -> datetime | None:
    """When that is, of an action that is not over."""
    order = order_of(session, action) if action.nature == Nature.LEGAL else None
    return sooner(
        action.measure, action.ends_at, answer_by, since=now, looked_at=order is not None and order.ends_on is None
    )


def decided_to_end_first(decision: Decision) -> datetime | None:
    """The same of one that is being decided: an appeal that is sent at once is answered by the day that we promise."""
    answer, order = decision.promises["appeal_answer"], decision.order
    due = deadline(decision.now, answer.length, answer.unit, decision.zone, decision.country)
    return sooner(
        decision.fields.measure, decision.times.ends_at, due, since=decision.now,
        looked_at=order is not None and order.ends_on is None,
    )
