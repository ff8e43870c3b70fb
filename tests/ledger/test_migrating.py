"""The movements of a database that was there before them: counted from its transfers when it is upgraded."""

import re

import pytest
import sqlalchemy as sa

from portal.core.migrate import FOLDER, migrate
from portal.ledger.checks import CHECKS
from portal.ledger.models import Movement
from portal.ledger.movements import TOTALS
from portal.ledger.operations import mark_payout
from tests.enforcement.conftest import Desk
from tests.enforcement.test_checks import break_it
from tests.factories.market import Market, Story
from tests.ledger.steps import contest_money, let_go

STEP = next(FOLDER.glob("*_movements.py")).read_text(encoding="utf-8")
BEFORE = re.findall(r'^down_revision = "(\d+)"', STEP, re.M)[0]


def movements(market: Market) -> list[tuple[object, ...]]:
    with market.office.database.read() as session:
        rows = session.scalars(sa.select(Movement).order_by(Movement.account_id, Movement.currency, Movement.n)).all()
        return [(one.account_id, one.entry_id, one.n, *(getattr(one, part) for part in TOTALS)) for one in rows]


def test_what_happened_before_is_counted(market: Market, story: Story) -> None:
    made = market.do(contest_money, contract_ref=story.contract.ref, number=1, amount_minor=30_000)
    market.do(let_go, hold_ref=made["hold"], kind="split", refund_minor=10_000)
    for state in ("failed", "sent"):
        paid = market.pay_out(story.tim, story.destination, 50_000)
        market.do(mark_payout, payout_ref=paid["payout"], state=state)
    market.do(mark_payout, payout_ref=paid["payout"], state="paid")
    before = movements(market)
    with pytest.raises(RuntimeError, match="cannot keep what is in fingerprint, refund, so"):
        migrate(market.office.database, BEFORE)
    for younger in ("fingerprint", "refund"):
        break_it(Desk(market, story, ""), younger, f"DELETE FROM {younger}")
    migrate(market.office.database, BEFORE)
    migrate(market.office.database)
    assert len(before) == 10
    assert movements(market) == before
    with market.office.database.read() as session:
        assert [line for check in CHECKS for line in check(session)] == []
