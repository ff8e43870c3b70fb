"""What the case page shows: who, what was said by whom, what is held, and the one next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import g

from portal.accounts.models import Account
from portal.accounts.queries import account_by_id, handle_of
from portal.appeals.models import Appeal, AppealKind
from portal.appeals.queries import appeals_of_case, item_of
from portal.appeals.reinstatement_models import Reinstatement
from portal.appeals.reinstatements import Answered, conditions_of_account, requests_of_case
from portal.cases.closing import closings_of, rules_of_closing
from portal.cases.hands import conduct_holder
from portal.cases.models import Closing, Message, MessageKind, Report, WorkItem
from portal.cases.queries import CaseFile, case_file, runs_until
from portal.cases.report_models import Detection
from portal.contracts.models import Contract, ContractTerm
from portal.contracts.queries import WorkRecord, contracts_of, record_of, terms_of
from portal.core.access import Permission, may
from portal.core.clock import deadline, local_day
from portal.core.money import Money
from portal.disputes.glance import MoneyLine, money_of_case
from portal.disputes.models import Dispute
from portal.disputes.queries import disputes_of_case
from portal.documents.queries import ShownExhibit, exhibits_of, shown_exhibits, unopened_exhibits
from portal.enforcement.awaited_ending import resting_on
from portal.enforcement.linked import linked_reporters, reported_by
from portal.enforcement.looking import detections_of
from portal.enforcement.models import Action
from portal.enforcement.queries import Standing, actions_of_account, actions_of_case, owner_zone, signatures_of, standing
from portal.ledger.queries import HoldView, holds_of_case
from portal.rulebook.queries import CitedClause, cited_clause
from portal.verification.queries import ItemView, items_of_case
from portal.verification.rules import KINDS
from portal.web.desk import words
from portal.web.desk.handing import HandOverForm, hand_over_form
from portal.web.desk.history import Entry, history
from portal.web.desk.queue import holders, work_page
from portal.web.desk.reach import require_reach
from portal.web.desk.steps import Asking, Step, next_step
from portal.web.desk.whom import WhomForm, whom_forms
from portal.web.shell import guard
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.promised import promised


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
class Contest:
    """An appeal or a complaint of the case: against what, in words, its page, how it stands, until when, with whom."""

    appeal: Appeal
    against: str
    href: str
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
    resting: list[Action]
    """The decisions of which something rests on it."""


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the case page."""

    file: CaseFile
    zone: str
    record: WorkRecord
    standing: Standing
    earlier: list[Action]
    reports: list[tuple[Report, Account | None]]
    detections: dict[UUID, Detection]
    reported_before: list[tuple[Account, datetime]]
    linked: list[tuple[Account, Account, list[str]]]
    disputes: list[Contested]
    money: list[MoneyLine]
    questions: list[Asking]
    notes: list[Message]
    exhibits: list[ShownExhibit]
    unopened: list[int]
    actions: list[Action]
    appeals: list[Contest]
    conditions: list[Answered]
    asked_back: list[Reinstatement]
    checks: list[Check]
    moments: list[Entry]
    closings: list[tuple[Closing, str, list[CitedClause]]]
    items: list[tuple[WorkItem, str, str, str]]
    holder: str
    mine: bool
    step: Step
    can_work: bool
    whom: dict[str, WhomForm]
    handing: HandOverForm | None


def read_case(ref: str) -> Page:
    """The case page's facts. Errors: `NotFound`, `OutOfReach`."""
    require_reach(ref)
    file, me = case_file(g.db, ref), guard.person().id
    actions, questions = actions_of_case(g.db, file.case.id), _questions(file)
    about = conduct_holder(g.db, file.case.id)
    holder = about.person_id if about else next((item.assignee_id for item in file.items if item.assignee_id), None)
    names = holders([holder, *(item.assignee_id for item in file.items)], me)
    return Page(
        file=file,
        zone=owner_zone(g.db, file.about.id),
        record=record_of(g.db, file.about.id, g.now), standing=standing(g.db, file.about.id, g.now),
        earlier=[one for one in actions_of_account(g.db, file.about.id) if one.case_id != file.case.id],
        reports=[(report, _account(report.reporter_account_id)) for report in file.reports],
        detections=detections_of(g.db, [report.id for report in file.reports]),
        conditions=conditions_of_account(g.db, file.about.id),
        asked_back=requests_of_case(g.db, file.case.id),
        reported_before=_reported_before(file), linked=_linked(file), disputes=_disputes(file),
        money=money_of_case(g.db, file.case.id), questions=questions,
        notes=[m for m in file.messages if m.kind in (MessageKind.NOTE, MessageKind.RECORDED)],
        exhibits=shown_exhibits(g.db, file.case.id), actions=actions, moments=history(ref), closings=_closings(file),
        unopened=unopened_exhibits(g.db, exhibits_of(g.db, file.case.id), me), appeals=_appeals(file), checks=_checks(file),
        items=[_item(item, ref) for item in file.items], holder=names[holder], mine=holder == me,
        step=next_step(file, actions, questions, me), can_work=may(guard.actor(), Permission.WORK_CASE),
        whom=whom_forms(file.about.id, "protect", "order"), handing=hand_over_form(file),
    )


