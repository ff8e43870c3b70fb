"""Reading notices: a person's inbox, what was told about a thing, what was sent, since when somebody is informed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account, Person
from portal.core.database import KEYS
from portal.core.errors import NotFound
from portal.notices.models import Channel, Delivery, DeliveryResult, Informed, Notice

INBOX_ALONE = timedelta(hours=24)
UNREAD_LIMIT = 100
DELIVERED = (DeliveryResult.SENT, DeliveryResult.BOUNCED)
_Mail = aliased(Delivery)


@dataclass(frozen=True, slots=True)
class InboxLine:
    """A notice as its recipient has it: when it arrived, and since when they count as informed of it."""

    notice: Notice
    arrived_at: datetime
    informed_at: datetime | None
    informed_how: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as the desk sees it: whether it arrived, how the mail went, since when its person is informed."""

    notice: Notice
    arrived_at: datetime | None
    mail: str | None
    mailed_at: datetime | None
    informed_at: datetime | None
    informed_how: str | None
    inbox: str | None

    @property
    def held_back(self) -> bool:
        """Whether it never went out, because what it says was no longer true."""
        return self.arrived_at is None and self.inbox == DeliveryResult.FAILED

    def sent(self, now: datetime) -> bool:
        """In the inbox and accepted by the mail server, or 24 hours in the inbox (DESIGN section 3)."""
        return _sent(self.arrived_at, self.mailed_at, now)


def _sent(arrived_at: datetime | None, mailed_at: datetime | None, now: datetime) -> bool:
    return sent_at(arrived_at, mailed_at, now) is not None


def sent_at(arrived_at: datetime | None, mailed_at: datetime | None, now: datetime) -> datetime | None:
    """Since when a notice is sent: in the inbox and accepted by the mail server, or 24 hours in the inbox."""
    if arrived_at is None:
        return None
    alone = arrived_at + INBOX_ALONE
    at = alone if mailed_at is None else min(max(arrived_at, mailed_at), alone)
    return at if at <= now else None


def informed_first(told: Sequence[Told], person_id: UUID | None, *, apart: UUID | None = None) -> datetime | None:
    """Since when this person is informed of what these notices say; who was not told, since the first of those who were is.

    `apart`: somebody whose own time is nobody else's.
    """
    own = [each.informed_at for each in told if each.notice.recipient_id == person_id]
    known = own if own else [each.informed_at for each in told if each.notice.recipient_id != apart]
    return min((at for at in known if at is not None), default=None)


_LINES = (
    select(Notice, Delivery.delivered_at, Informed.at, Informed.how)
    .join(Delivery, Delivery.notice_id == Notice.id)
    .outerjoin(Informed, Informed.notice_id == Notice.id)
    .where(Delivery.channel == Channel.INBOX, Delivery.result == DeliveryResult.SENT)
)


def in_inbox(notice_id: UUID) -> ColumnElement[bool]:
    """Whether that notice has arrived in its recipient's inbox."""
    return exists().where(
        Delivery.notice_id == notice_id, Delivery.channel == Channel.INBOX, Delivery.result == DeliveryResult.SENT
    )


def not_held_back() -> ColumnElement[bool]:
    """Whether a notice of the query is on its way to its recipient's inbox or in it."""
    return exists().where(
        Delivery.notice_id == Notice.id, Delivery.channel == Channel.INBOX, Delivery.result != DeliveryResult.FAILED
    )


def inbox(session: Session, person_id: UUID, after: UUID | None = None, limit: int = 50) -> list[InboxLine]:
    """What has arrived for a person, newest first; `after` is the last notice of the page before (its id)."""
    query = _LINES.where(Notice.recipient_id == person_id)
    if after is not None:
        last = select(Notice.created_at).where(Notice.id == after, Notice.recipient_id == person_id).scalar_subquery()
        query = query.where(tuple_(Notice.created_at, Notice.id) < tuple_(last, after))
    return _lines(session, query.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(limit))


def _lines(session: Session, query: Select[Notice, datetime | None, datetime, str]) -> list[InboxLine]:
    return [InboxLine(notice, arrived, at, how) for notice, arrived, at, how in session.execute(query) if arrived]


_UNREAD = select(func.count()).select_from(
    _LINES.where(Notice.recipient_id == bindparam("person_id"), Informed.id.is_(None))
    .with_only_columns(Notice.id).limit(UNREAD_LIMIT).subquery()
)


def unread(session: Session, person_id: UUID) -> int:
    """How many notices in the inbox the person is not yet informed of; the count stops at 100."""
    return session.scalar(_UNREAD, {"person_id": person_id}) or 0


def notice_for(session: Session, person_id: UUID, notice_id: UUID) -> InboxLine:
    """One notice of that person. Errors: `NotFound` for another person's, and for one that has not arrived."""
    found = _lines(session, _LINES.where(Notice.recipient_id == person_id, Notice.id == notice_id))
    if not found:
        raise NotFound
    return found[0]


def told_again(session: Session, notice: Notice) -> list[InboxLine]:
    """What arrived since for the same person and corrects this notice, or says what became of it, oldest first."""
    again = _LINES.where(Notice.recipient_id == notice.recipient_id, Notice.corrects_id == notice.id)
    return _lines(session, again.order_by(Notice.created_at, Notice.id))


_LEADING_TO = _LINES.where(
    Notice.recipient_id == bindparam("person_id"), Notice.account_id == bindparam("account_id"),
    Notice.target.startswith(bindparam("path"), autoescape=False),
).order_by(Notice.created_at.desc(), Notice.id.desc()).limit(bindparam("most"))


