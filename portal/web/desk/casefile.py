"""What the case page shows: who, what was said by whom, what is held, and the one next step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import g

from portal.accounts.models import Account
from portal.accounts.queries import account_by_id, handle_of
from portal.appeals.models import Appeal
from portal.appeals.queries import appeals_of_case, item_of
from portal.cases.models import Message, MessageKind, Report, WorkItem
from portal.cases.queries import CaseFile, Moment, case_file, timeline
from portal.contracts.models import Contract, ContractTerm
from portal.contracts.queries import WorkRecord, contracts_of, record_of, terms_of
from portal.core.access import Permission, may
from portal.core.clock import local_day
from portal.core.money import Money
from portal.disputes.models import Dispute
from portal.disputes.queries import disputes_of_case
from portal.documents.models import Exhibit
from portal.documents.queries import exhibits_of
from portal.enforcement.models import Action, ActionStatus
from portal.enforcement.queries import Standing, actions_of_account, actions_of_case, asked, owner_zone, signatures_of, standing
from portal.enforcement.rules import Asked
from portal.ledger.queries import HoldView, holds_of_case
from portal.rulebook.queries import CitedClause, cited_clause
from portal.verification.queries import ItemView, items_of_case
from portal.verification.rules import KINDS
from portal.web.desk import words
from portal.web.desk.queue import holders, work_page
from portal.web.shell import guard
from portal.web.shell.context import lang, reader_zone

ABOUT_CONDUCT = ("report", "question", "action")
OPEN_DRAFTS = (ActionStatus.DRAFT, ActionStatus.PROPOSED)


@dataclass(frozen=True, slots=True)
class Step:
    """The one next step: its words, what happens with it, and a page to open, a form to send there, or an item to take."""

    title: str
    text: str
    label: str = ""
    href: str = ""
    fields: Mapping[str, str] | None = None
    take: WorkItem | None = None


@dataclass(frozen=True, slots=True)
class Contested:
    """A dispute as the desk reads it: both sides' words, the term, the money."""

    dispute: Dispute
    contract: Contract | None
    term: ContractTerm | None
    opened_by: Account
    amount: Money
    state: str
    tone: str
    hold: HoldView | None


@dataclass(frozen=True, slots=True)
class Asking:
    """One question of ours with the rule it is about and its answer."""

    question: Message
    clause: CitedClause | None
    answer: Message | None
    over: bool


@dataclass(frozen=True, slots=True)
class Contest:
    """An appeal of the case: against which action, how it stands, until when, with whom."""

    appeal: Appeal
    action_ref: str
    state: str
    tone: str
    holder: str

    @property
    def due(self) -> datetime | None:
        """The next date while it is not answered."""
        return None if self.tone != "hold" else self.appeal.waiting_until or self.appeal.answer_by


@dataclass(frozen=True, slots=True)
class Check:
    """An identity check that the case asked for."""

    view: ItemView
    what: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the case page."""

    file: CaseFile
    zone: str
    record: WorkRecord
    standing: Standing
    earlier: list[Action]
    reports: list[tuple[Report, Account | None]]
    disputes: list[Contested]
    questions: list[Asking]
    notes: list[Message]
    exhibits: list[Exhibit]
    actions: list[Action]
    appeals: list[Contest]
    checks: list[Check]
    moments: list[Moment]
    items: list[tuple[WorkItem, str, str, str]]
    holder: str
    mine: bool
    step: Step
    can_work: bool


def read_case(ref: str) -> Page:
    """The case page's facts. Errors: `NotFound`."""
    file, me = case_file(g.db, ref), guard.person().id
    actions, questions = actions_of_case(g.db, file.case.id), _questions(file)
    names = holders([item.assignee_id for item in file.items], me)
    holder = next((item.assignee_id for item in file.items if item.assignee_id), None)
    return Page(
        file=file,
        zone=owner_zone(g.db, file.about.id),
        record=record_of(g.db, file.about.id, g.now), standing=standing(g.db, file.about.id, g.now),
        earlier=[one for one in actions_of_account(g.db, file.about.id) if one.case_id != file.case.id],
        reports=[(report, _account(report.reporter_account_id)) for report in file.reports],
        disputes=_disputes(file), questions=questions,
        notes=[m for m in file.messages if m.kind in (MessageKind.NOTE, MessageKind.RECORDED)],
        exhibits=exhibits_of(g.db, file.case.id), actions=actions, moments=timeline(g.db, ref),
        appeals=_appeals(file), checks=_checks(file),
        items=[_item(item, ref) for item in file.items], holder=names[holder], mine=holder == me,
        step=next_step(file, actions, questions, me), can_work=may(guard.actor(), Permission.WORK_CASE),
    )


