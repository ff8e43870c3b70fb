"""What `flask verify` proves of notices on their way: each function names the rows that break a rule, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.notices.models import Attempt, Channel, Delivery, DeliveryResult

Check = Callable[[Session], Iterator[str]]


def what_was_sent_was_tried(session: Session) -> Iterator[str]:
    """Each mail that counts as sent has the attempt at which the other side took it, at that very moment."""
    tried = exists().where(
        Attempt.delivery_id == Delivery.id, Attempt.result == DeliveryResult.SENT, Attempt.at == Delivery.delivered_at
    )
    bare = select(Delivery.id).where(Delivery.channel == Channel.EMAIL, Delivery.delivered_at.is_not(None), ~tried)
    yield from (f"delivery {key} counts as sent and no attempt says so" for key in session.scalars(bare.order_by(Delivery.id)))


PROVES: dict[int, tuple[Check, ...]] = {7: (what_was_sent_was_tried,)}
