"""Reading what the marketplace is told: its addresses, and what waits for an answer, with how it went on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.keys import Keyring
from portal.notices.models import Attempt, Delivery, DeliveryResult
from portal.notices.outgoing import MESSAGE_SEAL
from portal.notices.outgoing_models import Endpoint, Outgoing

MOST_SHOWN = 200
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A message that waits for an answer, on its way to one address (`endpoint` "" where there is none on file).

    `result`: as of a delivery; `said`: what the last try brought, such as `HTTP 500`; `next_try_at`: only while it waits;
    `unreached`: no connection to the address came about so far, which is no try.
    """

    message_id: str
    kind: str
    about_ref: str
    written_at: datetime
    endpoint: str
    result: DeliveryResult
    tries: int
    said: str
    next_try_at: datetime | None
    sent_at: datetime | None
    unreached: bool = False


def endpoints(session: Session) -> list[Endpoint]:
    """The addresses on file, by name."""
    return list(session.scalars(select(Endpoint).where(Endpoint.ended_at.is_(None)).order_by(Endpoint.name)))


def answered_at(session: Session, about_ref: str, kind: str) -> datetime | None:
    """When the marketplace answered what it was told of that kind about something; None while it has not."""
    told = (Outgoing.about_ref == about_ref, Outgoing.kind == kind, Outgoing.ended_at.is_not(None))
    return session.scalar(select(Outgoing.ended_at).where(*told).order_by(Outgoing.id.desc()).limit(1))


def on_their_way(session: Session, limit: int = MOST_SHOWN) -> list[OnItsWay]:
    """What the marketplace has not answered yet, the oldest first, once for each address that it goes to."""
    live = Endpoint.ended_at.is_(None)
    last = select(func.max(Attempt.n)).where(Attempt.delivery_id == Delivery.id).correlate(Delivery).scalar_subquery()
    rows = session.execute(
        select(Outgoing, Endpoint.name, Delivery, Attempt.detail).select_from(Outgoing)
        .outerjoin(Delivery, (Delivery.outgoing_id == Outgoing.id) & Delivery.endpoint_id.in_(select(Endpoint.id).where(live)))
        .outerjoin(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .outerjoin(Attempt, (Attempt.delivery_id == Delivery.id) & (Attempt.n == last))
        .where(Outgoing.ended_at.is_(None)).order_by(Outgoing.id, Endpoint.name).limit(limit)
    )
    return [_shown(*row) for row in rows]


def _shown(message: Outgoing, name: str | None, delivery: Delivery | None, said: str | None) -> OnItsWay:
    facts = (message.message_id, message.kind, message.about_ref, message.created_at)
    if delivery is None:
        return OnItsWay(*facts, "", DeliveryResult.WAITING, 0, "", None, None)
    waits = delivery.result == DeliveryResult.WAITING
    unreached = waits and delivery.tries == 0 and delivery.lease_until is None and delivery.next_try_at > delivery.created_at
    return OnItsWay(
        *facts, name or "", DeliveryResult(delivery.result), delivery.tries, said or "",
        delivery.next_try_at if waits else None, delivery.delivered_at, unreached,
    )


def unanswered(session: Session, keyring: Keyring, *, taken: bool) -> Iterator[dict[str, Any]]:
    """Every message that the marketplace has not answered, with its `id`, in the order in which they were written.

    `taken`: also those that an address of theirs took. What was sealed under another secret key cannot be given out.
    """
    query = select(Outgoing).where(Outgoing.ended_at.is_(None), Outgoing.sealed.is_not(None)).order_by(Outgoing.id)
    if not taken:
        sent = select(Delivery.id).where(Delivery.outgoing_id == Outgoing.id, Delivery.result == DeliveryResult.SENT)
        query = query.where(~sent.exists())
    for message in session.scalars(query.execution_options(yield_per=AT_ONCE)):
        try:
            body: dict[str, Any] = json.loads(keyring.open(MESSAGE_SEAL, message.sealed or b""))
        except InvalidTag:
            continue
        yield {"id": message.message_id, **body}
