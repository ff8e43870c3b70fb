"""Giving back one of several things that a decision takes away, before the rest: less for the person, never more.

Whoever answers an appeal does it with the answer; whoever has the case in hand does it with a reason that the person reads. A new
letter supersedes the old one, and those who were told hear of it where it is what they were told of (DESIGN 2.7, 2.9).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.core.access import Permission
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_, language
from portal.core.ids import new_id
from portal.core.text import plain, written_reason
from portal.core.work import Work
from portal.enforcement.blocking import blocking_among
from portal.enforcement.changing import Theirs, lessen, paused_among, read_of_its_end, running, told_when
from portal.enforcement.desk import locked_action, take_turn
from portal.enforcement.ending import require_in_hand, way_to_end
from portal.enforcement.messages import available_text
from portal.enforcement.models import Action, ChangeKind, Measure, Restriction, RestrictionChange
from portal.enforcement.own_days import latest_rows, what_counts
from portal.enforcement.own_ends_messages import end_of, part_given_back_text, rest_of
from portal.enforcement.queries import owner_zone, owners_of, restrictions_of, statement_of
from portal.enforcement.remaining import remaining
from portal.enforcement.rules import tells_counterparts
from portal.enforcement.telling import outside_of
from portal.enforcement.timing import restart_parts
from portal.enforcement.told import held_from, recipients_of, said_in, told_outside
from portal.enforcement.unsent import hold_back
from portal.log.operations import Row, add, record
from portal.notices.operations import Compose, Text

GONE = N_("There is nothing left of this decision that could be given back alone.")


@dataclass(frozen=True, slots=True)
class Parting:
    """What is given back, what stays and until when, the new end where the rest ends earlier, and what others read of it."""

    action: Action
    free: tuple[Restriction, ...]
    rest: tuple[Restriction, ...]
    ends_at: datetime | None
    theirs: Theirs

    @property
    def scopes(self) -> list[str]:
        return [row.scope for row in self.free]


def parts_of(session: Session, action: Action, now: datetime) -> list[Restriction]:
    """What is left of a restriction of which one thing alone can be given back: more than one, not over."""
    if action.measure != Measure.RESTRICTION:
        return []
    left = running(restrictions_of(session, [action.id])[action.id], now)
    return left if len(left) > 1 or (left and blocking_among(session, [action])) else []


def can_part(session: Session, action: Action, now: datetime) -> bool:
    """Whether we can give back a part ourselves: it has begun, or some of it, and waits for no answer."""
    paused = paused_among(restrictions_of(session, [action.id])[action.id], now)
    return not paused and way_to_end(session, action, now) == "lift" and bool(parts_of(session, action, now))


def plan_parting(
    session: Session, action: Action, parts: Collection[str], now: datetime, freed: Collection[str] = ()
) -> Parting:
    """What follows when these things are given back now; `freed`: the holds that end in the same act. Reads only.

    Errors: `nothing_to_part`, `parts_missing`, `parts_all`, at `parts`.
    """
    left = parts_of(session, action, now)
    free = [row for row in left if row.scope in parts]
    if not left or len(free) < len(set(parts)):
        raise Conflict("nothing_to_part", GONE)
    if not free:
        raise RuleBroken("parts_missing", N_("Tick what is given back."), field="parts")
    rest = [row for row in left if row not in free]
    if not rest and not blocking_among(session, [action]):
        message = N_("This would be everything. Lift the decision, or overturn it.")
        raise RuleBroken("parts_all", message, field="parts")
    return parting_of(session, action, free, rest, now, freed)


def parting_of(
    session: Session, action: Action, free: Sequence[Restriction], rest: Sequence[Restriction], at: datetime,
    freed: Collection[str] = (),
) -> Parting:
    """What follows when these things end at an instant and the rest does not. Reads only."""
    ends = [action.ends_at if row.review_at else end_of(row, action) for row in rest]
    last = max((end for end in ends if end is not None), default=None)
    earlier = last is not None and action.ends_at is not None and last < action.ends_at
    earlier = earlier and not blocking_among(session, [action])
    return Parting(
        action, tuple(free), tuple(rest), last if earlier else None, _theirs(session, action, free, at, freed)
    )


def _tells(action: Action, rows: Sequence[Restriction]) -> bool:
    return tells_counterparts(action.measure, [row.scope for row in rows], holds=False)


def _theirs(
    session: Session, action: Action, free: Sequence[Restriction], now: datetime, freed: Collection[str]
) -> Theirs:
    """What those read who were told: that it has ended, where what they were told of is given back. Before anything of it has
    begun only those were told whose money it holds."""
    pairs = restrictions_of(session, [action.id])[action.id]
    counts = what_counts(pairs, now) or [row for row, _span in latest_rows(pairs)]
    heard = _tells(action, counts) and not _tells(action, [row for row in counts if row not in free])
    still, paused = remaining(session, action, now).restricts_outside, bool(paused_among(pairs, now))
    text = partial(available_text, outside_of(session, action), still=still, paused=paused) if heard else None
    return read_of_its_end(session, action, text, freed)


def give_back(work: Work, plan: Parting, event_id: UUID, at: datetime | None = None) -> list[Row]:
    """Writes that these things ended, now or `at` the instant on which they did; what was to be told of them later is not told.
    The caller tells and records."""
    action, pairs, over = plan.action, restrictions_of(work.db, [plan.action.id])[plan.action.id], at or work.now
    begins = told_when(action, pairs)
    if _tells(action, plan.free) and begins is not None and begins > over:
        hold_back(work, said_in(work.db, action), ChangeKind.LIFTED)
    rows: list[Row] = [
        add(work, RestrictionChange(restriction_id=row.id, at=over, kind=ChangeKind.LIFTED, cause_event_id=event_id))
        for row in plan.free
    ]
    work.db.flush()
    zone = owner_zone(work.db, action.account_id)
    restart_parts(work, action, work.db.get_one(Case, action.case_id), plan.rest, zone, since=at)
    return rows


def restrictions_without(record: dict[str, Any], scopes: Collection[str], now: datetime) -> list[dict[str, Any]]:
    """What a letter says is taken away, with what is given back now marked so."""
    return [
        {**one, "ends_at": plain(now), "given_back": plain(now)} if one["scope"] in scopes else one
        for one in record.get("restrictions", [])
    ]


def preview_parting(session: Session, plan: Parting, reason: str, now: datetime) -> tuple[Text, list[tuple[str, Text]]]:
    """What the person and each of those who were told would read. Reads only."""
    owner, told = owners_of(session, plan.action.account_id)[0], told_outside(session, plan.action, now)
    people, read = recipients_of(session, told), list[tuple[str, Text]]()
    for notice in told:
        person, compose = people[notice.recipient_id], plan.theirs(notice)
        if compose is not None and person.erased_at is None:
            read.append((person.name, compose(language(person.language), person)))
    return _mine(session, plan, reason, now)(language(owner.language), owner), read


def _mine(session: Session, plan: Parting, reason: str, now: datetime) -> Compose:
    rest, holds = rest_of(plan.action, plan.rest, now), bool(held_from(session, plan.action))
    return part_given_back_text(outside_of(session, plan.action), plan.scopes, rest, reason, holds=holds, ends_at=plan.ends_at)


def lift_part(work: Work, *, action_ref: str, version: int, parts: list[str], reason: str) -> dict[str, Any]:
    """Gives back some of what a restriction takes away, while the rest of it stays as it was decided.

    Errors: `reason_missing`; `nothing_to_part` and `stale` (conflicts); those of `plan_parting` and `require_in_hand`.
    """
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    require_in_hand(work, case)
    text = written_reason(reason)
    if not can_part(work.db, action, work.now):
        raise Conflict("nothing_to_part", GONE)
    if action.version != version:
        raise Conflict("stale", N_("Somebody has changed this meanwhile. Reload the page; what you typed is kept."))
    take_turn(work, action)
    plan, event_id = plan_parting(work.db, action, parts, work.now), new_id()
    mine = _mine(work.db, plan, text, work.now)
    rows = part(work, plan, event_id, mine, plan.theirs, {"at": work.now})
    action.version += 1
    record(work, "action.part_lifted", action.ref, case_ref=case.ref, event_id=event_id, rows=rows, reason=text, free=plan.scopes)
    return {"action": action.ref, "parts": plan.scopes}


def part(
    work: Work, plan: Parting, event_id: UUID, mine: Compose, theirs: Theirs, changed: dict[str, Any],
    ends_at: datetime | None = None, **notice: str,
) -> list[Row]:
    """One change of a decision: these things end now, the rest at `ends_at` where that is earlier, with a new letter."""
    rows = give_back(work, plan, event_id)
    ends = min((end for end in (ends_at, plan.ends_at) if end is not None), default=None)
    before = statement_of(work.db, plan.action.ref)[0] or {}
    said = {"restrictions": restrictions_without(before, plan.scopes, work.now)}
    more = {"ends_at_before": plan.action.ends_at, "ends_at": ends} if ends is not None else {}
    changed = {**changed, "parts": plan.scopes, **more}
    return [*rows, *lessen(work, plan.action, event_id, ends, mine, theirs, changed, said, **notice)]
