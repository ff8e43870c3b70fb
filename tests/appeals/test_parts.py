"""An answer to an appeal that gives back one of several things: the decision stands for the rest, whatever its nature."""

from typing import Any

import pytest

from portal.act import Office
from portal.appeals.queries import decision_of
from portal.core.access import Role
from portal.enforcement.operations import issue_action, propose_action
from portal.enforcement.queries import restrictions_of, statement_of
from portal.notices.models import Notice
from tests.appeals.conftest import BODY, Bench, opened_case
from tests.enforcement.conftest import with_exhibit
from tests.enforcement.oracle import broken
from tests.enforcement.test_amending import begin, typed
from tests.enforcement.test_ordering import ordered, violations
from tests.enforcement.test_own_ends import changes, in_effect
from tests.enforcement.test_protecting import protect
from tests.factories.market import Market, refused

THREE = ["search", "new_contracts", "new_offers"]
PART = {"measure": "restriction", "scope": THREE}


def begun(office: Office, nature: str) -> Bench:
    market = Market(office)
    story = market.story()
    market.dispute(story.stacy, story.contract, report=True, happened=BODY)
    bench = with_exhibit(Bench(market, story, opened_case(office)))
    assert isinstance(bench, Bench)
    if nature == "conduct":
        bench.action_ref = bench.ready()
        bench.issue(bench.action_ref, **PART, ends_on=market.day(-20).isoformat())
    else:
        bench.action_ref = protect(bench, **PART) if nature == "protective" else ordered(bench, **PART)
    return bench


def answered(bench: Bench, nature: str, **other: Any) -> str:
    """The reference of an appeal that somebody answers who had no part: Kim where Ola signed, else Ola."""
    by = bench.market.staff("Kim Sato", Role.REVIEWER) if nature == "legal" else bench.story.ola
    ref = bench.file(grounds=["not_the_rule" if nature == "conduct" else "was_me" if nature == "protective" else "order_less"])
    bench.decide(ref, "partially_reversed", by=by, **other)
    return ref


@pytest.mark.parametrize("nature", ["conduct", "protective", "legal"])
def test_one_thing_is_given_back_with_the_answer(office: Office, nature: str) -> None:
    bench = begun(office, nature)
    ends_at = bench.action(bench.action_ref).ends_at
    appeal = answered(bench, nature, parts=["new_contracts"])
    assert in_effect(bench, bench.action_ref) == {"search", "new_offers"}
    assert bench.action(bench.action_ref).ends_at == ends_at
    outside = changes(bench, bench.action_ref, corrects=True)
    assert outside and all("that we told you of has ended" in one for one in outside)
    with bench.office.database.read() as session:
        record, answer = statement_of(session, bench.action_ref)[0] or {}, decision_of(session, bench.appeal(appeal).id)
        read = [one.body or "" for one in session.query(Notice).where(Notice.kind == "appeal_decided")]
        assert answer is not None and answer[0] is not None and broken(session, bench.market.now) == []
    assert answer[0]["parts"] == ["new_contracts"] and any("Free again: new contracts." in one for one in read)
    assert record["changed"]["parts"] == ["new_contracts"] and record["changed"]["appeal"] == appeal
    assert violations(bench) == []


def test_one_thing_now_and_the_rest_earlier(office: Office) -> None:
    bench = begun(office, "conduct")
    answered(bench, "conduct", parts=["search"], new_ends_on=bench.market.day(-3))
    assert in_effect(bench, bench.action_ref) == {"new_contracts", "new_offers"}
    bench.later(days=4)
    with bench.office.database.read() as session:
        pairs = restrictions_of(session, [bench.action(bench.action_ref).id])[bench.action(bench.action_ref).id]
    assert not any(span.in_effect(bench.market.now) for _row, span in pairs) and violations(bench) == []


@pytest.mark.parametrize(("parts", "code"), [([], "nothing_changed"), (THREE, "parts_all"), (["profile"], "nothing_to_part")])
def test_what_is_given_back_is_some_of_it(office: Office, parts: list[str], code: str) -> None:
    bench = begun(office, "conduct")
    assert refused(lambda: answered(bench, "conduct", parts=parts)) == code


def test_what_an_answer_gave_back_is_not_taken_again_by_a_decision_that_replaces_it(office: Office) -> None:
    bench = begun(office, "conduct")
    answered(bench, "conduct", parts=["new_contracts"])
    bench.later(hours=1)
    new = begin(bench, bench.action_ref)
    fields, args = typed(bench, new), {"action_ref": new, "version": 1}
    for attempt in (issue_action, propose_action):
        again = {**args, "fields": fields | {"scope": THREE}}
        assert refused(lambda: bench.market.do(attempt, bench.story.rae.actor, **again)) == "appealed"  # noqa: B023
    bench.market.do(issue_action, bench.story.rae.actor, **args, fields=fields | {"scope": ["search", "new_offers"]})
    assert in_effect(bench, new) == {"search", "new_offers"} and violations(bench) == []
