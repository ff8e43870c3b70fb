"""What the other side of a contract may know of an account: available or not, which rule was applied, what follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from flask import g

from portal.appeals.mentions import pending_against
from portal.contracts.models import Contract
from portal.core.clock import local_day
from portal.enforcement.looking import Collaborator, statements_sent
from portal.enforcement.messages import Outside, counterpart_text, decided_sentence
from portal.enforcement.models import Action, Measure
from portal.enforcement.queries import Lately, actions_lately, owner_zones, rules_of
from portal.enforcement.rules import tells_counterparts
from portal.enforcement.stakes import NOTHING, Stakes, stakes_in
from portal.enforcement.telling import outside_by
from portal.ledger.queries import HoldView, holds_of
from portal.notices.operations import Text
from portal.rulebook.queries import CitedClause
from portal.web.person.scope import looks_after
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
    until: datetime | None
    appealed: bool
    """Whether an appeal is pending that its person wants mentioned."""

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, was lifted or was overturned."""
        action = self.action
        return action.reversed_at or action.lifted_at or (None if self.in_effect else self.until)

    @property
    def decided(self) -> str | None:
        """The fixed sentence; none for an interim action, where nothing is decided yet."""
        return None if self.outside.interim else decided_sentence(self.outside, lang())

    @property
    def more(self) -> str:
        """The rest of what the notice says; that somebody is not available is the heading already."""
        parts = [part for part in self.text.body.split("\n\n") if part != self.decided]
        said = not self.outside.interim and self.outside.measure in (Measure.SUSPENSION, Measure.TERMINATION)
        return "\n\n".join(parts[1:] if said else parts)

    @property
    def names_rule(self) -> bool:
        """Whether the reader is told the rule itself, and not only its group."""
        return self.outside.decided and self.outside.clause.data.counterparts == "clause"


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
        ends = [line.until for line in self.now]
        return None if None in ends else max((end for end in ends if end), default=None)


@dataclass(frozen=True, slots=True)
class _Said:
    """What is read for several at once: the rules of their decisions, what is open in the contracts, which are appealed."""

    rules: Mapping[UUID, tuple[CitedClause, ...]]
    stakes: Stakes
    appealed: Set[UUID]


def availability(found: Collaborator) -> Availability:
    """What the reader may know now. Source: DESIGN 2.7 (30 days after the end: only "available")."""
    return availabilities([found])[0]


def availabilities(found: Sequence[Collaborator]) -> list[Availability]:
    """The same for several at once: as many queries as for one."""
    ids = [one.account.id for one in found]
    zones, holds = owner_zones(g.db, ids) if ids else {}, _holds(found)
    known = _known(found, holds)
    rules = rules_of(g.db, [each.action for listed in known.values() for each in listed])
    stakes, told = _stakes([one for one in found if known[one.account.id]]), [key for key in ids if known[key]]
    said = _Said(rules, stakes, pending_against(g.db, told) if told else set())
    return [
        _availability(one, known[one.account.id], said, holds[one.account.id], zones.get(one.account.id, "UTC"))
        for one in found
    ]


def _stakes(found: Sequence[Collaborator]) -> Stakes:
    """What is open in the contracts with those of whom something is told; what can be contested has its own place on the page."""
    contracts = [contract for one in found for contract in one.contracts]
    clients = [contract for one in found for contract in one.contracts if contract.freelancer_id == one.account.id]
    stakes = stakes_in(g.db, contracts, clients, g.now) if contracts else NOTHING
    return replace(stakes, windows={key: one for key, one in stakes.windows.items() if not one.open})


def _availability(
    found: Collaborator, known: Sequence[Lately], said: _Said, holds: tuple[HoldView, ...], zone: str
) -> Availability:
    lines = [_line(each, found, said, zone) for each in known]
    recent = [line for line in lines if not line.in_effect and _ended_lately(line)]
    mine = {one.ref for one in found.contracts if looks_after(one.client_id) or looks_after(one.freelancer_id)}
    shown = tuple(one for one in holds if one.contract_ref in mine)
    return Availability(found, tuple(line for line in lines if line.in_effect), tuple(recent), shown, zone)


def _holds(found: Sequence[Collaborator]) -> dict[UUID, tuple[HoldView, ...]]:
    """What is on hold in the contracts with each of them, by their account: for a dispute, or for a decision that its person
    was told before the reader (DESIGN 2.7)."""
    of = {contract.ref: one.account.id for one in found for contract in one.contracts}
    keys, held = [contract.id for one in found for contract in one.contracts], defaultdict(list)
    holds = holds_of(g.db, g.now, Contract.id.in_(keys)) if keys else []
    sent = statements_sent(g.db, {hold.cause_ref for hold in holds if hold.dispute_ref is None}, g.now)
    for hold in holds:
        if hold.dispute_ref is not None or hold.chargeback_ref is not None or hold.cause_ref in sent:
            held[of[hold.contract_ref]].append(hold)
    return {one.account.id: tuple(held[one.account.id]) for one in found}


def _known(found: Sequence[Collaborator], holds: Mapping[UUID, Sequence[HoldView]]) -> dict[UUID, list[Lately]]:
    """Those actions that the reader may know of, because they are close enough and its person was told before them."""
    by_id = {one.account.id: one for one in found}
    caused = {hold.cause_ref for listed in holds.values() for hold in listed}
    told = [
        each for each in (actions_lately(g.db, by_id, g.now - SHOWN_AFTER, g.now) if by_id else ())
        if _is_close(each.action, by_id[each.action.account_id])
        and tells_counterparts(each.action.measure, each.scopes, holds=each.action.ref in caused)
    ]
    sent, known = statements_sent(g.db, [each.action.ref for each in told], g.now), defaultdict(list)
    for each in told:
        if each.action.ref in sent:
            known[each.action.account_id].append(each)
    return known


def _is_close(action: Action, found: Collaborator) -> bool:
    """Whether the reader was told of it, has something open or recent, or was paid before it took effect."""
    if found.near or action.ref in found.told:
        return True
    begun = action.effective_at
    return begun is not None and found.paid_since is not None and found.paid_since <= local_day(begun, "UTC")


def _line(each: Lately, found: Collaborator, said: _Said, zone: str) -> Line:
    outside = outside_by(each.action, said.rules.get(each.action.id, ()), found.account.name, zone)
    text = counterpart_text(outside, found.contracts, said.stakes)(lang(), guard.person())
    return Line(each.action, outside, text, each.in_effect, each.until, each.action.id in said.appealed)


def _ended_lately(line: Line) -> bool:
    return line.ended_at is not None and line.ended_at <= g.now < line.ended_at + SHOWN_AFTER
