"""Closing a case in which nothing runs any more: without action, or after its decision. Whoever reported is answered once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.accounts.queries import person_by_id
from portal.appeals.closing_messages import not_applied_text, nothing_follows_text
from portal.appeals.complaints import answered_at, complaint_of
from portal.appeals.models import LIVE, AppealOutcome
from portal.appeals.queries import appeals_of_case
from portal.cases.closing import closings_of, put_closing, what_came_in
from portal.cases.hands import ACTED_FIRST, UNTAKEN, OutOfReach, in_hands, open_items, waiting_question
from portal.cases.models import Case, ClosedAs, Closing, Message, MessageKind, Report, WorkItem
from portal.cases.operations import case_by_ref, close_item
from portal.cases.queries import case_file, find_case, messages_of, reports_of, runs_until
from portal.cases.writers import readers_of
from portal.core.access import Permission
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_, language
from portal.core.ids import new_id
from portal.core.text import seen_length, written_reason
from portal.core.work import Work
from portal.disputes.queries import disputes_of_case
from portal.enforcement.desk import require_hands, require_not_closed
from portal.enforcement.models import Action, ActionStatus, Nature
from portal.enforcement.ordering import SILENCE
from portal.enforcement.queries import actions_of_case, owners_of
from portal.enforcement.timing import LEGAL
from portal.enforcement.timing import REVIEW as RESTRICTION
from portal.log.operations import record
from portal.notices.models import Notice
from portal.notices.operations import Compose, Text, tell
from portal.rulebook.queries import CitedClause, cited_clause
from portal.verification.models import ItemState
from portal.verification.queries import items_of_case

MOST_RULES = 5
LEAST_REASON = 20
SAID = (ActionStatus.ISSUED, ActionStatus.WITHDRAWN)
BEGUN = (ActionStatus.DRAFT, ActionStatus.PROPOSED)
HINDERS = {
    "dispute": N_("A dispute of this case is still open: its money has to be decided first."),
    "draft": N_("A decision is being written here. Issue it or discard it first."),
    "proposal": N_("A decision waits for a second person here. It has to be signed or returned first."),
    "interim": N_("What we did first here still applies. Lift it, or decide in full, before nothing follows from it."),
    "question": N_("Our question still waits for its answer. The person can answer until its day is over."),
    "appeal": N_("An appeal against a decision of this case is not answered yet."),
    "identity": N_("An identity check of this case is not finished. Answer it, or take the request back."),
    "lead": N_("A match with a closed account is not answered yet. Say what follows from it first."),
    "money_returned": N_("Money of this account could not reach it yet. That has to be put right first."),
    "chargeback": N_("A bank calls a payment of this case back. Answer the bank first, or put on record what it decided."),
    "need": N_("Somebody told us of danger or need here, and waits for our answer."),
    "reinstatement": N_("Somebody asked to come back after a termination of this case, and is not answered yet."),
}
LATER = ("report", "question", "action", ACTED_FIRST)
"""What closing the case itself answers."""
LASTING = (RESTRICTION, LEGAL, SILENCE)
"""What is looked at again for as long as a decision lasts: it goes on in a closed case, as the decision does."""
HINDERED_BY = {
    "dispute": "dispute", "cosignature": "proposal", "identity": "identity", "identity_talk": "identity", "lead": "lead",
    "chargeback": "chargeback", "money_returned": "money_returned", "need": "need",
    "reinstatement": "reinstatement",
} | dict.fromkeys(("appeal", "complaint", "withheld", "pause"), "appeal")
"""What has to be finished first, by what it is called in the queue."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person reads when the case is closed: about which thing, where it leads, and the words."""

    person: Person
    account_id: UUID
    about_ref: str
    compose: Compose

    @property
    def text(self) -> Text:
        return self.compose(language(self.person.language), self.person)


@dataclass(frozen=True, slots=True)
class Ending:
    """Who is told when a case is closed now, and as what it is closed. Whoever was told of a decision is not told again."""

    closed_as: ClosedAs
    reporters: tuple[Answer, ...]
    asked: tuple[Answer, ...]


def hindrances(session: Session, case: Case) -> list[str]:
    """The names (of `HINDERS`) of everything that still runs in a case: while there is one, it cannot be closed."""
    return list(dict.fromkeys(_running(session, case)))


