"""Since when an account is told of new rules: the first of sent and not bounced, and informed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Person
from portal.core.access import Permission
from portal.core.clock import local_day
from portal.core.work import Work
from portal.log.operations import Row as Vouched
from portal.log.operations import record
from portal.notices.models import Channel, Delivery, DeliveryResult, Informed, Notice, Telling
from portal.notices.operations import on_bounced, on_informed
from portal.notices.queries import INBOX_ALONE, sent_at
from portal.notices.rule_changes import KIND, ref_of
from portal.rulebook.accepting import put_told, put_untold
from portal.rulebook.models import Binding
from portal.rulebook.notice_period import PROMISE, first_bound_day, notice_promised
from portal.rulebook.queries import promises

BATCH = 200
LOOK_AGAIN = timedelta(minutes=10)
Pair = tuple[UUID, UUID]
_Inbox, _Mail = aliased(Delivery), aliased(Delivery)


@dataclass(frozen=True, slots=True)
class Fate:
    """How the notice to one owner fared."""

    telling_id: UUID
    zone: str
    arrived_at: datetime | None
    mailed_at: datetime | None
    bounced: bool
    informed_at: datetime | None

    def told_at(self, now: datetime) -> datetime | None:
        """Sent and not bounced, or informed: the first of the two."""
        sent = None if self.bounced else sent_at(self.arrived_at, self.mailed_at, now)
        return min((at for at in (sent, self.informed_at) if at is not None), default=None)

    def look_at(self, now: datetime) -> datetime | None:
        """When to look again unless somebody says so: after a day in the inbox. What came back is told by being read alone."""
        if self.bounced:
            return None
        alone = self.arrived_at + INBOX_ALONE if self.arrived_at is not None else now
        return alone if alone > now else now + LOOK_AGAIN


def tellings_due(session: Session, now: datetime) -> bool:
    """Whether there is a notice of new rules to look at."""
    return session.scalar(select(Telling.id).where(Telling.look_at <= now).limit(1)) is not None


def settle_tellings(work: Work, *, limit: int = BATCH) -> dict[str, Any]:
    """Looks whether the notices of new rules were sent, and puts on record since when each account is told."""
    work.require(Permission.RUN_CLOCKS)
    due = work.db.execute(
        select(Telling.account_id, Telling.version_id).where(Telling.look_at <= work.now)
        .order_by(Telling.look_at, Telling.id).limit(limit).with_for_update(skip_locked=True)
    )
    pairs = list(dict.fromkeys((row.account_id, row.version_id) for row in due))
    return {"looked_at": len(pairs), "told": _look(work, pairs)}


@on_informed(KIND)
def _informed(work: Work, notice: Notice, _informed: Informed) -> None:
    _look(work, _pairs_of(work.db, notice))


@on_bounced(KIND)
def _bounced(work: Work, notice: Notice) -> None:
    _look(work, _pairs_of(work.db, notice))


def _pairs_of(session: Session, notice: Notice) -> list[Pair]:
    rows = session.execute(select(Telling.account_id, Telling.version_id).where(Telling.notice_id == notice.id))
    return [(row.account_id, row.version_id) for row in rows]


def _look(work: Work, pairs: Sequence[Pair]) -> int:
    """For each account and version: told from the first owner who was, or told no longer. Returns how many changed."""
    if not pairs:
        return 0
    fates, known = fates_of(work.db, pairs), _bindings(work, pairs)
    told: dict[UUID, list[Vouched]] = defaultdict(list)
    untold: dict[UUID, list[Vouched]] = defaultdict(list)
    again: dict[datetime | None, list[UUID]] = defaultdict(list)
    changed = 0
    for pair in pairs:
        first = min(((at, one.zone) for one in fates[pair] if (at := one.told_at(work.now)) is not None), default=None)
        binding = known.get(pair)
        counts = binding.told_at if binding is not None and binding.untold_at is None else None
        changed += (first[0] if first is not None else None) != counts
        if first is not None and first[0] != counts:
            told[pair[1]] += put_told(work, binding, *pair, first[0], _first_bound_day(work, *first))
        elif first is None and counts is not None and binding is not None:
            untold[pair[1]] += put_untold(work, binding)
        for one in fates[pair]:
            again[None if first is not None else one.look_at(work.now)].append(one.telling_id)
    for at, keys in again.items():
        work.db.execute(update(Telling).where(Telling.id.in_(keys)).values(look_at=at))
    for version_id, rows in told.items():
        record(work, "policy.told", ref_of(version_id), rows=rows, version=version_id)
    for version_id, rows in untold.items():
        record(work, "policy.untold", ref_of(version_id), rows=rows, version=version_id)
    return changed


def _first_bound_day(work: Work, told_at: datetime, zone: str) -> date:
    """By the promise in force when the account was told, and by the law where that is longer."""
    day = local_day(told_at, "UTC")
    if (PROMISE, day) not in work.cache:
        work.cache[PROMISE, day] = notice_promised(promises(work.db, day))
    return first_bound_day(told_at, work.cache[PROMISE, day], zone, work.country)


def _bindings(work: Work, pairs: Sequence[Pair]) -> dict[Pair, Binding]:
    rows = work.db.scalars(select(Binding).where(
        Binding.account_id.in_({account_id for account_id, _ in pairs}),
        Binding.version_id.in_({version_id for _, version_id in pairs}),
    ).with_for_update())
    return {(row.account_id, row.version_id): row for row in rows}


_FATES = (
    select(
        Telling.account_id, Telling.version_id, Telling.id.label("telling_id"), Person.zone,
        _Inbox.delivered_at.label("arrived_at"), _Mail.delivered_at.label("mailed_at"), _Mail.result,
        Informed.at.label("informed_at"),
    )
    .join(Notice, Notice.id == Telling.notice_id).join(Person, Person.id == Notice.recipient_id)
    .outerjoin(_Inbox, (_Inbox.notice_id == Notice.id) & (_Inbox.channel == Channel.INBOX))
    .outerjoin(_Mail, (_Mail.notice_id == Notice.id) & (_Mail.channel == Channel.EMAIL))
    .outerjoin(Informed, Informed.notice_id == Notice.id)
)


def fates_of(session: Session, pairs: Sequence[Pair]) -> Mapping[Pair, list[Fate]]:
    """How the notices to the owners of these accounts fared."""
    found: dict[Pair, list[Fate]] = defaultdict(list)
    rows = session.execute(_FATES.where(
        Telling.account_id.in_({account_id for account_id, _ in pairs}),
        Telling.version_id.in_({version_id for _, version_id in pairs}),
    ))
    for row in rows:
        found[row.account_id, row.version_id].append(_fate_in(row))
    return found


def _fate_in(row: Any) -> Fate:
    return Fate(
        row.telling_id, row.zone, row.arrived_at, row.mailed_at, row.result == DeliveryResult.BOUNCED, row.informed_at
    )
