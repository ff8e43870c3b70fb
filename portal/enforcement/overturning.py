"""Overturning some of the rules that a decision applies: what only they permitted goes with them, the rest stands on the others.

What goes can be read before: preview and act are made from the same plan. A rule that was overturned counts as no earlier time
any more, holds no money, and is decided about the same conduct by others only, like a decision that was overturned as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from portal.core.clock import add_months, end_of_day, last_day, local_day
from portal.core.database import forget
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.work import Work
from portal.enforcement.before import conduct_of
from portal.enforcement.change_messages import FreedHold
from portal.enforcement.models import Action, ActionStatus, Citation, CitationReversal, Measure
from portal.enforcement.queries import citations_of, owner_zone, rules_cited
from portal.enforcement.reducing import longest_suspension, permitted_then
from portal.enforcement.rules import Permitted
from portal.enforcement.succession import predecessors, superseded_by
from portal.enforcement.undoing import freed, later_counting, own_holds
from portal.ledger.holds import end_hold
from portal.ledger.models import Claim, Hold, HoldEnd
from portal.log.operations import Row, add
from portal.rulebook.queries import CitedClause, cited_clause

PART = ("rule", "facts", "why", "conduct_from", "conduct_to", "objects", "exhibits", "no_exhibit")
"""What a letter says of each rule that it applies."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A rule that a decision applies; `why`: why it no longer stands, in words that the person reads."""

    citation: Citation
    clause: CitedClause
    why: str = ""

    @property
    def key(self) -> str:
        """By what a form names it."""
        return str(self.citation.clause_version_id)


@dataclass(frozen=True, slots=True)
class Partly:
    """What goes with the rules that no longer stand (`fallen`), and what is `left`.

    `ends_at`: when the decision ends at the latest under the rules that are left; None: they permit all of it. `holds`: the
    money that was held under a rule that falls. `later`: decisions whose step counted such a rule, oldest first.
    """

    action: Action
    fallen: tuple[Cited, ...]
    left: tuple[Cited, ...]
    ends_at: datetime | None
    holds: tuple[FreedHold, ...]
    later: tuple[Action, ...]

    @property
    def rules(self) -> tuple[CitedClause, ...]:
        """The rules that fall."""
        return tuple(one.clause for one in self.fallen)

    @property
    def standing(self) -> tuple[CitedClause, ...]:
        """The rules on which the decision still rests."""
        return tuple(one.clause for one in self.left)


def cited_in(session: Session, action: Action) -> list[Cited]:
    """The rules on which a decision rests now, in the order of its letter."""
    found = ((citation, cited_clause(session, citation.clause_version_id)) for citation in citations_of(session, action))
    return [Cited(citation, clause) for citation, clause in found if clause is not None]


def cited_ever(session: Session, action: Action) -> list[Cited]:
    """The same with those that were overturned."""
    fell = exists().where(CitationReversal.citation_id == Citation.id)
    rows = session.scalars(select(Citation).where(
        Citation.action_id == action.id, or_(Citation.revision == action.revision, fell)
    ).order_by(Citation.id))
    found = ((citation, cited_clause(session, citation.clause_version_id)) for citation in rows)
    return [Cited(citation, clause) for citation, clause in found if clause is not None]


def plan_overturning(session: Session, action: Action, whys: Mapping[str, str], now: datetime) -> Partly:
    """What follows when these rules of an action no longer stand. Reads only.

    `whys`: why not, by the key of the rule. Errors: `unknown_rule`; `every_rule`, because then the decision is overturned.
    """
    cited = cited_in(session, action)
    for key in whys.keys() - {one.key for one in cited}:
        message = N_("This decision does not rest on that rule any more. Reload the page; what you typed is kept.")
        raise RuleBroken("unknown_rule", message, field=f"falls_{key}")
    fallen = tuple(Cited(one.citation, one.clause, whys[one.key]) for one in cited if one.key in whys)
    left = tuple(one for one in cited if one.key not in whys)
    if not left:
        message = N_("Then nothing of this decision is left. Overturn it as a whole.")
        raise RuleBroken("every_rule", message, field=f"falls_{fallen[0].key}" if fallen else "outcome")
    holds = [freed(session, hold) for hold in _held_under(session, action, fallen)]
    return Partly(
        action, fallen, left, latest_end(session, action, cited, left, now), tuple(holds),
        tuple(_that_counted(session, action, fallen, left)),
    )


def _held_under(session: Session, action: Action, fallen: Sequence[Cited]) -> list[Hold]:
    """The open holds of an action whose claim names one of these rules."""
    named = {one.clause.id for one in fallen}
    return [
        hold for hold in own_holds(session, action)
        if hold.claim_id is not None and session.get_one(Claim, hold.claim_id).clause_version_id in named
    ]


def _that_counted(session: Session, action: Action, fallen: Sequence[Cited], left: Sequence[Cited]) -> list[Action]:
    """Later decisions whose step counted a rule that falls; one that is left in another version still counts."""
    gone = {one.clause.clause_id for one in fallen} - {one.clause.clause_id for one in left}
    return [one for one in later_counting(session, action) if gone & {rule.clause_id for rule in rules_cited(session, one)}]


