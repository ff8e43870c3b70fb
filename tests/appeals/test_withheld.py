"""What a statement withholds can be contested in the appeal against its decision, and somebody else answers it."""

from collections.abc import Callable
from typing import Any

import pytest

from portal.act import Office
from portal.appeals.queries import decision_of
from portal.appeals.rules import GROUNDS, WITHHELD, grounds_against
from portal.enforcement.evidence import put_exhibit
from tests.appeals.conftest import Bench, opened_case, with_exhibit
from tests.factories.market import Market, refused


@pytest.fixture
def withholding(office: Office) -> Callable[..., Bench]:
    """A suspension that rests on somebody else's message, which is shown as withheld."""

    def make(**form: Any) -> Bench:
        market = Market(office)
        story = market.story()
        market.dispute(story.stacy, story.contract, report=True)
        made = with_exhibit(Bench(market, story, opened_case(office)))
        assert isinstance(made, Bench)
        made.action_ref = made.ready()
        kept = market.do(
            put_exhibit, story.rae.actor, case_ref=made.case_ref, kind="pasted", named=story.stacy.account.ref,
            description="A message of 14 November", quoted="Where is it?", ground="protects_other_person",
        )
        made.issue(made.action_ref, **{"exhibits": ["1", str(kept["exhibit"])]} | form)
        return made

    return make


@pytest.mark.parametrize(
    ("record", "offered"),
    [({}, False), ({"no_exhibit": "no_longer_exists"}, False), ({"exhibits": [{"number": 1, "ground": None}]}, False),
     ({"no_exhibit": "protects_reporter"}, True), ({"exhibits": [{"ground": None}, {"ground": "shows_detection"}]}, True)],
)
def test_it_is_offered_only_where_something_is_withheld(record: dict[str, Any], offered: bool) -> None:
    listed = grounds_against({"would_change": ["Proof."]} | record)
    assert (WITHHELD in listed) is offered
    assert [key for key in listed if key != WITHHELD] == ["would_change:1", *(key for key in GROUNDS if key != WITHHELD)]


def test_it_cannot_be_ticked_where_everything_is_shown(bench: Bench) -> None:
    assert refused(lambda: bench.file(grounds=[WITHHELD])) == "grounds_missing"


@pytest.mark.parametrize("form", [{}, {"exhibits": [], "no_exhibit": "shows_detection"}])
def test_who_decides_answers_it(withholding: Callable[..., Bench], form: dict[str, Any]) -> None:
    bench = withholding(**form)
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
    every = [*(f"would_change:{n}" for n in range(1, 6)), *GROUNDS]
    assert bench.appeal(bench.file(grounds=every)).state == "filed"
