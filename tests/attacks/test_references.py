"""Nobody reads or changes what is somebody else's, whatever address they open and whatever form they send."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from portal.accounts.models import Throttle
from portal.core.database import Database
from portal.core.ids import new_id
from portal.ledger import destinations
from portal.web.person import appeals
from tests.attacks.ground import Ground
from tests.attacks.references import Walk, walk
from tests.attacks.watching import Watch
from tests.attacks.who import EVERYBODY, OF_MONEY, OF_OWNERS, TAKES, THEIR_OWN, THING
from tests.conftest import NOON


def test_every_route_says_of_whose_thing_it_is(ground: Ground) -> None:
    named = [*EVERYBODY, *THEIR_OWN, *THING]
    assert sorted(named) == sorted({rule.endpoint for rule in ground.app.url_map.iter_rules()})
    assert set(THING) >= (OF_OWNERS | OF_MONEY | TAKES)


def test_whoever_may_open_a_page_finds_it_open(ground: Ground, shown: Walk) -> None:
    """What is closed to everybody would be refused for another reason than whose it is."""
    pages = {rule.endpoint for rule in ground.app.url_map.iter_rules() if "GET" in (rule.methods or ())} & set(THING)
    assert pages - shown.opened == set()
    assert len(shown.forms) > 40 and shown.wrong == []


def test_nobody_else_opens_or_changes_anything(shown: Walk) -> None:
    made = walk(replace(shown, wrong=[]), 1)
    assert not made.wrong, "\n".join(made.wrong)
    assert made.tried["refused"] > 2500


def test_a_page_that_does_not_ask_whose_it_is_is_found(shown: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    for asks in ("require_reads_appeal", "require_in_session"):
        monkeypatch.setattr(appeals, asks, lambda *_args: None)
    wrong = walk(replace(shown, wrong=[]), 1, "person.appeal").wrong
    assert any(line.startswith("other freelancer: GET /appeals/") and line.endswith("was answered with 200") for line in wrong)
    assert any(line.startswith("link of another case") for line in wrong)


def test_an_operation_that_does_not_ask_whose_it_is_is_found(shown: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destinations, "require_money_role", lambda work, _account: work.actor.person_id)
    wrong = walk(replace(shown, wrong=[]), 1, "person.end_destination").wrong
    assert any("changed destination" in line for line in wrong), wrong


def test_only_what_stays_written_is_compared(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """An act that refuses is rolled back; to read every row after each of those took longer than all else."""
    watch, read = Watch(database), list[str]()
    monkeypatch.setattr(watch, "_digest", lambda table: read.append(table) or "another")
    for end in ("rollback", "commit"):
        with database.writer.connect() as connection:
            connection.execute(sa.insert(Throttle).values(
                id=new_id(), created_at=NOON, kind="sign_in", subject="x", window_from=NOON, count=1))
            getattr(connection, end)()
        assert bool(watch.changed()) == bool(read) == (end == "commit")
    watch.close()
