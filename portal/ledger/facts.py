"""What the marketplace reports of contracts and their money: paid in, earned, given back, and what became of payouts, refunds and
agreements."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from portal.cases.operations import settle
from portal.contracts.facts import CONTRACT, contract_fact, put_contract
from portal.contracts.facts import FIELDS as OF_CONTRACT
from portal.contracts.models import Contract
from portal.contracts.running import mark_agreement
from portal.core.access import Permission
from portal.core.errors import NotFound, Refusal, RuleBroken
from portal.core.facts import Fact, Fields, names_in
from portal.core.i18n import N_, SOURCE, language
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.earnings import record_earning
from portal.ledger.escrow import record_funding
from portal.ledger.escrow_returns import record_escrow_return, refund_of_return
from portal.ledger.models import Payout, PayoutState
from portal.ledger.payouts import mark_payout
from portal.ledger.queries import cases_of_holds
from portal.ledger.refund_models import Refund, RefundReport, RefundState
from portal.ledger.refunds import mark_refund

MOST = 10_000
NUMBERS = {"milestone": 10**9, "amount_minor": 10**15, "fee_minor": 10**15}
"""Whole numbers, each below its limit."""
RETURN = frozenset({"amount_minor", "currency", "returned_at"})
"""What a return names all of, or nothing."""
REFUND = frozenset({"refund", "escrow_return"})
"""By one of these a refund is named: our reference, or the marketplace's key of what it gave back of its own accord."""
FIELDS: dict[str, Fields] = {
    CONTRACT: OF_CONTRACT,
    "funding": (frozenset({"source_key", "contract", "milestone", "amount_minor", "currency", "funded_at"}), frozenset()),
    "earning": (
        frozenset({"source_key", "contract", "milestone", "amount_minor", "currency", "released_at"}),
        frozenset({"fee_minor"}),
    ),
    "escrow_return": (frozenset({"source_key", "contract", "milestone"}), RETURN),
    "payout": (frozenset({"payout", "state"}), frozenset()),
    "refund": (frozenset({"state", "reference"}), frozenset({"amount_minor"}) | REFUND),
    "agreement": (frozenset({"agreement", "state"}), frozenset()),
}
"""By type: the fields that a line must have, and those that it may have."""
NAMES = ("client", "freelancer", "contract", "milestone", "payout", "refund", "agreement")
"""What a line is about, as far as it says."""
STATES: dict[str, tuple[str, ...]] = {
    "payout": (PayoutState.SENT, PayoutState.PAID, PayoutState.FAILED),
    "refund": (RefundState.SENT, RefundState.FAILED, RefundState.STOPPED),
    "agreement": ("done",),
}
"""By type: what a line may say became of something."""


def money_fact(fact: Fact) -> dict[str, Any]:
    """A line as `report_money` takes it. Errors: ValueError saying why it is none."""
    if fact["type"] == CONTRACT:
        return contract_fact(fact)
    names = names_in(fact, FIELDS[fact["type"]])
    known = STATES.get(fact["type"], ())
    if known and fact["state"] not in known:
        raise ValueError(f'"state" is none of {", ".join(known)}.')
    if fact["type"] == "escrow_return" and RETURN & fact.keys() not in (RETURN, frozenset()):
        raise ValueError(f'{", ".join(map(json.dumps, sorted(RETURN)))} are named together.')
    if fact["type"] == "refund" and len(REFUND & fact.keys()) != 1:
        raise ValueError(f'It names one of {", ".join(map(json.dumps, sorted(REFUND, reverse=True)))}.')
    return {"type": fact["type"]} | {name: _value(name, fact[name]) for name in names}


def _value(name: str, value: Any) -> Any:
    if name in NUMBERS:
        if type(value) is not int or not 0 <= value < NUMBERS[name]:
            raise ValueError(f'"{name}" is not a whole number.')
        return value
    if not isinstance(value, str) or not value or len(value) > 200 or "\x00" in value:
        raise ValueError(f'"{name}" is not a text.')
    if name == "currency":
        Money(0, value)
    return _instant(name, value) if name.endswith("_at") else value


def _instant(name: str, text: str) -> str:
    wrong = ValueError(f'"{name}" is not an instant with its zone, like 2026-03-02T10:00:00Z.')
    try:
        at = datetime.fromisoformat(text)
        utc = at.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise wrong from None
    if at.tzinfo is None:
        raise wrong
    return utc


