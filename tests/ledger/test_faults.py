"""Money when something breaks in the midst of it: a database that goes away, a disk that is full, a mail server that hangs.

Whoever got no answer asks again under the same key; it is carried out once, whether or not it had been kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from socket import create_server
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from portal import verify
from portal.act import TRIES, act
from portal.core.database import Database
from portal.core.errors import Busy
from portal.ledger.models import Hold, Payout
from portal.ledger.operations import mark_payout, request_payout
from portal.notices.mailer import SmtpMailer
from portal.settings import Settings, load_settings
from portal.worker import run_once
from tests.factories.market import Market, Story, usd
from tests.ledger.steps import hold_money
from tests.notices.making import Collecting

Answer = dict[str, Any]
GONE = {"sqlite": sqlite3.OperationalError("disk I/O error"), "postgresql": psycopg.OperationalError("the connection is lost")}
FULL = {"sqlite": sqlite3.OperationalError("database or disk is full"), "postgresql": psycopg.errors.DiskFull("No space left")}
WAYS = [(GONE, False), (GONE, True), (FULL, False)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance")})


@contextmanager
def breaking(database: Database, errors: dict[str, Exception], *, kept: bool, times: int = TRIES) -> Iterator[None]:
    """So many commits fail. `kept`: the database has carried them out, and the word of it did not arrive."""
    dialect, numbers = database.writer.dialect, count()
    commit = dialect.do_commit

    def breaks(connection: Any) -> None:
        if next(numbers) >= times:
            return commit(connection)
        (commit if kept else dialect.do_rollback)(connection)
        raise errors[dialect.name]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dialect, "do_commit", breaks)
        yield


def on_record(market: Market, model: type[Payout] | type[Hold]) -> int:
    with market.office.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def all_proven(market: Market, settings: Settings) -> bool:
    return list(verify.violations(market.office, settings)) == []


@pytest.mark.parametrize(("errors", "kept"), WAYS, ids=["gone before it is kept", "gone afterwards", "full"])
def test_a_payout_and_its_answer_are_booked_once(
    market: Market, story: Story, settings: Settings, errors: dict[str, Exception], kept: bool
) -> None:
    place = {"account_id": story.tim.account.id, "destination_ref": story.destination, "amount_minor": 15_000, "currency": "USD"}
    key, database = market.key(), market.office.database

    def ask() -> Answer:
        return act(market.office, request_payout, story.tim.actor, key, **place)

    with breaking(database, errors, kept=kept), pytest.raises(Busy):
        ask()
    assert on_record(market, Payout) == int(kept)
    payout = ask()["payout"]
    assert ask() == {"payout": payout} and on_record(market, Payout) == 1
    assert (market.funds(story.tim).available, market.funds(story.tim).paid_out) == (usd(200_000), usd(15_000))
    for state in ("sent", "failed"):
        with breaking(database, errors, kept=kept, times=1):
            market.do(mark_payout, payout_ref=payout, state=state)
    assert (market.funds(story.tim).available, market.funds(story.tim).paid_out) == (usd(215_000), usd(0))
    assert all_proven(market, settings)


@pytest.mark.parametrize(("errors", "kept"), WAYS, ids=["gone before it is kept", "gone afterwards", "full"])
def test_a_hold_that_runs_out_then_ends_once(
    market: Market, story: Story, settings: Settings, errors: dict[str, Exception], kept: bool
) -> None:
    """The worker says that there was trouble, goes on, and does it five minutes later."""
    market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=10_000)
    assert market.funds(story.tim).held == usd(10_000)
    market.office.clock.advance(days=31)
    with breaking(market.office.database, errors, kept=kept):
        assert run_once(market.office, Collecting(), settings).troubles > 0
    market.office.clock.advance(minutes=6)
    run_once(market.office, Collecting(), settings)
    assert (market.funds(story.tim).held, market.funds(story.tim).available) == (usd(0), usd(215_000))
    assert on_record(market, Hold) == 1 and all_proven(market, settings)


def test_money_does_not_wait_for_a_mail_server_that_hangs(market: Market, story: Story, settings: Settings) -> None:
    """It takes the connection and says nothing: it is asked once a round, and the letters go out when it is well."""
    market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=10_000)
    payout = market.pay_out(story.tim, story.destination, 5_000)["payout"]
    market.office.clock.advance(days=31)
    with create_server(("127.0.0.1", 0)) as silent:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{silent.getsockname()[1]}", timeout=0.1)
        tally = run_once(market.office, mailer, settings)
        assert tally.settled > 0 and (tally.sent, tally.failed, tally.troubles) == (0, 0, 1)
        assert asked(silent) == 1
    assert market.funds(story.tim).held == usd(0)
    market.do(mark_payout, payout_ref=payout, state="sent")
    market.office.clock.advance(hours=1)
    well = Collecting()
    assert run_once(market.office, well, settings).sent == len(well.mails) > 0
    assert all_proven(market, settings)


def asked(silent: Any) -> int:
    """How often a server was connected to."""
    silent.settimeout(0)
    return sum(1 for _ in iter(lambda: accepted(silent), False))


def accepted(silent: Any) -> bool:
    try:
        silent.accept()[0].close()
    except BlockingIOError:
        return False
    return True
