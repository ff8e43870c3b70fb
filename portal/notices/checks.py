"""What `flask verify` proves of notices on their way: each function names the rows that break a rule, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.core.clock import local_day
from portal.notices.models import Attempt, Channel, Delivery, DeliveryResult
from portal.notices.outgoing_erasing import kept_for
from portal.notices.outgoing_models import Outgoing
from portal.notices.told import fates_of
from portal.rulebook.models import Binding
from portal.rulebook.notice_period import Period, first_bound_day, notice_promised
from portal.rulebook.queries import promises

Check = Callable[[Session], Iterator[str]]
ZONES = ("Etc/GMT+12", "Pacific/Kiritimati")
"""The zones in which days begin last and first: an owner's zone may have changed since."""
HOLIDAYS = timedelta(days=14)
PORTION = 500
END = datetime.max.replace(tzinfo=UTC)


def what_was_sent_was_tried(session: Session) -> Iterator[str]:
    """Each mail that counts as sent has the attempt at which the other side took it, at that very moment."""
    tried = exists().where(
        Attempt.delivery_id == Delivery.id, Attempt.result == DeliveryResult.SENT, Attempt.at == Delivery.delivered_at
    )
    bare = select(Delivery.id).where(Delivery.channel == Channel.EMAIL, Delivery.delivered_at.is_not(None), ~tried)
    yield from (f"delivery {key} counts as sent and no attempt says so" for key in session.scalars(bare.order_by(Delivery.id)))


def told_rests_on_a_notice(session: Session) -> Iterator[str]:
    """Whoever counts as told of a version has the notice that was sent and did not come back, or was read, at that moment."""
    for portion in _told(session, Binding.untold_at.is_(None)):
        rests = fates_of(session, [(row.account_id, row.version_id) for row in portion])
        for row in portion:
            if row.told_at not in {fate.told_at(END) for fate in rests.get((row.account_id, row.version_id), ())}:
                yield f"account {row.ref} counts as told of version {row.version_id}, and no notice of it says so"


def notice_periods_are_kept(session: Session) -> Iterator[str]:
    """No version counts for anybody before the notice period is over that was promised, and the 15 days of the law."""
    promised: dict[date, Period] = {}
    for row in (row for portion in _told(session) for row in portion):
        day = local_day(row.told_at, "UTC")
        if day not in promised:
            promised[day] = notice_promised(promises(session, day))
        first, last = _first_bound_days(row.told_at, promised[day])
        if row.binds_on is None or not first <= row.binds_on <= last:
            yield f"account {row.ref} is bound by version {row.version_id} from {row.binds_on}, which is not its day"


def messages_wait_for_their_answer(session: Session) -> Iterator[str]:
    """No message to the marketplace is erased before it was answered and the published time after that is over."""
    rows = session.execute(
        select(Outgoing.message_id, Outgoing.ended_at, Outgoing.erased_at).where(Outgoing.erased_at.is_not(None))
        .order_by(Outgoing.id)
    )
    for message_id, ended_at, erased_at in rows:
        time = kept_for(session, erased_at) if erased_at is not None else None
        if ended_at is None or erased_at is None or time is None or erased_at < ended_at + time:
            yield f"message {message_id} was erased before its time"


def _told(session: Session, *which: ColumnElement[bool]) -> Iterator[Sequence[Any]]:
    """What is on record of who was told, portion by portion: a portal has as many rows of it as accounts and versions."""
    last = UUID(int=0)
    query = (
        select(Binding.id, Binding.account_id, Binding.version_id, Binding.told_at, Binding.binds_on, Account.ref)
        .join(Account, Binding.account_id == Account.id).where(Binding.told_at.is_not(None), *which)
        .order_by(Binding.id).limit(PORTION)
    )
    while rows := session.execute(query.where(Binding.id > last)).all():
        yield rows
        last = rows[-1].id


def _first_bound_days(told_at: datetime, period: Period) -> tuple[date, date]:
    """Between which days the first bound day lies, whatever the zone; working days without public holidays."""
    west, east = (first_bound_day(told_at, period, zone) for zone in ZONES)
    return west, east + (HOLIDAYS if period.unit == "working_days" else timedelta(0))


PROVES: dict[int, tuple[Check, ...]] = {
    1: (told_rests_on_a_notice, notice_periods_are_kept), 7: (what_was_sent_was_tried, messages_wait_for_their_answer),
}
