"""What happened so far, line by line in words that both sides understand, and the promised next dates at its end."""

from __future__ import annotations

from collections.abc import Iterator

from flask import g

from portal.accounts.queries import person_by_id
from portal.core.i18n import N_
from portal.disputes.queries import DisputeView
from portal.enforcement.models import Nature
from portal.ledger.models import PayoutState
from portal.web.person.appeal_words import appeal_words, awaited_words
from portal.web.person.coming_back import requests
from portal.web.person.decided import Decided
from portal.web.person.history_words import AGAIN, ANEW, BANK, BEGINS, CHECK, ENDS, OVER, OWN_DAY, PROTECTED, issued
from portal.web.person.moment import Moment
from portal.web.person.overview import Overview
from portal.web.person.redress import Check, Contest
from portal.web.person.rulings import Ruled, comes_next, said_so_far, why_ended
from portal.web.person.scope import report_by
from portal.web.shell import guard
from portal.web.shell.context import lang
from portal.web.shell.letter import NOW_OR_AHEAD

MOST = 20
DRAWN = ("appeal.filed", "appeal.opened_by_us", "appeal.reopened", "appeal.drawn")
"""What somebody was chosen by lot after."""


def history(part: Overview) -> list[Moment]:
    """The newest lines of the past in order, then what is to come, the nearest first."""
    lines = [
        *_questions(part), *_banks(part), *_disputes(part), *_actions(part), *_appeals(part), *_checks(part), *_payouts(part),
        *_reports(part), *_told(part), *_anew(part), *_heard(part), *_ways(part),
        *(line for _decided, way in part.ways_back for line in requests(way)),
    ]
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
            by = answer.from_person_id
            if by is None or by == guard.person().id:
                yield Moment(answer.sent_at, say("You answered."), href, say("What you wrote"))
            else:
                yield Moment(answer.sent_at, say("%(name)s answered.", name=person_by_id(g.db, by).name), href, say("Read it"))
        elif one in part.to_answer and one.question.answer_by:
            yield Moment(one.question.answer_by, say("You answer our question"), due=True)
        if one.question.closed_at is not None:
            yield Moment(one.question.closed_at, say("We closed the matter that we asked you about."), href,
                         say("Question %(ref)s", ref=message.ref))


def _disputes(part: Overview) -> Iterator[Moment]:
    for view in part.disputes:
        yield from _dispute(view, mine=view.contract.client_id == part.account.id)
        yield from _decision(view, part.rulings.get(view.dispute.id))


def _decision(view: DisputeView, found: Ruled | None) -> Iterator[Moment]:
    """What we decided in a dispute, what both sides said to it, and when it is carried out."""
    say, dispute = lang().gettext, view.dispute
    href, link = f"/disputes/{dispute.ref}", say("Dispute %(ref)s", ref=dispute.ref)
    if found is not None:
        for at, text, by in said_so_far(view, found.outcome):
            yield Moment(at, text, href, link, by=by)
        awaited = comes_next(view, found.outcome)
        if awaited is not None:
            yield awaited
    if dispute.ended_at:
        ended = why_ended(view, found.outcome if found is not None else None)
        yield Moment(dispute.ended_at, f"{ended} {found.gives}" if found is not None else ended, href, link)


def _dispute(view: DisputeView, *, mine: bool) -> Iterator[Moment]:
    say, dispute = lang().gettext, view.dispute
    href, link = f"/disputes/{dispute.ref}", lang().gettext("Dispute %(ref)s", ref=dispute.ref)
    about = {"amount": lang().money(view.amount), "title": view.contract.title}
    if mine:
        yield Moment(dispute.opened_at, say("You contested %(amount)s of “%(title)s”.", **about), href, link)
    else:
        opened = say("%(name)s contested %(amount)s of “%(title)s”.", name=view.client.name, **about)
        yield Moment(dispute.opened_at, opened, href, link)
    name = view.freelancer.name
    answered, awaited = say("%(name)s answered.", name=name), say("%(name)s answers", name=name)
    if view.papers and not mine:
        answered, awaited = say("You answered the dispute."), say("You answer the dispute")
    if dispute.answered_at:
        yield Moment(dispute.answered_at, answered, href, link)
    elif dispute.ended_at is None:
        yield Moment(dispute.answer_by, awaited, due=True)
    if view.decide_by:
        yield Moment(view.decide_by, say("We decide the dispute and write to you"), due=True)
    elif view.refund_at:
        back = say("Without an answer or a request for a review, what is on hold goes back to you") if mine else (
            say("Without an answer or a request for a review, what is on hold goes back to %(name)s", name=view.client.name))
        yield Moment(view.refund_at, back, due=True, by_itself=True)


