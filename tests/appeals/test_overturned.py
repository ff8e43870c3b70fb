"""After an action was overturned: others decide about the same conduct, two of them, and the person is asked again."""

from typing import Any

import pytest

from portal.core.errors import Refusal
from portal.enforcement import checks
from portal.enforcement.operations import co_sign, propose_action
from portal.enforcement.preview import preview
from portal.enforcement.queries import standing
from portal.enforcement.rules import State
from tests.appeals.conftest import Bench
from tests.factories.market import Staff, refused


@pytest.fixture
def overturned(bench: Bench) -> Bench:
    """Rae's suspension was overturned by Ola, a minute ago."""
    bench.decide(bench.file(), "reversed")
    bench.later(minutes=1)
    return bench


def proposes(bench: Bench, ref: str, by: Staff) -> Any:
    return bench.market.do(propose_action, by.actor, action_ref=ref, version=1, fields=bench.form())


def test_who_signed_what_was_overturned_does_not_decide_it_again(overturned: Bench) -> None:
    bench, rae = overturned, overturned.story.rae
    again = bench.start()
    assert refused(lambda: bench.issue(again)) == "not_asked"
    bench.answer(bench.ask())
    with pytest.raises(Refusal) as caught:
        bench.issue(again)
    error = caught.value
    assert (error.code, error.field, error.params["earlier"]) == ("overturned_before", "clause_version_id", bench.action_ref)
    assert refused(lambda: proposes(bench, again, rae)) == "overturned_before"
    with bench.office.database.read() as session:
        seen = lambda: preview(bench.office.work(session, rae.actor), action_ref=again, fields=bench.form())  # noqa: E731
        assert refused(seen) == "overturned_before"
        assert standing(session, bench.story.tim.account.id, bench.market.now).state is State.GOOD


def test_somebody_else_decides_with_a_second_person_after_asking_again(overturned: Bench) -> None:
    bench, kim = overturned, overturned.market.staff("Kim Sato")
    again = bench.start(by=kim)
    assert refused(lambda: bench.issue(again, by=kim)) == "not_asked"
    bench.answer(bench.ask(by=kim))
    with pytest.raises(Refusal) as caught:
        bench.issue(again, by=kim)
    assert (caught.value.code, caught.value.params["why"]) == ("needs_cosignature", "overturned")
    proposes(bench, again, kim)
    signs = {"action_ref": again, "reason": "The letter is from another month."}
    assert refused(lambda: bench.market.do(co_sign, bench.story.rae.actor, **signs)) == "overturned_before"
    bench.market.do(co_sign, bench.story.ola.actor, **signs)
    assert (bench.action(again).status, bench.action(again).occurrence) == ("issued", 1)
    with bench.office.database.read() as session:
        assert [line for check in checks.CHECKS for line in check(session)] == []


def test_what_stands_after_that_is_decided_and_not_a_third_time(overturned: Bench) -> None:
    test_somebody_else_decides_with_a_second_person_after_asking_again(overturned)
    third = overturned.ready()
    assert refused(lambda: overturned.issue(third)) == "already_decided"


def test_a_proposal_about_another_month_goes_on_after_a_reversal(bench: Bench) -> None:
    day = bench.market.day
    elsewhere = {"conduct_from": day(40).isoformat(), "conduct_to": day(30).isoformat()}
    again = bench.ready()
    proposed = {"action_ref": again, "version": 1, "fields": bench.form(measure="termination", ends_on="", **elsewhere)}
    bench.market.do(propose_action, bench.story.rae.actor, **proposed)
    bench.decide(bench.file(), "reversed")
    kim = bench.market.staff("Kim Sato")
    bench.market.do(co_sign, kim.actor, action_ref=again, reason="It is about another month, I read it all.")
    assert bench.action(again).status == "issued"


def test_nobody_acts_first_on_what_was_overturned(bench: Bench) -> None:
    key, threats = "threats", str(bench.clause("threats"))
    bench.action_ref = bench.ready(key)
    bench.issue(bench.action_ref, clause_version_id=threats)
    bench.decide(bench.file(), "reversed")
    bench.later(minutes=1)
    with pytest.raises(Refusal) as caught:
        bench.issue(bench.start(key), clause_version_id=threats, interim=True)
    assert (caught.value.code, caught.value.field) == ("interim_not_permitted", "interim")


def test_what_happened_elsewhere_is_decided_as_usual(overturned: Bench) -> None:
    again = overturned.ready()
    overturned.issue(again, objects=[f"contract:{overturned.story.other_contract.ref}"])
    assert (overturned.action(again).status, overturned.action(again).occurrence) == ("issued", 1)