def leading_to(session: Session, person_id: UUID, account_id: UUID, path: str, most: int = 10) -> list[InboxLine]:
    """What a person was told as that account about things whose pages stand under that path, newest first."""
    return _lines(session, _LEADING_TO.params(person_id=person_id, account_id=account_id, path=path, most=most))


_UNOPENED = _LINES.where(
    Notice.recipient_id == bindparam("person_id"), Notice.about_ref.in_(bindparam("refs", expanding=True)),
    Informed.id.is_(None),
).with_only_columns(Notice.about_ref)


def unopened(session: Session, person_id: UUID, about_refs: Sequence[str]) -> set[str]:
    """Of which of these things opening the page would be the person's first: only then is `opening` an act."""
    return set(session.scalars(_UNOPENED, {"person_id": person_id, "refs": list(about_refs)})) if about_refs else set()


def told_about(session: Session, about_ref: str) -> list[Told]:
    """Everything that anybody was told about a thing, oldest first: a correction goes to exactly these people."""
    return _told(session, Notice.about_ref == about_ref)


def _told(session: Session, which: ColumnElement[bool]) -> list[Told]:
    rows = session.execute(
        select(Notice, Delivery.delivered_at, _Mail.result, _Mail.delivered_at, Informed.at, Informed.how, Delivery.result)
        .outerjoin(Delivery, (Delivery.notice_id == Notice.id) & (Delivery.channel == Channel.INBOX))
        .outerjoin(_Mail, (_Mail.notice_id == Notice.id) & (_Mail.channel == Channel.EMAIL))
        .outerjoin(Informed, Informed.notice_id == Notice.id)
        .where(which).order_by(Notice.created_at, Notice.id)
    )
    return [Told(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Reader:
    """Of which event somebody was informed, as which account (None: as themselves), when, and how we know."""

    event_id: UUID
    name: str | None
    at: datetime
    how: str


_READERS = (
    select(Notice.event_id, Account.name, Informed.at, Informed.how)
    .join(Informed, Informed.notice_id == Notice.id).outerjoin(Account, Notice.account_id == Account.id)
    .where(Notice.case_ref == bindparam("case_ref")).order_by(Informed.at, Informed.id)
)


def readers_in(session: Session, case_ref: str) -> list[Reader]:
    """Who was informed of what happened in a case, oldest first."""
    return [Reader(*row) for row in session.execute(_READERS, {"case_ref": case_ref})]


_FRESH_LINKS = (
    select(Notice.event_id, Person.name).join(Person, Notice.recipient_id == Person.id)
    .where(Notice.case_ref == bindparam("case_ref"), Notice.kind == "fresh_link").order_by(Notice.id)
)


def asked_for_links(session: Session, case_ref: str) -> list[tuple[UUID, str]]:
    """To whom a fresh link for this case was sent: the event that somebody asked for it, and the person's name."""
    return [(event_id, name or "") for event_id, name in session.execute(_FRESH_LINKS, {"case_ref": case_ref})]


_SENDING = (
    select(Delivery.notice_id, Delivery.delivered_at, _Mail.delivered_at)
    .outerjoin(_Mail, (_Mail.notice_id == Delivery.notice_id) & (_Mail.channel == Channel.EMAIL))
    .where(Delivery.channel == Channel.INBOX, Delivery.notice_id.in_(KEYS))
)


def was_sent(session: Session, notice: Notice, now: datetime) -> bool:
    """In the inbox and accepted by the mail server, or 24 hours in the inbox (DESIGN section 3)."""
    return notice.id in sent_among(session, [notice.id], now)


def sent_among(session: Session, notice_ids: Sequence[UUID], now: datetime) -> set[UUID]:
    """Those of these notices that were sent."""
    rows = session.execute(_SENDING, {"ids": list(notice_ids)}) if notice_ids else ()
    return {notice_id for notice_id, arrived, mailed in rows if notice_id is not None and _sent(arrived, mailed, now)}


_WITH = aliased(Notice)
_TOGETHER = select(Notice.id, _WITH.id).join(_WITH, and_(
    _WITH.event_id == Notice.event_id, _WITH.kind == Notice.kind, _WITH.account_id.is_not_distinct_from(Notice.account_id)
)).where(Notice.id.in_(KEYS), exists().where(
    Delivery.notice_id == _WITH.id, Delivery.channel == Channel.INBOX, Delivery.result != DeliveryResult.FAILED
))


def sent_to_all(session: Session, notice_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Those of these notices that were sent, each to everybody of its account who is told the same: an account may have several
    owners, and nobody else hears before any of them (DESIGN 2.7)."""
    pairs = [(one, each) for one, each in session.execute(_TOGETHER, {"ids": list(notice_ids)})] if notice_ids else []
    sent = sent_among(session, list({each for _one, each in pairs}), now)
    return {one for one, _each in pairs} - {one for one, each in pairs if each not in sent}


def informed_at(session: Session, notice: Notice) -> datetime | None:
    """Since when the recipient counts as informed; None while unknown: then no window has started."""
    return session.scalar(select(Informed.at).where(Informed.notice_id == notice.id))


def cases_presumed_informed(session: Session, now: datetime, limit: int = 100) -> list[str | None]:
    """The cases in which somebody counts as informed by now because five days went by, oldest first."""
    due = (
        select(Notice.case_ref).join(Delivery, Delivery.notice_id == Notice.id)
        .where(Delivery.informs_at <= now).order_by(Delivery.informs_at, Delivery.id).limit(limit)
    )
    return list(dict.fromkeys(session.scalars(due)))
