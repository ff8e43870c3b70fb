"""How attempts at deliveries went: put on record in a few statements, with the pause before the next one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Select, bindparam, case, select, update
from sqlalchemy.orm import Session

from portal.core.access import WORKER, Actor
from portal.core.bulk import among, as_kept, insert_rows
from portal.core.clock import Clock
from portal.core.database import Database
from portal.core.ids import new_id
from portal.core.prepared import Kept
from portal.core.work import Work
from portal.notices.models import Attempt, Delivery, DeliveryResult, Notice, Telling
from portal.rulebook.queries import promises

LEASE = timedelta(minutes=10)
SERVER_DOWN_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=50)
INFORMED_AFTER = timedelta(days=5)
TRIES = 12
WAITING, SENT, FAILED = DeliveryResult.WAITING, DeliveryResult.SENT, DeliveryResult.FAILED


class Office(Protocol):
    """What delivering needs of the office (`portal.act.Office` is one)."""

    @property
    def database(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def marketplace(self) -> str: ...
    def work(self, session: Session, actor: Actor) -> Work: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt went. `counts` is false when the server was down: that is no try of this mail."""

    delivery_id: UUID
    n: int
    result: DeliveryResult
    detail: str
    counts: bool = True


def taking(due: Select[UUID]) -> Kept:
    """The statement by which a worker takes the deliveries that `due` finds for itself, until `lease`; keys as kept."""
    return Kept(update(Delivery).where(Delivery.id.in_(due.scalar_subquery())).values(
        lease_until=bindparam("lease"), next_try_at=bindparam("lease"), tries=Delivery.tries + 1
    ).returning(as_kept(Delivery.id)))


def record_outcomes(office: Office, outcomes: Sequence[Outcome], *, informs: bool = True) -> None:
    """As `put_on_record`, in a transaction of its own."""
    with office.database.write() as session:
        put_on_record(office.work(session, WORKER), outcomes, informs=informs)


def put_on_record(work: Work, outcomes: Sequence[Outcome], *, informs: bool = True) -> None:
    """Puts the attempts of a batch on record in a few statements, and lets go what waited for these notices.

    `informs`: whether what was sent tells a person something, who counts as informed by it after five days.
    """
    session, now, kept = work.db, work.now, [o for o in outcomes if o.counts]
    sent = [o.delivery_id for o in kept if o.result == SENT]
    tries = _most_tries(session, now) if len(sent) < len(kept) else TRIES
    ended = {o.delivery_id for o in kept if o.result == FAILED or (o.result == WAITING and o.n >= tries)}
    fresh = _sent(session, sent, now, now + INFORMED_AFTER if informs else None)
    fresh |= _close(session, list(ended), result=FAILED)
    again = [o for o in outcomes if o.result == WAITING and o.delivery_id not in ended]
    fresh |= _put_back(session, again, now)
    _add_attempts(session, [o for o in kept if o.delivery_id in fresh], ended, now)
    if sent:
        _let_go(session, sent, now)


def _most_tries(session: Session, now: datetime) -> int:
    """How often a mail is tried: the published number (promise: delivery_tries)."""
    promise = promises(session, now.date()).get("delivery_tries")
    return promise.length if promise else TRIES


_SENT = Kept(update(Delivery).where(among(Delivery.id), Delivery.result == WAITING).values(
    lease_until=None, result=SENT, delivered_at=bindparam("now"), informs_at=bindparam("informs")
).returning(as_kept(Delivery.id)))


def _sent(session: Session, keys: Sequence[UUID], now: datetime, informs_at: datetime | None) -> set[UUID]:
    """What was sent is closed; the keys of those that were still waiting."""
    if not keys:
        return set()
    closed = _SENT.column(session.connection(), {"ids": keys, "now": now, "informs": informs_at})
    return set(keys if len(closed) == len(keys) else map(UUID, map(str, closed)))


def _close(session: Session, keys: Sequence[UUID], **values: Any) -> set[UUID]:
    if not keys:
        return set()
    closing = update(Delivery).where(Delivery.id.in_(keys), Delivery.result == WAITING).values(lease_until=None, **values)
    return set(session.scalars(closing.returning(Delivery.id).execution_options(synchronize_session=False)))


def pause_after(n: int) -> timedelta:
    """How long after the n-th failed try the next one comes: 1, 2, 4, ... minutes, never more than 50."""
    return min(timedelta(minutes=2 ** min(n - 1, 10)), LONGEST_PAUSE)


def _put_back(session: Session, outcomes: Sequence[Outcome], now: datetime) -> set[UUID]:
    groups: dict[tuple[timedelta, bool], list[UUID]] = defaultdict(list)
    for outcome in outcomes:
        pause = pause_after(outcome.n) if outcome.counts else SERVER_DOWN_PAUSE
        groups[pause, outcome.counts].append(outcome.delivery_id)
    changed = set()
    for (pause, counts), keys in groups.items():
        changed |= _close(session, keys, next_try_at=now + pause, **({} if counts else {"tries": Delivery.tries - 1}))
    return changed


def _add_attempts(session: Session, outcomes: Sequence[Outcome], ended: set[UUID], now: datetime) -> None:
    rows = [
        (new_id(), o.delivery_id, o.n, str(FAILED if o.delivery_id in ended else o.result), o.detail[:300])
        for o in outcomes
    ]
    insert_rows(session, Attempt, ("id", "delivery_id", "n", "result", "detail"), rows, created_at=now, at=now)


_NOW = bindparam("now", type_=Notice.not_before.type)
_THROUGH = Kept(select(as_kept(Delivery.notice_id)).where(among(Delivery.id)))
_GATED = Kept(select(as_kept(Notice.id)).where(among(Notice.after_id)))
_OWN_DAY = select(case((Notice.not_before > _NOW, Notice.not_before), else_=_NOW)).where(Notice.id == Delivery.notice_id)
_LET_GO = Kept(update(Delivery).where(among(Delivery.notice_id), Delivery.result == WAITING).values(
    next_try_at=_OWN_DAY.scalar_subquery()
))
_LET_LOOK = Kept(update(Telling).where(among(Telling.notice_id), Telling.look_at.is_not(None)).values(look_at=_NOW))


def _let_go(session: Session, sent: Sequence[UUID], now: datetime) -> None:
    """Counterparts wait for the person's own notice: now that it was sent, theirs are due.

    Whoever is told of new rules by one of these counts as told now; without a word from here, after a day in the inbox.
    What waits is found by keys first: in one statement PostgreSQL went through everything that is due, for each batch.
    """
    connection = session.connection()
    through = _THROUGH.column(connection, {"ids": sent})
    gated = _GATED.column(connection, {"ids": through})
    if gated:
        _LET_GO.rows(connection, {"ids": gated, "now": now})
    _LET_LOOK.rows(connection, {"ids": through, "now": now})
