"""A corrected letter and its appeal: the time begins anew, what the decision rests on waits, a decided appeal opens once more."""

from __future__ import annotations

from portal.appeals.operations import file_appeal
from portal.appeals.queries import filing, window_of
from portal.enforcement.corrected import corrected_at
from portal.notices.operations import opening
from tests.appeals.conftest import BODY, Bench
from tests.enforcement.test_changing import days_later
from tests.enforcement.test_correcting import NEW_FACTS, correct, sign_it
from tests.enforcement.test_ending import violations
from tests.factories.market import refused


def test_time_to_appeal_begins_anew(bench: Bench) -> None:
    person_id = bench.story.tim.person.id
    bench.market.do(opening, bench.story.tim.actor, about_ref=bench.action_ref)
    with bench.office.database.read() as session:
        before = window_of(session, bench.action(bench.action_ref), person_id)
    days_later(bench, 10)
    correct(bench, bench.action_ref)
    with bench.office.database.read() as session:
        between = window_of(session, bench.action(bench.action_ref), person_id)
    assert between.informed_at is None and between.last > before.last
    bench.later(days=1)
    bench.market.do(opening, bench.story.tim.actor, about_ref=bench.action_ref)
    with bench.office.database.read() as session:
        after = window_of(session, bench.action(bench.action_ref), person_id)
    assert after.informed_at == bench.market.now and after.last >= between.last and violations(bench) == []


def test_facts_wait_while_an_appeal_does_and_kinder_words_do_not(bench: Bench) -> None:
    ref = bench.file()
    assert refused(lambda: correct(bench, bench.action_ref, fields={"facts": NEW_FACTS})) == "contested"
    correct(bench, bench.action_ref)
    assert bench.appeal(ref).state == "filed" and violations(bench) == []


def test_decided_appeal_can_be_filed_once_more_after_a_correction(bench: Bench) -> None:
    ref = bench.file()
    bench.decide(ref, "upheld")
    kim = bench.market.staff("Kim Sato")
    assert refused(lambda: bench.file()) == "decided"
    bench.later(hours=1)
    correct(bench, bench.action_ref, fields={"facts": NEW_FACTS})
    assert refused(lambda: sign_it(bench, bench.action_ref)) == "answered_appeal"
    sign_it(bench, bench.action_ref, by=bench.market.staff("Ben Ito"))
    again = bench.market.do(
        file_appeal, bench.story.tim.actor, action_ref=bench.action_ref, grounds=["other"], body=f"{BODY} Again."
    )
    assert again["appeal"] == ref and bench.appeal(ref).outcome is None
    item = bench.item(ref)
    assert item is not None and item.assignee_id == kim.person.id
    bench.decide(ref, "upheld", by=kim)
    with bench.office.database.read() as session:
        assert filing(session, bench.action(bench.action_ref), bench.story.tim.person.id, bench.market.now).why_not == "decided"
        assert corrected_at(session, bench.action(bench.action_ref)) is not None
    assert violations(bench) == []
