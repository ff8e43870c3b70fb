"""What of open disputes waits for somebody beside the answer to it: our questions to the client, and offers to settle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import g

from portal.disputes.hearing_models import DisputeQuestion
from portal.disputes.queries import CLIENT, DisputeView, open_question
from portal.web.person.rulings import other_side
from portal.web.person.settling import Offer, bargain


@dataclass(frozen=True, slots=True)
class AskedIn:
    """Our question to the client of a dispute that waits for its answer."""

    view: DisputeView
    question: DisputeQuestion

    @property
    def mine(self) -> bool:
        """Whether the reader is who has to answer: an owner of the client's account."""
        return self.view.side == CLIENT and self.view.papers

    @property
    def due(self) -> datetime:
        return self.question.answer_by

    @property
    def href(self) -> str:
        return f"/disputes/{self.view.dispute.ref}#question"


@dataclass(frozen=True, slots=True)
class OfferedIn:
    """An open offer to settle a dispute, of the reader or of the other side."""

    view: DisputeView
    offer: Offer

    @property
    def mine(self) -> bool:
        """Whether the reader made it."""
        return self.offer.mine

    @property
    def other(self) -> str:
        return other_side(self.view)

    @property
    def due(self) -> datetime:
        return self.offer.row.answer_by

    @property
    def to_client(self) -> bool:
        """Whether the reader is who gets back what goes back."""
        return self.view.side == CLIENT

    @property
    def href(self) -> str:
        return f"/disputes/{self.view.dispute.ref}/settlement"


@dataclass(frozen=True, slots=True)
class Hearings:
    """Everything that waits in the disputes of one account, the most urgent first."""

    questions: tuple[AskedIn, ...] = ()
    offers: tuple[OfferedIn, ...] = ()

    @property
    def to_reply(self) -> list[AskedIn]:
        """Our questions that wait for the reader."""
        return [one for one in self.questions if one.mine]

    @property
    def asked_other(self) -> list[AskedIn]:
        """Our questions that wait for the other side."""
        return [one for one in self.questions if one.view.side != CLIENT]

    @property
    def to_settle(self) -> list[OfferedIn]:
        """Offers that the reader can accept."""
        return [one for one in self.offers if not one.mine]

    @property
    def offered(self) -> list[OfferedIn]:
        """Offers of the reader that wait for the other side."""
        return [one for one in self.offers if one.mine]

    @property
    def dues(self) -> list[datetime]:
        """Until when what waits for the reader can be done."""
        return [*(one.due for one in self.to_reply), *(one.due for one in self.to_settle)]

    def waits_on_client(self, view: DisputeView) -> bool:
        """Whether a dispute is not decided because we asked its client something."""
        return any(one.view.dispute.id == view.dispute.id for one in self.questions)


def hearings(disputes: Iterable[DisputeView]) -> Hearings:
    """What waits in these disputes for their two sides."""
    running = [view for view in disputes if view.dispute.ended_at is None]
    asked = [AskedIn(view, one) for view in running if (one := open_question(g.db, view.dispute.id)) is not None]
    offers = [OfferedIn(view, one) for view in running for one in bargain(view).offers if one.open]
    return Hearings(
        tuple(sorted(asked, key=lambda one: one.due)), tuple(sorted(offers, key=lambda one: one.due)),
    )
