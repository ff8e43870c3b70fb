"""Bringing notices to people: claimed in hundreds, sent outside the transaction, at least once under one Message-ID."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from jinja2 import TemplateError
from sqlalchemy import Integer, bindparam, case, insert, select, update
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Person
from portal.accounts.operations import mint_links
from portal.core.access import WORKER, Actor
from portal.core.clock import Clock
from portal.core.database import KEYS, Database
from portal.core.ids import new_id
from portal.core.work import Work
from portal.notices.journal import Accepted, Journal
from portal.notices.mailer import MailDown, Mailer, MailLater, MailRefused
from portal.notices.mails import Letter, build_mail
from portal.notices.models import Attempt, Channel, Delivery, DeliveryResult, Notice, Telling
from portal.notices.queries import INBOX_ALONE, sent_among
from portal.rulebook.queries import promises

BATCH = 100
LEASE = timedelta(minutes=10)
SENDING_SECONDS = 240.0
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
class Post:
    """How mails leave: by which mailer, from which address, and where their links lead."""

    mailer: Mailer
    sender: str
    base_url: str
    journal: Journal | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker holds, ready to send; `n` numbers the attempt."""

    delivery_id: UUID
    n: int
    letter: Letter


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt went. `counts` is false when the server was down: that is no try of this mail."""

    delivery_id: UUID
    n: int
    result: DeliveryResult
    detail: str
    counts: bool = True


def release(office: Office, limit: int = 500) -> int:
    """Puts into the inbox what waited for its day or for another notice to be sent first; returns how many."""
    with office.database.write() as session:
        now = office.clock()
        due = session.execute(
            select(Delivery.id, Delivery.notice_id, Notice.after_id).join(Notice, Notice.id == Delivery.notice_id)
            .where(Delivery.channel == Channel.INBOX, Delivery.result == WAITING, Delivery.next_try_at <= now)
            .order_by(Delivery.next_try_at, Delivery.id).limit(limit).with_for_update(of=Delivery, skip_locked=True)
        ).all()
        through = sent_among(session, [row.after_id for row in due if row.after_id], now) if due else set()
        ready = [row for row in due if row.after_id is None or row.after_id in through]
        early = [row.id for row in due if row.after_id is not None and row.after_id not in through]
        if early:
            later = {"next_try_at": now + INBOX_ALONE / 24}
            session.execute(update(Delivery).where(Delivery.id.in_(early)).values(later))
        if ready:
            arrived = {"result": SENT, "delivered_at": now}
            session.execute(update(Delivery).where(Delivery.id.in_([row.id for row in ready])).values(arrived))
            session.execute(
                update(Delivery).values(next_try_at=now)
                .where(Delivery.notice_id.in_([row.notice_id for row in ready]), Delivery.result == WAITING)
            )
    return len(ready)


def deliver(office: Office, post: Post) -> Counter[str]:
    """Sends every mail that is due, batch by batch, and counts how the attempts went ("sent", "waiting", "failed").

    Stops early, with "down" counted, when the mail server cannot be used; those mails stay due and lose no try.
    """
    tally: Counter[str] = Counter()
    _settle_journal(office, post)
    while not tally["down"] and (claimed := claim(office, post.base_url)):
        outcomes = _send_all(office, post, claimed)
        record_outcomes(office, outcomes)
        if post.journal is not None:
            post.journal.clear()
        tally.update(outcome.result for outcome in outcomes if outcome.counts)
        tally["down"] += sum(not outcome.counts for outcome in outcomes)
    post.mailer.close()
    return tally


_Other = aliased(Delivery)
_IN_HAND = select(_Other.id).where(
    _Other.notice_id == Delivery.notice_id, _Other.channel == Channel.INBOX, _Other.result == WAITING
)
_DUE = (
    select(Delivery.id)
    .where(Delivery.result == WAITING, Delivery.next_try_at <= bindparam("now"), Delivery.channel == Channel.EMAIL,
           ~_IN_HAND.exists())
    .order_by(Delivery.next_try_at, Delivery.id).limit(bindparam("limit", type_=Integer()))
    .with_for_update(of=Delivery, skip_locked=True)
)
_HOLD = update(Delivery).where(Delivery.id.in_(_DUE.scalar_subquery())).values(
    lease_until=bindparam("lease"), next_try_at=bindparam("lease"), tries=Delivery.tries + 1
).returning(Delivery.id).execution_options(synchronize_session=False)
_HELD = (
    select(
        Delivery.id, Delivery.tries, Delivery.message_id, Delivery.target.label("address"), Person.name,
        Notice.recipient_id, Notice.language, Notice.subject, Notice.mail_body, Notice.about_ref, Notice.case_ref,
        Notice.target.label("path"),
    )
    .join(Notice, Notice.id == Delivery.notice_id).join(Person, Person.id == Notice.recipient_id)
    .where(Delivery.id.in_(KEYS)).order_by(Delivery.id)
)


def claim(office: Office, base_url: str, limit: int = BATCH) -> list[Claimed]:
    """Takes up to `limit` due mails for this worker alone, for ten minutes, each with a freshly minted link."""
    with office.database.write() as session:
        work = office.work(session, WORKER)
        keys = list(session.scalars(_HOLD, {"now": work.now, "limit": limit, "lease": work.now + LEASE}))
        return _ready_to_send(work, keys, base_url) if keys else []


def _ready_to_send(work: Work, keys: Sequence[UUID], base_url: str) -> list[Claimed]:
    rows = work.db.execute(_HELD, {"ids": list(keys)}).all()
    tokens = mint_links(work, [(row.recipient_id, row.case_ref, row.path) for row in rows])
    return [
        Claimed(row.id, row.tries, Letter(
            row.message_id, row.address, row.name, row.language, row.subject or "", row.mail_body or "", row.about_ref,
            f"{base_url}/in/{token}",
        ))
        for row, token in zip(rows, tokens, strict=True)
    ]


def _send_all(office: Office, post: Post, claimed: Sequence[Claimed]) -> list[Outcome]:
    """Sends one after the other; what a slow or broken server leaves over is given back."""
    outcomes, started, stopped = [], time.monotonic(), ""
    for one in claimed:
        if not stopped and time.monotonic() - started > SENDING_SECONDS:
            stopped = "the mail server is slow"
        if stopped:
            outcomes.append(Outcome(one.delivery_id, one.n, WAITING, stopped, counts=False))
            continue
        outcome = _send(office, post, one)
        outcomes.append(outcome)
        stopped = "" if outcome.counts else outcome.detail
    return outcomes


def _send(office: Office, post: Post, one: Claimed) -> Outcome:
    try:
        mail = build_mail(one.letter, marketplace=office.marketplace, sender=post.sender, now=office.clock())
        said = post.mailer.send(mail)
    except MailDown as error:
        return Outcome(one.delivery_id, one.n, WAITING, str(error), counts=False)
    except (MailLater, OSError) as error:
        return Outcome(one.delivery_id, one.n, WAITING, str(error))
    except (MailRefused, TemplateError, ValueError, LookupError, TypeError, AttributeError) as error:
        return Outcome(one.delivery_id, one.n, FAILED, f"{type(error).__name__}: {error}")
    if post.journal is not None:
        post.journal.note(one.delivery_id, one.n)
    return Outcome(one.delivery_id, one.n, SENT, said)


def _settle_journal(office: Office, post: Post) -> None:
    """Puts on record what was accepted before a kill or an outage, so that it is not sent again."""
    if post.journal is None:
        return
    with post.journal.left_behind() as lines:
        _record_accepted(office, [*lines, *post.journal.open_lines])
    post.journal.clear()


def _record_accepted(office: Office, lines: Sequence[Accepted]) -> None:
    if lines:
        record_outcomes(office, [Outcome(key, n, SENT, "accepted") for key, n in lines])


def record_outcomes(office: Office, outcomes: Sequence[Outcome]) -> None:
    """Puts the attempts of a batch on record in a few statements, and lets go what waited for these notices."""
    with office.database.write() as session:
        now, kept = office.clock(), [o for o in outcomes if o.counts]
        sent = [o.delivery_id for o in kept if o.result == SENT]
        tries = _most_tries(session, now) if len(sent) < len(kept) else TRIES
        ended = {o.delivery_id for o in kept if o.result == FAILED or (o.result == WAITING and o.n >= tries)}
        fresh = _sent(session, sent, now)
        fresh |= _close(session, list(ended), result=FAILED)
        again = [o for o in outcomes if o.result == WAITING and o.delivery_id not in ended]
        fresh |= _put_back(session, again, now)
        _add_attempts(session, [o for o in kept if o.delivery_id in fresh], ended, now)
        _let_go(session, sent, now)
        _let_look(session, sent, now)


def _most_tries(session: Session, now: datetime) -> int:
    """How often a mail is tried: the published number (promise: delivery_tries)."""
    promise = promises(session, now.date()).get("delivery_tries")
    return promise.length if promise else TRIES


_SENT = update(Delivery).where(Delivery.id.in_(KEYS), Delivery.result == WAITING).values(
    lease_until=None, result=SENT, delivered_at=bindparam("now"), informs_at=bindparam("informs")
).returning(Delivery.id).execution_options(synchronize_session=False)


def _sent(session: Session, keys: Sequence[UUID], now: datetime) -> set[UUID]:
    """What was sent is closed; the keys of those that were still waiting."""
    given = {"ids": list(keys), "now": now, "informs": now + INFORMED_AFTER}
    return set(session.scalars(_SENT, given)) if keys else set()


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
    if rows := [
        {"id": new_id(), "created_at": now, "delivery_id": o.delivery_id, "n": o.n, "at": now,
         "result": FAILED if o.delivery_id in ended else o.result, "detail": o.detail[:300]}
        for o in outcomes
    ]:
        session.execute(insert(Attempt), rows)


_NOW = bindparam("now", type_=Notice.not_before.type)
_THROUGH = select(Delivery.notice_id).where(Delivery.id.in_(KEYS))
_OWN_DAY = select(case((Notice.not_before > _NOW, Notice.not_before), else_=_NOW)).where(Notice.id == Delivery.notice_id)
_LET_GO = update(Delivery).where(
    Delivery.notice_id.in_(select(Notice.id).where(Notice.after_id.in_(_THROUGH))), Delivery.result == WAITING
).values(next_try_at=_OWN_DAY.scalar_subquery()).execution_options(synchronize_session=False)
_LET_LOOK = update(Telling).where(Telling.notice_id.in_(_THROUGH), Telling.look_at.is_not(None)).values(
    look_at=_NOW
).execution_options(synchronize_session=False)


def _let_go(session: Session, sent: Sequence[UUID], now: datetime) -> None:
    """Counterparts wait for the person's own notice: now that it was sent, theirs are due."""
    if sent:
        session.execute(_LET_GO, {"ids": list(sent), "now": now})


def _let_look(session: Session, sent: Sequence[UUID], now: datetime) -> None:
    """Whoever is told of new rules by one of these counts as told now; without a word from here, after a day in the inbox."""
    if sent:
        session.execute(_LET_LOOK, {"ids": list(sent), "now": now})
