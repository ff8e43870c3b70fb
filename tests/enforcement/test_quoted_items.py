"""A letter that cites an item of a list quotes the sentence that the item goes on from: alone its words may say the opposite."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from portal.core.text import sha256
from portal.enforcement.operations import ask_first, start_action
from portal.enforcement.queries import statement_of
from portal.rulebook.importing import adopt
from tests.enforcement.conftest import Desk

TEXT = "1. Fees\n   1.1 A fee is asked for:\n       (a) from clients;\n       (b) from nobody else.\n2. Part\n"


def theirs(desk: Desk, folder: Path) -> None:
    """House rules that others wrote, in force before Tim joined."""
    (folder / "house-rules").mkdir()
    days = {"published_on": date(2023, 2, 1), "effective_on": date(2023, 3, 1)}
    text = adopt(TEXT, language="en", title="House rules", **days)[0]
    (folder / "house-rules" / "2023-03-01.md").write_text(text, encoding="utf-8")
    desk.market.policies = str(folder)
    desk.market.publish()


def cites(desk: Desk, key: str, year: int) -> dict[str, Any]:
    """A warning under that clause: its rule as it was frozen."""
    clause_id = str(desk.clause(key, year))
    asked = {"case_ref": desk.case_ref, "question": "Who paid the fee?", "days": 5}
    desk.answer(str(desk.market.do(ask_first, desk.story.rae.actor, clause_version_id=clause_id, **asked)["message"]))
    started = desk.market.do(start_action, desk.story.rae.actor, case_ref=desk.case_ref, clause_version_id=clause_id)
    desk.issue(str(started["action"]), clause_version_id=clause_id, measure="warning", ends_on="")
    with desk.office.database.read() as session:
        record, _row = statement_of(session, str(started["action"]))
    assert record is not None
    rule: dict[str, Any] = record["rule"]
    return rule


def test_an_item_is_quoted_with_the_sentence_above_it(desk: Desk, tmp_path: Path) -> None:
    theirs(desk, tmp_path)
    part, above = cites(desk, "1-1-b", 2023)["leads"]
    assert (part["number"], above["number"]) == ("1", "1.1")
    assert "A fee is asked for:" in above["text"] and above["sha256"] == sha256(above["text"])


def test_what_stands_under_a_heading_is_quoted_alone(desk: Desk) -> None:
    assert "leads" not in cites(desk, "payment-for-nothing", 2026)
