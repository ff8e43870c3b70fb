"""I am in danger, or cannot pay for food or medicine: said with a tick and a press, received at once, gone on with, closed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import BooleanField, TextAreaField

from portal.accounts.models import Account
from portal.accounts.queries import handle_of
from portal.cases.drawing import a_lead_has
from portal.cases.need_models import Need, NeedWord
from portal.core.access import Permission
from portal.core.clock import deadline
from portal.core.errors import Conflict, NotFound
from portal.core.i18n import N_
from portal.core.labels import LABELS
from portal.enforcement.needing import ITEM, MOST, add_to_need, close_need, say_need
from portal.enforcement.needs import need_open_to, needs_of, own_need, said_in_need
from portal.ledger.queries import funds
from portal.web.person import drafts
from portal.web.person.reading import mark_opened
from portal.web.person.scope import case_of_link, looks_after, my_accounts
from portal.web.person.sending import carry_out
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.errors import message_of
from portal.web.shell.forms import PortalForm, Storable
from portal.web.shell.guard import allow
from portal.web.shell.promised import promised

FORM, ANEW = "need", "new"


class NeedForm(PortalForm):
    """Which of it, as many as fit, and one's own words, if one likes."""

    danger = BooleanField(LABELS["NeedKind.danger"])
    food = BooleanField(LABELS["NeedKind.food"])
    medicine = BooleanField(LABELS["NeedKind.medicine"])
    words = TextAreaField(N_("In your own words"), [Storable(MOST)])


def add_routes(blueprint: Blueprint) -> None:
    see, write = allow(Permission.READ_CASE_AS_PERSON), allow(Permission.ANSWER_IN_CASE)
    blueprint.add_url_rule("/me/needs/new", "new_need", see(show_new))
    blueprint.add_url_rule("/me/needs/new", "say_need", write(send_new), methods=["POST"])
    blueprint.add_url_rule("/me/needs/<ref>", "need", see(show))
    blueprint.add_url_rule("/me/needs/<ref>", "add_to_need", write(send_more), methods=["POST"])
    blueprint.add_url_rule("/me/needs/<ref>/close", "close_need", write(close), methods=["POST"])
    drafts.of_page(FORM, _of_draft)


def _of_draft(subject: str) -> object:
    return subject if subject == ANEW else own_need(g.db, guard.actor(), subject)


def _account() -> Account:
    """The account that the link named, else that of a link's case, else the oldest. Errors: `NotFound` without one."""
    mine, named, case = my_accounts(), request.values.get("account", ""), case_of_link()
    if not mine:
        raise NotFound
    about = case.about_account_id if case is not None else None
    return next((one for one in mine if named == one.ref), next((one for one in mine if one.id == about), mine[0]))


def _open(account: Account) -> Need | None:
    return next((one for one in needs_of(g.db, guard.actor(), account.id) if one.closed_at is None), None)


def show_new() -> Any:
    """The form; where something is still open, its page."""
    account = _account()
    open_one = _open(account)
    if open_one is not None:
        return redirect(f"/me/needs/{open_one.ref}")
    kept = drafts.kept(FORM, ANEW)
    return _new(account, NeedForm(data={**{name: bool(kept.get(name)) for name in kept}, "words": kept.get("words", "")}))


def send_new() -> Any:
    """Sends it. What this person told us before and is still open is gone on with; where a link's session does not show that,
    the form says that we have it."""
    account, form = _account(), NeedForm.sent()
    if drafts.pressed():
        return _new(account, form), drafts.keep_typed(form, FORM, ANEW)
    done, status = carry_out(form, say_need, lambda: {"account_id": account.id, **_said(form)})
    if done is None:
        return _new(account, form), status
    drafts.forget(FORM, ANEW)
    g.db.rollback()  # this request began to read before that
    seen = _open(account)
    return redirect(f"/me/needs/{seen.ref}" if seen is not None else f"/me/needs/new?account={account.ref}", 303)


def _said(form: NeedForm) -> dict[str, Any]:
    ticks = {name: bool(form[name].data) for name in ("danger", "food", "medicine")}
    return {**ticks, "words": form.words.data or ""}


def _new(account: Account, form: NeedForm) -> str:
    time = promised()["hardship"]
    return render_template(
        "person/need_form.html", current="me", account=account, form=form, errors=form.summary, most=MOST,
        answer_by=deadline(g.now, time.length, time.unit, reader_zone(), guard.office().country), ready=_ready(account.id),
        before=need_open_to(g.db, account.id, guard.person().id),
    )


def _ready(account_id: Any) -> list[Any]:
    """Money that the reader can take out at once."""
    return [one for one in funds(g.db, account_id, g.now) if one.available] if looks_after(account_id) else []


def show(ref: str) -> str:
    """What was said and answered, and the promised time while something waits. Errors: `NotFound` for others' needs."""
    own_need(g.db, guard.actor(), ref)
    mark_opened(ref)
    return _page(ref, NeedForm(data={"words": drafts.kept(FORM, ref).get("words", "")}))


def send_more(ref: str) -> Any:
    """Adds to it; what was typed stays on the page when it cannot be taken."""
    own_need(g.db, guard.actor(), ref)
    form = NeedForm.sent()
    if drafts.pressed():
        status = drafts.keep_typed(form, FORM, ref)
        return _page(ref, form), status
    done, status = carry_out(form, add_to_need, lambda: {"need_ref": ref, **_said(form)})
    if done is None:
        return _page(ref, form), status
    drafts.forget(FORM, ref)
    return redirect(f"/me/needs/{ref}", 303)


def close(ref: str) -> Any:
    """Its writer says that it is over."""
    try:
        perform(close_need, need_ref=ref)
    except Conflict as error:
        form = NeedForm()
        form.form_errors = [message_of(error)]
        return _page(ref, form), error.status
    return redirect(f"/me/needs/{ref}", 303)


def _page(ref: str, form: NeedForm) -> str:
    need = own_need(g.db, guard.actor(), ref)
    said = said_in_need(g.db, need.id)
    handles = {one.person_id: handle_of(g.db, one.person_id) for one in said if one.kind == NeedWord.ANSWERED}
    return render_template(
        "person/need.html", current="me", need=need, said=said, form=form, errors=form.summary, most=MOST, handles=handles,
        lead=a_lead_has(g.db, ref, ITEM),
        what=[lang().gettext(LABELS[f"NeedKind.{kind}"]) for kind in dict.fromkeys(k for one in said for k in one.what)],
        answered=said[-1].kind == NeedWord.ANSWERED, ready=_ready(need.account_id),
        ticked={one.id: [lang().gettext(LABELS[f"NeedKind.{kind}"]) for kind in one.what] for one in said},
    )
