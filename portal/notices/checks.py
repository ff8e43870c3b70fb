"""What `flask verify` proves of notices on their way: each function names the rows that break a rule, and no others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.core.clock import local_day
from portal.notices.models import Attempt, Channel, Delivery, DeliveryResult
from portal.notices.told import Pair, fate_in, fates
from portal.rulebook.models import Binding
from portal.rulebook.notice_period import LEAST_DAYS, PROMISE, first_bound_day
from portal.rulebook.queries import promises

Check = Callable[[Session], Iterator[str]]
ZONES = ("Etc/GMT+12", "Pacific/Kiritimati")
"""The zones in which days begin last and first: an owner's zone may have changed since."""
HOLIDAYS = timedelta(days=14)
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
    rests: dict[Pair, set[datetime]] = defaultdict(set)
    for row in session.execute(fates()):
        at = fate_in(row).told_at(END)
        if at is not None:
            rests[row.account_id, row.version_id].add(at)
    told = select(Binding, Account.ref).join(Account, Binding.account_id == Account.id).where(
        Binding.told_at.is_not(None), Binding.untold_at.is_(None)
    )
    for binding, ref in session.execute(told.order_by(Binding.id)):
        if binding.told_at not in rests[binding.account_id, binding.version_id]:
            yield f"account {ref} counts as told of version {binding.version_id}, and no notice of it says so"


def notice_periods_are_kept(session: Session) -> Iterator[str]:
    """No version counts for anybody before the notice period is over that was promised, and the 15 days of the law."""
    told = select(Binding, Account.ref).join(Account, Binding.account_id == Account.id).where(Binding.told_at.is_not(None))
    for binding, ref in session.execute(told.order_by(Binding.id)):
        assert binding.told_at is not None
        first, last = _first_bound_days(session, binding.told_at)
        if binding.binds_on is None or not first <= binding.binds_on <= last:
            yield f"account {ref} is bound by version {binding.version_id} from {binding.binds_on}, which is not its day"


def _first_bound_days(session: Session, told_at: datetime) -> tuple[date, date]:
    """Between which days the first bound day lies, whatever the zone; working days without public holidays."""
    promised = promises(session, local_day(told_at, "UTC")).get(PROMISE)
    length, unit = (promised.length, promised.unit) if promised is not None else (LEAST_DAYS, "days")
    west, east = (first_bound_day(told_at, length, unit, zone) for zone in ZONES)
    return west, east + (HOLIDAYS if unit == "working_days" else timedelta(0))


PROVES: dict[int, tuple[Check, ...]] = {1: (told_rests_on_a_notice, notice_periods_are_kept), 7: (what_was_sent_was_tried,)}
