"""Bringing notices to people: claimed in hundreds, sent outside the transaction, at least once under one Message-ID."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from jinja2 import TemplateError
from sqlalchemy import Integer, and_, bindparam, select, update
from sqlalchemy.orm import aliased

from portal.accounts.models import Account, AccountKind, Person
from portal.accounts.operations import mint_links
from portal.core.access import WORKER
from portal.core.bulk import among
from portal.core.prepared import Kept
from portal.core.work import Work
from portal.notices.journal import Accepted, Journal
from portal.notices.mailer import MailDown, Mailer, MailLater, MailRefused
from portal.notices.mails import Letter, build_mail
from portal.notices.models import Channel, Delivery, Notice
from portal.notices.outcomes import FAILED, LEASE, SENT, WAITING, Office, Outcome, put_on_record, record_outcomes, taking
from portal.notices.queries import INBOX_ALONE, sent_to_all

BATCH = 100
SENDING_SECONDS = 240.0


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


def release(office: Office, limit: int = 500) -> int:
    """Puts into the inbox what waited for its day or for another notice to be sent first; returns how many."""
    with office.database.write() as session:
        now = office.clock()
        due = session.execute(
            select(Delivery.id, Delivery.notice_id, Notice.after_id).join(Notice, Notice.id == Delivery.notice_id)
            .where(Delivery.channel == Channel.INBOX, Delivery.result == WAITING, Delivery.next_try_at <= now)
            .order_by(Delivery.next_try_at, Delivery.id).limit(limit).with_for_update(of=Delivery, skip_locked=True)
        ).all()
        through = sent_to_all(session, {row.after_id for row in due if row.after_id}, now)
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
    claimed = claim(office, post.base_url)
    while claimed:
        outcomes = _send_all(office, post, claimed)
        tally.update(outcome.result if outcome.counts else "down" for outcome in outcomes)
        claimed = _go_on(office, post, outcomes, BATCH if not tally["down"] else 0)
    post.mailer.close()
    return tally


def _go_on(office: Office, post: Post, outcomes: Sequence[Outcome], limit: int) -> list[Claimed]:
    """One batch is put on record and the next one taken in the same transaction: each costs a wait for the disk."""
    with office.database.write() as session:
        work = office.work(session, WORKER)
        put_on_record(work, outcomes)
        claimed = _claim(work, post.base_url, limit) if limit else []
    if post.journal is not None:
        post.journal.clear()
    return claimed


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
_HOLD = taking(_DUE)
_HELD = Kept(
    select(
        Notice.recipient_id, Notice.case_ref, Notice.target, Delivery.id, Delivery.tries, Delivery.message_id,
        Delivery.target, Person.name, Notice.language, Notice.subject, Notice.mail_body, Notice.about_ref,
        Person.password_hash.is_not(None), Account.name,
    )
    .join(Notice, Notice.id == Delivery.notice_id).join(Person, Person.id == Notice.recipient_id)
    .outerjoin(Account, and_(Account.id == Notice.account_id, Account.kind == AccountKind.ORGANISATION))
    .where(among(Delivery.id)).order_by(Delivery.id)
)


def claim(office: Office, base_url: str, limit: int = BATCH) -> list[Claimed]:
    """Takes up to `limit` due mails for this worker alone, for ten minutes, each with a freshly minted link."""
    with office.database.write() as session:
        return _claim(office.work(session, WORKER), base_url, limit)


def _claim(work: Work, base_url: str, limit: int) -> list[Claimed]:
    connection = work.db.connection()
    keys = _HOLD.column(connection, {"now": work.now, "limit": limit, "lease": work.now + LEASE})
    if not keys:
        return []
    rows = _HELD.rows(connection, {"ids": keys})
    tokens = mint_links(work, [row[:3] for row in rows])
    return [
        Claimed(key, tries, Letter(
            message_id, address, name, language, subject or "", mail_body or "", _reference(about_ref, organisation),
            f"{base_url}/in/{token}", has_password,
        ))
        for (_, _, _, key, tries, message_id, address, name, language, subject, mail_body, about_ref, has_password, organisation),
            token in zip(rows, tokens, strict=True)
    ]


def _reference(about_ref: str, organisation: str | None) -> str:
    """What a mail is about; to a member of an organisation also for which one it is: they may have an account of their own."""
    return f"{about_ref}, {organisation}" if organisation else about_ref


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
