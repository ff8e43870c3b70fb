"""Decisions of the demo that did not stay as they were: a corrected letter, one that waits, one that was replaced."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.cases.models import Draft
from portal.enforcement.operations import correct_action, issue_action, propose_extension, start_amendment
from portal.enforcement.queries import action_by_ref, statement_of

if TYPE_CHECKING:
    from portal.cli.demo.cases import Plot

KINDER = "No earlier account action. Answered our question within a day, and said why nothing came."
FORGOTTEN = "The letter left out how fast you answered us. Nothing else changes."
COMPLETE = " The client wrote the third time one day before they contested the payment."
UNSAID = "The letter did not say when the client wrote for the last time. It does now; what was decided stays as it was."
NOTE = "After our first letter you showed us a doctor's note about the ten days. Before that there was no earlier account action."
SHORTER = (
    "A suspension still fits, because the client paid and heard nothing. With the note that you sent after our first letter, a "
    "shorter one is enough."
)
LONGER = "You sent us a file from your doctor. We need more than the month to have it read by somebody who can."
WAITS, SHORT = 0.4, 16
"""Days before now on which something is put before a second person; how long the new suspension lasts."""


def correct_later(plot: Plot, reviewer: str) -> None:
    """One letter gets kinder words; another one's facts are completed, which somebody else has to sign."""
    if plot.turn:
        plot.later(5, partial(_kinder, reviewer=reviewer))
    else:
        plot.stage.at(WAITS, partial(_complete, plot, reviewer))


def replace_later(plot: Plot, reviewer: str, decided: float) -> None:
    """A shorter suspension takes the place of the first one, `decided` days after the case began."""
    plot.later(7, partial(_replace, reviewer=reviewer, ends=plot.begins - decided - SHORT))


def extend_later(plot: Plot, reviewer: str) -> None:
    """What the decision holds is to stay on hold for longer, which somebody else has to sign."""
    plot.stage.at(WAITS, lambda: plot.stage.act(
        propose_extension, plot.stage.reviewer(reviewer), action_ref=plot.refs["action"], reason=LONGER
    ))


def _kinder(plot: Plot, *, reviewer: str) -> None:
    _correct(plot, reviewer, {"spoke_for": KINDER}, FORGOTTEN)


def _complete(plot: Plot, reviewer: str) -> None:
    with plot.stage.office.database.read() as session:
        record = statement_of(session, plot.refs["action"])[0] or {}
    _correct(plot, reviewer, {"facts": record["facts"] + COMPLETE}, UNSAID)


def _correct(plot: Plot, reviewer: str, fields: dict[str, Any], reason: str) -> None:
    with plot.stage.office.database.read() as session:
        version = action_by_ref(session, plot.refs["action"]).version
    plot.stage.act(
        correct_action, plot.stage.reviewer(reviewer), action_ref=plot.refs["action"], version=version, fields=fields,
        reason=reason,
    )


def _replace(plot: Plot, *, reviewer: str, ends: float) -> None:
    stage = plot.stage
    new = stage.act(start_amendment, stage.reviewer(reviewer), action_ref=plot.refs["action"])["action"]
    with stage.office.database.read() as session:
        typed = json.loads(session.scalars(select(Draft.body).where(Draft.subject_ref == new)).one())
    fields = typed | {"ends_on": stage.day(ends).isoformat(), "spoke_for": NOTE, "weighed": SHORTER}
    stage.act(issue_action, stage.reviewer(reviewer), action_ref=new, version=1, fields=fields)
    plot.refs["action"] = new