def _account(account_id: UUID | None) -> Account | None:
    return account_by_id(g.db, account_id) if account_id else None


def _item(item: WorkItem, case_ref: str) -> tuple[WorkItem, str, str, str]:
    """A waiting thing, when it is due in words with the tone, and its own page ("" for this one)."""
    due, tone = words.due(lang(), item.due_at, g.now, reader_zone())
    href = work_page(item.kind, item.subject_ref, case_ref)
    return item, due, tone, "" if href.startswith("/desk/cases/") else href


def _appeals(file: CaseFile) -> list[Contest]:
    found = []
    for appeal in appeals_of_case(g.db, file.case.id):
        item = item_of(g.db, appeal.ref)
        holder = handle_of(g.db, item.assignee_id) if item is not None and item.assignee_id else ""
        kind, state = ("AppealOutcome", appeal.outcome) if appeal.outcome else ("AppealState", appeal.state)
        tone = words.APPEAL_TONES.get(state, "hold")
        found.append(Contest(appeal, g.db.get_one(Action, appeal.action_id).ref, words.named(kind, state), tone, holder))
    return found


def _checks(file: CaseFile) -> list[Check]:
    return [
        Check(
            view, lang().gettext(KINDS[view.item.kind]), words.named("ItemState", view.item.state),
            words.ITEM_TONES.get(view.item.state, "hold"),
        )
        for view in items_of_case(g.db, file.case.id)
    ]


def _questions(file: CaseFile) -> list[Asking]:
    answers = {message.answers_id: message for message in file.messages if message.kind == MessageKind.ANSWER}
    return [
        Asking(
            message, cited_clause(g.db, message.clause_version_id) if message.clause_version_id else None,
            answers.get(message.id), message.answer_by is not None and message.answer_by <= g.now,
        )
        for message in file.messages if message.kind == MessageKind.QUESTION
    ]


def _disputes(file: CaseFile) -> list[Contested]:
    contracts = {contract.id: contract for contract in contracts_of(g.db, file.about.id)}
    holds = {hold.dispute_ref: hold for hold in holds_of_case(g.db, file.case.id, g.now)}
    return [_contested(dispute, contracts, holds) for dispute in disputes_of_case(g.db, file.case.id)]


def _contested(dispute: Dispute, contracts: dict[UUID, Contract], holds: dict[str | None, HoldView]) -> Contested:
    state, tone = words.named("DisputeState", dispute.state), words.DISPUTE_TONES.get(dispute.state, "calm")
    term = next((one for one in terms_of(g.db, dispute.contract_id) if one.id == dispute.contract_term_id), None)
    return Contested(
        dispute, contracts.get(dispute.contract_id), term, account_by_id(g.db, dispute.opened_by_account_id),
        Money(dispute.amount_minor, dispute.currency), state, tone, holds.get(dispute.ref),
    )


def reported_day(file: CaseFile) -> date:
    """The day that is offered as the day of the conduct: of the first report or dispute, else of the case."""
    days = [report.received_at for report in file.reports] or [d.opened_at for d in disputes_of_case(g.db, file.case.id)]
    return local_day(min(days, default=file.case.created_at), "UTC")


def contracts_in(file: CaseFile) -> list[Contract]:
    """The contracts that a decision of this case can be about: those between its parties first, then the others."""
    sides = {party.account.id for party in file.parties if party.account.id != file.about.id}
    found = contracts_of(g.db, file.about.id)
    return sorted(found, key=lambda contract: contract.other_side(file.about.id) not in sides)


