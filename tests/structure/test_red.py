"""Every query of `flask verify` is shown red: whoever breaks its promise by hand is found, and the row is named."""

from collections import Counter

import pytest
import sqlalchemy as sa

from portal import verify
from tests.structure.breaking import BREAKS, Break
from tests.structure.filled import Filled

QUERIES = {query.__name__: query for promise in verify.REGISTRY for query in promise.queries}
NUMBERED = [f"{one.query}-{n}" for n, one in enumerate(BREAKS)]


def test_nothing_is_found_in_a_database_that_nobody_broke(filled: Filled) -> None:
    assert list(verify.violations(filled.office, filled.settings)) == []


def test_every_query_is_broken_and_no_name_is_taken_twice() -> None:
    named = Counter(query.__name__ for promise in verify.REGISTRY for query in promise.queries)
    assert set(named.values()) == {1}
    assert {one.query for one in BREAKS} == set(named)


def test_every_room_that_proves_something_is_asked() -> None:
    asked = {query for promise in verify.REGISTRY for query in promise.queries}
    assert {query for room in verify.ROOMS for queries in room.PROVES.values() for query in queries} == asked


@pytest.mark.parametrize("one", BREAKS, ids=NUMBERED)
def test_whoever_breaks_it_is_found_and_the_row_is_named(filled: Filled, one: Break) -> None:
    with filled.unguarded(*one.without) as session:
        row = str(session.execute(sa.text(one.row)).scalars().first() or "")
        assert row, "the story has no such row"
        assert list(QUERIES[one.query](session)) == []
        for statement in one.hand:
            session.execute(sa.text(statement), {"row": row} if ":row" in statement else {})
        session.expire_all()
        found = list(QUERIES[one.query](session))
    assert any(row.replace("-", "") in line.replace("-", "") for line in found), found
