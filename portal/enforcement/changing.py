"""What can become of an issued action besides its own end: paused, resumed, made shorter. Never anything worse.

Upper rooms decide that it happens and say what the person reads; these helpers write it and tell those who were told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.cases.models import Case
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.text import plain
from portal.core.work import Work
from portal.enforcement.anew import supersede
from portal.enforcement.change_messages import applies_outside_text, paused_outside_text
from portal.enforcement.members import told_of
from portal.enforcement.messages import available_text, ended_text
from portal.enforcement.models import Action, ActionStatus, ChangeKind, Measure, Restriction, RestrictionChange, Statement
from portal.enforcement.own_days import begins_to_count, over_before, what_counts
from portal.enforcement.own_side import tell_own_side_changed
from portal.enforcement.queries import owners_of, restrictions_of, statement_of
from portal.enforcement.remaining import remaining
from portal.enforcement.rules import SCOPES, Span, tells_counterparts
from portal.enforcement.silence import silence_of
from portal.enforcement.stakes import StillHeld
from portal.enforcement.telling import outside_of
from portal.enforcement.timing import close_anew, end_earlier, stop_all
from portal.enforcement.told import held_from, of_money, recipients_of, said_in, told_outside
from portal.enforcement.unsent import COUNTERPART, hold_back, queue_again, queued_again
from portal.log.operations import Row, add
from portal.notices.models import Notice
from portal.notices.operations import Compose, tell

Theirs = Callable[[Notice], Compose | None]
Ended = Callable[[Sequence[StillHeld]], Compose]


def running(pairs: Sequence[tuple[Restriction, Span]], now: datetime) -> list[Restriction]:
    """Those of these restrictions that are not over: in effect, paused, or still ahead."""
    over = (ChangeKind.LIFTED, ChangeKind.REVERSED)
    return [
        row for row, span in pairs
        if (span.ends_at is None or span.ends_at > now) and not any(c.kind in over and c.at <= now for c in span.changes)
    ]


def change(
    work: Work, action: Action, kind: ChangeKind, event_id: UUID, *, at: datetime | None = None,
    pairs: Sequence[tuple[Restriction, Span]] | None = None, said: Sequence[UUID] | None = None,
) -> list[RestrictionChange]:
    """Writes one change for each restriction that it reaches: paused ones resume, those in effect pause, the rest end.

    What was to be told only when the action takes effect is held back where it would not be true then, and queued again
    when the action is resumed. `pairs`: what it takes away, and `said`: see `said_in`, where those were read already.
    """
    pairs, since = restrictions_of(work.db, [action.id])[action.id] if pairs is None else pairs, at or work.now
    reached = [row for row in running(pairs, work.now) if row.until is None or row.until > since]
    if kind in (ChangeKind.PAUSED, ChangeKind.RESUMED):
        paused = paused_among(pairs, work.now)
        reached = [row for row in reached if (row.id in paused) == (kind is ChangeKind.RESUMED)]
    if kind is ChangeKind.RESUMED and reached:
        queue_again(work, said_in(work.db, action))
        close_anew(work, action)
    elif kind is not ChangeKind.RESUMED and since <= max(work.now, told_when(action, pairs) or work.now):
        hold_back(work, said_in(work.db, action) if said is None else said, kind)
    return [
        add(work, RestrictionChange(restriction_id=row.id, at=since, kind=kind, cause_event_id=event_id))
        for row in reached
    ]


def paused_among(pairs: Sequence[tuple[Restriction, Span]], now: datetime) -> set[UUID]:
    """Those restrictions that are without effect now because they were paused and not resumed.

    An end that lies ahead, or has just come, changes nothing about that: who heard of the pause hears what follows it.
    """
    return {row.id for row, span in pairs if _waits(span, now)}


def _waits(span: Span, now: datetime) -> bool:
    steps = [c for c in span.changes if c.at <= now and c.kind in (ChangeKind.PAUSED, ChangeKind.RESUMED)]
    return bool(steps) and sorted(steps, key=lambda c: c.at)[-1].kind == ChangeKind.PAUSED


def tell_change(
    work: Work, action: Action, event_id: UUID, also: Sequence[Person] = (), before: Sequence[Notice] | None = None, /, *,
    mine: Compose, theirs: Theirs, kind: str = "action_changed", about_ref: str = "", target: str = "",
) -> list[Notice]:
    """Tells the person, then exactly those who were told of the action: one message for each change (DESIGN 2.7).

    `also`: who of the account hears it besides, because they asked for it. `theirs` says what the holder of an earlier notice
    reads now; None: this change is nothing to them. While an order forbids us to tell of the action, nobody hears of what
    becomes of it. `before`: see `told_outside`, where it was read already.
    """
    if silence_of(work.db, action.id) is not None:
        return []
    case, people = work.db.get_one(Case, action.case_id), [*told_of(work.db, action)]
    people += [one for one in also if one not in people]
    told = list(tell(
        work, event_id=event_id, kind=kind, recipients=people, account_id=action.account_id,
        about_ref=about_ref or action.ref, case_ref=case.ref, target=target or f"/me/actions/{action.ref}", compose=mine,
    ))
    first = told[0] if told else None
    outside = partial(outside_of, work.db, action)
    told += tell_own_side_changed(work, action, outside, event_id, {one.id for one in people}, first)
    known = told_outside(work.db, action, work.now) if before is None else before
    earlier = [each for each in known if each.id not in queued_again(work)]

    readers = recipients_of(work.db, earlier)
    for each in earlier:
        person, text = readers[each.recipient_id], theirs(each)
        if person.erased_at is None and text is not None:
            told += tell(
                work, event_id=event_id, kind="action_changed", recipients=[person], account_id=each.account_id,
                about_ref=action.ref, target=each.target, compose=text, corrects={person.id: each}, after=first,
            )
    return told


def counterparts_read(text: Compose | None) -> Theirs:
    """The same text for every counterpart; nothing for those who only reported."""
    return lambda before: text if before.kind == COUNTERPART else None


def read_of_its_end(session: Session, action: Action, text: Ended | None, freed: Collection[str] = ()) -> Theirs:
    """That it has ended: whose money stays on hold for it reads that too. `freed`: the holds that end in the same act."""
    held = held_from(session, action, freed) if text is not None else {}

    def read(before: Notice) -> Compose | None:
        if text is None or before.kind != COUNTERPART:
            return None
        return text(of_money(session, before, held.get(before.account_id, ()) if before.account_id is not None else ()))

    return read


def over_texts(work: Work, action: Action, *, paused: bool) -> tuple[Compose, Theirs]:
    """What the person reads of an action that is over, and what those read who were told of it.

    `paused`: it was without effect until then, and they know.
    """
    outside, left = outside_of(work.db, action), remaining(work.db, action, work.now)
    theirs = partial(available_text, outside, still=left.restricts_outside, paused=paused)
    text = None if heard_of_its_end(work.db, action, work.now) else theirs
    return ended_text(outside, left, holds=bool(held_from(work.db, action))), read_of_its_end(work.db, action, text)


def heard_of_its_end(session: Session, action: Action, now: datetime) -> bool:
    """Whether what those outside were told of ended before the rest of the decision: they heard of it then."""
    pairs = restrictions_of(session, [action.id])[action.id]
    told_by = (
        tells_counterparts(action.measure, [row.scope for row in rows], holds=False)
        for rows in (over_before(pairs, now), what_counts(pairs, now))
    )
    return [*told_by] == [True, False]


def told_when(action: Action, pairs: Sequence[tuple[Restriction, Span]]) -> datetime | None:
    """When those outside are told of it: once it takes effect; of a restriction, once that begins of which they are told."""
    if action.measure != Measure.RESTRICTION:
        return action.effective_at
    begins = begins_to_count(pairs, lambda scope: tells_counterparts(action.measure, [scope], holds=False))
    return begins or action.effective_at


def pause(work: Work, action: Action, event_id: UUID, mine: Compose, **notice: str) -> list[Row]:
    """The action is without effect until it is resumed; its end date stays. Empty when nothing of it was in effect."""
    changes = change(work, action, ChangeKind.PAUSED, event_id)
    if not changes:
        return []
    work.db.flush()
    theirs = paused_outside_text(outside_of(work.db, action), remaining(work.db, action, work.now))
    return [*changes, *tell_change(work, action, event_id, mine=mine, theirs=counterparts_read(theirs), **notice)]


def resume(work: Work, action: Action, event_id: UUID, mine: Compose, **notice: str) -> list[Row]:
    """A paused action is in effect again, until the same end as before. Empty when nothing of it was paused."""
    changes = change(work, action, ChangeKind.RESUMED, event_id)
    if not changes:
        return []
    work.db.flush()
    theirs = counterparts_read(applies_outside_text(outside_of(work.db, action), action.ends_at))
    return [*changes, *tell_change(work, action, event_id, mine=mine, theirs=theirs, **notice)]


def shorten(
    work: Work, action: Action, event_id: UUID, ends_at: datetime, mine: Compose, changed: dict[str, Any],
    theirs: Theirs | None = None, **notice: str,
) -> list[Row]:
    """Gives an action an earlier end (now, or a later instant before its own): less, never more.

    A new statement supersedes the old one; `changed` is what it says of the change; `theirs`: what those read who were told,
    where that is more than the new end. Errors: `nothing_to_shorten` for a
    warning or an action that is over, `not_shorter` when the new end is not before the old one.
    """
    require_shorter(work.db, action, ends_at, work.now)
    theirs = theirs or read_of_less(work.db, action, ends_at, work.now)
    return lessen(work, action, event_id, ends_at, mine, theirs, changed, {}, **notice)


def require_shorter(session: Session, action: Action, ends_at: datetime, now: datetime) -> None:
    """Errors: `nothing_to_shorten`, `not_shorter`, as `shorten` describes them."""
    pairs = restrictions_of(session, [action.id])[action.id]
    if action.measure == Measure.WARNING or action.status != ActionStatus.ISSUED or not running(pairs, now):
        raise RuleBroken("nothing_to_shorten", N_("There is nothing left of this decision that could be made shorter."))
    if action.ends_at is not None and ends_at >= action.ends_at:
        message = N_("The new end has to be before the one that was decided. An appeal never makes anything worse.")
        raise RuleBroken("not_shorter", message, field="new_ends_on")


def read_of_less(
    session: Session, action: Action, ends_at: datetime | None, now: datetime, freed: Collection[str] = ()
) -> Theirs:
    """What those who were told read of an earlier end, or with None of a pause that is over, where that is new to them.

    `freed`: the holds that end in the same act.
    """
    outside, paused = outside_of(session, action), bool(paused_among(restrictions_of(session, [action.id])[action.id], now))
    if ends_at is not None and ends_at <= now:
        still = remaining(session, action, now).restricts_outside
        return read_of_its_end(session, action, partial(available_text, outside, still=still, paused=paused), freed)
    news = ends_at is not None or paused
    return counterparts_read(applies_outside_text(outside, ends_at or action.ends_at) if news else None)


def lessen(
    work: Work, action: Action, event_id: UUID, ends_at: datetime | None, mine: Compose, theirs: Theirs,
    changed: dict[str, Any], said: Mapping[str, Any], **notice: str,
) -> list[Row]:
    """Makes less of an action: an earlier end where one is given, and a letter that says what changed and what is `said` anew.

    Whatever waited for this answer applies again, as far as anything is left of it.
    """
    rows: list[Row] = [*change(work, action, ChangeKind.RESUMED, event_id)]
    if ends_at is not None:
        rows += change(work, action, ChangeKind.LIFTED, event_id, at=ends_at)
        rows.append(_end_earlier(work, action, ends_at))
    rows.append(restate(work, action, ends_at, changed, said))
    work.db.flush()
    return [*rows, *tell_change(work, action, event_id, mine=mine, theirs=theirs, **notice)]


def _end_earlier(work: Work, action: Action, ends_at: datetime) -> Row:
    """The action's own end: lifted when it is now; else its clock runs out earlier, or starts where none ran."""
    action.version += 1
    if ends_at <= work.now:
        action.lifted_at = work.now
        stop_all(work, action)
        return action, "lifted"
    return end_moved(work, action, ends_at)


