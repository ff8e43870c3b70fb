"""Fields that nobody offered: the name of every column is posted beside the fields of a form, and nothing else results.

The form is carried out three times from the same rows: twice as it is, and once with more fields. What differs between the
first two (keys, references, what is drawn or sealed) says nothing; everything else has to be the same the third time.
Source: SECURITY, "Abuse and fault cases".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from portal.cases.drafts import MOST_FIELDS
from portal.tables import metadata
from tests.factories.told import put_back, serialized
from tests.web.badinput.scenes import SCENES, Scene, fields_of
from tests.web.badinput.world import NOT_AN_ACT

AT_ONCE = MOST_FIELDS - 20
"""So many names at once: a draft of one form keeps no more, and is allowed to keep what somebody sent."""
WORDS = "These are other words than before. They are about the same thing, and as long as they have to be."
DRAWN = frozenset({"assignee_id"})
Rows = dict[str, list[dict[str, Any]]]


def changed_by_more(scene: Scene, *, every: bool) -> list[str]:
    """What is different with more fields. `every`: the columns of all tables, else of those that the form writes to."""
    assert scene.world is not None
    database = scene.world.market.office.database
    start = serialized(database)
    before, first, second = _rows(scene), _sent(scene, {}), _after(scene, start, {})
    touched = [name for name in first if first[name] != before[name]]
    assert touched, "the form does nothing"
    found = []
    for more in _portions(scene, list(metadata.tables) if every else touched):
        third = _after(scene, start, more)
        found += [f"{place} is {one!r} instead of {was!r}" for place, was, one in _differences(first, second, third)]
    put_back(database, start)
    return found


def _after(scene: Scene, start: bytes, more: dict[str, str]) -> Rows:
    assert scene.world is not None
    put_back(scene.world.market.office.database, start)
    return _sent(scene, more)


def _sent(scene: Scene, more: dict[str, str]) -> Rows:
    """What is on record after the form was sent in every step, with other words than those that it may have begun with."""
    other = {name: scene.around(name, WORDS) for name, (kind, _) in scene.fields.items() if kind == "text" and name in scene.good}
    rest, scene.rest = scene.rest, scene.rest | more
    for way in scene.ways[-1:] if scene.either else scene.ways:
        answer = scene.post(way, **other)
    scene.rest = rest
    assert answer.status_code == 303, answer.text[:2000]
    return _rows(scene)


def _rows(scene: Scene) -> Rows:
    assert scene.world is not None
    with scene.world.market.office.database.read() as session:
        return {
            name: [dict(row) for row in session.execute(sa.text(f'SELECT * FROM "{name}" ORDER BY rowid')).mappings()]
            for name in metadata.tables if name not in NOT_AN_ACT and name != "session"
        }


def _portions(scene: Scene, tables: list[str]) -> Iterator[dict[str, str]]:
    """The names of the columns that no form of the page has, in portions, each with a value that would be worth something."""
    known = {*fields_of(scene.form), *scene.fields, *scene.hidden, *scene.rest}
    known |= {name for _path, button in scene.ways for name in button}
    if scene.rest:
        known |= {name for form, _make in SCENES.values() for name in fields_of(form)}
    columns = {column.name: column for name in tables for column in metadata.tables[name].columns}
    names = sorted(set(columns) - known)
    for start in range(0, len(names), AT_ONCE // 2):
        some = {name: _worth(scene, columns[name]) for name in names[start:start + AT_ONCE // 2]}
        yield some | {f"{scene.prefix}{name}": value for name, value in some.items()}


def _worth(scene: Scene, column: sa.Column[Any]) -> str:
    """Somebody else's key, a moment, a number, a yes, or a word."""
    assert scene.world is not None
    story, kind = scene.world.story, column.type.python_type.__name__
    if kind == "UUID":
        return str(story.omar.account.id if "account" in column.name else story.ola.person.id)
    worth = {"datetime": "2020-01-01T00:00:00Z", "date": "2020-01-01", "int": "777", "bool": "true"}
    return worth.get(kind, "decided as nobody has asked for")


def _differences(first: Rows, second: Rows, third: Rows) -> Iterator[tuple[str, Any, Any]]:
    for table, rows in first.items():
        if len(rows) != len(third[table]):
            yield table, f"{len(rows)} rows", f"{len(third[table])} rows"
            continue
        for number, row in enumerate(rows):
            for name, was in row.items():
                steady = was == second[table][number][name] and name not in DRAWN
                if steady and third[table][number][name] != was:
                    yield f"{table}.{name}", was, third[table][number][name]
