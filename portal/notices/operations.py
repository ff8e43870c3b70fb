"""Telling people: one notice for each event, kind and person, frozen in that person's language, and who is informed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from portal.accounts.models import Person, SignInLink
from portal.accounts.throttles import count_try
from portal.core.access import NO_CASE, Permission, require_person
from portal.core.errors import NotFound, existing
from portal.core.i18n import Language, language
from portal.core.ids import new_id
from portal.core.text import header_safe, normal_email
from portal.core.work import Work
from portal.log.operations import add, record
from portal.log.rules import body_digest
from portal.notices.models import Attempt, Channel, Delivery, DeliveryResult, Informed, InformedHow, Notice
from portal.notices.queries import INBOX_ALONE, in_inbox, sent_to_all

Handler = Callable[[Work, Notice, Informed], None]
INFORMED_HANDLERS: dict[str, Handler] = {}
BOUNCED_HANDLERS: dict[str, Callable[[Work, Notice], None]] = {}


@dataclass(frozen=True, slots=True)
class Text:
    """What one person reads: `body` in the inbox; `mail_body` names action and rule only, for mail is read by others."""

    subject: str
    body: str
    mail_body: str


Compose = Callable[[Language, Person], Text]


@dataclass(frozen=True, slots=True)
class _Telling:
    """What all notices of one telling share."""

    event_id: UUID
    kind: str
    account_id: UUID | None
    case_ref: str | None
    about_ref: str
    target: str
    not_before: datetime
    channels: tuple[Channel, ...]


def tell(
    work: Work, *, event_id: UUID, kind: str, recipients: Sequence[Person], account_id: UUID | None, about_ref: str,
    target: str, compose: Compose, case_ref: str | None = None, after: Notice | None = None,
    not_before: datetime | None = None, corrects: Mapping[UUID, Notice] | None = None,
    channels: tuple[Channel, ...] = (Channel.INBOX, Channel.EMAIL),
) -> list[Notice]:
    """Writes one notice to each recipient who was not yet told of this event in this way, and sends it on its way.

    The caller passes the notices to `record(rows=...)` of that event. `after`: goes out only once that notice was sent
    (promise: a counterpart never hears before the person). `corrects`: by person, the notice that this one corrects; it
    never overtakes it. `target`: the path that the mail's link leads to. Errors: ValueError for a target elsewhere.
    """
    if not target.startswith("/") or target.startswith("//"):
        raise ValueError("a notice leads to a path of this portal")
    told: set[UUID] = work.cache.setdefault(("told", event_id, kind), set())
    fresh = {person.id: person for person in recipients if person.id not in told}
    told.update(fresh)
    telling = _Telling(event_id, kind, account_id, case_ref, about_ref, target, not_before or work.now, channels)
    gate = None if after is None or _is_through(work, after) else after
    notices = []
    for person in fresh.values():
        corrected = (corrects or {}).get(person.id)
        waits_for = gate or (corrected if corrected is not None and not _is_in_inbox(work, corrected) else None)
        notices.append(_write(work, telling, person, compose(language(person.language), person), waits_for, corrected))
    return notices


def _is_through(work: Work, notice: Notice) -> bool:
    """Whether a notice was sent, to all who are told the same; one that this act wrote itself was not, and needs no look-up."""
    return notice.id not in work.cache.get("written", ()) and bool(sent_to_all(work.db, [notice.id], work.now))


def _is_in_inbox(work: Work, notice: Notice) -> bool:
    return work.db.scalar(select(in_inbox(notice.id))) or False


def _write(
    work: Work, telling: _Telling, person: Person, text: Text, waits_for: Notice | None, corrected: Notice | None
) -> Notice:
    notice = Notice(
        event_id=telling.event_id, kind=telling.kind, recipient_id=person.id, account_id=telling.account_id,
        case_ref=telling.case_ref, about_ref=telling.about_ref, target=telling.target,
        language=language(person.language).code, subject=header_safe(text.subject), body=text.body,
        mail_body=text.mail_body, sha256="", not_before=telling.not_before,
        after_id=waits_for.id if waits_for else None, corrects_id=corrected.id if corrected else None,
    )
    notice.sha256 = body_digest(notice)
    add(work, notice)
    work.cache.setdefault("written", set()).add(notice.id)
    due = max(work.now, telling.not_before)
    due = max(due, work.now + INBOX_ALONE) if waits_for else due
    if Channel.INBOX in telling.channels:
        _into_inbox(work, notice, person, due)
    if Channel.EMAIL in telling.channels and person.email and person.erased_at is None:
        add(work, Delivery(
            notice_id=notice.id, channel=Channel.EMAIL, target=person.email, message_id=f"<{uuid4()}@notices.portal>",
            next_try_at=due, tries=0, result=DeliveryResult.WAITING,
        ))
    return notice


def _into_inbox(work: Work, notice: Notice, person: Person, due: datetime) -> None:
    arrived = due <= work.now
    add(work, Delivery(
        notice_id=notice.id, channel=Channel.INBOX, target=str(person.id), message_id="", next_try_at=due, tries=0,
        result=DeliveryResult.SENT if arrived else DeliveryResult.WAITING, delivered_at=work.now if arrived else None,
    ))


def on_informed(kind: str) -> Callable[[Handler], Handler]:
    """Names the one function that is told when somebody counts as informed of a notice of this kind."""

    def register(handler: Handler) -> Handler:
        INFORMED_HANDLERS[kind] = handler
        return handler

    return register


def on_bounced(kind: str) -> Callable[[Callable[[Work, Notice], None]], Callable[[Work, Notice], None]]:
    """Names the one function that is told when the mail of a notice of this kind came back."""

    def register(handler: Callable[[Work, Notice], None]) -> Callable[[Work, Notice], None]:
        BOUNCED_HANDLERS[kind] = handler
        return handler

    return register


def confirm_read(work: Work, *, notice_id: UUID) -> dict[str, Any]:
    """"I have read this". Informed is the first of this, the first opening, five days after delivery (DESIGN section 3).

    Errors: `NotFound` for anyone but the recipient, and for a link of another case.
    """
    notices = _own_notices(work, Notice.id == notice_id)
    if not notices:
        raise NotFound
    _inform(work, notices, InformedHow.CONFIRMED, dict.fromkeys((n.id for n in notices), work.now))
    return {"notice": str(notice_id)}


def open_notice(work: Work, *, notice_id: UUID) -> dict[str, Any]:
    """The first signed-in opening of one notice in the inbox: this one counts as read, and no other about the same thing.

    Errors: `NotFound` for anyone but the recipient, and for a link of another case.
    """
    notices = _own_notices(work, Notice.id == notice_id)
    if not notices:
        raise NotFound
    return {"informed": _inform(work, notices, InformedHow.OPENED, {notice_id: work.now})}


def opening(work: Work, *, about_ref: str) -> dict[str, Any]:
    """The first signed-in opening of what this person was told about: from now on they count as informed of it."""
    notices = _own_notices(work, Notice.about_ref == about_ref)
    return {"informed": _inform(work, notices, InformedHow.OPENED, dict.fromkeys((n.id for n in notices), work.now))}


def _own_notices(work: Work, which: Any) -> list[Notice]:
    """The acting person's notices that are in their inbox, locked; a link's session sees those of its case alone."""
    work.require(Permission.READ_CASE_AS_PERSON)
    query = select(Notice).join(Delivery, Delivery.notice_id == Notice.id).where(
        which, Notice.recipient_id == require_person(work.actor), Delivery.channel == Channel.INBOX,
        Delivery.result == DeliveryResult.SENT,
    )
    if work.actor.case_ref is not None:
        query = query.where(
            Notice.case_ref == work.actor.case_ref if work.actor.shown_one_case else Notice.case_ref.is_(None)
        )
    return list(work.db.scalars(query.order_by(Notice.id).with_for_update(of=Delivery)))


def _inform(work: Work, notices: Sequence[Notice], how: InformedHow, at: Mapping[UUID, datetime]) -> int:
    """Puts on record that somebody is informed, once for each notice; one event for all that concern the same thing."""
    known = set(work.db.scalars(select(Informed.notice_id).where(Informed.notice_id.in_([n.id for n in notices]))))
    groups: dict[tuple[str | None, str], list[tuple[Notice, Informed]]] = defaultdict(list)
    for notice in notices:
        if notice.id not in known:
            informed = add(work, Informed(notice_id=notice.id, at=at[notice.id], how=how))
            groups[notice.case_ref, notice.about_ref].append((notice, informed))
    for (case_ref, about_ref), pairs in groups.items():
        record(work, "notice.informed", about_ref, case_ref=case_ref, rows=[informed for _, informed in pairs], how=how,
               notices=[notice.id for notice, _ in pairs])
    for notice, informed in (pair for pairs in groups.values() for pair in pairs):
        if notice.kind in INFORMED_HANDLERS:
            INFORMED_HANDLERS[notice.kind](work, notice, informed)
    return sum(map(len, groups.values()))


def presume_informed(work: Work, *, case_ref: str | None, limit: int = 200) -> dict[str, Any]:
    """Five days after a mail that did not bounce its person counts as informed (DESIGN section 3), from that instant."""
    work.require(Permission.RUN_CLOCKS)
    of_case = Notice.case_ref.is_(None) if case_ref is None else Notice.case_ref == case_ref
    rows = work.db.execute(
        select(Notice, Delivery.id, Delivery.informs_at).join(Delivery, Delivery.notice_id == Notice.id)
        .where(of_case, Delivery.informs_at <= work.now, Delivery.result == DeliveryResult.SENT)
        .order_by(Delivery.informs_at, Delivery.id).limit(limit).with_for_update(of=Delivery)
    ).all()
    due = {notice.id: at for notice, _, at in rows if at is not None}
    informed = _inform(work, [row[0] for row in rows], InformedHow.FIVE_DAYS, due)
    work.db.execute(update(Delivery).where(Delivery.id.in_([row[1] for row in rows])).values(informs_at=None))
    return {"informed": informed}


def take_bounce(work: Work, *, message_id: str, recipients: list[str], detail: str) -> dict[str, Any]:
    """A mail came back: its person does not count as informed by it.

    `recipients`: who it did not reach, as the report says. Errors: `NotFound` for a mail never sent, for one to somebody
    else, and for a report that changes nothing any more: its person read the notice, or five days are over.
    """
    work.require(Permission.RUN_CLOCKS)
    delivery = work.db.scalars(
        select(Delivery).where(Delivery.message_id == message_id, Delivery.channel == Channel.EMAIL).with_for_update()
    ).one_or_none()
    if delivery is None or delivery.delivered_at is None or not _addressed(delivery.target, recipients):
        raise NotFound
    if delivery.result == DeliveryResult.SENT:
        known = work.db.scalar(select(Informed.id).where(Informed.notice_id == delivery.notice_id))
        if known is not None or delivery.informs_at is None or delivery.informs_at <= work.now:
            raise NotFound
        delivery.result, delivery.informs_at, delivery.tries = DeliveryResult.BOUNCED, None, delivery.tries + 1
        add(work, Attempt(
            delivery_id=delivery.id, n=delivery.tries, at=work.now, result=DeliveryResult.BOUNCED,
            detail=header_safe(detail)[:300],
        ))
        notice = work.db.get_one(Notice, delivery.notice_id)
        record(work, "notice.bounced", notice.about_ref, case_ref=notice.case_ref, notice=notice.id)
        if notice.kind in BOUNCED_HANDLERS:
            BOUNCED_HANDLERS[notice.kind](work, notice)
    return {"delivery": str(delivery.id)}


def _addressed(target: str, recipients: Sequence[str]) -> bool:
    """Whether one of these addresses is the one that the mail went to, its domain written in either way."""
    local, _, domain = normal_email(target).rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return bool({normal_email(target), f"{local}@{domain}"} & {normal_email(one) for one in recipients})


def send_fresh_link(work: Work, *, link_hash: str) -> dict[str, Any]:
    """Sends a fresh link in place of one that was used or is too old, to the address on file and nowhere else.

    Anyone who holds the old link may ask. Errors: `NotFound`; `too_many` after five in 15 minutes for one person.
    """
    link = existing(work.db.scalars(select(SignInLink).where(SignInLink.token_hash == link_hash)).one_or_none())
    count_try(work, "fresh_link", str(link.person_id))
    event_id, person = new_id(), work.db.get_one(Person, link.person_id)
    notices = tell(
        work, event_id=event_id, kind="fresh_link", recipients=[person], account_id=None, target=link.target,
        about_ref=link.case_ref or NO_CASE, case_ref=link.case_ref, compose=_fresh_link_text, channels=(Channel.EMAIL,),
    )
    record(work, "link.asked", link.case_ref or NO_CASE, case_ref=link.case_ref, rows=notices, event_id=event_id)
    return {}


def _fresh_link_text(lang: Language, _person: Person) -> Text:
    sentence = lang.gettext("You asked for a fresh link. It is below. If you did not ask, you need not do anything.")
    return Text(lang.gettext("Your fresh link"), sentence, sentence)
