"""Reading chargebacks: whether a bank calls back a milestone, what a chargeback means in money, what we sent the bank."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.accounts.roles import reads_papers
from portal.cases.models import Case, WorkItem
from portal.contracts.models import Contract, Milestone
from portal.core.access import Actor
from portal.core.errors import existing
from portal.core.money import Money
from portal.disputes.chargeback_models import Chargeback, ChargebackStage, ChargebackWords, Dossier, Stage
from portal.disputes.fees import fees_of, gone_of
from portal.ledger.escrow_called import called_by, covered_late, gone_before
from portal.ledger.models import Entry, Hold, Transfer
from portal.ledger.queries import hold_of_claim
from portal.ledger.refund_models import Refund, RefundState, RefundStop
from portal.ledger.refund_standing import standings_of, stopped_by
from portal.ledger.renewing import Called, Given, tells_of_banks
from portal.log.models import Event
from portal.notices.outgoing_queries import answered_at

MOST_WORDS = 5
"""How often the freelancer of one chargeback can add words for the bank."""
ENDED = "chargeback.ended"
"""The kind of event by which a bank decided."""


@dataclass(frozen=True, slots=True)
class ChargebackView:
    """A chargeback as one of its sides, or the desk, reads it. `held`: on hold for it now; `gone`: not free any more when it
    came, so that it can only be our loss; `paid_in`: what was paid in and not released when it came; `stopped`: what of a refund
    was stopped for it, of which the marketplace had `sent_already` some, so that it is our loss; `refunded_before`: what the
    client had got back of it by then; `passed_on_at`: when the marketplace said that our answer went to the bank; `papers`:
    whether the reader reads what we sent, in which both sides' words stand; `said`: what the freelancer wrote for the bank, for
    the freelancer's owners."""

    row: Chargeback
    side: str
    case_ref: str
    contract: Contract
    milestone: Milestone
    client: Account
    freelancer: Account
    stages: dict[str, datetime]
    hold: Hold | None
    dossier: Dossier | None
    passed_on_at: datetime | None
    paid_in: Money
    stopped: Money
    sent_already: Money
    refunded_before: Money
    not_sent_yet: bool
    gone: Money
    papers: bool
    said: tuple[ChargebackWords, ...]

    def _money(self, minor: int | None) -> Money:
        return Money(minor or 0, self.row.currency)

    @property
    def amount(self) -> Money:
        return self._money(self.row.amount_minor)

    @property
    def beyond(self) -> Money:
        """What of it was never paid for this milestone."""
        return self.amount - self._money(self.row.claimed_minor) - self.paid_in - self.stopped - self.refunded_before

    @property
    def held(self) -> Money:
        return self._money(self.hold.amount_minor if self.hold is not None and self.hold.ended_at is None else 0)

    @property
    def taken(self) -> Money:
        return self._money(self.row.taken_minor)

    @property
    def loss(self) -> Money:
        """What of it is our own loss: what was not free any more, and what the client got twice or never paid here."""
        twice = self.sent_already + self.refunded_before + self.beyond
        return self._money(self.row.loss_minor) + (twice if self.row.end_kind == Stage.LOST else self._money(0))

    @property
    def open(self) -> bool:
        return self.row.ended_at is None

    @property
    def awaits_words(self) -> bool:
        """Whether what the reader writes for the bank still reaches it."""
        return self.side == "freelancer" and self.papers and self.open and Stage.CONTESTED not in self.stages

    @property
    def words_left(self) -> int:
        """How often the reader can still write for the bank."""
        return MOST_WORDS - len(self.said) if self.awaits_words else 0

    @property
    def sent(self) -> dict[str, Any]:
        """What we sent the bank; empty when nothing was sent, when it was erased, and for who reads the money alone."""
        found = self.dossier.record if self.dossier is not None and self.papers else None
        return json.loads(found) if found else {}


def words_for_bank(session: Session, chargeback_id: UUID) -> list[ChargebackWords]:
    """What the freelancer said about a chargeback, the first words first."""
    query = select(ChargebackWords).where(ChargebackWords.chargeback_id == chargeback_id).order_by(ChargebackWords.n)
    return list(session.scalars(query))


def answer_due(session: Session, ref: str) -> datetime | None:
    """Until when somebody at the desk has to answer the bank; None once it was answered or has decided."""
    return session.scalar(select(WorkItem.due_at).where(
        WorkItem.subject_ref == ref, WorkItem.kind == "chargeback", WorkItem.closed_at.is_(None)))


