"""Somebody of the demo whose appeal was answered, who then finds something new: the appeal is open again and waits."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from portal.appeals.models import AppealState
from portal.appeals.operations import attach_evidence, reopen_appeal
from portal.appeals.queries import appeal_by_ref
from portal.cli.demo.identity import picture
from portal.cli.demo.stage import Words
from portal.core.store import FolderStore
from portal.documents.intake import Intake

if TYPE_CHECKING:
    from portal.cli.demo.cases import Plot

TURN, FOUND = 4, 1.5
"""Whose appeal that is, and how many days before now."""
WHAT = Words("The hospital's letter with the days", "La carta del hospital con los días")
WHY = Words(
    "The hospital wrote this letter only last week. I had asked for it before you answered, and they told me to wait.",
    "El hospital escribió esta carta la semana pasada. La había pedido antes de su respuesta, y me dijeron que esperara.",
)
SHOWS = Words(
    "It names the days on which I lay there. They are the days of which your decision says that I did not answer.",
    "Dice los días en que estuve allí. Son los días de los que su decisión dice que no respondí.",
)
SIGHT = "suspended; the appeal was answered, and is open again because of something new"


def find_later(plot: Plot) -> None:
    """One of those whose decision stands finds something."""
    if plot.turn == TURN:
        plot.stage.at(FOUND, lambda: _find(plot))


def _find(plot: Plot) -> None:
    stage, by = plot.stage, plot.freelancer
    with stage.office.database.read() as session:
        if "appeal" not in plot.refs or appeal_by_ref(session, plot.refs["appeal"]).state != AppealState.DECIDED:
            return
    intake = Intake(FolderStore(stage.settings.documents_path), stage.settings.master_public_key)
    taken = intake.take(io.BytesIO(picture(80, 60)), "hospital.png")
    ref = plot.refs["appeal"]
    stage.act(attach_evidence, by.actor, appeal_ref=ref, description=by.say(WHAT), taken=taken)
    stage.act(reopen_appeal, by.actor, appeal_ref=ref, why=by.say(WHY), body=by.say(SHOWS))
    stage.sights.append((f"{plot.key}@example.com", SIGHT))
