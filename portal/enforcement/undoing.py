"""Overturning an action: everything that it did is undone in one act, and exactly those who were told are told again.

What will be undone can be read before: preview and reversal are made from the same plan.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, Milestone
from portal.core.money import Money
from portal.core.work import Work
from portal.disputes.topping_up import HeldAgain, would_be_held
from portal.enforcement.change_messages import FreedHold, KeptHold, correction_text, overturned_text, report_corrected_text
from portal.enforcement.changing import Theirs, change, running, tell_change
from portal.enforcement.models import Action, ActionStatus, ChangeKind, Nature, Restriction
from portal.enforcement.queries import restrictions_of, statement_of
from portal.enforcement.remaining import remaining
from portal.enforcement.rules import Remains, Span
from portal.enforcement.stakes import disputes_of_account
from portal.enforcement.succession import predecessors, rests_on_same, successors
from portal.enforcement.telling import outside_of
from portal.enforcement.timing import stop_all
from portal.enforcement.told import issue_event, of_money, recipients_of, said_in, told_outside
from portal.enforcement.unsent import queued_again
from portal.ledger.holds import hold_ends_of_event
from portal.ledger.models import Claim, Claimant, Hold
from portal.ledger.queries import HoldView, funds, holds_caused_by
from portal.log.operations import Row
from portal.notices.models import Notice
from portal.notices.operations import Compose


@dataclass(frozen=True, slots=True)
class Taken:
    """One thing that the action took away and that is given back."""

    kind: str
    scope: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class UndoneReport:
    """What a reversal undoes, and what remains after it.

    `kept`: money of the account that stays on hold for another reason. `later`: actions whose step counted this one.
    `with_it`: the decisions that replaced this one and rest on the same, which are overturned with it, the newest first.
    `held_again`: what of the money that comes back goes on hold for a client or their bank who had claimed it.
    """

    action_ref: str
    restrictions: tuple[Taken, ...]
    holds: tuple[FreedHold, ...]
    corrected: tuple[tuple[str, str], ...]
    kept: tuple[HoldView, ...]
    left: Remains
    later: tuple[str, ...]
    with_it: tuple[str, ...] = ()
    held_again: tuple[HeldAgain, ...] = ()


def preview_undoing(session: Session, action: Action, now: datetime) -> UndoneReport:
    """What a reversal would undo now. Reads only."""
    return _plan(session, _reach(session, action, now), now)


def overturned_with(session: Session, action: Action) -> list[Action]:
    """The decisions that replaced this one and rest on the same, the newest first: a reversal reaches them (DESIGN 2.9).

    One that acted first decided nothing: what became of it says nothing about the full decision.
    """
    if action.interim:
        return []
    standing = [one for one in successors(session, action) if one.reversed_at is None and rests_on_same(session, action, one)]
    return standing[::-1]


@dataclass(frozen=True, slots=True)
class _Undone:
    """One decision that a reversal reaches: what it takes away, the events by which others heard of it, and their notices."""

    action: Action
    pairs: Sequence[tuple[Restriction, Span]]
    said: Sequence[UUID]
    told: Sequence[Notice]


def _reach(session: Session, action: Action, now: datetime, again: Collection[UUID] = ()) -> list[_Undone]:
    """What is overturned with this one, the newest first, and it last; read once for the plan and for what follows it.

    `again`: the notices that this act has queued again. They are held back with the reversal, and nobody has heard of them.
    """
    undone, found = [*overturned_with(session, action), action], list[_Undone]()
    pairs = restrictions_of(session, [one.id for one in undone])
    for one in undone:
        said = said_in(session, one)
        told = [each for each in told_outside(session, one, now, said) if each.id not in again]
        found.append(_Undone(one, pairs[one.id], said, told))
    return found


def _plan(session: Session, undone: Sequence[_Undone], now: datetime) -> UndoneReport:
    *with_it, action = [one.action for one in undone]
    holds = [hold for one in undone for hold in own_holds(session, one.action)]
    own = {hold.ref for hold in holds}
    told = _told_once(undone)
    people = recipients_of(session, told)
    later = {each.ref: None for one in undone for each in later_counting(session, one.action)}
    return UndoneReport(
        action_ref=action.ref,
        restrictions=tuple(
            Taken(row.kind, row.scope, row.until) for one in undone for row in running(one.pairs, now)
        ),
        holds=tuple(freed(session, hold) for hold in holds),
        corrected=tuple((people[notice.recipient_id].name, notice.kind) for notice in told),
        kept=tuple(h for line in funds(session, action.account_id, now) for h in line.holds if h.ref not in own),
        left=remaining(session, action, now, *with_it), later=tuple(later), with_it=tuple(one.ref for one in with_it),
        held_again=tuple(would_be_held(session, holds, now)),
    )


def _told_once(undone: Sequence[_Undone]) -> list[Notice]:
    """Who heard of any of them, by the newest notice of each: one correction for each person."""
    newest: dict[UUID, Notice] = {}
    for one in undone:
        for notice in one.told:
            newest.setdefault(notice.recipient_id, notice)
    return list(newest.values())


def own_holds(session: Session, action: Action) -> list[Hold]:
    """The open holds that this action caused; a counterpart's own dispute keeps its own (DESIGN 2.5)."""
    caused = holds_caused_by(session, issue_event(session, action))
    return [hold for hold in caused if hold.ended_at is None]


