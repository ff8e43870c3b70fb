"""Settling a dispute between its two sides: the offers, making one, and what it moves shown once more before it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.core.access import Permission
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.text import TEXT_LIMIT
from portal.disputes.fees import fee_back
from portal.disputes.models import OfferEnd, SettlementOffer
from portal.disputes.offers import can_be_settled, offers_of, parts_of
from portal.disputes.operations import accept_settlement, decline_settlement, offer_settlement, take_offer_back
from portal.disputes.queries import CLIENT, DisputeView, view_of
from portal.rulebook.roles import RETALIATION
from portal.web.person import drafts
from portal.web.person.dispute_forms import hearing
from portal.web.person.rulings import other_side, ruled, why_ended
from portal.web.person.scope import about, require_looks_after
from portal.web.person.sending import carry_out
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang
from portal.web.shell.errors import message_of
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered, read_amount, whole
from portal.web.shell.guard import allow
from portal.web.shell.promised import promised, rule_for

FORM, MOST = "settlement", TEXT_LIMIT
NO_DAYS = N_("Choose how long your offer is open.")
SPANS = (3, 7, 14)


class OfferForm(PortalForm):
    """An offer: what goes back to the client, for how long it is open, and words to the other side."""

    amount = StringField(N_("How much goes back to the client?"), [Needed(N_("Write how much goes back. 0 is possible too."))])
    days = RadioField(N_("How long is your offer open?"), [Needed(NO_DAYS), Listed(NO_DAYS)], choices=[], validate_choice=False)
    text = TextAreaField(N_("Your message to the other side"), [Storable(MOST)])
    held: Money

    def validate_amount(self, field: StringField) -> None:
        try:
            if self.back().amount_minor <= self.held.amount_minor:
                return
        except RuleBroken as error:
            raise ValidationError(message_of(error)) from error
        message = "This is more than is on hold: %(held)s."
        raise ValidationError(lang().gettext(message, held=lang().money(self.held)))

    def back(self) -> Money:
        """What goes back; "0" is an amount here."""
        return read_amount(self.amount.data, self.held.currency, least=0)

    def kept(self) -> Money:
        return self.held - self.back()


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer as the reader sees it: whose it is, and what it moves."""

    row: SettlementOffer
    mine: bool
    back: Money
    kept: Money
    fee: Money

    @property
    def open(self) -> bool:
        return self.row.ended_at is None

    @property
    def here(self) -> str:
        """The address under which it is answered, without the dispute's own."""
        return f"/settlement/{self.row.ref}"


@dataclass(frozen=True, slots=True)
class Bargain:
    """Where the two sides stand: every offer, the newest first, and whether money can still be divided."""

    view: DisputeView
    offers: tuple[Offer, ...]
    possible: bool

    @property
    def to_answer(self) -> Offer | None:
        """The other side's open offer."""
        return next((one for one in self.offers if one.open and not one.mine), None)

    @property
    def agreed(self) -> Offer | None:
        """The offer by which they settled."""
        return next((one for one in self.offers if one.row.end_kind == OfferEnd.ACCEPTED), None)

    @property
    def declined(self) -> Offer | None:
        """The offer that was answered with no, where no other has ended since."""
        over = [(one.row.ended_at, one) for one in self.offers if one.row.ended_at is not None]
        newest = max(over, key=lambda ended: ended[0])[1] if over else None
        return newest if newest is not None and newest.row.end_kind == OfferEnd.DECLINED else None

    @property
    def own(self) -> Offer | None:
        return next((one for one in self.offers if one.open and one.mine), None)


def add_routes(blueprint: Blueprint) -> None:
    see, write = allow(Permission.READ_CASE_AS_PERSON), allow(Permission.ANSWER_IN_CASE)
    drafts.of_page(FORM, _mine)
    here = "/disputes/<ref>/settlement"
    blueprint.add_url_rule(here, "settlement", see(show))
    blueprint.add_url_rule(here, "offer_settlement", write(send), methods=["POST"])
    blueprint.add_url_rule(f"{here}/<offer>/accept", "accept_settlement", write(accept), methods=["POST"])
    blueprint.add_url_rule(f"{here}/<offer>/decline", "decline_settlement", write(decline), methods=["POST"])
    blueprint.add_url_rule(f"{here}/<offer>/back", "take_offer_back", write(take_back), methods=["POST"])


def bargain(view: DisputeView) -> Bargain:
    """The offers in a dispute as its reader sees them."""
    mine = view.contract.client_id if view.side == CLIENT else view.contract.freelancer_id
    rows = reversed(offers_of(g.db, view.dispute.id))
    listed = (Offer(row, row.by_account_id == mine, *parts_of(row, view.hold), _fee(view, row)) for row in rows)
    return Bargain(view, tuple(listed), can_be_settled(view.dispute, view.hold))


