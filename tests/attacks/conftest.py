"""One filled world for the attacks of a process: nobody but those who may changes it, so none of them has to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.ground import Ground, stand
from tests.attacks.references import Walk, forms_shown
from tests.factories.engines import OwnEngine

LOOKED_AT = 6


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Ground]:
    """On SQLite; what the queries of PostgreSQL answer is tried in `test_on_postgresql`, over the same rows."""
    folder = tmp_path_factory.mktemp("attacked")
    database = OwnEngine.copy_of(sqlite_template, folder / "portal.db")
    yield stand(database, folder)
    database.dispose()


@pytest.fixture(scope="session")
def shown(ground: Ground) -> Walk:
    """The forms on the pages of those who may open them."""
    return forms_shown(ground, LOOKED_AT)