def _running(session: Session, case: Case) -> Iterator[str]:
    if any(dispute.ended_at is None for dispute in disputes_of_case(session, case.id)):
        yield "dispute"
    actions = actions_of_case(session, case.id)
    statuses = {action.status for action in actions}
    yield from (name for name, one in zip(("draft", "proposal"), BEGUN, strict=True) if one in statuses)
    if any(one.interim and runs_until(session, "restriction_end", one.ref) for one in actions):
        yield "interim"
    if waiting_question(session, case.id) is not None:
        yield "question"
    if any(appeal.state in LIVE for appeal in appeals_of_case(session, case.id)):
        yield "appeal"
    open_states = (ItemState.OPEN, ItemState.SUBMITTED, ItemState.IN_REVIEW, ItemState.REJECTED)
    views = items_of_case(session, case.id)
    if any(view.pending or (view.item.case_id == case.id and view.item.state in open_states) for view in views):
        yield "identity"
    waiting = open_items(session, case.id)
    yield from (HINDERED_BY[item.kind] for item in waiting if item.kind not in (*LATER, *LASTING))


def lasting(session: Session, case: Case) -> list[WorkItem]:
    """What is looked at again also after the case was closed, the most urgent first."""
    return open_items(session, case.id, LASTING)


def ending(session: Session, case: Case, rules: Sequence[CitedClause]) -> Ending:
    """Who would be told what: the same for the preview and for closing. Source: DESIGN section 3, report."""
    decided = [one for one in actions_of_case(session, case.id) if one.status in SAID and one.nature == Nature.CONDUCT
               and not one.interim]
    told = [action for action in decided if not never_told(action)]
    reports = [one for one in reports_of(session, case.id) if _since(one.received_at, told)]
    over = [closing.closed_at for closing in closings_of(session, case.id)]
    questions = [one for one in messages_of(session, case.id) if one.kind == MessageKind.QUESTION
                 and _since(one.sent_at, decided) and all(one.sent_at > at for at in over)]
    return Ending(
        ClosedAs.DECIDED if decided else ClosedAs.NO_ACTION, tuple(reporters(session, case, reports, rules)),
        tuple(_asked(session, case, questions)),
    )


def never_told(action: Action) -> bool:
    """Whether whoever reported was never told of a decision: it was taken back, or overturned before it took effect."""
    if action.status == ActionStatus.WITHDRAWN:
        return True
    return action.reversed_at is not None and action.effective_at is not None and action.reversed_at < action.effective_at


def _since(at: datetime, decided: Sequence[Action]) -> bool:
    """Whether something came in after everybody was told of the decisions there are."""
    return all(action.issued_at is not None and at > action.issued_at for action in decided)


def reporters(
    session: Session, case: Case, reports: Sequence[Report], rules: Sequence[CitedClause]
) -> Iterator[Answer]:
    """Each person who reads what their account reported, once, about the newest of it; never the person concerned.

    Who was answered when the case was closed before is not told again, unless they complained and it was opened again.
    """
    newest = {report.reporter_account_id: report for report in reports if report.reporter_account_id is not None}
    newest.pop(case.about_account_id, None)
    for account_id, at in answered_at(session, case.id).items():
        if account_id in newest and at >= newest[account_id].received_at and not _granted(session, case.id, account_id, at):
            newest.pop(account_id)
    told = set[UUID]()
    for account_id in newest:
        refs = [report.ref for report in reports if report.reporter_account_id == account_id]
        for person, ref in readers_of(session, account_id, refs) if account_id is not None else ():
            if account_id is not None and person.id not in told:
                told.add(person.id)
                yield Answer(person, account_id, ref, not_applied_text(rules, ref))


def _granted(session: Session, case_id: UUID, account_id: UUID, since: datetime) -> bool:
    """Whether the complaint of an account opened the case again since then."""
    found = complaint_of(session, case_id, account_id)
    granted = found is not None and found.outcome == AppealOutcome.REVERSED
    return granted and found is not None and found.filed_at is not None and found.filed_at >= since


def _asked(session: Session, case: Case, questions: Sequence[Message]) -> Iterator[Answer]:
    """The owners of the account that we asked, about the newest question."""
    if not questions:
        return
    last = questions[-1]
    rule = cited_clause(session, last.clause_version_id) if last.clause_version_id else None
    for person in owners_of(session, case.about_account_id):
        yield Answer(person, case.about_account_id, last.ref, nothing_follows_text(case.ref, rule))


