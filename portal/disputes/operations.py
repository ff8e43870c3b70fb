"""Opening and withdrawing a dispute. A dispute opens its claim and hold at once, and tells both sides.

How both are heard stands in `answering`, `asking` and `showing`, how it is decided in `deciding`, how both agree in
`settling`; pages find all of it here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from portal.accounts.models import Person
from portal.accounts.roles import require_owner
from portal.accounts.throttles import count_try
from portal.cases.clocks import stop_clock
from portal.cases.models import ClockResult
from portal.cases.operations import TAKEN, open_item_of, take_item
from portal.contracts.models import Contract, ContractTerm, Milestone
from portal.contracts.queries import contract_by_ref, earned_on, locked_milestone_of, paid_in_for, terms_of
from portal.core.access import Permission, require_account, require_person
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.text import needed
from portal.core.work import Work
from portal.disputes import lapses, messages, topping_up
from portal.disputes.accepting import accept_decision, ask_review
from portal.disputes.answering import answer_dispute
from portal.disputes.asking import answer_our_question, ask_client
from portal.disputes.chargeback_queries import called_back, given_back_by_bank
from portal.disputes.contesting import window_of
from portal.disputes.deciding import decide_dispute, review_dispute
from portal.disputes.executing import end_everything
from portal.disputes.files import add_file, remove_file
from portal.disputes.matter import OVER, locked_matter, own_money, require_reviewer, tell_both
from portal.disputes.models import AsksFor, DisputeState
from portal.disputes.opening import Opening, carry_out
from portal.disputes.pressing import say_pressed
from portal.disputes.proposing import drop_proposal, propose_decision, return_decision, second_decision
from portal.disputes.queries import contestable_on, facts_of, final_dispute_on, open_dispute_on, paid_by_client, released_at
from portal.disputes.rules import kept_apart
from portal.disputes.settling import (
    accept_settlement,
    decline_settlement,
    offer_settlement,
    take_offer_back,
)
from portal.disputes.showing import open_shown, show_file
from portal.ledger.models import Claim, HoldEnd
from portal.ledger.operations import end_claim, end_hold
from portal.log.operations import record
from portal.rulebook.queries import promise

NOT_RELEASED = N_(
    "This money is not released yet: it is still yours, and nothing of it goes to the other side without a release. If the work "
    "is not what you agreed on, do not release it, and ask the marketplace for it back. Once it is released, you have %(days)s "
    "days to contest it here."
)
__all__ = [
    "NOT_RELEASED", "accept_decision", "accept_settlement", "add_file", "answer_dispute", "answer_our_question",
    "ask_client", "ask_review", "decide_dispute", "decline_settlement", "lapses", "offer_settlement", "open_dispute",
    "open_shown", "propose_decision", "remove_file", "return_decision", "review_dispute",
    "say_pressed", "second_decision", "show_file", "take_dispute", "take_offer_back", "topping_up", "withdraw_dispute",
]


def open_dispute(
    work: Work, *, account_id: UUID, contract_ref: str, milestone_number: int, amount_minor: int, currency: str,
    term_number: str, agreed: str, happened: str, asks_for: str, report: bool = False, files: Sequence[str] = (),
    pressed: bool = False,
) -> dict[str, Any]:
    """A client contests what was paid on one milestone: claim and hold at once, the freelancer hears all of it.

    Amount in minor units. `report=True` also reports the freelancer's account; so does `pressed`: that the client was pressured
    or threatened because of a report or a dispute, which stands in the case under the rule against it. `files`: references of
    what was added to it (`files.add_file`), all of them: they become exhibits. Errors: `NotFound` (also for a contract of
    others), `owners_only`, `clients_only`, `not_released` (the window begins with the release), `not_paid`, `more_than_paid`,
    `other_currency`, `window_over`, `no_such_term`, `empty`, `too_many`; conflicts `already_disputed`, `decided_before`,
    `settled_before`, `files_changed`. Promises: dispute_window, dispute_hold, dispute_answer.
    """
    work.require(Permission.OPEN_DISPUTE)
    require_account(work.actor, account_id)
    require_owner(work, account_id)
    contract = _own_contract(work, contract_ref, account_id)
    milestone = locked_milestone_of(work.db, contract.id, milestone_number)
    there = paid_in_for(work.db, [milestone.id]).get(milestone.id)
    if kept_apart(milestone.state, earned_on(work.db, milestone), there):
        raise RuleBroken("not_released", NOT_RELEASED, field="milestone", days=promise(work, "dispute_window").length)
    _check_not_called_back(work, milestone)
    amount = _checked_amount(work, milestone, Money(amount_minor, currency))
    _check_window(work, milestone)
    if open_dispute_on(work.db, milestone.id) is not None:
        raise Conflict("already_disputed", "There is an open dispute about this milestone already.")
    _check_not_final(work, milestone)
    count_try(work, "dispute", f"{contract.ref}.{milestone_number}")
    return carry_out(work, Opening(
        contract=contract, milestone=milestone, term=_term(work, contract, term_number), amount=amount,
        asks_for=_asks_for(asks_for), agreed=needed(agreed, "Write what was agreed.", field="agreed"),
        happened=needed(happened, "Write what happened.", field="happened"), report=report, files=files, pressed=pressed,
    ))


def _own_contract(work: Work, contract_ref: str, account_id: UUID) -> Contract:
    contract = contract_by_ref(work.db, contract_ref)
    if account_id == contract.freelancer_id:
        raise RuleBroken("clients_only", "Only the client of a contract can ask for money of it back.")
    if account_id != contract.client_id:
        raise NotFound
    return contract


def _checked_amount(work: Work, milestone: Milestone, amount: Money) -> Money:
    if amount.currency != milestone.currency:
        raise RuleBroken("other_currency", "The amount is in another currency.", field="amount")
    if amount.amount_minor <= 0:
        raise RuleBroken("not_an_amount", "Write an amount above zero, for example 400.00.", field="amount")
    paid = contestable_on(work.db, milestone)
    if not paid:
        raise RuleBroken("not_paid", "Nothing was paid for this milestone.", field="milestone")
    if amount.amount_minor > paid.amount_minor:
        message = "This is more than what was paid for the milestone: %(paid)s."
        raise RuleBroken("more_than_paid", message, field="amount", paid=paid)
    return amount


def _check_not_final(work: Work, milestone: Milestone) -> None:
    found = final_dispute_on(work.db, milestone.id)
    if found is None:
        return
    if found.state == DisputeState.SETTLED:
        message = N_("You both settled a dispute about this milestone: %(ref)s. What you agreed counts.")
        raise Conflict("settled_before", message, field="milestone", ref=found.ref)
    message = N_("We have already decided a dispute about this milestone: %(ref)s. It cannot be contested once more.")
    raise Conflict("decided_before", message, field="milestone", ref=found.ref)


def _check_not_called_back(work: Work, milestone: Milestone) -> None:
    if called_back(work.db, milestone.id) is not None:
        message = N_("Your bank calls the payment for this milestone back, and decides about it. So it cannot be contested here.")
        raise Conflict("called_back", message, field="milestone")
    if given_back_by_bank(work.db, milestone) and not paid_by_client(work.db, milestone):
        message = N_("Your bank gave you the payment for this milestone back. So it cannot be contested here as well.")
        raise Conflict("called_back", message, field="milestone")


def _check_window(work: Work, milestone: Milestone) -> None:
    zone, released = work.db.get_one(Person, require_person(work.actor)).zone, released_at(work.db, milestone)
    if released is None:
        return
    window, until = window_of(work.db, released, zone)
    if until is not None and work.now >= until:
        message = "A milestone can be disputed until %(days)s days after it was released. You can still use “Report a problem”."
        raise RuleBroken("window_over", message, field="milestone", days=window.length)


def _term(work: Work, contract: Contract, number: str) -> ContractTerm:
    found = next((term for term in terms_of(work.db, contract.id) if term.number == number), None)
    if found is None:
        raise RuleBroken("no_such_term", "Choose the words of the contract that you rely on.", field="term")
    return found


def _asks_for(value: str) -> AsksFor:
    if value not in set(AsksFor):
        raise RuleBroken("no_such_wish", "Choose what you ask for.", field="asks_for")
    return AsksFor(value)


def withdraw_dispute(work: Work, *, dispute_ref: str) -> dict[str, Any]:
    """The client takes a dispute back: the hold ends, the money is where it was, both sides hear of it.

    Errors: `dispute_over` (conflict), those of `own_money`.
    """
    matter, _side = own_money(work, dispute_ref, Permission.OPEN_DISPUTE)
    dispute, contract = matter.dispute, matter.contract
    require_account(work.actor, contract.client_id)
    if not dispute.undecided:
        raise Conflict("dispute_over", OVER)
    facts, event_id = facts_of(work.db, dispute, work.now), new_id()
    rows = end_hold(work, matter.hold, HoldEnd.RELEASED, event_id=event_id)
    rows += end_claim(work, work.db.get_one(Claim, dispute.claim_id), HoldEnd.RELEASED)
    dispute.state, dispute.ended_at, dispute.version = DisputeState.WITHDRAWN, work.now, dispute.version + 1
    rows += [*drop_proposal(work, dispute), *end_everything(work, matter, "withdrawn")]
    rows += tell_both(work, matter, event_id, "dispute_withdrawn", partial(messages.withdrawn, facts))
    record(work, "dispute.withdrawn", dispute.ref, case_ref=matter.case.ref, rows=[(dispute, "ended"), *rows],
           event_id=event_id)
    return {"dispute": dispute.ref}


def take_dispute(work: Work, *, dispute_ref: str, version: int) -> dict[str, Any]:
    """Gives a dispute that waits for staff to the acting reviewer; `version` is that of its line in the queue.

    Errors: `taken` when somebody else was faster, `conflicted`, `own_decision` for whoever decided what is reviewed.
    """
    work.require(Permission.WORK_CASE)
    matter = locked_matter(work, dispute_ref)
    item = open_item_of(work, dispute_ref, "dispute")
    if item is None:
        raise Conflict("dispute_over", OVER)
    if item.version != version:
        raise Conflict("taken", TAKEN)
    require_reviewer(work, matter)
    take_item(work, item)
    stop_clock(work, dispute_ref, "dispute_reviewer", ClockResult.KEPT)
    record(work, "dispute.taken", dispute_ref, case_ref=matter.case.ref)
    return {"dispute": dispute_ref}
