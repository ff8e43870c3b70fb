"""Contesting only what a statement withholds: filed by the person, answered by somebody else, who shows it or lets it stand.

Whoever withheld it can show all of it and do nothing else. Source: DESIGN 2, "may be withheld ... and appealable"; 2.8.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.accounts.queries import handle_of, person_by_id
from portal.accounts.throttles import count_try
from portal.appeals.answering import decider
from portal.appeals.desk import locked_matter, say, start_answering
from portal.appeals.filing import notify
from portal.appeals.matter import OWN, require_live, require_reviewer
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealOutcome, AppealState, AppealWord
from portal.appeals.own import own_action
from portal.appeals.queries import appeal_against, filed_message, window_of
from portal.appeals.reviewing import settle
from portal.appeals.rules import LEAST_BODY, MOST_TEXT, may_decide, withholds
from portal.appeals.withheld_messages import FURTHER, withheld_answered_text, withheld_filed_text
from portal.cases.drafts import drop_draft
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.text import clean, needed
from portal.core.work import Work
from portal.enforcement.desk import locked_action
from portal.enforcement.disclosing import disclose, disclosed_record, unshown
from portal.enforcement.models import Action
from portal.enforcement.queries import rule_of, statement_of
from portal.log.operations import Row, add, record
from portal.notices.operations import Compose

DRAFT_FORM, VERSION = "withheld", 1
ALONE = N_("Rule %(number)s rests on this alone. Nothing is upheld on what the person cannot see: show it.")
OUTCOMES = (AppealOutcome.UPHELD, AppealOutcome.REVERSED)


def contest_withheld(work: Work, *, action_ref: str, body: str) -> dict[str, Any]:
    """Contests only what the newest statement of an action withholds, once, within the window of appeals; with a receipt.

    An appeal against the decision itself stays possible. The same words again give the same receipt. Errors: `nothing_withheld`,
    `over`, `answered`, `already_filed`, `body_missing`, `too_many`, `NotFound`.
    """
    action, case, person_id = own_action(work, action_ref)
    missing = N_("Say in your own words why you should be able to see it.")
    text = needed(body, missing, code="body_missing", field="body", limit=MOST_TEXT, least=LEAST_BODY)
    known = appeal_against(work.db, action.id, AppealKind.WITHHELD)
    if known is not None and known.state in LIVE:
        return _same(work, known, text)
    _require_possible(work, action, known, person_id)
    count_try(work, "appeal", f"withheld in {action.ref}")
    appeal, person = known or _begin(work, action, person_id), person_by_id(work.db, person_id)
    again: list[Row] = [(appeal, "withdrawn")] if appeal.withdrawn_at is not None else []
    clause = rule_of(work.db, action)
    start_answering(work, appeal, case, clause_id=clause.clause_id if clause else None)
    message = say(work, appeal, AppealWord.FILED, text, person.language)
    drop_draft(work, DRAFT_FORM, action.ref)
    event_id, answer_by = new_id(), appeal.answer_by or work.now
    receipt = withheld_filed_text(appeal.ref, action.ref, work.now, answer_by)
    notices = notify(work, appeal, case, event_id, "appeal_filed", receipt)
    rows: list[Row] = [(appeal, "filed"), (appeal, "subject"), *again, message, *notices]
    record(work, "withheld.contested", appeal.ref, case_ref=case.ref, event_id=event_id, rows=rows, action=action.ref)
    return {"appeal": appeal.ref, "filed_at": work.now, "answer_by": answer_by}


def _begin(work: Work, action: Action, person_id: UUID) -> Appeal:
    return add(work, Appeal(
        ref=new_ref("Z"), case_id=action.case_id, kind=AppealKind.WITHHELD, action_id=action.id, account_id=action.account_id,
        person_id=person_id, state=AppealState.DRAFT, late=False, version=1,
    ))


def _same(work: Work, appeal: Appeal, text: str) -> dict[str, Any]:
    before = filed_message(work.db, appeal.id)
    if before is None or before.body != text:
        message = N_("You have already contested this: %(ref)s. You can add to it on its page.")
        raise Conflict("already_filed", message, ref=appeal.ref)
    return {"appeal": appeal.ref, "filed_at": appeal.filed_at, "answer_by": appeal.answer_by}


def _require_possible(work: Work, action: Action, known: Appeal | None, person_id: UUID) -> None:
    why = why_not(work, action, known, person_id)
    if why is not None:
        raise Conflict(why, WHY_NOT[why])


WHY_NOT = {
    "nothing_withheld": N_("The newest letter withholds nothing."),
    "answered": N_("We have answered this already. Its page says how."),
    "over": N_("The time to contest this is over."),
}


def why_not(work: Any, action: Action, known: Appeal | None, person_id: UUID | None) -> str | None:
    """Why what is withheld cannot be contested now; None when it can. `work`: anything with a session and an instant."""
    if not withholds(statement_of(work.db, action.ref)[0] or {}):
        return "nothing_withheld"
    if known is not None and known.state == AppealState.DECIDED:
        return "answered"
    return "over" if window_of(work.db, action, person_id).over(work.now) else None


def decide_withheld(
    work: Work, *, appeal_ref: str, version: int, outcome: str, reasons: str, shown: str = ""
) -> dict[str, Any]:
    """Answers it: "upheld" (it stays withheld) or "reversed" (a new letter that supersedes shows it), with reasons.

    `shown`: what was withheld, in words, where the letter names no exhibit. Errors: `own_decision` for who signed the
    decision and does not show it, `with_somebody_else`, `conflicted`, `decided`, `stale`, `waiting`, `unknown_outcome`,
    `reasons_missing`, `nothing_shown`, `rests_on_withheld`. Source: DESIGN 2.8.
    """
    work.require(Permission.DECIDE)
    appeal, case = locked_matter(work, appeal_ref)
    if appeal.kind != AppealKind.WITHHELD:
        raise NotFound
    action, _case = locked_action(work, work.db.get_one(Action, appeal.action_id).ref)
    person_id, first = require_reviewer(work, appeal, case)
    require_live(appeal, version)
    chosen, missing = _outcome(outcome), N_("Write your reasons. The person reads them.")
    text = needed(reasons, missing, code="reasons_missing", field="reasons", limit=MOST_TEXT)
    if not may_decide(chosen, first_reviewer=first):
        raise NotAllowed("own_decision", OWN[appeal.item_kind])
    if appeal.state == AppealState.WAITING and chosen is AppealOutcome.UPHELD:
        raise Conflict("waiting", N_("We asked the person something. Wait for the answer, or until its time is over."))
    if chosen is AppealOutcome.UPHELD and (alone := unshown(work.db, action)):
        raise RuleBroken("rests_on_withheld", ALONE, field="outcome", number=alone[0].number)
    rows: list[Row] = []
    if chosen is AppealOutcome.REVERSED:
        changed = _changed(work.db, appeal, person_id, work.now)
        rows.append(disclose(work, action, changed, clean(shown, limit=MOST_TEXT, field="shown")))
        action.version += 1
    rows.append(settle(work, appeal, person_id, chosen, _record(work, appeal, action, chosen, text, person_id, first=first)))
    work.db.flush()
    event_id = new_id()
    told = notify(work, appeal, case, event_id, "appeal_decided", withheld_answered_text(appeal.ref, action.ref, chosen, text))
    record(work, "withheld.decided", appeal.ref, case_ref=case.ref, event_id=event_id,
           rows=[*rows, (appeal, "decided"), *told], outcome=chosen, action=action.ref)
    return {"appeal": appeal.ref, "outcome": chosen.value}


def _changed(session: Session, appeal: Appeal, person_id: UUID, now: datetime) -> dict[str, Any]:
    """What the new letter says of the change."""
    return {"at": now, "appeal": appeal.ref, "by": handle_of(session, person_id)}


def preview_withheld(
    session: Session, appeal: Appeal, person_id: UUID, *, outcome: str, reasons: str, shown: str, now: datetime
) -> tuple[Compose, dict[str, Any] | None]:
    """What the person would read if it were answered so: in the inbox, and the new letter where one shows it.

    Made by the functions that the answer uses; reads only. Errors: `unknown_outcome`, `nothing_shown`.
    """
    action, chosen = session.get_one(Action, appeal.action_id), _outcome(outcome)
    mine = withheld_answered_text(appeal.ref, action.ref, chosen, clean(reasons, limit=MOST_TEXT, field="reasons"))
    if chosen is AppealOutcome.UPHELD:
        return mine, None
    words = clean(shown, limit=MOST_TEXT, field="shown")
    return mine, disclosed_record(session, action, _changed(session, appeal, person_id, now), words)[0]


def _outcome(outcome: str) -> AppealOutcome:
    if outcome not in OUTCOMES:
        raise RuleBroken("unknown_outcome", N_("Choose whether it stays withheld or is shown."), field="outcome")
    return AppealOutcome(outcome)


def _record(
    work: Work, appeal: Appeal, action: Action, outcome: AppealOutcome, reasons: str, person_id: UUID, *, first: bool
) -> dict[str, Any]:
    return {
        "v": VERSION, "appeal": appeal.ref, "kind": appeal.kind, "action": action.ref, "decided_at": work.now,
        "account_ref": work.db.get_one(Account, appeal.account_id).ref, "outcome": outcome.value,
        **decider(work.db, person_id), "had_a_part": first, "exhibits": [], "reasons": reasons, "redress": FURTHER,
    }
