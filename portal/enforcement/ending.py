"""Ending a decision ourselves: lifted early, or taken back before it took effect. Less for the person, never more.

A lifted decision still counts; one that was taken back never does. Neither edits the statement, and neither closes an
appeal. What is read and what is done are made from the same plan (DESIGN 2.5, 2.7, section 3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.cases.hands import ELSEWHERE, UNTAKEN, OutOfReach, conduct_holder, in_hands
from portal.cases.models import Case
from portal.core.access import Permission, Role
from portal.core.errors import Conflict
from portal.core.i18n import N_, language
from portal.core.ids import new_id
from portal.core.text import written_reason
from portal.core.work import Work
from portal.enforcement.change_messages import KeptHold
from portal.enforcement.changing import (
    Theirs,
    change,
    paused_among,
    running,
    tell_change,
)
from portal.enforcement.desk import locked_action, require_free, take_turn
from portal.enforcement.ending_messages import lifted_outside_text, lifted_text, withdrawn_text
from portal.enforcement.models import Action, ActionStatus, ChangeKind, Measure, Nature
from portal.enforcement.queries import owners_of, restrictions_of
from portal.enforcement.telling import outside_of
from portal.enforcement.timing import stop_all
from portal.enforcement.told import issue_event, of_money, recipients_of, said_in, told_outside
from portal.enforcement.undoing import UndoneReport, preview_undoing
from portal.enforcement.unsent import COUNTERPART, hold_back
from portal.ledger.holds import hold_ends_of_event
from portal.ledger.models import Claimant
from portal.log.operations import Row, record
from portal.notices.models import Notice
from portal.notices.operations import Compose, Text

How = Literal["lift", "withdraw"]
Withdrawn = Callable[[Work, Action, Case], list[str]]
Said = Callable[[Compose], Compose]
WITHDRAWN: list[Withdrawn] = []

_SUCCESSOR = select(Action.id).where(Action.supersedes_id == bindparam("action_id")).limit(1)


def on_withdrawn(follow: Withdrawn) -> Withdrawn:
    """Names what a room above does once an action never counted: later ones that counted it are made smaller."""
    WITHDRAWN.append(follow)
    return follow


@dataclass(frozen=True, slots=True)
class Ahead:
    """What ending a decision would do, and what the person and each of those who were told would read."""

    report: UndoneReport
    mine: Text
    theirs: tuple[tuple[str, Text], ...]


def way_to_end(session: Session, action: Action, now: datetime) -> How | None:
    """How we could end this action now: lift what has begun, take back what has not; None for the rest.

    A warning takes nothing away; what was replaced, overturned or is over has nothing to lift.
    """
    if action.status != ActionStatus.ISSUED or action.effective_at is None or action.measure == Measure.WARNING:
        return None
    if action.reversed_at is not None or action.lifted_at is not None or session.scalar(_SUCCESSOR, {"action_id": action.id}):
        return None
    if now < action.effective_at:
        return "withdraw" if action.measure in (Measure.TERMINATION, Measure.RESTRICTION) else None
    held = action.nature == Nature.LEGAL and action.ends_at is not None and action.ends_at > now
    return "lift" if held or running(restrictions_of(session, [action.id])[action.id], now) else None


def what_ends(session: Session, action: Action, now: datetime) -> UndoneReport:
    """What ending it gives back and who is told: those with a contract who had heard of it. A reporter's answer stays true."""
    report = preview_undoing(session, action, now)
    told = tuple((name, kind) for name, kind in report.corrected if kind == COUNTERPART)
    return replace(report, corrected=told, later=() if way_to_end(session, action, now) == "lift" else report.later)


def preview_ending(
    session: Session, action: Action, how: How, reason: str, now: datetime, said: Said | None = None
) -> Ahead:
    """What would be done and read, made by the functions that do it; `said`: as in `carry_out`. Reads only."""
    report, owner = what_ends(session, action, now), owners_of(session, action.account_id)[0]
    mine, theirs = _texts(session, action, report, how, reason, now)
    mine = said(mine) if said is not None else mine
    told = [notice for notice in told_outside(session, action, now) if notice.kind == COUNTERPART]
    people = recipients_of(session, told)
    read = []
    for notice in told:
        person, compose = people[notice.recipient_id], theirs(notice)
        if compose is not None and person.erased_at is None:
            read.append((person.name, compose(language(person.language), person)))
    return Ahead(report, mine(language(owner.language), owner), tuple(read))


