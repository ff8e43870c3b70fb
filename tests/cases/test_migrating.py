"""The steps to newer promises and what came with them, down and up again with data on both engines."""

from __future__ import annotations

import sqlalchemy as sa

from portal.cases.checks import PROVES
from portal.cases.models import Clock
from portal.core.migrate import migrate
from portal.rulebook.newer import counts_from
from portal.rulebook.queries import PROMISES, in_force
from portal.tables import metadata
from tests.factories.market import Market
from tests.ledger.steps import contest_money

BEFORE = "0039"


def compared(market: Market) -> dict[str, object]:
    with market.office.database.read() as session:
        return {str(clock.id): clock.compared_on for clock in session.scalars(sa.select(Clock))}


def kept(market: Market) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but those of clocks, and of what is counted again."""
    with market.office.database.read() as session:
        tables = [one for one in metadata.sorted_tables if one.name not in ("clock", "movement", "clause_search")]
        return {one.name: sorted(map(tuple, session.execute(sa.select(one))), key=str) for one in tables}


def test_clocks_that_ran_before_are_compared_from_the_version_that_they_rest_on(market: Market) -> None:
    story = market.story()
    market.do(contest_money, contract_ref=story.contract.ref, number=1, amount_minor=30_000)
    before, others = compared(market), kept(market)
    assert migrate(market.office.database, BEFORE) == BEFORE
    migrate(market.office.database)
    with market.office.database.read() as session:
        version = in_force(session, PROMISES, counts_from(market.office.clock()))
        assert [line for checks in PROVES.values() for check in checks for line in check(session)] == []
    assert kept(market) == others
    assert version is not None and before and compared(market) == dict.fromkeys(before, version.effective_on)
