"""The migrations build exactly what the models say, triggers and all, up and down, on both engines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from portal.core.database import Base, Database
from portal.core.migrate import migrate
from portal.core.triggers import trigger_sql
from portal.tables import FIRST, metadata
from tests.factories.postgresql import Cluster
from tests.structure.owner import Filled

PG_FACTS = """
SELECT 'column', table_name || '.' || column_name, concat_ws(' ', data_type, character_maximum_length, is_nullable,
       column_default, collation_name) FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"""


def facts(database: Database) -> set[tuple[str, ...]]:
    with database.writer.connect() as connection:
        if database.is_sqlite:
            rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
        else:
            rows = connection.exec_driver_sql(PG_FACTS).all()
    found = {(kind, name, " ".join(str(text).split())) for kind, name, text in rows if "alembic" not in name}
    return {(kind, name, *_parts(text)) if kind == "table" else (kind, name, text) for kind, name, text in found}


def _parts(text: str) -> list[str]:
    """The columns and constraints of a SQLite table, sorted: a column that was added later stands at the end of its text."""
    depth, parts = 0, [""]
    for character in text.partition("(")[2].rpartition(")")[0]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return sorted(part.strip() for part in parts)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Makes empty databases of one engine."""
    made: list[Database] = []

    def make(name: str) -> Database:
        if request.param == "sqlite":
            made.append(Database(f"sqlite:///{tmp_path / name}.db"))
        else:
            cluster: Cluster = request.getfixturevalue("cluster")
            cluster.drop(f"s_{name}")
            made.append(Database(cluster.create(f"s_{name}")))
        return made[-1]

    yield make
    for database in made:
        database.dispose()


def build_from_models(database: Database) -> None:
    with database.writer.begin() as connection:
        metadata.create_all(connection)
        for statement in trigger_sql(connection.dialect.name):
            connection.execute(sa.text(statement))


def test_sqlite_finds_what_refers_to_a_row_without_looking_through_a_table(tmp_path: Path) -> None:
    """What SQLite asks of every table that could refer to a row that is added before its event."""
    database, through = Database(f"sqlite:///{tmp_path / 'found.db'}"), list[str]()
    build_from_models(database)
    with database.writer.connect() as connection:
        for table in metadata.tables.values():
            for key in table.foreign_key_constraints:
                wanted = " AND ".join(f'"{column.name}" = :x' for column in key.columns)
                plan = connection.execute(sa.text(f'EXPLAIN QUERY PLAN SELECT 1 FROM "{table.name}" WHERE {wanted}'), {"x": ""})
                if key.referred_table.name not in FIRST and any(row.detail.startswith("SCAN") for row in plan):
                    through.append(f"{table.name}: {', '.join(key.column_keys)}")
    database.dispose()
    assert through == []


def test_migrations_build_what_the_models_say(empty: Any) -> None:
    migrated, modelled = empty("migrated"), empty("modelled")
    migrate(migrated)
    build_from_models(modelled)
    assert facts(migrated) == facts(modelled)


def test_migrations_go_down_and_up_again(empty: Any) -> None:
    database = empty("updown")
    migrate(database)
    before = facts(database)
    assert migrate(database, "0001") == "0001"
    migrate(database)
    assert facts(database) == before


def test_what_another_version_made_is_left_as_it_is(empty: Any) -> None:
    database = empty("migrated")
    migrate(database)
    with database.writer.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    before = facts(database)
    with pytest.raises(RuntimeError, match="revision 9999 is not known here"):
        migrate(database)
    assert facts(database) == before


def test_no_step_back_takes_away_what_somebody_said(filled: Filled) -> None:
    """It stops with everything as it was; what the steps after it had taken back already is there again."""
    database = filled.office.database
    before = facts(database), counted(database)
    for target, told in (("0050", "reinstatement, reinstatement_decision, reinstatement_file, reinstatement_message, .*_check"),
                         ("0049", "reinstatement_message, report_writer, restriction_check, verification_contest")):
        with pytest.raises(RuntimeError, match=f"cannot keep what is in .*{told}, so nothing was changed"):
            migrate(database, target)
        assert (facts(database), counted(database)) == before


def counted(database: Database) -> dict[str, int]:
    asked = (f"SELECT '{name}', count(*) FROM \"{name}\"" for name in metadata.tables)
    with database.read() as session:
        return {name: count for name, count in session.execute(sa.text(" UNION ALL ".join(asked)))}


def test_every_table_of_money_log_and_decisions_is_guarded() -> None:
    guarded = {m.local_table.name for m in Base.registry.mappers if m.class_.__row_class__ != "mutable"}
    assert guarded >= {"event", "leaf", "checkpoint", "transfer", "entry", "signature", "statement", "citation", "notice"}
