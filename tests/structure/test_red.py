"""Every sentence of `flask verify` is shown red: whoever breaks what it says by hand is found, and the row is named."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import verify
from portal.log.checkpoints import public_key_of
from portal.log.checks import check
from portal.readable import unreadable
from portal.settings import ROOT
from tests.structure.breaks import BREAKS, Break
from tests.structure.owner import Filled
from tests.structure.sentences import VALUE, proving, sentences

QUERIES = {query.__name__: query for promise in verify.REGISTRY for query in promise.queries}
NUMBERED = [f"{one.query}-{n}" for n, one in enumerate(BREAKS)]
THE_LOG, READABLE, STUMBLES = "check", "unreadable", "carried_out"
"""What `flask verify` proves besides the queries of its registry."""


def proof(filled: Filled, name: str) -> Callable[[Session], Iterator[str]]:
    """What is asked by that name."""
    key = public_key_of(filled.settings.signing_key)
    return {
        **QUERIES, READABLE: unreadable,
        THE_LOG: partial(check, keyring=filled.office.keyring, folder=filled.folder, public_key=key),
        STUMBLES: partial(verify.carried_out, "12. Both ways", QUERIES["promises_are_machine_readable"]),
    }[name]


def test_nothing_is_found_in_a_database_that_nobody_broke(filled: Filled) -> None:
    assert list(verify.violations(filled.office, filled.settings)) == []


def test_every_query_is_broken_and_no_name_is_taken_twice() -> None:
    named = Counter(query.__name__ for promise in verify.REGISTRY for query in promise.queries)
    assert set(named.values()) == {1}
    assert {one.query for one in BREAKS} == {*named, THE_LOG, READABLE, STUMBLES}


def test_every_sentence_has_a_break() -> None:
    said = "\n".join(one.says for one in BREAKS)
    assert {text: place for text, place in sentences().items() if text not in said} == {}


def test_every_query_stands_where_its_sentences_are_looked_for() -> None:
    known = {".".join(file.relative_to(ROOT).with_suffix("").parts) for file in proving()}
    assert {query.__module__ for query in QUERIES.values()} <= known


def test_every_room_that_proves_something_is_asked() -> None:
    asked = {query for promise in verify.REGISTRY for query in promise.queries}
    assert {query for room in verify.ROOMS for queries in room.PROVES.values() for query in queries} == asked


@pytest.mark.parametrize("one", BREAKS, ids=NUMBERED)
def test_whoever_breaks_it_is_found_and_the_row_is_named(filled: Filled, one: Break) -> None:
    with filled.unguarded(*one.without) as session:
        row = str(session.execute(sa.text(one.row)).scalars().first() or "")
        assert row, "the story has no such row"
        for statement in one.hand:
            session.execute(sa.text(statement), {"row": row} if ":row" in statement else {})
        session.expire_all()
        found = list(proof(filled, one.query)(session))
    says = re.compile(".+".join(re.escape(part) for part in one.says.split(VALUE)), re.DOTALL)
    assert any(says.fullmatch(line) and row.replace("-", "") in line.replace("-", "") for line in found), found
