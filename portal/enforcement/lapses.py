"""What happens when the time of an action or of a proposal is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.cases.clocks import on_due, start_clock
from portal.cases.models import Case, Clock, ClockResult
from portal.cases.operations import close_item, open_item
from portal.core.clock import deadline, local_day
from portal.core.ids import new_id
from portal.core.work import Work
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
from portal.enforcement.messages import available_text
from portal.enforcement.models import Action, ActionStatus, ChangeKind
from portal.enforcement.own_ends_messages import part_ended_text
from portal.enforcement.queries import action_by_ref, restrictions_of, rules_cited
from portal.enforcement.remaining import remaining
from portal.enforcement.telling import outside_of
from portal.enforcement.timing import REVIEW, start_part, stop_all, stop_looking
from portal.enforcement.told import held_from
from portal.log.operations import Row, record
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


@on_due("restriction_part_end")
def part_ended(work: Work, clock: Clock) -> None:
    """Something that was taken away is free again on a last day of its own, and the rest is not: the person hears which.

    Those outside hear of it where it was what they were told of (DESIGN 2.7). The next such day gets its clock.
    """
    clock.result, action = ClockResult.KEPT, action_by_ref(work.db, clock.subject_ref)
    if not in_force(action):
        return
    pairs = restrictions_of(work.db, [action.id])[action.id]
    free = [row.scope for row, span in pairs if span.over_at == row.ends_at == clock.due_at]
    rest = [(row.scope, row.ends_at) for row in running(action, pairs, clock.due_at) if row.ends_at]
    case, event_id, outside = work.db.get_one(Case, action.case_id), new_id(), outside_of(work.db, action)
    ends = [(scope, min(end, action.ends_at or end)) for scope, end in rest]
    start_part(work, action, case, [end for _scope, end in ends], clock.zone, since=clock.due_at)
    heard = heard_of_its_end(work.db, action, clock.due_at) and not heard_of_its_end(work.db, action, clock.due_at - LAST_INSTANT)
    still, paused = remaining(work.db, action, work.now).restricts_outside, bool(paused_among(pairs, work.now))
    told = tell_change(
        work, action, event_id, mine=part_ended_text(outside, free, ends, holds=bool(held_from(work.db, action))),
        theirs=read_of_its_end(work.db, action, available_text(outside, still=still, paused=paused) if heard else None),
    )
    record(work, "action.part_ended", action.ref, case_ref=case.ref, event_id=event_id, rows=[*told], free=free,
           ended_at=clock.due_at)


@on_due("restriction_review")
def review_missed(work: Work, clock: Clock) -> None:
    """Nobody reviewed the restriction by its date: it ends (promise "restriction_review").

    Where a safety rule applies the date is moved once, and a lead is alarmed (promise "restriction_review_safety").
    """
    action = action_by_ref(work.db, clock.subject_ref)
    if not in_force(action):
        return
    case, longer = work.db.get_one(Case, action.case_id), _safety_time(work, action, clock.due_at)
    if longer is None:
        end_action(work, action, clock, lifts=True)
        return
    day = clock.due_at - LAST_INSTANT
    moved = start_clock(
        work, "restriction_review_safety", action.ref, case=case, length=longer.length, unit=longer.unit, zone=clock.zone,
        promise_id=longer.clause_version_id, start=clock.due_at,
        due_at=deadline(day, longer.length, longer.unit, clock.zone, work.country),
    )
    item = open_item(work, case, REVIEW, action.ref, moved.due_at)
    item.stage, item.safety = REVIEW_STAGE, True


@on_due("restriction_review_safety")
def safety_review_missed(work: Work, clock: Clock) -> None:
    """Not even by the later date did anybody review it: it ends (promise "restriction_review_safety")."""
    action = action_by_ref(work.db, clock.subject_ref)
    if in_force(action):
        end_action(work, action, clock, lifts=True)


def in_force(action: Action) -> bool:
    """Whether a decision was issued, and neither undone nor ended by us; its own end may have come."""
    return action.status == ActionStatus.ISSUED and action.reversed_at is None and action.lifted_at is None


def _safety_time(work: Work, action: Action, at: datetime) -> Promise | None:
    """How much longer a missed review may take under a safety rule; None elsewhere, and where nothing is published."""
    rules, case = rules_cited(work.db, action), work.db.get_one(Case, action.case_id)
    if not case.safety and not any(rule.data.safety for rule in rules):
        return None
    return promises(work.db, local_day(at, "UTC")).get("restriction_review_safety")


def end_action(work: Work, action: Action, clock: Clock, *, lifts: bool) -> None:
    """The action is over since the clock's due time; `lifts`: it had no end of its own, so its restrictions are lifted."""
    case, event_id = work.db.get_one(Case, action.case_id), new_id()
    paused, rows = bool(paused_among(restrictions_of(work.db, [action.id])[action.id], work.now)), list[Row]()
    if lifts:
        rows += change(work, action, ChangeKind.LIFTED, event_id, at=clock.due_at)
        action.lifted_at, action.version = clock.due_at, action.version + 1
        rows.append((action, "lifted"))
        stop_all(work, action)
        work.db.flush()
    mine, theirs = over_texts(work, action, paused=paused)
    rows += tell_change(work, action, event_id, mine=mine, theirs=theirs)
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
