"""People of the demo who ask that a decision waits until their appeal is answered: one waits for us, others were answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.appeals.models import LIVE
from portal.appeals.operations import answer_pause, ask_pause
from portal.appeals.queries import appeal_by_ref
from portal.cases.models import WorkItem
from portal.cli.demo.stage import Words

if TYPE_CHECKING:
    from portal.cli.demo.cases import Plot

WHY = Words(
    "Two clients wait for work that is nearly ready. Each day that they wait costs me one of them.",
    "Dos clientes esperan un trabajo que está casi listo. Cada día que esperan me cuesta uno de ellos.",
)
YES = "The work that is nearly ready helps both sides, and nothing that the decision protects against can happen with it."
NO = "The client who paid still hears nothing. As long as that is so, others could pay for the same."
ASKED, ANSWERED, NOW = 2.6, 1.6, 0.2
"""Days before now."""
ENDINGS = {0: "", 2: "refused", 6: "granted", 10: ""}
SIGHTS = {
    0: "suspended, appealed, and asked that the decision waits until then: not answered yet",
    2: "suspended; a pause was refused with reasons: can ask once that somebody else decides",
    6: "appealed, and the decision is paused until the answer, because that was asked for",
}


def pause_later(plot: Plot) -> None:
    """Some of those whose appeals wait ask for a pause."""
    outcome = ENDINGS.get(plot.turn)
    if outcome is None:
        return
    plot.stage.at(ASKED if outcome else NOW, lambda: _ask(plot))
    if outcome:
        plot.stage.at(ANSWERED, lambda: _answer(plot, outcome))


def _ask(plot: Plot) -> None:
    with plot.stage.office.database.read() as session:
        if "appeal" not in plot.refs or appeal_by_ref(session, plot.refs["appeal"]).state not in LIVE:
            return
    done = plot.stage.act(ask_pause, plot.freelancer.actor, appeal_ref=plot.refs["appeal"], why=plot.freelancer.say(WHY))
    plot.refs["pause"] = done["request"]
    if plot.turn in SIGHTS:
        plot.stage.sights.append((f"{plot.key}@example.com", SIGHTS[plot.turn]))


def _answer(plot: Plot, outcome: str) -> None:
    if "pause" not in plot.refs:
        return
    with plot.stage.office.database.read() as session:
        holder = session.scalars(select(WorkItem.assignee_id).where(WorkItem.subject_ref == plot.refs["pause"])).one()
    name = next((name for name, (person_id, _) in plot.stage.staff.items() if person_id == holder), "Kim")
    plot.stage.act(
        answer_pause, plot.stage.reviewer(name), pause_ref=plot.refs["pause"], outcome=outcome,
        reasons=YES if outcome == "granted" else NO,
    )