def _texts(
    session: Session, action: Action, report: UndoneReport, how: How, reason: str, now: datetime
) -> tuple[Compose, Theirs]:
    outside = outside_of(session, action)
    kept = [KeptHold(hold.amount, hold.claimant == Claimant.COUNTERPART) for hold in report.kept]
    ended = withdrawn_text if how == "withdraw" else lifted_text
    mine = ended(outside, reason, report.holds, kept, report.left, told=bool(report.corrected))
    paused = bool(paused_among(restrictions_of(session, [action.id])[action.id], now))

    def theirs(before: Notice) -> Compose | None:
        own = of_money(session, before, [each for each in report.holds if each.other_account_id == before.account_id])
        over = lifted_outside_text(outside, own, still=report.left.restricts_outside, paused=paused)
        return over if before.kind == COUNTERPART else None

    return mine, theirs


def lift_action(work: Work, *, action_ref: str, version: int, reason: str) -> dict[str, Any]:
    """Ends an action that is in effect, or paused, before its end: what it took away and its own holds end now.

    It still counts, an appeal against it goes on, and exactly those who were told hear that it has ended, after the person.
    `reason` is read by the person alone. Errors: `reason_missing`, `stale` and `nothing_to_lift` (conflicts), `conflicted`,
    `with_somebody_else`, `with_nobody`. Source: DESIGN 2.5, 2.7, section 3.
    """
    return _end(work, action_ref, version, reason, "lift")


def withdraw_action(work: Work, *, action_ref: str, version: int, reason: str) -> dict[str, Any]:
    """Takes back what has not taken effect: it never counts, its holds end, and nobody outside is told of it but those who were
    told already, because it touched their money.

    Later actions that counted it are made smaller and decided again. Errors: as `lift_action`, with `nothing_to_withdraw`.
    Source: DESIGN section 3 (issued -> withdrawn).
    """
    return _end(work, action_ref, version, reason, "withdraw")


NOTHING = {
    "lift": ("nothing_to_lift", N_("Nothing of this decision is left to lift. Reload the page to see what happened.")),
    "withdraw": ("nothing_to_withdraw", N_(
        "Only a decision that has not taken effect can be taken back. What has begun can be lifted."
    )),
}


def _end(work: Work, action_ref: str, version: int, reason: str, how: How) -> dict[str, Any]:
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    require_in_hand(work, case)
    text = written_reason(reason)
    if way_to_end(work.db, action, work.now) != how:
        raise Conflict(*NOTHING[how])
    if action.version != version:
        raise Conflict("stale", N_("Somebody has changed this meanwhile. Reload the page; what you typed is kept."))
    take_turn(work, action)
    told = carry_out(work, action, case, how, text)
    later = [ref for follow in WITHDRAWN for ref in follow(work, action, case)] if how == "withdraw" else []
    return {"action": action.ref, "notices": told, "later": later}


def require_in_hand(work: Work, case: Case) -> None:
    """Whether the actor may end a decision of the case: who has it in hand, or a lead, where nobody is left who has.

    Errors: `conflicted`; `with_somebody_else` while another reviewer has the conduct; `with_nobody` for whom nothing is.
    """
    person_id, holder = require_free(work, case), conduct_holder(work.db, case.id)
    if Role.LEAD in work.actor.roles:
        return
    if holder is not None and holder.person_id != person_id:
        raise OutOfReach("with_somebody_else", ELSEWHERE, case.ref, "", holder)
    if not in_hands(work.db, case, person_id):
        raise OutOfReach("with_nobody", UNTAKEN, case.ref, "")


def carry_out(
    work: Work, action: Action, case: Case, how: How, reason: str, said: Said | None = None,
    also: Sequence[Person] = (), **notice: str,
) -> int:
    """One act and one event: restrictions, holds, clocks, the action itself, and who hears of it; how many.

    `said`: what the person reads instead, made from what they would read; `also`: who hears it besides; `notice`: of which
    kind that is, and where it leads.
    """
    event_id, issued_by = new_id(), issue_event(work.db, action)
    report = what_ends(work.db, action, work.now)
    mine, theirs = _texts(work.db, action, report, how, reason, work.now)
    mine = said(mine) if said is not None else mine
    rows: list[Row] = list(change(work, action, ChangeKind.LIFTED, event_id))
    rows += hold_ends_of_event(work, issued_by, event_id=event_id)
    action.version += 1
    if how == "withdraw":
        # As after a reversal: not even a reporter is told later that the rule applied.
        hold_back(work, said_in(work.db, action), ChangeKind.REVERSED)
        action.status, action.withdrawn_at = ActionStatus.WITHDRAWN, work.now
    else:
        action.lifted_at = work.now
    stop_all(work, action)
    work.db.flush()
    told = tell_change(work, action, event_id, also, mine=mine, theirs=theirs, **notice)
    named: dict[str, Any] = {"case_ref": case.ref, "event_id": event_id, "reason": reason}
    if how == "withdraw":
        record(work, "action.withdrawn", action.ref, rows=[*rows, (action, "withdrawn"), *told], **named)
    else:
        record(work, "action.lifted", action.ref, rows=[*rows, (action, "lifted"), *told], **named)
    return len(told)
