"""What the other side of a contract may know of an account: available or not, which rule was applied, what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g

from portal.contracts.models import Contract
from portal.core.clock import local_day
from portal.enforcement.looking import Collaborator, statement_was_sent
from portal.enforcement.messages import Outside, counterpart_text, decided_sentence
from portal.enforcement.models import Action, Measure
from portal.enforcement.queries import actions_of_account, owner_zone, restrictions_of, standing
from portal.enforcement.rules import tells_counterparts
from portal.enforcement.telling import outside_of
from portal.ledger.queries import HoldView, holds_of
from portal.notices.operations import Text
from portal.web.shell import guard
from portal.web.shell.context import lang

SHOWN_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Line:
    """One decision that the reader may know of, in the words of the notice about it."""

    action: Action
    outside: Outside
    text: Text
    in_effect: bool

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, was lifted or was overturned."""
        action = self.action
        return action.reversed_at or action.lifted_at or (None if self.in_effect else action.ends_at)

    @property
    def decided(self) -> str | None:
        """The fixed sentence; none for an interim action, where nothing is decided yet."""
        return None if self.outside.interim else decided_sentence(self.outside.clause, lang())

    @property
    def more(self) -> str:
        """The rest of what the notice says."""
        return "\n\n".join(part for part in self.text.body.split("\n\n") if part != self.decided)

    @property
    def names_rule(self) -> bool:
        """Whether the reader is told the rule itself, and not only its group."""
        return not self.outside.interim and self.outside.clause.data.counterparts == "clause"


@dataclass(frozen=True, slots=True)
class Availability:
    """Somebody as the reader may see them: the worst decision in effect first; none means available."""

    found: Collaborator
    now: tuple[Line, ...]
    before: tuple[Line, ...]
    holds: tuple[HoldView, ...]

    @property
    def state(self) -> str:
        """`available`, or the measure that makes them unavailable or touches the reader's contract."""
        order = list(Measure)
        worst = max((line.outside.measure for line in self.now), key=order.index, default=None)
        return worst.value if worst else "available"

    @property
    def zone(self) -> str:
        """Where its days end: the time zone of the person concerned."""
        return owner_zone(g.db, self.found.account.id)

    @property
    def until(self) -> datetime | None:
        ends = [line.outside.ends_at for line in self.now]
        return None if None in ends else max((end for end in ends if end), default=None)


def availability(found: Collaborator) -> Availability:
    """What the reader may know now. Source: DESIGN 2.7 (30 days after the end: only "available")."""
    account_id = found.account.id
    in_effect = {action.id for action in standing(g.db, account_id, g.now).actions}
    holds = tuple(holds_of(g.db, g.now, Contract.id.in_([contract.id for contract in found.contracts])))
    lines = [
        _line(action, found, in_effect=action.id in in_effect)
        for action in actions_of_account(g.db, account_id) if _may_know(action, found, holds)
    ]
    recent = [line for line in lines if not line.in_effect and _ended_lately(line)]
    return Availability(found, tuple(line for line in lines if line.in_effect), tuple(recent), holds)


def _may_know(action: Action, found: Collaborator, holds: Sequence[HoldView]) -> bool:
    """Whether the reader is among those who may know of this action, and its person was told before them."""
    if action.effective_at is None or action.effective_at > g.now:
        return False
    begun = local_day(action.effective_at, "UTC")
    close = found.near or (found.paid_since is not None and found.paid_since <= begun)
    scopes = [row.scope for row, _span in restrictions_of(g.db, [action.id])[action.id]]
    touches = any(hold.cause_ref == action.ref for hold in holds)
    told = tells_counterparts(action.measure, scopes, holds=touches)
    return close and told and statement_was_sent(g.db, action.ref, g.now)


def _line(action: Action, found: Collaborator, *, in_effect: bool) -> Line:
    outside = outside_of(g.db, action)
    return Line(action, outside, counterpart_text(outside, found.contracts)(lang(), guard.person()), in_effect)


def _ended_lately(line: Line) -> bool:
    return line.ended_at is not None and line.ended_at <= g.now < line.ended_at + SHOWN_AFTER