def _actions(part: Overview) -> Iterator[Moment]:
    say, answered = lang().gettext, {one.action.id: one.appeal.decided_at for one in part.appeals}
    for one in part.decided:
        action = one.action
        href, ref = f"/me/actions/{action.ref}", action.ref
        link = say("Statement %(ref)s", ref=ref) if one.letter else say("Decision %(ref)s", ref=ref)
        words = issued(action.nature, action.measure)
        text = say(words)
        if one.about is not None:
            text = say("We made a decision about %(name)s, a member of this account.", name=one.about.name)
        yield Moment(action.issued_at or action.created_at, text, href, link)
        for at, which, what in one.parts_over:
            yield Moment(at, say(OVER[which], ref=action.ref, what=say(what).lower()), href, link)
        if answered.get(action.id) in (action.reversed_at or g.now, action.lifted_at or g.now):
            continue
        if action.withdrawn_at:
            yield Moment(action.withdrawn_at, say("We took the decision back before it took effect."), href, link)
        elif action.reversed_at:
            yield Moment(action.reversed_at, say("The decision was overturned."), href, link)
        elif action.lifted_at:
            yield Moment(action.lifted_at, say("The decision was lifted before its end."), href, link)
        elif one.replaced_by is not None:
            text = say("The decision %(ref)s was replaced by %(new)s.", ref=action.ref, new=one.replaced_by.ref)
            yield Moment(one.replaced_by.issued_at or g.now, text, href, link)
        else:
            yield from _end(one)


def _banks(part: Overview) -> Iterator[Moment]:
    """Payments that a bank called back, and what the bank decided."""
    say = lang().gettext
    for view in part.called_back:
        href, link = f"/chargebacks/{view.row.ref}", say("Chargeback %(ref)s", ref=view.row.ref)
        amount = lang().money(view.amount)
        called = say("Your bank called %(amount)s back.", amount=amount) if view.contract.client_id == part.account.id else (
            say("The bank of %(name)s called %(amount)s back.", name=view.client.name, amount=amount))
        yield Moment(view.row.received_at, called, href, link)
        if view.said:
            yield Moment(view.said[-1].said_at, say("You wrote for the bank."), f"{href}#words", link)
        if "contested" in view.stages:
            yield Moment(view.stages["contested"], say("We answered the bank."), href, link)
        if view.row.ended_at and view.row.end_kind:
            yield Moment(view.row.ended_at, say(BANK[view.row.end_kind]), href, link)


def _anew(part: Overview) -> Iterator[Moment]:
    """The letters that were replaced by newer ones: corrected, or with an earlier last day."""
    for ref, kind, at in part.anew:
        text = lang().gettext(ANEW[kind], ref=ref)
        yield Moment(at, text, f"/me/actions/{ref}", lang().gettext("Statement %(ref)s", ref=ref))


def _end(one: Decided) -> Iterator[Moment]:
    say, action = lang().gettext, one.action
    for at, which, what in one.days_ahead:
        yield Moment(at, say(OWN_DAY[which], what=say(what).lower()), due=True, first=which == BEGINS, by_itself=True)
    ends = action.effective_at if action.measure == "termination" else one.ends_at
    if ends is None:
        return
    if ends > g.now:
        if one.effect in (*NOW_OR_AHEAD, "paused"):
            words = PROTECTED if action.nature == Nature.PROTECTIVE else ENDS[action.measure]
            words = AGAIN if one.looked_at_again else words
            yield Moment(ends, say(words), due=True, by_itself=not one.looked_at_again)
    elif action.measure != "termination":
        yield Moment(ends, say("The decision %(ref)s ended.", ref=action.ref))


def _appeals(part: Overview) -> Iterator[Moment]:
    for one in part.appeals:
        yield from _appeal(one)


def _appeal(one: Contest) -> Iterator[Moment]:
    say, appeal = lang().gettext, one.appeal
    href, link = f"/appeals/{appeal.ref}", say("Appeal %(ref)s", ref=appeal.ref)
    for logged in one.log:
        text = appeal_words(one, logged)
        if text:
            yield Moment(logged.at, text, href, link)
    if one.reader and appeal.state == "filed":
        chosen = [logged.at for logged in one.log if logged.kind in DRAWN]
        words = N_("Reviewer %(handle)s, who had no part in the decision, was chosen by lot.")
        if one.outside:
            words = N_("Reviewer %(handle)s, from outside and without a part in the decision, was chosen by lot.")
        yield Moment(max(chosen, default=appeal.filed_at or g.now), say(words, handle=one.reader))
    if one.live and one.due:
        yield Moment(one.due, awaited_words(one), due=True)


def _checks(part: Overview) -> Iterator[Moment]:
    for one in part.checks:
        yield from _check(one)


