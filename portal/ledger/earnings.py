"""Money that comes in: earnings released on a milestone, and the places that money can be paid to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.queries import account_by_id
from portal.contracts.models import Contract, Earning, Milestone
from portal.contracts.queries import paid_on
from portal.core.access import Permission
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.money import Money
from portal.core.text import clean_line
from portal.core.work import Work
from portal.ledger.books import house_book, open_book, post
from portal.ledger.escrow import drawn_from, locked_milestone
from portal.ledger.escrow_called import check_not_called
from portal.ledger.escrow_course import RELEASED, Flow
from portal.ledger.limits import wait_from
from portal.ledger.models import BookKind, Destination
from portal.ledger.renewing import given_back
from portal.ledger.reported import check_amount, check_day, check_room, check_same
from portal.ledger.rules import after
from portal.log.operations import Row, add, record

DESTINATION_SEAL = "destination"
Follows = Callable[[Work, Destination, str], None]
FOLLOWS: list[Follows] = []


def follows_destination(follows: Follows) -> Follows:
    """Names a function of a room above that is told of each place for payouts that is put on file, with its details."""
    FOLLOWS.append(follows)
    return follows


def record_earning(
    work: Work, *, source_key: str, contract_external_id: str, milestone_number: int, amount_minor: int, currency: str,
    released_at: datetime, fee_minor: int = 0,
) -> dict[str, Any]:
    """Puts money that was released to the freelancer on record; pending until the clearing time that was in force when it was
    released has passed, whenever we hear of it.

    Amounts in minor units: `amount_minor` is the freelancer's, `fee_minor` what the marketplace took of what the client
    paid for it; both come from what was paid in for the milestone. The same facts under the same `source_key` again change
    nothing. What a bank gave back can be paid and released anew.
    Errors: `source_key_reused`, `more_than_milestone`, `other_currency`, `released_later` for an instant to come,
    `before_account`, `called_back` (conflict) while a bank calls back what was paid in, `NotFound`. Promise: clearing.
    """
    work.require(Permission.LOAD_FACTS)
    contract, milestone = locked_milestone(work, contract_external_id, milestone_number)
    amount, fee = Money(amount_minor, currency), Money(fee_minor, currency)
    known = work.db.scalars(select(Earning).where(Earning.source_key == source_key)).one_or_none()
    if known is not None:
        return _same(work, known, milestone, amount, fee, released_at)
    _check(work, contract, milestone, amount, fee, released_at)
    clearing = wait_from(work.db, "clearing", released_at)
    earning = add(work, Earning(
        source_key=source_key, milestone_id=milestone.id, account_id=contract.freelancer_id, amount_minor=amount_minor,
        currency=currency, released_at=released_at, clears_at=after(released_at, clearing.length, clearing.unit),
        fee_minor=fee_minor,
    ))
    work.db.flush()
    book = open_book(
        work, BookKind.EARNING, contract.freelancer_id, currency, earning_id=earning.id, contract_id=contract.id
    )
    goals = [(book.id, amount_minor)] + ([(house_book(work, BookKind.FEE, currency), fee_minor)] if fee_minor else [])
    event_id = new_id()
    moves = drawn_from(work, milestone, Flow(released_at, RELEASED, amount_minor + fee_minor), goals)
    rows: list[Row] = [earning, (earning, "fee"), *post(work, "earning", f"earning:{earning.id}", event_id, currency, moves)]
    record(work, "earning.recorded", contract.ref, rows=rows, event_id=event_id, milestone=milestone_number)
    return {"earning": str(earning.id)}


def _same(
    work: Work, known: Earning, milestone: Milestone, amount: Money, fee: Money, released_at: datetime
) -> dict[str, Any]:
    told = {"milestone": milestone.id, "amount_minor": amount.amount_minor, "fee_minor": fee.amount_minor,
            "currency": amount.currency, "released_at": released_at}
    check_same(work, {
        "milestone": known.milestone_id, "amount_minor": known.amount_minor, "fee_minor": known.fee_minor,
        "currency": known.currency, "released_at": known.released_at,
    }, told)
    return {"earning": str(known.id)}


def _check(work: Work, contract: Contract, milestone: Milestone, amount: Money, fee: Money, released_at: datetime) -> None:
    check_amount(milestone, amount.amount_minor, amount.currency)
    if fee.amount_minor < 0:
        raise RuleBroken("not_an_amount", N_("fee_minor has to be a whole number, and not below zero."), field="fee_minor")
    paid, called = paid_on(work.db, milestone) + amount + fee, given_back(work.db, milestone.id).released_minor
    check_room(milestone, paid.amount_minor - called)
    check_day(work, contract.freelancer_id, released_at, "released_at")
    check_not_called(work, milestone, amount + fee)


def add_destination(
    work: Work, *, account_id: UUID, details: str, hint: str, on_file_since: datetime
) -> dict[str, Any]:
    """Puts a place for payouts on file: `details` are sealed, `hint` is shown, best as "… 4711" (`Language.place`).

    Errors: `released_later` for an instant to come, `NotFound`. Promise: new_destination (usable after 72 hours).
    """
    work.require(Permission.LOAD_FACTS)
    account = account_by_id(work.db, account_id)
    if on_file_since > work.now:
        raise RuleBroken("released_later", "This day is still to come.", field="on_file_since")
    wait = wait_from(work.db, "new_destination", on_file_since)
    destination = add(work, Destination(
        ref=new_ref("B"), account_id=account.id, sealed=work.keyring.seal(DESTINATION_SEAL, details.encode()),
        hint=clean_line(hint, limit=40, field="hint"), on_file_since=on_file_since,
        usable_from=after(on_file_since, wait.length, wait.unit),
    ))
    for follows in FOLLOWS:
        follows(work, destination, details)
    record(work, "destination.added", account.ref, rows=[destination], destination=destination.ref)
    return {"destination": destination.ref}