def end_moved(work: Work, action: Action, ends_at: datetime) -> Row:
    """The day on which an action ends is an earlier one, and so its clock's."""
    action.ends_at = ends_at
    if action.measure == Measure.WARNING:
        return action, "issued"
    owners = owners_of(work.db, action.account_id)
    end_earlier(work, action, work.db.get_one(Case, action.case_id), ends_at, owners[0].zone if owners else "UTC")
    return action, "issued"


def restate(
    work: Work, action: Action, ends_at: datetime | None, changed: dict[str, Any], said: Mapping[str, Any]
) -> Statement:
    """The statement with its new end and with what is said anew, as a new one that supersedes the old."""
    record, old = statement_of(work.db, action.ref)
    text: dict[str, Any] = {**(record or {}), **said, "changed": plain(changed)}
    if ends_at is not None:
        text["ends_at"] = plain(ends_at)
        text["restrictions"] = [_shorter(each, plain(ends_at)) for each in text.get("restrictions", [])]
    return supersede(work, old, text)


def _shorter(each: Mapping[str, Any], ends_at: str) -> Mapping[str, Any]:
    """What a letter takes away, with an earlier end; what is looked at again before that is looked at as before."""
    one_of_several = each["scope"] in SCOPES
    if (each["kind"] == "monetary" and not one_of_several) or (one_of_several and (each["review_at"] or ends_at) < ends_at):
        return each
    return {**each, "ends_at": min(ends_at, each["ends_at"] or ends_at), "review_at": None}