def _fee(view: DisputeView, row: SettlementOffer) -> Money:
    """Our fee that goes back with what an offer gives the client; of one that came to nothing none is counted."""
    counts = row.refund_minor and (row.ended_at is None or row.end_kind == OfferEnd.ACCEPTED)
    return fee_back(g.db, view.hold, Money(row.refund_minor, row.currency)) if counts else Money(0, row.currency)


def _deciding(ref: str) -> DisputeView:
    """As `_mine`, for who decides about the money of that side. Errors: `not_your_money`."""
    view = _mine(ref)
    require_looks_after(view.own_account_id)
    return view


def _mine(ref: str) -> DisputeView:
    view = view_of(g.db, ref, guard.actor())
    if view.side == "staff":
        raise NotFound
    about(view.own_account_id)
    return view


def _offer_form(view: DisputeView, form: OfferForm) -> OfferForm:
    most = promised()["settlement_offer"].length
    form.held = view.held
    form.amount.label.text = lang().gettext("How much goes back to %(name)s?", name=view.client.name)
    spans = [days for days in SPANS if days <= most]
    form.days.choices = offered((str(n), lang().gettext("%(days)s days", days=n)) for n in spans)
    return form


def show(ref: str) -> str:
    """The offers so far, and the form for one's own."""
    view = _mine(ref)
    return _page(view, _offer_form(view, OfferForm(data={"days": "7"} | drafts.kept(FORM, ref))))


def _page(view: DisputeView, form: OfferForm, said: list[tuple[str, str]] | None = None) -> str:
    ruling = ruled(view)
    return render_template(
        "person/settlement.html", current="me", view=view, bargain=bargain(view), form=form, most=MOST,
        other=other_side(view), errors=said or form.summary, mine=view.side == CLIENT,
        heard=hearing(view), pressing=rule_for(RETALIATION), ruling=ruling,
        ended=why_ended(view, ruling.outcome if ruling else None),
    )


def _check(view: DisputeView, back: Money, kept: Money, **more: Any) -> str:
    """What money would move, once more, before it counts."""
    return render_template(
        "person/settlement_check.html", current="me", view=view, back=back, kept=kept,
        fee=fee_back(g.db, view.hold, back) if back else back, other=other_side(view),
        mine=view.side == CLIENT, ruling=ruled(view), **more,
    )


def send(ref: str) -> Any:
    """One form, sent twice: first to be checked by its writer, then to be sent to the other side."""
    view = _deciding(ref)
    form, step = _offer_form(view, OfferForm.sent()), request.form.get("step", "check")
    if drafts.pressed():
        status = drafts.keep_typed(form, FORM, ref)
        return _page(view, form), status
    if step == "edit":
        return _page(view, form)
    if step != "send":
        if not form.validate():
            return _page(view, form), 422
        return _check(view, form.back(), form.kept(), form=form, offer=None)
    done, status = carry_out(form, offer_settlement, lambda: {
        "dispute_ref": ref, "refund_minor": form.back().amount_minor, "days": whole(form.days.data) or 0,
        "text": form.text.data,
    })
    if done is None:
        return _page(view, form), status
    drafts.forget(FORM, ref)
    return redirect(f"/disputes/{ref}/settlement", 303)


def accept(ref: str, offer: str) -> Any:
    """First shows what money moves, then does it with one press."""
    view = _deciding(ref)
    found = next((one for one in bargain(view).offers if one.row.ref == offer), None)
    if found is None:
        raise NotFound
    if request.form.get("step") != "send" and found.open:
        return _check(view, found.back, found.kept, form=None, offer=found)
    return _pressed(ref, offer, accept_settlement, f"/disputes/{ref}")


def decline(ref: str, offer: str) -> Any:
    return _pressed(ref, offer, decline_settlement, f"/disputes/{ref}/settlement")


def take_back(ref: str, offer: str) -> Any:
    return _pressed(ref, offer, take_offer_back, f"/disputes/{ref}/settlement")


def _pressed(ref: str, offer: str, operation: Any, then: str) -> Any:
    """One press; when something changed meanwhile, the page says so and shows how it is now."""
    _mine(ref)
    try:
        perform(operation, dispute_ref=ref, offer_ref=offer)
    except Conflict as error:
        g.db.rollback()  # this request began to read before that
        view = _mine(ref)
        return _page(view, _offer_form(view, OfferForm()), [("", message_of(error))]), error.status
    return redirect(then, 303)
