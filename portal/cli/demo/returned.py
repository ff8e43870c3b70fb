"""Somebody of the demo whose account was closed, and another account with the same place for payouts: a lead to look at."""

from __future__ import annotations

from functools import partial

from portal.cases.queries import case_file
from portal.cli.demo.cases import CHANGES, SPOKE, WEIGHED, WHY, Plot
from portal.cli.demo.complaining import put_report
from portal.cli.demo.stage import Stage, Words
from portal.enforcement.evidence import take_case
from portal.enforcement.operations import ask_first, co_sign, propose_action, start_action
from portal.ledger.operations import add_destination

SAID = Words(
    "I paid for the first part and nothing came. I wrote five times in two weeks, and there was no answer to any of it.",
    "Pagué la primera parte y no llegó nada. Escribí cinco veces en dos semanas, y a nada hubo respuesta.",
)
FACTS = "The first part of the contract was paid. No file of it came, and five messages in two weeks were not answered."
REPORTED, CLOSED, MATCHED = 70, 60, 0.2
"""Days before now."""


def play_return(stage: Stage, closed: str, ending: str, new: str) -> None:
    """`ending`: of the bank account that the closed one had on file; the new one files the same this morning."""
    plot = Plot(stage, closed, REPORTED)
    stage.at(REPORTED, partial(put_report, plot, SAID))
    stage.at(REPORTED - 1, partial(ask, plot))
    stage.at(CLOSED, partial(close, plot, REPORTED + 14, REPORTED + 1))
    stage.at(MATCHED, partial(_file, stage, new, f"bank account {ending} of {closed}", ending))


def ask(plot: Plot) -> None:
    """A reviewer takes the case and asks first."""
    stage, case = plot.stage, plot.refs["case"]
    with stage.office.database.read() as session:
        item = case_file(session, case).items[0]
    stage.act(take_case, stage.reviewer("Rae"), case_ref=case, item=str(item.id), version=str(item.version))
    stage.act(
        ask_first, stage.reviewer("Rae"), case_ref=case, clause_version_id=plot.clause(), days=5,
        question="The first part was paid, and we see no message since. What happened?",
    )


def close(plot: Plot, first: float, last: float) -> None:
    """Nobody answered; two people close the account, with its notice period, for what happened between so many days ago."""
    stage = plot.stage
    made = stage.act(start_action, stage.reviewer("Rae"), case_ref=plot.refs["case"], clause_version_id=plot.clause())
    fields = {
        "measure": "termination", "ends_on": "", "conduct_from": stage.day(first).isoformat(), "facts": FACTS,
        "conduct_to": stage.day(last).isoformat(), "clause_version_id": str(plot.clause()), "exhibits": [],
        "no_exhibit": "protects_reporter", "why": WHY, "spoke_for": SPOKE.split(".")[0] + ".", "would_change": CHANGES,
        "weighed": WEIGHED["termination"], "objects": [f"contract:{plot.contract().ref}"], "source": "counterpart",
    }
    stage.act(propose_action, stage.reviewer("Rae"), action_ref=made["action"], version=1, fields=fields)
    stage.act(co_sign, stage.reviewer("Ola"), action_ref=made["action"], reason="I have read everything, and agree.")
    plot.refs["action"] = made["action"]


def _file(stage: Stage, key: str, details: str, ending: str) -> None:
    stage.act(
        add_destination, account_id=stage.players[key].account_id, details=details, hint=f"… {ending}",
        on_file_since=stage.clock(),
    )
