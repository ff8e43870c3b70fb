"""A bank chargeback as both sides of the contract read it: whose money it is about, and what we sent the bank."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, g, render_template

from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.disputes.chargeback_models import Stage
from portal.disputes.chargeback_queries import ChargebackView, chargeback_view
from portal.disputes.contesting import Disputable, disputable, too_late
from portal.web.person.reading import mark_opened
from portal.web.person.scope import about, owns
from portal.web.shell import guard
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/chargebacks/<ref>", "chargeback", allow(Permission.READ_CASE_AS_PERSON)(show))


def show(ref: str) -> str:
    """How far the bank is, what it means for the reader's money, and every word that we sent."""
    view = chargeback_view(g.db, ref, guard.actor())
    if view.side == "staff":
        raise NotFound
    about(view.contract.client_id if view.side == "client" else view.contract.freelancer_id)
    mark_opened(ref)
    return render_template("person/chargeback.html", current="me", view=view, stage=newest(view), **_right(view), **spoken(view))


def _right(view: ChargebackView) -> dict[str, Disputable | bool | None]:
    """What the client can contest here of that milestone once the bank left the payment standing, or whether it is too late."""
    if view.side != "client" or view.row.end_kind != Stage.WON or not owns(view.client.id):
        return {"now": None, "over": False}
    found = {one.milestone.id: one for one in disputable(g.db, view.contract, reader_zone(), g.now)}.get(view.milestone.id)
    return {"now": found, "over": too_late(g.db, view.milestone, reader_zone(), g.now)}


def newest(view: ChargebackView) -> str:
    """How far the bank is."""
    return view.row.end_kind or ("contested" if "contested" in view.stages else "received")


def spoken(view: ChargebackView) -> dict[str, object]:
    """How the dossier's amounts and instants are read aloud: the record keeps minor units and UTC."""
    return {
        "money": lambda minor: lang().money(Money(minor, view.row.currency)),
        "instant": lambda text: lang().instant(datetime.fromisoformat(text), reader_zone()),
    }
