"""A bank chargeback as both sides of the contract read it: whose money it is about, and what we sent the bank."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, g, render_template

from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.disputes.chargeback_queries import ChargebackView, chargeback_view
from portal.web.person.new_dispute import may_contest
from portal.web.person.reading import mark_opened
from portal.web.person.scope import about
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
    contestable = view.side == "client" and not view.open and may_contest(contracts=[view.contract])
    return render_template(
        "person/chargeback.html", current="me", view=view, stage=newest(view), contestable=contestable, **spoken(view)
    )


def newest(view: ChargebackView) -> str:
    """How far the bank is."""
    return view.row.end_kind or ("contested" if "contested" in view.stages else "received")


def spoken(view: ChargebackView) -> dict[str, object]:
    """How the dossier's amounts and instants are read aloud: the record keeps minor units and UTC."""
    return {
        "money": lambda minor: lang().money(Money(minor, view.row.currency)),
        "instant": lambda text: lang().instant(datetime.fromisoformat(text), reader_zone()),
    }
