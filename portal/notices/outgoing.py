"""What the marketplace is told by machine: one message for each event, written in its act, sent by the worker.

Messages follow Standard Webhooks: `{"type": ..., "timestamp": ..., "data": {...}}`, each with an id that stays the same
however often it is sent. With no address on file they wait, and can be given out as a file.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from portal.core.access import Permission
from portal.core.errors import NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.posting import checked_url
from portal.core.text import canonical
from portal.core.work import Work
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.notices.models import Channel, Delivery, DeliveryResult
from portal.notices.outgoing_models import Endpoint, Outgoing

MESSAGE_SEAL, SECRET_SEAL = "outgoing", "endpoint"
SECRET_PREFIX = "whsec_"  # noqa: S105 - how Standard Webhooks marks one
SECRET_BYTES = 32
_LIVE = select(Endpoint).where(Endpoint.ended_at.is_(None)).order_by(Endpoint.id)
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}\Z")


def tell_marketplace(work: Work, *, event_id: UUID, kind: str, about_ref: str, data: dict[str, Any]) -> list[Row]:
    """Writes what the marketplace is told of an event and sends it on its way to every address on file.

    The caller passes the rows to `record(rows=...)` of that event. `kind`: such as `payout.requested`; `about_ref`: what the
    marketplace answers about; amounts in `data` are `{"amount_minor", "currency"}`.
    """
    body = canonical({"type": kind, "timestamp": work.now, "data": data})
    key = new_id()
    message = Outgoing(
        id=key, message_id=f"msg_{key.hex}", event_id=event_id, kind=kind, about_ref=about_ref,
        sealed=work.keyring.seal(MESSAGE_SEAL, body.encode()), sha256="", ended_at=None, erased_at=None,
    )
    message.sha256 = body_digest(message)
    add(work, message)
    for endpoint in _live(work):
        _send(work, message, endpoint)
    return [message]


def answered(work: Work, about_ref: str) -> list[Row]:
    """The marketplace has said what became of something: it need not be told of it any more. The rows that changed."""
    open_ones = work.db.scalars(
        select(Outgoing).where(Outgoing.about_ref == about_ref, Outgoing.ended_at.is_(None)).order_by(Outgoing.id)
        .with_for_update()
    ).all()
    for message in open_ones:
        message.ended_at = work.now
    if open_ones:
        work.db.execute(
            update(Delivery).where(
                Delivery.outgoing_id.in_([one.id for one in open_ones]), Delivery.endpoint_id.is_not(None),
                Delivery.result == DeliveryResult.WAITING,
            ).values(result=DeliveryResult.FAILED, lease_until=None)
        )
    return [(one, "ended") for one in open_ones]


def set_endpoint(work: Work, *, name: str, url: str, sealed_secret: bytes) -> dict[str, Any]:
    """Puts an address on file, or a new one or a new secret under a known name: the old one ends, what waited for it goes on.

    Whatever no address has taken, and the marketplace has not answered, is sent to the new one. Errors: `not_a_name`,
    `not_an_address`.
    """
    work.require(Permission.MANAGE_ENDPOINTS)
    if not _NAME.match(name):
        message = N_("A name is a small letter, then small letters, digits and dashes: 40 characters at the most.")
        raise RuleBroken("not_a_name", message, field="name")
    try:
        checked_url(url)
    except ValueError as wrong:
        message = N_("Write an address such as https://example.com/webhooks: %(why)s.")
        raise RuleBroken("not_an_address", message, field="url", why=str(wrong)) from wrong
    rows: list[Row] = []
    for old in _named(work, name):
        old.ended_at = work.now
        rows.append((old, "ended"))
    work.db.flush()
    endpoint = add(work, Endpoint(name=name, url=url, sealed=sealed_secret, ended_at=None))
    work.db.flush()
    _route(work)
    record(work, "endpoint.set", name, rows=[endpoint, *rows])
    return {"endpoint": name, "replaced": bool(rows)}


def end_endpoint(work: Work, *, name: str) -> dict[str, Any]:
    """Takes an address away: nothing is sent there any more, and what waited for it waits for another one.

    Errors: `NotFound`.
    """
    work.require(Permission.MANAGE_ENDPOINTS)
    ended = _named(work, name)
    if not ended:
        raise NotFound
    for one in ended:
        one.ended_at = work.now
    work.db.flush()
    _route(work)
    record(work, "endpoint.ended", name, rows=[(one, "ended") for one in ended])
    return {"endpoint": name}


def send_again(work: Work) -> dict[str, Any]:
    """Tries once more what was given up and still waits for an answer. How many messages."""
    work.require(Permission.MANAGE_ENDPOINTS)
    live = select(Endpoint.id).where(Endpoint.ended_at.is_(None))
    open_ones = select(Outgoing.id).where(Outgoing.ended_at.is_(None))
    again = work.db.scalars(
        select(Delivery).where(
            Delivery.endpoint_id.in_(live), Delivery.outgoing_id.in_(open_ones), Delivery.result == DeliveryResult.FAILED
        ).order_by(Delivery.id).with_for_update()
    ).all()
    for delivery in again:
        delivery.result, delivery.next_try_at = DeliveryResult.WAITING, work.now
    record(work, "endpoint.again", "endpoints", messages=len(again))
    return {"again": len(again)}


def new_secret() -> str:
    """A fresh secret as both sides keep it: `whsec_` and 32 random bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def _live(work: Work) -> Sequence[Endpoint]:
    return work.db.scalars(_LIVE).all()


