"""Measures that protect an account, from a takeover or for a victim: they say of no rule that it was broken.

One person may take such a measure, for as long as our promise says; a second signature renews it once. It never counts on
any ladder, the person is never asked first, and it ends by itself. Source: DESIGN 2, nature of an action.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, aliased

from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.enforcement.decision import OTHER_NATURES, Decision
from portal.enforcement.lasting import own_times
from portal.enforcement.models import Action, ActionStatus, Nature
from portal.enforcement.natures import decision_of, read_scene
from portal.enforcement.own_days import Within
from portal.rulebook.queries import Promise

PROMISE = "protective"
RENEWAL = "renewal"
CATEGORY = "protective_measure"
"""What the public register calls it: never one of the categories for what somebody did."""

_Renewal = aliased(Action)
_PROTECTED = (
    select(Action, _Renewal.id).outerjoin(_Renewal, _Renewal.supersedes_id == Action.id)
    .where(
        Action.case_id == bindparam("case_id"), Action.nature == Nature.PROTECTIVE, Action.id != bindparam("besides"),
        Action.status.in_((ActionStatus.ISSUED, ActionStatus.WITHDRAWN)),
    ).order_by(Action.issued_at, Action.id)
)


def span_of(promise: Promise) -> timedelta:
    """How long such a measure lasts at the most."""
    return timedelta(**{promise.unit: promise.length})


def gather_protective(
    session: Session, action: Action, posted: Mapping[str, Any], now: datetime, country: str
) -> Decision:
    """A measure that protects, from its form. It begins now and ends when our promise says, or with the last of what it takes.

    Errors: those of `read_scene`, `to_renew` and `own_times`; `hold_needs_more`: it holds no money.
    """
    scene = read_scene(session, action, posted, now, PROMISE)
    if scene.fields.hold is not None:
        message = N_("A measure that protects holds no money. What is available stays available.")
        raise RuleBroken("hold_needs_more", message, field="hold_amount_minor")
    first, span = to_renew(session, action.case_id, now, besides=action.id), span_of(scene.promise)
    begins = first.ends_at if first is not None and first.ends_at is not None else now
    whole = Within(now, begins + span, scene.zone, action.status == ActionStatus.PROPOSED)
    times = own_times(scene.fields, whole)
    if times.effective_at > now:
        message = N_("A measure that protects begins at once. Leave at least one first day empty.")
        raise RuleBroken("starts_on_later", message, field=f"starts_on_{scene.fields.scope[0]}")
    said = {"category": CATEGORY, "renews": first.ref if first is not None else None, "payouts": _payouts(scene.promises)}
    return decision_of(
        session, scene, times, country, replaces=first,
        signed_twice=RENEWAL if first is not None else None, said=said,
    )


def _payouts(known: Mapping[str, Promise]) -> dict[str, int]:
    """After how long a place for payouts can be used: whoever took the account over cannot have added one that works."""
    names = {"new_place_hours": "new_destination", "by_link_days": "link_destination"}
    return {name: known[promise].length for name, promise in names.items() if promise in known}


def to_renew(session: Session, case_id: UUID, now: datetime, besides: UUID | None = None) -> Action | None:
    """The measure in effect that one more renews; None when this is the first of its case.

    Errors: `protected_already` when it is over, was ended or was renewed: there is no third time.
    """
    rows = session.execute(_PROTECTED, {"case_id": case_id, "besides": besides or UUID(int=0)}).all()
    if not rows:
        return None
    newest, successor = rows[-1]
    over = newest.ends_at is None or newest.ends_at <= now or newest.reversed_at is not None or newest.lifted_at is not None
    if len(rows) > 1 or successor is not None or over:
        message = N_(
            "%(earlier)s protected this account in this case already. It can be renewed once, while it is in effect, and never "
            "begun anew."
        )
        raise RuleBroken("protected_already", message, field="clause_version_id", earlier=newest.ref)
    found: Action = newest
    return found


def whom_to_protect(session: Session, case_id: UUID, member_id: UUID | None, now: datetime) -> UUID | None:
    """The one member whom such a measure is about: a renewal is about the same as the first. Errors: those of `to_renew`."""
    first = to_renew(session, case_id, now)
    return member_id if first is None else first.member_id


OTHER_NATURES[Nature.PROTECTIVE] = gather_protective