def report_money(work: Work, *, facts: Sequence[Fact]) -> dict[str, Any]:
    """Carries out every line in its order, in one act. What is on record already changes nothing.

    What was due for the accounts that they name happens first. Errors: `line_refused` naming the line and the reason of
    the first that is refused; then nothing of the file is carried out.
    """
    work.require(Permission.LOAD_FACTS)
    _settle(work, facts)
    for fact in facts:
        try:
            CARRIES_OUT[fact["type"]](work, fact)
        except Refusal as refusal:
            why = language(SOURCE).refusal(_unknown(fact) if isinstance(refusal, NotFound) else refusal)
            message = "Line %(line)s is refused: %(why)s Nothing of this file about contracts and money was loaded."
            raise RuleBroken("line_refused", message, line=fact["line"], why=why) from refusal
    return {"facts": len(facts)}


def _unknown(fact: Fact) -> NotFound:
    """What is said of a line that names what is not on record."""
    names = ", ".join(f"{name} {fact[name]}" for name in NAMES if name in fact)
    message = N_("Nothing is on record under %(names)s. Check how it is written, or report that first.")
    return NotFound(message=message, names=names)


def _settle(work: Work, facts: Sequence[Fact]) -> None:
    """What is due for the accounts that these lines name, and in the cases of what is on hold of theirs, happens first."""
    contracts, payouts = {fact.get("contract") for fact in facts}, {fact.get("payout") for fact in facts}
    accounts = set(work.db.scalars(select(Payout.account_id).where(Payout.ref.in_(payouts - {None}))))
    refunds, returns = ({fact.get(name) for fact in facts} - {None} for name in ("refund", "escrow_return"))
    accounts |= set(work.db.scalars(select(Refund.account_id).where(Refund.ref.in_(refunds))))
    sent = select(Refund.account_id).join(RefundReport, RefundReport.refund_id == Refund.id)
    accounts |= set(work.db.scalars(sent.where(RefundReport.reference.in_(returns))))
    sides = select(Contract.client_id, Contract.freelancer_id).where(Contract.external_id.in_(contracts - {None}))
    for pair in work.db.execute(sides):
        accounts |= set(pair)
    settle(work, sorted(cases_of_holds(work.db, accounts)), sorted(accounts))


def _earned(work: Work, fact: Fact) -> None:
    record_earning(work, **_about(fact), released_at=datetime.fromisoformat(fact["released_at"]),
                   fee_minor=fact.get("fee_minor", 0))


def _funded(work: Work, fact: Fact) -> None:
    record_funding(work, **_about(fact), funded_at=datetime.fromisoformat(fact["funded_at"]))


def _about(fact: Fact) -> dict[str, Any]:
    return {
        "source_key": fact["source_key"], "contract_external_id": fact["contract"], "milestone_number": fact["milestone"],
        "amount_minor": fact["amount_minor"], "currency": fact["currency"],
    }


def _returned(work: Work, fact: Fact) -> None:
    at = fact.get("returned_at")
    record_escrow_return(
        work, source_key=fact["source_key"], contract_external_id=fact["contract"], milestone_number=fact["milestone"],
        amount_minor=fact.get("amount_minor"), currency=fact.get("currency"),
        returned_at=datetime.fromisoformat(at) if at else None,
    )


def _paid(work: Work, fact: Fact) -> None:
    mark_payout(work, payout_ref=fact["payout"], state=fact["state"])


def _sent_back(work: Work, fact: Fact) -> None:
    ref = fact["refund"] if "refund" in fact else refund_of_return(work.db, fact["escrow_return"])
    mark_refund(work, refund_ref=ref, state=fact["state"], reference=fact["reference"],
                amount_minor=fact.get("amount_minor"))


def _carried_out(work: Work, fact: Fact) -> None:
    mark_agreement(work, agreement_ref=fact["agreement"])


CARRIES_OUT: dict[str, Callable[[Work, Fact], None]] = {
    CONTRACT: put_contract,
    "earning": _earned, "funding": _funded, "escrow_return": _returned, "payout": _paid,
    "refund": _sent_back, "agreement": _carried_out,
}
