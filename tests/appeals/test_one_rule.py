"""Overturning some of the rules that a decision applies: what only they permitted goes with them, the rest stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.appeals.queries import decision_of
from portal.cases.models import Case
from portal.enforcement.models import CitationReversal
from portal.enforcement.operations import propose_action, start_amendment
from portal.enforcement.queries import permitted, rules_cited, standing, statement_of
from portal.enforcement.rules import State
from portal.notices.models import Notice
from portal.rulebook.queries import cited_clause
from portal.verify import REGISTRY
from tests.appeals.conftest import Bench
from tests.enforcement.conftest import SECOND, second
from tests.factories.market import refused, usd

FIRST = "payment-for-nothing"
WHY = "The bank's letter shows that the money came through the marketplace."


def falls(bench: Bench, ref: str, *keys: str, why: str = WHY, **other: Any) -> dict[str, Any]:
    fallen = {str(bench.clause(key)): why for key in keys}
    return bench.decide(ref, "partially_reversed", fallen=fallen, **other)


def violations(bench: Bench) -> list[str]:
    with bench.office.database.read() as session:
        return [line for one in REGISTRY for query in one.queries for line in query(session)]


def told_of(bench: Bench, kind: str = "action_changed") -> list[Notice]:
    with bench.office.database.read() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.id)))


def numbers(bench: Bench, *keys: str) -> list[str]:
    with bench.office.database.read() as session:
        found = [cited_clause(session, bench.clause(key)) for key in keys]
    return [clause.number for clause in found if clause is not None]


def occurrence(bench: Bench, key: str) -> int:
    """Which time it would be now."""
    with bench.office.database.read() as session:
        case, clause = session.scalars(select(Case)).one(), cited_clause(session, bench.clause(key))
        assert clause is not None
        return permitted(session, case, clause, bench.market.now).occurrence


def test_its_money_is_released_and_it_ends_when_the_other_rule_says(two_rules: Callable[..., Bench]) -> None:
    bench = two_rules(days=50)
    fell, left = numbers(bench, FIRST, SECOND)
    assert bench.market.funds(bench.story.tim).held == usd(40_000)
    falls(bench, bench.file(), FIRST)
    action = bench.action(bench.action_ref)
    assert bench.market.funds(bench.story.tim).held == usd(0)
    with bench.office.database.read() as session:
        record, row = statement_of(session, bench.action_ref)
        assert [clause.number for clause in rules_cited(session, action)] == [left]
        now = standing(session, bench.story.tim.account.id, bench.market.now)
    assert record is not None and (row.n, record["rule"]["number"], record["more"]) == (2, left, [])
    assert (record["changed"]["overturned"][0]["number"], record["changed"]["overturned"][0]["why"]) == (fell, WHY)
    assert all(one["kind"] != "monetary" for one in record["restrictions"])
    assert now.state is State.SUSPENDED and now.until == action.ends_at
    assert action.ends_at == bench.market.now.replace(hour=0) + timedelta(days=31)
    assert violations(bench) == []


def test_the_other_rule_falls_and_nothing_else_changes(two_rules: Callable[..., Bench]) -> None:
    bench = two_rules(days=50)
    before = bench.action(bench.action_ref)
    falls(bench, bench.file(), SECOND)
    after = bench.action(bench.action_ref)
    assert (after.ends_at, after.lifted_at, after.reversed_at) == (before.ends_at, None, None)
    assert bench.market.funds(bench.story.tim).held == usd(40_000)
    fell, left = numbers(bench, SECOND, FIRST)
    theirs = told_of(bench)
    assert {one.recipient_id for one in theirs} == {bench.story.stacy.person.id, bench.story.omar.person.id} and len(theirs) == 2
    for one in theirs:
        assert f"rule {fell} applies to Tim" in (one.body or "") and "our mistake" in (one.body or "")
        assert f"We decided that rule {left} applies. This is our decision and can be contested" in (one.body or "")
        assert WHY not in (one.body or "") and "ppeal" not in (one.body or "") and one.corrects_id is not None
    mine = told_of(bench, "appeal_decided")
    assert len(mine) == 1 and WHY in (mine[0].body or "") and WHY not in (mine[0].mail_body or "")
    assert f"Rule {fell}" in (mine[0].body or "") and f"now rests on rule {left}" in (mine[0].body or "")
    assert violations(bench) == []


def test_it_counts_no_more_and_the_one_that_is_left_does(two_rules: Callable[..., Bench]) -> None:
    bench = two_rules()
    falls(bench, bench.file(), SECOND)
    bench.later(hours=1)
    assert {key: occurrence(bench, key) for key in (FIRST, SECOND)} == {FIRST: 2, SECOND: 1}


def test_what_only_it_permitted_ends_now(two_rules: Callable[..., Bench]) -> None:
    """For abandoned work alone there is no suspension the first time."""
    bench = two_rules("abandoned-work")
    falls(bench, bench.file(), FIRST)
    action = bench.action(bench.action_ref)
    assert action.lifted_at == bench.market.now and action.reversed_at is None
    assert bench.market.funds(bench.story.tim).held == usd(0)
    for one in told_of(bench):
        assert "available again" in (one.body or "") and "our mistake" in (one.body or "")
    with bench.office.database.read() as session:
        assert standing(session, bench.story.tim.account.id, bench.market.now).state is State.GOOD
    assert violations(bench) == []


def test_what_cannot_be_is_refused(two_rules: Callable[..., Bench]) -> None:
    bench = two_rules()
    ref = bench.file()
    assert refused(lambda: falls(bench, ref, FIRST, SECOND)) == "every_rule"
    assert refused(lambda: falls(bench, ref, "threats")) == "unknown_rule"
    assert refused(lambda: falls(bench, ref, SECOND, why=" ")) == "rule_why_missing"
    assert refused(lambda: falls(bench, ref, SECOND, by=bench.story.rae)) == "own_decision"
    assert refused(lambda: falls(bench, ref, SECOND, new_ends_on=bench.market.day(-40))) == "not_shorter"
    with bench.office.database.read() as session:
        assert session.scalars(select(CitationReversal)).all() == [] and statement_of(session, bench.action_ref)[1].n == 1
    falls(bench, ref, SECOND)


def test_an_earlier_end_of_the_reviewer_is_kept(two_rules: Callable[..., Bench]) -> None:
    bench = two_rules(days=50)
    falls(bench, bench.file(), FIRST, new_ends_on=bench.market.day(-5))
    assert bench.action(bench.action_ref).ends_at == bench.market.now.replace(hour=0) + timedelta(days=6)
    assert violations(bench) == []


def test_the_record_says_which_and_why(two_rules: Callable[..., Bench]) -> None:
    bench = two_rules()
    ref = bench.file()
    falls(bench, ref, SECOND)
    with bench.office.database.read() as session:
        record, row = decision_of(session, bench.appeal(ref).id) or ({}, None)
    assert record is not None and row is not None and row.outcome == "partially_reversed"
    assert [(one["number"], one["why"]) for one in record["overturned"]] == [(numbers(bench, SECOND)[0], WHY)]
    assert record["rule"]["number"] == numbers(bench, FIRST)[0]


def test_others_decide_about_it_again(two_rules: Callable[..., Bench]) -> None:
    """Who had signed it neither decides the same conduct under it anew nor puts it into a decision that replaces this one."""
    bench = two_rules()
    falls(bench, bench.file(), SECOND)
    bench.later(minutes=1)
    again = bench.ready(SECOND)
    parts = {name.removesuffix("_2"): value for name, value in second(bench).items()}
    assert refused(lambda: bench.issue(again, **parts)) == "overturned_before"
    fields = bench.form(**parts)
    args: dict[str, Any] = {"action_ref": again, "version": 1, "fields": fields}
    assert refused(lambda: bench.market.do(propose_action, bench.story.rae.actor, **args)) == "overturned_before"


def test_a_decision_that_replaces_it_does_not_bring_it_back(two_rules: Callable[..., Bench]) -> None:
    bench = two_rules()
    falls(bench, bench.file(), SECOND)
    bench.later(minutes=1)
    begun = bench.market.do(start_amendment, bench.story.rae.actor, action_ref=bench.action_ref)["action"]
    held = {name: value for name, value in bench.hold().items()}
    form = bench.form(supersedes=bench.action_ref, ends_on=bench.market.day(-9).isoformat(), **held)
    assert refused(lambda: bench.issue(begun, **{**form, **second(bench)})) == "not_asked"
    bench.issue(begun, **form)
    assert violations(bench) == []
