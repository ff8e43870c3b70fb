"""What we decided in a dispute: what each side said to it and what comes next, for its page and for a person's own page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import g

from portal.core.i18n import N_
from portal.disputes.decision_messages import gives, with_fee
from portal.disputes.models import ClosedBecause, DisputeState
from portal.disputes.outcome import OutcomeView, outcome_of
from portal.disputes.queries import CLIENT, DisputeView, facts_of
from portal.web.person.moment import Moment
from portal.web.shell import guard
from portal.web.shell.context import lang

Said = tuple[datetime, str, str]
"""When, what, and by whom of us (or nothing)."""
MOST_OVER = 5
"""Of so many disputes that have ended the page says how they were decided; the rest are named with their end."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """A dispute that somebody decided, as one of its sides reads it; `gives` says who gets what in that side's words,
    `fee` what of our fee goes back with it."""

    view: DisputeView
    outcome: OutcomeView
    gives: str
    fee: str

    @property
    def other(self) -> str:
        """The name of the other side."""
        return other_side(self.view)

    @property
    def accepted_by_me(self) -> bool:
        return self.view.side in self.outcome.accepted

    @property
    def to_choose(self) -> bool:
        """Whether the reader can accept it now, or ask that somebody else looks again."""
        return self.outcome.can_accept

    @property
    def to_comment(self) -> bool:
        """Whether the other side asked for a second look and the reader can still say something to it."""
        return self.outcome.can_ask and not self.outcome.can_accept


def ruled(view: DisputeView) -> Ruled | None:
    """How a dispute was decided; None before that, and for one that ended without a decision."""
    outcome = outcome_of(g.db, view.dispute, guard.actor())
    return Ruled(view, outcome, gives_reader(view, outcome), fee_words(view, outcome)) if outcome else None


def gives_reader(view: DisputeView, outcome: OutcomeView) -> str:
    """Who gets what, in the words of the reader's own side."""
    return gives(view.side == CLIENT)(lang(), facts_of(g.db, view.dispute, g.now), outcome.newest.ruling)


def fee_words(view: DisputeView, outcome: OutcomeView) -> str:
    """What of our fee goes back and what that is in all, in the words of the reader's own side; "" where there is none."""
    return with_fee(view.side == CLIENT)(lang(), facts_of(g.db, view.dispute, g.now), outcome.newest.ruling)


def other_side(view: DisputeView) -> str:
    """The name of the side that is not the reader's."""
    return view.freelancer.name if view.side == CLIENT else view.client.name


def why_ended(view: DisputeView, outcome: OutcomeView | None) -> str:
    """That a dispute has ended, and why, in the words of the reader's own side."""
    say, dispute, mine = lang().gettext, view.dispute, view.side == CLIENT
    if outcome is not None and not outcome.newest.by_silence:
        return say("Our decision was carried out, and the dispute ended.")
    if dispute.state == DisputeState.SETTLED:
        return say("You both settled the dispute.")
    if dispute.state == DisputeState.WITHDRAWN:
        return say("You withdrew the dispute.") if mine else say("%(name)s withdrew the dispute.", name=view.client.name)
    if dispute.closed_because == ClosedBecause.CHARGED_BACK:
        return say("The dispute ended, because a bank called the payment back.")
    if dispute.closed_because == ClosedBecause.CLIENT_SILENT:
        silent = N_("The dispute ended, because %(name)s did not answer our question in time.")
        return say("The dispute ended, because you did not answer our question in time.") if mine else (
            say(silent, name=view.client.name))
    if outcome is None and dispute.answered_at is not None:
        return say("The dispute ended: what was decided was carried out.")
    return say("The dispute ended, because it was not answered in time.")


def said_so_far(view: DisputeView, outcome: OutcomeView) -> list[Said]:
    """What we decided and what both sides said to it, in order."""
    say, other = lang().gettext, other_side(view)
    found: list[Said] = []
    for side, at in outcome.accepted.items():
        mine = side == view.side
        found.append((at, say("You accepted our decision.") if mine else say("%(name)s accepted our decision.", name=other), ""))
    for side, row in outcome.reviews.items():
        found.append((row.asked_at, _asked(outcome, other, mine=side == view.side), ""))
    for one in outcome.decisions:
        if one.by_silence:
            found.insert(0, (one.row.decided_at, say("There was no answer, so our promise decided: a refund."), ""))
            continue
        text = say("We decided the dispute.") if one.row.n == 1 else say("Somebody else reviewed our decision.")
        place = 0 if one.row.n == 1 else len(found)
        found.insert(place, (one.row.decided_at, text, say("Reviewer %(handle)s", handle=one.handle)))
    return sorted(found, key=lambda one: one[0])


def _asked(outcome: OutcomeView, other: str, *, mine: bool) -> str:
    """That one side asked for a review: of our decision, or of the refund that silence brings."""
    say = lang().gettext
    if outcome.decisions[0].by_silence:
        return say("You asked for a review.") if mine else say("%(name)s asked for a review.", name=other)
    if mine:
        return say("You asked for a review of our decision.")
    return say("%(name)s asked for a review of our decision.", name=other)


def comes_next(view: DisputeView, outcome: OutcomeView) -> Moment | None:
    """The promised next date of a decision that is not carried out yet, and what happens then."""
    due_at = None if view.dispute.ended_at else outcome.review_by or outcome.accept_by
    if due_at is None:
        return None
    if outcome.newest.by_silence:
        return Moment(due_at, lang().gettext("Somebody decides whether the money goes back"), due=True)
    if outcome.reviews:
        return Moment(due_at, lang().gettext("Somebody else answers the request for a review of our decision"), due=True)
    return Moment(
        due_at, lang().gettext("Without a request for a review, our decision is carried out"), due=True, by_itself=True)


def rulings_of(disputes: Iterable[DisputeView]) -> dict[UUID, Ruled]:
    """How those that somebody decided were decided: all that are open, and the newest that have ended."""
    decided = [view for view in disputes if view.dispute.decided_at is not None]
    over = [view for view in decided if view.dispute.ended_at is not None][:MOST_OVER]
    listed = [*(view for view in decided if view.dispute.ended_at is None), *over]
    return {view.dispute.id: found for view in listed if (found := ruled(view)) is not None}
