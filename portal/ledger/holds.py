"""Holds: money of a named milestone or contract is set aside for one claim, never more than is claimed, and ends whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select, true
from sqlalchemy.orm import Session

from portal.cases.clocks import start_clock, stop_clock
from portal.cases.models import ClockResult
from portal.contracts.models import Contract, Earning, Milestone
from portal.core.clock import deadline
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_ref
from portal.core.money import Money
from portal.core.work import Work
from portal.ledger.books import Books, Move, earnings_of, house_book, lock_books, lock_pots, open_book, post, pot_of
from portal.ledger.claims import NewClaim, check_claim, end_claim, open_claim
from portal.ledger.extension_ends import over_with
from portal.ledger.models import Book, BookKind, Claim, Claimant, Hold, HoldEnd
from portal.ledger.money_back import money_is_back
from portal.ledger.queries import refunded_of
from portal.ledger.refunds import refund_due
from portal.ledger.renewing import renewed_from
from portal.ledger.rules import Draw, Pot, draw, draw_paid, fee_of_refund, refund_of, rest, total
from portal.log.operations import Row, add, then
from portal.rulebook.queries import Promise

HOLD_ENDED = N_("This hold has ended. Reload the page to see what changed.")


def open_claim_and_hold(
    work: Work, new: NewClaim, limit: Promise, zone: str, *, event_id: UUID, besides: Collection[UUID] = (),
    since: UUID | None = None,
) -> tuple[Claim, Hold, list[Row]]:
    """Opens a claim and holds what is there of it, as long as that promise says: at most the claim, only on the own earnings
    of that milestone, or, without one, of that contract, the oldest first; `besides`: milestones of it whose money is left
    alone; `since`: the earning from which on its earnings are taken.

    Money of one contract never secures a claim on another, and later earnings never top up a hold (DESIGN 2.5). A hold
    of nothing is possible: the claim lives without it. A counterpart claims what they paid: with our fee for it, what is
    held comes to no more than that; the platform names what is held itself.
    Errors: `other_currency`, `not_an_amount`, `more_than_milestone`, `more_than_contract`.
    """
    check_claim(work, new)
    own_end, account_id = deadline(work.now, limit.length, limit.unit, zone, work.country), new.contract.freelancer_id
    expires_at = held_until(work.db, new.milestone, new.claimant, own_end, work.now, since)
    claim, wanted = open_claim(work, new), new.amount.amount_minor if expires_at is not None else 0
    under = pots_under(work, new.contract, new.milestone, new.amount.currency, besides)
    pots = [one for one in under if is_since(one.earning_id, since)]
    drawn = draw_paid(pots, wanted) if new.claimant is Claimant.COUNTERPART else draw(pots, wanted)
    hold, rows = begin_hold(
        work, drawn, event_id=event_id, claim_id=claim.id, account_id=account_id, cause_event_id=event_id,
        currency=new.amount.currency, expires_at=expires_at or own_end,
    )
    start_clock(
        work, "hold", hold.ref, account_id=account_id, length=limit.length, unit=limit.unit, zone=zone,
        promise_id=limit.clause_version_id, due_at=hold.expires_at,
    )
    return claim, hold, [claim, *rows]


def is_since(earning_id: UUID, since: UUID | None) -> bool:
    """Whether an earning is that one or came after it; all are where none is named."""
    return since is None or earning_id >= since


def held_until(
    session: Session, milestone: Milestone | None, claimant: Claimant, own_end: datetime, now: datetime, since: UUID | None = None
) -> datetime | None:
    """When a hold that is opened now ends: all holds for a counterpart on a milestone share the limit of the first of them.

    So taking a claim back and opening it anew holds nobody's money longer. A payment that was made anew after a bank had given
    the one before back has a limit of its own; so has what was released `since` an earning, for the claims on that. None: that
    limit has passed, and nothing more can be held. How often the platform may hold is a rule of its decisions. Promises: hold,
    dispute_hold.
    """
    if claimant is Claimant.PLATFORM or milestone is None:
        return own_end
    query = select(func.min(Hold.expires_at)).join(Claim, Hold.claim_id == Claim.id).where(
        Claim.milestone_id == milestone.id, Claim.claimant == claimant, Hold.amount_minor > 0
    )
    renewed = renewed_from(session, milestone.id)
    first = session.scalar(query.where(
        true() if renewed is None else Hold.id > renewed, true() if since is None else Claim.id > since))
    if first is None or own_end <= first:
        return own_end
    return first if first > now else None


def can_be_held(session: Session, milestone: Milestone, now: datetime, since: UUID | None = None) -> bool:
    """Whether money of a milestone (released `since` an earning) can be held for a counterpart: until the limit has passed that
    all such holds there share."""
    ahead = now + timedelta(days=1)
    return held_until(session, milestone, Claimant.COUNTERPART, ahead, now, since) is not None


_UNDER_CONTRACT = (
    Book.owner_id == bindparam("owner_id"), Book.contract_id == bindparam("contract_id"), Book.currency == bindparam("currency"),
)
_OF_CONTRACT = Books.with_money(*_UNDER_CONTRACT)
_OF_MILESTONE = Books.with_money(
    *_UNDER_CONTRACT, Book.earning_id.in_(select(Earning.id).where(Earning.milestone_id == bindparam("milestone_id")))
)
_OF_THE_REST = Books.with_money(*_UNDER_CONTRACT, Book.earning_id.in_(
    select(Earning.id).where(Earning.milestone_id.not_in(bindparam("besides", expanding=True)))
))


def pots_under(
    work: Work, contract: Contract, milestone: Milestone | None, currency: str, besides: Collection[UUID] = ()
) -> list[Pot]:
    """The earnings that may secure a claim on this milestone, or on the whole contract besides some milestones, locked."""
    given: dict[str, Any] = {"owner_id": contract.freelancer_id, "contract_id": contract.id, "currency": currency}
    if milestone is None and besides:
        return lock_pots(work, _OF_THE_REST, besides=list(besides), **given)
    if milestone is None:
        return lock_pots(work, _OF_CONTRACT, **given)
    return lock_pots(work, _OF_MILESTONE, milestone_id=milestone.id, **given)


def begin_hold(
    work: Work, drawn: Sequence[Draw], *, event_id: UUID, home: Mapping[UUID, UUID] | None = None, **facts: Any
) -> tuple[Hold, list[Row]]:
    """Begins a hold of what was drawn: each part in a book of its own, with its own earning and contract. The caller starts
    its clock.

    `home`: by earning, the book that it is taken from, where it was drawn from another one. `facts`: all other columns.
    """
    hold = add(work, Hold(ref=new_ref("H"), amount_minor=total(drawn), **facts))
    work.db.flush()
    moves: list[Move] = []
    for one in drawn:
        held = open_book(
            work, BookKind.HELD, hold.account_id, hold.currency, earning_id=one.pot.earning_id,
            contract_id=one.pot.contract_id, hold_id=hold.id,
        )
        moves.append((home[one.pot.earning_id] if home else one.pot.book_id, held.id, one.amount_minor))
    return hold, [hold, *(post(work, "hold", f"hold:{hold.id}", event_id, hold.currency, moves) if moves else [])]


_HOLD = select(Hold).where(Hold.id == bindparam("hold_id")).with_for_update().execution_options(populate_existing=True)
_CLAIM = select(Claim).where(Claim.id == bindparam("claim_id")).with_for_update()


def end_hold(
    work: Work, hold: Hold, kind: HoldEnd, *, event_id: UUID, refund: Money | None = None, claim_lives: bool = False,
    to_book: UUID | None = None,
) -> list[Row]:
    """Ends a hold, whole: money returns to the earnings that it came from; what is refunded goes to the client's book.

    The claim ends with it, except when the hold expires or `claim_lives` (a successor follows). What a law or an order lets go
    so is back for whoever claims it (`money_back`), unless a successor follows. Ended already: nothing
    happens, but `hold_ended` (conflict) for a refund or a split, which cannot be carried out any more. `refund` is for a
    split only. `to_book`: where refunded money goes when the client got it another way (through their bank).
    """
    stop_clock(work, hold.ref, "hold", ClockResult.VOID)
    hold = work.db.scalars(_HOLD, {"hold_id": hold.id}).one()
    if hold.ended_at is not None:
        if kind in (HoldEnd.REFUNDED, HoldEnd.SPLIT):
            raise Conflict("hold_ended", HOLD_ENDED)
        return []
    claim = work.db.scalars(_CLAIM, {"claim_id": hold.claim_id}).one_or_none()
    back = refund_of(kind, hold.amount_minor, _same_currency(hold, refund))
    if claim is None and not claim_lives:
        then(work, event_id, partial(money_is_back, work, {pot.earning_id: pot.amount_minor for pot in held_pots(work, hold)[0]}))
    rows = _give_back(work, hold, claim, back, event_id, to_book) if hold.amount_minor else []
    hold.ended_at, hold.end_kind = work.now, kind
    rows.append((hold, "ended"))
    if claim is not None and claim.claimant == Claimant.PLATFORM:
        rows += over_with(work, hold)
    if claim is not None and kind is not HoldEnd.EXPIRED and not claim_lives:
        rows += end_claim(work, claim, kind)
    work.db.flush()
    return rows


def _same_currency(hold: Hold, refund: Money | None) -> int | None:
    if refund is not None and refund.currency != hold.currency:
        raise RuleBroken("other_currency", "The amount is in another currency.", field="amount")
    return refund.amount_minor if refund is not None else None


def _give_back(
    work: Work, hold: Hold, claim: Claim | None, refund_minor: int, event_id: UUID, to_book: UUID | None
) -> list[Row]:
    pots, home = held_pots(work, hold)
    if total(pots) != hold.amount_minor:
        raise RuntimeError(f"hold {hold.ref} does not hold what it says")
    refunded = draw(pots, refund_minor)
    moves: list[Move] = [
        (one.pot.book_id, home[one.pot.earning_id], one.amount_minor) for one in rest(pots, refunded)
    ]
    book = _refund_book(work, hold, claim) if refunded and to_book is None and claim is not None else None
    if book is not None:
        moves += fee_moves(work, refunded, book)
        to_book = book.id
    if refunded:
        assert to_book is not None, "what rests on no claim is never refunded"
        moves += [(one.pot.book_id, to_book, one.amount_minor) for one in refunded]
    rows = post(work, "hold_end", f"hold_end:{hold.id}", event_id, hold.currency, moves)
    return rows + (refund_due(work, book, claim.milestone_id, moves, event_id) if book is not None and claim is not None else [])


_HELD = and_(Book.hold_id == bindparam("hold_id"), Book.kind == BookKind.HELD)
_HOME = and_(Book.kind == BookKind.EARNING, Book.earning_id.in_(select(Book.earning_id).where(_HELD)))
# Two lists of keys: for "either of them" PostgreSQL looks through every book.
_HELD_AND_HOME = Books.where(Book.id.in_(select(Book.id).where(_HELD).union_all(select(Book.id).where(_HOME))))


def held_pots(work: Work, hold: Hold) -> tuple[list[Pot], dict[UUID, UUID]]:
    """What is held, and for each earning the book that it returns to; both locked in one order."""
    books = lock_books(work, _HELD_AND_HOME, hold_id=hold.id)
    home = {b.earning_id: b.id for b in books if b.kind == BookKind.EARNING and b.earning_id is not None}
    earned = earnings_of(work, list(home))
    pots = [
        pot_of(b, earned[b.earning_id])
        for b in books if b.kind == BookKind.HELD and b.earning_id is not None and b.balance_minor
    ]
    return pots, home


def fee_moves(work: Work, refunded: Sequence[Draw], book: Book) -> list[Move]:
    """Our fee for what is refunded goes back with it, in proportion; a whole earning gives back its whole fee."""
    owed = fee_of_refund(refunded, refunded_of(work.db, {one.pot.earning_id for one in refunded if one.pot.fee_minor}))
    return [(house_book(work, BookKind.FEE, book.currency), book.id, owed)] if owed else []


def _refund_book(work: Work, hold: Hold, claim: Claim) -> Book:
    client = work.db.scalars(select(Contract.client_id).where(Contract.id == claim.contract_id)).one()
    return open_book(work, BookKind.REFUND, client, hold.currency, contract_id=claim.contract_id, hold_id=hold.id)


_OPEN_OF_EVENT = select(Hold).where(
    Hold.cause_event_id == bindparam("cause_event_id"), Hold.ended_at.is_(None)
).order_by(Hold.id)


def hold_ends_of_event(
    work: Work, cause_event_id: UUID, *, event_id: UUID, kind: HoldEnd = HoldEnd.RELEASED
) -> list[Row]:
    """Ends every hold that this event caused, and no other: a counterpart's own open dispute keeps its own."""
    open_holds = work.db.scalars(_OPEN_OF_EVENT, {"cause_event_id": cause_event_id}).all()
    return [row for hold in open_holds for row in end_hold(work, hold, kind, event_id=event_id)]
