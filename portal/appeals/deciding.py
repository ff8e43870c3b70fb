"""The decision on an appeal: it stands, is changed or is overturned; one frozen record, and what follows in the same act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portal.accounts.models import Account
from portal.accounts.queries import handle_of, person_by_id
from portal.appeals.desk import locked_appeal, require_live
from portal.appeals.filing import notify
from portal.appeals.later import redecide_later
from portal.appeals.messages import FURTHER, answered_text, joined
from portal.appeals.models import Appeal, AppealDecision, AppealOutcome, AppealState
from portal.appeals.queries import Ground, Shown, decision_of, files_of, grounds_of, zone_of
from portal.appeals.reviewing import OWN, finish, require_reviewer
from portal.appeals.rules import MOST_TEXT, Weight, may_decide, unanswered
from portal.cases.models import Case
from portal.core.access import Permission, require_person
from portal.core.clock import end_of_day, local_day
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import canonical, clean, plain
from portal.core.work import Work
from portal.documents.queries import has_opened
from portal.enforcement.change_messages import FreedHold, freed_outside_text
from portal.enforcement.changing import Theirs, issue_event, resume, shorten, tell_change
from portal.enforcement.models import Action
from portal.enforcement.queries import rule_of
from portal.enforcement.telling import outside_of
from portal.enforcement.undoing import UndoneReport, preview_undoing, reverse, texts
from portal.ledger.holds import hold_ends_of_event
from portal.ledger.queries import holds_caused_by
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.notices.models import Notice
from portal.notices.operations import Compose

VERSION = 1


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


def decide_appeal(
    work: Work, *, appeal_ref: str, version: int, outcome: str, ground_answers: dict[str, str],
    exhibits_considered: dict[str, Any], reasons: str, our_error: str = "", new_ends_on: date | None = None,
    release_hold: bool = False,
) -> dict[str, Any]:
    """Decides an appeal and does what follows from it, in one act.

    `outcome`: "upheld" (stands), "partially_reversed" (changed: an earlier end, or that action's hold released) or
    "reversed" (overturned). `ground_answers`: an answer for each ground; `exhibits_considered`: by number "considered" or
    {"weight": "not_considered", "why": ...}; both may be left out only when the action is overturned, which needs
    `our_error`. `new_ends_on`: the new last day; today means now.
    Errors: `own_decision` for who proposed, issued or co-signed and does not overturn in full; `with_somebody_else`,
    `conflicted`, `decided`, `stale`, `waiting`; `unknown_outcome`, `reasons_missing`, `our_error_missing`,
    `ground_unanswered`, `exhibit_unanswered`, `unopened`, `nothing_changed`, `not_shorter`.
    Sources: DSA 20(4), (6); DESIGN 2.8, 2.9.
    """
    work.require(Permission.DECIDE)
    appeal, action, case = locked_appeal(work, appeal_ref)
    person_id, first = require_reviewer(work, appeal, case)
    require_live(appeal, version)
    answer = _read(
        work, appeal, action, outcome, ground_answers, exhibits_considered, reasons, our_error, new_ends_on, release_hold
    )
    _require_entitled(appeal, answer, first=first)
    with work.db.no_autoflush:
        return _decide(work, appeal, action, case, answer, person_id, first)


def _decide(
    work: Work, appeal: Appeal, action: Action, case: Case, answer: Answer, person_id: UUID, first: bool
) -> dict[str, Any]:
    event_id = new_id()
    rows, report = _carry_out(work, appeal, action, case, answer, event_id)
    text = _record(work, appeal, action, case, answer, person_id, first, report)
    decision = _freeze(work, appeal, person_id, answer, text)
    appeal.state, appeal.outcome, appeal.decided_at = AppealState.DECIDED, answer.outcome, work.now
    appeal.version, appeal.waiting_until = appeal.version + 1, None
    finish(work, appeal, "decided")
    work.db.flush()
    all_rows: list[Row] = [decision, (appeal, "decided"), *rows]
    record(work, "appeal.decided", appeal.ref, case_ref=case.ref, event_id=event_id, rows=all_rows,
           outcome=answer.outcome, action=action.ref)
    later = redecide_later(work, action, case) if answer.outcome is AppealOutcome.REVERSED else []
    return {"appeal": appeal.ref, "outcome": answer.outcome.value, "later": later}


def _require_entitled(appeal: Appeal, answer: Answer, *, first: bool) -> None:
    if not may_decide(answer.outcome, first_reviewer=first):
        raise NotAllowed("own_decision", OWN)
    if appeal.state == AppealState.WAITING and answer.outcome is not AppealOutcome.REVERSED:
        raise Conflict("waiting", N_("We asked the person something. Wait for the answer, or until its time is over."))


def _read(
    work: Work, appeal: Appeal, action: Action, outcome: str, ground_answers: Mapping[str, str],
    exhibits_considered: Mapping[str, Any], reasons: str, our_error: str, new_ends_on: date | None, release_hold: bool,
) -> Answer:
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
    changed = chosen is AppealOutcome.PARTIALLY_REVERSED
    if changed and new_ends_on is None:
        _require_money_to_release(work, action, wished=release_hold)
    return Answer(
        chosen, _grounds(work, appeal, ground_answers, needed=not in_full),
        _exhibits(work, appeal, exhibits_considered, needed=not in_full), why, error if in_full else "",
        _end(work, appeal, new_ends_on) if changed else None, release_hold and changed,
    )


def _require_money_to_release(work: Work, action: Action, *, wished: bool) -> None:
    """Errors: `nothing_changed` when no money is to be released, or none of it is on hold by this action any more."""
    if not wished:
        message = N_("Say what changes: an earlier end, or that money is released.")
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


def _exhibits(
    work: Work, appeal: Appeal, weights: Mapping[str, Any], *, needed: bool
) -> tuple[tuple[Shown, str, str], ...]:
    """Each exhibit of the appeal with whether it was considered; what was not says why (DESIGN 2.8, FIELD rule 14)."""
    listed = []
    for shown in files_of(work.db, appeal.id):
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


def _end(work: Work, appeal: Appeal, day: date | None) -> datetime | None:
    """The new end: 24:00 of that day in the person's zone; today means at once."""
    if day is None:
        return None
    zone = zone_of(work.db, appeal.account_id)
    if day < local_day(work.now, zone):
        raise RuleBroken("ends_on_past", N_("The day on which this ends has already passed."), field="new_ends_on")
    return work.now if day == local_day(work.now, zone) else end_of_day(day, zone)


def _carry_out(
    work: Work, appeal: Appeal, action: Action, case: Case, answer: Answer, event_id: UUID
) -> tuple[list[Row], UndoneReport | None]:
    """What follows from the outcome: rows for the one event, and for a reversal what was undone."""
    notice = {"kind": "appeal_decided", "about_ref": appeal.ref, "target": f"/appeals/{appeal.ref}"}
    if answer.outcome is AppealOutcome.REVERSED:
        rows, report = reverse(work, action, event_id=event_id, appeal_ref=appeal.ref, reason=answer.our_error)
        mine, _theirs = texts(work.db, action, report, appeal_ref=appeal.ref, reason=answer.our_error)
        return [*rows, *notify(work, appeal, case, event_id, "appeal_decided", mine)], report
    if answer.outcome is AppealOutcome.PARTIALLY_REVERSED:
        return _change(work, appeal, action, case, answer, event_id, notice), None
    mine = answered_text(
        appeal.ref, action.ref, answer.outcome, answer.reasons, ends_at=action.ends_at, resumes=True
    )
    rows = resume(work, action, event_id, mine, **notice)
    mine = mine if rows else answered_text(appeal.ref, action.ref, answer.outcome, answer.reasons)
    return [*rows, *notify(work, appeal, case, event_id, "appeal_decided", mine)], None


def _change(
    work: Work, appeal: Appeal, action: Action, case: Case, answer: Answer, event_id: UUID, notice: dict[str, str]
) -> list[Row]:
    """Less than was decided: an earlier end, and if chosen that action's own hold is released."""
    freed: tuple[FreedHold, ...] = preview_undoing(work.db, action, work.now).holds if answer.release_hold else ()
    rows: list[Row] = []
    if answer.release_hold:
        rows += hold_ends_of_event(work, issue_event(work.db, action), event_id=event_id)
    if answer.ends_at is not None:
        mine = answered_text(
            appeal.ref, action.ref, answer.outcome, answer.reasons, ends_at=answer.ends_at,
            ended=answer.ends_at <= work.now, freed=[each.amount for each in freed],
        )
        changed = {"at": work.now, "appeal": appeal.ref, "ends_at_before": action.ends_at, "ends_at": answer.ends_at}
        rows += shorten(work, action, event_id, answer.ends_at, mine, changed, **notice)
        return [*rows, *notify(work, appeal, case, event_id, "appeal_decided", mine)]
    told, mine = _release(work, appeal, action, answer, freed, event_id, notice)
    return [*rows, *told, *notify(work, appeal, case, event_id, "appeal_decided", mine)]


def _release(
    work: Work, appeal: Appeal, action: Action, answer: Answer, freed: tuple[FreedHold, ...], event_id: UUID,
    notice: dict[str, str],
) -> tuple[list[Row], Compose]:
    """Only money is released: a paused action applies again, and everybody who heard of the pause hears that too."""
    work.db.flush()
    outside, amounts = outside_of(work.db, action), [each.amount for each in freed]

    def theirs(applies: Compose | None) -> Theirs:
        def read(before: Notice) -> Compose | None:
            own = [each for each in freed if each.other_account_id == before.account_id]
            money = freed_outside_text(outside, own) if own else None
            return joined(money, applies) if before.kind == "counterpart_action" else None

        return read

    again = answered_text(
        appeal.ref, action.ref, answer.outcome, answer.reasons, ends_at=action.ends_at, resumes=True, freed=amounts
    )
    rows = resume(work, action, event_id, again, theirs, **notice)
    if rows:
        return rows, again
    mine = answered_text(appeal.ref, action.ref, answer.outcome, answer.reasons, freed=amounts)
    return list(tell_change(work, action, event_id, mine=mine, theirs=theirs(None), **notice)), mine


def _record(
    work: Work, appeal: Appeal, action: Action, case: Case, answer: Answer, person_id: UUID, first: bool,
    report: UndoneReport | None,
) -> dict[str, Any]:
    clause = rule_of(work.db, action)
    return {
        "v": VERSION, "appeal": appeal.ref, "action": action.ref, "case": case.ref, "decided_at": work.now,
        "account_ref": work.db.get_one(Account, appeal.account_id).ref, "outcome": answer.outcome.value,
        "language": person_by_id(work.db, person_id).language, "decided_by": handle_of(work.db, person_id),
        "had_a_part": first,
        "rule": {"number": clause.number, "heading": clause.heading, "path": clause.path} if clause else None,
        "grounds": [
            {"key": ground.key, "ground": ground.text, "answer": said} | ({"how": ground.how} if ground.how else {})
            for ground, said in answer.grounds
        ],
        "exhibits": [
            {"number": shown.exhibit.number, "description": shown.exhibit.description, "sha256": shown.document.sha256,
             "weight": weight, "why": why}
            for shown, weight, why in answer.exhibits if shown.exhibit is not None
        ],
        "reasons": answer.reasons, "our_error": answer.our_error, "ends_at": answer.ends_at,
        "undone": _undone(report), "redress": FURTHER,
    }


def _undone(report: UndoneReport | None) -> dict[str, Any] | None:
    """What the reversal undid, for the record; who else was told is a number here, never a name."""
    if report is None:
        return None
    return {
        "restrictions": [{"kind": one.kind, "scope": one.scope, "until": plain(one.until)} for one in report.restrictions],
        "holds": [
            {"ref": one.ref, "amount_minor": one.amount.amount_minor, "currency": one.amount.currency}
            for one in report.holds
        ],
        "corrected": len(report.corrected), "kept_holds": [hold.ref for hold in report.kept],
        "remains": report.remains.value, "later": list(report.later),
    }


def _freeze(work: Work, appeal: Appeal, person_id: UUID, answer: Answer, text: dict[str, Any]) -> AppealDecision:
    before = decision_of(work.db, appeal.id)
    decision = AppealDecision(
        appeal_id=appeal.id, n=before[1].n + 1 if before else 1, decided_by=person_id, outcome=answer.outcome,
        language=text["language"], record=canonical(text), sha256="",
    )
    decision.sha256 = body_digest(decision)
    return add(work, decision)
