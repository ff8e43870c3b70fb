"""A machine over one freelancer's money and all that is contested of it, for hypothesis: each step is tried in the portal and
in the model in plain numbers, and a refusal has to be the same in both."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from portal.cases.models import WorkItem
from portal.contracts.models import Milestone
from portal.core.access import OPERATOR, Actor
from portal.disputes.asking import answer_our_question, ask_client
from portal.disputes.chargebacks import mark_chargeback, record_chargeback
from portal.disputes.operations import (
    accept_decision,
    accept_settlement,
    answer_dispute,
    ask_review,
    decide_dispute,
    decline_settlement,
    offer_settlement,
    propose_decision,
    return_decision,
    review_dispute,
    second_decision,
    take_offer_back,
    withdraw_dispute,
)
from portal.disputes.queries import dispute_by_ref
from portal.ledger.operations import mark_refund
from portal.ledger.refund_models import Refund
from portal.notices.operations import opening
from tests.disputes.called import Back
from tests.disputes.deciding import REASONS, WHY
from tests.disputes.matter import CLIENT, SIDES, Matter
from tests.disputes.model import Contested
from tests.factories.market import Market, Staff, Story, refused
from tests.factories.worker import settle_all
from tests.ledger.model import Held, Part
from tests.ledger.purse import Purse

OUTCOMES = ("split", "refund", "release")
READERS = {"USD": 100_000, "JPY": 150_000, "KWD": 300_000}
"""Above this, in minor units, a second person reads a decision."""


class Contest(Purse):
    """What can be done with disputes and chargebacks; `x` is any number, which varies how. See `tests.disputes.test_stateful`."""

    model: Contested

    def __init__(self, market: Market, story: Story, lead: Staff, desk: list[Staff]) -> None:
        super().__init__(market, story, lead, Contested())
        self.desk, self.hands = desk, dict[str, set[Any]]()
        self.offers, self.questions = dict[tuple[str, str], str](), dict[str, str]()

    def said(self, expected: str | None, operation: Any, actor: Actor, **args: Any) -> Any:
        """The operation is refused with that code, or carried out: then its answer."""
        answers: list[Any] = []
        code = refused(lambda: answers.append(self.market.do(operation, actor, **args)))
        assert code == expected, f"{operation.__name__}: {code} and not {expected}"
        return answers[0] if answers else None

    def side(self, one: Matter, side: str) -> Actor:
        return self.clients[one.part[0]].actor if side == CLIENT else self.tim.actor

    def open(self, part: Part, amount: int) -> str | None:
        """The client contests so much of a milestone."""
        expected, n = self.model.no_dispute(part, amount, self.market.now), part[0]
        step = lambda: self.market.dispute(  # noqa: E731
            self.clients[n], self.contracts[n], amount, milestone_number=part[1], currency=self.currencies[n])
        if expected is not None:
            assert refused(step) == expected
            return None
        ref = str(step()["dispute"])
        self.follow(part, self.model.open(ref, part, amount, self.market.now))
        self.hands[ref] = set()
        return ref

    def follow(self, part: Part, left: list[Held]) -> None:
        """What our holds that gave way left on hold goes on under new references."""
        shown = self.market.funds(self.tim, self.currencies[part[0]]).holds
        new = [one.ref for one in shown
               if not one.dispute_ref and not one.chargeback_ref and one.ref not in self.model.holds]
        self.model.holds |= dict(zip(new, [one for one in left if one.amount], strict=True))

    def inform(self, one: Matter, _x: int) -> None:
        self.market.do(opening, self.tim.actor, about_ref=one.ref)
        self.model.inform(one.ref, self.market.now)

    def answer(self, one: Matter, _x: int) -> None:
        expected = self.model.answer(one.ref, self.market.now)
        self.said(expected, answer_dispute, self.tim.actor, dispute_ref=one.ref, answer="The drawing is what we agreed on.")

    def ask(self, one: Matter, x: int) -> None:
        by, args = self.decider(one, x), {"version": self.version(one), "question": "When did you pay?"}
        expected = self.model.ask(one.ref, self.market.now)
        made = self.said(expected, ask_client, by.actor, dispute_ref=one.ref, **args)
        if made:
            self.questions[one.ref] = made["question"]

    def reply(self, one: Matter, _x: int) -> None:
        if one.ref in self.questions:
            told = {"dispute_ref": one.ref, "question_ref": self.questions[one.ref], "answer": "On the first of the month."}
            self.said(self.model.reply(one.ref, self.market.now), answer_our_question, self.side(one, CLIENT), **told)

    def offer(self, one: Matter, x: int) -> None:
        side, refund, days = SIDES[x % 2], one.there * (x % 101) // 100, 1 + x % 14
        expected = self.model.offer(one.ref, side, refund, days, self.market.now)
        args = {"dispute_ref": one.ref, "refund_minor": refund, "days": days, "text": "I keep the drawing."}
        made = self.said(expected, offer_settlement, self.side(one, side), **args)
        if made:
            self.offers[one.ref, side] = made["offer"]

    def _to_offer(self, one: Matter, x: int, operation: Any, *, own: bool, agreed: bool) -> None:
        side = SIDES[x % 2]
        if (one.ref, side) in self.offers:
            by = side if own else SIDES[(x + 1) % 2]
            expected = self.model.say_to_offer(one.ref, side, agreed=agreed)
            self.said(expected, operation, self.side(one, by), dispute_ref=one.ref, offer_ref=self.offers[one.ref, side])

    def agree(self, one: Matter, x: int) -> None:
        self._to_offer(one, x, accept_settlement, own=False, agreed=True)

    def decline(self, one: Matter, x: int) -> None:
        self._to_offer(one, x, decline_settlement, own=False, agreed=False)

    def take_back(self, one: Matter, x: int) -> None:
        self._to_offer(one, x, take_offer_back, own=True, agreed=False)

    def version(self, one: Matter) -> int:
        with self.market.office.database.read() as session:
            return dispute_by_ref(session, one.ref).version

    def decider(self, one: Matter, x: int, besides: Staff | None = None) -> Staff:
        """With whom the dispute is; else somebody who had no part in a decision of it."""
        with self.market.office.database.read() as session:
            query = select(WorkItem.assignee_id).where(WorkItem.subject_ref == one.ref, WorkItem.closed_at.is_(None))
            found = session.scalars(query).one_or_none()
        free = [by for by in self.desk if by.person.id not in self.hands[one.ref] and by is not besides]
        return next((by for by in self.desk if by.person.id == found), free[x % len(free)])

    def decide(self, one: Matter, x: int) -> None:
        """Decided, or reviewed once it was; above the limit it is written by one person and read by another, or returned."""
        outcome, by = OUTCOMES[x % 3], self.decider(one, x)
        refund = {"split": one.there * (x % 97) // 96, "refund": one.there, "release": 0}[outcome]
        expected, operation = self.model.no_decision(one.ref, outcome, refund), decide_dispute
        if one.state == "decided":
            operation = review_dispute
        args = {"dispute_ref": one.ref, "version": self.version(one), "outcome": outcome, "refund_minor": refund,
                "cites": "term:2", "reasons": REASONS}
        if expected is None and one.claimed > READERS[self.currencies[one.part[0]]]:
            self.said("needs_second_reader", operation, by.actor, **args)
            self.said(None, propose_decision, by.actor, **args)
            if not self.read(one, by, x):
                return
        else:
            self.said(expected, operation, by.actor, **args)
        if expected is None:
            self.hands[one.ref].add(by.person.id)
            self.model.decide(one.ref, outcome, refund, self.market.now)

    def read(self, one: Matter, by: Staff, x: int) -> bool:
        """Whether the second reader made the decision; it is sometimes given back."""
        other, told = self.decider(one, x, by), {"dispute_ref": one.ref, "version": self.version(one)}
        if x % 5 == 4:
            self.said(None, return_decision, other.actor, reason="The second term says something else.", **told)
            return False
        self.said(None, second_decision, other.actor, **told)
        self.hands[one.ref].add(other.person.id)
        return True

    def accept(self, one: Matter, x: int) -> None:
        side = SIDES[x % 2]
        self.said(self.model.accept(one.ref, side), accept_decision, self.side(one, side), dispute_ref=one.ref)

    def ask_review(self, one: Matter, x: int) -> None:
        side = SIDES[x % 2]
        expected = self.model.ask_review(one.ref, side, self.market.now)
        self.said(expected, ask_review, self.side(one, side), dispute_ref=one.ref, reason=WHY)

    def withdraw(self, one: Matter, _x: int) -> None:
        self.said(self.model.withdraw(one.ref), withdraw_dispute, self.side(one, CLIENT), dispute_ref=one.ref)

    def call_back(self, part: Part, amount: int) -> str | None:
        """The client's bank calls so much of a milestone back."""
        n, expected = part[0], self.model.no_call_back(part)
        made = self.said(
            expected, record_chargeback, OPERATOR, external_id=self.market.key(), milestone_number=part[1],
            contract_ref=self.contracts[n].ref, amount_minor=amount, currency=self.currencies[n], received_at=self.market.now,
            reason="Services not provided",
        )
        if made is None:
            return None
        self.follow(part, self.model.call_back(made["chargeback"], part, amount, self.market.now))
        return str(made["chargeback"])

    def bank_decides(self, ref: str, end: str) -> None:
        self.said(self.model.bank_decides(ref, end, self.market.now), mark_chargeback, OPERATOR, chargeback_ref=ref, stage=end)

    def refunds(self, part: Part) -> list[tuple[str, Back]]:
        """The reference of each refund of a milestone, with what the model knows of it."""
        n, number = part
        of_part = select(Refund.ref).join(Milestone, Refund.milestone_id == Milestone.id).where(
            Milestone.contract_id == self.contracts[n].id, Milestone.number == number)
        with self.market.office.database.read() as session:
            refs = session.scalars(of_part.order_by(Refund.id)).all()
        return list(zip(refs, self.model.backs.get(part, []), strict=True))

    def report(self, part: Part, ref: str, back: Back, key: str, state: str, amount: int | None = None) -> None:
        """What the marketplace says of one sending of a refund, under a reference of its own."""
        told = {"refund_ref": ref, "state": state, "reference": key, "amount_minor": amount}
        expected = back.no_report(key, amount) if state != "stopped" else None
        if self.said(expected, mark_refund, OPERATOR, **told) and state != "stopped":
            back.report(key, state, amount, self.model.at_banks(part))

    def send_back(self, part: Part, *, whole: bool) -> None:
        """Each refund of a milestone is sent: whole, also where a bank had stopped it, or without an amount."""
        for ref, back in self.refunds(part):
            self.report(part, ref, back, self.market.key(), "sent", back.amount if whole else None)

    def come_back_from(self, part: Part) -> None:
        """The first sending of each refund of a milestone that was sent comes back."""
        for ref, back in self.refunds(part):
            if back.first:
                self.report(part, ref, back, back.first, "failed")

    def days_pass(self, days: int) -> None:
        """The worker carries out all that was due."""
        self.market.office.clock.advance(days=days)
        settle_all(self.market)
        self.model.days_pass(self.market.now)
