"""One decision about an account as the account's own page names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from flask import g

from portal.accounts.models import Person
from portal.cases.queries import runs_until
from portal.enforcement.awaited import checks_of
from portal.enforcement.blocking import lasts_until
from portal.enforcement.members import member_person
from portal.enforcement.messages import decided_sentence
from portal.enforcement.models import Action, Measure, Nature, Restriction
from portal.enforcement.ordering import order_of
from portal.enforcement.queries import restrictions_of, rule_of, standing
from portal.enforcement.rules import Span
from portal.enforcement.succession import superseded_by
from portal.enforcement.taken_words import CALLED
from portal.enforcement.telling import outside_of
from portal.enforcement.timing import REVIEW
from portal.rulebook.queries import CitedClause
from portal.web.person.coming_back import WayBack, way_back
from portal.web.person.history_words import BEGINS, FREE, LOOKED_AT
from portal.web.person.quoting import in_my_language
from portal.web.person.redress import Way, way_to_appeal
from portal.web.person.scope import looks_after
from portal.web.shell import guard, letter
from portal.web.shell.context import lang
from portal.web.shell.letter import NOW_OR_AHEAD, Effect


@dataclass(frozen=True, slots=True)
class Decided:
    """An action as this page names it: what became of it, and the rule."""

    action: Action
    effect: Effect
    rule: CitedClause | None
    way: Way | None
    rows: Sequence[tuple[Restriction, Span]] = ()
    replaced_by: Action | None = None
    about: Person | None = None
    """The one member of the account whom it is about; None where it is about the whole account."""
    back: WayBack | None = None
    checks: Mapping[UUID, str] = field(default_factory=dict)
    ends_at: datetime | None = None
    """When the last of it ends, or ended: its own last day, or before it."""
    letter: bool = True
    """Whether the reader reads its letter; else it is for the owners, and the reader knows what applies."""
    said: str = ""
    """For who does not read the letter: what is said of it to everybody outside, where that does not name the rule."""

    @property
    def other_member(self) -> str:
        """Who that is, where it is not the reader: their decision takes nothing from the account or from the reader."""
        return self.about.name if self.about is not None and self.about.id != guard.person().id else ""

    @property
    def taken(self) -> list[str]:
        """What a restriction takes away now, each in the one word for it."""
        return [CALLED[row.scope] for row, span in self.rows if row.scope in CALLED and span.in_effect(g.now)]

    @property
    def later(self) -> list[tuple[str, datetime]]:
        """What a restriction takes away on a later day, each with when that begins."""
        return [
            (CALLED[row.scope], row.starts_at) for row, span in self.rows
            if row.scope in CALLED and row.starts_at > g.now and not span.changes
        ]

    @property
    def resting(self) -> dict[str, list[str]]:
        """What ends sooner with an identity check, in the one word for it, by the reference of the check."""
        found = dict[str, list[str]]()
        for row, span in self.rows:
            if row.id in self.checks and (span.over_at is None or span.over_at > g.now):
                found.setdefault(self.checks[row.id], []).append(CALLED[row.scope])
        return found

    @property
    def days_ahead(self) -> list[tuple[datetime, str, str]]:
        """When something begins, is free again before the rest, or is looked at again, on a day of its own: the day, which of
        them (`BEGINS`, `FREE`, `LOOKED_AT`), and what."""
        if self.effect not in NOW_OR_AHEAD:
            return []
        named = [(CALLED[row.scope], row, span.over_at) for row, span in self.rows if row.scope in CALLED]
        begin = [(row.starts_at, BEGINS, what) for what, row, over in named if over is None or over > row.starts_at]
        free = [
            (over, LOOKED_AT if over == row.review_at else FREE, what) for what, row, over in named
            if over is not None and over != self.ends_at
        ]
        return [one for one in (*begin, *free) if one[0] > g.now]

    @property
    def parts_over(self) -> list[tuple[datetime, str, str]]:
        """What ended on a day of its own before the rest, and does not go on: when, whether nobody had looked at it again by
        then (`LOOKED_AT`) or not (`FREE`), and what."""
        ends = self.action.reversed_at or self.action.lifted_at or self.ends_at
        own = [(row, row.until) for row, span in self.rows if row.scope in CALLED and span.over_at == row.until]
        return [
            (over, LOOKED_AT if over == row.review_at else FREE, CALLED[row.scope]) for row, over in own
            if over is not None and over <= g.now and (ends is None or over < ends) and row.starts_at < over
            and not any(other.scope == row.scope and other.starts_at == over for other, _span in self.rows)
        ]

    @property
    def ends_unlooked(self) -> datetime | None:
        """When a termination ends unless somebody looks at it again: one from before we promised that people can ask for it."""
        return runs_until(g.db, REVIEW, self.action.ref) if self.action.measure == Measure.TERMINATION else None

    @property
    def looked_at_again(self) -> bool:
        """Whether it may go on after its end: a law or an order asks for it and says no last day."""
        order = order_of(g.db, self.action) if self.action.nature == Nature.LEGAL else None
        return order is not None and order.ends_on is None


def decision(action: Action, *, in_effect: bool, replaced_by: Action | None, letter_read: bool = True) -> Decided:
    """An action with what became of it, and the way to appeal while it is in effect or ahead; `letter_read`: whether the
    reader reads its letter. Who does not appeals against nothing, and reads of the rule what the other side of a contract
    does, or the rule itself if they look after the money."""
    rows = restrictions_of(g.db, [action.id])[action.id]
    spans = [span for _row, span in rows]
    effect = letter.effect_of(action, g.now, in_effect=in_effect, superseded=replaced_by is not None, spans=spans)
    rule = in_my_language(rule_of(g.db, action))
    ends_at = lasts_until(g.db, action, rows, g.now)
    if not letter_read:
        said = "" if looks_after(action.account_id) else unnamed(action)
        return Decided(
            action, effect, None if said else rule, None, rows, replaced_by, ends_at=ends_at, letter=False, said=said
        )
    way = way_to_appeal(action) if effect in NOW_OR_AHEAD else None
    about = member_person(g.db, action)
    back = way_back(action) if action.measure == Measure.TERMINATION else None
    checks = checks_of(g.db, [row.id for row, _span in rows]) if action.measure == Measure.RESTRICTION else {}
    return Decided(action, effect, rule, way, rows, replaced_by, about, back, checks, ends_at)


def effect_now(action: Action) -> Effect:
    """What has become of an action by now."""
    now = action.id in {one.id for one in standing(g.db, action.account_id, g.now, action.member_id).actions}
    spans = [span for _row, span in restrictions_of(g.db, [action.id])[action.id]]
    return letter.effect_of(action, g.now, in_effect=now, superseded=superseded_by(g.db, action) is not None, spans=spans)


def unnamed(action: Action) -> str:
    """What everybody outside reads of a decision whose rule they are not told by its number; "" where they are."""
    if action.interim:
        return lang().gettext("We act first here, and nothing has been decided.")
    outside = outside_of(g.db, action)
    return decided_sentence(outside, lang()) if any(one.data.counterparts != "clause" for one in outside.clauses) else ""