def chargebacks_on(session: Session, milestone_id: UUID) -> list[Chargeback]:
    """Every chargeback of a milestone, the first one first."""
    query = select(Chargeback).where(Chargeback.milestone_id == milestone_id)
    return list(session.scalars(query.order_by(Chargeback.received_at, Chargeback.id)))


def at_the_bank() -> ColumnElement[bool]:
    """A bank decides, or gave the money back: that part of the milestone cannot be contested here as well."""
    return or_(Chargeback.end_kind.is_(None), Chargeback.end_kind == Stage.LOST)


def called_back(session: Session, milestone_id: UUID) -> Chargeback | None:
    """The chargeback about which a bank decides: until then nothing of the milestone can be contested here."""
    query = select(Chargeback).where(Chargeback.milestone_id == milestone_id, Chargeback.ended_at.is_(None))
    return session.scalars(query).one_or_none()


def given_back_by_bank(session: Session, milestone: Milestone) -> Money:
    """What a bank gave back of a milestone, or has called back and not decided."""
    total = session.scalar(select(func.sum(Chargeback.claimed_minor)).where(
        Chargeback.milestone_id == milestone.id, at_the_bank()))
    return Money(int(total or 0), milestone.currency)


@tells_of_banks
def banks_gave_back(session: Session, milestone_id: UUID) -> Given:
    """What banks gave back of a milestone, as the ledger asks for it."""
    every = list(session.scalars(select(Chargeback).where(Chargeback.milestone_id == milestone_id, at_the_bank()).order_by(
        Chargeback.ended_at, Chargeback.id)))
    rows, paid_in = [one for one in every if one.end_kind == Stage.LOST], {one.id: paid_in_of(session, one) for one in every}
    refs = [row.ref for row in rows if row.claimed_minor]
    marks = select(Event.id).where(Event.kind == ENDED, Event.subject_ref.in_(refs)).order_by(Event.id)
    return Given(
        sum(row.claimed_minor for row in rows), sum(paid_in[row.id].amount_minor for row in rows),
        tuple(session.scalars(marks)) if refs else (), tuple(_called(session, row, paid_in[row.id]) for row in every),
    )


def _called(session: Session, row: Chargeback, paid_in: Money) -> Called:
    """What a bank called of what was paid in, also where we were told of no such payment."""
    unmet = rest_of(session, row).amount_minor
    return Called(row.received_at, paid_in.amount_minor + unmet, unmet)


def paid_in_of(session: Session, row: Chargeback) -> Money:
    """What of a chargeback was paid in and not released when the bank called it, as far as we know by now."""
    return called_by(session, row) + covered_late(session, row) - gone_before(session, row)


def chargebacks_of_account(session: Session, account_id: UUID) -> list[Chargeback]:
    """Every chargeback on a contract of this account, on either side, newest first."""
    sides = or_(Contract.client_id == account_id, Contract.freelancer_id == account_id)
    query = select(Chargeback).join(Contract, Chargeback.contract_id == Contract.id).where(sides)
    return list(session.scalars(query.order_by(Chargeback.received_at.desc(), Chargeback.id.desc())))


def rest_of(session: Session, row: Chargeback) -> Money:
    """What of a chargeback is neither what was released and still paid, nor paid in, nor stopped of refunds: the client had got
    it back before, or it was never paid for that milestone. Once the bank gave it back, it is our own loss."""
    apart = Money(row.claimed_minor + stopped_by(session, row.ref), row.currency) + paid_in_of(session, row)
    return Money(row.amount_minor, row.currency) - apart


def rest_key(row: Chargeback) -> str:
    """Under which source key the rest of a chargeback was booked as our own loss."""
    return f"chargeback_rest:{row.id}"


def rest_booked(session: Session, row: Chargeback) -> Money:
    """What was booked so, in one entry."""
    query = select(func.sum(Transfer.amount_minor)).join(Entry, Transfer.entry_id == Entry.id)
    return Money(int(session.scalar(query.where(Entry.source_key == rest_key(row))) or 0), row.currency)


def refunded_before(session: Session, row: Chargeback) -> Money:
    """What of a chargeback the client had got back before it came: from us, or through an earlier one."""
    stopped, rest = stopped_by(session, row.ref), rest_of(session, row).amount_minor
    refunds = session.scalar(select(func.sum(Refund.amount_minor)).where(
        Refund.milestone_id == row.milestone_id, Refund.id < row.id))
    earlier = [one for one in chargebacks_on(session, row.milestone_id) if one.id < row.id and one.end_kind == Stage.LOST]
    by_banks = sum(one.claimed_minor + paid_in_of(session, one).amount_minor for one in earlier)
    gone = gone_before(session, row).amount_minor
    return Money(min(rest, int(refunds or 0) + gone - stopped + by_banks), row.currency)


