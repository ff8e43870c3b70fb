"""The small files around a file of many decisions: an example made by code, and the list of what is wrong with one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from flask import g

from portal.core.clock import local_day
from portal.core.i18n import N_
from portal.enforcement.many_file import BETWEEN, COLUMNS
from portal.enforcement.rules import CONDUCT_DAYS
from portal.rulebook.queries import TERMS, CitedClause, clauses_of, in_force
from portal.web.shell.context import lang

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With what a cell begins that a spreadsheet would carry out."""


def as_sheet(refused: Iterable[tuple[int, str, str]]) -> str:
    """What the page carries along, so that the list can be kept although nothing of the file was."""
    return json.dumps([list(one) for one in refused])


def refusals_sheet(text: str) -> bytes:
    """The list as CSV: line, column, sentence. What is not such a list makes one with a header alone."""
    try:
        rows = [(int(line), str(column), str(sentence)) for line, column, sentence in json.loads(text)]
    except (ValueError, TypeError, OverflowError, RecursionError):
        rows = []
    head = [lang().gettext(N_("line")), lang().gettext(N_("column")), lang().gettext(N_("what is wrong"))]
    return _csv([head, *([str(line), _plain(column), _plain(sentence)] for line, column, sentence in rows)])


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return ("\ufeff" + text.getvalue()).encode("utf-8", "replace")


def example(kind: str) -> bytes:
    """Two lines that show every column, with rules that are in force today and accounts that nobody has."""
    rows = _example()
    if kind == "ndjson":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    cells = [[_cell(row.get(name, "")) for name in COLUMNS] for row in rows]
    return _csv([COLUMNS, *cells])


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return BETWEEN.join(value) if isinstance(value, list) else str(value)


def _example() -> list[dict[str, Any]]:
    say, today = lang().gettext, local_day(g.now, "UTC")
    version = in_force(g.db, TERMS, today)
    rules = clauses_of(g.db, version.id) if version is not None else []
    first, usual = _rule(rules, interim=True), _rule(rules, interim=False)
    shared: dict[str, Any] = {
        "policy": TERMS, "conduct_from": (today - timedelta(days=9)).isoformat(), "exhibits": ["contract"], "no_exhibit": "",
        "conduct_to": (today - timedelta(days=2)).isoformat(), "spoke_for": "", "weighed": "", "automated_detection": False,
        "facts": say("Say what happened, with days and amounts, as the person will read it."), "ends_on": "",
        **dict.fromkeys(CONDUCT_DAYS, ""),
        "why": say("Say which words of the rule apply, and why."),
        "would_change": [say("What the person could show"), say("What else they could show")],
    }
    return [
        {
            **shared, "account": "m-10001", "case": "", "clause": usual, "measure": "warning", "scope": [], "interim": False,
            "objects": ["contract:c-20001"],
        },
        {
            **shared, "account": "m-10002", "case": "new", "clause": first, "measure": "restriction", "interim": True,
            "scope": ["new_messages", "new_offers"], "objects": ["contract:c-20002", f"listing:{say('Title of a listing')}"],
        },
    ]


def _rule(rules: Sequence[CitedClause], *, interim: bool) -> str:
    """The number of a rule that permits more than a warning, and acting first or not."""
    found = (one for one in rules if one.number and len(one.data.permitted(1)) > 1 and one.data.interim is interim)
    return next((one.number for one in found), "1.1")
