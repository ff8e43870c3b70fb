"""Looking again: whether an order still obliges us, and whether the statement about it still has to wait.

A missed look ends what it was about: the decision, unless the order itself says its last day; the silence in any case.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.cases.clocks import on_due, stop_clock
from portal.cases.hands import require_reader
from portal.cases.models import Case, Clock, ClockResult
from portal.cases.operations import close_item
from portal.contracts.queries import counterparts_of
from portal.core.access import Permission
from portal.core.clock import add_months, end_of_day, local_day
from portal.core.errors import Conflict, NotAllowed
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import plain, written_reason
from portal.core.work import Work
from portal.enforcement.anew import supersede
from portal.enforcement.changing import counterparts_read, running, tell_change, told_when
from portal.enforcement.desk import locked_action, take_turn
from portal.enforcement.lapses import end_action, in_force
from portal.enforcement.members import told_of
from portal.enforcement.messages import counterpart_text, statement_text
from portal.enforcement.models import Action, ChangeKind, Restriction, RestrictionChange, SilenceEnd, Statement
from portal.enforcement.order_messages import goes_on_outside_text, goes_on_text
from portal.enforcement.ordering import PROMISE, SILENCE, order_of, start_order_review, start_silence_review
from portal.enforcement.own_side import tell_own_side
from portal.enforcement.queries import (
    account_of,
    owner_zone,
    owners_of,
    restrictions_of,
    signatures_of,
    standing,
    statement_of,
)
from portal.enforcement.rules import tells_counterparts
from portal.enforcement.silence import silence_of
from portal.enforcement.telling import LOOK_UP, each_once, outside_of
from portal.enforcement.timing import close_anew
from portal.enforcement.told import issue_event
from portal.ledger.blocks import prolong_blocks
from portal.log.operations import Row, add, record
from portal.notices.models import Notice
from portal.notices.operations import tell
from portal.rulebook.queries import promise

STILL_SIGNED = N_("You have signed this decision. Somebody else looks at whether its letter still has to wait.")


def confirm_order(work: Work, *, action_ref: str, version: int, reason: str) -> dict[str, Any]:
    """Puts on record that a law or an order still obliges us; where it says no last day, the decision goes on.

    The person and those who were told hear until when, by a new statement. Errors: `reason_missing`, `nothing_to_review`,
    `stale`, those of `require_reader`. Promise: "legal_review".
    """
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    require_reader(work.db, work.actor, case.ref, action.ref)
    text = written_reason(reason)
    if not _in_effect(work, action) or stop_clock(work, action.ref, PROMISE, ClockResult.KEPT) is None:
        raise Conflict("nothing_to_review", N_("There is nothing left of this decision that could be looked at again."))
    if action.version != version:
        raise Conflict("stale", N_("Somebody has changed this meanwhile. Reload the page; what you typed is kept."))
    take_turn(work, action)
    close_item(work, action.ref, PROMISE, "decided")
    work.db.flush()
    due_at, event_id = start_order_review(work, action), new_id()
    order = order_of(work.db, action)
    rows = _go_on(work, action, due_at, event_id) if order is not None and order.ends_on is None else []
    action.version += 1
    record(work, "order.confirmed", action.ref, case_ref=case.ref, event_id=event_id, rows=rows, reason=text)
    return {"action": action.ref, "ends_at": action.ends_at}


def _in_effect(work: Work, action: Action) -> bool:
    return action.id in {one.id for one in standing(work.db, action.account_id, work.now, action.member_id).actions}


def _go_on(work: Work, action: Action, until: datetime, event_id: UUID) -> list[Row]:
    """The decision lasts until our next look: what it takes away ends and begins in one moment, with its new end."""
    before = action.ends_at
    rows, ours = _last_until(work, action, until, event_id), promise(work, PROMISE)
    rows += prolong_blocks(
        work, issue_event(work.db, action), event_id=event_id, until=until, length=ours.length,
        promise_id=ours.clause_version_id, zone=owner_zone(work.db, action.account_id),
    )
    action.ends_at = until
    restrictions = [
        {**one, "ends_at": plain(until)} if one["ends_at"] == plain(before) else one
        for one in _record(work, action).get("restrictions", [])
    ]
    money = _record(work, action).get("money", {})
    held = [{**one, "until": plain(until)} if one["because_of_this_action"] else one for one in money.get("held", [])]
    changed = {"at": work.now, "ends_at_before": before, "ends_at": until, "order_goes_on": True}
    rows += [(action, "issued"), _restate(work, action, {
        "ends_at": plain(until), "restrictions": restrictions, "changed": plain(changed),
        "money": {**money, "held": held}})]
    work.db.flush()
    outside = outside_of(work.db, action)
    theirs = counterparts_read(goes_on_outside_text(outside, until))
    return [*rows, *tell_change(work, action, event_id, mine=goes_on_text(outside, until), theirs=theirs)]


def _last_until(work: Work, action: Action, until: datetime, event_id: UUID) -> list[Row]:
    """What lasts as long as the decision goes on with it; what has an earlier last day of its own keeps that."""
    pairs, rows = restrictions_of(work.db, [action.id])[action.id], list[Row]()
    for old in (one for one in running(pairs, work.now) if one.ends_at is None or one.ends_at == action.ends_at):
        rows.append(add(work, RestrictionChange(
            restriction_id=old.id, at=work.now, kind=ChangeKind.LIFTED, cause_event_id=event_id)))
        rows.append(add(work, Restriction(
            action_id=action.id, kind=old.kind, scope=old.scope, partial=old.partial, ends_at=until,
            starts_at=max(old.starts_at, work.now))))
    return rows


def _record(work: Work, action: Action) -> dict[str, Any]:
    return statement_of(work.db, action.ref)[0] or {}


def _restate(work: Work, action: Action, more: dict[str, Any]) -> Statement:
    """The statement anew, with what is different; it supersedes the one before, which stays readable."""
    text, old = statement_of(work.db, action.ref)
    return supersede(work, old, {**(text or {}), **more})


@on_due("legal_review")
def order_not_reviewed(work: Work, clock: Clock) -> None:
    """Nobody looked at the order again in time: the decision ends, unless the order says its own last day; then we look late."""
    action = work.db.scalars(select(Action).where(Action.ref == clock.subject_ref)).one()
    close_item(work, action.ref, PROMISE, "late")
    if not in_force(action):
        return
    order = order_of(work.db, action)
    if order is not None and order.ends_on is not None:
        work.db.flush()
        start_order_review(work, action)
    else:
        end_action(work, action, clock, lifts=False)


def keep_silence(work: Work, *, action_ref: str, reason: str) -> dict[str, Any]:
    """Somebody who signed nothing of it has looked, and the order still forbids us to tell: the statement waits on.

    Errors: `reason_missing`, `not_silent`, `signed_it`, those of `require_reader`. Promise: "silence_review".
    """
    action, case, text = _silent(work, action_ref, reason)
    if work.actor.person_id in {signature.person_id for signature in signatures_of(work.db, action.id)}:
        raise NotAllowed("signed_it", STILL_SIGNED)
    _stop(work, action, "kept", ClockResult.KEPT)
    start_silence_review(work, action)
    record(work, "silence.kept", action.ref, case_ref=case.ref, reason=text)
    return {"action": action.ref}


def end_silence(work: Work, *, action_ref: str, reason: str) -> dict[str, Any]:
    """Nothing forbids it any more: the statement is sent at once, and the time to appeal begins.

    Errors: `reason_missing`, `not_silent`, those of `require_reader`.
    """
    action, case, text = _silent(work, action_ref, reason)
    _stop(work, action, "decided", ClockResult.KEPT)
    told = _speak(work, action, case, SilenceEnd.ENDED, text)
    return {"action": action.ref, "notices": told}


def _silent(work: Work, action_ref: str, reason: str) -> tuple[Action, Case, str]:
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    require_reader(work.db, work.actor, case.ref, action.ref)
    text = written_reason(reason)
    if silence_of(work.db, action.id) is None:
        raise Conflict("not_silent", N_("Nothing forbids us to tell of this decision any more. Reload the page."))
    return action, case, text


def _stop(work: Work, action: Action, why: str, result: ClockResult) -> None:
    stop_clock(work, action.ref, SILENCE, result)
    close_item(work, action.ref, SILENCE, why)
    work.db.flush()


@on_due("silence_review")
def silence_not_reviewed(work: Work, clock: Clock) -> None:
    """Nobody looked in time at whether the statement still has to wait: it is sent (promise "silence_review")."""
    action = work.db.scalars(select(Action).where(Action.ref == clock.subject_ref)).one()
    close_item(work, action.ref, SILENCE, "late")
    if silence_of(work.db, action.id) is not None:
        _speak(work, action, work.db.get_one(Case, action.case_id), SilenceEnd.NOT_REVIEWED, "")


def _speak(work: Work, action: Action, case: Case, how: SilenceEnd, reason: str) -> int:
    """One act and one event: the statement with the time to appeal that begins now, then those on the other side."""
    silence, event_id = silence_of(work.db, action.id), new_id()
    assert silence is not None
    silence.ended_at, silence.end_kind = work.now, how
    zone = owner_zone(work.db, action.account_id)
    last = add_months(local_day(work.now, zone), promise(work, "appeal_window").length)
    until = end_of_day(last, zone)
    redress = {**_record(work, action).get("redress", {}), "appeal_until_at_least": plain(until)}
    waited = plain({"until": work.now, "provision": silence.provision})
    restated = _restate(work, action, {"redress": redress, "waited": waited, "changed": plain({"at": work.now})})
    work.db.flush()
    told = _tell(work, action, case, event_id, until)
    close_anew(work, action)
    rows: list[Row] = [(silence, "ended"), restated, *told]
    record(work, "silence.ended", action.ref, case_ref=case.ref, event_id=event_id, rows=rows, reason=reason, how=how.value)
    return len(told)


def _tell(work: Work, action: Action, case: Case, event_id: UUID, until: datetime) -> list[Notice]:
    outside, owners = outside_of(work.db, action), owners_of(work.db, action.account_id)
    mine = tell(
        work, event_id=event_id, kind="statement", recipients=told_of(work.db, action), account_id=action.account_id,
        about_ref=action.ref,
        case_ref=case.ref, target=f"/me/actions/{action.ref}", compose=statement_text(outside, until),
    )
    told = [*mine, *(tell_own_side(work, action, outside, event_id, mine[0]) if mine and in_force(action) else [])]
    pairs = restrictions_of(work.db, [action.id])[action.id]
    goes_on, when = running(pairs, work.now), told_when(action, pairs)
    others = action.member_id is None and tells_counterparts(action.measure, [row.scope for row in goes_on], holds=False)
    if not mine or not others or not goes_on or not in_force(action):
        return told
    near = counterparts_of(work.db, action.account_id, work.now)
    for each in each_once(work.db, action.account_id, near, {person.id for person in owners}, work.now):
        told += tell(
            work, event_id=event_id, kind="counterpart_action", recipients=[each.person], account_id=each.account_id,
            about_ref=action.ref, target=f"{LOOK_UP}{account_of(work.db, action).ref}", after=mine[0],
            compose=counterpart_text(outside, each.contracts, each.stakes), not_before=max(when or work.now, work.now),
        )
    return told