def sent_already(session: Session, row: Chargeback) -> Money:
    """What of a refund that a chargeback stopped had been sent all the same."""
    parts = dict(session.execute(select(RefundStop.refund_id, func.sum(RefundStop.amount_minor)).where(
        RefundStop.called_by_ref == row.ref).group_by(RefundStop.refund_id)).all())
    standings = standings_of(session, session.scalars(select(Refund).where(Refund.id.in_(parts))).all())
    return Money(sum(min(int(parts[key]), one.sent_though_stopped) for key, one in standings.items()), row.currency)


def loss_of(session: Session, row: Chargeback) -> Money:
    """What of a chargeback is our own loss, once the bank gave the money back."""
    own = Money(row.loss_minor or 0, row.currency)
    return own + sent_already(session, row) + rest_of(session, row) if row.end_kind == Stage.LOST else own


def not_sent_yet(session: Session, row: Chargeback) -> bool:
    """Whether something that went back to the client before a chargeback is still to be sent to them."""
    query = select(Refund.id).where(
        Refund.milestone_id == row.milestone_id, Refund.id < row.id,
        Refund.state.in_((RefundState.DUE, RefundState.FAILED)))
    return session.scalar(query.limit(1)) is not None


def gone_of_called(session: Session, row: Chargeback) -> Money:
    """What of a chargeback was not free any more when it came; our own fee, which a bank gives back too, was nobody's to use."""
    hold = _hold_of(session, row)
    held, fee = (hold.amount_minor, fees_of(session, [hold.id]).get(hold.id, 0)) if hold is not None else (0, 0)
    return gone_of(Money(row.claimed_minor, row.currency), held, fee)


def _hold_of(session: Session, row: Chargeback) -> Hold | None:
    return hold_of_claim(session, row.claim_id) if row.claim_id else None


def chargeback_by_external_id(session: Session, external_id: str) -> Chargeback:
    """Errors: `NotFound`."""
    return existing(session.scalars(select(Chargeback).where(Chargeback.external_id == external_id)).one_or_none())


def chargeback_view(session: Session, ref: str, actor: Actor) -> ChargebackView:
    """A chargeback with everything around it. Errors: `NotFound` for anyone who is no side of it, and no staff;
    `owners_only` for members of a side who neither own its account nor look after its money."""
    row = existing(session.scalars(select(Chargeback).join(Contract, Chargeback.contract_id == Contract.id).where(
        Chargeback.ref == ref, _visible_to(actor))).one_or_none())
    contract = session.get_one(Contract, row.contract_id)
    owns, works = contract.client_id in actor.account_ids, contract.freelancer_id in actor.account_ids
    papers = reads_papers(session, contract.client_id if owns else contract.freelancer_id, actor) if owns or works else True
    stages = session.execute(select(ChargebackStage.stage, ChargebackStage.at).where(ChargebackStage.chargeback_id == row.id))
    return ChargebackView(
        row, "client" if owns else "freelancer" if works else "staff", session.get_one(Case, row.case_id).ref, contract,
        session.get_one(Milestone, row.milestone_id), session.get_one(Account, contract.client_id),
        session.get_one(Account, contract.freelancer_id), dict(stages.all()),
        _hold_of(session, row),
        session.scalars(select(Dossier).where(Dossier.chargeback_id == row.id)).one_or_none(),
        _passed_on_at(session, row), paid_in_of(session, row),
        Money(stopped_by(session, row.ref), row.currency), sent_already(session, row), refunded_before(session, row),
        not_sent_yet(session, row), gone_of_called(session, row), papers,
        tuple(words_for_bank(session, row.id)) if works and papers and not owns else (),
    )


def _passed_on_at(session: Session, row: Chargeback) -> datetime | None:
    """When our answer went to the bank; a bank that decided before that never got it."""
    at = answered_at(session, row.ref, "chargeback.contested")
    return at if at != row.ended_at else None


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    if actor.is_staff:
        return true()
    mine = or_(Contract.client_id.in_(actor.account_ids), Contract.freelancer_id.in_(actor.account_ids))
    if actor.case_ref is None:
        return mine
    return mine & Chargeback.case_id.in_(select(Case.id).where(Case.ref == actor.case_ref))


def reported_calls(session: Session) -> dict[str, tuple[str, datetime]]:
    """By our reference of each chargeback: the marketplace's own id of it, and when the bank's call came."""
    rows = session.execute(select(Chargeback.ref, Chargeback.external_id, Chargeback.received_at))
    return {ref: (key, at) for ref, key, at in rows}
