"""A dispute as both sides read it: the same words, the term, the money on hold, the clock, our decision, the next step."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, g, redirect, render_template
from wtforms import TextAreaField

from portal.accounts.queries import from_outside
from portal.core.access import Permission
from portal.core.errors import Conflict, NotFound
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.text import TEXT_LIMIT
from portal.core.work import Operation
from portal.disputes.chargeback_models import Chargeback, Stage
from portal.disputes.chargeback_queries import chargebacks_on
from portal.disputes.fees import fee_back
from portal.disputes.models import ClosedBecause
from portal.disputes.operations import accept_decision, answer_dispute, ask_review, withdraw_dispute
from portal.disputes.outcome import OutcomeView, outcome_of
from portal.disputes.queries import CLIENT, FREELANCER, DisputeView, report_with, view_of
from portal.disputes.shortfall import shortfall_of
from portal.enforcement.looking import MyReport, my_reports, reports_answered
from portal.rulebook.roles import RETALIATION
from portal.web.person import drafts
from portal.web.person.dispute_forms import Heard, hearing
from portal.web.person.reading import mark_opened
from portal.web.person.rulings import comes_next, fee_words, gives_reader, said_so_far, why_ended
from portal.web.person.scope import about, by_link, require_owns
from portal.web.person.sending import carry_out
from portal.web.person.settling import bargain
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang
from portal.web.shell.errors import message_of
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow
from portal.web.shell.promised import rule_for

MOST = TEXT_LIMIT


class AnswerForm(PortalForm):
    """The other side's answer."""

    answer = TextAreaField(N_("Your answer"), [Needed(N_("Write your answer before you send it.")), Storable(MOST)])
    pressed = TextAreaField(N_("Were you pressured, or threatened with a report?"), [Storable(MOST)])


class ReviewForm(PortalForm):
    """Why somebody else should look at a decision again."""

    reason = TextAreaField(
        N_("Why should somebody look at this?"),
        [Needed(N_("Write why somebody should look at this.")), Storable(MOST)],
    )


def add_routes(blueprint: Blueprint) -> None:
    see, write = allow(Permission.READ_CASE_AS_PERSON), allow(Permission.ANSWER_IN_CASE)
    drafts.of_page("dispute_answer", lambda subject: mine(re.sub(r"-(review|question|pressure)$", "", subject)))
    blueprint.add_url_rule("/disputes/<ref>", "dispute", see(show))
    blueprint.add_url_rule("/disputes/<ref>", "answer_dispute", write(send), methods=["POST"])
    blueprint.add_url_rule(
        "/disputes/<ref>/withdraw", "withdraw_dispute", allow(Permission.OPEN_DISPUTE)(withdraw), methods=["POST"]
    )
    blueprint.add_url_rule("/disputes/<ref>/accept", "accept_dispute", write(accept), methods=["POST"])
    blueprint.add_url_rule("/disputes/<ref>/review", "ask_dispute_review", write(review), methods=["POST"])


def show(ref: str) -> str:
    """The dispute; the first opening counts as having been informed, from which the time to answer runs."""
    view = mine(ref)
    if mark_opened(ref):
        view = mine(ref)
    return page(view, AnswerForm(data=drafts.kept("dispute_answer", ref)))


def send(ref: str) -> Any:
    """Puts the freelancer's answer on record. Errors: `NotFound` for the client, before what was typed is looked at."""
    view, form = own(ref), AnswerForm.sent()
    if view.side != FREELANCER:
        raise NotFound
    if drafts.pressed():
        status = drafts.keep_typed(form, "dispute_answer", ref)
        return page(view, form), status
    done, status = carry_out(form, answer_dispute, lambda: {
        "dispute_ref": ref, "answer": form.answer.data, "pressed": form.pressed.data or "",
    })
    if done is None:
        return page(view, form), status
    drafts.forget("dispute_answer", ref)
    return redirect(f"/disputes/{ref}", 303)


def withdraw(ref: str) -> Any:
    """Takes the dispute back: what was held for it is released."""
    return _pressed(ref, withdraw_dispute)


def accept(ref: str) -> Any:
    """Accepts the decision for one's own side; once both have, the money follows at once."""
    return _pressed(ref, accept_decision)


def _pressed(ref: str, operation: Operation) -> Any:
    """One press; when something changed meanwhile, the page says so and shows how it is now."""
    mine(ref)
    try:
        perform(operation, dispute_ref=ref)
    except Conflict as error:
        return page(mine(ref), said=[("", message_of(error))]), error.status
    return redirect(f"/disputes/{ref}", 303)


def review(ref: str) -> Any:
    """Asks that somebody else looks at the decision, with a reason that the other side reads too."""
    view, form = own(ref), ReviewForm.sent()
    if drafts.pressed():
        status = drafts.keep_typed(form, "dispute_answer", f"{ref}-review")
        return page(view, asking=form), status
    done, status = carry_out(form, ask_review, lambda: {"dispute_ref": ref, "reason": form.reason.data})
    if done is None:
        return page(view, asking=form), status
    drafts.forget("dispute_answer", f"{ref}-review")
    return redirect(f"/disputes/{ref}", 303)


