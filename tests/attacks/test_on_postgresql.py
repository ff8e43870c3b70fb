"""The same world on PostgreSQL: nobody finds more there, and whoever may open a page finds it open there too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from portal.web.desk import reach
from tests.attacks.ground import Ground
from tests.attacks.leaks import leaked
from tests.attacks.moved import moved
from tests.attacks.references import Walk, forms_shown, walk
from tests.factories.engines import OwnEngine
from tests.factories.postgresql import Cluster

NAME = "attacked"
NEAR = (
    "other freelancer", "client with contract", "other client", "named member", "finance member", "worker member",
    "reviewer with something", "reviewer with nothing", "reviewer tied", "link of the case", "link of another case",
)
"""One of each kind of those who have a part in some of it, or none: what is a query's to answer."""
LOOKED_AT = 25


@pytest.fixture(scope="session")
def there(ground: Ground, cluster: Cluster, postgresql_template: str) -> Iterator[Ground]:
    database = OwnEngine(cluster.create(NAME, postgresql_template))
    yield moved(ground, database)
    database.dispose()
    cluster.drop(NAME)


def test_pages_are_open_to_whom_they_should_be(there: Ground, shown: Walk) -> None:
    made = forms_shown(there, 1)
    assert len(made.opened) > 50 and made.opened <= shown.opened and made.wrong == []


def test_nobody_else_opens_or_changes_anything_there(there: Ground, shown: Walk) -> None:
    """With the forms that the pages show on SQLite: the things are the same. Whom a role keeps out is the same there too."""
    near = replace(there, viewers=[there.viewer(name) for name in NEAR])
    made = walk(replace(shown, ground=near, by_role=False, wrong=[], tried=Counter()), 1)
    assert not made.wrong, "\n".join(made.wrong)
    assert made.tried["refused"] > 800


def test_nobody_reads_there_what_is_not_for_them(there: Ground) -> None:
    wrong = leaked(there, LOOKED_AT)
    assert not wrong, "\n".join(wrong)


def test_a_desk_that_shows_every_case_there_is_found(there: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "require_reader", lambda *_args: None)
    nobody = replace(there, viewers=[there.viewer("reviewer with nothing")])
    [fault, *_] = walk(Walk(nobody, by_role=False), 1, "desk.case").wrong
    assert fault.startswith("reviewer with nothing: GET /desk/cases/")
