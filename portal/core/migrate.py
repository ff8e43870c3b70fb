"""Brings a database to the newest schema (or back): runs the files in `migrations/`, which import nothing from here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from portal.core.database import Database

FOLDER = Path(__file__).resolve().parent.parent.parent / "migrations"


def migrate(database: Database, target: str = "head") -> str:
    """Runs migrations up or down to `target` in one transaction and returns the revision now in place.

    SQLite: foreign keys are off while tables are rebuilt, and checked before the commit. Going down takes nothing away that
    somebody said or did: with rows in a table that goes it stops, and nothing is changed. Tables whose rows are counted again,
    or were on their way to a machine, a migration names in `FORGETS`. Errors: RuntimeError.
    """
    script = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER)])
    with database.writer.connect() as connection:
        _set_foreign_keys(connection, database, "OFF")
        try:
            with connection.begin():
                _run(script, connection, target)
                if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise RuntimeError("a migration left rows that point at nothing")
        finally:
            _set_foreign_keys(connection, database, "ON")
        return current(connection)


def _set_foreign_keys(connection: sa.Connection, database: Database, state: str) -> None:
    if database.is_sqlite:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute(f"PRAGMA foreign_keys={state}")


def _run(script: ScriptDirectory, connection: sa.Connection, target: str) -> None:
    heads = script.get_current_head()
    here = current(connection)
    if here and here not in {step.revision for step in script.walk_revisions()}:
        raise RuntimeError(f"the database was made by another version of the program: revision {here} is not known here")
    down = target != "head" and here > target
    kept = _with_rows(connection, script) if down else set()

    def steps(revision: Any, _context: Any) -> Any:
        return script._downgrade_revs(target, revision) if down else script._upgrade_revs(target, revision)

    with EnvironmentContext(Config(), script, fn=steps, destination_rev=heads) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
    lost = ", ".join(sorted(kept - _tables(connection)))
    if lost:
        raise RuntimeError(f"the version before cannot keep what is in {lost}, so nothing was changed")


def _with_rows(connection: sa.Connection, script: ScriptDirectory) -> set[str]:
    forgotten = {name for step in script.walk_revisions() for name in getattr(step.module, "FORGETS", ())}
    asked = [
        sa.select(sa.literal(name)).where(sa.exists().select_from(sa.table(name)))
        for name in sorted(_tables(connection) - forgotten)
    ]
    return set(connection.scalars(sa.union_all(*asked)))


def _tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def current(connection: sa.Connection) -> str:
    """The revision in place, or nothing."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return connection.scalar(sa.text("SELECT version_num FROM alembic_version")) or ""


def schema_of(database: Database) -> str:
    """The revision of a database as it is found, or nothing."""
    with database.reader.connect() as connection:
        return current(connection)
