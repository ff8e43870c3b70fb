"""Each promise of DESIGN, section 2, has its guards in both databases, its queries, and a property test that exists."""

import ast

import pytest

from portal import verify
from portal.core.database import Database
from portal.settings import ROOT
from portal.verify import ON_RECORD, REGISTRY, Holds

GUARDS = {
    True: "SELECT coalesce(group_concat(name || ' ' || coalesce(sql, ''), ' '), '') FROM sqlite_master",
    False: "SELECT (SELECT string_agg(conname, ' ') FROM pg_constraint) || ' ' || "
           "(SELECT string_agg(tgname, ' ') FROM pg_trigger) || ' ' || (SELECT string_agg(indexname, ' ') FROM pg_indexes)",
}


def test_every_promise_is_in_the_registry() -> None:
    assert [promise.number for promise in REGISTRY] == list(range(1, 13))


def test_guards_are_in_the_database(database: Database) -> None:
    with database.writer.connect() as connection:
        known = set((connection.exec_driver_sql(GUARDS[database.is_sqlite]).scalar() or "").replace('"', " ").split())
    assert [(p.title, guard) for p in REGISTRY for guard in p.guards if guard not in known] == []


@pytest.mark.parametrize("promise", REGISTRY, ids=lambda p: p.title)
def test_property_test_exists_and_query_runs(sqlite_database: Database, promise: Holds) -> None:
    file, name = promise.property_test.split("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert promise.queries or promise.number == ON_RECORD
    assert promise.guards
    with sqlite_database.read() as session:
        assert [line for query in promise.queries for line in query(session)] == []


def test_what_is_proven_and_what_is_not_in_place_is_said() -> None:
    said = "\n".join(verify.what())
    for promise in REGISTRY:
        assert f"{promise.number}. {promise.title}" in said
        assert all(f"not yet: {line}" in said for line in promise.not_yet)
        assert all(f"proven: {(query.__doc__ or '?').splitlines()[0]}" in said for query in promise.queries)


def test_the_documentation_says_the_same() -> None:
    text = " ".join((ROOT / "docs" / "verify.md").read_text(encoding="utf-8").split())
    assert [line for promise in REGISTRY for line in (promise.title, *promise.not_yet) if line not in text] == []
