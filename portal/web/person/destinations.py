"""The places that a person's money can be paid to: what is on file, from when it can be used, adding one, taking one away."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request
from wtforms import StringField

from portal.accounts.models import Account
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.ledger.operations import add_own_destination, end_destination
from portal.web.person.funds import places
from portal.web.person.scope import by_link, looks_after, my_accounts, of_others, require_looks_after
from portal.web.person.sending import carry_out
from portal.web.shell.acting import perform
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow
from portal.web.shell.promised import promised


class PlaceForm(PortalForm):
    """The number of one bank account."""

    number = StringField(
        N_("IBAN, or account number with bank code"),
        [Needed(N_("Write the number of your bank account.")), Storable(60, line=True)],
    )


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/me/funds/destinations", "destinations", allow(Permission.READ_CASE_AS_PERSON)(show))
    blueprint.add_url_rule(
        "/me/funds/destinations", "add_destination", allow(Permission.MANAGE_DESTINATIONS)(add), methods=["POST"]
    )
    blueprint.add_url_rule(
        "/me/funds/destinations/<ref>/end", "end_destination", allow(Permission.REQUEST_PAYOUT)(end), methods=["POST"]
    )


def show() -> str:
    return _page({})


def _account() -> Account:
    """The account that the form names. Errors: `NotFound` for another's."""
    account = next((one for one in my_accounts() if one.ref == request.form.get("account")), None)
    if account is None:
        raise NotFound
    return account


def add() -> Any:
    """Puts a place on file. Errors: `not_your_money` for others, before what was typed is looked at."""
    account = _account()
    require_looks_after(account.id)
    form = PlaceForm.sent(prefix=f"{account.ref}-")
    done, status = carry_out(
        form, add_own_destination, lambda: {"account_id": account.id, "number": form.number.data or ""}
    )
    if done is None:
        return _page({account.ref: form}), status
    return redirect(f"/me/funds/destinations?added={done['destination']}", 303)


def end(ref: str) -> Any:
    perform(end_destination, account_id=_account().id, destination_ref=ref)
    return redirect("/me/funds/destinations", 303)


def _page(sent: dict[str, PlaceForm]) -> str:
    shown = [
        (account, places(account), sent.get(account.ref) or PlaceForm(prefix=f"{account.ref}-"))
        for account in my_accounts() if looks_after(account.id)
    ]
    listed = [place for _, found, _ in shown for place in found]
    added = next((one for one in listed if one.destination.ref == request.args.get("added")), None)
    wait = promised().get("link_destination" if by_link() else "new_destination")
    return render_template(
        "person/destinations.html", current="funds", shown=shown, added=added, wait=wait, by_link=by_link(),
        of_others=of_others(),
        errors=[line for form in sent.values() for line in form.summary],
    )
