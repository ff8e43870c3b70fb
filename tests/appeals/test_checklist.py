"""What would change the decision: the appellant ticks it and says how; it is frozen with the appeal and read beside the point."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from portal.appeals.models import AppealMessage
from portal.appeals.queries import appeal_by_ref, decision_of, grounds_of
from portal.appeals.rules import filed_grounds, ticked
from portal.core.errors import Conflict, RuleBroken
from tests.appeals.conftest import Bench

HOW = "It is in the shared folder since 20 November."
ITEMS = {"would_change:1": "The work is delivered.", "would_change:2": "Proof of an illness."}


def frozen(bench: Bench) -> list[Any]:
    with bench.office.database.read() as session:
        found: list[Any] = json.loads(session.scalars(select(AppealMessage.grounds)).one() or "[]")
    return found


def read(bench: Bench, ref: str) -> list[tuple[str, str, str]]:
    with bench.office.database.read() as session:
        return [(one.key, one.text, one.how) for one in grounds_of(session, appeal_by_ref(session, ref))]


def test_what_is_ticked_is_frozen_in_its_own_words(bench: Bench) -> None:
    ref = bench.file(grounds=["not_me", "would_change:1"], how={"would_change:1": f" {HOW}\r\n"})
    assert frozen(bench) == ["not_me", {"key": "would_change:1", "item": ITEMS["would_change:1"], "how": HOW}]
    assert read(bench, ref) == [
        ("not_me", "I did not do what the decision says.", ""), ("would_change:1", ITEMS["would_change:1"], HOW),
    ]


def test_what_is_said_of_an_item_ticks_it(bench: Bench) -> None:
    bench.file(grounds=["not_me"], how={"would_change:2": "The letter of the hospital.", "would_change:1": "  "})
    assert [one if isinstance(one, str) else one["key"] for one in frozen(bench)] == ["not_me", "would_change:2"]


@pytest.mark.parametrize("how", [{"would_change:9": "x"}, {"not_me": "x"}, {"nonsense": "x"}])
def test_only_of_what_the_letter_names(bench: Bench, how: dict[str, str]) -> None:
    with pytest.raises(RuleBroken) as refused:
        bench.file(how=how)
    assert refused.value.code == "grounds_missing"


def test_too_much_is_refused_at_its_own_field(bench: Bench) -> None:
    with pytest.raises(RuleBroken) as refused:
        bench.file(how={"would_change:2": "x" * 300_001})
    assert (refused.value.code, refused.value.field) == ("too_long", "how_2")


def test_the_same_again_is_one_appeal_and_another_how_is_another(bench: Bench) -> None:
    ref = bench.file(how={"would_change:2": HOW})
    assert bench.file(how={"would_change:2": HOW}) == ref
    with pytest.raises(Conflict) as refused:
        bench.file(how={"would_change:2": "Otherwise."})
    assert refused.value.code == "already_filed"


def test_the_decision_keeps_the_point_what_was_said_of_it_and_the_answer(bench: Bench) -> None:
    ref = bench.file(grounds=["would_change:1"], how={"would_change:1": HOW})
    bench.decide(ref)
    with bench.office.database.read() as session:
        record = (decision_of(session, bench.appeal(ref).id) or ({}, None))[0] or {}
    assert record["grounds"] == [{
        "key": "would_change:1", "ground": ITEMS["would_change:1"], "how": HOW, "answer": "We looked at this: would_change:1.",
    }]


def test_an_appeal_of_before_kept_keys_only_and_is_read() -> None:
    assert ticked(["not_me", "would_change:1"]) == [("not_me", "", ""), ("would_change:1", "", "")]
    kept = filed_grounds(["not_me", "would_change:1"], {"would_change:1": HOW}, ITEMS)
    assert ticked(kept) == [("not_me", "", ""), ("would_change:1", ITEMS["would_change:1"], HOW)]
