"""People of the demo who are in danger or in need: one has our answer and went on, one waits for it since this morning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.cli.demo.stage import Words
from portal.enforcement.needing import add_to_need, answer_need, say_need
from portal.enforcement.needs import need_by_ref

if TYPE_CHECKING:
    from portal.cli.demo.cases import Plot

SAID = Words(
    "The rent went out yesterday and nothing is left for food until the end of the month.",
    "Ayer se pagó el alquiler y no queda nada para comida hasta fin de mes.",
)
ANSWER = (
    "You can withdraw everything that is available today, also while you are suspended: open your funds and press “Withdraw "
    "this money”. It is sent within three working days; I asked for it to go out first. I look again tomorrow morning."
)
MORE = Words(
    "Thank you. It arrived.",
    "Gracias. Ha llegado.",
)
TOLD, ANSWERED, WENT_ON, WAITS = 2.4, 2.3, 0.3, 0.15
"""Days before now."""
SIGHTS = {
    2: "suspended, and told us of a need: answered, and wrote again",
    3: "suspended, and cannot pay for food or medicine: waits for our first answer",
}


def in_need_later(plot: Plot) -> None:
    """Two of those who are suspended tell us that they cannot pay for food."""
    if plot.turn not in SIGHTS:
        return
    plot.stage.sights.append((f"{plot.key}@example.com", SIGHTS[plot.turn]))
    if plot.turn == 3:
        plot.stage.at(WAITS, lambda: _tell(plot, medicine=True))
        return
    plot.stage.at(TOLD, lambda: _tell(plot, medicine=False))
    plot.stage.at(ANSWERED, lambda: _answer(plot))
    plot.stage.at(WENT_ON, lambda: plot.stage.act(
        add_to_need, plot.freelancer.actor, need_ref=plot.refs["need"], words=plot.freelancer.say(MORE)
    ))


def _tell(plot: Plot, *, medicine: bool) -> None:
    done = plot.stage.act(
        say_need, plot.freelancer.actor, account_id=plot.freelancer.account_id, food=True, medicine=medicine,
        words=plot.freelancer.say(SAID),
    )
    plot.refs["need"] = done["need"]


def _answer(plot: Plot) -> None:
    with plot.stage.office.database.read() as session:
        version = need_by_ref(session, plot.refs["need"]).version
    plot.stage.act(answer_need, plot.stage.reviewer("Kim"), need_ref=plot.refs["need"], version=version, answer=ANSWER)
