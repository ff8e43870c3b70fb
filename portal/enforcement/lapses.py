"""What happens when the time of an action or of a proposal is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from portal.accounts.models import Person
from portal.cases.clocks import on_due, start_clock
from portal.cases.drawing import a_lead_has, give_to_a_lead
from portal.cases.models import Case, Clock, ClockResult
from portal.cases.operations import close_item
from portal.core.clock import deadline, local_day
from portal.core.ids import new_id
from portal.core.work import Work
from portal.enforcement.awaited import goes_on
from portal.enforcement.blocking import blocking_among
from portal.enforcement.changing import (
    change,
    heard_of_its_end,
    over_texts,
    paused_among,
    read_of_its_end,
    running,
    tell_change,
)
from portal.enforcement.corrected import DROPPED
from portal.enforcement.desk import give_back
from portal.enforcement.looking_again import other_days
from portal.enforcement.messages import available_text
from portal.enforcement.models import Action, ActionStatus, ChangeKind, Restriction, RestrictionChange
from portal.enforcement.own_ends_messages import moved_text, part_ended_text, rest_of
from portal.enforcement.queries import action_by_ref, restrictions_of, rules_cited
from portal.enforcement.remaining import remaining
from portal.enforcement.telling import outside_of
from portal.enforcement.timing import REVIEW, SAFETY, await_look, over, restart_parts, stop_all, stop_looking
from portal.enforcement.told import held_from
from portal.log.operations import Row, add, record
from portal.notices.operations import Compose
from portal.rulebook.queries import Promise, promises

REVIEW_STAGE = "review"
LAST_INSTANT = timedelta(microseconds=1)


@on_due("restriction_end")
def action_ended(work: Work, clock: Clock) -> None:
    """The action has ended by its own date: that is put on record, and told to the person and to those who were told.

    One message for each change (DESIGN 2.7). An action that was undone meanwhile ends silently: that was told already.
    """
    clock.result, action = ClockResult.KEPT, action_by_ref(work.db, clock.subject_ref)
    if in_force(action):
        end_action(work, action, clock, lifts=False)
        stop_looking(work, action)
        over(work, action)


@on_due("restriction_part_end")
def part_ended(work: Work, clock: Clock) -> None:
    """Something that was taken away is free again on a last day of its own, and the rest is not: the person hears which.

    Those outside hear of it where it was what they were told of (DESIGN 2.7). The next such day gets its clock.
    """
    clock.result, action = ClockResult.KEPT, action_by_ref(work.db, clock.subject_ref)
    if not in_force(action):
        return
    _part_over(work, action, clock, lambda row: row.ends_at)


def _part_over(
    work: Work, action: Action, clock: Clock, day: Callable[[Restriction], datetime | None], *, missed: bool = False
) -> None:
    """What ended on such a day is free again; where nothing else is left of the decision, that has ended too.

    `missed`: nobody looked at it again in time.
    """
    pairs, at = restrictions_of(work.db, [action.id])[action.id], clock.due_at
    free = [row.scope for row, span in pairs if span.over_at == day(row) == at]
    left, case = running(pairs, at), work.db.get_one(Case, action.case_id)
    if not left and not blocking_among(work.db, [action]):
        end_action(work, action, clock, lifts=True)
        return
    restart_parts(work, action, case, left, clock.zone, since=at)
    if not free:
        return
    event_id, outside = new_id(), outside_of(work.db, action)
    heard = heard_of_its_end(work.db, action, at) and not heard_of_its_end(work.db, action, at - LAST_INSTANT)
    still, paused = remaining(work.db, action, work.now).restricts_outside, bool(paused_among(pairs, work.now))
    told = tell_change(
        work, action, event_id, mine=part_ended_text(
            outside, free, rest_of(action, left, at), holds=bool(held_from(work.db, action)), missed=missed
        ),
        theirs=read_of_its_end(work.db, action, partial(available_text, outside, still=still, paused=paused) if heard else None),
    )
    record(work, "action.part_ended", action.ref, case_ref=case.ref, event_id=event_id, rows=[*told], free=free, ended_at=at)


@on_due("restriction_review")
def review_missed(work: Work, clock: Clock) -> None:
    """Nobody reviewed the restriction by its date: it ends (promise "restriction_review").

    Where a safety rule applies the date is moved once, and a lead has it from then on (promise "restriction_review_safety").
    """
    action = action_by_ref(work.db, clock.subject_ref)
    if not in_force(action):
        return
    case, longer = work.db.get_one(Case, action.case_id), _safety_time(work, action, clock.due_at)
    if longer is None:
        _not_looked_at(work, action, clock)
        return
    until = deadline(clock.due_at - LAST_INSTANT, longer.length, longer.unit, clock.zone, work.country)
    event_id, rows = new_id(), list[Row]()
    if action.ends_at is not None:
        until = min(until, action.ends_at)
        rows = _go_on(work, action, event_id, clock.due_at, until)
        if not rows:
            _not_looked_at(work, action, clock)
            return
    moved = start_clock(
        work, SAFETY, action.ref, case=case, length=longer.length, unit=longer.unit, zone=clock.zone,
        promise_id=longer.clause_version_id, start=clock.due_at, due_at=until,
    )
    item = await_look(work, action, case, moved.due_at)
    give_to_a_lead(work, case, item)
    item.stage, item.safety = REVIEW_STAGE, True
    if rows:
        work.db.flush()
        scopes = list(dict.fromkeys(row.scope for row in rows if isinstance(row, Restriction)))
        rows.append(other_days(work, action, scopes, None, until, {"moved": scopes}))
        mine = moved_text(outside_of(work.db, action), scopes, until, lead=a_lead_has(work.db, action.ref, REVIEW))
        rows += tell_change(work, action, event_id, mine=mine, theirs=lambda _before: None)
        record(work, "action.look_moved", action.ref, case_ref=case.ref, event_id=event_id, rows=rows, until=until)


def _go_on(work: Work, action: Action, event_id: UUID, at: datetime, until: datetime) -> list[Row]:
    """What was to be looked at again by now, or is before the later date, goes on to that date; not what is paused."""
    rows = list[Row]()
    for old, span in restrictions_of(work.db, [action.id])[action.id]:
        if old.review_at is None or span.over_at != old.review_at or not at <= old.review_at < until or span.paused(at):
            continue
        if old.review_at > at:
            rows.append(add(work, RestrictionChange(
                restriction_id=old.id, at=at, kind=ChangeKind.LIFTED, cause_event_id=event_id)))
        rows += goes_on(work, old, starts_at=max(at, old.starts_at), ends_at=None, review_at=until)[1]
    work.db.flush()
    return rows


@on_due(SAFETY)
def safety_review_missed(work: Work, clock: Clock) -> None:
    """Not even by the later date did anybody review it: it ends (promise "restriction_review_safety")."""
    action = action_by_ref(work.db, clock.subject_ref)
    if in_force(action):
        _not_looked_at(work, action, clock)


def _not_looked_at(work: Work, action: Action, clock: Clock) -> None:
    """Nobody looked again: the decision ends, or the one of several things that was to be looked at."""
    close_item(work, action.ref, REVIEW, "late")
    if action.ends_at is None:
        end_action(work, action, clock, lifts=True)
    else:
        _part_over(work, action, clock, lambda row: row.until, missed=True)


def in_force(action: Action) -> bool:
    """Whether a decision was issued, and neither undone nor ended by us; its own end may have come."""
    return action.status == ActionStatus.ISSUED and action.reversed_at is None and action.lifted_at is None


def _safety_time(work: Work, action: Action, at: datetime) -> Promise | None:
    """How much longer a missed review may take under a safety rule; None elsewhere, and where nothing is published."""
    rules, case = rules_cited(work.db, action), work.db.get_one(Case, action.case_id)
    if not case.safety and not any(rule.data.safety for rule in rules):
        return None
    return promises(work.db, local_day(at, "UTC")).get("restriction_review_safety")


def end_action(
    work: Work, action: Action, clock: Clock, *, lifts: bool, said: Callable[[Compose], Compose] | None = None,
    also: Sequence[Person] = (), **notice: str,
) -> None:
    """The action is over since the clock's due time; `lifts`: it had no end of its own, so its restrictions are lifted.

    `said`: what the person reads instead, made from what they would read; `also`: who hears it besides; `notice`: of which kind
    that is, and where it leads.
    """
    case, event_id = work.db.get_one(Case, action.case_id), new_id()
    paused, rows = bool(paused_among(restrictions_of(work.db, [action.id])[action.id], work.now)), list[Row]()
    if lifts:
        rows += change(work, action, ChangeKind.LIFTED, event_id, at=clock.due_at)
        action.lifted_at, action.version = clock.due_at, action.version + 1
        rows.append((action, "lifted"))
        stop_all(work, action)
        work.db.flush()
    mine, theirs = over_texts(work, action, paused=paused)
    rows += tell_change(work, action, event_id, also, mine=said(mine) if said else mine, theirs=theirs, **notice)
    record(work, "action.ended", action.ref, case_ref=case.ref, rows=rows, event_id=event_id, ended_at=clock.due_at)


@on_due("co_signature")
def co_signature_lapsed(work: Work, clock: Clock) -> None:
    """Nobody signed in time: the proposal is its proposer's draft again (promise "co_signature").

    A correction of a letter that was issued is dropped: the letter stays as it is, and the correction can be sent again.
    """
    action = action_by_ref(work.db, clock.subject_ref)
    if action.status == ActionStatus.PROPOSED:
        give_back(work, action, work.db.get_one(Case, action.case_id), "lapsed")
    elif action.status == ActionStatus.ISSUED:
        case = work.db.get_one(Case, action.case_id)
        close_item(work, action.ref, "cosignature", "lapsed")
        record(work, DROPPED, action.ref, case_ref=case.ref, why="lapsed")
