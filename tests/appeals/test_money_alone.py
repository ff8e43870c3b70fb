"""Contesting only the money that a decision holds: it alone is released, the rest stays, and can still be contested."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.act import Office
from portal.appeals.money import holds_money
from portal.appeals.queries import filing
from portal.appeals.rules import MONEY
from portal.enforcement.operations import propose_extension, sign_extension
from portal.enforcement.queries import standing
from portal.enforcement.rules import State
from tests.appeals.conftest import Bench
from tests.appeals.test_other_natures import begun
from tests.enforcement.test_ending import violations
from tests.factories.market import refused, usd


@pytest.fixture
def held(bench_maker: Callable[..., Bench]) -> Bench:
    """Tim is suspended, and the platform's own claim holds $400."""
    return bench_maker(dispute=False)


def money(bench: Bench) -> int:
    return bench.market.funds(bench.story.tim).held.amount_minor


def way(bench: Bench) -> tuple[str | None, str]:
    with bench.office.database.read() as session:
        found = filing(session, bench.action(bench.action_ref), bench.story.tim.person.id, bench.market.now)
    return found.why_not, found.only


def state(bench: Bench) -> State:
    with bench.office.database.read() as session:
        return standing(session, bench.story.tim.account.id, bench.market.now).state


def longer(bench: Bench, *, second: Any) -> None:
    said = {"action_ref": bench.action_ref, "reason": "The files arrive next week, and only they show who drew what."}
    said["extension_ref"] = bench.market.do(propose_extension, bench.story.rae.actor, **said)["extension"]
    bench.market.do(sign_extension, second.actor, **said)


def test_only_the_money_is_released_and_the_rest_stays(held: Bench) -> None:
    ref = held.file(grounds=[MONEY])
    held.decide(ref, "partially_reversed", release_hold=True)
    assert (money(held), state(held), violations(held)) == (0, State.SUSPENDED, [])
    assert held.action(held.action_ref).reversed_at is None


def test_after_that_the_rest_can_be_contested_by_somebody_elses_answer(held: Bench) -> None:
    held.decide(held.file(grounds=[MONEY]), "upheld")
    assert (way(held), money(held)) == ((None, "rest"), 40_000)
    assert refused(lambda: held.file(grounds=[MONEY, "not_me"])) == "money_answered"
    again = held.file(grounds=["not_me"])
    assert refused(lambda: held.decide(again, "upheld")) == "own_decision", "Ola answered about the money"
    kim = held.market.staff("Kim Sato")
    held.decide(again, "reversed", by=kim)
    assert (money(held), state(held), violations(held)) == (0, State.GOOD, [])


def test_the_rest_is_contested_once(held: Bench) -> None:
    held.decide(held.file(grounds=[MONEY]), "upheld")
    held.decide(held.file(grounds=["not_me"]), "upheld", by=held.market.staff("Kim Sato"))
    assert way(held) == ("decided", "")
    assert refused(lambda: held.file(grounds=["too_hard"])) == "decided"


def test_with_other_reasons_it_is_an_appeal_against_all_of_it(held: Bench) -> None:
    held.decide(held.file(grounds=[MONEY, "not_me"]), "upheld")
    assert way(held) == ("decided", "")


def test_a_longer_hold_can_be_contested_after_an_answer(held: Bench) -> None:
    held.decide(held.file(grounds=["not_me"]), "upheld")
    assert way(held) == ("decided", "")
    kim, lou = held.market.staff("Kim Sato"), held.market.staff("Lou Vance")
    held.later(hours=1)
    longer(held, second=kim)
    assert way(held) == (None, MONEY)
    assert refused(lambda: held.file(grounds=["not_me"])) == "only_money"
    ref = held.file(grounds=[MONEY])
    assert refused(lambda: held.decide(ref, "upheld", by=held.story.ola)) == "own_decision"
    assert refused(lambda: held.decide(ref, "upheld", by=kim)) == "own_decision", "who signed that answers nothing"
    held.decide(ref, "partially_reversed", by=lou, release_hold=True)
    assert (money(held), state(held), violations(held)) == (0, State.SUSPENDED, [])


def test_the_same_words_again_give_the_same_receipt(held: Bench) -> None:
    ref = held.file(grounds=[MONEY])
    assert held.file(grounds=[MONEY]) == ref
    assert refused(lambda: held.file(grounds=[MONEY, "not_me"])) == "already_filed"


def test_what_a_dispute_holds_is_answered_there(bench: Bench) -> None:
    with bench.office.database.read() as session:
        assert not holds_money(session, bench.action(bench.action_ref))
    assert refused(lambda: bench.file(grounds=[MONEY])) == "grounds_missing"


def test_where_it_is_held_no_more_the_refusal_says_so(held: Bench) -> None:
    held.later(days=31)
    assert refused(lambda: held.file(grounds=[MONEY])) == "nothing_held"


def test_what_an_order_holds_can_be_contested_alone_too(office: Office) -> None:
    bench = begun(office, "legal")
    before = money(bench)
    blocked = next(one.amount for one in bench.market.funds(bench.story.tim).holds if one.claimant == "law")
    ref = bench.file(grounds=[MONEY])
    bench.decide(ref, "partially_reversed", by=bench.market.staff("Kim Sato"), release_hold=True)
    assert usd(money(bench)) == usd(before) - blocked and violations(bench) == []
