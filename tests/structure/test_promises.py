"""Each promise that is in place has its guard in both databases, its query, and a property test that exists."""

import ast

import pytest

from portal.core.database import Database
from portal.settings import ROOT
from portal.verify import REGISTRY, Holds

GUARDS = {
    True: "SELECT coalesce(group_concat(name || ' ' || coalesce(sql, ''), ' '), '') FROM sqlite_master",
    False: "SELECT (SELECT string_agg(conname, ' ') FROM pg_constraint) || ' ' || "
           "(SELECT string_agg(tgname, ' ') FROM pg_trigger)",
}


@pytest.mark.parametrize("promise", REGISTRY, ids=lambda p: p.title)
def test_guard_is_in_the_database(database: Database, promise: Holds) -> None:
    with database.writer.connect() as connection:
        known = connection.exec_driver_sql(GUARDS[database.is_sqlite]).scalar() or ""
    assert promise.guard in known


@pytest.mark.parametrize("promise", REGISTRY, ids=lambda p: p.title)
def test_property_test_exists_and_query_runs(sqlite_database: Database, promise: Holds) -> None:
    file, name = promise.property_test.split("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert promise.queries
    with sqlite_database.read() as session:
        assert [line for query in promise.queries for line in query(session)] == []