def mine(ref: str) -> DisputeView:
    """Errors: `NotFound` for anyone who is not a side of it (staff read it at the desk)."""
    view = view_of(g.db, ref, guard.actor())
    if view.side not in ("client", "freelancer"):
        raise NotFound
    about(view.own_account_id)
    return view


def own(ref: str) -> DisputeView:
    """As `mine`, for whoever says something in it. Errors: `owners_only`, before anything is typed in vain."""
    view = mine(ref)
    require_owns(view.own_account_id)
    return view


def page(
    view: DisputeView, form: AnswerForm | None = None, asking: ReviewForm | None = None,
    said: list[tuple[str, str]] | None = None, heard: Heard | None = None,
) -> str:
    """The page, with the forms as they were sent, or as they were kept."""
    form, heard = form or AnswerForm(), heard or hearing(view)
    outcome = outcome_of(g.db, view.dispute, guard.actor())
    asking = asking or ReviewForm(data=drafts.kept("dispute_answer", f"{view.dispute.ref}-review"))
    reported = _reported(view)
    return render_template(
        "person/dispute.html", current="me", view=view, dispute=view.dispute, form=form, asking=asking, most=MOST,
        errors=said or [*form.summary, *asking.summary, *heard.summary], outcome=outcome, heard=heard,
        gives=gives_reader(view, outcome) if outcome else "", accept=_accept_words(view, outcome) if outcome else "",
        moments=_moments(view, outcome) if outcome else [], from_outside=_from_outside(outcome),
        silent_refund=_refunded_unanswered(view) if outcome is None else None, report=reported, answered=_answered(reported),
        by_link=by_link(),
        bargain=bargain(view), pressing=rule_for(RETALIATION), called_back=_called_back(view),
        asked_bank=_asked_bank(view),
        short=shortfall_of(g.db, view.dispute, view.hold), fee=fee_back(g.db, view.hold, view.first_held),
        fee_said=fee_words(view, outcome) if outcome else "", ended=why_ended(view, outcome),
    )


def _called_back(view: DisputeView) -> Chargeback | None:
    """The chargeback that ended the dispute."""
    found = chargebacks_on(g.db, view.milestone.id) if view.dispute.closed_because == ClosedBecause.CHARGED_BACK else []
    return next((one for one in found if one.created_at == view.dispute.ended_at), None)


def _asked_bank(view: DisputeView) -> Chargeback | None:
    """The newest chargeback of the milestone that had ended before the dispute, where the bank let the payment stand."""
    stood = [one for one in chargebacks_on(g.db, view.milestone.id)
             if one.end_kind == Stage.WON and one.ended_at is not None and one.ended_at <= view.dispute.opened_at]
    return stood[-1] if stood else None


def _from_outside(outcome: OutcomeView | None) -> bool:
    """Whether who decided last does not work for us."""
    by = outcome.newest.row.decided_by if outcome else None
    return by is not None and bool(from_outside(g.db, [by]))


def _moments(view: DisputeView, outcome: OutcomeView) -> list[dict[str, Any]]:
    """What we decided and what both sides said to it, in order, and the promised next date at its end."""
    moments: list[dict[str, Any]] = [{"at": at, "text": text, "by": by} for at, text, by in said_so_far(view, outcome)]
    awaited = comes_next(view, outcome)
    if awaited is not None:
        moments.append({"at": awaited.at, "text": awaited.text, "now": True})
    return moments


def _accept_words(view: DisputeView, outcome: OutcomeView) -> str:
    """The button's words: the amount that the reader gets, else what the other side gets."""
    ruling, say = outcome.newest.ruling, lang().gettext
    mine, theirs = (ruling.in_all, ruling.kept) if view.side == CLIENT else (ruling.kept, ruling.in_all)
    other = view.freelancer.name if view.side == CLIENT else view.client.name
    if mine:
        return say("Accept: %(amount)s for me", amount=lang().money(mine))
    if theirs:
        return say("Accept: %(amount)s for %(name)s", amount=lang().money(theirs), name=other)
    return say("Accept the decision")


def _refunded_unanswered(view: DisputeView) -> Money | None:
    """What went back to the client because nobody answered in time, with our fee."""
    dispute = view.dispute
    back = Money(dispute.refund_minor or 0, dispute.currency)
    return back + fee_back(g.db, view.hold, back) if dispute.state == "decided" else None


def _reported(view: DisputeView) -> MyReport | None:
    """The report that the client sent with it. The other side is shown nothing of it."""
    report = report_with(g.db, view.dispute) if view.side == CLIENT and view.papers else None
    return next(iter(my_reports(g.db, guard.person().id, [view.client.id], report.ref)), None) if report else None


def _answered(reported: MyReport | None) -> bool:
    """Whether the reader has our answer to that report."""
    return reported is not None and bool(reports_answered(g.db, guard.person().id, [reported.report.ref]))
