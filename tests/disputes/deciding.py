"""A dispute on its way to its decision, for tests: each step made by the real operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from portal.cases.models import WorkItem
from portal.core.access import Actor, Role
from portal.disputes.checks import CHECKS
from portal.disputes.models import Dispute
from portal.disputes.operations import accept_decision, answer_dispute, ask_review, decide_dispute, review_dispute
from portal.disputes.outcome import OutcomeView, outcome_of
from portal.disputes.queries import dispute_by_ref
from portal.ledger.checks import CHECKS as MONEY
from portal.notices.models import Notice
from tests.factories.market import Market, Staff, Story
from tests.ledger.steps import touch

REASONS = "One drawing was delivered in time. The version that term 2 speaks of never came."
WHY = "The drawing took me two weeks and nobody has looked at it."


@dataclass
class Bench:
    """An answered dispute over Stacy's $400 and a desk of three; Lee is a lead."""

    market: Market
    story: Story
    ref: str
    lee: Staff

    @property
    def dispute(self) -> Dispute:
        with self.market.office.database.read() as session:
            return dispute_by_ref(session, self.ref)

    def choice(self, **other: Any) -> dict[str, Any]:
        return {
            "dispute_ref": self.ref, "version": self.dispute.version, "outcome": "split", "refund_minor": 15_000,
            "cites": "term:2", "reasons": REASONS,
        } | other

    def decide(self, by: Staff | None = None, **other: Any) -> dict[str, Any]:
        return self.market.do(decide_dispute, (by or self.story.rae).actor, **self.choice(**other))

    def review(self, by: Staff, **other: Any) -> dict[str, Any]:
        return self.market.do(review_dispute, by.actor, **self.choice(**other))

    def accept(self, actor: Actor) -> dict[str, Any]:
        return self.market.do(accept_decision, actor, dispute_ref=self.ref)

    def ask(self, actor: Actor, reason: str = WHY) -> dict[str, Any]:
        return self.market.do(ask_review, actor, dispute_ref=self.ref, reason=reason)

    def days_pass(self, days: int) -> None:
        self.market.office.clock.advance(days=days)
        self.market.do(touch, dispute_ref=self.ref)

    def answer(self) -> None:
        self.market.do(answer_dispute, self.story.tim.actor, dispute_ref=self.ref, answer="It is what we agreed.")

    @property
    def stage(self) -> str:
        """How far the dispute is, as its line of the queue says it."""
        with self.market.office.database.read() as session:
            query = select(WorkItem.stage).where(WorkItem.subject_ref == self.ref, WorkItem.closed_at.is_(None))
            return session.scalars(query).one()

    def assignee(self) -> Any:
        """With whom the dispute waits."""
        with self.market.office.database.read() as session:
            query = select(WorkItem.assignee_id).where(WorkItem.subject_ref == self.ref, WorkItem.closed_at.is_(None))
            return session.scalars(query).one()

    def drawn(self) -> Staff:
        """Who was drawn for the review."""
        found = self.assignee()
        return next(one for one in (self.story.rae, self.story.ola, self.lee) if one.person.id == found)

    def told(self, kind: str) -> dict[str, str]:
        """What each person read, by their name's first word."""
        people = {self.story.stacy.person.id: "stacy", self.story.tim.person.id: "tim"}
        with self.market.office.database.read() as session:
            found = session.scalars(select(Notice).where(Notice.kind == kind))
            return {people[one.recipient_id]: one.body or "" for one in found}

    def mails(self, kinds: set[str]) -> list[str]:
        with self.market.office.database.read() as session:
            return [text or "" for text in session.scalars(select(Notice.mail_body).where(Notice.kind.in_(kinds)))]

    def seen(self, actor: Actor) -> OutcomeView:
        with self.market.office.database.read() as session:
            view = outcome_of(session, dispute_by_ref(session, self.ref), actor)
        assert view is not None
        return view

    def violations(self) -> list[str]:
        with self.market.office.database.read() as session:
            return [line for check in (*CHECKS, *MONEY) for line in check(session)]


def answered(market: Market, story: Story, amount_minor: int = 40_000) -> Bench:
    """Stacy disputed the first milestone and Tim answered."""
    lee = market.staff("Lee Marsh", Role.LEAD)
    ref = str(market.dispute(story.stacy, story.contract, amount_minor)["dispute"])
    market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer="The drawing is the first version.")
    return Bench(market, story, ref, lee)
