"""What a statement withholds can be contested in the appeal against its decision, and somebody else answers it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from portal.appeals import checks
from portal.appeals.operations import contest_withheld, decide_withheld
from portal.appeals.queries import decision_of
from portal.appeals.rules import AGAINST, GROUNDS, WITHHELD, grounds_against
from portal.enforcement import checks as enforcement_checks
from portal.enforcement.correcting import correct_action
from portal.enforcement.looking import statements_of
from portal.enforcement.models import Nature
from tests.appeals.conftest import Bench
from tests.factories.market import refused

OURS = [key for key in GROUNDS if key in {*AGAINST[Nature.CONDUCT], WITHHELD, "other"}]
"""What of ours can be ticked against a decision about conduct."""


@pytest.mark.parametrize(
    ("record", "offered"),
    [({}, False), ({"no_exhibit": "no_longer_exists"}, False), ({"exhibits": [{"number": 1, "ground": None}]}, False),
     ({"no_exhibit": "protects_reporter"}, True), ({"exhibits": [{"ground": None}, {"ground": "shows_detection"}]}, True)],
)
def test_it_is_offered_only_where_something_is_withheld(record: dict[str, Any], offered: bool) -> None:
    listed = grounds_against({"would_change": ["Proof."]} | record)
    assert (WITHHELD in listed) is offered
    assert [key for key in listed if key != WITHHELD] == ["would_change:1", *(key for key in OURS if key != WITHHELD)]


def test_it_cannot_be_ticked_where_everything_is_shown(bench: Bench) -> None:
    assert refused(lambda: bench.file(grounds=[WITHHELD])) == "grounds_missing"


def test_who_decides_answers_it(withholding: Callable[..., Bench]) -> None:
    bench = withholding()
    ref = bench.file(grounds=[WITHHELD])
    assert refused(lambda: bench.decide(ref, by=bench.story.rae)) is not None, "who withheld it only overturns"
    assert refused(lambda: bench.decide(ref, ground_answers={})) == "ground_unanswered"
    bench.decide(ref, ground_answers={WITHHELD: "It names a neighbour, and nothing rests on it alone."})
    with bench.office.database.read() as session:
        found = decision_of(session, bench.appeal(ref).id)
    assert found is not None and found[0] is not None
    assert found[0]["grounds"] == [
        {"key": WITHHELD, "ground": GROUNDS[WITHHELD], "answer": "It names a neighbour, and nothing rests on it alone."}
    ]


def test_all_that_can_be_ticked_can_be_ticked_together(withholding: Callable[..., Bench]) -> None:
    bench = withholding(would_change=["One.", "Two.", "Three.", "Four.", "Five."])
    every = [*(f"would_change:{n}" for n in range(1, 6)), *OURS]
    assert bench.appeal(bench.file(grounds=every)).state == "filed"


WHY = "I cannot answer a message that I have not read. It may be about another contract."


def contest(bench: Bench, body: str = WHY) -> str:
    return str(bench.market.do(contest_withheld, bench.story.tim.actor, action_ref=bench.action_ref, body=body)["appeal"])


def answer(bench: Bench, ref: str, outcome: str, by: Any = None, **other: Any) -> None:
    args = {"appeal_ref": ref, "version": bench.appeal(ref).version, "outcome": outcome, "reasons": "It names nobody."} | other
    bench.market.do(decide_withheld, (by or bench.story.ola).actor, **args)


def letters(bench: Bench) -> list[dict[str, Any]]:
    with bench.office.database.read() as session:
        return [json.loads(one.record or "{}") for one in statements_of(session, bench.action(bench.action_ref).id)]


def proven(bench: Bench) -> list[str]:
    with bench.office.database.read() as session:
        return [line for check in (*checks.CHECKS, *enforcement_checks.CHECKS) for line in check(session)]


def test_it_is_contested_alone_and_drawn_for_somebody_else(withholding: Callable[..., Bench]) -> None:
    bench = withholding()
    ref = contest(bench)
    assert contest(bench) == ref
    assert refused(lambda: contest(bench, "Something else that I want to say.")) == "already_filed"
    item = bench.item(ref)
    assert item is not None and (item.kind, item.assignee_id) == ("withheld", bench.story.ola.person.id)
    assert bench.file() != ref, "an appeal against the decision itself stays possible"
    assert proven(bench) == []


def test_shown_in_a_new_letter_that_supersedes(withholding: Callable[..., Bench]) -> None:
    bench = withholding()
    before = letters(bench)[-1]
    ref = contest(bench)
    answer(bench, ref, "reversed")
    old, new = letters(bench)
    assert old == before and [one["ground"] for one in old["exhibits"]] == [None, "protects_other_person"]
    assert [one["ground"] for one in new["exhibits"]] == [None, None] and new["exhibits"][1]["quoted"] == "Where is it?"
    assert new["changed"]["disclosed"] == [2] and new["changed"]["appeal"] == ref
    assert {name: new[name] for name in ("facts", "measure", "ends_at")} == {n: old[n] for n in ("facts", "measure", "ends_at")}
    assert bench.action(bench.action_ref).reversed_at is None, "the decision itself stands"
    assert refused(lambda: contest(bench)) == "nothing_withheld"
    assert proven(bench) == []


def test_it_stays_withheld_with_reasons_once(withholding: Callable[..., Bench]) -> None:
    bench = withholding()
    ref = contest(bench)
    assert refused(lambda: answer(bench, ref, "upheld", reasons=" ")) == "reasons_missing"
    answer(bench, ref, "upheld")
    assert len(letters(bench)) == 1
    assert refused(lambda: contest(bench, "Please look once more at all of it.")) == "answered"
    assert proven(bench) == []


def test_whoever_withheld_it_can_show_it_and_nothing_else(withholding: Callable[..., Bench]) -> None:
    bench = withholding()
    ref = contest(bench)
    assert refused(lambda: answer(bench, ref, "upheld", by=bench.story.rae)) == "own_decision"
    answer(bench, ref, "reversed", by=bench.story.rae)
    assert proven(bench) == []


def test_where_no_exhibit_is_named_it_is_shown_in_words(withholding: Callable[..., Bench]) -> None:
    bench = withholding(exhibits=[], no_exhibit="shows_detection")
    ref = contest(bench)
    assert refused(lambda: answer(bench, ref, "reversed")) == "nothing_shown"
    answer(bench, ref, "reversed", shown="Twelve equal messages within one hour.")
    assert letters(bench)[-1]["changed"]["disclosed_words"] == "Twelve equal messages within one hour."
    assert proven(bench) == []


def test_only_where_something_is_withheld_and_by_its_person(bench: Bench) -> None:
    assert refused(lambda: contest(bench)) == "nothing_withheld"
    assert refused(lambda: bench.market.do(
        contest_withheld, bench.story.stacy.actor, action_ref=bench.action_ref, body=WHY)) == "not_found"


def test_a_later_correction_does_not_withhold_it_again(withholding: Callable[..., Bench]) -> None:
    bench = withholding()
    answer(bench, contest(bench), "reversed")
    bench.later(days=1)
    bench.market.do(
        correct_action, bench.story.rae.actor, action_ref=bench.action_ref, version=bench.action(bench.action_ref).version,
        fields={"weighed": "A suspension, and no more than that."}, reason="A word was missing.",
    )
    assert [one["ground"] for one in letters(bench)[-1]["exhibits"]] == [None, None]
    assert proven(bench) == []
