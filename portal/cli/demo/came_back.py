"""People of the demo whose accounts were closed and who ask to come back: one waits for us, one is back under conditions."""

from __future__ import annotations

from functools import partial

from sqlalchemy import select

from portal.appeals.operations import ask_to_come_back, begin_request, decide_request
from portal.appeals.reinstatements import reinstatement_by_ref
from portal.cases.models import WorkItem
from portal.cli.demo.cases import Plot
from portal.cli.demo.complaining import put_report
from portal.cli.demo.returned import SAID, ask, close
from portal.cli.demo.stage import Stage
from portal.core.i18n import language

JOINED, STARTED, FIRST, LAST, REPORTED, CLOSED = 330, 258, 255, 246, 245, 238
"""Days before now; the notice period and the time until one can ask come after that."""
PAID_BACK, ASKED, BEGUN, DECIDED = 138, 5, 4, 3
HAPPENED = (
    "I have paid back the part of the work that I did not do, on {paid_back}, and the client wrote that the matter is settled. "
    "Since then I have worked for two shops in my town without a complaint."
)
DIFFERENT = "I take one project at a time, and say on the first day when I cannot work."
REASONS = "The money went back without anybody asking for it, and the client confirms it. Nothing else like it is on record."
CONDITIONS = "For six months from this answer on: one open contract at a time, and an answer to each message in three days."
SIGHTS = {
    "vera.kunz": "the account was closed; she asked to come back, and waits for our answer",
    "ivo.lang": "the account was closed; he asked to come back, and is back under conditions",
}


def play_back(stage: Stage, client: str) -> None:
    """Two accounts that were closed long ago, by two people each, and what their owners ask now."""
    for name in ("Vera Kunz", "Ivo Lang"):
        key = name.lower().replace(" ", ".")
        plot = Plot(stage, key, REPORTED)
        stage.at(JOINED, partial(stage.join, name, language="en", zone="Europe/Berlin", days_ago=JOINED, key=key))
        stage.at(STARTED, partial(_contract, stage, key, client))
        stage.at(REPORTED, partial(put_report, plot, SAID))
        stage.at(REPORTED - 1, partial(ask, plot))
        stage.at(CLOSED, partial(close, plot, FIRST, LAST))
        stage.at(ASKED, partial(_ask, plot))
        stage.at(BEGUN, partial(_answer, plot, begins=True))
        if key == "ivo.lang":
            stage.at(DECIDED, partial(_answer, plot, begins=False))
        stage.sights.append((f"{key}@example.com", SIGHTS[key]))


def _contract(stage: Stage, key: str, client: str) -> None:
    stage.contract(f"c-{key}-0", "Shop signs", stage.players[client], stage.players[key], STARTED, [("First part", 180, FIRST)])


def _ask(plot: Plot) -> None:
    done = plot.stage.act(
        ask_to_come_back, plot.freelancer.actor, action_ref=plot.refs["action"], different=DIFFERENT,
        happened=HAPPENED.format(paid_back=language("en").day(plot.stage.day(PAID_BACK))),
    )
    plot.refs["back"] = done["reinstatement"]


def _answer(plot: Plot, *, begins: bool) -> None:
    """By whomever it was drawn for: they begin to read, or say yes under conditions."""
    stage, ref = plot.stage, plot.refs["back"]
    with stage.office.database.read() as session:
        holder = session.scalars(select(WorkItem.assignee_id).where(WorkItem.subject_ref == ref)).one()
        version = reinstatement_by_ref(session, ref).version
    name = next(name for name, (person_id, _handle) in stage.staff.items() if person_id == holder)
    if begins:
        stage.act(begin_request, stage.reviewer(name), reinstatement_ref=ref, version=version)
        return
    stage.act(
        decide_request, stage.reviewer(name), reinstatement_ref=ref, version=version, outcome="granted_with_conditions",
        reasons=REASONS, conditions=CONDITIONS,
    )
