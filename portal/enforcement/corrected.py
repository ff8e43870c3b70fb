"""What a correction of a decision's words would be: what changes, whether a second person signs, and the letter that follows.

Page, proposal and act are made from the same plan. Nothing of it takes more than the decision took before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.cases.models import WorkItem
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.core.text import plain
from portal.enforcement.decision import Decision, Times, gather
from portal.enforcement.fields import MORE, Fields, draft_body, read_fields
from portal.enforcement.models import Action, ActionStatus, Nature, Proposal
from portal.enforcement.queries import restrictions_of, statement_of
from portal.enforcement.statement import Signed, build_record
from portal.enforcement.succession import superseded_by
from portal.enforcement.written import as_form
from portal.log.models import Event

RESTS_ON = ("facts", "why", "conduct_from", "conduct_to", "objects", "exhibits", "no_exhibit")
"""What a decision rests on: to correct it needs a second person."""
BESIDE = ("spoke_for", "weighed", "would_change")
CORRECTABLE = (*RESTS_ON, *(f"{name}_{n}" for name in RESTS_ON for n in MORE), *BESIDE)
CORRECTED, DROPPED, SHORTENED = "action.corrected", "action.correction_dropped", "action.shortened"
PART_LIFTED, PART_KEPT, MOVED = "action.part_lifted", "action.part_kept", "action.look_moved"
CHECK_ENDED = "action.check_ended"
Contested = Callable[[Session, Action], bool]
Answered = Callable[[Session, Action], Collection[UUID]]
CONTESTED: list[Contested] = []
ANSWERED: list[Answered] = []

_CORRECTED_AT = select(func.max(Event.at)).where(Event.kind == CORRECTED, Event.subject_ref == bindparam("ref"))
_ANEW = select(Event.subject_ref, Event.kind, Event.at).where(
    Event.kind.in_((CORRECTED, SHORTENED, PART_LIFTED, PART_KEPT, MOVED, CHECK_ENDED)),
    Event.subject_ref.in_(bindparam("refs", expanding=True))
).order_by(Event.at, Event.id)
_WAITS = select(WorkItem.id).where(
    WorkItem.kind == "cosignature", WorkItem.subject_ref == bindparam("ref"), WorkItem.closed_at.is_(None)
).limit(1)
_NEWEST = select(Proposal).where(Proposal.action_id == bindparam("action_id")).order_by(Proposal.revision.desc()).limit(1)


def contested(ask: Contested) -> Contested:
    """Names what a room above knows: whether an appeal against an action waits for its answer."""
    CONTESTED.append(ask)
    return ask


def answers(by: Answered) -> Answered:
    """Names what a room above knows: who answered an appeal against an action. They sign nothing of it any more."""
    ANSWERED.append(by)
    return by


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction, checked: the decision with its corrected words, the names of what changes, and the form as it was sent."""

    decision: Decision
    changed: tuple[str, ...]
    fields: dict[str, Any]

    @property
    def needs_second(self) -> bool:
        """Whether it changes what the decision rests on. Source: DESIGN 2.3, 2.8."""
        return any(name not in BESIDE for name in self.changed)


def corrected_at(session: Session, action: Action) -> datetime | None:
    """When the words of an action were last corrected."""
    return session.scalar(_CORRECTED_AT, {"ref": action.ref})


def waiting_correction(session: Session, action: Action) -> Proposal | None:
    """The correction that waits for a second person, if one does."""
    if action.status != ActionStatus.ISSUED or session.scalar(_WAITS, {"ref": action.ref}) is None:
        return None
    return session.scalars(_NEWEST, {"action_id": action.id}).one_or_none()


def said_anew(session: Session, refs: Collection[str]) -> list[tuple[str, str, datetime]]:
    """When the letters about these actions were replaced: (reference, kind of event, when), oldest first."""
    rows = session.execute(_ANEW, {"refs": list(refs)}).all() if refs else []
    return [(row.subject_ref, row.kind, row.at) for row in rows]


def can_correct(session: Session, action: Action, now: datetime) -> bool:
    """Whether the words of an action can still be corrected: it was said, and is neither over nor undone nor replaced.

    Only of one about conduct: what protects, or a law asks for, is short, or looked at again with a new letter.
    """
    over = action.reversed_at or action.lifted_at or (action.ends_at is not None and action.ends_at <= now)
    stands = action.status == ActionStatus.ISSUED and action.nature == Nature.CONDUCT and not over
    return stands and superseded_by(session, action) is None


