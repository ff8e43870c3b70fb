"""The end of what rests on an identity check: with the check, in the same act, whatever became of it.

It ends when what was sent is accepted, when nothing is asked for any more, and when we are late with our answer; then at the
instant at which we were. What else the decision takes goes on, and money on hold stays until its own date. Source: DESIGN 2.4,
2.7, section 3, promise "identity_review".
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.core.ids import new_id
from portal.core.work import Work
from portal.enforcement.awaited_messages import with_its_check
from portal.enforcement.changing import end_moved, over_texts, paused_among, restate, running, tell_change
from portal.enforcement.corrected import CHECK_ENDED
from portal.enforcement.desk import take_turn
from portal.enforcement.models import Action, Restriction, RestrictionCheck
from portal.enforcement.own_ends_messages import part_ended_text, rest_of
from portal.enforcement.parting import Parting, give_back, parting_of, restrictions_without
from portal.enforcement.queries import owner_zone, restrictions_of, statement_of
from portal.enforcement.telling import outside_of
from portal.enforcement.timing import stop_all
from portal.enforcement.told import held_from
from portal.log.operations import Row, record
from portal.notices.operations import Compose

_RESTING = (
    select(Action, Restriction.id).join(Restriction, Restriction.action_id == Action.id)
    .join(RestrictionCheck, RestrictionCheck.restriction_id == Restriction.id)
    .where(RestrictionCheck.item_ref == bindparam("item_ref")).order_by(Action.id, Restriction.id)
)


def resting_on(session: Session, item_ref: str, at: datetime) -> list[tuple[Action, list[Restriction]]]:
    """What rests on a check and is not over at that instant, by decision."""
    keys, actions = defaultdict[UUID, set[UUID]](set), dict[UUID, Action]()
    for action, key in session.execute(_RESTING, {"item_ref": item_ref}):
        actions[action.id] = action
        keys[action.id].add(key)
    pairs, found = restrictions_of(session, actions), list[tuple[Action, list[Restriction]]]()
    for key, action in actions.items():
        rows = [row for row in running(pairs[key], at) if row.id in keys[key]]
        found += [(action, rows)] if rows else []
    return found


def end_with_check(work: Work, item_ref: str, why: str, at: datetime) -> None:
    """Ends everything that rests on a check; `why`: what became of it (`awaited_messages.WHY`), `at`: when it did.

    A new letter supersedes the old one; the person hears why, and those who were told hear once, where it is what they were told
    of. The caller holds the case and has put on record what became of the check.
    """
    for action, free in resting_on(work.db, item_ref, at):
        take_turn(work, action)
        _end(work, action, free, item_ref, why, at)


def _end(work: Work, action: Action, free: list[Restriction], item_ref: str, why: str, at: datetime) -> None:
    pairs, event_id = restrictions_of(work.db, [action.id])[action.id], new_id()
    rest, paused = [row for row in running(pairs, at) if row not in free], bool(paused_among(pairs, at))
    plan, case = parting_of(work.db, action, free, rest, at), work.db.get_one(Case, action.case_id)
    rows = [*give_back(work, plan, event_id, at), *_shorten(work, plan, at)]
    rows.append(_letter(work, plan, item_ref, why, at))
    action.version += 1
    work.db.flush()
    zone = owner_zone(work.db, action.account_id)
    mine = with_its_check(_mine(work, plan, at, paused=paused), item_ref, why, zone, plan.ends_at)
    rows += tell_change(work, action, event_id, mine=mine, theirs=plan.theirs)
    record(
        work, CHECK_ENDED, action.ref, case_ref=case.ref, event_id=event_id, rows=rows, check=item_ref, why=why,
        free=plan.scopes, ended_at=at,
    )


def _shorten(work: Work, plan: Parting, at: datetime) -> list[Row]:
    """The decision has ended where nothing else is left of it, also before it began: it is not lifted, which would end the money
    that it holds too. Its end is an earlier one where the rest ends before it."""
    action = plan.action
    if plan.rest:
        return [end_moved(work, action, plan.ends_at)] if plan.ends_at is not None else []
    stop_all(work, action)
    action.effective_at, action.ends_at = min(action.effective_at or at, at), at
    return [(action, "issued")]


def _letter(work: Work, plan: Parting, item_ref: str, why: str, at: datetime) -> Row:
    """The letter anew: what has ended and why, and the end of the decision where that is an earlier one now."""
    before = statement_of(work.db, plan.action.ref)[0] or {}
    changed: dict[str, Any] = {"at": at, "check": {"ref": item_ref, "why": why, "parts": plan.scopes, "all": not plan.rest}}
    if plan.ends_at is not None:
        changed |= {"ends_at_before": before.get("ends_at"), "ends_at": plan.ends_at}
    said = {"restrictions": restrictions_without(before, plan.scopes, at)}
    return restate(work, plan.action, plan.ends_at if plan.rest else at, changed, said)


def _mine(work: Work, plan: Parting, at: datetime, *, paused: bool) -> Compose:
    if not plan.rest:
        return over_texts(work, plan.action, paused=paused)[0]
    outside, rest = outside_of(work.db, plan.action), rest_of(plan.action, plan.rest, at)
    return part_ended_text(outside, plan.scopes, rest, holds=bool(held_from(work.db, plan.action)))
