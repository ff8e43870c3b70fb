"""What older databases hold is kept: who was told of what gets the first day on which it counts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from portal.core.database import Database
from portal.core.ids import new_id
from portal.core.migrate import migrate
from portal.rulebook.models import Binding, PolicyVersion

TOLD = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
OLDER = {
    "policy": {"slug": "terms-of-service", "kind": "terms"},
    "account": {
        "ref": "P-2222", "external_id": "x", "kind": "individual", "name": "X", "joined_on": "2025-01-01", "search_text": "",
    },
    "policy_version": {
        "title": "T", "published_on": "2026-02-02", "effective_on": "2026-03-01", "language": "en", "binding": True,
        "changes": "", "front": "{}", "sha256": "0" * 64,
    },
    "binding": {"told_at": TOLD},
}


def written(database: Database, table: str, values: dict[str, Any], **keys: Any) -> Any:
    """A row of an older table, by plain SQL; its key."""
    key, sqlite = new_id(), database.is_sqlite
    row = {"id": key, "created_at": TOLD} | values | keys
    as_kept = {
        name: (value.hex if hasattr(value, "hex") and not isinstance(value, bytes) else
               value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(value, datetime) else value) if sqlite else value
        for name, value in row.items()
    }
    columns, places = ", ".join(as_kept), ", ".join(f":{name}" for name in as_kept)
    with database.writer.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), as_kept)
    return key


def test_who_was_told_before_gets_the_day_from_which_it_counts(database: Database) -> None:
    migrate(database, "0015")
    policy = written(database, "policy", OLDER["policy"])
    account = written(database, "account", OLDER["account"])
    version = written(database, "policy_version", OLDER["policy_version"], policy_id=policy)
    written(database, "binding", OLDER["binding"], account_id=account, version_id=version)
    migrate(database)
    with database.read() as session:
        kept = session.scalars(sa.select(Binding)).one()
        assert (kept.told_at, kept.binds_on, kept.untold_at) == (TOLD, date(2026, 2, 18), None)
        assert session.scalars(sa.select(PolicyVersion.corrects_id)).one() is None
    with pytest.raises(sa.exc.DBAPIError, match="kept as they are"), database.write() as session:
        session.execute(sa.update(PolicyVersion).values(title="U"))
    migrate(database, "0015")
    migrate(database)
