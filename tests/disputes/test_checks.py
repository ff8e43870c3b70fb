"""What `flask verify` proves of decisions: each check names what breaks it, and the database refuses the rest."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from portal.core.ids import new_id
from portal.disputes import checks
from portal.disputes.chargeback_checks import nothing_is_given_back_twice
from portal.disputes.chargeback_models import Chargeback
from portal.disputes.models import Dispute, DisputeDecision
from tests.disputes.deciding import Bench
from tests.disputes.test_chargebacks import come, mark


def tamper(bench: Bench, statement: Any) -> None:
    with bench.market.office.database.writer.begin() as connection:
        connection.execute(statement)


def found(bench: Bench, check: checks.Check) -> str:
    with bench.market.office.database.read() as session:
        return " ".join(check(session))


def decision(bench: Bench, **other: Any) -> Any:
    """A second decision, as a hand in the database would write it."""
    with bench.market.office.database.read() as session:
        row = session.scalars(sa.select(DisputeDecision)).first()
    assert row is not None
    values = {column.name: getattr(row, column.name) for column in DisputeDecision.__table__.columns}
    return sa.insert(DisputeDecision).values(values | {"id": new_id(), "n": 2} | other)


@pytest.mark.parametrize(("change", "check"), [
    ({"refund_minor": 1}, checks.decisions_say_what_happened), ({"outcome": "refund"}, checks.decisions_say_what_happened),
    ({"state": "answered"}, checks.decisions_say_what_happened), ({"amount_minor": 100_001}, checks.two_read_large_decisions),
])
def test_a_decision_and_its_dispute_agree(bench: Bench, change: dict[str, Any], check: checks.Check) -> None:
    bench.decide()
    assert found(bench, check) == ""
    tamper(bench, sa.update(Dispute).values(change))
    assert bench.ref in found(bench, check)


def test_money_that_went_elsewhere_is_named(bench: Bench) -> None:
    bench.decide()
    bench.days_pass(8)
    assert found(bench, checks.money_went_where_decided) == ""
    tamper(bench, sa.update(Dispute).values(refund_minor=14_999))
    assert "should pay back 14999 and paid back 15000" in found(bench, checks.money_went_where_decided)


def test_a_first_decider_in_the_review_is_named(bench: Bench) -> None:
    bench.decide()
    tamper(bench, decision(bench, decided_by=bench.story.ola.person.id, read_by=bench.story.rae.person.id))
    assert bench.ref in found(bench, checks.somebody_else_reviewed)


@pytest.mark.parametrize("change", [
    {}, {"n": 3, "decided_by": "ola"}, {"n": 1, "decided_by": "ola"}, {"decided_by": "ola", "refund_minor": -1},
    {"decided_by": "ola", "outcome": "release"}, {"decided_by": "ola", "contract_term_id": None},
    {"decided_by": "ola", "read_by": "ola"},
])
def test_the_database_refuses(bench: Bench, change: dict[str, Any]) -> None:
    """The same person twice, a third or a second first decision, sums below zero, no source, a reader who wrote it."""
    bench.decide()
    people = {name: bench.story.ola.person.id for name in ("decided_by", "read_by") if change.get(name) == "ola"}
    with pytest.raises(DBAPIError, match=r"(?i)(check|unique) constraint"):
        tamper(bench, decision(bench, **(change | people)))


def test_what_was_decided_is_kept(bench: Bench) -> None:
    bench.decide()
    for statement in (sa.update(DisputeDecision).values(refund_minor=0), sa.delete(DisputeDecision)):
        with pytest.raises(DBAPIError, match="kept as they are"):
            tamper(bench, statement)


def test_what_we_paid_because_we_were_late_was_given_back_too(bench: Bench) -> None:
    """Her bank gives back the same 400: our own loss, and a cent of it called released money is one too many."""
    bench.days_pass(15)
    bench.decide(outcome="refund", refund_minor=40_000)
    bench.days_pass(8)
    mark(bench.market, come(bench.market, bench.story), "lost")
    assert found(bench, nothing_is_given_back_twice) == ""
    with bench.market.office.database.read() as session:
        row = session.scalars(sa.select(Chargeback)).one()
    cent = {"id": new_id(), "ref": "X-2", "external_id": "bank-2", "claim_id": bench.dispute.claim_id}
    cent |= dict.fromkeys(("amount_minor", "claimed_minor", "loss_minor"), 1)
    values = {column.name: getattr(row, column.name) for column in Chargeback.__table__.columns}
    tamper(bench, sa.insert(Chargeback).values(values | cent))
    assert "more went back than was released" in found(bench, nothing_is_given_back_twice)
