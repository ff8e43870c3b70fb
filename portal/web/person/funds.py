"""The person's money: what is available, what is being cleared, what is on hold and why, and how to have it paid out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from flask import Blueprint, g, redirect, render_template, request
from wtforms import RadioField, StringField

from portal.accounts.models import Account
from portal.core.access import Permission
from portal.core.clock import deadline
from portal.core.errors import NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.disputes.queries import answerable, going_back
from portal.enforcement.silence import silent_refs
from portal.ledger.history import course
from portal.ledger.limits import by_links_from, limited_until
from portal.ledger.models import Destination, PayoutState
from portal.ledger.operations import request_payout
from portal.ledger.payout_queries import NEWEST, PayoutView, came_back_from, destinations_of, payouts_of
from portal.ledger.queries import LAW, Funds, funds
from portal.ledger.refund_queries import RefundView, refunds_besides, refunds_of
from portal.ledger.returned import looked_after_by
from portal.web.person.hold_contests import contests_of_holds
from portal.web.person.picture import Course, course_of
from portal.web.person.scope import by_link, looks_after, my_accounts, of_others, owns, require_looks_after
from portal.web.person.sending import amount_of, carry_out
from portal.web.shell import guard
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.forms import Listed, Needed, PortalForm, offered
from portal.web.shell.guard import allow
from portal.web.shell.promised import promised

MORE = N_("This is more than what is available now: %(available)s.")
NO_PLACE = N_("Choose where the money should go.")


class PayoutForm(PortalForm):
    """How much goes where."""

    amount = StringField(N_("How much"), [Needed(N_("Write how much you want to have paid out."))])
    destination = RadioField(
        N_("Where to"), [Needed(NO_PLACE), Listed(NO_PLACE)], choices=[], validate_choice=False
    )


Wait = Literal["new", "added_by_link", "by_link", "limited"]
"""Why a place cannot be used yet: it is new, a link's session added it, this one is such, a decision limits new places."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place on file that money can go to, from when it can be used in this session, and why not before; `came_back`: when
    the last payout to it did."""

    destination: Destination
    usable_from: datetime
    why: Wait
    came_back: datetime | None

    @property
    def usable(self) -> bool:
        return bool(self.usable_from <= g.now)


@dataclass(frozen=True, slots=True)
class Purse:
    """One currency of one account, with the form to have it paid out when there is something to pay out."""

    account: Account
    funds: Funds
    form: PayoutForm
    course: Course | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One account's part of the page, for who looks after its money; `care`: by when somebody looks after what did not arrive,
    by its reference; `older`: how many refunds are not listed here, because they were sent long ago."""

    account: Account
    purses: list[Purse]
    places: list[Place]
    payouts: list[PayoutView]
    refunds: list[RefundView]
    care: dict[str, datetime]
    older: int


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/me/funds", "funds", allow(Permission.READ_CASE_AS_PERSON)(show))
    blueprint.add_url_rule("/me/funds", "withdraw", allow(Permission.REQUEST_PAYOUT)(withdraw), methods=["POST"])


def show() -> str:
    return _page({})


def withdraw() -> Any:
    """One form, sent twice: first to be checked by whoever typed it, then money goes. What was typed stays on the page."""
    account = next((one for one in my_accounts() if one.ref == request.form.get("account")), None)
    pocket = next((one for one in _pockets(account) if one.currency == request.form.get("currency")), None)
    if account is None or pocket is None:
        raise NotFound
    require_looks_after(account.id)
    form, step = _offer(PayoutForm.sent(prefix=_prefix(account, pocket.currency)), account), request.form.get("step", "check")
    if step == "edit":
        return _page({(account.ref, pocket.currency): form})
    if step != "send":
        return _check(account, pocket, form)
    asked = lambda: {  # noqa: E731
        "account_id": account.id, "destination_ref": form.destination.data, "currency": pocket.currency,
        "amount_minor": amount_of(form.amount, pocket.currency).amount_minor,
    }
    done, status = carry_out(form, request_payout, asked)
    if done is None:
        return _page({(account.ref, pocket.currency): form}), status
    return redirect(f"/me/funds?asked={done['payout']}", 303)


def _pockets(account: Account | None) -> list[Funds]:
    return funds(g.db, account.id, g.now) if account is not None else []


def _check(account: Account, pocket: Funds, form: PayoutForm) -> Any:
    """The amount as we read it and the place, before anything is sent."""
    amount = _amount(pocket, form) if form.validate() else None
    if amount is None:
        return _page({(account.ref, pocket.currency): form}), 422
    place = next(one.label for one in form.destination.choices if one.value == form.destination.data)
    return render_template(
        "person/payout_check.html", current="funds", account=account, form=form, amount=amount, place=place,
        left=pocket.available - amount, send_by=_send_by(),
    )


