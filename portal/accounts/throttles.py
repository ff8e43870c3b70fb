"""How often something may be tried: counted in the database, so that every process counts the same."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.accounts.models import Throttle
from portal.core.errors import RuleBroken
from portal.core.text import sha256
from portal.core.work import Work
from portal.log.operations import add

LIMITS = {
    "sign_in": (10, timedelta(minutes=15)),
    "sign_in_source": (60, timedelta(minutes=15)),
    "fresh_link": (5, timedelta(minutes=15)),
}


def count_try(work: Work, kind: str, subject: str) -> None:
    """Counts one try. Errors: `too_many` when the window is full, saying when it is worth trying again."""
    most, span = LIMITS[kind]
    hashed = sha256(subject)
    row = work.db.scalars(
        select(Throttle).where(Throttle.kind == kind, Throttle.subject == hashed).with_for_update()
    ).one_or_none()
    if row is None:
        row = add(work, Throttle(kind=kind, subject=hashed, window_from=work.now, count=0))
    if row.window_from + span <= work.now:
        row.window_from, row.count = work.now, 0
    if row.count >= most:
        minutes = int((row.window_from + span - work.now).total_seconds() // 60) + 1
        message = "Too many tries. Please wait %(minutes)s minutes and try again. Nothing was lost."
        raise RuleBroken("too_many", message, minutes=minutes)
    row.count += 1
