"""A marketplace of its own for each form, with people who have just signed in, and what is on record in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from portal.app import create_app
from portal.core.access import Role
from portal.core.clock import MovedClock
from portal.settings import load_settings
from portal.tables import metadata
from tests.factories.compiled import with_shared_templates
from tests.factories.engines import OwnEngine
from tests.factories.market import Market, Party, Staff, Story
from tests.factories.told import SECRET
from tests.verification.pages import Browser, Doors

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOT_AN_ACT = frozenset({"draft", "request_key", "throttle", "user_session"})
"""What may be written when nothing is done: a draft, the key under which it was kept, that it was tried, the session."""
COUNTS = text(" UNION ALL ".join(
    f'SELECT \'{name}\', count(*) FROM "{name}"' for name in sorted(metadata.tables) if name not in NOT_AN_ACT
))


@dataclass
class World:
    """The application on SQLite and the story in it, before its first step."""

    app: Flask
    market: Market
    story: Story
    doors: Doors
    clock: MovedClock

    def browser(self, who: Party | Staff) -> Browser:
        return self.doors.open(who.person)

    def auditor(self) -> Browser:
        """Somebody who reads every case and decides nothing."""
        return self.browser(self.market.staff("Ada Novak", Role.AUDITOR))

    def rows(self) -> dict[str, int]:
        """How many rows each table of acts has."""
        with self.market.office.database.read() as session:
            return {name: count for name, count in session.execute(COUNTS)}


@contextmanager
def opened(folder: Path, template: Path) -> Iterator[World]:
    """A fresh world on a copy of the migrated database."""
    clock, database = MovedClock(NOON), OwnEngine.copy_of(template, folder / "portal.db")
    settings = load_settings({"PORTAL_INSTANCE": str(folder / "instance"), "PORTAL_SECRET_KEY": SECRET})
    app = with_shared_templates(create_app(settings, clock=clock, database=database))
    market = Market(app.extensions["office"])
    yield World(app, market, market.story(), Doors(app, market), clock)
    database.dispose()
