"""The filled world on PostgreSQL: the same rows under the same keys, so that the same people are signed in there."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from portal.act import Office
from portal.app import create_app
from portal.core.database import Database
from portal.tables import metadata
from tests.attacks.ground import Ground, Viewer
from tests.factories.compiled import with_shared_templates
from tests.factories.market import Market
from tests.structure.filled import settings_of
from tests.verification.pages import Browser, Doors


def moved(ground: Ground, database: Database) -> Ground:
    """Its own application on that database, and a browser of its own for each of the same people."""
    _copy(ground.database, database)
    office = ground.filled.office
    filled = replace(ground.filled, office=Office(database, office.clock, office.keyring),
                     settings=settings_of(database, ground.filled.settings.instance))
    app = with_shared_templates(create_app(filled.settings, clock=office.clock, database=database))
    market = Market(app.extensions["office"])
    made = replace(ground, filled=filled, app=app, market=market, doors=Doors(app, market), viewers=[])
    made.viewers.extend(replace(one, browser=_same_cookies(made, one)) for one in ground.viewers)
    return made


def _copy(there: Database, here: Database) -> None:
    with there.read() as session, here.writer.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for table in metadata.sorted_tables:
            connection.execute(sa.delete(table))
            rows = [dict(row) for row in session.execute(sa.select(table)).mappings()]
            if rows:
                connection.execute(sa.insert(table), rows)


def _same_cookies(made: Ground, viewer: Viewer) -> Browser:
    client = made.app.test_client()
    client._cookies = dict(viewer.browser.client._cookies)
    return Browser(client)
