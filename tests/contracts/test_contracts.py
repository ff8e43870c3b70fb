"""Contracts on record: the same again changes nothing, what was agreed is never rewritten; who is a counterpart."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.contracts.models import Contract, ContractTerm
from portal.contracts.operations import record_contract
from portal.contracts.queries import (
    contract_by_ref,
    contracts_of,
    counterparts_of,
    milestones_of,
    record_of,
    terms_of,
)
from portal.contracts.rules import is_completed, whole_years
from portal.core.errors import NotFound
from portal.ledger.operations import record_earning
from tests.factories.market import TERMS, Market, Story, refused

PART = {"number": 1, "title": "Part", "amount_minor": 1, "currency": "USD", "state": "planned"}


def told(story: Story, **change: Any) -> dict[str, Any]:
    milestones = [{"number": n, "title": f"Part {n}", "amount_minor": 40_000, "currency": "USD",
                   "state": "released" if n == 1 else "planned", "released_on": None} for n in (1, 2, 3)]
    return {
        "external_id": "c-photo-app", "title": "Photo app", "client_external_id": "m-stacy", "terms": TERMS,
        "freelancer_external_id": "m-tim", "started_on": story.contract.started_on, "milestones": milestones,
    } | change


def test_same_contract_again_changes_nothing(market: Market, story: Story) -> None:
    assert market.do(record_contract, **told(story)) == {"contract": story.contract.ref}
    with market.office.database.read() as session:
        assert [term.number for term in terms_of(session, story.contract.id)] == ["1", "2", "3"]
        assert [part.number for part in milestones_of(session, story.contract.id)] == [1, 2, 3]


def test_contract_is_brought_up_to_date(market: Market, story: Story) -> None:
    later = [*TERMS, {"number": "4", "text": "Two weeks more for the third milestone.", "agreed_on": "2026-11-20"}]
    market.do(record_contract, **told(story, title="Photo app, new", ended_on=date(2026, 11, 21), terms=later))
    with market.office.database.read() as session:
        contract = contract_by_ref(session, story.contract.ref)
        assert (contract.title, contract.ended_on) == ("Photo app, new", date(2026, 11, 21))
        assert terms_of(session, contract.id)[3].agreed_on == date(2026, 11, 20)


def test_an_older_line_that_comes_again_does_not_reopen_what_ended(market: Market, story: Story) -> None:
    """The line from before it ended names no day; another day is a correction, and counts."""
    ended = date(2026, 11, 21)
    for told_on, counts in ((ended, ended), (None, ended), (date(2026, 11, 20), date(2026, 11, 20)), (None, date(2026, 11, 20))):
        market.do(record_contract, **told(story, ended_on=told_on))
        with market.office.database.read() as session:
            assert contract_by_ref(session, story.contract.ref).ended_on == counts


def test_a_contract_that_ended_cannot_start_after_that_day(market: Market, story: Story) -> None:
    """The line names no end; the one that is on record counts."""
    market.do(record_contract, **told(story, ended_on=date(2026, 11, 21)))
    later = told(story, started_on=date(2026, 11, 22))
    assert refused(lambda: market.do(record_contract, **later)) == "ends_before_start"
    market.do(record_contract, **later | {"ended_on": date(2026, 11, 23)})
    with market.office.database.read() as session:
        contract = contract_by_ref(session, story.contract.ref)
        assert (contract.started_on, contract.ended_on) == (date(2026, 11, 22), date(2026, 11, 23))


@pytest.mark.parametrize(("change", "code"), [
    ({"terms": [{"number": "3", "text": "No refund."}]}, "term_changed"), ({"client_external_id": "m-omar"}, "other_sides"),
    ({"client_external_id": "m-nobody"}, "not_found"), ({"freelancer_external_id": "m-stacy"}, "one_side"),
    ({"milestones": [PART | {"currency": "EUR"}]}, "other_currency"),
    ({"milestones": [PART | {"number": 4, "amount_minor": 0}]}, "not_an_amount"),
    ({"milestones": [PART | {"number": 4, "currency": "UDS"}]}, "no_such_currency"),
    ({"ended_on": date(2020, 1, 1)}, "ends_before_start"),
])
def test_facts_that_contradict_the_record(market: Market, story: Story, change: dict[str, Any], code: str) -> None:
    assert refused(lambda: market.do(record_contract, **told(story, **change))) == code
    with market.office.database.read() as session:
        assert len(session.scalars(select(ContractTerm)).all()) == 4


def test_only_the_marketplace_loads_facts(market: Market, story: Story) -> None:
    assert refused(lambda: market.do(record_contract, story.rae.actor, **told(story))) == "not_allowed"


def test_counterparts_are_told_for_180_days_in_both_directions(market: Market, story: Story) -> None:
    def names(account_id: Any) -> set[Any]:
        with market.office.database.read() as session:
            return {other for other, _ in counterparts_of(session, account_id, market.now)}

    assert names(story.tim.account.id) == {story.stacy.account.id, story.omar.account.id}
    market.office.clock.advance(days=143)
    assert names(story.tim.account.id) == {story.stacy.account.id}
    assert names(story.stacy.account.id) == {story.tim.account.id}


def test_contracts_of(market: Market, story: Story) -> None:
    with market.office.database.read() as session:
        assert {c.title for c in contracts_of(session, story.tim.account.id)} == {"Photo app", "Bakery website"}
        with pytest.raises(NotFound):
            contract_by_ref(session, "K-NONE")


def test_record_of_work(market: Market, story: Story) -> None:
    with market.office.database.read() as session:
        record = record_of(session, story.tim.account.id, market.now)
    assert (record.years, record.completed, record.ended, record.share_completed) == (3, 1, 1, 100)


@pytest.mark.parametrize(("change", "code"), [
    ({"amount_minor": 40_001}, "more_than_milestone"), ({"currency": "EUR"}, "other_currency"),
    ({"amount_minor": 0}, "not_an_amount"), ({"milestone_number": 9}, "not_found"),
    ({"contract_external_id": "c-none"}, "not_found"),
])
def test_earnings_that_cannot_be(market: Market, story: Story, change: dict[str, Any], code: str) -> None:
    facts = {"source_key": "e-new", "contract_external_id": "c-photo-app", "milestone_number": 2, "amount_minor": 40_000,
             "currency": "USD", "released_at": market.now}
    assert refused(lambda: market.do(record_earning, **facts | change)) == code
    market.do(record_earning, **facts)
    market.do(record_earning, **facts)
    assert refused(lambda: market.do(record_earning, **facts | {"milestone_number": 3})) == "source_key_reused"


def test_pure_rules() -> None:
    today = date(2026, 11, 22)
    assert is_completed(today, ["released", "cancelled"])
    assert not any((is_completed(None, ["released"]), is_completed(today, []), is_completed(today, ["released", "planned"])))
    assert (whole_years(date(2023, 11, 22), today), whole_years(date(2023, 11, 23), today)) == (3, 2)


def test_sides_of_a_contract(market: Market, story: Story) -> None:
    with market.office.database.read() as session:
        contract = session.scalars(select(Contract).where(Contract.ref == story.contract.ref)).one()
    assert contract.other_side(story.tim.account.id) == story.stacy.account.id
    assert contract.other_side(story.stacy.account.id) == story.tim.account.id
