"""Giving a decision an earlier last day ourselves: a new statement supersedes the old one, and it is never worse."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.core.access import Permission
from portal.core.clock import end_of_day, local_day
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_, language
from portal.core.ids import new_id
from portal.core.text import written_reason
from portal.core.work import Work
from portal.enforcement.change_messages import applies_outside_text
from portal.enforcement.changing import counterparts_read, paused_among, shorten
from portal.enforcement.desk import locked_action, take_turn
from portal.enforcement.ending import require_in_hand, way_to_end
from portal.enforcement.ending_messages import shortened_text
from portal.enforcement.models import Action
from portal.enforcement.queries import owner_zone, owners_of, restrictions_of
from portal.enforcement.telling import outside_of
from portal.enforcement.told import recipients_of, told_outside
from portal.log.operations import record
from portal.notices.operations import Compose, Text


def can_shorten(session: Session, action: Action, now: datetime) -> bool:
    """Whether an earlier last day is possible: it is in effect, has an end of its own, and is not paused.

    A paused one waits for an answer that may be milder still; until then it takes nothing away.
    """
    pairs = restrictions_of(session, [action.id])[action.id]
    return action.ends_at is not None and way_to_end(session, action, now) == "lift" and not paused_among(pairs, now)


def earlier_end(session: Session, action: Action, day: date | None, now: datetime) -> datetime:
    """24:00 of that day in the person's zone. Errors: `ends_on_missing`, `ends_on_past` (today is for lifting), `not_shorter`."""
    if day is None:
        raise RuleBroken("ends_on_missing", N_("Give the new last day."), field="new_ends_on")
    zone = owner_zone(session, action.account_id)
    if day <= local_day(now, zone):
        message = N_("The new last day has to be later than today. To end it now, lift it.")
        raise RuleBroken("ends_on_past", message, field="new_ends_on")
    ends_at = end_of_day(day, zone)
    if action.ends_at is None or ends_at >= action.ends_at:
        message = N_("The new last day has to be before the one that was decided. More is a new decision.")
        raise RuleBroken("not_shorter", message, field="new_ends_on")
    return ends_at


def preview_shortening(
    session: Session, action: Action, ends_at: datetime, reason: str, now: datetime
) -> tuple[Text, list[tuple[str, Text]]]:
    """What the person and each counterpart who was told would read. Reads only."""
    owner, read_by = owners_of(session, action.account_id)[0], counterparts_read(
        applies_outside_text(outside_of(session, action), ends_at)
    )
    told = told_outside(session, action, now)
    people, read = recipients_of(session, told), []
    for notice in told:
        person, compose = people[notice.recipient_id], read_by(notice)
        if compose is not None and person.erased_at is None:
            read.append((person.name, compose(language(person.language), person)))
    return _mine(session, action, ends_at, reason)(language(owner.language), owner), read


def _mine(session: Session, action: Action, ends_at: datetime, reason: str) -> Compose:
    return shortened_text(outside_of(session, action), ends_at, reason)


def shorten_action(work: Work, *, action_ref: str, version: int, new_ends_on: date | None, reason: str) -> dict[str, Any]:
    """Gives an action that is in effect an earlier last day: less, never more.

    A new statement supersedes the old one; the person and then exactly those who were told hear the new day. What it holds
    stays until its own date, an appeal goes on. Errors: `reason_missing`; `stale`, `nothing_to_shorten` (conflicts); those
    of `earlier_end` and `require_in_hand`. Sources: DESIGN 2.2 (a correction is a new statement), 2.7.
    """
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    require_in_hand(work, case)
    text = written_reason(reason)
    if not can_shorten(work.db, action, work.now):
        raise Conflict("nothing_to_shorten", N_("There is nothing left of this decision that could be made shorter."))
    if action.version != version:
        raise Conflict("stale", N_("Somebody has changed this meanwhile. Reload the page; what you typed is kept."))
    take_turn(work, action)
    ends_at, event_id = earlier_end(work.db, action, new_ends_on, work.now), new_id()
    changed = {"at": work.now, "ends_at_before": action.ends_at, "ends_at": ends_at}
    rows = shorten(work, action, event_id, ends_at, _mine(work.db, action, ends_at, text), changed)
    record(work, "action.shortened", action.ref, case_ref=case.ref, event_id=event_id, rows=rows, reason=text)
    return {"action": action.ref, "ends_at": ends_at}