def _check(one: Check) -> Iterator[Moment]:
    link = lang().gettext("Identity check %(ref)s", ref=one.shown.ref)
    for logged in one.log:
        if logged.kind in CHECK:
            what = f"{one.shown.what[:1].lower()}{one.shown.what[1:]}"
            yield Moment(logged.at, lang().gettext(CHECK[logged.kind], what=what), one.href, link)
    if one.answer_by:
        yield Moment(one.answer_by, lang().gettext("You get our answer about what you sent"), due=True)


def _heard(part: Overview) -> Iterator[Moment]:
    """Until when our questions in disputes and the offers to settle them are answered."""
    say = lang().gettext
    for asked in part.heard.questions:
        text = say("You answer our question") if asked.mine else say("%(name)s answers our question", name=asked.view.client.name)
        yield Moment(asked.due, text, due=True)
    for one in part.heard.offers:
        text = say("Your offer lapses") if one.mine else say("The offer of %(name)s lapses", name=one.other)
        yield Moment(one.due, text, due=True, by_itself=True)


def _ways(part: Overview) -> Iterator[Moment]:
    """How running contracts go on: what each side chose, and when both had chosen the same."""
    say, agreed = lang().gettext, dict[str, Moment]()
    for one in part.ways:
        about, link = {"name": one.other, "title": one.contract.title}, say("Open the contract")
        text = say("You chose how “%(title)s” should go on.", title=one.contract.title) if one.mine else (
            say("%(name)s chose how “%(title)s” should go on.", **about))
        yield Moment(one.choice.chosen_at, text, one.href, link)
        if one.agreed_at is not None:
            both = say("You and %(name)s agreed how “%(title)s” goes on.", **about)
            agreed[one.href] = Moment(one.agreed_at, both, one.href, link)
    yield from agreed.values()


def _payouts(part: Overview) -> Iterator[Moment]:
    for line in part.payouts:
        text = lang().gettext("You asked for a payout of %(amount)s.", amount=lang().money(line.amount))
        yield Moment(line.payout.requested_at, text, "/me/funds#payouts", lang().gettext("Payouts"))
        if line.payout.state == PayoutState.FAILED:
            text = lang().gettext(
                "%(amount)s could not be paid and came back. It was to go to: %(place)s.", amount=lang().money(line.amount),
                place=lang().place(line.hint),
            )
            yield Moment(line.payout.changed_at, text, "/me/funds#payouts", lang().gettext("Payouts"))
        if line.payout.state == PayoutState.OVERDUE:
            yield Moment(line.payout.changed_at, lang().gettext("We did not send your payout in time."), "/me/funds#payouts",
                         lang().gettext("Payouts"))
        elif line.due_at:
            yield Moment(line.due_at, lang().gettext("We send your payout"), due=True)


def _reports(part: Overview) -> Iterator[Moment]:
    for one in part.reports:
        report = one.report
        text, by = lang().gettext("You reported a problem with %(name)s to us.", name=one.about.name), report_by(report.ref)
        if by:
            text = lang().gettext("%(who)s reported a problem with %(name)s to us.", who=by, name=one.about.name)
        yield Moment(report.received_at, text, f"/reports/{report.ref}", lang().gettext("Report %(ref)s", ref=report.ref))
        if one.due_at:
            yield Moment(one.due_at, _read_by_us(by), due=True)
        else:
            yield from _answered(part, report.ref)
    for each in part.incoming:
        text, by = lang().gettext("You reported something to us by a reference or an address."), report_by(each.ref)
        if by:
            text = lang().gettext("%(who)s reported something to us by a reference or an address.", who=by)
        yield Moment(each.received_at, text, f"/reports/{each.ref}", lang().gettext("Report %(ref)s", ref=each.ref))
        yield from _answered(part, each.ref)


def _read_by_us(by: str | None) -> str:
    return lang().gettext("A person reads the report") if by else lang().gettext("A person reads your report")


def _answered(part: Overview, ref: str) -> Iterator[Moment]:
    if ref in part.answers:
        text = lang().gettext("We answered the report.") if report_by(ref) else lang().gettext("We answered your report.")
        yield Moment(part.answers[ref].at, text, f"/reports/{ref}",
                     lang().gettext("Report %(ref)s", ref=ref))


def _told(part: Overview) -> Iterator[Moment]:
    """What was told of people they work with: the timeline of somebody about whom nothing was decided."""
    for one in part.told:
        if one.notice.subject:
            text = lang().gettext("We wrote to you: %(subject)s.", subject=one.notice.subject.rstrip("."))
            yield Moment(one.arrived_at, text, f"/me/inbox/{one.notice.id}", lang().gettext("Read it"))
