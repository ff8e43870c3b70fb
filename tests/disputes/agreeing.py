"""What has to hold after every step of the machine of contested money: portal and model agree on every cent and every state."""

from __future__ import annotations

import sqlalchemy as sa
from hypothesis.stateful import invariant

from portal.contracts.models import Contract, Milestone
from portal.disputes.chargeback_models import Chargeback
from portal.disputes.models import Dispute
from portal.ledger.models import Book
from portal.ledger.queries import HoldView
from portal.ledger.refund_models import Refund
from tests.disputes.desk import Deciding

HOUSE = sa.text(
    "SELECT currency, kind, sum(amount) FROM ("
    "SELECT b.currency, b.kind, t.amount_minor AS amount FROM transfer t JOIN book b ON b.id = t.credit_id "
    "WHERE b.owner_id IS NULL UNION ALL SELECT b.currency, b.kind, -t.amount_minor FROM transfer t "
    "JOIN book b ON b.id = t.debit_id WHERE b.owner_id IS NULL) AS moved GROUP BY currency, kind"
)
TWICE = sa.text(
    "SELECT m.id FROM milestone m WHERE "
    "(SELECT coalesce(sum(t.amount_minor), 0) FROM transfer t JOIN book b ON b.id = t.credit_id JOIN hold h ON h.id = b.hold_id "
    " JOIN claim c ON c.id = h.claim_id JOIN book f ON f.id = t.debit_id"
    " WHERE b.kind = 'refund' AND f.kind <> 'loss' AND c.milestone_id = m.id)"
    " + (SELECT coalesce(sum(x.claimed_minor), 0) FROM chargeback x WHERE x.milestone_id = m.id AND x.end_kind = 'lost')"
    " > (SELECT coalesce(sum(e.amount_minor + e.fee_minor), 0) FROM earning e WHERE e.milestone_id = m.id)"
)


class Agreeing(Deciding):
    """What is compared. `house`: what our own books said before anything was done."""

    house: dict[tuple[str, str], int]

    def all_holds(self) -> None:
        """Every invariant, for steps that are made by hand."""
        for check in (self.ledger_equals_model, self.nothing_is_made_or_lost, self.what_is_available_can_be_paid_out,
                      self.states_equal_model, self.refunds_equal_model, self.house_equals_model):
            check()

    @invariant()
    def states_equal_model(self) -> None:
        mine = [one.id for one in self.contracts]
        with self.market.office.database.read() as session:
            disputes = session.scalars(sa.select(Dispute).where(Dispute.contract_id.in_(mine))).all()
            called = session.scalars(sa.select(Chargeback).where(Chargeback.contract_id.in_(mine))).all()
            assert session.execute(TWICE).all() == []
        assert {one.ref: (one.state, one.outcome, one.refund_minor, one.ended_at is not None) for one in disputes} == {
            one.ref: (one.state, one.outcome, one.refund, one.over) for one in self.model.matters.values()}
        assert {one.ref: (one.claimed_minor, one.end_kind, one.taken_minor or 0, one.loss_minor or 0) for one in called} == {
            one.ref: (one.claimed, one.end, one.taken, one.loss) for one in self.model.called.values()}

    def known_as(self, hold: HoldView) -> str:
        return hold.dispute_ref or hold.chargeback_ref or hold.ref

    @invariant()
    def refunds_equal_model(self) -> None:
        """Where each refund stands, and what is there for it."""
        query = sa.select(Contract.ref, Milestone.number, Refund.state, Book.balance_minor).join(
            Book, Refund.book_id == Book.id).join(Milestone, Refund.milestone_id == Milestone.id).join(
            Contract, Milestone.contract_id == Contract.id).where(Contract.id.in_([one.id for one in self.contracts]))
        with self.market.office.database.read() as session:
            rows, found = session.execute(query.order_by(Refund.id)).all(), dict[tuple[str, int], list[tuple[str, int | None]]]()
        for ref, number, state, there in rows:
            found.setdefault((ref, number), []).append((state, there))
        assert found == {(self.contracts[n].ref, number): [(one.state, one.kept) for one in backs]
                         for (n, number), backs in self.model.backs.items()}

    def of_the_house(self) -> dict[tuple[str, str], int]:
        with self.market.office.database.read() as session:
            return {(currency, kind): int(total) for currency, kind, total in session.execute(HOUSE)}

    @invariant()
    def house_equals_model(self) -> None:
        """Our fees, what we owe for being late, what banks took back, and what of that was our loss."""
        now, model = self.of_the_house(), self.model
        for n, currency in enumerate(self.currencies):
            lost = [one for one in model.called.values() if one.end == "lost" and model.in_currency(one.part, n)]
            sums = {
                "fee": sum(fee for part, fee in model.fees.items() if model.in_currency(part, n)),
                "owed": -sum(paid for part, paid in model.owed.items() if model.in_currency(part, n)),
                "charged_back": sum(one.amount for one in lost),
                "loss": -sum(one.loss + one.rest for one in lost) - sum(
                    model.sent_as_well(part) for part in model.backs if model.in_currency(part, n)),
            }
            assert {kind: now.get((currency, kind), 0) - self.house.get((currency, kind), 0) for kind in sums} == sums
