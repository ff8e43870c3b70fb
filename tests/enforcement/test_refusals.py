"""What cannot be decided: each refusal names its field, and nothing is stored."""

from typing import Any

import pytest
from sqlalchemy import func, select

from portal.core.errors import Refusal
from portal.core.i18n import language
from portal.enforcement.models import Citation, Statement
from portal.enforcement.operations import issue_action
from portal.ledger.models import Hold
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk

SPOILED: list[tuple[str, str, dict[str, Any]]] = [
    ("unknown_measure", "measure", {"measure": "banishment"}),
    ("measure_not_permitted", "measure", {"measure": "termination"}),
    ("facts_too_short", "facts", {"facts": "x" * 39}),
    ("why_missing", "why", {"why": "  "}),
    ("no_object", "objects", {"objects": []}),
    ("unknown_object", "objects", {"objects": ["contract:K-NOTHERE"]}),
    ("unknown_object", "objects", {"objects": ["planet:mars"]}),
    ("unknown_object", "objects", {"objects": ["document:D-NOTHERE"]}),
    ("unknown_object", "objects", {"objects": ["listing:"]}),
    ("too_long", "objects", {"objects": ["listing:" + "x" * 201]}),
    ("too_long", "would_change", {"would_change": ["The work is delivered.", "x" * 501]}),
    ("would_change", "would_change", {"would_change": ["The same.", "The same."]}),
    ("no_exhibit", "exhibits", {"exhibits": []}),
    ("unknown_exhibit", "exhibits", {"exhibits": ["77"]}),
    ("unknown_reason", "no_exhibit", {"exhibits": [], "no_exhibit": "because"}),
    ("would_change", "would_change", {"would_change": ["One."]}),
    ("would_change", "would_change", {"would_change": ["a", "b", "c", "d", "e", "f"]}),
    ("ends_on_missing", "ends_on", {"ends_on": ""}),
    ("ends_on_past", "ends_on", {"ends_on": "2026-11-21"}),
    ("ends_on_too_long", "ends_on", {"ends_on": "2027-01-22"}),
    ("not_a_day", "ends_on", {"ends_on": "tomorrow"}),
    ("period_reversed", "conduct_to", {"conduct_from": "2026-11-20", "conduct_to": "2026-11-19"}),
    ("period_in_future", "conduct_to", {"conduct_to": "2026-11-23"}),
    ("scope_missing", "scope", {"measure": "restriction"}),
    ("unknown_scope", "scope", {"measure": "restriction", "scope": ["sleep"]}),
    ("interim_not_permitted", "interim", {"interim": True}),
    ("no_clause", "clause_version_id", {"clause_version_id": "nonsense"}),
    ("unstorable_text", "facts", {"facts": "a broken character \x00 in a text that is long enough"}),
    ("unknown_field", "mood", {"mood": "angry"}),
]


def counted(desk: Desk) -> list[int]:
    with desk.office.database.read() as session:
        return [session.scalar(select(func.count(t.id))) or 0 for t in (Citation, Statement, Hold, Notice)]


def refusal(desk: Desk, ref: str, **other: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        desk.issue(ref, **other)
    return caught.value


def test_bad_input_is_named_and_stores_nothing(desk: Desk) -> None:
    ref = desk.ready()
    before = counted(desk)
    for code, field, spoiled in SPOILED:
        found = refusal(desk, ref, **spoiled)
        assert (found.code, found.field) == (code, field), spoiled
        assert found.message % found.params
    assert counted(desk) == before and desk.action(ref).status == "draft"


@pytest.mark.parametrize(
    ("code", "other"),
    [
        ("more_than_milestone", {"hold_amount_minor": 40_001}),
        ("other_currency", {"hold_currency": "EUR"}),
        ("unknown_milestone", {"hold_milestone": "9"}),
        ("not_an_amount", {"hold_amount_minor": "-5"}),
        ("hold_needs_more", {"measure": "warning"}),
        ("nothing_there", {}),
    ],
)
def test_holds_stay_within_their_milestone(desk: Desk, code: str, other: dict[str, Any]) -> None:
    assert refusal(desk, desk.ready(), **(desk.hold() | other)).code == code


def test_hold_needs_a_clause_that_publishes_it(desk: Desk) -> None:
    ref = desk.ready("off-platform-payment")
    clause = str(desk.clause("off-platform-payment"))
    assert refusal(desk, ref, clause_version_id=clause, **desk.hold()).code == "not_monetary"


def test_clause_must_have_bound_that_day(desk: Desk) -> None:
    ref = desk.ready()
    found = refusal(desk, ref, conduct_from="2025-12-01", conduct_to="2025-12-02")
    assert (found.code, found.params["why"]) == ("unbound", "not_yet_in_force")
    assert language("en").refusal(found).endswith("was not yet in force on Monday 1 December 2025.")
    old = refusal(desk, ref, clause_version_id=str(desk.clause(year=2024)))
    assert (old.code, old.params["why"]) == ("unbound", "replaced")


def test_person_is_asked_first(desk: Desk) -> None:
    ref = desk.start()
    assert refusal(desk, ref).code == "not_asked"
    desk.ask()
    assert refusal(desk, ref).code == "answer_awaited"
    desk.later(days=6)
    desk.issue(ref, conduct_to=desk.market.day(7).isoformat(), conduct_from=desk.market.day(9).isoformat())
    assert desk.action(ref).status == "issued"


def test_stale_version_is_a_conflict(desk: Desk) -> None:
    ref = desk.ready()
    assert refusal(desk, ref, version=7).code == "stale"


def test_staff_with_an_account_in_the_case_may_not_decide(desk: Desk) -> None:
    ref = desk.ready()
    desk.join(desk.story.rae, desk.story.stacy)
    found = refusal(desk, ref)
    assert (found.code, found.status) == ("conflicted", 403)


def test_issue_needs_a_fresh_second_factor(desk: Desk) -> None:
    ref = desk.ready()
    actor = desk.story.rae.actor
    desk.later(hours=1)
    with pytest.raises(Refusal) as caught:
        desk.market.do(issue_action, actor, action_ref=ref, version=1, fields=desk.form())
    assert caught.value.code == "step_up"