def gather_correction(
    session: Session, action: Action, posted: Mapping[str, Any], now: datetime, country: str = ""
) -> Correction:
    """Reads what is corrected against what was said, with every check of a decision; measure, days in force, money and
    count stay. Errors: those of `gather` and `as_form`, `nothing_corrected`, `contested`; `rules_changed` for what was written
    when the decision rested on other rules: parts are named by their place, and must not come under another rule."""
    if not can_correct(session, action, now):
        raise Conflict("nothing_to_correct", N_("This decision is over, or another one replaced it. Its letter stays as it is."))
    before = as_form(session, action, now)
    if "clause_version_id" in posted and _cited(posted) != _cited(before):
        raise Conflict("rules_changed", N_(
            "This correction was written when the decision rested on other rules. Return it; it can be written again."
        ))
    after = {**before, **{name: posted[name] for name in CORRECTABLE if name in posted}}
    draft_body(after)
    old, new = read_fields(before), read_fields(after)
    changed = tuple(_different(old, new))
    if not changed:
        raise RuleBroken("nothing_corrected", N_("Nothing is different from the letter as it stands."), field="reason")
    decision = gather(session, action, after, now, country)
    found = Correction(replace(decision, times=_times(session, action)), changed, after)
    if found.needs_second and any(ask(session, action) for ask in CONTESTED):
        message = N_(
            "An appeal against this decision waits for its answer. What the decision rests on stays as it was until then; "
            "whoever answers can overturn it."
        )
        raise Conflict("contested", message)
    return found


def _cited(form: Mapping[str, Any]) -> list[str]:
    """The rules that a form names, by their place."""
    return [str(form[name]) for name in ("clause_version_id", *(f"clause_version_id_{n}" for n in MORE)) if form.get(name)]


def _different(old: Fields, new: Fields) -> Iterator[str]:
    """The names of the fields that differ."""
    yield from (name for name in BESIDE if getattr(old, name) != getattr(new, name))
    for before, after in zip(old.cited, new.cited, strict=True):
        for name in RESTS_ON:
            if getattr(before, name) != getattr(after, name):
                yield name if after.n == 1 else f"{name}_{after.n}"


def _times(session: Session, action: Action) -> Times:
    """When it takes effect, ends or is reviewed: as it was decided, or made shorter since."""
    assert action.effective_at is not None
    rows = [row for row, _span in restrictions_of(session, [action.id])[action.id]]
    return Times(action.effective_at, action.ends_at, next((row.review_at for row in rows if row.review_at), None))


@dataclass(frozen=True, slots=True)
class Why:
    """Why the letter is corrected, in words that the person reads, and who stands for that."""

    reason: str
    by: str
    co_signed_by: str | None = None


def _keep_in_sight(record: Mapping[str, Any], words: dict[str, Any]) -> None:
    """What was shown once stays shown: a correction is made from the exhibits, of which it stays marked as withheld."""
    parts = (record, *record.get("more", []))
    shown = {one["number"]: one for part in parts for one in part.get("exhibits", []) if one["ground"] is None}
    for part in (words, *words.get("more", [])):
        part["exhibits"] = [shown.get(one["number"], one) if one["ground"] else one for one in part.get("exhibits", [])]


def corrected_record(session: Session, action: Action, found: Correction, why: Why, now: datetime) -> dict[str, Any]:
    """The letter with its corrected words: what it takes, from when to when, and what it counted stand as in the one before."""
    record, old = statement_of(session, action.ref)
    assert record is not None
    fresh = build_record(session, found.decision, Signed(record["decided_by"], None, record["language"]), [], None, "")
    words = {name: plain(fresh[name]) for name in (*RESTS_ON, *BESIDE, "more")}
    _keep_in_sight(record, words)
    least = max(fresh["redress"]["appeal_until_at_least"], datetime.fromisoformat(record["redress"]["appeal_until_at_least"]))
    changed = {
        "at": now, "corrected": list(found.changed), "reason": why.reason, "by": why.by, "co_signed_by": why.co_signed_by,
    }
    return {
        **record, **words, "redress": {**record["redress"], "appeal_until_at_least": plain(least)},
        "supersedes": old.sha256, "changed": plain(changed),
    }
