"""Looking again at one of several things that a decision takes away: it stays, with a reason that its person reads.

Without that look it ends on its day. It never lasts longer than the decision does: more is a new one. Source: DESIGN 2.4,
section 4, promise "restriction_review".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.cases.models import ClockResult
from portal.core.access import Permission
from portal.core.clock import end_of_day, last_day, local_day
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_, language
from portal.core.ids import new_id
from portal.core.text import plain, written_reason
from portal.core.work import Work
from portal.enforcement.anew import supersede
from portal.enforcement.awaited import goes_on
from portal.enforcement.changing import running, tell_change
from portal.enforcement.desk import locked_action, take_turn
from portal.enforcement.ending import require_in_hand, way_to_end
from portal.enforcement.models import Action, ChangeKind, Restriction, RestrictionChange, Statement
from portal.enforcement.own_ends_messages import Rest, kept_text
from portal.enforcement.queries import owner_zone, owners_of, restrictions_of, statement_of
from portal.enforcement.rules import Span
from portal.enforcement.telling import outside_of
from portal.enforcement.timing import restart_parts
from portal.log.operations import Row, add, record
from portal.notices.operations import Compose, Text

EARLIEST = timedelta(days=7)
"""So long before its day something is looked at again at the earliest: a look on the first day would be none."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays of a decision, until its end or (`review_at`) the next look."""

    action: Action
    parts: tuple[tuple[Restriction, Span], ...]
    review_at: datetime | None

    @property
    def scopes(self) -> list[str]:
        return [row.scope for row, _span in self.parts]

    @property
    def rest(self) -> list[Rest]:
        until = self.review_at or self.action.ends_at
        return [Rest(one, until, self.review_at is not None) for one in self.scopes if until is not None]


def looks_of(session: Session, action: Action, now: datetime) -> list[tuple[Restriction, Span]]:
    """What of a decision is to be looked at again, and not over."""
    pairs = restrictions_of(session, [action.id])[action.id]
    left = {row.id for row in running(pairs, now)}
    return [(row, span) for row, span in pairs if row.id in left and row.review_at is not None and action.ends_at is not None]


def due_looks(session: Session, action: Action, now: datetime) -> list[tuple[Restriction, Span]]:
    """What of it can be looked at now."""
    if way_to_end(session, action, now) != "lift":
        return []
    return [(row, span) for row, span in looks_of(session, action, now) if row.until and row.until - EARLIEST <= now]


def plan_keeping(session: Session, action: Action, parts: Collection[str], review_on: date | None, now: datetime) -> Kept:
    """What stays when somebody has looked. Reads only.

    Errors: `nothing_to_review` (conflict); `parts_missing`; `review_on_past`, `review_on_later` for the next look.
    """
    due = due_looks(session, action, now)
    chosen = [(row, span) for row, span in due if row.scope in parts]
    if not due or len(chosen) < len(set(parts)):
        raise Conflict("nothing_to_review", N_("There is nothing of this decision that can be looked at again now."))
    if not chosen:
        raise RuleBroken("parts_missing", N_("Tick what stays."), field="parts")
    return Kept(action, tuple(chosen), _next_look(session, action, review_on, now))


def _next_look(session: Session, action: Action, day: date | None, now: datetime) -> datetime | None:
    zone = owner_zone(session, action.account_id)
    if day is None or action.ends_at is None:
        return None
    if day <= local_day(now, zone):
        raise RuleBroken("review_on_past", N_("Give a day that is later than today."), field="review_on")
    if day >= last_day(action.ends_at, zone):
        message = N_("On the last day it ends by itself. Look at it again before that, or leave this empty.")
        raise RuleBroken("review_on_later", message, field="review_on")
    return end_of_day(day, zone)


def preview_keeping(session: Session, plan: Kept, reason: str) -> Text:
    """What the person would read. Nobody else hears of it: what they were told stays true."""
    owner = owners_of(session, plan.action.account_id)[0]
    return _mine(session, plan, reason)(language(owner.language), owner)


def _mine(session: Session, plan: Kept, reason: str) -> Compose:
    return kept_text(outside_of(session, plan.action), plan.scopes, plan.rest, reason)


def keep_parts(
    work: Work, *, action_ref: str, version: int, parts: list[str], reason: str, review_on: date | None = None
) -> dict[str, Any]:
    """Puts on record that somebody looked again and that these things stay: until the decision ends, or the next look.

    A new letter supersedes the old one; the person reads the reason. What is not named ends on its day. Errors:
    `reason_missing`, `stale`, those of `plan_keeping` and `require_in_hand`.
    """
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    require_in_hand(work, case)
    text, plan = written_reason(reason), plan_keeping(work.db, action, parts, review_on, work.now)
    if action.version != version:
        raise Conflict("stale", N_("Somebody has changed this meanwhile. Reload the page; what you typed is kept."))
    take_turn(work, action)
    event_id, mine = new_id(), _mine(work.db, plan, text)
    ends_at = None if plan.review_at else action.ends_at
    rows = [*_keep(work, plan, event_id), other_days(
        work, action, plan.scopes, ends_at, plan.review_at, {"kept": plan.scopes, "reason": text}
    )]
    action.version += 1
    work.db.flush()
    left = running(restrictions_of(work.db, [action.id])[action.id], work.now)
    restart_parts(work, action, case, left, owner_zone(work.db, action.account_id), ClockResult.KEPT)
    rows += tell_change(work, action, event_id, mine=mine, theirs=lambda _before: None)
    record(work, "action.part_kept", action.ref, case_ref=case.ref, event_id=event_id, rows=rows, reason=text, kept=plan.scopes)
    return {"action": action.ref, "parts": plan.scopes}


def _keep(work: Work, plan: Kept, event_id: UUID) -> list[Row]:
    """What stays ends and begins in one moment; what is paused stays so."""
    rows = list[Row]()
    for old, span in plan.parts:
        ends_at = None if plan.review_at else plan.action.ends_at
        new, written = goes_on(
            work, old, starts_at=max(old.starts_at, work.now), ends_at=ends_at, review_at=plan.review_at
        )
        rows += [_changed(work, old, ChangeKind.LIFTED, event_id), *written]
        work.db.flush()
        rows += [_changed(work, new, ChangeKind.PAUSED, event_id)] if span.paused(work.now) else []
    return rows


def _changed(work: Work, row: Restriction, kind: ChangeKind, event_id: UUID) -> Row:
    return add(work, RestrictionChange(restriction_id=row.id, at=work.now, kind=kind, cause_event_id=event_id))


def other_days(
    work: Work, action: Action, scopes: Collection[str], ends_at: datetime | None, review_at: datetime | None,
    changed: dict[str, Any],
) -> Statement:
    """The letter anew, with other days for these things and why; it supersedes the one before, which stays readable."""
    record, old = statement_of(work.db, action.ref)
    new = plain({"ends_at": ends_at, "review_at": review_at})
    said: Sequence[dict[str, Any]] = (record or {}).get("restrictions", [])
    restrictions = [{**one, **new} if one["scope"] in scopes else one for one in said]
    return supersede(work, old, {
        **(record or {}), "changed": plain({"at": work.now, **changed}), "restrictions": restrictions,
    })
