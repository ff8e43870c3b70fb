"""Carrying out a decision: the money goes where it says, claim, hold and dispute end, both sides hear of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from portal.cases.clocks import stop_clock
from portal.cases.models import ClockResult
from portal.cases.operations import close_item
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.work import Work
from portal.disputes import decision_messages as words
from portal.disputes.fees import fee_for
from portal.disputes.hearing_models import AskedEnd
from portal.disputes.matter import Matter, decisions_of, tell_both
from portal.disputes.models import Outcome
from portal.disputes.offers import end_offers
from portal.disputes.pressing import read_all_the_same
from portal.disputes.queries import facts_of, open_question
from portal.disputes.ruling import ruling_of
from portal.ledger.books import house_book, open_book, post
from portal.ledger.models import BookKind, Claim, HoldEnd
from portal.ledger.operations import end_claim, end_hold, refund_due
from portal.log.operations import Row, record

CLOCKS = (
    "dispute_answer", "dispute_refund", "dispute_decision", "dispute_acceptance", "dispute_reviewer", "review_answer",
    "dispute_reading", "dispute_client_answer", "answer_reminder",
)
ENDS = {Outcome.RELEASE: HoldEnd.RELEASED, Outcome.REFUND: HoldEnd.REFUNDED, Outcome.SPLIT: HoldEnd.SPLIT}


def carry_out(work: Work, matter: Matter, because: str, written: Sequence[Row] = ()) -> None:
    """Carries out the newest decision. `because`: accepted, time, silence, or review (then both hear of the review in one).

    `written`: what the same event vouches for.
    """
    dispute, event_id = matter.dispute, new_id()
    decisions = decisions_of(work.db, dispute.id)
    facts, ruling = facts_of(work.db, dispute, work.now), ruling_of(work.db, matter, decisions[-1])
    rows = [*written, *_move(work, matter, event_id)]
    dispute.ended_at, dispute.version = work.now, dispute.version + 1
    rows += end_everything(work, matter, "carried_out")
    said = {(one.outcome, one.refund_minor) for one in decisions}
    if because == "review":
        text = partial(words.reviewed, facts, ruling, changed=len(said) > 1)
        rows += tell_both(work, matter, event_id, "dispute_reviewed", text)
    else:
        rows += tell_both(work, matter, event_id, "dispute_ended", partial(words.carried_out, facts, ruling, because))
    record(
        work, "dispute.carried_out", dispute.ref, case_ref=matter.case.ref, rows=[(dispute, "ended"), *rows],
        event_id=event_id, because=because, refund_minor=dispute.refund_minor, paid_by_us=ruling.by_us,
    )


def _move(work: Work, matter: Matter, event_id: UUID) -> list[Row]:
    dispute = matter.dispute
    refund = Money(dispute.refund_minor or 0, dispute.currency)
    if matter.hold.ended_at is None:
        return divide(work, matter, refund, event_id)
    outcome = Outcome(dispute.outcome or "")
    rows = end_claim(work, work.db.get_one(Claim, dispute.claim_id), ENDS[outcome])
    return [*rows, *_pay(work, matter, refund, event_id)] if refund else rows


def divide(work: Work, matter: Matter, refund: Money, event_id: UUID) -> list[Row]:
    """Ends the hold: so much of it goes back to the client, the rest to the freelancer; the claim ends with it."""
    if not refund:
        return end_hold(work, matter.hold, HoldEnd.RELEASED, event_id=event_id)
    if refund.amount_minor == matter.hold.amount_minor:
        return end_hold(work, matter.hold, HoldEnd.REFUNDED, event_id=event_id)
    return end_hold(work, matter.hold, HoldEnd.SPLIT, event_id=event_id, refund=refund)


def _pay(work: Work, matter: Matter, refund: Money, event_id: UUID) -> list[Row]:
    """We were late, the hold had ended and the client wins: the platform pays, and its books say that it owes.

    Our fee for it goes back with it.

    Source: promises dispute_decision, review_answer ("if the client wins after that, we pay"); DESIGN section 4.
    """
    owed = house_book(work, BookKind.OWED, refund.currency)
    book = open_book(
        work, BookKind.REFUND, matter.contract.client_id, refund.currency, contract_id=matter.contract.id,
        hold_id=matter.hold.id,
    )
    fee = fee_for(work.db, matter.hold, refund)
    moves = [(owed, book.id, refund.amount_minor)]
    moves += [(house_book(work, BookKind.FEE, fee.currency), book.id, fee.amount_minor)] if fee else []
    rows = post(work, "owed_refund", f"owed:{matter.dispute.id}", event_id, refund.currency, moves)
    return rows + refund_due(work, book, matter.dispute.milestone_id, moves, event_id)


def end_everything(work: Work, matter: Matter, why: str) -> list[Row]:
    """No clock of this dispute runs, nothing of it waits, no offer or question is open any more; the rows for the event."""
    for kind in CLOCKS:
        stop_clock(work, matter.dispute.ref, kind, ClockResult.VOID)
    close_item(work, matter.dispute.ref, "dispute", why)
    read_all_the_same(work, matter)
    rows, asked = end_offers(work, matter.dispute), open_question(work.db, matter.dispute.id)
    if asked is not None:
        asked.ended_at, asked.end_kind = work.now, AskedEnd.OVERTAKEN
        rows.append((asked, "ended"))
    return rows