def _closings(file: CaseFile) -> list[tuple[Closing, str, list[CitedClause]]]:
    """Each closing with the handle of whoever closed it and the rules it was reviewed under."""
    return [(one, handle_of(g.db, one.closed_by), rules_of_closing(g.db, one)) for one in closings_of(g.db, file.case.id)]


def _reported_before(file: CaseFile) -> list[tuple[Account, datetime]]:
    """Whom of the other side the account itself reported within the look-back, and when."""
    others = {party.account.id for party in file.parties} - {file.about.id}
    time = promised()["look_back"]
    since = g.now - (deadline(g.now, time.length, time.unit, "UTC") - g.now)
    return [(account_by_id(g.db, one), at) for one, at in reported_by(g.db, file.about.id, others, since)]


def _linked(file: CaseFile) -> list[tuple[Account, Account, list[str]]]:
    """Who of those who reported is linked with whom, and by what, in words."""
    found = linked_reporters(g.db, guard.office().keyring, [report.reporter_account_id for report in file.reports])
    return [
        (account_by_id(g.db, one.first), account_by_id(g.db, one.second), [words.named("Tie", tie) for tie in one.ties])
        for one in found
    ]


def _account(account_id: UUID | None) -> Account | None:
    return account_by_id(g.db, account_id) if account_id else None


def _item(item: WorkItem, case_ref: str) -> tuple[WorkItem, str, str, str]:
    """A waiting thing, when it is due in words with the tone, and its own page ("" for this one)."""
    due, tone = words.due(lang(), item.due_at, g.now, reader_zone())
    href = work_page(item.kind, item.subject_ref, case_ref)
    return item, due, tone, "" if href.startswith("/desk/cases/") else href


def _appeals(file: CaseFile) -> list[Contest]:
    return [_contest(appeal) for appeal in appeals_of_case(g.db, file.case.id)]


def _contest(appeal: Appeal) -> Contest:
    item, say = item_of(g.db, appeal.ref), lang().gettext
    holder = handle_of(g.db, item.assignee_id) if item is not None and item.assignee_id else ""
    filed = lang().day(local_day(appeal.filed_at or appeal.created_at, reader_zone()))
    state = words.named("AppealOutcome" if appeal.outcome else "AppealState", appeal.outcome or appeal.state)
    tone, kind = words.APPEAL_TONES.get(appeal.outcome or appeal.state, "hold"), "appeals"
    if appeal.kind == AppealKind.INACTION:
        against, kind = say("that nothing was done, of %(day)s", day=filed), "complaints"
        state = words.word(words.COMPLAINTS, appeal.outcome) if appeal.outcome else state
    elif appeal.kind == AppealKind.WITHHELD:
        ref, kind = g.db.get_one(Action, appeal.action_id).ref, "withheld"
        against = say("against what %(ref)s withholds, of %(day)s", ref=ref, day=filed)
        state = words.word(words.WITHHELD, appeal.outcome) if appeal.outcome else state
    else:
        against = say("against %(ref)s, of %(day)s", ref=g.db.get_one(Action, appeal.action_id).ref, day=filed)
    return Contest(appeal, against, f"/desk/{kind}/{appeal.ref}", state, tone, holder)


def _checks(file: CaseFile) -> list[Check]:
    return [
        Check(
            view, lang().gettext(KINDS[view.item.kind]), words.named("ItemState", view.item.state),
            words.ITEM_TONES.get(view.item.state, "hold"),
            [action for action, _rows in resting_on(g.db, view.item.ref, g.now)],
        )
        for view in items_of_case(g.db, file.case.id)
    ]


def _questions(file: CaseFile) -> list[Asking]:
    answers = {message.answers_id: message for message in file.messages if message.kind == MessageKind.ANSWER}
    asked = [message for message in file.messages if message.kind == MessageKind.QUESTION]
    untils = [runs_until(g.db, "question", message.ref) or message.answer_by for message in asked]
    return [
        Asking(
            message, cited_clause(g.db, message.clause_version_id) if message.clause_version_id else None,
            answers.get(message.id), until is not None and until <= g.now, until,
        )
        for message, until in zip(asked, untils, strict=True)
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


def contracts_in(file: CaseFile) -> list[Contract]:
    """The contracts that a decision of this case can be about: those between its parties first, then the others."""
    sides = {party.account.id for party in file.parties if party.account.id != file.about.id}
    found = contracts_of(g.db, file.about.id)
    return sorted(found, key=lambda contract: contract.other_side(file.about.id) not in sides)


def signer_names(action: Action) -> list[tuple[str, str]]:
    """Who stands for an action: in which role, under which handle."""
    return [(words.named("SignatureAs", s.signed_as), handle_of(g.db, s.person_id)) for s in signatures_of(g.db, action.id)]
