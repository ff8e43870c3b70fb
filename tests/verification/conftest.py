"""The story for tests of identity checks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from portal.act import Office
from portal.core.database import Base, Database
from portal.core.triggers import trigger_sql
from portal.verification import operations
from portal.verification.models import Item, Request, RequestSignature, Review, Submission
from tests.factories.market import Market, Story
from tests.verification.making import Checks

assert operations
TABLES = [Base.metadata.tables[model.__tablename__] for model in (Item, Request, RequestSignature, Submission, Review)]


def build(database: Database) -> None:
    """Makes the room's tables and triggers where the migrations do not make them yet."""
    with database.writer.begin() as connection:
        if sa.inspect(connection).has_table(Item.__tablename__):
            return
        for table in TABLES:
            for key in table.foreign_key_constraints:
                key.deferrable, key.initially = True, "DEFERRED"
        Base.metadata.create_all(connection, tables=TABLES)
        for statement in trigger_sql(connection.dialect.name):
            if any(f"TRIGGER {table.name}_" in statement for table in TABLES):
                connection.execute(sa.text(statement))


@pytest.fixture
def market(office: Office) -> Market:
    build(office.database)
    return Market(office)


@pytest.fixture
def story(market: Market) -> Story:
    return market.story()


@pytest.fixture
def checks(market: Market, story: Story) -> Iterator[Checks]:
    """Tim's case, and helpers; when the test is over, nothing that always holds is broken."""
    made = Checks.begin(market, story)
    yield made
    assert made.violations() == []