def close_case(work: Work, *, case_ref: str, seen: str, rules: list[str], reason: str) -> dict[str, Any]:
    """Closes a case in which nothing runs, with the rules under which it was reviewed and a reason for the record.

    `seen`: what had come in when it was read (`cases.closing.what_came_in`). Whoever reported since the last decision is
    answered once, and an account that we asked hears that nothing follows; after that a new report opens a new case.
    Errors: `closed`, `runs` (what, in words), `changed` when something came in meanwhile, `no_rules`, `too_many_rules`,
    `reason_missing`, `too_short`, those of `require_hands`. Source: DESIGN section 3, report.
    """
    work.require(Permission.DECIDE)
    case = case_by_ref(work, case_ref)
    person_id = _require_open(work, case, seen)
    cited, text = _rules(work, rules), _reason(reason)
    plan = ending(work.db, case, cited)
    closing = put_closing(
        work, case, closed_as=plan.closed_as, rules=cited, reason=text, language=person_by_id(work.db, person_id).language
    )
    for item in open_items(work.db, case.id, LATER):
        close_item(work, item.subject_ref, item.kind, "closed")
    _tell(work, case, plan, closing, cited)
    return {"case": case.ref}


def _require_open(work: Work, case: Case, seen: str) -> UUID:
    """The acting reviewer, who has the case in hand. Errors: as `close_case`."""
    person_id = require_hands(work, case)
    if not in_hands(work.db, case, person_id):
        raise OutOfReach("with_nobody", UNTAKEN, case.ref, "")
    require_not_closed(case)
    running = hindrances(work.db, case)
    if running:
        raise Conflict("runs", HINDERS[running[0]])
    if seen != what_came_in(case_file(work.db, case.ref)):
        raise Conflict("changed", N_("Something new came in while you read. Read it first; what you typed is kept below."))
    return person_id


def _rules(work: Work, keys: Sequence[str]) -> list[CitedClause]:
    try:
        found = [cited_clause(work.db, UUID(str(key))) for key in dict.fromkeys(keys)]
    except ValueError:
        found = [None]
    if not found or any(one is None or one.data.promise is not None for one in found):
        raise RuleBroken("no_rules", N_("Choose at least one rule under which you reviewed it."), field="rules")
    if len(found) > MOST_RULES:
        message = N_("Choose at most %(most)s rules: those that the reports were about.")
        raise RuleBroken("too_many_rules", message, field="rules", most=MOST_RULES)
    return [one for one in found if one is not None]


def _reason(reason: str) -> str:
    text = written_reason(reason)
    if seen_length(text) < LEAST_REASON:
        message = N_("Say a little more, so that somebody else can follow why: at least %(least)s characters.")
        raise RuleBroken("too_short", message, field="reason", least=LEAST_REASON)
    return text


def _tell(work: Work, case: Case, plan: Ending, closing: Closing, rules: Sequence[CitedClause]) -> None:
    event_id, notices = new_id(), list[Notice]()
    for one in plan.reporters:
        notices += tell(
            work, event_id=event_id, kind="report_not_applied", recipients=[one.person], account_id=one.account_id,
            about_ref=one.about_ref, target=f"/reports/{one.about_ref}", compose=one.compose,
        )
    for one in plan.asked:
        notices += tell(
            work, event_id=event_id, kind="case_closed", recipients=[one.person], account_id=one.account_id,
            about_ref=one.about_ref, case_ref=case.ref, target=f"/me/questions/{one.about_ref}", compose=one.compose,
        )
    record(
        work, "case.closed", case.ref, case_ref=case.ref, event_id=event_id, rows=[closing, *notices],
        closed_as=closing.closed_as, rules=[rule.path for rule in rules],
    )


def ending_now(session: Session, case_ref: str, keys: Sequence[UUID]) -> Ending:
    """What everybody would read if the case were closed under these rules now. Errors: `NotFound`."""
    found = [cited_clause(session, key) for key in keys]
    if any(one is None for one in found):
        raise NotFound
    return ending(session, find_case(session, case_ref), [one for one in found if one is not None])
