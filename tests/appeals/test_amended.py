"""Appeals and decisions that replace the one they are against: nothing heavier, nothing moot, each hears once."""

from __future__ import annotations

from datetime import timedelta

from portal.enforcement.operations import issue_action, propose_action
from portal.enforcement.rules import State
from tests.appeals.conftest import Bench
from tests.enforcement.test_amending import amend, begin, shorter, typed
from tests.enforcement.test_changing import days_later
from tests.enforcement.test_ending import heard, state_of, violations
from tests.factories.market import refused


def test_nothing_heavier_after_an_appeal_and_lesser_goes_on(bench: Bench) -> None:
    old = bench.action_ref
    appeal = bench.file()
    assert refused(lambda: begin(bench, old, by=bench.story.ola)) == "answered_appeal"
    new = begin(bench, old)
    fields, do = typed(bench, new), bench.market.do
    bench.later(hours=1)
    args = {"action_ref": new, "version": 1}
    worse = fields | {"ends_on": bench.market.day(-25).isoformat()}
    assert refused(lambda: do(propose_action, bench.story.rae.actor, **args, fields=worse)) == "appealed"
    do(issue_action, bench.story.rae.actor, **args, fields=fields | shorter(bench))
    assert bench.appeal(appeal).state == "filed" and violations(bench) == []


def test_reversal_of_the_old_reaches_the_new_and_each_hears_once(bench: Bench) -> None:
    old, appeal = bench.action_ref, bench.file()
    bench.later(hours=1)
    new = amend(bench, old, **shorter(bench))
    days_later(bench, 1)
    before = len(heard(bench))
    answered = bench.decide(appeal, "reversed")
    assert answered["later"] == []
    assert bench.action(old).reversed_at == bench.action(new).reversed_at == bench.market.now
    assert state_of(bench) is State.GOOD and len(heard(bench)) == before + 2
    days_later(bench, 1)
    assert violations(bench) == []


def test_changed_answer_to_the_old_reaches_the_new(bench: Bench) -> None:
    old, appeal = bench.action_ref, bench.file()
    bench.later(hours=1)
    new = amend(bench, old, **shorter(bench, 10))
    bench.decide(appeal, "partially_reversed", new_ends_on=bench.market.day(-2))
    ends_at = bench.action(new).ends_at
    assert ends_at is not None and ends_at < bench.market.now + timedelta(days=4) and violations(bench) == []


def test_late_answer_pauses_what_stands_now(bench: Bench) -> None:
    old, appeal = bench.action_ref, bench.file()
    bench.later(hours=1)
    amend(bench, old, **shorter(bench, 19))
    days_later(bench, 16)
    assert state_of(bench) is State.GOOD
    bench.decide(appeal, "upheld")
    assert state_of(bench) is State.SUSPENDED and violations(bench) == []


def test_overturned_meanwhile_can_only_be_said(bench: Bench) -> None:
    old, first = bench.action_ref, bench.file()
    bench.later(hours=1)
    new = amend(bench, old, **shorter(bench, 10))
    second = bench.file(action_ref=new)
    bench.decide(first, "reversed")
    assert refused(lambda: bench.decide(second, "upheld")) == "overturned"
    bench.decide(second, "reversed")
    assert bench.appeal(second).outcome == "reversed" and violations(bench) == []


def test_another_rule_for_the_same_conduct_is_asked_first_and_stands_apart(bench: Bench) -> None:
    old, appeal, key = bench.action_ref, bench.file(), "off-platform-payment"
    bench.later(hours=1)
    bench.answer(bench.ask(key=key))
    new = begin(bench, old, clause_version_id=bench.clause(key))
    fields = typed(bench, new) | {"measure": "warning", "ends_on": ""}
    bench.market.do(issue_action, bench.story.rae.actor, action_ref=new, version=1, fields=fields)
    assert violations(bench) == []
    later = bench.decide(appeal, "reversed")["later"]
    assert later == [new] and bench.action(new).reversed_at is None and violations(bench) == []
