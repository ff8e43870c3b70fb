"""What happened so far, line by line in words that both sides understand, and the promised next dates at its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import g

from portal.core.i18n import N_
from portal.disputes.queries import DisputeView
from portal.web.person.overview import Decided, Overview
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.letter import NOW_OR_AHEAD

MOST = 20
ISSUED = {
    "warning": N_("We gave you a warning."),
    "restriction": N_("We restricted a part of your account."),
    "suspension": N_("We suspended your account."),
    "termination": N_("We decided to close your account."),
}
ENDS = {
    "restriction": N_("The restriction ends by itself"),
    "suspension": N_("The suspension ends by itself"),
    "warning": N_("The warning stops counting"),
    "termination": N_("Your account is closed"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line: a moment, or as `due` a promised last day."""

    when: datetime
    text: str
    href: str = ""
    link: str = ""
    due: bool = False

    @property
    def now(self) -> bool:
        return self.due

    @property
    def at(self) -> datetime | str:
        if not self.due:
            return self.when
        return lang().gettext("by %(day)s, 24:00", day=lang().last_day(self.when, reader_zone()))


def history(part: Overview) -> list[Moment]:
    """The newest lines of the past in order, then what is to come, the nearest first."""
    lines = [*_questions(part), *_disputes(part), *_actions(part), *_payouts(part)]
    past = sorted((line for line in lines if not line.due), key=lambda line: line.when)[-MOST:]
    ahead = sorted((line for line in lines if line.due and line.when > g.now), key=lambda line: line.when)
    return [*past, *ahead]


def _questions(part: Overview) -> Iterator[Moment]:
    say = lang().gettext
    for one in part.asked:
        message, answer = one.question.message, one.question.answer
        href = f"/me/questions/{message.ref}"
        yield Moment(message.sent_at, say("We asked you a question."), href, say("Question %(ref)s", ref=message.ref))
        if answer is not None:
            yield Moment(answer.sent_at, say("You answered."), href, say("What you wrote"))
        elif one in part.to_answer and message.answer_by:
            yield Moment(message.answer_by, say("You answer our question"), due=True)


def _disputes(part: Overview) -> Iterator[Moment]:
    for view in part.disputes:
        yield from _dispute(view, mine=view.contract.client_id == part.account.id)


def _dispute(view: DisputeView, *, mine: bool) -> Iterator[Moment]:
    say, dispute = lang().gettext, view.dispute
    href, link = f"/disputes/{dispute.ref}", lang().gettext("Dispute %(ref)s", ref=dispute.ref)
    about = {"amount": lang().money_short(view.amount), "title": view.contract.title}
    if mine:
        yield Moment(dispute.opened_at, say("You contested %(amount)s of “%(title)s”.", **about), href, link)
        name = view.freelancer.name
        answered, awaited = say("%(name)s answered.", name=name), say("%(name)s answers", name=name)
    else:
        opened = say("%(name)s contested %(amount)s of “%(title)s”.", name=view.client.name, **about)
        yield Moment(dispute.opened_at, opened, href, link)
        answered, awaited = say("You answered the dispute."), say("You answer the dispute")
    if dispute.answered_at:
        yield Moment(dispute.answered_at, answered, href, link)
    elif dispute.ended_at is None:
        yield Moment(dispute.answer_by, awaited, due=True)
    if dispute.ended_at:
        yield Moment(dispute.ended_at, say("The dispute ended."), href, link)
    elif view.decide_by:
        yield Moment(view.decide_by, say("We decide the dispute and write to you"), due=True)
    elif view.refund_at:
        yield Moment(view.refund_at, say("Without an answer, what is on hold goes back to %(name)s", name=view.client.name),
                     due=True)


def _actions(part: Overview) -> Iterator[Moment]:
    say = lang().gettext
    for one in part.decided:
        action = one.action
        href, link = f"/me/actions/{action.ref}", say("Statement %(ref)s", ref=action.ref)
        yield Moment(action.issued_at or action.created_at, say(ISSUED[action.measure]), href, link)
        if action.reversed_at:
            yield Moment(action.reversed_at, say("The decision was overturned."), href, link)
        elif action.lifted_at:
            yield Moment(action.lifted_at, say("The decision was lifted before its end."), href, link)
        else:
            yield from _end(one)


def _end(one: Decided) -> Iterator[Moment]:
    say, action = lang().gettext, one.action
    ends = action.effective_at if action.measure == "termination" else action.ends_at
    if ends is None:
        return
    if one.effect in NOW_OR_AHEAD and ends > g.now:
        yield Moment(ends, say(ENDS[action.measure]), due=True)
    elif action.measure != "termination":
        yield Moment(ends, say("The decision %(ref)s ended.", ref=action.ref))


def _payouts(part: Overview) -> Iterator[Moment]:
    for line in part.payouts:
        text = lang().gettext("You asked for a payout of %(amount)s.", amount=lang().money_short(line.amount))
        yield Moment(line.payout.requested_at, text, "/me/funds#payouts", lang().gettext("Payouts"))