def latest_end(
    session: Session, action: Action, cited: Sequence[Cited], left: Sequence[Cited], now: datetime
) -> datetime | None:
    """When an action ends at the latest under these of its rules; None where they permit all of it, or nothing of it is left.

    At once where only a rule that falls permitted its measure. What a second person had signed beyond every rule stays, and
    so does what was done first: that every rule permitted.
    """
    over = action.reversed_at or action.lifted_at or (action.ends_at is not None and action.ends_at <= now)
    if over or action.interim or action.status != ActionStatus.ISSUED or superseded_by(session, action) is not None:
        return None
    before, steps = (permitted_then(session, action, [one.citation for one in part]) for part in (cited, left))
    permitting = [one for one in steps if action.measure in one.measures]
    if not permitting:
        return now if any(action.measure in one.measures for one in before) else None
    end = _longest(action, permitting, steps, left, owner_zone(session, action.account_id))
    return max(end, now) if end is not None else None


def _longest(
    action: Action, permitting: Sequence[Permitted], steps: Sequence[Permitted], left: Sequence[Cited], zone: str
) -> datetime | None:
    """When an action ends that lasts longer than the rules that are left permit."""
    if action.measure == Measure.SUSPENSION:
        return longest_suspension(action, permitting, zone)
    if action.ends_at is None or action.effective_at is None:
        return None
    if action.measure == Measure.WARNING:
        last = max(add_months(one.citation.conduct_to, step.look_back_months) for one, step in zip(left, steps, strict=True))
    else:
        last = add_months(local_day(action.effective_at, zone), max(step.look_back_months for step in steps))
    return end_of_day(last, zone) if last_day(action.ends_at, zone) > last else None


def overturn_rules(work: Work, plan: Partly, event_id: Any) -> list[Row]:
    """Writes that these rules no longer stand, also in what this decision had replaced, and ends what was held under them.

    The rows belong into the caller's event, with the letter and the notices that say it. Sources: DESIGN 2.5, 2.9.
    """
    rows: list[Row] = []
    for hold in _held_under(work.db, plan.action, plan.fallen):
        rows += end_hold(work, hold, HoldEnd.RELEASED, event_id=event_id)
    for citation in (*(one.citation for one in plan.fallen), *_fall_with_it(work.db, plan)):
        rows.append(add(work, CitationReversal(citation_id=citation.id, at=work.now, cause_event_id=event_id)))
    plan.action.version += 1
    work.db.flush()
    for one in (plan.action, *predecessors(work.db, plan.action)):
        forget(work.db, ("cited", one.id, one.revision))
    return rows


def _fall_with_it(session: Session, plan: Partly) -> Iterable[Citation]:
    """The same conduct under the same rules in what this decision replaced, while that keeps something of its own."""
    for before in predecessors(session, plan.action):
        cited = cited_in(session, before)
        falling = [one for one in cited if _same(one, plan.fallen) and not _same(one, plan.left)]
        if len(falling) < len(cited):
            yield from (one.citation for one in falling)


def _same(one: Cited, others: Sequence[Cited]) -> bool:
    conduct = conduct_of(one.citation)
    return any(one.clause.clause_id == each.clause.clause_id and conduct.same_as(conduct_of(each.citation)) for each in others)


def letter_without(session: Session, record: Mapping[str, Any], plan: Partly) -> dict[str, Any]:
    """What of the letter is different without the rules that fall: its parts, what it counted, and what it still holds."""
    paths = {one.clause.path for one in plan.fallen}
    parts = [{name: part[name] for name in PART} for part in (record, *record.get("more", []))]
    first, *more = [part for part in parts if part["rule"]["path"] not in paths]
    steps = permitted_then(session, plan.action, [one.citation for one in plan.left])
    leading = next((one for one in steps if plan.action.measure in one.measures), steps[0])
    counted = {each.ref for one in steps for each in one.earlier}
    held = [hold.claim_id for hold in _held_under(session, plan.action, plan.fallen)]
    claims = {session.get_one(Claim, claim_id).ref for claim_id in held if claim_id is not None}
    return {
        **first, "more": more, "occurrence": min(leading.occurrence, record["occurrence"]),
        "earlier": [ref for ref in record["earlier"] if ref in counted],
        "restrictions": [one for one in record["restrictions"] if one["scope"] not in claims],
        "money": {**record["money"], "held": [one for one in record["money"]["held"] if one["claim"] not in claims]},
    }


def said_of(fallen: Sequence[Cited]) -> list[dict[str, str]]:
    """The rules that no longer stand as records name them: number, heading with its language, where they can be read, and why
    not."""
    return [
        {"number": one.clause.number, "heading": one.clause.heading, "language": one.clause.language, "path": one.clause.path,
         "why": one.why} for one in fallen
    ]
