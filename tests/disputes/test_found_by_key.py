"""Nothing that moves or shows money reads a whole table: each statement finds its rows by what they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from portal.cases.models import Case
from portal.cases.queries import questions_for_account
from portal.contracts.models import Milestone
from portal.contracts.running import choices_of, choose_way, parts_of
from portal.core.database import Database
from portal.disputes.chargebacks import contest_chargeback, mark_chargeback, record_chargeback
from portal.disputes.glance import money_of_case
from portal.disputes.misuse import habits_of
from portal.disputes.queries import contestable_on, view_of
from portal.disputes.shortfall import shortfall_of, would_be_short
from portal.enforcement.looking import my_incoming, my_reports
from portal.ledger.history import course
from portal.ledger.operations import mark_payout, mark_refund
from portal.ledger.payout_queries import destinations_of, payouts_of
from portal.ledger.queries import funds, hold_of_claim, refunded_on
from portal.ledger.refund_queries import refunds_of
from portal.ledger.returned import came_back, looked_after_by, returned_money
from portal.notices.queries import asked_for_links, readers_in
from tests.disputes.deciding import Bench
from tests.ledger.steps import touch

GROWING = (
    "book", "transfer", "entry", "movement", "claim", "hold", "payout", "refund", "refund_report", "earning", "funding",
    "milestone", "contract", "contract_choice", "dispute", "dispute_decision", "settlement_offer", "chargeback", "clock",
    "work_item", "delivery", "outgoing", "event", "notice", "message", "report", "incoming_report", "appeal", "draft",
)
LOOKED_THROUGH = re.compile(rf"(?:SCAN|Seq Scan on) (?:{'|'.join(GROWING)})\b")
NEWEST = re.compile(r"ORDER BY event\.id DESC\s+LIMIT")
"""The newest few rows, by their key: they are as few however long the table is."""


@contextmanager
def heard(database: Database) -> Iterator[dict[str, Any]]:
    """Every statement that is sent meanwhile, with the values that it was first sent with."""
    found: dict[str, Any] = {}

    def hear(_connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, many: bool) -> None:
        if not many and re.match(r"\s*(SELECT|UPDATE|DELETE)", sql):
            found.setdefault(sql, values)

    for engine in (database.reader, database.writer):
        sa.event.listen(engine, "before_cursor_execute", hear)
    yield found
    for engine in (database.reader, database.writer):
        sa.event.remove(engine, "before_cursor_execute", hear)


def looks_through(database: Database, found: dict[str, Any]) -> list[str]:
    """The steps of plans that read the whole of a table that grows, each with its statement."""
    head, seen = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN ", list[str]()
    with database.writer.connect() as connection:
        cursor = connection.connection.cursor()
        if not database.is_sqlite:
            cursor.execute("SET enable_seqscan = off")
        for sql, values in found.items():
            cursor.execute(head + sql, values)
            steps = [str(part) for row in cursor.fetchall() for part in row]
            seen += [f"{step}: {sql}" for step in steps if LOOKED_THROUGH.search(step) and not NEWEST.search(sql)]
        cursor.close()
        connection.invalidate()
    return seen


def happens(bench: Bench) -> None:
    """A split, refunds that fail and are sent, a payout that comes back and one that arrives, a bank that calls back, and a
    payment that is reported after its release, of which the rest goes back."""
    market, story = bench.market, bench.story
    bench.decide()
    bench.accept(story.stacy.actor)
    bench.accept(story.tim.actor)
    with market.office.database.read() as session:
        [ref] = [one.ref for one in refunds_of(session, story.stacy.account.id)]
    for state in ("failed", "sent"):
        market.do(mark_refund, refund_ref=ref, state=state, reference=f"t-{state}")
    for end in ("failed", "paid"):
        paid = market.pay_out(story.tim, story.destination, 10_000)["payout"]
        for state in ("sent", end):
            market.do(mark_payout, payout_ref=paid, state=state)
    called = market.do(
        record_chargeback, external_id="bank-1", contract_ref=story.contract.ref, milestone_number=1, amount_minor=20_000,
        currency="USD", received_at=market.now, reason="Services not provided",
    )["chargeback"]
    market.do(contest_chargeback, story.rae.actor, chargeback_ref=called)
    market.do(mark_chargeback, chargeback_ref=called, stage="lost")
    market.do(choose_way, story.tim.actor, contract_ref=story.contract.ref, way="hand_over")
    market.earn(story.contract, 3, 10_000, days_ago=1)
    market.pay_in(story.contract, 3, 30_000, days_ago=2)
    assert market.give_up(story.contract, 3) == 20_000


def silent(bench: Bench) -> None:
    """Another dispute that nobody answers, until its money goes back."""
    market, story = bench.market, bench.story
    contract = market.contract(story.omar, story.tim, "Poster", [30_000], released={1: 10})
    ref = market.dispute(story.omar, contract, 10_000)["dispute"]
    for _ in range(3):
        market.office.clock.advance(days=8)
        market.do(touch, dispute_ref=ref)


def shown(bench: Bench) -> None:
    """What the pages of both sides and of the desk ask."""
    market, dispute = bench.market, bench.dispute
    with market.office.database.read() as session:
        for account_id in (bench.story.tim.account.id, bench.story.stacy.account.id):
            back, paid = refunds_of(session, account_id), payouts_of(session, account_id)
            assert back or paid, "what is asked for answers with something"
            funds(session, account_id, market.now)
            course(session, account_id, "USD", market.now)
            looked_after_by(session, [*(one.ref for one in back), *(one.payout.ref for one in paid)])
            came_back(session, [account_id])
            destinations_of(session, account_id)
            habits_of(session, account_id, market.now)
        milestone = session.get_one(Milestone, dispute.milestone_id)
        refunded_on(session, milestone)
        contestable_on(session, milestone)
        would_be_short(session, milestone, contestable_on(session, milestone), market.now)
        parts_of(session, bench.story.contract)
        view_of(session, bench.ref, bench.story.tim.actor)
        shortfall_of(session, dispute, hold_of_claim(session, dispute.claim_id))
        money_of_case(session, dispute.case_id)
        choices_of(session, dispute.contract_id)
        case_ref = session.get_one(Case, dispute.case_id).ref
        readers_in(session, case_ref)
        asked_for_links(session, case_ref)
        questions_for_account(session, bench.story.tim.account.id)
        my_reports(session, bench.story.stacy.person.id, [bench.story.stacy.account.id])
        my_incoming(session, bench.story.stacy.person.id, [bench.story.stacy.account.id])
        returned_money(session, str(refunds_of(session, bench.story.stacy.account.id)[-1].ref))


def test_no_whole_table_is_read_where_money_moves_or_is_shown(bench: Bench) -> None:
    database = bench.market.office.database
    with heard(database) as found:
        happens(bench)
        silent(bench)
        shown(bench)
    assert len(found) > 100, "it hears them"
    assert looks_through(database, found) == []
