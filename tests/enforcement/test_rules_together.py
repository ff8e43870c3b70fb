"""Several rules in one decision: each with its own days, facts and exhibits; all of them said, asked about and counted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from portal.appeals.similar import precedents
from portal.enforcement.models import Citation, Statement
from portal.enforcement.operations import issue_action, lift_action
from portal.enforcement.preview import preview
from portal.enforcement.queries import permitted, rules_cited, statement_of
from portal.notices.models import Notice
from portal.rulebook.queries import cited_clause
from tests.enforcement.conftest import ELSEWHERE, SECOND, Desk, second
from tests.enforcement.test_amending import begin, typed
from tests.enforcement.test_changing import days_later
from tests.enforcement.test_correcting import correct, sign_it
from tests.enforcement.test_ending import end, violations
from tests.factories.market import refused


def both(desk: Desk, **other: Any) -> str:
    desk.answer(desk.ask(key=SECOND))
    ref = desk.ready()
    desk.issue(ref, **second(desk), **other)
    return ref


def test_both_are_cited_said_and_told(desk: Desk) -> None:
    ref = both(desk)
    with desk.office.database.read() as session:
        cited = session.scalars(select(Citation).order_by(Citation.id)).all()
        numbers = [clause.number for clause in rules_cited(session, desk.action(ref))]
        record = statement_of(session, ref)[0] or {}
        told = session.scalars(select(Notice).where(Notice.about_ref == ref).order_by(Notice.id)).all()
    assert len(cited) == len(numbers) == 2
    assert [part["rule"]["number"] for part in (record, *record["more"])] == numbers
    assert record["more"][0]["facts"] == ELSEWHERE and record["more"][0]["no_exhibit"] == "no_longer_exists"
    mine, *others = told
    assert all(f"rule {number}" in (mine.body or "") and f"rule {number}" in (mine.mail_body or "") for number in numbers)
    assert len(others) == 2 and all(f"rules {numbers[0]} and {numbers[1]} apply" in (one.body or "") for one in others)
    days_later(desk, 2)
    assert violations(desk) == []


def test_each_is_asked_about_first_and_says_what_is_wrong_at_its_own_fields(desk: Desk) -> None:
    ref = desk.ready()
    assert refused(lambda: desk.issue(ref, **second(desk))) == "not_asked"
    desk.answer(desk.ask(key=SECOND))

    def field(**other: Any) -> str | None:
        try:
            desk.issue(ref, **second(desk, **other))
        except Exception as error:  # whatever it is, its field is what is asked for
            return getattr(error, "field", None)
        return None

    assert field(facts="Too short.") == "facts_2" and field(conduct_to="") == "conduct_to_2"
    assert field(clause_version_id="") == "clause_version_id_2" and field(exhibits=["9"]) == "exhibits_2"
    assert field(conduct_from=desk.market.day(700).isoformat()) == "clause_version_id_2"
    assert field(clause_version_id=str(desk.clause())) == "clause_version_id_2"
    assert field(objects=["contract:K-22222222"]) == "objects_2" and field() is None


def test_measure_is_permitted_by_one_of_them(desk: Desk) -> None:
    """What the first rule does not permit alone the second may."""
    desk.answer(desk.ask(key=SECOND))
    desk.answer(desk.ask(key="threats"))
    ref = desk.start("threats")
    with desk.office.database.read() as session:
        rules = [cited_clause(session, desk.clause(key)) for key in ("threats", SECOND, "payment-for-nothing")]
        action = desk.action(ref)
        measures = [permitted(session, action, rule, desk.market.now).measures for rule in rules if rule is not None]
    assert len(measures) == 3
    first = {"clause_version_id": str(desk.clause("threats"))}
    with desk.office.database.read() as session:
        work = desk.office.work(session, desk.story.rae.actor)
        seen = preview(work, action_ref=ref, fields=desk.form(**first, **second(desk), measure="warning", ends_on=""))
    assert (seen.second_person is None) == any("warning" in one for one in measures[:2])


def test_each_rule_counts_next_time(desk: Desk) -> None:
    both(desk)
    desk.later(hours=1)
    for key in (SECOND, "payment-for-nothing"):
        with desk.office.database.read() as session:
            clause = cited_clause(session, desk.clause(key))
            assert clause is not None
            later = desk.action(desk.start(key)) if key == SECOND else None
            if later is not None:
                assert permitted(session, later, clause, desk.market.now).occurrence == 2


def test_conduct_over_two_versions_is_cited_by_the_version_of_its_day(desk: Desk) -> None:
    """The same rule in two versions, split by the day on which the newer one came into force."""
    old, ref = str(desk.clause(year=2024)), desk.ready()
    before = {"clause_version_id": old, "conduct_from": "2026-02-10", "conduct_to": "2026-02-20"}
    desk.issue(ref, **second(desk, **before))
    with desk.office.database.read() as session:
        cited = session.scalars(select(Citation).order_by(Citation.id)).all()
        clause = cited_clause(session, desk.clause())
        assert clause is not None
        past = precedents(session, clause.clause_id)
    assert len({one.clause_version_id for one in cited}) == 2 and violations(desk) == []
    assert (past.decisions, len(past.newest)) == (1, 1)
    desk.later(hours=1)
    later = desk.ready()
    with desk.office.database.read() as session:
        assert permitted(session, desk.action(later), clause, desk.market.now).occurrence == 2


def test_both_are_corrected_replaced_and_ended(desk: Desk) -> None:
    ref = both(desk)
    correct(desk, ref, fields={"facts_2": ELSEWHERE + " She did not."})
    sign_it(desk, ref)
    with desk.office.database.read() as session:
        letters = session.scalars(select(Statement).order_by(Statement.n)).all()
        assert len(letters) == 2 and "She did not." in (letters[1].record or "")
    new = begin(desk, ref)
    fields = typed(desk, new)
    assert fields["facts_2"].endswith("She did not.")
    fields |= {"ends_on": desk.market.day(-5).isoformat()}
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=new, version=1, fields=fields)
    end(desk, new, lift_action)
    days_later(desk, 2)
    assert violations(desk) == []


def test_five_at_the_most(desk: Desk) -> None:
    ref = desk.ready()
    assert refused(lambda: desk.issue(ref, facts_6="A sixth rule.")) == "unknown_field"