def freed(session: Session, hold: Hold) -> FreedHold:
    if hold.claim_id is None:
        return FreedHold(hold.ref, hold.id, "", hold.account_id, None, Money(hold.amount_minor, hold.currency))
    claim = session.get_one(Claim, hold.claim_id)
    contract = session.get_one(Contract, claim.contract_id)
    milestone = session.get_one(Milestone, claim.milestone_id) if claim.milestone_id else None
    return FreedHold(
        hold.ref, contract.id, contract.title, contract.other_side(hold.account_id), milestone.number if milestone else None,
        Money(hold.amount_minor, hold.currency),
    )


_LATER = select(Action).where(
    Action.account_id == bindparam("account_id"), Action.status == ActionStatus.ISSUED, Action.nature == Nature.CONDUCT,
    Action.reversed_at.is_(None), Action.ref.not_in(bindparam("refs", expanding=True)),
    Action.issued_at >= bindparam("issued_at"),
).order_by(Action.issued_at, Action.id)


def later_counting(session: Session, action: Action) -> list[Action]:
    """Later conduct actions whose statement counted this one, or what it replaced, as an earlier time, oldest first."""
    counted = {one.ref: one.issued_at for one in (action, *predecessors(session, action))}
    later = session.scalars(
        _LATER, {"account_id": action.account_id, "refs": list(counted), "issued_at": min(filter(None, counted.values()))}
    )
    return [one for one in later if counted.keys() & set((statement_of(session, one.ref)[0] or {}).get("earlier") or [])]


def reverse(
    work: Work, action: Action, *, event_id: UUID, appeal_ref: str, reason: str
) -> tuple[list[Row], UndoneReport, Compose]:
    """Overturns an issued action that its caller has locked: restrictions, its own holds, its count, what others heard.

    Decisions that replaced it and rest on the same are overturned with it. `reason` is our error in our words; the person
    reads it with an apology, which is answered too. The rows belong into the caller's event. Whoever heard of several of them
    hears once.
    Corrections go to exactly those who were told, after the person; a counterpart's own dispute keeps its hold.
    Sources: DESIGN 2.5, 2.7, 2.9; P2B 4(3).
    """
    undone = _reach(work.db, action, work.now, frozenset(queued_again(work)))
    report, rows = _plan(work.db, undone, work.now), list[Row]()
    for one in undone:
        over = one.action
        rows += change(work, over, ChangeKind.REVERSED, event_id, pairs=one.pairs, said=one.said)
        rows += hold_ends_of_event(work, issue_event(work.db, over), event_id=event_id)
        over.reversed_at, over.version = work.now, over.version + 1
        stop_all(work, over)
        rows.append((over, "reversed"))
    work.db.flush()
    said = {one.action.id: texts(work.db, one.action, report, appeal_ref=appeal_ref, reason=reason) for one in undone}
    mine, _theirs = said[action.id]
    for one in undone:
        _mine, theirs = said[one.action.id]
        rows += tell_change(
            work, one.action, event_id, (), one.told, kind="appeal_decided", mine=mine, theirs=theirs, about_ref=appeal_ref,
            target=f"/appeals/{appeal_ref}",
        )
    return rows, report, mine


def texts(
    session: Session, action: Action, report: UndoneReport, *, appeal_ref: str, reason: str
) -> tuple[Compose, Theirs]:
    """What the person reads of a reversal, and what each holder of an earlier notice reads; preview and reversal alike."""
    outside = outside_of(session, action)
    kept = [KeptHold(hold.amount, hold.claimant == Claimant.COUNTERPART) for hold in report.kept]
    disputes = disputes_of_account(session, action.account_id)
    mine = overturned_text(
        outside, reason, report.holds, kept, report.left, appeal_ref=appeal_ref, with_it=report.with_it
    )

    def theirs(before: Notice) -> Compose:
        if before.kind == "report_answered":
            return report_corrected_text(outside)
        own = of_money(session, before, [each for each in report.holds if each.other_account_id == before.account_id])
        ongoing = of_money(session, before, [each for each in disputes if before.account_id in each.sides])
        return correction_text(outside, own, report.left, disputes=ongoing)

    return mine, theirs
