"""Putting the marketplace's contracts on record: who, what was agreed, which milestones."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import bindparam, select

from portal.accounts.queries import account_by_external_id
from portal.contracts.models import Contract, ContractTerm, Milestone, MilestoneState
from portal.contracts.queries import locked_milestones_of, paid_in_for, paid_on, terms_of
from portal.core.access import Permission
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_ref
from portal.core.money import Money, is_currency
from portal.core.text import clean, clean_line, fold
from portal.core.work import Work
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest

_OF_MARKETPLACE = select(Contract).where(Contract.external_id == bindparam("external_id")).with_for_update(key_share=True)
"""Locked so that a payment can name it meanwhile: it holds its milestone, for which this act waits."""


def record_contract(
    work: Work, *, external_id: str, title: str, client_external_id: str, freelancer_external_id: str, started_on: date,
    ended_on: date | None = None, terms: list[dict[str, Any]], milestones: list[dict[str, Any]],
) -> dict[str, Any]:
    """Puts a contract on record, or brings it up to date; the same facts again change nothing, and facts from before it ended
    do not let it run again.

    `terms`: number, text, agreed_on (default: the start). `milestones`: number, title, amount_minor, currency, state,
    released_on. Errors: `other_sides` when the parties differ from what is on record, `term_changed` when the words of
    a recorded term differ (what was agreed is never rewritten; agree on a new number), `other_currency`,
    `no_such_currency`, `ends_before_start`, `paid_already` below what was paid for a milestone, `NotFound` for an unknown
    account.
    """
    work.require(Permission.LOAD_FACTS)
    client = account_by_external_id(work.db, client_external_id)
    freelancer = account_by_external_id(work.db, freelancer_external_id)
    if client.id == freelancer.id:
        raise RuleBroken("one_side", "A contract has two sides.", field="freelancer_external_id")
    contract = work.db.scalars(_OF_MARKETPLACE, {"external_id": external_id}).one_or_none()
    ended = ended_on or (contract.ended_on if contract is not None else None)
    if ended is not None and ended < started_on:
        message = N_("The contract starts on %(started)s, so it cannot have ended on %(ended)s. Check both days.")
        raise RuleBroken("ends_before_start", message, field="ended_on", started=started_on, ended=ended)
    if contract is None:
        contract = add(work, Contract(
            external_id=external_id, ref=new_ref("K"), title="", client_id=client.id, freelancer_id=freelancer.id,
            started_on=started_on,
        ))
    if contract.sides != (client.id, freelancer.id):
        raise RuleBroken("other_sides", "This contract is on record between other accounts.", field="external_id")
    contract.title, contract.started_on = clean_line(title, field="title"), started_on
    contract.ended_on, contract.search_text = ended, fold(contract.title)
    rows: list[Row] = [contract, *_add_terms(work, contract, terms), *_bring_up_to_date(work, contract, milestones)]
    record(work, "contract.recorded", contract.ref, rows=rows, external_id=external_id, ended_on=contract.ended_on)
    return {"contract": contract.ref}


def _add_terms(work: Work, contract: Contract, terms: list[dict[str, Any]]) -> list[ContractTerm]:
    known = {term.number: term for term in terms_of(work.db, contract.id)}
    added: list[ContractTerm] = []
    for told in terms:
        term = ContractTerm(
            contract_id=contract.id, ordinal=len(known), number=clean_line(str(told["number"]), limit=40),
            agreed_on=_day(told.get("agreed_on")) or contract.started_on, text=clean(told["text"], field="terms"), sha256="",
        )
        term.sha256 = body_digest(term)
        before = known.setdefault(term.number, term)
        if before is term:
            added.append(add(work, term))
        elif before.text is not None and before.text != term.text:
            message = "Term %(number)s is on record with other words. What was agreed later needs a number of its own."
            raise RuleBroken("term_changed", message, field="terms", number=term.number)
    return added


def _bring_up_to_date(work: Work, contract: Contract, milestones: list[dict[str, Any]]) -> list[Milestone]:
    told_of: list[Milestone] = []
    known = {milestone.number: milestone for milestone in locked_milestones_of(work.db, contract.id)}
    for told in milestones:
        amount, number = Money(told["amount_minor"], told["currency"]), int(told["number"])
        if amount.amount_minor <= 0:
            raise RuleBroken("not_an_amount", "Write an amount above zero, for example 400.00.", field="milestones")
        milestone = known.get(number)
        if milestone is None and not is_currency(amount.currency):
            message = "No currency is called %(currency)s: write its code of ISO 4217, for example USD."
            raise RuleBroken("no_such_currency", message, field="milestones", currency=amount.currency)
        if milestone is None:
            milestone = add(work, Milestone(contract_id=contract.id, number=number, currency=amount.currency))
            known[number] = milestone
        if milestone.currency != amount.currency:
            message = N_(
                "Milestone %(number)s is on record in %(known)s. A milestone in another currency needs a number of its own.")
            raise RuleBroken("other_currency", message, field="milestones", number=number, known=milestone.currency)
        _check_not_paid_already(work, milestone, amount)
        milestone.title, milestone.amount_minor = clean_line(told["title"]), amount.amount_minor
        milestone.state, milestone.released_on = MilestoneState(told["state"]), _day(told.get("released_on"))
        told_of.append(milestone)
    return list(dict.fromkeys(told_of))


def _check_not_paid_already(work: Work, milestone: Milestone, amount: Money) -> None:
    """No milestone comes to less than what was paid for it: what is contested rests on it. Errors: `paid_already`."""
    if milestone.amount_minor is None or amount.amount_minor >= milestone.amount_minor:
        return
    paid = paid_on(work.db, milestone).amount_minor + paid_in_for(work.db, [milestone.id]).get(milestone.id, 0)
    if amount.amount_minor < paid:
        message = N_("%(paid)s was paid for milestone %(number)s already. It cannot be agreed for less.")
        raise RuleBroken("paid_already", message, field="milestones", number=milestone.number,
                         paid=Money(paid, milestone.currency))


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
