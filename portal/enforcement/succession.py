"""Decisions that replace one another: which came after which, what would be heavier, and which still stands for a conduct."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from portal.core.database import forget, once
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.enforcement.before import STANDS, conduct_of
from portal.enforcement.models import Action, ActionStatus, Citation, Measure, Nature
from portal.rulebook.models import ClauseVersion

Appealed = Callable[[Session, Action], bool]
APPEALED: list[Appealed] = []

_REPLACED_BY = select(Action).where(Action.supersedes_id == bindparam("action_id")).limit(1)
_NAMED = select(Action).where(Action.ref == bindparam("ref"))
_CASE_ID: BindParameter[UUID] = bindparam("case_id")
_TAKEN = select(Action.supersedes_id).where(Action.supersedes_id.is_not(None), Action.case_id == _CASE_ID)
_INTERIM = select(Action).where(
    Action.case_id == _CASE_ID, Action.interim, Action.status == ActionStatus.ISSUED, Action.ends_at > bindparam("now"),
    Action.reversed_at.is_(None), Action.lifted_at.is_(None), Action.id != bindparam("action_id"), Action.id.not_in(_TAKEN),
).order_by(Action.id.desc()).limit(1)
_CITED = (
    select(Citation, ClauseVersion.clause_id).join(ClauseVersion, Citation.clause_version_id == ClauseVersion.id)
    .join(Action, (Citation.action_id == Action.id) & (Citation.revision == Action.revision))
    .where(Action.id == bindparam("action_id"), STANDS)
)


def appealed(ask: Appealed) -> Appealed:
    """Names what a room above knows: whether an appeal against an action was ever filed."""
    APPEALED.append(ask)
    return ask


@dataclass(frozen=True, slots=True)
class Weight:
    """What a decision takes, as far as one can be heavier than another: the measure, from when to when, what, and money;
    `resting`: what ends with an identity check, and with which."""

    measure: Measure
    effective_at: datetime
    ends_at: datetime | None
    scopes: frozenset[str]
    held: tuple[tuple[UUID, int], ...] = ()
    until: tuple[tuple[str, datetime], ...] = ()
    since: tuple[tuple[str, datetime], ...] = ()
    resting: tuple[tuple[str, str], ...] = ()

    def heavier_than(self, other: Weight) -> bool:
        """Whether any part of it is more: a heavier measure, a later end, an earlier start, something else taken, more held,
        or something that ended with an identity check and does not any more."""
        order = list(Measure)
        if order.index(self.measure) > order.index(other.measure):
            return True
        if self.measure is not Measure.WARNING and self._lasts_longer(other):
            return True
        if self.measure == other.measure and not self.scopes <= other.scopes:
            return True
        lasted, began = dict(other.until), dict(other.since)
        if any(end > lasted.get(scope, end) for scope, end in self.until):
            return True
        if any(start < began.get(scope, start) for scope, start in self.since):
            return True
        rests = dict(self.resting)
        if any(scope in self.scopes and rests.get(scope) != check for scope, check in other.resting):
            return True
        before = dict(other.held)
        return any(amount > before.get(milestone, 0) for milestone, amount in self.held)

    def _lasts_longer(self, other: Weight) -> bool:
        if self.measure is other.measure is Measure.TERMINATION and self.effective_at < other.effective_at:
            return True
        return other.ends_at is not None and (self.ends_at is None or self.ends_at > other.ends_at)


def superseded_by(session: Session, action: Action) -> Action | None:
    """The action that replaced this one, whatever became of it: what was replaced stays replaced."""
    found: Sequence[Action] = once(
        session, ("replaced", action.id), lambda: session.scalars(_REPLACED_BY, {"action_id": action.id}).all())
    return found[0] if found else None


def is_replaced(session: Session, action_id: UUID) -> None:
    """An action was replaced in this act: by which one is asked again."""
    forget(session, ("replaced", action_id))


def replaced_among(session: Session, action_ids: Collection[UUID]) -> dict[UUID, Action]:
    """Which of these actions were replaced, each with the one that replaced it."""
    if not action_ids:
        return {}
    rows = session.scalars(select(Action).where(Action.supersedes_id.in_(list(action_ids))))
    return {one.supersedes_id: one for one in rows if one.supersedes_id is not None}


def successors(session: Session, action: Action) -> Iterator[Action]:
    """The actions that replaced this one, one after the other."""
    following = superseded_by(session, action)
    while following is not None:
        yield following
        following = superseded_by(session, following)


def predecessors(session: Session, action: Action) -> Iterator[Action]:
    """The full actions that this one replaced, the newest first. One that acted first decided nothing."""
    before = session.get(Action, action.supersedes_id) if action.supersedes_id else None
    while before is not None and not before.interim:
        yield before
        before = session.get(Action, before.supersedes_id) if before.supersedes_id else None


def interim_in_effect(session: Session, action: Action, now: datetime) -> Action | None:
    """The interim action of the case that a full one replaces."""
    given: dict[str, Any] = {"case_id": action.case_id, "now": now, "action_id": action.id}
    return session.scalars(_INTERIM, given).one_or_none()


def replaceable(session: Session, action: Action, now: datetime) -> bool:
    """Whether a new decision can replace this one: it was said in full, and is neither over nor undone nor replaced."""
    over = action.reversed_at or action.lifted_at or (action.ends_at is not None and action.ends_at <= now)
    said = action.status == ActionStatus.ISSUED and not action.interim and action.nature == Nature.CONDUCT
    return said and not over and superseded_by(session, action) is None


def named_predecessor(session: Session, action: Action, ref: str, now: datetime) -> Action:
    """The decision that this one is to replace. Errors: `not_replaceable`."""
    old = session.scalars(_NAMED, {"ref": ref}).one_or_none()
    same = old is not None and old.case_id == action.case_id and old.account_id == action.account_id
    if old is None or not same or old.id == action.id or old.member_id != action.member_id or old.nature != action.nature \
            or not replaceable(session, old, now):
        message = N_("%(ref)s cannot be replaced any more: it is over, was replaced, or is about something else.")
        raise RuleBroken("not_replaceable", message, ref=ref)
    return old


def rests_on_same(session: Session, one: Action, other: Action) -> bool:
    """Whether everything that the second rests on is about the same conduct as the first: the same rule in any version, days
    that overlap, and a contract or message in common."""
    first = [(key, conduct_of(cited)) for cited, key in session.execute(_CITED, {"action_id": one.id})]
    second = [(key, conduct_of(cited)) for cited, key in session.execute(_CITED, {"action_id": other.id})]
    return bool(second) and all(any(key == k and conduct.same_as(c) for k, c in first) for key, conduct in second)


def stands_for(session: Session, action: Action) -> Action:
    """The newest decision that replaced this one and rests on the same: what an answer to an appeal reaches."""
    newest = action
    if action.interim:
        return action
    for following in successors(session, action):
        if not rests_on_same(session, action, following):
            break
        newest = following
    return newest
