"""Two sides of the demo who look for a way on: an offer to settle that waits, and a contract with somebody suspended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.cli.demo.stage import Words
from portal.contracts.running import choose_way
from portal.disputes.operations import offer_settlement

if TYPE_CHECKING:
    from portal.cli.demo.cases import Plot

HALF = Words(
    "I was ill, and half of the third part is ready. I send it today; keep half of what you contest, and we are even.",
    "Estuve enfermo, y la mitad de la tercera parte está lista. La envío hoy; quédese con la mitad de lo que disputa y "
    "quedamos en paz.",
)
MOST = Words(
    "You wrote nothing for two weeks. I would take three quarters back, and you keep the rest for the drafts.",
    "Usted no escribió nada en dos semanas. Me bastaría con tres cuartas partes, y usted se queda con el resto por los bocetos.",
)
ON = Words(
    "The drafts so far are good, and I can wait. When you can work again, please finish the second part.",
    "Los bocetos que hay son buenos y puedo esperar. Cuando pueda trabajar de nuevo, termine por favor la segunda parte.",
)


def offer_later(plot: Plot) -> None:
    """In one dispute the freelancer offers, in another the client; the other side has not answered yet."""
    plot.later(3, _client_offers if plot.turn else _freelancer_offers)


def _freelancer_offers(plot: Plot) -> None:
    plot.stage.act(
        offer_settlement, plot.freelancer.actor, dispute_ref=plot.refs["dispute"], refund_minor=10_000, days=7,
        text=plot.freelancer.say(HALF),
    )


def _client_offers(plot: Plot) -> None:
    plot.stage.act(
        offer_settlement, plot.client().actor, dispute_ref=plot.refs["dispute"], refund_minor=15_000, days=7,
        text=plot.client().say(MOST),
    )


def go_on_later(plot: Plot) -> None:
    """The client would wait, and asks the suspended freelancer to finish the work."""
    plot.later(6, _choose)


def _choose(plot: Plot) -> None:
    client = plot.client()
    plot.stage.act(choose_way, client.actor, contract_ref=plot.contract().ref, way="finish", words=client.say(ON))
    plot.stage.sights.append(
        (f"{client.key}@example.com", "works with somebody suspended, and chose to wait: the contract shows it")
    )
