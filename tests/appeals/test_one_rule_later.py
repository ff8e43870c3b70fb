"""What follows when a rule of a decision falls: for later decisions, for what was not told yet, for what replaced it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.enforcement.models import CitationReversal, Statement
from portal.enforcement.operations import co_sign, propose_action, start_amendment
from portal.enforcement.queries import rules_cited, standing, statement_of
from portal.enforcement.rules import State
from portal.notices.delivery import release
from portal.notices.models import Channel, Delivery, Notice
from tests.appeals.conftest import Bench
from tests.appeals.test_lapses import settle
from tests.appeals.test_one_rule import FIRST, SECOND, WHY, falls, numbers, told_of, violations
from tests.enforcement.conftest import second
from tests.enforcement.test_correcting import correct, sign_it

TwoRules = Callable[..., Bench]


def arrived(bench: Bench, who: Any) -> list[Notice]:
    """What reached somebody's inbox, oldest first."""
    with bench.office.database.read() as session:
        query = select(Notice).join(Delivery, Delivery.notice_id == Notice.id).where(
            Notice.recipient_id == who.person.id, Delivery.channel == Channel.INBOX, Delivery.delivered_at.is_not(None)
        )
        return list(session.scalars(query.order_by(Notice.id)))


def rules(bench: Bench, ref: str) -> list[str]:
    with bench.office.database.read() as session:
        return [clause.number for clause in rules_cited(session, bench.action(ref))]


def alone(bench: Bench, key: str, **other: Any) -> dict[str, Any]:
    """The second rule as the only one of a decision, about the last days."""
    parts = {name.removesuffix("_2"): value for name, value in second(bench, key=key).items()}
    return parts | {"ends_on": bench.market.day(-55).isoformat()} | other


def test_a_later_decision_that_counted_it_is_made_smaller_and_decided_again(two_rules: TwoRules) -> None:
    bench = two_rules()
    bench.later(days=30)
    later = bench.ready(SECOND)
    bench.issue(later, **alone(bench, SECOND))
    other = bench.ready(FIRST)
    bench.issue(other, ends_on=bench.market.day(-80).isoformat())
    assert (bench.action(later).occurrence, bench.action(other).occurrence) == (2, 2)
    before = bench.action(other).ends_at
    done = falls(bench, bench.file(), SECOND)
    assert done["later"] == [later]
    assert bench.action(later).ends_at == bench.market.now.replace(hour=0) + timedelta(days=31)
    assert bench.action(other).ends_at == before
    with bench.office.database.read() as session:
        record = statement_of(session, later)[0] or {}
        review = next(one for one in bench.appeals(session) if one.action_id == bench.action(later).id)
    assert record["changed"]["a_rule"] is True and record["changed"]["because_of"] == bench.action_ref
    assert bench.item(review.ref) is not None and violations(bench) == []
    assert any("of which a rule no longer stands" in (one.body or "") for one in told_of(bench, "action_changed"))


def test_a_correction_of_the_letter_leaves_it_out(two_rules: TwoRules) -> None:
    bench = two_rules()
    falls(bench, bench.file(), FIRST)
    correct(bench, bench.action_ref, fields={"facts": "He asked on 15 November to be paid by bank transfer, and wrote it twice."})
    sign_it(bench, bench.action_ref, by=bench.market.staff("Kim Sato"))
    with bench.office.database.read() as session:
        record = statement_of(session, bench.action_ref)[0] or {}
    assert rules(bench, bench.action_ref) == [record["rule"]["number"]] == numbers(bench, SECOND)
    assert record["more"] == [] and record["changed"]["corrected"] == ["facts"] and violations(bench) == []
    assert bench.action(bench.action_ref).revision == 2


def test_clients_who_were_to_be_told_later_never_read_of_it(two_rules: TwoRules) -> None:
    """The account closes in a month; a rule falls before that."""
    bench = two_rules()
    bench.later(hours=1)
    ref = bench.ready("threats")
    bench.answer(bench.ask(key="own-work"))
    form = {**alone(bench, "threats"), **second(bench, key="own-work"), "measure": "termination", "ends_on": ""}
    bench.market.do(propose_action, bench.story.rae.actor, action_ref=ref, version=1, fields=bench.form(**form))
    bench.market.do(co_sign, bench.story.ola.actor, action_ref=ref, reason="I have read all of it.")
    kim, (fell,) = bench.market.staff("Kim Sato"), numbers(bench, "own-work")
    falls(bench, bench.file(action_ref=ref), "own-work", by=kim)
    release(bench.office)
    assert not [one for one in told_of(bench) if one.about_ref == ref]
    for _week in range(6):
        bench.later(days=7)
        settle(bench)
        release(bench.office)
    with bench.office.database.read() as session:
        assert standing(session, bench.story.tim.account.id, bench.market.now).state is State.TERMINATED
    read = [one for who in (bench.story.stacy, bench.story.omar) for one in arrived(bench, who) if one.about_ref == ref]
    assert len(read) == 2 and all(f"rule {fell}" not in (one.body or "") for one in read)
    assert violations(bench) == []


def test_what_was_paused_applies_again_and_is_told_once(two_rules: TwoRules) -> None:
    bench = two_rules(days=50)
    release(bench.office)
    ref = bench.file()
    bench.later(days=15)
    settle(bench)
    before = len(told_of(bench))
    falls(bench, ref, SECOND)
    theirs = told_of(bench)[before:]
    assert before >= 2 and len(theirs) == 2
    assert all("our mistake" in (one.body or "") and "not available until" in (one.body or "") for one in theirs)
    assert "applies again" in (told_of(bench, "appeal_decided")[-1].body or "")
    with bench.office.database.read() as session:
        assert standing(session, bench.story.tim.account.id, bench.market.now).state is State.SUSPENDED
    assert violations(bench) == []


def test_it_falls_in_the_decision_that_replaced_it_too(two_rules: TwoRules) -> None:
    bench = two_rules(days=50)
    bench.later(hours=1)
    begun = str(bench.market.do(start_amendment, bench.story.rae.actor, action_ref=bench.action_ref)["action"])
    held = {"supersedes": bench.action_ref, "ends_on": bench.market.day(-30).isoformat(), **bench.hold()}
    bench.issue(begun, **{**second(bench), **held})
    falls(bench, bench.file(), FIRST)
    assert rules(bench, begun) == rules(bench, bench.action_ref) == numbers(bench, SECOND)
    with bench.office.database.read() as session:
        assert len(session.scalars(select(CitationReversal)).all()) == 2
        issued = select(Statement).where(Statement.action_id == bench.action(begun).id).order_by(Statement.n)
        letters = session.scalars(issued).all()
    assert len(letters) == 2 and WHY in (letters[1].record or "") and violations(bench) == []


def test_a_warning_is_counted_no_longer_than_the_rule_says_that_is_left(two_rules: TwoRules) -> None:
    bench = two_rules(measure="warning", ends_on="", hold_amount_minor="", hold_currency="", hold_contract_ref="",
                      hold_milestone="", conduct_from_2="2026-10-01", conduct_to_2="2026-10-02")
    before = bench.action(bench.action_ref).ends_at
    falls(bench, bench.file(), FIRST)
    after = bench.action(bench.action_ref)
    assert before is not None and after.ends_at is not None and after.ends_at < before
    assert after.lifted_at is None and violations(bench) == []
