"""Nothing is upheld on what its person cannot see: it is shown first, or the decision is overturned."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from portal.appeals import checks
from portal.appeals.operations import add_to_appeal, show_withheld
from portal.notices.models import Notice
from tests.appeals.conftest import Bench
from tests.appeals.test_withheld import answer, contest, letters, proven
from tests.enforcement.conftest import SECOND
from tests.enforcement.test_checks import break_it
from tests.factories.market import refused

Making = Callable[..., Bench]
UNNAMED: dict[str, Any] = {"exhibits": [], "no_exhibit": "shows_detection"}
ONE_HIDDEN: dict[str, Any] = {"exhibits": ["2"]}
WORDS = "Twelve equal messages within one hour."


def show(bench: Bench, ref: str, by: Any = None, **other: Any) -> None:
    args = {"appeal_ref": ref, "version": bench.appeal(ref).version} | other
    bench.market.do(show_withheld, (by or bench.story.ola).actor, **args)


@pytest.mark.parametrize("form", [UNNAMED, ONE_HIDDEN])
@pytest.mark.parametrize("outcome", ["upheld", "partially_reversed"])
def test_it_stands_only_once_it_was_shown(withholding: Making, form: dict[str, Any], outcome: str) -> None:
    bench = withholding(**form)
    ref = bench.file()
    earlier = {"new_ends_on": bench.market.day(-5)} if outcome == "partially_reversed" else {}
    assert refused(lambda: bench.decide(ref, outcome, **earlier)) == "rests_on_withheld"
    assert bench.appeal(ref).outcome is None
    show(bench, ref, shown=WORDS if form is UNNAMED else "")
    bench.market.do(add_to_appeal, bench.story.tim.actor, appeal_ref=ref, body="That was a template that a client asked for.")
    bench.decide(ref, outcome, **earlier)
    assert bench.appeal(ref).outcome == outcome and proven(bench) == []


@pytest.mark.parametrize("form", [UNNAMED, ONE_HIDDEN])
def test_it_can_be_overturned_without_being_shown(withholding: Making, form: dict[str, Any]) -> None:
    bench = withholding(**form)
    ref = bench.file()
    bench.decide(ref, "reversed")
    assert len(letters(bench)) == 1 and proven(bench) == []


def test_a_new_letter_shows_it_and_its_person_is_told(withholding: Making) -> None:
    bench = withholding(**ONE_HIDDEN)
    ref = bench.file()
    show(bench, ref, by=bench.story.rae)
    old, new = letters(bench)
    assert [one["ground"] for one in old["exhibits"]] == ["protects_other_person"]
    assert [(one["ground"], one["quoted"]) for one in new["exhibits"]] == [(None, "Where is it?")]
    assert (new["changed"]["disclosed"], new["changed"]["appeal"]) == ([2], ref)
    with bench.office.database.read() as session:
        told = session.scalars(select(Notice).where(Notice.about_ref == bench.action_ref).order_by(Notice.id.desc())).first()
        assert told is not None and told.recipient_id == bench.story.tim.person.id
        assert told.target == f"/me/actions/{bench.action_ref}" and ref in (told.body or "") and "Where is it?" not in told.body
    assert bench.appeal(ref).outcome is None, "nothing is decided by this"
    assert refused(lambda: show(bench, ref)) == "nothing_hidden"
    assert proven(bench) == []


def test_only_what_a_rule_rests_on_alone_is_shown(withholding: Making) -> None:
    """The second rule rests on a withheld message alone, the first one also on what everybody sees."""
    bench = withholding(second_rule={"exhibits": ["3"], "no_exhibit": ""})
    ref = bench.file()
    assert refused(lambda: bench.decide(ref)) == "rests_on_withheld"
    show(bench, ref)
    first, more = letters(bench)[-1]["exhibits"], letters(bench)[-1]["more"][0]["exhibits"]
    assert [one["ground"] for one in first] == [None, "protects_other_person"]
    assert [(one["number"], one["ground"]) for one in more] == [(3, None)]
    bench.decide(ref)
    assert proven(bench) == []


def test_the_rule_that_was_not_shown_falls_and_the_other_stays(withholding: Making) -> None:
    bench = withholding(second_rule={"exhibits": ["3"], "no_exhibit": ""})
    ref = bench.file()
    visible, hidden = (str(bench.clause(key)) for key in ("payment-for-nothing", SECOND))
    wrong = {visible: "It was paid."}
    assert refused(lambda: bench.decide(ref, "partially_reversed", fallen=wrong)) == "rests_on_withheld"
    bench.decide(ref, "partially_reversed", fallen={hidden: "Nothing that can be shown says so."})
    assert bench.appeal(ref).outcome == "partially_reversed" and proven(bench) == []


def test_what_is_contested_by_itself_does_not_stay_withheld_alone(withholding: Making) -> None:
    bench = withholding(**ONE_HIDDEN)
    ref, contested = bench.file(), contest(bench)
    assert refused(lambda: show(bench, ref)) == "contested"
    assert refused(lambda: answer(bench, contested, "upheld")) == "rests_on_withheld"
    answer(bench, contested, "reversed")
    assert refused(lambda: show(bench, ref)) == "nothing_hidden"
    assert proven(bench) == []


def test_whoever_it_is_not_drawn_for_shows_nothing_and_words_are_needed(withholding: Making) -> None:
    bench = withholding(**UNNAMED)
    ref, other = bench.file(), bench.market.staff("Kim Sato")
    assert refused(lambda: show(bench, ref, by=other, shown=WORDS)) == "with_somebody_else"
    assert refused(lambda: show(bench, ref, version=9, shown=WORDS)) == "stale"
    assert refused(lambda: show(bench, ref)) == "nothing_shown"
    show(bench, ref, shown=WORDS)
    assert letters(bench)[-1]["changed"]["disclosed_words"] == WORDS


def test_the_proof_finds_what_was_upheld_unseen(withholding: Making) -> None:
    bench = withholding(exhibits=["1"])
    ref = bench.file()
    bench.decide(ref)
    assert proven(bench) == []
    hide = r"""UPDATE statement SET record = replace(record, '"ground"\:null', '"ground"\:"protects_reporter"')"""
    break_it(bench, "statement", hide)
    with bench.office.database.read() as session:
        [line] = list(checks.nothing_upheld_is_hidden(session))
    assert line.startswith(f"appeal {ref} upheld rule ") and line.endswith("which rests only on what its person could not see")
