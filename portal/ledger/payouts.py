"""Payouts: what is available can be paid out in every standing, oldest undisputed money first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from sqlalchemy import bindparam, select

from portal.accounts.models import Account, Person
from portal.accounts.money import require_money_role
from portal.accounts.queries import account_by_id
from portal.accounts.roles import MONEY, holders_of
from portal.cases.clocks import on_due, start_clock, stop_clock
from portal.cases.models import Clock, ClockResult
from portal.core.access import Permission, Role, require_account
from portal.core.clock import deadline
from portal.core.database import KEYS
from portal.core.errors import Conflict, RuleBroken, existing
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.books import FREE, Books, house_book, lock_books, lock_pots, open_book, post
from portal.ledger.earnings import DESTINATION_SEAL
from portal.ledger.limits import by_links_from, limited_until
from portal.ledger.models import PAYOUT_STEPS, Book, BookKind, Destination, Entry, Payout, PayoutState, Transfer
from portal.ledger.money_back import money_is_back
from portal.ledger.payout_messages import PayoutFacts, payout_failed, payout_late, payout_requested, payout_sent_late
from portal.ledger.returned import asked_again, put_to_work
from portal.ledger.rules import Draw, draw, total
from portal.log.operations import Row, add, record
from portal.notices.operations import Compose, tell
from portal.notices.outgoing import answered, tell_marketplace
from portal.rulebook.queries import promise

ENDS = frozenset({PayoutState.PAID, PayoutState.FAILED})
FAILED_BEFORE = N_(
    "This payout is on record as failed, and its money is with the account again. Was it paid before it came back? Then leave "
    "this line out. Was it paid after that? Then a lead has to correct the money of the account.")


def request_payout(
    work: Work, *, account_id: UUID, destination_ref: str, amount_minor: int, currency: str
) -> dict[str, Any]:
    """Sends available money to a place on file, whatever the standing of the account. Amount in minor units.

    Errors: `not_available` above what is available now, `destination_too_new`, `destination_new_for_link`,
    `not_your_money` for members who only work, `NotFound`. Promises: payout, new_destination, link_destination.
    """
    work.require(Permission.REQUEST_PAYOUT)
    require_account(work.actor, account_id)
    person_id = require_money_role(work, account_id)
    destination = _usable_destination(work, account_id, destination_ref)
    amount = Money(amount_minor, currency)
    drawn = _draw_available(work, account_id, amount)
    payout = add(work, Payout(
        ref=new_ref("W"), account_id=account_id, destination_id=destination.id, amount_minor=amount_minor,
        currency=currency, state=PayoutState.REQUESTED, requested_by=person_id, requested_at=work.now, changed_at=work.now,
    ))
    work.db.flush()
    under_way = open_book(work, BookKind.PAYOUT, account_id, currency, payout_id=payout.id)
    moves = [(one.pot.book_id, under_way.id, one.amount_minor) for one in drawn]
    event_id, account = new_id(), account_by_id(work.db, account_id)
    rows = post(work, "payout", f"payout:{payout.id}", event_id, currency, moves)
    due_at = _start_clock(work, payout, person_id)
    asked_again(work, account_id)
    facts = PayoutFacts(payout.ref, amount, destination.hint, work.now, due_at)
    notices = _tell(work, event_id, "payout_requested", account, payout.ref, payout_requested(facts))
    told = _instruct(work, event_id, payout, account, destination, due_at)
    record(work, "payout.requested", payout.ref, rows=[payout, (payout, "changed"), *rows, *notices, *told], event_id=event_id,
           account=account.ref)
    return {"payout": payout.ref}


def _instruct(
    work: Work, event_id: UUID, payout: Payout, account: Account, destination: Destination, due_at: datetime
) -> list[Row]:
    """Asks the marketplace to pay. The number is missing where it was sealed under a secret key that is gone."""
    try:
        number = work.keyring.open(DESTINATION_SEAL, destination.sealed).decode()
    except InvalidTag:
        number = None
    return tell_marketplace(work, event_id=event_id, kind="payout.requested", about_ref=payout.ref, data={
        "payout": payout.ref, "account": account.external_id,
        "amount": {"amount_minor": payout.amount_minor, "currency": payout.currency},
        "destination": {"ref": destination.ref, "number": number},
        "requested_at": payout.requested_at, "due_at": due_at,
    })


def _usable_destination(work: Work, account_id: UUID, ref: str) -> Destination:
    destination = existing(work.db.scalars(select(Destination).where(
        Destination.ref == ref, Destination.account_id == account_id, Destination.ended_at.is_(None)
    ).with_for_update()).one_or_none())
    if limited_until(work.db, destination, work.now) is not None:
        message = N_("This account is protected. Until that ends, money goes only to places that could be used before.")
        raise RuleBroken("destination_limited", message, field="destination")
    if destination.usable_from > work.now:
        hours = int((destination.usable_from - destination.on_file_since).total_seconds() // 3600)
        message = "This place for payouts is new. It can be used %(hours)s hours after it was added."
        raise RuleBroken("destination_too_new", message, field="destination", hours=hours)
    if Role.LINK in work.actor.roles:
        _require_old_enough_for_link(work, destination)
    return destination


def _require_old_enough_for_link(work: Work, destination: Destination) -> None:
    usable_from, wait = by_links_from(work.db, destination, work.now)
    if usable_from > work.now:
        message = (
            "You came in by a link, so we can only pay to a place that has been on file for %(days)s days. "
            "Sign in with your password to use this one."
        )
        raise RuleBroken("destination_new_for_link", message, field="destination", days=wait.length)


def _draw_available(work: Work, account_id: UUID, amount: Money) -> list[Draw]:
    if amount.amount_minor <= 0:
        raise RuleBroken("not_an_amount", "Write an amount above zero, for example 400.00.", field="amount")
    pots = lock_pots(work, FREE, cleared_by=work.now, owner_id=account_id, currency=amount.currency)
    available = Money(total(pots), amount.currency)
    if amount.amount_minor > available.amount_minor:
        message = "This is more than what is available now: %(available)s."
        raise RuleBroken("not_available", message, field="amount", available=available)
    return draw(pots, amount.amount_minor)


def _start_clock(work: Work, payout: Payout, person_id: UUID) -> Any:
    length = promise(work, "payout")
    zone = work.db.get_one(Person, person_id).zone
    due_at = deadline(work.now, length.length, length.unit, zone, work.country)
    start_clock(
        work, "payout", payout.ref, account_id=payout.account_id, length=length.length, unit=length.unit, zone=zone,
        promise_id=length.clause_version_id, due_at=due_at,
    )
    return due_at


def _tell(work: Work, event_id: UUID, kind: str, account: Account, ref: str, compose: Compose) -> list[Row]:
    return list(tell(
        work, event_id=event_id, kind=kind, recipients=holders_of(work.db, account.id, MONEY), account_id=account.id,
        about_ref=ref, target="/me/funds", compose=compose,
    ))


@on_due("payout")
def payout_overdue(work: Work, clock: Clock) -> None:
    """A payout that was not sent in time is shown as overdue and counted, and its people are told of it before they wonder.

    Promise: payout (`shown_overdue`)."""
    payout = work.db.scalars(select(Payout).where(Payout.ref == clock.subject_ref).with_for_update()).one()
    if payout.state == PayoutState.REQUESTED:
        payout.state, payout.changed_at, payout.version = PayoutState.OVERDUE, work.now, payout.version + 1
        event_id, facts = new_id(), _facts(work, payout, clock.due_at)
        told = _tell(work, event_id, "payout_late", account_by_id(work.db, payout.account_id), payout.ref, payout_late(facts))
        record(work, "payout.overdue", payout.ref, rows=[(payout, "changed"), *told], event_id=event_id)


def _facts(work: Work, payout: Payout, due_at: datetime) -> PayoutFacts:
    destination = work.db.get_one(Destination, payout.destination_id)
    amount = Money(payout.amount_minor, payout.currency)
    return PayoutFacts(payout.ref, amount, destination.hint, payout.requested_at, due_at)


def mark_payout(work: Work, *, payout_ref: str, state: str) -> dict[str, Any]:
    """What became of a payout, as the marketplace's bank says: sent, paid, or failed (then its money returns, also when it had
    arrived and the bank sent it back later).

    The same reports can be sent again and in another order: a state that it has or had, or that comes before it, changes nothing.
    Errors: `payout_failed` (conflict) for the first that we hear of `paid` once it failed: its money is with the account again,
    and whether it was paid before or after that is not ours to guess; `NotFound`.
    """
    work.require(Permission.LOAD_FACTS)
    payout = existing(work.db.scalars(select(Payout).where(Payout.ref == payout_ref).with_for_update()).one_or_none())
    goal = PayoutState(state)
    paid_before = goal is PayoutState.PAID and _entry(work, f"payout_paid:{payout.id}") is not None
    if goal == payout.state or paid_before or (goal is PayoutState.SENT and payout.state in ENDS):
        return {"payout": payout.ref}
    if goal not in PAYOUT_STEPS[PayoutState(payout.state)]:
        raise Conflict("payout_failed", FAILED_BEFORE, field="state")
    kept = ClockResult.VOID if goal is PayoutState.FAILED else ClockResult.KEPT
    stop_clock(work, payout.ref, "payout", kept)
    event_id = new_id()
    rows = answered(work, payout.ref)
    if goal is PayoutState.PAID:
        rows += _pay(work, payout, event_id)
    elif goal is PayoutState.FAILED:
        rows += _return(work, payout, event_id)
    if payout.state == PayoutState.OVERDUE and goal is not PayoutState.FAILED:
        rows += _sent_late(work, payout, event_id)
    payout.state, payout.changed_at, payout.version = goal, work.now, payout.version + 1
    record(work, f"payout.{goal}", payout.ref, rows=[(payout, "changed"), *rows], event_id=event_id)
    if goal is PayoutState.FAILED:
        money_is_back(work, _came_back(work, payout))
    return {"payout": payout.ref}


def _came_back(work: Work, payout: Payout) -> dict[UUID, int]:
    """What a failed payout put back, by earning."""
    rows = work.db.execute(
        select(Book.earning_id, Transfer.amount_minor).join(Book, Transfer.credit_id == Book.id)
        .join(Entry, Transfer.entry_id == Entry.id).where(Entry.source_key == f"payout_return:{payout.id}")
    )
    return {earning_id: amount for earning_id, amount in rows if earning_id is not None}


_OF_PAYOUT = Books.where(Book.kind == BookKind.PAYOUT, Book.payout_id == bindparam("payout_id"))
_THESE = Books.where(Book.id.in_(KEYS))


def _entry(work: Work, source_key: str) -> Entry | None:
    return work.db.scalars(select(Entry).where(Entry.source_key == source_key)).one_or_none()


def _pay(work: Work, payout: Payout, event_id: UUID) -> list[Row]:
    paid = house_book(work, BookKind.PAID, payout.currency)
    book = lock_books(work, _OF_PAYOUT, payout_id=payout.id)[0]
    moves = [(book.id, paid, payout.amount_minor)]
    return post(work, "payout_paid", f"payout_paid:{payout.id}", event_id, payout.currency, moves)


def _sent_late(work: Work, payout: Payout, event_id: UUID) -> list[Row]:
    hint, amount = work.db.get_one(Destination, payout.destination_id).hint, Money(payout.amount_minor, payout.currency)
    account = account_by_id(work.db, payout.account_id)
    return _tell(work, event_id, "payout_sent_late", account, payout.ref, payout_sent_late(payout.ref, amount, hint))


def _return(work: Work, payout: Payout, event_id: UUID) -> list[Row]:
    """Puts the money back into the very earnings that it was drawn from, by a reversing entry; a member of staff looks why.

    What had arrived comes back from outside first.
    """
    entry = _entry(work, f"payout:{payout.id}")
    assert entry is not None, "a payout is drawn when it is asked for"
    drawn = work.db.scalars(select(Transfer).where(Transfer.entry_id == entry.id)).all()
    lock_books(work, _THESE, ids=list({book for one in drawn for book in (one.debit_id, one.credit_id)}))
    moves = [(one.credit_id, one.debit_id, one.amount_minor) for one in drawn]
    if payout.state == PayoutState.PAID:
        moves.insert(0, (house_book(work, BookKind.PAID, payout.currency), drawn[0].credit_id, payout.amount_minor))
    rows = post(work, "payout_return", f"payout_return:{payout.id}", event_id, payout.currency, moves, reverses_id=entry.id)
    due_at = put_to_work(work, payout.ref, payout.account_id, Money(payout.amount_minor, payout.currency))
    facts = _facts(work, payout, due_at)
    account = account_by_id(work.db, payout.account_id)
    return [*rows, *_tell(work, event_id, "payout_failed", account, payout.ref, payout_failed(facts))]
