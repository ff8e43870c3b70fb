"""What the other side of a contract may know of an account: available or not, which rule was applied, what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g

from portal.contracts.models import Contract
from portal.core.clock import local_day
from portal.enforcement.looking import Collaborator, statements_sent
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
        """The rest of what the notice says; that somebody is not available is the heading already."""
        parts = [part for part in self.text.body.split("\n\n") if part != self.decided]
        said = not self.outside.interim and self.outside.measure in (Measure.SUSPENSION, Measure.TERMINATION)
        return "\n\n".join(parts[1:] if said else parts)

    @property
    def names_rule(self) -> bool:
        """Whether the reader is told the rule itself, and not only its group."""
        return not self.outside.interim and self.outside.clause.data.counterparts == "clause"


@dataclass(frozen=True, slots=True)
class Availability:
    """Somebody as the reader may see them: the worst decision in effect first; none means available.

    `zone` is where its days end: the time zone of the person concerned.
    """

    found: Collaborator
    now: tuple[Line, ...]
    before: tuple[Line, ...]
    holds: tuple[HoldView, ...]
    zone: str

    @property
    def state(self) -> str:
        """`available`, or the measure that makes them unavailable or touches the reader's contract."""
        order = list(Measure)
        worst = max((line.outside.measure for line in self.now), key=order.index, default=None)
        return worst.value if worst else "available"

    @property
    def until(self) -> datetime | None:
        ends = [line.outside.ends_at for line in self.now]
        return None if None in ends else max((end for end in ends if end), default=None)


def availability(found: Collaborator) -> Availability:
    """What the reader may know now. Source: DESIGN 2.7 (30 days after the end: only "available")."""
    account_id = found.account.id
    zone, holds = owner_zone(g.db, account_id), _holds(found)
    known = _known(actions_of_account(g.db, account_id), found, holds)
    in_effect = {action.id for action in standing(g.db, account_id, g.now).actions} if known else set()
    lines = [_line(action, found, zone, in_effect=action.id in in_effect) for action in known]
    recent = [line for line in lines if not line.in_effect and _ended_lately(line)]
    return Availability(found, tuple(line for line in lines if line.in_effect), tuple(recent), holds, zone)


def _holds(found: Collaborator) -> tuple[HoldView, ...]:
    return tuple(holds_of(g.db, g.now, Contract.id.in_([contract.id for contract in found.contracts])))


def _known(actions: Sequence[Action], found: Collaborator, holds: Sequence[HoldView]) -> list[Action]:
    """Those actions that the reader may know of, because they are close enough and its person was told before them."""
    close = [action for action in actions if _is_close(action, found)]
    pairs = restrictions_of(g.db, [action.id for action in close])
    caused = {hold.cause_ref for hold in holds}
    told = [
        action for action in close
        if tells_counterparts(action.measure, [row.scope for row, _ in pairs[action.id]], holds=action.ref in caused)
    ]
    sent = statements_sent(g.db, [action.ref for action in told], g.now)
    return [action for action in told if action.ref in sent]


def _is_close(action: Action, found: Collaborator) -> bool:
    """Whether it took effect, and the reader has something open or recent, or was paid before."""
    if action.effective_at is None or action.effective_at > g.now:
        return False
    begun = local_day(action.effective_at, "UTC")
    return found.near or (found.paid_since is not None and found.paid_since <= begun)


def _line(action: Action, found: Collaborator, zone: str, *, in_effect: bool) -> Line:
    outside = outside_of(g.db, action, zone)
    return Line(action, outside, counterpart_text(outside, found.contracts)(lang(), guard.person()), in_effect)


def _ended_lately(line: Line) -> bool:
    return line.ended_at is not None and line.ended_at <= g.now < line.ended_at + SHOWN_AFTER
