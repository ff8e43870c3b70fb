"""The answer to a complaint that nothing was done: it stands, or the case is open again and somebody else goes on with it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from portal.accounts.models import Account
from portal.appeals.answering import as_recorded, decider, read_exhibits
from portal.appeals.complaint_messages import FURTHER, complaint_answered_text
from portal.appeals.complaints import closing_of, complaints_about, newest_report
from portal.appeals.desk import locked_matter
from portal.appeals.filing import notify
from portal.appeals.matter import OWN, require_live, require_reviewer
from portal.appeals.models import LIVE, Appeal, AppealKind, AppealOutcome, AppealState
from portal.appeals.queries import Shown
from portal.appeals.reviewing import settle
from portal.appeals.rules import MOST_TEXT, may_decide
from portal.cases.closing import closers_of, put_reopening, rules_of_closing
from portal.cases.drawing import eligible
from portal.cases.models import Case, Closing
from portal.cases.operations import give_item, open_item
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import needed
from portal.core.work import Work
from portal.enforcement.desk import usual_due
from portal.log.operations import Row, record

VERSION = 1
OUTCOMES = (AppealOutcome.UPHELD, AppealOutcome.REVERSED)
Weighed = Sequence[tuple[Shown, str, str]]


def decide_complaint(
    work: Work, *, appeal_ref: str, version: int, outcome: str, exhibits_considered: dict[str, Any], reasons: str
) -> dict[str, Any]:
    """Answers a complaint: "upheld" (it stands) or "reversed" (the case is open again, with somebody who did not close it).

    `reasons` are read by whoever complains. `exhibits_considered`: as for an appeal; needed unless the case is opened again.
    Who closed the case can open it again and do nothing else. All complaints about one closing are answered when it is
    opened again. Errors: `own_decision`, `with_somebody_else`, `conflicted`, `decided`, `stale`, `waiting`,
    `unknown_outcome`, `reasons_missing`, `exhibit_unanswered`, `unopened`. Source: DESIGN 2.8, section 3, report.
    """
    work.require(Permission.DECIDE)
    appeal, case = locked_matter(work, appeal_ref)
    if appeal.kind != AppealKind.INACTION:
        raise NotFound
    person_id, first = require_reviewer(work, appeal, case)
    require_live(appeal, version)
    chosen, text, weighed = _read(work, appeal, outcome, reasons, exhibits_considered)
    if not may_decide(chosen, first_reviewer=first):
        raise NotAllowed("own_decision", OWN[appeal.item_kind])
    if appeal.state == AppealState.WAITING and chosen is AppealOutcome.UPHELD:
        raise Conflict("waiting", N_("We asked the person something. Wait for the answer, or until its time is over."))
    closing = closing_of(work.db, appeal)
    if chosen is AppealOutcome.REVERSED:
        _reopen(work, appeal, case, closing, person_id)
    _answer(work, appeal, case, closing, chosen, text, weighed, person_id)
    if chosen is AppealOutcome.REVERSED:
        for other in complaints_about(work.db, closing.id, LIVE):
            _answer(work, other, case, closing, chosen, text, (), person_id)
    return {"appeal": appeal.ref, "outcome": chosen.value, "case": case.ref}


def _read(
    work: Work, appeal: Appeal, outcome: str, reasons: str, weights: Mapping[str, Any]
) -> tuple[AppealOutcome, str, Weighed]:
    if outcome not in OUTCOMES:
        raise RuleBroken("unknown_outcome", N_("Choose whether it stands, or the case is opened again."), field="outcome")
    chosen, missing = AppealOutcome(outcome), N_("Write your reasons. Whoever complained reads them.")
    text = needed(reasons, missing, code="reasons_missing", field="reasons", limit=MOST_TEXT)
    return chosen, text, read_exhibits(work, appeal, weights, needed=chosen is AppealOutcome.UPHELD)


def _reopen(work: Work, appeal: Appeal, case: Case, closing: Closing, person_id: UUID) -> None:
    """The case is open again: what was reported waits for somebody who never closed it, drawn by lot."""
    row, report = put_reopening(work, case, closing, appeal.ref), newest_report(work.db, appeal)
    rules = rules_of_closing(work.db, closing)
    item = open_item(
        work, case, "report", report.ref, usual_due(work), language=report.language,
        clause_id=rules[0].clause_id if rules else None,
    )
    work.db.flush()
    free = eligible(work.db, case.id, closers_of(work.db, case.id))
    give_item(work, item, secrets.choice(free) if free else None, "reopened")
    record(work, "case.reopened", case.ref, case_ref=case.ref, rows=[row], because_of=appeal.ref)


def _answer(
    work: Work, appeal: Appeal, case: Case, closing: Closing, outcome: AppealOutcome, reasons: str, weighed: Weighed,
    person_id: UUID,
) -> None:
    """One frozen record, nothing of it waits any more, and whoever complained hears it."""
    report = newest_report(work.db, appeal)
    text = {
        "v": VERSION, "appeal": appeal.ref, "kind": appeal.kind, "report": report.ref, "case": case.ref,
        "decided_at": work.now, "account_ref": work.db.get_one(Account, appeal.account_id).ref, "outcome": outcome.value,
        **decider(work.db, person_id), "had_a_part": closing.closed_by == person_id,
        "rules": [
            {"number": rule.number, "heading": rule.heading, "path": rule.path}
            for rule in rules_of_closing(work.db, closing)
        ],
        "exhibits": as_recorded(weighed),
        "reasons": reasons, "redress": FURTHER,
    }
    decision = settle(work, appeal, person_id, outcome, text)
    event_id = new_id()
    told = notify(
        work, appeal, case, event_id, "appeal_decided", complaint_answered_text(appeal.ref, report.ref, outcome, reasons)
    )
    rows: list[Row] = [decision, (appeal, "decided"), *told]
    record(work, "complaint.decided", appeal.ref, case_ref=case.ref, event_id=event_id, rows=rows, outcome=outcome)
