"""Posting messages to the marketplace's addresses: claimed in hundreds, signed at each try, at least once under one id.

Signed as Standard Webhooks says: HMAC-SHA-256 under the address's secret over `id.timestamp.body`, the timestamp being that
of the try. For a day after a new secret was made both sign, so that the receiver can change over without a gap.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from sqlalchemy import Integer, bindparam, select

from portal.core.access import WORKER
from portal.core.bulk import among
from portal.core.posting import Network, NotDelivered, Unreachable, post_to
from portal.core.work import Work
from portal.notices.models import Channel, Delivery
from portal.notices.outcomes import FAILED, LEASE, SENT, WAITING, Office, Outcome, record_outcomes, taking
from portal.notices.outgoing import MESSAGE_SEAL, SECRET_PREFIX, SECRET_SEAL
from portal.notices.outgoing_models import Endpoint, Outgoing

BATCH = 100
POST_SECONDS = 15.0
ROUND_SECONDS = 60.0
"""How long one round posts: what is left over is due again, and everything else of the worker has its turn."""
OVER = "the round is over"
BOTH_SIGN = timedelta(days=1)
TAKEN = range(200, 300)


@dataclass(frozen=True, slots=True)
class Courier:
    """How messages leave: which networks beside the public internet they may go to, and how long one try takes."""

    allowed: tuple[Network, ...] = ()
    seconds: float = POST_SECONDS


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message that this worker holds, ready to post; `n` numbers the attempt. `why`: what keeps it from being sent."""

    delivery_id: UUID
    n: int
    endpoint_id: UUID
    url: str
    message_id: str
    body: bytes
    secrets: tuple[bytes, ...]
    why: str = ""


_DUE = (
    select(Delivery.id)
    .where(Delivery.result == WAITING, Delivery.next_try_at <= bindparam("now"), Delivery.channel == Channel.WEBHOOK)
    .order_by(Delivery.next_try_at, Delivery.id).limit(bindparam("limit", type_=Integer()))
    .with_for_update(of=Delivery, skip_locked=True)
)
_HOLD = taking(_DUE)
_HELD = (
    select(Delivery.id, Delivery.tries, Delivery.message_id, Outgoing.sealed, Endpoint.id.label("endpoint_id"), Endpoint.url,
           Endpoint.name, Endpoint.sealed.label("secret"))
    .join(Outgoing, Outgoing.id == Delivery.outgoing_id).join(Endpoint, Endpoint.id == Delivery.endpoint_id)
    .where(among(Delivery.id)).order_by(Delivery.id)
)


def post_messages(office: Office, courier: Courier) -> Counter[str]:
    """Posts every message that is due and counts how the attempts went ("sent", "waiting", "failed", "down").

    An address that cannot be reached costs no try: what waits for it is due again in a minute.
    """
    tally: Counter[str] = Counter()
    started = time.monotonic()
    while not tally["down"] and (parcels := claim(office)):
        outcomes = _post_all(office, courier, parcels, started)
        record_outcomes(office, outcomes, informs=False)
        tally.update(outcome.result for outcome in outcomes if outcome.counts)
        tally["down"] += sum(not outcome.counts for outcome in outcomes)
    return tally


def claim(office: Office, limit: int = BATCH) -> list[Parcel]:
    """Takes up to `limit` due messages for this worker alone, for ten minutes."""
    with office.database.write() as session:
        work = office.work(session, WORKER)
        keys = _HOLD.column(session.connection(), {"now": work.now, "limit": limit, "lease": work.now + LEASE})
        return _ready(work, keys) if keys else []


def _ready(work: Work, keys: Sequence[Any]) -> list[Parcel]:
    earlier = _earlier_secrets(work)
    parcels = []
    for row in work.db.execute(_HELD, {"ids": list(keys)}):
        try:
            body = work.keyring.open(MESSAGE_SEAL, row.sealed) if row.sealed is not None else b""
            kept = [row.secret, *earlier.get(row.name, ())]
            secrets, why = tuple(_secret(work, sealed) for sealed in kept), "" if body else "the message was erased"
        except InvalidTag:
            body, secrets, why = b"", (), "sealed under another secret key"
        parcels.append(Parcel(row.id, row.tries, row.endpoint_id, row.url, row.message_id, body, secrets, why))
    return parcels


def _earlier_secrets(work: Work) -> dict[str, list[bytes]]:
    """By name, what signed before the present secret and still signs beside it."""
    rows = work.db.execute(select(Endpoint.name, Endpoint.sealed).where(Endpoint.ended_at > work.now - BOTH_SIGN))
    found: dict[str, list[bytes]] = {}
    for name, sealed in rows:
        found.setdefault(name, []).append(sealed)
    return found


def _secret(work: Work, sealed: bytes) -> bytes:
    return base64.b64decode(work.keyring.open(SECRET_SEAL, sealed).decode().removeprefix(SECRET_PREFIX))


def _post_all(office: Office, courier: Courier, parcels: Sequence[Parcel], started: float) -> list[Outcome]:
    """One after the other, always to the address that took the least time so far, so that a slow one holds up no other.

    Of an address that cannot be reached or is too slow, the rest is given back without a try.
    """
    outcomes, waits, spent = list[Outcome](), defaultdict[UUID, deque[Parcel]](deque), Counter[UUID]()
    for one in parcels:
        waits[one.endpoint_id].append(one)
    while waits:
        key = min(waits, key=lambda endpoint_id: spent[endpoint_id])
        one, began = waits[key].popleft(), time.monotonic()
        outcome = _given_back(one, OVER) if began - started > ROUND_SECONDS else _post(courier, one, office.clock())
        outcomes.append(outcome)
        took = time.monotonic() - began
        spent[key] += round(took * 1_000_000)
        if not outcome.counts or took >= courier.seconds:
            outcomes += [_given_back(one, outcome.detail) for one in waits.pop(key)]
        elif not waits[key]:
            del waits[key]
    return outcomes


def _given_back(one: Parcel, why: str) -> Outcome:
    """It waits on, and nothing counts as a try."""
    return Outcome(one.delivery_id, one.n, WAITING, why, counts=False)


def _post(courier: Courier, one: Parcel, now: datetime) -> Outcome:
    if one.why:
        return Outcome(one.delivery_id, one.n, FAILED, one.why)
    try:
        status = post_to(one.url, one.body, headers(one, now), allowed=courier.allowed, seconds=courier.seconds)
    except Unreachable as error:
        return _given_back(one, str(error))
    except (NotDelivered, ValueError) as error:
        return Outcome(one.delivery_id, one.n, WAITING, str(error))
    return Outcome(one.delivery_id, one.n, SENT if status in TAKEN else WAITING, f"HTTP {status}")


def headers(one: Parcel, now: datetime) -> dict[str, str]:
    """What goes with the body: the message's id, the instant of this try in whole seconds, and its signatures."""
    stamp = int(now.timestamp())
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "portal-webhooks/1",
        "webhook-id": one.message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(signature(secret, one.message_id, stamp, one.body) for secret in one.secrets),
    }


def signature(secret: bytes, message_id: str, stamp: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA-256 over id, timestamp and body, in base64 (Standard Webhooks 1.0)."""
    signed = f"{message_id}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