def next_step(file: CaseFile, actions: list[Action], questions: list[Asking], me: UUID) -> Step:
    """What a reviewer does next with this case, told from its facts."""
    say, ref = lang().gettext, file.case.ref
    live = next((action for action in actions if action.status in OPEN_DRAFTS), None)
    if live is not None and live.status == ActionStatus.PROPOSED:
        return _proposed(live, me)
    free = next((item for item in file.items if item.assignee_id is None), None)
    if free is not None and not any(item.assignee_id for item in file.items):
        return Step(say("Take this case"), say("It is with nobody yet. While it is with you, others see that."), take=free)
    if live is not None:
        text = say("A decision is begun. What was typed is kept.")
        return Step(say("Continue the draft"), text, say("Open the draft"), f"/desk/actions/{live.ref}")
    if any(item.kind in ABOUT_CONDUCT for item in file.items) or any(not q.answer and not q.over for q in questions):
        return _decide(file, questions, ref)
    return _nothing_now(file, actions)


def _proposed(action: Action, me: UUID) -> Step:
    say = lang().gettext
    mine = any(signature.person_id == me for signature in signatures_of(g.db, action.id))
    title = say("A second person has to sign") if mine else say("Read and sign, or return it")
    text = say("You proposed it, so somebody else reads it.")
    if not mine:
        text = say("You read all of it, then sign or return it with a reason.")
    return Step(title, text, say("Open the proposal"), f"/desk/actions/{action.ref}")


def _decide(file: CaseFile, questions: list[Asking], ref: str) -> Step:
    say = lang().gettext
    state, _answer = asked(g.db, file.case.id, file.about.id, g.now)
    if state is Asked.NEVER:
        text = say("The rule comes first. Then you ask the person how they see it.")
        return Step(say("Pick the rule"), text, say("Pick the rule"), f"/desk/cases/{ref}/clause")
    clause = next((one.clause for one in reversed(questions) if one.clause), None)
    href, begin = f"/desk/cases/{ref}/clause", None
    if clause is not None:
        begin = {"clause": str(clause.id), "day": reported_day(file).isoformat(), "go": "start"}
    if state is Asked.WAITING:
        until = max((q.question.answer_by for q in questions if q.question.answer_by), default=g.now)
        text = say("The person can answer until %(when)s. You can prepare the decision meanwhile.", when=_when(until))
        return Step(say("Wait for the answer"), text, say("Prepare the decision"), href, begin)
    if clause is None:
        return Step(say("Decide"), say("The person was heard. Pick the rule."), say("Pick the rule"), href)
    text = say("The person was heard about rule %(number)s, %(heading)s.", number=clause.number, heading=clause.heading)
    return Step(say("Decide"), text, say("Start a decision"), href, begin)


def _when(at: datetime) -> str:
    return lang().instant(at, reader_zone())


def _nothing_now(file: CaseFile, actions: list[Action]) -> Step:
    """Nothing about conduct waits for staff: it is decided, or only the dispute goes on, or nothing was begun."""
    say, done = lang().gettext, next((one for one in actions if one.status not in OPEN_DRAFTS), None)
    for item in file.items:
        if item.kind == "appeal":
            text = say("Somebody who had no part in the decision answers it.")
            return Step(say("An appeal waits for its answer"), text, say("Open the appeal"), f"/desk/appeals/{item.subject_ref}")
        if item.kind == "identity":
            text = say("Documents were sent. What rests on this check ends when our answer is late.")
            return Step(say("An identity check waits for its answer"), text, say("Open the identity check"),
                        f"/desk/identity/{item.subject_ref}")
    if done is not None:
        text = say("An account action was decided here. A dispute of this case goes on by itself.")
        return Step(say("Decided"), text, say("Read the decision"), f"/desk/actions/{done.ref}")
    if file.items:
        text = say("Both sides are heard about the money. Nothing is said against the account.")
        return Step(say("The dispute goes on"), text)
    return Step(say("Nothing waits here"), say("It stays open to read."))


def signer_names(action: Action) -> list[tuple[str, str]]:
    """Who stands for an action: in which role, under which handle."""
    return [(words.named("SignatureAs", s.signed_as), handle_of(g.db, s.person_id)) for s in signatures_of(g.db, action.id)]
