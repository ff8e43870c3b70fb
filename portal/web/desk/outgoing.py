"""What the marketplace is told at the desk: what it has not answered yet, and what could not be brought to it."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from portal.core.access import Permission
from portal.core.i18n import N_
from portal.notices.models import DeliveryResult
from portal.notices.outgoing_queries import MOST_SHOWN, OnItsWay, endpoints, on_their_way
from portal.web.shell.context import lang
from portal.web.shell.guard import allow

MESSAGES = {
    "payout.requested": N_("Pay out"), "refund.due": N_("Send back to the client"),
    "refund.stopped": N_("Do not send back: a bank calls it back"),
    "contract.agreed": N_("Carry out what both agreed"), "chargeback.contested": N_("Pass our answer on to the bank"),
}
"""What each kind of message asks for."""


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/outgoing", "outgoing", allow(Permission.READ_OVERSIGHT)(show))


def show() -> str:
    """Everything that waits for an answer; what was given up first."""
    waiting = on_their_way(g.db)
    waiting.sort(key=lambda one: one.result != DeliveryResult.FAILED)
    return render_template(
        "desk/outgoing.html", current="queue", waiting=waiting, addresses=endpoints(g.db), kinds=MESSAGES,
        shown=[(one, *_state(one)) for one in waiting], most=MOST_SHOWN,
        given_up=sum(one.result == DeliveryResult.FAILED for one in waiting),
    )


def _state(one: OnItsWay) -> tuple[str, str]:
    """How a message stands, in words and in the tone of them."""
    if not one.endpoint:
        return lang().gettext("waits for an address"), "hold"
    if one.result == DeliveryResult.FAILED:
        return lang().gettext("given up"), "stop"
    if one.sent_at is not None:
        return lang().gettext("taken, not answered"), "calm"
    if one.unreached:
        return lang().gettext("the address cannot be reached"), "stop"
    return lang().gettext("on its way"), "hold" if one.tries else "calm"
