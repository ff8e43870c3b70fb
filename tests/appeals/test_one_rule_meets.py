"""A rule of a decision falls while something else about that decision waits, or happens at the same moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from portal.enforcement.models import CitationReversal
from portal.enforcement.operations import co_sign, lift_action, propose_action, return_correction, start_amendment
from portal.enforcement.queries import rules_cited, standing, statement_of
from portal.enforcement.rules import State
from tests.appeals.conftest import Bench
from tests.appeals.test_one_rule import FIRST, SECOND, falls, numbers, violations
from tests.enforcement.conftest import second
from tests.enforcement.test_correcting import correct, sign_it
from tests.factories.market import refused, usd
from tests.ledger.test_races import at_once

TwoRules = Callable[..., Bench]
NEW_FACTS = "Stacy paid the first milestone of $400 on 11 November. One drawing came, and no message was answered since."


def rules(bench: Bench, ref: str) -> list[str]:
    with bench.office.database.read() as session:
        return [clause.number for clause in rules_cited(session, bench.action(ref))]


@pytest.mark.parametrize(("falling", "left"), [(FIRST, SECOND), (SECOND, FIRST)])
def test_a_correction_that_waited_does_not_bring_it_back(two_rules: TwoRules, falling: str, left: str) -> None:
    bench = two_rules(days=50)
    assert correct(bench, bench.action_ref, fields={"facts": NEW_FACTS})["waits"]
    falls(bench, bench.file(), falling)
    kim = bench.market.staff("Kim Sato")
    assert refused(lambda: sign_it(bench, bench.action_ref, by=kim)) == "rules_changed"
    with bench.office.database.read() as session:
        record, _row = statement_of(session, bench.action_ref)
    assert record is not None and (NEW_FACTS in record["facts"]) is False
    assert rules(bench, bench.action_ref) == numbers(bench, left) and violations(bench) == []
    bench.market.do(return_correction, kim.actor, action_ref=bench.action_ref, reason="A rule of it fell meanwhile.")


def test_a_decision_that_waited_to_replace_it_does_not_bring_it_back(two_rules: TwoRules) -> None:
    bench = two_rules()
    bench.later(hours=1)
    begun = str(bench.market.do(start_amendment, bench.story.rae.actor, action_ref=bench.action_ref)["action"])
    form = bench.form(supersedes=bench.action_ref, ends_on=bench.market.day(-9).isoformat(), **bench.hold())
    bench.market.do(propose_action, bench.story.rae.actor, action_ref=begun, version=1, fields={**form, **second(bench)})
    falls(bench, bench.file(), SECOND)
    kim = bench.market.staff("Kim Sato")
    refusal = refused(lambda: bench.market.do(co_sign, kim.actor, action_ref=begun, reason="I have read both."))
    assert (refusal, bench.action(begun).status) == ("not_asked", "proposed")
    assert rules(bench, bench.action_ref) == numbers(bench, FIRST) and violations(bench) == []


def test_it_meets_the_end_and_a_correction(two_rules: TwoRules) -> None:
    bench = two_rules(days=50)
    ref, version = bench.file(), bench.action(bench.action_ref).version
    fallen = {str(bench.clause(FIRST)): "The bank's letter shows it."}
    answers, appeal = bench.answers(ref), bench.appeal(ref).version

    def fall() -> None:
        bench.decide(ref, "partially_reversed", fallen=fallen, version=appeal, ground_answers=answers)

    def whole() -> None:
        bench.decide(ref, "reversed", version=appeal, ground_answers=answers)

    def end() -> None:
        bench.market.do(lift_action, bench.story.rae.actor, action_ref=bench.action_ref, version=version, reason="It is over.")

    ended = at_once([fall, whole, end, lambda: correct(bench, bench.action_ref, version=version)] * 3)
    assert ended["done"] >= 1 and violations(bench) == []
    with bench.office.database.read() as session:
        fell = session.scalar(select(func.count()).select_from(CitationReversal))
        now = standing(session, bench.story.tim.account.id, bench.market.now)
    appealed = bench.appeal(ref)
    assert (appealed.outcome == "partially_reversed") is (fell == 1) and fell in (0, 1)
    if appealed.outcome:
        assert bench.market.funds(bench.story.tim).held == usd(0)
    if appealed.outcome == "reversed":
        assert now.state is State.GOOD
