"""What is overdue, read from the books' side: who waits longest first, all of an account together, found by its index."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portal.act import Office
from portal.cases.clocks import run_due
from portal.core.clock import MovedClock
from portal.ledger import overdue
from portal.ledger.operations import mark_payout
from portal.ledger.overdue import owed
from tests.factories.market import Market, Party, Story, usd


def test_who_waits_longest_comes_first_and_all_of_an_account_together(
    market: Market, story: Story, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.contract(story.stacy, story.omar, "Job in yen", [50_000], released={1: 90}, started=99, currency="JPY")
    omars = market.destination(story.omar, days_ago=40)
    tims = (story.tim, story.destination)
    asked = [
        _asked(market, clock, *one) for one in ((*tims, 100, "USD"), (story.omar, omars, 700, "JPY"), (*tims, 200, "USD"))]
    clock.advance(days=9)
    market.make(lambda work: run_due(work, [], [story.tim.account.id, story.omar.account.id]))
    market.pay_out(story.tim, story.destination, 300)

    def read() -> overdue.Owed:
        with market.office.database.read() as session:
            return owed(session, story.rae.person.id)

    found = read()
    assert [line.ref for line in found.lines] == [asked[0], asked[2], asked[1]]
    assert [line.account_name for line in found.lines] == [story.tim.account.name] * 2 + [story.omar.account.name]
    assert (found.number, found.accounts, found.apart) == (3, 2, 0)
    assert [(one.amount_minor, one.currency) for one in found.totals] == [(700, "JPY"), (300, "USD")]
    assert all(line.requested_at < line.due_at < market.now for line in found.lines)
    market.do(mark_payout, payout_ref=asked[0], state="failed")
    found = read()
    assert (found.number, [line.ref for line in found.lines]) == (2, [asked[1], asked[2]])
    assert found.totals[1] == usd(200)


def _asked(market: Market, clock: MovedClock, party: Party, place: str, amount: int, currency: str) -> str:
    clock.advance(hours=30)
    return str(market.pay_out(party, place, amount, currency)["payout"])


def test_what_is_overdue_has_its_index(office: Office) -> None:
    with office.database.write() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        for query in (overdue._TOTALS, overdue._ACCOUNTS, overdue._LINES):
            assert "ix_payout_overdue" in _plan(session, query), query


def _plan(session: sa.orm.Session, query: Any) -> str:
    dialect = session.get_bind().dialect
    text = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    head = "EXPLAIN QUERY PLAN" if dialect.name == "sqlite" else "EXPLAIN"
    rows = session.connection().exec_driver_sql(f"{head} {text.replace('%', '%%')}").all()
    return "\n".join(" ".join(map(str, row)) for row in rows)
