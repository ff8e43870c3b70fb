"""Trusted flaggers: accounts whose reports are worked first. What they say is no evidence by itself. Source: DSA 22."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, TrustedFlagger
from portal.core.access import Permission
from portal.core.clock import local_day
from portal.core.errors import Conflict, NotFound, RuleBroken, existing
from portal.core.text import clean_line
from portal.core.work import Work
from portal.log.operations import add, record

_LIVE = select(TrustedFlagger).where(
    TrustedFlagger.account_id == bindparam("account_id"), TrustedFlagger.since_on <= bindparam("today"),
    or_(TrustedFlagger.until_on.is_(None), TrustedFlagger.until_on >= bindparam("today")),
).order_by(TrustedFlagger.id.desc()).limit(1)


def flags(session: Session, account_id: UUID, now: datetime) -> TrustedFlagger | None:
    """What makes an account a trusted flagger today; None for all others."""
    return session.scalars(_LIVE, {"account_id": account_id, "today": local_day(now, "UTC")}).first()


def trust_flagger(work: Work, *, account_ref: str, area: str, since_on: date, until_on: date | None = None) -> dict[str, Any]:
    """Marks an account as a trusted flagger in an area. Errors: `NotFound`, `no_area`, `known` while it is one, `ends_first`."""
    work.require(Permission.MANAGE_STAFF)
    account, words = _account(work, account_ref), clean_line(area, limit=200, field="area")
    if not words:
        raise RuleBroken("no_area", "Say in which area this account is a trusted flagger.", field="area")
    if until_on is not None and until_on < since_on:
        raise RuleBroken("ends_first", "The last day is before the first one.", field="until_on")
    if flags(work.db, account.id, work.now) is not None:
        raise Conflict("known", "This account is a trusted flagger already.")
    row = add(work, TrustedFlagger(account_id=account.id, area=words, since_on=since_on, until_on=until_on))
    record(work, "flagger.trusted", account.ref, rows=[row, (row, "ended")])
    return {"account": account.ref}


def end_flagger(work: Work, *, account_ref: str) -> dict[str, Any]:
    """An account is a trusted flagger until today, and no longer. Errors: `NotFound` for one that is none."""
    work.require(Permission.MANAGE_STAFF)
    account = _account(work, account_ref)
    row = flags(work.db, account.id, work.now)
    if row is None:
        raise NotFound
    row.until_on = local_day(work.now, "UTC")
    record(work, "flagger.ended", account.ref, rows=[(row, "ended")])
    return {"account": account.ref}


def _account(work: Work, ref: str) -> Account:
    return existing(work.db.scalars(select(Account).where(Account.ref == ref.strip().upper())).one_or_none())
