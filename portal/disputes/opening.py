"""Inside the opening of a dispute: the case, the exhibit, claim and hold, the rows, the clock, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Person
from portal.cases.clocks import start_clock
from portal.cases.drawing import eligible, holder_before
from portal.cases.models import Case, PartySide, ReportSource, WorkItem
from portal.cases.operations import add_report, give_item, open_case, open_case_about, open_item
from portal.cases.reading import promise_to_read
from portal.contracts.models import Contract, ContractTerm, Milestone
from portal.contracts.queries import terms_of
from portal.core.access import require_person
from portal.core.clock import deadline
from portal.core.ids import new_id, new_ref
from portal.core.money import Money
from portal.core.work import Work
from portal.disputes import messages
from portal.disputes.decided import held_from
from portal.disputes.files import show_added, subject_of
from portal.disputes.models import AsksFor, Dispute, DisputeState
from portal.disputes.pressure import pressed_in_report
from portal.disputes.queries import facts_of
from portal.disputes.reminding import start_reminding
from portal.disputes.telling import held_before, instead_of, tell_side, zone_of
from portal.documents.models import ExhibitKind
from portal.documents.operations import add_exhibit
from portal.documents.queries import contract_exhibit
from portal.ledger.claims import NewClaim
from portal.ledger.models import Claimant
from portal.ledger.operations import make_way, open_claim_and_hold
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.rulebook.queries import promise


@dataclass(frozen=True, slots=True)
class Opening:
    """A dispute that passed every check."""

    contract: Contract
    milestone: Milestone
    term: ContractTerm
    amount: Money
    asks_for: AsksFor
    agreed: str
    happened: str
    report: bool
    files: Sequence[str] = ()
    pressed: bool = False


def carry_out(work: Work, opening: Opening) -> dict[str, Any]:
    """Writes the dispute with everything that comes with it and tells both sides."""
    contract, event_id = opening.contract, new_id()
    language = work.db.get_one(Person, require_person(work.actor)).language
    case = open_case_about(work, contract.freelancer_id, contract.client_id) or open_case(
        work, contract.freelancer_id, [(contract.client_id, PartySide.COUNTERPART)]
    )
    report_ref = _report(work, case, opening, language) if opening.report or opening.pressed else None
    rows: list[Row] = [*_exhibit(work, case, contract)]
    since = held_from(work.db, opening.milestone, work.now)
    gave, ended = make_way(work, opening.milestone, opening.amount, event_id, since)
    dispute, written = _dispute(work, case, opening, language, event_id, since)
    shown, lines = show_added(
        work, case, dispute, contract.client_id, subject_of(contract.ref, opening.milestone.number), opening.files
    )
    rows += [*ended, dispute, *written, *shown]
    _start(work, case, dispute, opening, language)
    work.db.flush()
    facts, before = facts_of(work.db, dispute, work.now), [held_before(work, one) for one in gave]
    for kind, side, compose in (
        ("dispute_opened", contract.freelancer_id, messages.opened(facts, before, lines)),
        ("dispute_receipt", contract.client_id, messages.receipt(facts, report_ref, lines)),
    ):
        rows += tell_side(work, event_id, kind, side, case, dispute.ref, compose)
    record(work, "dispute.opened", dispute.ref, case_ref=case.ref, rows=rows, event_id=event_id, contract=contract.ref,
           milestone=opening.milestone.number, amount_minor=dispute.amount_minor, held_minor=facts.held.amount_minor,
           instead_of=instead_of(gave))
    return {"dispute": dispute.ref, "case": case.ref, "report": report_ref}


def _report(work: Work, case: Case, opening: Opening, language: str) -> str:
    report = add_report(
        work, case, source=ReportSource.COUNTERPART, reporter_account_id=opening.contract.client_id, body=opening.happened,
        language=language, by_actor=True,
    )
    answer = promise(work, "client_question")
    zone = zone_of(work, opening.contract.client_id)
    due_at = deadline(work.now, answer.length, answer.unit, zone, work.country)
    client_id, me = opening.contract.client_id, require_person(work.actor)
    said = pressed_in_report(work, case, client_id, language, me) if opening.pressed else None
    open_item(work, case, "report", report.ref, due_at, stake=opening.amount, language=language, clause_id=said)
    promise_to_read(work, report.ref, zone, case=case)
    return report.ref


def _exhibit(work: Work, case: Case, contract: Contract) -> list[Row]:
    """The contract's terms become an exhibit of the case, once."""
    if contract_exhibit(work.db, case.id, contract.id) is not None:
        return []
    quoted = "\n\n".join(f"{term.number} {term.text or ''}" for term in terms_of(work.db, contract.id))
    return [add_exhibit(
        work, case, kind=ExhibitKind.CONTRACT, contract_id=contract.id, by_account_id=contract.client_id,
        description=contract.title, quoted=quoted,
    )]


def _dispute(
    work: Work, case: Case, opening: Opening, language: str, event_id: UUID, since: UUID | None
) -> tuple[Dispute, list[Row]]:
    contract, zone = opening.contract, zone_of(work, opening.contract.freelancer_id)
    answer_time = promise(work, "dispute_answer")
    claim, _hold, rows = open_claim_and_hold(
        work, NewClaim(case, contract, opening.milestone, Claimant.COUNTERPART, opening.amount, contract_term_id=opening.term.id),
        promise(work, "dispute_hold"), zone, event_id=event_id, since=since,
    )
    dispute = Dispute(
        ref=new_ref("D"), case_id=case.id, claim_id=claim.id, contract_id=contract.id, milestone_id=opening.milestone.id,
        opened_by_account_id=contract.client_id, contract_term_id=opening.term.id, amount_minor=opening.amount.amount_minor,
        currency=opening.amount.currency, opened_at=work.now, asks_for=opening.asks_for, language=language,
        agreed=opening.agreed, happened=opening.happened, sha256="", state=DisputeState.OPENED, version=1,
        answer_by=deadline(work.now, answer_time.length, answer_time.unit, zone, work.country),
    )
    dispute.sha256 = body_digest(dispute)
    return add(work, dispute), rows


def _start(work: Work, case: Case, dispute: Dispute, opening: Opening, language: str) -> None:
    """The clock of the answer, and the place in the queue: it waits for the freelancer first."""
    zone = zone_of(work, opening.contract.freelancer_id)
    answer, decision = promise(work, "dispute_answer"), promise(work, "dispute_decision")
    running = start_clock(
        work, "dispute_answer", dispute.ref, case=case, length=answer.length, unit=answer.unit, zone=zone,
        promise_id=answer.clause_version_id, due_at=dispute.answer_by,
    )
    start_reminding(work, dispute, case, running)
    decide_by = deadline(dispute.answer_by, decision.length, decision.unit, zone, work.country)
    item = open_item(
        work, case, "dispute", dispute.ref, decide_by, stake=opening.amount, language=language, waiting_on="freelancer"
    )
    _keep_reviewer(work, case, dispute, item)


def _keep_reviewer(work: Work, case: Case, dispute: Dispute, item: WorkItem) -> None:
    """Whoever had the dispute about that milestone when it was taken back has it again, while they may."""
    work.db.flush()
    earlier = select(Dispute.ref).where(Dispute.milestone_id == dispute.milestone_id, Dispute.id != dispute.id)
    before = holder_before(work.db, item, work.db.scalars(earlier).all())
    if before is not None and before in eligible(work.db, case.id, ()):
        give_item(work, item, before)
