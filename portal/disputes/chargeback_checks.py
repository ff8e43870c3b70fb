"""What `flask verify` proves of chargebacks: each function names the rows that break a rule, and no others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from portal.contracts.models import Contract, Milestone
from portal.contracts.queries import paid_on
from portal.core.text import canonical, plain, sha256
from portal.disputes.chargeback_models import Chargeback, ChargebackStage, ChargebackWords, Dossier, Stage
from portal.disputes.chargeback_queries import ENDED, called_back, rest_booked
from portal.disputes.models import Dispute
from portal.disputes.queries import repaid_by_us
from portal.ledger.escrow_called import called_by, covered_late, gone_before
from portal.ledger.models import Book, BookKind, Entry, Hold, Transfer
from portal.ledger.queries import refunded_on
from portal.ledger.refund_models import Refund, RefundStop, StopEnd
from portal.ledger.refund_standing import stopped_by
from portal.ledger.stopping import lost_key
from portal.log.models import Event

Check = Callable[[Session], Iterator[str]]


def chargebacks_are_booked(session: Session) -> Iterator[str]:
    """What a bank gave back was on hold for that, was paid in and not released, or is our own loss: so say the books alone."""
    for row in session.scalars(select(Chargeback).order_by(Chargeback.id)):
        taken = _into_banks(session, Transfer.debit_id.in_(
            select(Book.id).join(Hold, Book.hold_id == Hold.id).where(Hold.claim_id == row.claim_id)))
        loss = _into_banks(session, Transfer.entry_id.in_(
            select(Entry.id).where(Entry.source_key == f"chargeback_loss:{row.id}")))
        if (taken, loss) != (row.taken_minor or 0, row.loss_minor or 0):
            yield f"chargeback {row.ref} says {row.taken_minor} taken and {row.loss_minor} lost, the books {taken} and {loss}"


def what_was_paid_in_waits_for_the_bank(session: Session) -> Iterator[str]:
    """Of what was paid in, a chargeback took no more than it calls back besides; it waits while the bank decides, and went
    where the bank decided: to the bank, or back to what was paid in."""
    for row in session.scalars(select(Chargeback).order_by(Chargeback.id)):
        called, stopped = called_by(session, row).amount_minor, stopped_by(session, row.ref)
        lost, freed = _moved(session, f"escrow_lost:{row.id}"), _moved(session, f"escrow_freed:{row.id}")
        waits = _waiting(session, row) if row.ended_at is None else 0
        there = (called if row.end_kind == Stage.LOST else 0, called if row.end_kind == Stage.WON else 0)
        if (lost, freed) != there or (row.ended_at is None and waits != called):
            yield f"of chargeback {row.ref} {called} was paid in: {lost} went to the bank, {freed} is free, {waits} waits"
        late = (covered_late(session, row) - gone_before(session, row)).amount_minor
        took = called + late + stopped + row.claimed_minor
        if took > row.amount_minor:
            yield f"chargeback {row.ref} took {took} and calls back {row.amount_minor}"


def stopped_refunds_wait_for_the_bank(session: Session) -> Iterator[str]:
    """A refund is stopped while a bank decides, and ends as that decided: due again, or given back by the bank, once."""
    ends = {Stage.WON: StopEnd.FREED, Stage.LOST: StopEnd.LOST}
    rows = session.execute(
        select(RefundStop, Refund.ref, Chargeback).join(Refund, RefundStop.refund_id == Refund.id)
        .outerjoin(Chargeback, Chargeback.ref == RefundStop.called_by_ref).order_by(RefundStop.id)
    )
    for stop, ref, called in rows:
        if called is None or stop.end_kind != (ends[Stage(called.end_kind)] if called.end_kind else None):
            yield f"refund {ref} is stopped otherwise than chargeback {stop.called_by_ref} stands"
    decided = dict(session.execute(select(Event.subject_ref, Event.id).where(Event.kind == ENDED)).all())
    for row in session.scalars(select(Chargeback).order_by(Chargeback.id)):
        stops = session.execute(select(RefundStop.id, RefundStop.amount_minor).where(
            RefundStop.called_by_ref == row.ref, RefundStop.end_kind == StopEnd.LOST)).all()
        given = _moved(session, lost_key(row.ref))
        stopped = sum(part for key, part in stops if row.ref in decided and key < decided[row.ref])
        if given != stopped:
            yield f"chargeback {row.ref} stopped {stopped} of refunds for good, and {given} of that went to the bank"


def banks_gave_what_they_called(session: Session) -> Iterator[str]:
    """All that a bank gave back is in the books: what was released, paid in or stopped of refunds, and the rest as our loss."""
    for row in session.scalars(select(Chargeback).where(Chargeback.end_kind == Stage.LOST).order_by(Chargeback.id)):
        rest = row.amount_minor - row.claimed_minor - called_by(session, row).amount_minor
        booked = rest_booked(session, row).amount_minor + _moved(session, lost_key(row.ref))
        if booked != rest:
            yield f"of chargeback {row.ref} {rest} was neither released nor paid in, and {booked} of that went to the bank"


def _moved(session: Session, source_key: str) -> int:
    query = select(func.sum(Transfer.amount_minor)).join(Entry, Transfer.entry_id == Entry.id)
    return int(session.scalar(query.where(Entry.source_key == source_key)) or 0)


def _waiting(session: Session, row: Chargeback) -> int:
    query = select(Book.balance_minor).where(Book.kind == BookKind.CALLED, Book.milestone_id == row.milestone_id)
    return int(session.scalar(query) or 0)


def _into_banks(session: Session, which: ColumnElement[bool]) -> int:
    goal = aliased(Book)
    total = session.scalar(
        select(func.sum(Transfer.amount_minor)).join(goal, Transfer.credit_id == goal.id)
        .where(goal.kind == BookKind.CHARGED_BACK, which)
    )
    return int(total or 0)


def nothing_is_given_back_twice(session: Session) -> Iterator[str]:
    """Of a milestone no more went back than was released: refunds, what we paid because we were late, and banks together."""
    given: dict[UUID, int] = {
        key: int(total) for key, total in session.execute(
            select(Chargeback.milestone_id, func.sum(Chargeback.claimed_minor)).where(Chargeback.end_kind == Stage.LOST)
            .group_by(Chargeback.milestone_id)
        )
    }
    keys = select(Chargeback.milestone_id)
    for milestone in session.scalars(select(Milestone).where(Milestone.id.in_(keys)).order_by(Milestone.id)):
        back = refunded_on(session, milestone) + repaid_by_us(session, milestone)
        if back.amount_minor + given.get(milestone.id, 0) > paid_on(session, milestone).amount_minor:
            ref = session.scalars(select(Contract.ref).where(Contract.id == milestone.contract_id)).one()
            yield f"of milestone {milestone.number} of contract {ref} more went back than was released"


def banks_decide_alone(session: Session) -> Iterator[str]:
    """While a bank decides about a milestone, no dispute of ours is open there."""
    open_ones = select(Dispute).where(Dispute.ended_at.is_(None), Dispute.milestone_id.in_(select(Chargeback.milestone_id)))
    for dispute in session.scalars(open_ones.order_by(Dispute.id)):
        row = called_back(session, dispute.milestone_id)
        if row is not None:
            yield f"dispute {dispute.ref} is open although a bank decides about its milestone (chargeback {row.ref})"


def stages_follow(session: Session) -> Iterator[str]:
    """A chargeback ended as its newest stage says, and it was contested when something was sent to the bank."""
    stages: dict[UUID, set[str]] = {}
    for key, stage in session.execute(select(ChargebackStage.chargeback_id, ChargebackStage.stage)):
        stages.setdefault(key, set()).add(stage)
    sent = set(session.scalars(select(Dossier.chargeback_id)))
    for row in session.scalars(select(Chargeback).order_by(Chargeback.id)):
        mine, contested = stages.get(row.id, set()), {Stage.CONTESTED} if row.id in sent else set()
        if mine != {Stage.RECEIVED, *contested, *([row.end_kind] if row.end_kind else [])}:
            yield f"the stages of chargeback {row.ref} are not what became of it"


def the_bank_heard_the_freelancer(session: Session) -> Iterator[str]:
    """What we sent holds all that the freelancer wrote for the bank, word for word and in its order, and nothing that they did
    not; once it was sent, nothing was added."""
    said: dict[UUID, list[ChargebackWords]] = {}
    for words in session.scalars(select(ChargebackWords).order_by(ChargebackWords.n)):
        said.setdefault(words.chargeback_id, []).append(words)
    sent = select(Dossier, Chargeback.ref).join(Chargeback, Dossier.chargeback_id == Chargeback.id)
    for dossier, ref in session.execute(sent.where(Dossier.record.is_not(None)).order_by(Dossier.id)):
        mine, stand = said.get(dossier.chargeback_id, []), json.loads(dossier.record or "{}").get("freelancer", [])
        if len(mine) != len(stand) or not all(_is_of(one, words) for one, words in zip(stand, mine, strict=True)):
            yield f"the bank was told otherwise about chargeback {ref} than the freelancer wrote"


def _is_of(sent: dict[str, Any], words: ChargebackWords) -> bool:
    """Whether what was sent is what was written; of words that were erased before that, their moment alone."""
    text = sent["text"]
    return sent["said_at"] == plain(words.said_at) and (text is None or sha256(canonical({"text": text})) == words.sha256)


PROVES: tuple[Check, ...] = (
    chargebacks_are_booked, what_was_paid_in_waits_for_the_bank, stopped_refunds_wait_for_the_bank, banks_gave_what_they_called,
    nothing_is_given_back_twice, banks_decide_alone, stages_follow, the_bank_heard_the_freelancer,
)
