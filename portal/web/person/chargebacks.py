"""A bank chargeback as both sides of the contract read it: whose money it is about, what the freelancer says for the bank, and
what we sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, g, redirect, render_template
from wtforms import TextAreaField

from portal.accounts.queries import person_by_id
from portal.accounts.roles import owners_only
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.text import TEXT_LIMIT
from portal.disputes.bank_words import say_to_bank
from portal.disputes.chargeback_models import ChargebackWords, Stage
from portal.disputes.chargeback_queries import ChargebackView, answer_due, chargeback_view
from portal.disputes.contesting import Disputable, disputable, too_late
from portal.disputes.dossier import dossier_as_sent
from portal.disputes.models import Dispute
from portal.disputes.queries import contested_since
from portal.enforcement.queries import owner_zone
from portal.web.person import drafts
from portal.web.person.reading import mark_opened
from portal.web.person.scope import about, owns
from portal.web.person.sending import carry_out
from portal.web.shell import guard
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow

FORM = "bank_words"


class WordsForm(PortalForm):
    """What the freelancer wants the bank to know."""

    text = TextAreaField(
        N_("What should the bank know?"), [Needed(N_("Write what you want the bank to know.")), Storable(TEXT_LIMIT)])


def add_routes(blueprint: Blueprint) -> None:
    drafts.of_page(FORM, _mine)
    blueprint.add_url_rule("/chargebacks/<ref>", "chargeback", allow(Permission.READ_CASE_AS_PERSON)(show))
    blueprint.add_url_rule(
        "/chargebacks/<ref>/words", "say_to_bank", allow(Permission.ANSWER_IN_CASE)(say), methods=["POST"])


def _mine(ref: str) -> ChargebackView:
    """Errors: `NotFound` for strangers and for the desk, which has a page of its own."""
    view = chargeback_view(g.db, ref, guard.actor())
    if view.side == "staff":
        raise NotFound
    return view


def show(ref: str) -> str:
    """How far the bank is, what it means for the reader's money, and every word that we sent."""
    view = _mine(ref)
    about(view.contract.client_id if view.side == "client" else view.contract.freelancer_id)
    mark_opened(ref)
    return _page(view, WordsForm(data=drafts.kept(FORM, ref)))


def say(ref: str) -> Any:
    """Adds the freelancer's words, or keeps them as a draft. Errors: `NotFound` for the client, `owners_only`."""
    view, form = _mine(ref), WordsForm.sent()
    if view.side != "freelancer":
        raise NotFound
    if not view.papers:
        raise owners_only(g.db, view.freelancer.id)
    if drafts.pressed() and view.words_left:
        status = drafts.keep_typed(form, FORM, ref)
        return _page(view, form), status
    done, status = carry_out(form, say_to_bank, lambda: {"chargeback_ref": ref, "text": form.text.data})
    if done is None:
        g.db.rollback()  # this request began to read before that
        return _page(_mine(ref), form), status
    drafts.forget(FORM, ref)
    return redirect(f"/chargebacks/{ref}#words", 303)


def _page(view: ChargebackView, form: WordsForm) -> str:
    due, mine = answer_due(g.db, view.row.ref), view.side == "freelancer"
    return render_template(
        "person/chargeback.html", current="me", view=view, stage=newest(view), form=form, most=TEXT_LIMIT, errors=form.summary,
        due=due, late=due is not None and due <= g.now, unsent=form.text.data if mine and not view.words_left else "",
        would_be=dossier_as_sent(g.db, view.row) if view.awaits_words else None,
        names={one.person_id: _who(one) for one in view.said}, **_right(view), **spoken(view))


def _who(words: ChargebackWords) -> str:
    """Who of the account wrote it, as the reader calls them."""
    return lang().gettext("You") if words.person_id == guard.person().id else person_by_id(g.db, words.person_id).name


def _right(view: ChargebackView) -> dict[str, Disputable | Dispute | Money | bool | None]:
    """What comes once the bank left the payment standing: what is free again, what the client can contest here and until when,
    or whether it is too late, and the dispute that they opened since."""
    row, mine = view.row, view.side == "client"
    if row.ended_at is None or row.end_kind != Stage.WON:
        return {"now": None, "over": False, "again": None, "freed": Money(0, row.currency)}
    zone = reader_zone() if mine else owner_zone(g.db, view.client.id)
    found = {one.milestone.id: one for one in disputable(g.db, view.contract, zone, g.now)}.get(view.milestone.id)
    own = not mine or owns(view.client.id)
    return {
        "now": found if own else None, "over": own and too_late(g.db, view.milestone, zone, g.now),
        "again": contested_since(g.db, view.milestone.id, row.ended_at, guard.actor()), "freed": _freed(view),
    }


def _freed(view: ChargebackView) -> Money:
    """What was on hold until the bank decided."""
    ended_by_bank = view.hold is not None and view.hold.ended_at == view.row.ended_at
    return Money(view.hold.amount_minor if view.hold is not None and ended_by_bank else 0, view.row.currency)


def newest(view: ChargebackView) -> str:
    """How far the bank is."""
    return view.row.end_kind or ("contested" if "contested" in view.stages else "received")


def spoken(view: ChargebackView) -> dict[str, object]:
    """How the dossier's amounts and instants are read aloud: the record keeps minor units and UTC."""
    return {
        "money": lambda minor: lang().money(Money(minor, view.row.currency)),
        "instant": lambda text: lang().instant(datetime.fromisoformat(text), reader_zone()),
    }
