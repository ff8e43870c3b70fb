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
from portal.disputes.models import Dispute
from portal.disputes.queries import contested_since
from portal.enforcement.queries import owner_zone
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
