"""The form of a decision on an appeal, read and checked against the appeal before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.queries import from_outside, handle_of, person_by_id
from portal.appeals.changed import Wish
from portal.appeals.models import Appeal, AppealOutcome
from portal.appeals.queries import Ground, Shown, files_of, grounds_of, zone_of
from portal.appeals.rules import MOST_TEXT, Weight, unanswered
from portal.core.access import require_person
from portal.core.clock import end_of_day, local_day
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.text import clean
from portal.core.work import Work
from portal.documents.queries import has_opened
from portal.enforcement.models import Action
from portal.enforcement.told import issue_event
from portal.ledger.queries import holds_caused_by


@dataclass(frozen=True, slots=True)
class Answer:
    """The decision form, read and checked against the appeal."""

    outcome: AppealOutcome
    grounds: tuple[tuple[Ground, str], ...]
    exhibits: tuple[tuple[Shown, str, str], ...]
    reasons: str
    our_error: str
    ends_at: datetime | None
    release_hold: bool
    fallen: Mapping[str, str]
    parts: tuple[str, ...] = ()

    @property
    def wish(self) -> Wish:
        """What it changes."""
        return Wish(self.reasons, self.ends_at, self.release_hold, self.fallen, self.parts)


def read_answer(
    work: Work, appeal: Appeal, action: Action, outcome: str, ground_answers: Mapping[str, str],
    exhibits_considered: Mapping[str, Any], reasons: str, our_error: str, new_ends_on: date | None, release_hold: bool,
    fallen: Mapping[str, str] | None, parts: Sequence[str] = (),
) -> Answer:
    """What was decided, as `decide_appeal` describes its arguments and names its errors."""
    if outcome not in set(AppealOutcome):
        message = N_("Choose what happens to the decision: it stands, is changed, or is overturned.")
        raise RuleBroken("unknown_outcome", message, field="outcome")
    chosen, why, error = AppealOutcome(outcome), _text(reasons, "reasons"), _text(our_error, "our_error")
    if not why:
        raise RuleBroken("reasons_missing", N_("Write your reasons. The person reads them."), field="reasons")
    in_full = chosen is AppealOutcome.REVERSED
    if in_full and not error:
        message = N_("Name our error: the person reads it with our apology.")
        raise RuleBroken("our_error_missing", message, field="our_error")
    if not in_full and action.reversed_at is not None:
        message = N_("This decision was overturned meanwhile. All that can be answered is that.")
        raise RuleBroken("overturned", message, field="outcome")
    changed = chosen is AppealOutcome.PARTIALLY_REVERSED
    rules = _fallen(fallen or {}) if changed else {}
    if changed and new_ends_on is None and not rules and not parts:
        _require_money_to_release(work, action, wished=release_hold)
    return Answer(
        chosen, _grounds(work, appeal, ground_answers, needed=not in_full),
        read_exhibits(work, appeal, exhibits_considered, needed=not in_full), why, error if in_full else "",
        read_end(work.db, appeal, new_ends_on, work.now) if changed else None, release_hold and changed, rules,
        tuple(dict.fromkeys(map(str, parts))) if changed else (),
    )


def _fallen(rules: Mapping[str, str]) -> dict[str, str]:
    """Why which rules no longer stand. Errors: `rule_why_missing` at the field of the rule."""
    found = {key: _text(why, f"falls_{key}") for key, why in rules.items()}
    for key, why in found.items():
        if not why:
            message = N_("Say why this rule no longer stands. The person reads it.")
            raise RuleBroken("rule_why_missing", message, field=f"falls_{key}")
    return found


def _require_money_to_release(work: Work, action: Action, *, wished: bool) -> None:
    """Errors: `nothing_changed` when no money is to be released, or none of it is on hold by this action any more."""
    if not wished:
        message = N_(
            "Say what changes: an earlier end, a part that is given back, a rule that no longer stands, or money that is free."
        )
        raise RuleBroken("nothing_changed", message, field="new_ends_on")
    caused = holds_caused_by(work.db, issue_event(work.db, action))
    if not any(hold.ended_at is None and hold.amount_minor for hold in caused):
        message = N_("This decision holds no money now, so nothing would change. Choose an earlier end, or that it stands.")
        raise RuleBroken("nothing_changed", message, field="release_hold")


def _text(text: str, field: str) -> str:
    return clean(text or "", limit=MOST_TEXT, field=field)


def _grounds(work: Work, appeal: Appeal, answers: Mapping[str, str], *, needed: bool) -> tuple[tuple[Ground, str], ...]:
    grounds = grounds_of(work.db, appeal)
    missing = unanswered([ground.key for ground in grounds], answers)
    if missing and needed:
        message = N_("Answer each of the person's reasons. This one is still without an answer.")
        raise RuleBroken("ground_unanswered", message, field=f"ground_{missing[0]}")
    return tuple((ground, _text(answers.get(ground.key, ""), f"ground_{ground.key}")) for ground in grounds)


def read_exhibits(
    work: Work, appeal: Appeal, weights: Mapping[str, Any], *, needed: bool
) -> tuple[tuple[Shown, str, str], ...]:
    """Each exhibit of the appeal, weighed."""
    return weigh_exhibits(work, files_of(work.db, appeal.id), weights, needed=needed)


def weigh_exhibits(
    work: Work, files: Sequence[Shown], weights: Mapping[str, Any], *, needed: bool
) -> tuple[tuple[Shown, str, str], ...]:
    """Each exhibit among these files with whether it was considered; what was not says why (DESIGN 2.8, FIELD rule 14)."""
    listed = []
    for shown in files:
        if shown.exhibit is None:
            continue
        number = str(shown.exhibit.number)
        given = weights.get(number)
        weight, why = (given.get("weight"), given.get("why", "")) if isinstance(given, Mapping) else (given, "")
        why = _text(str(why or ""), f"exhibit_{number}")
        if needed and (weight not in set(Weight) or (weight == Weight.NOT_CONSIDERED and not why)):
            message = N_("Say whether you considered exhibit %(number)s, and if not, why.")
            raise RuleBroken("exhibit_unanswered", message, field=f"exhibit_{number}", number=number)
        if weight == Weight.CONSIDERED and not has_opened(work.db, shown.document.ref, require_person(work.actor)):
            message = N_("Open exhibit %(number)s first. What you have not opened, you cannot have considered.")
            raise RuleBroken("unopened", message, field=f"exhibit_{number}", number=number)
        listed.append((shown, str(weight) if weight in set(Weight) else "", why))
    return tuple(listed)


def decider(session: Session, person_id: UUID) -> dict[str, Any]:
    """Who answered, as the record of every answer keeps it: the handle, the language, and whether they do not work for us."""
    outside = {"from_outside": True} if from_outside(session, [person_id]) else {}
    return {"decided_by": handle_of(session, person_id), "language": person_by_id(session, person_id).language, **outside}


def as_recorded(weighed: Sequence[tuple[Shown, str, str]]) -> list[dict[str, Any]]:
    """How each exhibit weighed, as the record of an answer keeps it."""
    return [
        {"number": shown.exhibit.number, "description": shown.exhibit.description, "sha256": shown.document.sha256,
         "weight": weight, "why": why}
        for shown, weight, why in weighed if shown.exhibit is not None
    ]


def read_end(session: Session, appeal: Appeal, day: date | None, now: datetime) -> datetime | None:
    """The new end: 24:00 of that day in the person's zone; today means at once. Errors: `ends_on_past`."""
    if day is None:
        return None
    zone = zone_of(session, appeal.account_id)
    if day < local_day(now, zone):
        raise RuleBroken("ends_on_past", N_("The day on which this ends has already passed."), field="new_ends_on")
    return now if day == local_day(now, zone) else end_of_day(day, zone)
