"""What the marketplace has to carry out: every account, or one member of it, of which something is in effect now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Member, Person
from portal.enforcement.models import Action, ActionStatus, Restriction
from portal.enforcement.queries import Standing, restrictions_of, standing
from portal.enforcement.rules import Span
from portal.enforcement.silence import silent_among

_CONCERNED = (
    select(Account, Action.member_id, Person.email).join(Action, Action.account_id == Account.id)
    .outerjoin(Member, Member.id == Action.member_id).outerjoin(Person, Person.id == Member.person_id)
    .where(
        Action.status == ActionStatus.ISSUED, Action.effective_at <= bindparam("now"), Action.reversed_at.is_(None),
        Action.lifted_at.is_(None), or_(Action.ends_at.is_(None), Action.ends_at > bindparam("now")),
    )
    .distinct().order_by(Account.external_id, Action.member_id)
)


def standings(session: Session, now: datetime) -> Iterator[dict[str, Any]]:
    """One plain line for each account that is not in good standing, in the order of the marketplace's numbers.

    The standing of one member, where a decision is about them, is a line of its own that names their address. It is derived
    by the function that every page asks, so that pages and this never disagree.
    """
    for account, member_id, email in session.execute(_CONCERNED, {"now": now}).all():
        found = standing(session, account.id, now, member_id)
        if found.actions:
            yield _line(session, account, email, found, now)


def _line(session: Session, account: Account, email: str | None, found: Standing, now: datetime) -> dict[str, Any]:
    spans, silent = restrictions_of(session, [one.id for one in found.actions]), silent_among(
        session, [one.id for one in found.actions]
    )
    return {
        "account": account.external_id, "ref": account.ref, "member": email, "standing": found.state.value,
        "until": _text(found.until), "actions": [_action(one, spans[one.id], silent, now) for one in found.actions],
    }


def _action(action: Action, pairs: list[tuple[Restriction, Span]], silent: set[UUID], now: datetime) -> dict[str, Any]:
    """What one decision takes now. While an order forbids to tell of it, it has no reference that could be shown to anybody."""
    return {
        "action": None if action.id in silent else action.ref, "measure": action.measure, "ends_at": _text(action.ends_at),
        "takes": [
            {"kind": row.kind, "scope": row.scope, "partial": row.partial, "ends_at": _text(_end(row, action)),
             "review_at": _text(row.review_at)}
            for row, span in pairs if span.in_effect(now)
        ],
    }


def _end(row: Restriction, action: Action) -> datetime | None:
    """When this ends: with the decision at the latest, which may have got an earlier last day since."""
    return min(row.ends_at, action.ends_at or row.ends_at) if row.ends_at is not None else None


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
