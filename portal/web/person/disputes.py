"""A dispute as both sides read it: the same words, the term, the money on hold, the clock, and the next step."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template
from wtforms import TextAreaField

from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.disputes.operations import answer_dispute, withdraw_dispute
from portal.disputes.queries import DisputeView, view_of
from portal.web.person import drafts
from portal.web.person.reading import mark_opened
from portal.web.person.sending import carry_out
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow

MOST = 20_000


class AnswerForm(PortalForm):
    """The other side's answer."""

    answer = TextAreaField(N_("Your answer"), [Needed(N_("Write your answer before you send it.")), Storable(MOST)])


def add_routes(blueprint: Blueprint) -> None:
    see, write = allow(Permission.READ_CASE_AS_PERSON), allow(Permission.ANSWER_IN_CASE)
    blueprint.add_url_rule("/disputes/<ref>", "dispute", see(show))
    blueprint.add_url_rule("/disputes/<ref>", "answer_dispute", write(send), methods=["POST"])
    blueprint.add_url_rule(
        "/disputes/<ref>/withdraw", "withdraw_dispute", allow(Permission.OPEN_DISPUTE)(withdraw), methods=["POST"]
    )


def show(ref: str) -> str:
    """The dispute; the first opening counts as having been informed, from which the time to answer runs."""
    view = _mine(ref)
    mark_opened(ref)
    return _page(view, AnswerForm(data=drafts.kept("dispute_answer", ref)))


def send(ref: str) -> Any:
    """Puts the freelancer's answer on record."""
    view, form = _mine(ref), AnswerForm.sent()
    done, status = carry_out(form, answer_dispute, lambda: {"dispute_ref": ref, "answer": form.answer.data})
    if done is None:
        return _page(view, form), status
    drafts.forget("dispute_answer", ref)
    return redirect(f"/disputes/{ref}", 303)


def withdraw(ref: str) -> Any:
    """Takes the dispute back: what was held for it is released."""
    _mine(ref)
    perform(withdraw_dispute, dispute_ref=ref)
    return redirect(f"/disputes/{ref}", 303)


def _mine(ref: str) -> DisputeView:
    """Errors: `NotFound` for anyone who is not a side of it (staff read it at the desk)."""
    view = view_of(g.db, ref, guard.actor())
    if view.side not in ("client", "freelancer"):
        raise NotFound
    return view


def _page(view: DisputeView, form: AnswerForm) -> str:
    return render_template(
        "person/dispute.html", current="me", view=view, dispute=view.dispute, form=form, errors=form.summary, most=MOST
    )
