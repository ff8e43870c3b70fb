"""Stops of refunds in a database that goes back to the version before they could be many, and up again."""

import pytest
import sqlalchemy as sa

from portal.core.migrate import FOLDER, current, migrate
from portal.ledger.refund_models import RefundStop
from tests.disputes.deciding import Bench
from tests.disputes.test_stopped_refunds import BACK, Refunded
from tests.log.making import unguarded

HERE = sorted(FOLDER.glob("[0-9]*_*.py"))[-1].name[:4]
BEFORE = f"{int(next(FOLDER.glob('*_escrow_returns.py')).name[:4]) - 1:04}"


@pytest.fixture
def refunded(bench: Bench) -> Refunded:
    """As in the tests of stops; who wrote the report beside the dispute is nothing that the version before keeps."""
    bench.decide()
    for party in (bench.story.stacy, bench.story.tim):
        bench.accept(party.actor)
    with unguarded(bench.market.office) as connection:
        connection.execute(sa.text("DELETE FROM report_writer"))
    return Refunded(bench)


def stops(refunded: Refunded) -> list[tuple[str, int, str | None]]:
    with refunded.bench.market.office.database.read() as session:
        rows = session.scalars(sa.select(RefundStop).order_by(RefundStop.id)).all()
        return [(one.called_by_ref, one.amount_minor, one.end_kind) for one in rows]


def test_one_stop_is_kept_on_the_way_back_and_up_again(refunded: Refunded) -> None:
    ref = refunded.called()
    migrate(refunded.bench.market.office.database, BEFORE)
    migrate(refunded.bench.market.office.database)
    assert stops(refunded) == [(ref, BACK, None)]
    refunded.ends(ref, "lost")
    assert stops(refunded) == [(ref, BACK, "lost")]


def test_what_was_stopped_twice_is_not_taken_away(refunded: Refunded) -> None:
    database, parts = refunded.bench.market.office.database, {"t-1": 6_000, "t-2": 9_000}
    for reference, amount_minor in parts.items():
        refunded.report("sent", reference, amount_minor=amount_minor)
    ref = refunded.called()
    for reference in parts:
        refunded.report("failed", reference)
    with pytest.raises(RuntimeError, match="stopped twice for one bank"):
        migrate(database, BEFORE)
    assert stops(refunded) == [(ref, amount_minor, None) for amount_minor in parts.values()]
    with database.read() as session:
        assert current(session.connection()) == HERE
