"""A decision read from what a reviewer chose: to whom how much goes, and which words it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.accounts.queries import account_by_id
from portal.contracts.models import ContractTerm
from portal.contracts.queries import terms_of
from portal.core.clock import local_day
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.text import TEXT_LIMIT, needed
from portal.disputes.fees import fee_back
from portal.disputes.matter import Matter
from portal.disputes.models import DisputeDecision, DisputeProposal, Outcome
from portal.disputes.rules import checked_refund
from portal.rulebook.queries import TERMS, CitedClause, binding_on, cited_clause, clauses_of

MOST_REASONS, LEAST_REASONS = TEXT_LIMIT, 40
TERM, CLAUSE = "term:", "clause:"


@dataclass(frozen=True, slots=True)
class Ruling:
    """Who gets what, by which words, and why. `back` goes to the client, `kept` to the freelancer; `by_us`: the hold
    had ended when we decided, so the platform pays `back` and the freelancer keeps everything. `fee`: our fee for what goes
    back, which goes back with it."""

    outcome: Outcome
    back: Money
    fee: Money
    kept: Money
    by_us: bool
    term: ContractTerm | None
    clause: CitedClause | None
    reasons: str

    @property
    def in_all(self) -> Money:
        """What the client gets, with our fee."""
        return self.back + self.fee

    @property
    def cites(self) -> str:
        """As operations take it: "term:<number>" or "clause:<key of the clause version>"."""
        return f"{TERM}{self.term.number}" if self.term is not None else f"{CLAUSE}{self.clause.id}" if self.clause else ""


def read_ruling(
    session: Session, matter: Matter, *, outcome: str, refund_minor: int, cites: str, reasons: str
) -> Ruling:
    """Checks what a reviewer chose. Errors: `unknown_outcome`, those of `checked_refund`, `no_source`, `reasons_missing`."""
    if outcome not in set(Outcome):
        message = N_("Choose who gets the money: the client, the freelancer, or both a part.")
        raise RuleBroken("unknown_outcome", message, field="outcome")
    refund = checked_refund(Outcome(outcome), refund_minor, matter.hold.amount_minor)
    term, clause = _source(session, matter, cites)
    missing = N_("Write your reasons in at least %(least)s characters. Both sides read them.")
    text = needed(reasons, missing, code="reasons_missing", field="reasons", limit=MOST_REASONS, least=LEAST_REASONS)
    return _ruling(session, matter, Outcome(outcome), refund, term, clause, text)


def _ruling(
    session: Session, matter: Matter, outcome: Outcome, refund_minor: int, term: ContractTerm | None,
    clause: CitedClause | None, reasons: str,
) -> Ruling:
    held, currency = matter.hold.amount_minor, matter.hold.currency
    kept = held if matter.paid_by_us else held - refund_minor
    back = Money(refund_minor, currency)
    fee = fee_back(session, matter.hold, back) if back else back
    return Ruling(outcome, back, fee, Money(kept, currency), matter.paid_by_us, term, clause, reasons)


def ruling_of(session: Session, matter: Matter, row: DisputeDecision | DisputeProposal) -> Ruling:
    """What a decision on record, or one that waits for its second reader, says."""
    term = session.get_one(ContractTerm, row.contract_term_id) if row.contract_term_id else None
    clause = cited_clause(session, row.clause_version_id) if row.clause_version_id else None
    return _ruling(session, matter, Outcome(row.outcome), row.refund_minor, term, clause, row.reasons or "")


def _source(session: Session, matter: Matter, cites: str) -> tuple[ContractTerm | None, CitedClause | None]:
    found: tuple[ContractTerm | None, CitedClause | None] = (None, None)
    if cites.startswith(TERM):
        wanted = cites.removeprefix(TERM)
        found = next((one for one in terms_of(session, matter.contract.id) if one.number == wanted), None), None
    elif cites.startswith(CLAUSE):
        wanted = cites.removeprefix(CLAUSE)
        found = None, next((one for one in citable(session, matter) if str(one.id) == wanted), None)
    if found == (None, None):
        message = N_("Choose the words that the decision rests on: a term of the contract, or a rule that bound both.")
        raise RuleBroken("no_source", message, field="cites")
    return found


def citable(session: Session, matter: Matter) -> list[CitedClause]:
    """The rules that a decision can rest on: those that bound both sides on the day on which the dispute was opened."""
    day, sides = local_day(matter.dispute.opened_at, "UTC"), matter.contract.sides
    version, other = (binding_on(session, account_by_id(session, side), TERMS, day) for side in sides)
    if version is None or version != other:
        return []
    clauses = clauses_of(session, version)
    chapters = {one.parent_key for one in clauses}
    return [one for one in clauses if one.key not in chapters and one.text.strip()]