def _named(work: Work, name: str) -> Sequence[Endpoint]:
    query = select(Endpoint).where(Endpoint.name == name, Endpoint.ended_at.is_(None))
    return work.db.scalars(query.with_for_update()).all()


def _send(work: Work, message: Outgoing, endpoint: Endpoint) -> None:
    add(work, Delivery(
        outgoing_id=message.id, endpoint_id=endpoint.id, channel=Channel.WEBHOOK, target=endpoint.name,
        message_id=message.message_id, next_try_at=work.now, tries=0, result=DeliveryResult.WAITING,
    ))


def strays(session: Session) -> bool:
    """Whether a message goes nowhere although there is an address for it: it was written while that was put on file."""
    live = session.scalars(_LIVE).all()
    gone = select(Endpoint.id).where(Endpoint.ended_at.is_not(None))
    left = select(Delivery.id).where(Delivery.endpoint_id.in_(gone), Delivery.result == DeliveryResult.WAITING)
    return session.scalar(left.limit(1)) is not None or any(session.scalar(_untaken(one).limit(1)) for one in live)


def route_messages(work: Work) -> dict[str, Any]:
    """Sends strays on their way: what waits for an address that has ended, and what goes nowhere."""
    work.require(Permission.RUN_CLOCKS)
    _route(work)
    return {}


def _route(work: Work) -> None:
    """What waits for an ended address waits for its successor, if any; what is on its way to none is sent to each."""
    live = {one.name: one for one in _live(work)}
    gone = select(Endpoint.id).where(Endpoint.ended_at.is_not(None))
    left = select(Delivery).where(Delivery.endpoint_id.in_(gone), Delivery.result == DeliveryResult.WAITING)
    for delivery in work.db.scalars(left.order_by(Delivery.id).with_for_update()):
        successor = live.get(delivery.target)
        if successor is None:
            delivery.result, delivery.lease_until = DeliveryResult.FAILED, None
        else:
            delivery.endpoint_id, delivery.next_try_at = successor.id, work.now
    work.db.flush()
    for endpoint in live.values():
        for message in work.db.scalars(_untaken(endpoint)).all():
            _send(work, message, endpoint)
        work.db.flush()


def _untaken(endpoint: Endpoint) -> Select[Outgoing]:
    """Messages that wait for an answer, are on their way to no address, were taken by none, and were not tried at this one."""
    tried = select(Delivery.id).where(
        Delivery.outgoing_id == Outgoing.id,
        Delivery.result.in_((DeliveryResult.SENT, DeliveryResult.WAITING)) | (Delivery.endpoint_id == endpoint.id),
    )
    query = select(Outgoing).where(Outgoing.ended_at.is_(None), Outgoing.sealed.is_not(None), ~tried.exists())
    return query.order_by(Outgoing.id)
