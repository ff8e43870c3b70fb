"""The decision on an appeal: it stands, is changed or is overturned; one frozen record, and what follows in the same act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from portal.accounts.models import Account
from portal.appeals.after_all import answer_after_all
from portal.appeals.answering import Answer, as_recorded, decider, read_answer
from portal.appeals.changed import carry_out, plan_change
from portal.appeals.desk import locked_appeal
from portal.appeals.evidence import UNTIL, new_files, offered_until, open_reopening
from portal.appeals.filing import notify
from portal.appeals.later import RULE_COUNTED, RULE_REPLACED, redecide, redecide_later, redecide_successor
from portal.appeals.matter import OWN, require_live, require_reviewer
from portal.appeals.mentioning import say_over
from portal.appeals.messages import FURTHER, answered_text
from portal.appeals.models import Appeal, AppealOutcome, AppealState
from portal.appeals.own import addressed
from portal.appeals.reviewing import settle
from portal.appeals.rules import may_decide
from portal.appeals.showing import require_shown
from portal.cases.models import Case
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import plain
from portal.core.work import Work
from portal.enforcement.changing import resume
from portal.enforcement.models import Action
from portal.enforcement.overturning import Partly, said_of
from portal.enforcement.queries import action_by_ref, rule_of
from portal.enforcement.releasing import back_to_the_queue
from portal.enforcement.succession import stands_for
from portal.enforcement.undoing import UndoneReport, preview_undoing, reverse, texts
from portal.log.operations import Row, record

VERSION = 1


def decide_appeal(
    work: Work, *, appeal_ref: str, version: int, outcome: str, ground_answers: dict[str, str],
    exhibits_considered: dict[str, Any], reasons: str, our_error: str = "", new_ends_on: date | None = None,
    release_hold: bool = False, fallen: dict[str, str] | None = None, parts: Sequence[str] = (),
) -> dict[str, Any]:
    """Decides an appeal and does what follows from it, in one act.

    `outcome`: "upheld" (stands), "partially_reversed" (changed: an earlier end, that action's hold released, or
    some of its rules overturned, but not all) or "reversed" (overturned). `ground_answers`: an answer for each ground;
    `exhibits_considered`: by number "considered" or {"weight": "not_considered", "why": ...}; both may be left out only when
    the action is overturned, which needs `our_error`. `new_ends_on`: the new last day; today means now. `fallen`: why which
    rules no longer stand, by the key of the cited clause version; what only they permitted goes with them. `parts`: which of
    several things that it takes away are given back now.
    Errors: `own_decision` for who proposed, issued or co-signed and does not overturn in full; `with_somebody_else`,
    `conflicted`, `decided`, `stale`, `waiting`; `unknown_outcome`, `reasons_missing`, `our_error_missing`,
    `ground_unanswered`, `exhibit_unanswered`, `unopened`, `nothing_changed`, `not_shorter`,
    `rule_why_missing`, `unknown_rule`, `every_rule`, `rests_on_withheld`, `parts_all`, `nothing_to_part`.
    Sources: DSA 20(4), (6); DESIGN 2.8, 2.9.
    """
    work.require(Permission.DECIDE)
    appeal, action, case = locked_appeal(work, appeal_ref)
    person_id, first = require_reviewer(work, appeal, case)
    require_live(appeal, version)
    answer = read_answer(
        work, appeal, stands_for(work.db, action), outcome, ground_answers, exhibits_considered, reasons, our_error,
        new_ends_on, release_hold, fallen, parts,
    )
    _require_entitled(appeal, answer, first=first)
    require_shown(work.db, action, answer.outcome, answer.fallen)
    with work.db.no_autoflush:
        return _decide(work, appeal, action, case, answer, person_id, first)


def _decide(
    work: Work, appeal: Appeal, action: Action, case: Case, answer: Answer, person_id: UUID, first: bool
) -> dict[str, Any]:
    event_id = new_id()
    rows, done = _carry_out(work, appeal, action, case, answer, event_id)
    rows += say_over(work, appeal, action, event_id, rows)
    text = _record(work, appeal, action, case, answer, person_id, first, done) | _anew(work, appeal, answer)
    decision = settle(work, appeal, person_id, answer.outcome, text)
    work.db.flush()
    all_rows: list[Row] = [decision, (appeal, "decided"), *rows]
    record(work, "appeal.decided", appeal.ref, case_ref=case.ref, event_id=event_id, rows=all_rows,
           outcome=answer.outcome, action=action.ref)
    later = _follow(work, action, case, done)
    if answer.outcome is AppealOutcome.REVERSED:
        answer_after_all(work, action, case)
    return {"appeal": appeal.ref, "outcome": answer.outcome.value, "later": later}


def _follow(work: Work, action: Action, case: Case, done: UndoneReport | Partly | None) -> list[str]:
    """What comes after a reversal, also of one rule: later decisions that counted it, and one that replaced it and rests on
    something else."""
    if done is None:
        return []
    if isinstance(done, Partly):
        later = redecide(work, done.action, case, done.later, RULE_COUNTED)
        return [*later, *redecide_successor(work, done.action, case, RULE_REPLACED)]
    undone = [action, *(action_by_ref(work.db, ref) for ref in done.with_it)]
    later = [ref for one in undone for ref in redecide_later(work, one, case)]
    back_to_the_queue(work, action, case)
    return [*later, *redecide_successor(work, action, case)]


def _require_entitled(appeal: Appeal, answer: Answer, *, first: bool) -> None:
    if not may_decide(answer.outcome, first_reviewer=first):
        raise NotAllowed("own_decision", OWN[appeal.item_kind])
    if appeal.state == AppealState.WAITING and answer.outcome is not AppealOutcome.REVERSED:
        raise Conflict("waiting", N_("We asked the person something. Wait for the answer, or until its time is over."))


def _carry_out(
    work: Work, appeal: Appeal, action: Action, case: Case, answer: Answer, event_id: UUID
) -> tuple[list[Row], UndoneReport | Partly | None]:
    """What follows from the outcome: rows for the one event, and for a reversal, whole or in part, what was undone.

    Where another decision has replaced this one and rests on the same, what follows reaches that one: an appeal goes on, and
    replacing a decision never makes it moot. One that was overturned meanwhile stays so, and its person hears it again.
    """
    now = stands_for(work.db, action)
    notice = {"kind": "appeal_decided", "about_ref": appeal.ref, "target": f"/appeals/{appeal.ref}"}
    if answer.outcome is AppealOutcome.REVERSED and action.reversed_at is not None:
        report = preview_undoing(work.db, action, work.now)
        mine, _theirs = texts(work.db, action, report, appeal_ref=appeal.ref, reason=answer.our_error)
        return list(notify(work, appeal, case, event_id, "appeal_decided", mine)), report
    if answer.outcome is AppealOutcome.REVERSED:
        rows, report, mine = reverse(work, action, event_id=event_id, appeal_ref=appeal.ref, reason=answer.our_error)
        return [*rows, *notify(work, appeal, case, event_id, "appeal_decided", mine)], report
    if answer.outcome is AppealOutcome.PARTIALLY_REVERSED:
        plan = plan_change(work.db, appeal, now, answer.wish, work.now)
        rows = carry_out(work, appeal, replace(plan, mine=addressed(work.db, appeal, plan.mine)), event_id, notice)
        return [*rows, *notify(work, appeal, case, event_id, "appeal_decided", plan.mine)], plan.partly
    said = partial(
        answered_text, appeal.ref, action.ref, answer.outcome, answer.reasons,
        again_until=offered_until(work.db, appeal, work.now),
    )
    mine = said(ends_at=now.ends_at, resumes=True)
    rows = resume(work, now, event_id, addressed(work.db, appeal, mine), **notice)
    mine = mine if rows else said()
    return [*rows, *notify(work, appeal, case, event_id, "appeal_decided", mine)], None


def _record(
    work: Work, appeal: Appeal, action: Action, case: Case, answer: Answer, person_id: UUID, first: bool,
    done: UndoneReport | Partly | None,
) -> dict[str, Any]:
    clause = rule_of(work.db, action)
    return {
        "v": VERSION, "appeal": appeal.ref, "action": action.ref, "case": case.ref, "decided_at": work.now,
        "account_ref": work.db.get_one(Account, appeal.account_id).ref, "outcome": answer.outcome.value,
        **decider(work.db, person_id), "had_a_part": first,
        "rule": {"number": clause.number, "heading": clause.heading, "path": clause.path} if clause else None,
        "grounds": [
            {"key": ground.key, "ground": ground.text, "answer": said} | ({"how": ground.how} if ground.how else {})
            for ground, said in answer.grounds
        ],
        "exhibits": as_recorded(answer.exhibits),
        "reasons": answer.reasons, "our_error": answer.our_error, "ends_at": answer.ends_at,
        "undone": _undone(done) if isinstance(done, UndoneReport) else None, "redress": FURTHER,
        **({"overturned": said_of(done.fallen)} if isinstance(done, Partly) else {}),
        **({"parts": list(answer.parts)} if answer.parts else {}),
    }


def _anew(work: Work, appeal: Appeal, answer: Answer) -> dict[str, Any]:
    """What an answer says of new evidence: which of its exhibits were new, or until when the appeal can be opened again."""
    opened, until = open_reopening(work.db, appeal.id), offered_until(work.db, appeal, work.now)
    if opened is not None:
        new = {one.exhibit.number for one in new_files(work.db, appeal) if one.exhibit is not None}
        return {"reopened": {"at": opened.opened_at, "new": sorted(new)}}
    return {UNTIL: until} if until is not None and answer.outcome is not AppealOutcome.REVERSED else {}


def _undone(report: UndoneReport) -> dict[str, Any]:
    """What the reversal undid, for the record; who else was told is a number here, never a name."""
    return {
        "restrictions": [{"kind": one.kind, "scope": one.scope, "until": plain(one.until)} for one in report.restrictions],
        "holds": [
            {"ref": one.ref, "amount_minor": one.amount.amount_minor, "currency": one.amount.currency}
            for one in report.holds
        ],
        "corrected": len(report.corrected), "kept_holds": [hold.ref for hold in report.kept],
        "remains": report.left.state.value, "later": list(report.later),
    }
