"""What an appeal that changes a decision does: an earlier end, money released, rules that no longer stand.

Page and act are made from the same plan, so that what is read before is what is read after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.appeals.evidence import offered_until
from portal.appeals.messages import answered_text, joined
from portal.appeals.models import Appeal, AppealOutcome
from portal.core.work import Work
from portal.enforcement.change_messages import FreedHold, freed_outside_text
from portal.enforcement.changing import (
    Theirs,
    change,
    lessen,
    paused_among,
    read_of_less,
    require_shorter,
    shorten,
    tell_change,
)
from portal.enforcement.models import Action, ChangeKind
from portal.enforcement.overturning import Partly, letter_without, overturn_rules, plan_overturning, said_of
from portal.enforcement.overturning_messages import rule_corrected_text, rule_report_corrected_text, rules_fell
from portal.enforcement.parting import Parting, give_back, plan_parting, restrictions_without
from portal.enforcement.queries import restrictions_of, statement_of
from portal.enforcement.telling import outside_of
from portal.enforcement.telling_anew import tell_anew
from portal.enforcement.told import issue_event
from portal.enforcement.undoing import preview_undoing
from portal.enforcement.unsent import COUNTERPART, REPORTER
from portal.ledger.holds import hold_ends_of_event
from portal.log.operations import Row
from portal.notices.models import Notice
from portal.notices.operations import Compose


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reviewer changes: the new end, whether all money is released, why which rules no longer stand (by key), and what of
    several things is given back now."""

    reasons: str
    ends_at: datetime | None = None
    release_hold: bool = False
    fallen: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """What follows, and what is read of it: `mine` by the person, `theirs` by each who was told of the decision."""

    action: Action
    wish: Wish
    ends_at: datetime | None
    freed: tuple[FreedHold, ...]
    partly: Partly | None
    mine: Compose
    theirs: Theirs
    parting: Parting | None = None

    @property
    def by_rule(self) -> bool:
        """Whether it ends then because the rules that are left permit no more."""
        return self.partly is not None and self.ends_at is not None and self.ends_at == self.partly.ends_at


def plan_change(session: Session, appeal: Appeal, action: Action, wish: Wish, now: datetime) -> Changed:
    """The change of an action that this answer makes. Reads only. Errors: those of `plan_overturning` and `require_shorter`."""
    if wish.ends_at is not None:
        require_shorter(session, action, wish.ends_at, now)
    partly = plan_overturning(session, action, wish.fallen, now) if wish.fallen else None
    freed: tuple[FreedHold, ...] = partly.holds if partly is not None else ()
    if wish.release_hold:
        freed = preview_undoing(session, action, now).holds
    parting = plan_parting(session, action, wish.parts, now, [one.ref for one in freed]) if wish.parts else None
    also = (plan.ends_at for plan in (partly, parting) if plan is not None)
    ends_at = min((end for end in (wish.ends_at, *also) if end is not None), default=None)
    paused = bool(paused_among(restrictions_of(session, [action.id])[action.id], now))
    mine = answered_text(
        appeal.ref, action.ref, AppealOutcome.PARTIALLY_REVERSED, wish.reasons,
        ends_at=ends_at or (action.ends_at if paused else None), ended=ends_at is not None and ends_at <= now,
        resumes=paused and ends_at is None, freed=[each.amount for each in freed],
        fell=rules_fell([(one.clause, one.why) for one in partly.fallen], partly.standing) if partly is not None else None,
        given_back=parting.scopes if parting is not None else (), again_until=offered_until(session, appeal, now),
    )
    theirs = _theirs(session, action, ends_at, freed, partly, now, parting)
    return Changed(action, wish, ends_at, freed, partly, mine, theirs, parting)


def _theirs(
    session: Session, action: Action, ends_at: datetime | None, freed: tuple[FreedHold, ...], partly: Partly | None,
    now: datetime, parting: Parting | None,
) -> Theirs:
    """What each of those who were told reads: of the rules, of money that was theirs to wait for, and of what applies now."""
    outside, applies = outside_of(session, action), read_of_less(session, action, ends_at, now, [one.ref for one in freed])
    rule = rule_corrected_text(outside, partly.rules, partly.standing) if partly is not None else None
    reported = rule_report_corrected_text(partly.rules, partly.standing) if partly is not None else None

    def read(before: Notice) -> Compose | None:
        if before.kind == REPORTER:
            return reported
        if before.kind != COUNTERPART:
            return None
        own = [each for each in freed if each.other_account_id == before.account_id]
        over = parting.theirs(before) if parting is not None else None
        return joined(joined(rule, freed_outside_text(outside, own) if own else None), over or applies(before))

    return read


def carry_out(
    work: Work, appeal: Appeal, plan: Changed, event_id: UUID, notice: Mapping[str, str]
) -> list[Row]:
    """Writes the change and tells of it: the person first, then exactly those who were told. Errors: those of `shorten`."""
    action, ends_at, partly, rows, said = plan.action, plan.ends_at, plan.partly, list[Row](), dict[str, Any]()
    changed: dict[str, Any] = {"at": work.now, "appeal": appeal.ref}
    if ends_at is not None:
        changed |= {"ends_at_before": action.ends_at, "ends_at": ends_at}
    if partly is not None:
        changed |= {"overturned": said_of(partly.fallen), "freed": [
            {"amount": {"amount_minor": one.amount.amount_minor, "currency": one.amount.currency}, "title": one.contract_title}
            for one in plan.freed
        ]}
        said = letter_without(work.db, statement_of(work.db, action.ref)[0] or {}, partly)
        rows += overturn_rules(work, partly, event_id)
    if plan.wish.release_hold:
        rows += hold_ends_of_event(work, issue_event(work.db, action), event_id=event_id)
    if plan.parting is not None:
        rows += give_back(work, plan.parting, event_id)
        changed["parts"] = plan.parting.scopes
        said["restrictions"] = restrictions_without(_letter(work, action, said), plan.parting.scopes, work.now)
    if partly is not None or plan.parting is not None:
        rows += lessen(work, action, event_id, ends_at, plan.mine, plan.theirs, changed, said, **notice)
        mine = next((row for row in rows if isinstance(row, Notice)), None)
        return rows + (list(tell_anew(work, action, event_id, mine)) if partly is not None else [])
    if ends_at is not None:
        return rows + shorten(work, action, event_id, ends_at, plan.mine, changed, plan.theirs, **notice)
    rows += change(work, action, ChangeKind.RESUMED, event_id)
    work.db.flush()
    return rows + list(tell_change(work, action, event_id, mine=plan.mine, theirs=plan.theirs, **notice))


def _letter(work: Work, action: Action, said: Mapping[str, Any]) -> dict[str, Any]:
    """The newest letter with what is said anew."""
    return {**(statement_of(work.db, action.ref)[0] or {}), **said}