def _amount(pocket: Funds, form: PayoutForm) -> Money | None:
    """What was typed, when it can be read and is there; else the page says why not at its field."""
    try:
        amount = amount_of(form.amount, pocket.currency)
        if amount.amount_minor > pocket.available.amount_minor:
            raise RuleBroken("not_available", MORE, field="amount", available=pocket.available)
    except RuleBroken as error:
        form.refuse(error)
        return None
    return amount


def _page(sent: dict[tuple[str, str], PayoutForm]) -> str:
    shown = [_shown(account, sent) for account in my_accounts() if looks_after(account.id)]
    errors = [line for form in sent.values() for line in form.summary]
    payouts = [line for one in shown for line in one.payouts]
    under_way = [line for line in payouts if line.payout.state not in (PayoutState.PAID, PayoutState.FAILED)]
    asked = next((line for line in under_way if line.payout.ref == request.args.get("asked")), None)
    return render_template(
        "person/funds.html", current="funds", silent=_silent(shown), going_back=going_back(g.db, _disputed(shown)),
        to_answer=answerable(g.db, _disputed([one for one in shown if owns(one.account.id)])),
        contests=contests_of_holds([hold for one in shown for purse in one.purses for hold in purse.funds.holds]),
        shown=shown, of_others=of_others(), errors=errors, newest=NEWEST, asked=asked, send_by=_send_by(), by_link=by_link(),
        pockets=[purse.funds for one in shown for purse in one.purses],
        ready=[purse.funds.available for one in shown for purse in one.purses if purse.funds.available],
    )


def _silent(shown: list[Shown]) -> set[str]:
    """Decisions that hold money and of which we may not tell yet."""
    holds = [hold for one in shown for purse in one.purses for hold in purse.funds.holds if hold.claimant == LAW]
    return silent_refs(g.db, {hold.cause_ref for hold in holds})


def _disputed(shown: list[Shown]) -> set[str]:
    """The disputes for which money of these accounts is on hold."""
    holds = [hold for one in shown for purse in one.purses for hold in purse.funds.holds]
    return {hold.dispute_ref for hold in holds if hold.dispute_ref is not None}


def _shown(account: Account, sent: dict[tuple[str, str], PayoutForm]) -> Shown:
    purses = [
        Purse(account, one, sent.get((account.ref, one.currency)) or _fresh(account, one.available),
              course_of(*course(g.db, account.id, one.currency, g.now)))
        for one in funds(g.db, account.id, g.now)
    ]
    payouts, refunds = payouts_of(g.db, account.id), refunds_of(g.db, account.id)
    care = looked_after_by(g.db, [*(one.ref for one in refunds), *(one.payout.ref for one in payouts)])
    return Shown(
        account, purses, places(account), payouts, refunds, care, refunds_besides(g.db, account.id, len(refunds)))


def _prefix(account: Account, currency: str) -> str:
    """Keeps the fields of several forms on one page apart."""
    return f"{account.ref}-{currency}-"


def _fresh(account: Account, available: Money) -> PayoutForm:
    """The form with everything that is available filled in, and the newest usable place chosen from which nothing came back."""
    form = _offer(PayoutForm(prefix=_prefix(account, available.currency)), account)
    form.amount.data = lang().typed(available)
    usable = sorted((one for one in places(account) if one.usable), key=lambda one: one.came_back is not None)
    form.destination.data = usable[0].destination.ref if usable else None
    return form


def _offer(form: PayoutForm, account: Account) -> PayoutForm:
    form.destination.choices = offered(
        (one.destination.ref, lang().place(one.destination.hint)) for one in places(account) if one.usable
    )
    return form


def places(account: Account) -> list[Place]:
    """The places on file of an account; a session opened by a link may use only those that are there for long."""
    came_back = came_back_from(g.db, account.id)
    return [_place(one, came_back.get(one.id)) for one in destinations_of(g.db, account.id)]


def payable(account: Account) -> bool:
    """Whether money of an account can go to a place on file now."""
    return any(one.usable for one in places(account))


def _place(one: Destination, came_back: datetime | None) -> Place:
    """Of several reasons to wait the one that lasts longest; signing in otherwise helps only against the last of them."""
    longer, _promise = by_links_from(g.db, one, g.now)
    reasons: dict[Wait, datetime] = {"added_by_link" if one.usable_from >= longer else "new": one.usable_from}
    if (limited := limited_until(g.db, one, g.now)) is not None:
        reasons["limited"] = limited
    if by_link():
        reasons["by_link"] = longer
    last = max(reasons.values())
    return Place(one, last, next(why for why, until in reasons.items() if until == last), came_back)


def _send_by() -> datetime | None:
    """By when a payout that is asked for now is sent."""
    found = promised().get("payout")
    return deadline(g.now, found.length, found.unit, reader_zone(), guard.office().country) if found else None
