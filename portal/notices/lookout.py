"""Where a worker looks for accounts that nobody told of new rules: once at all of them, then at those that are new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.notices.rule_changes import somebody_untold, to_tell
from portal.rulebook.models import PolicyVersion

NEW_EVERY = timedelta(minutes=10)
"""How often somebody is looked for who joined since everybody was told, until the version takes effect."""
ALL_EVERY = timedelta(days=1)
"""How often all accounts are looked at again: one may have got its first member, or come late with an older day of joining."""
OVERLAP = timedelta(hours=1)
"""How much further back than the newest account a look begins: an act that began earlier may have ended later."""


@dataclass(slots=True)
class _Look:
    """One version: when to look, when at all accounts, behind which account the look goes on, and the newest one then."""

    next_at: datetime
    all_at: datetime
    after: UUID | None = None
    newest: UUID | None = None
    under_way: bool = False


class Lookout:
    """What one worker remembers. It is never needed: a worker that begins looks at all accounts, and asks the rows."""

    def __init__(self) -> None:
        self._looks: dict[UUID, _Look] = {}

    def due(self, session: Session, now: datetime) -> list[UUID]:
        """The versions for which somebody is to be looked for now."""
        versions = to_tell(session, now.date())
        self._looks = {key: self._looks.get(key) or _Look(now, now) for key in versions}
        return [key for key in versions if self._looks[key].next_at <= now]

    def finds(self, session: Session, version_id: UUID, now: datetime) -> bool:
        """Whether somebody is still to be told, read in a session that writes nothing; if not, this look is over."""
        look = self._looks[version_id]
        if not look.under_way:
            _begin(session, look, now)
        if somebody_untold(session, version_id, look.after):
            return True
        in_force = session.get_one(PolicyVersion, version_id).effective_on < now.date()
        look.under_way, look.next_at = False, look.all_at if in_force else min(now + NEW_EVERY, look.all_at)
        return False

    def after(self, version_id: UUID) -> str | None:
        """Behind which account the next batch begins."""
        after = self._looks[version_id].after
        return str(after) if after is not None else None

    def told(self, version_id: UUID, last: str | None) -> None:
        """A batch was told, up to this account."""
        if last is not None:
            self._looks[version_id].after = UUID(last)


def _begin(session: Session, look: _Look, now: datetime) -> None:
    whole, before = look.all_at <= now, look.newest
    look.newest = session.scalar(select(Account.id).order_by(Account.id.desc()).limit(1))
    look.after = None if whole or before is None else _earlier(before)
    look.all_at = now + ALL_EVERY if whole else look.all_at
    look.under_way = True


def _earlier(key: UUID) -> UUID:
    """The least key (UUIDv7: its first 48 bits are milliseconds) of a while before this one."""
    return UUID(int=max((key.int >> 80) - int(OVERLAP.total_seconds() * 1000), 0) << 80)
