"""The worker tells new rules: a batch after the other, where another one stopped, and who joins later too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from portal import worker
from portal.act import Office
from portal.core.clock import MovedClock
from portal.core.work import Work
from portal.log.models import RequestKey
from portal.notices import lookout, rule_changes
from portal.notices.models import Notice, Telling
from portal.notices.told import tellings_due
from portal.rulebook.queries import TERMS, binding_on
from portal.settings import Settings, load_settings
from portal.worker import Worker, run_once
from tests.factories.rules import Rulebook
from tests.notices.making import Collecting, all_of


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance")})


def test_a_round_tells_everybody_of_new_rules_and_the_next_worker_goes_on(
    office: Office, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = Rulebook(office, tmp_path / "policies").begin()
    for _ in range(5):
        rules.join(date(2025, 1, 1))
    rules.write(rules.today(30))
    rules.publish()
    monkeypatch.setattr(rule_changes, "BATCH", 2)
    killed = Worker(office, Collecting(), settings)
    with monkeypatch.context() as patched:
        patched.setattr(worker, "announce", _dies_after(2))
        tally = killed.round()
    assert (tally.announced, tally.told, tally.troubles) == (4, 4, 1)
    killed.close()
    mailer = Collecting()
    tally = run_once(office, mailer, settings)
    assert (tally.announced, tally.told, len(mailer.mails)) == (1, 1, 1)
    tally = run_once(office, mailer, settings)
    assert (tally.announced, tally.told, len(mailer.mails)) == (0, 0, 1)
    assert len({one.recipient_id for one in all_of(office, Notice)}) == 5


def _dies_after(times: int) -> Callable[..., dict[str, Any]]:
    """The operation that tells a batch, which fails from then on."""
    left = iter([True] * times)

    def announce(work: Work, **args: Any) -> dict[str, Any]:
        if not next(left, False):
            raise RuntimeError("killed")
        return rule_changes.announce(work, **args)

    return announce


def test_who_joins_later_is_looked_for_every_ten_minutes(
    office: Office, settings: Settings, tmp_path: Path, clock: MovedClock
) -> None:
    rules, one = Rulebook(office, tmp_path / "policies").begin(), Worker(office, Collecting(), settings)
    rules.write(rules.today(30))
    rules.publish()
    assert one.round().announced == 0
    rules.join(rules.today())
    clock.advance(minutes=9)
    assert one.round().announced == 0
    clock.advance(minutes=1)
    assert one.round().announced == 1
    one.close()


def test_a_round_in_which_nothing_is_due_writes_nothing(office: Office, settings: Settings, tmp_path: Path) -> None:
    rules, one = Rulebook(office, tmp_path / "policies").begin(), Worker(office, Collecting(), settings)
    rules.write(rules.today(30))
    rules.publish()
    rules.join(date(2025, 1, 1))
    one.round()
    before = len(all_of(office, RequestKey))
    one.round()
    assert len(all_of(office, RequestKey)) == before
    one.close()


def test_looking_for_nobody_writes_nothing(
    office: Office, settings: Settings, tmp_path: Path, clock: MovedClock
) -> None:
    rules, one = Rulebook(office, tmp_path / "policies").begin(), Worker(office, Collecting(), settings)
    rules.write(rules.today(30))
    rules.publish()
    rules.join(date(2025, 1, 1))
    assert one.round().announced == 1
    before = len(all_of(office, RequestKey))
    for _ in range(3):
        clock.advance(minutes=11)
        assert one.round().announced == 0
    assert len(all_of(office, RequestKey)) == before
    one.close()


def test_a_look_begins_behind_the_newest_account_and_once_a_day_at_the_first(
    office: Office, settings: Settings, tmp_path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account that had nobody when everybody was told is found by the look at all of them, also after a crash."""
    monkeypatch.setattr(lookout, "OVERLAP", timedelta(0))
    rules, one = Rulebook(office, tmp_path / "policies").begin(), Worker(office, Collecting(), settings)
    late, _ = rules.join(date(2025, 1, 1)), rules.join(date(2025, 1, 1))
    rules.leave(late)
    rules.write(rules.today(30))
    rules.publish()
    assert one.round().announced == 1
    rules.enter(late)
    clock.advance(minutes=11)
    assert one.round().announced == 0
    clock.advance(days=1)
    assert one.round().announced == 1
    one.close()


def test_nobody_is_looked_for_every_ten_minutes_once_the_version_is_in_force(
    office: Office, settings: Settings, tmp_path: Path, clock: MovedClock
) -> None:
    """Who joins from that day on joins under it; one that the marketplace reports late is found within a day."""
    rules, one = Rulebook(office, tmp_path / "policies").begin(), Worker(office, Collecting(), settings)
    rules.write(rules.today(30))
    rules.publish()
    clock.advance(days=31)
    assert one.round().announced == 0
    rules.join(date(2025, 1, 1))
    clock.advance(hours=23)
    assert one.round().announced == 0
    clock.advance(hours=1)
    assert one.round().announced == 1
    one.close()


def test_while_the_mail_server_is_down_nobody_looks_again_before_a_day_is_over(
    office: Office, settings: Settings, tmp_path: Path, clock: MovedClock
) -> None:
    rules, mailer = Rulebook(office, tmp_path / "policies").begin(), Collecting()
    one, mailer.down = Worker(office, mailer, settings), True
    rules.write(rules.today(30))
    rules.publish()
    rules.join(date(2025, 1, 1))
    begun = clock()
    assert one.round().announced == 1
    assert [telling.look_at for telling in all_of(office, Telling)] == [begun + timedelta(days=1)]
    clock.advance(hours=2)
    with office.database.read() as session:
        assert not tellings_due(session, clock())
    mailer.down = False
    assert one.round().told == 1
    one.close()


def test_a_round_looks_at_notices_for_a_while_and_the_next_goes_on(
    office: Office, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules, one = Rulebook(office, tmp_path / "policies").begin(), Worker(office, Collecting(), settings)
    rules.write(rules.today(30))
    rules.publish()
    rules.join(date(2025, 1, 1))
    assert rules.tell() == 1
    monkeypatch.setattr(worker, "RULES_SECONDS", 0.0)
    assert one.round().told == 0
    monkeypatch.undo()
    assert one.round().told == 1
    one.close()


def test_an_account_whose_person_had_the_notice_for_another_is_told_at_once(
    office: Office, settings: Settings, tmp_path: Path, clock: MovedClock
) -> None:
    rules, one = Rulebook(office, tmp_path / "policies").begin(), Worker(office, Collecting(), settings)
    person = rules.person()
    rules.open([person], date(2025, 1, 1))
    rules.write(rules.today(30))
    rules.publish()
    assert one.round().told == 1
    rules.open([person], rules.today())
    clock.advance(minutes=11)
    tally = one.round()
    assert (tally.announced, tally.told, len(all_of(office, Notice))) == (1, 1, 1)
    one.close()


def test_asking_what_binds_is_one_statement(office: Office, tmp_path: Path) -> None:
    """Issuing asks it for each day of the conduct."""
    rules = Rulebook(office, tmp_path / "policies").begin()
    account, asked = rules.join(date(2025, 1, 1)), list[str]()
    with office.database.read() as session:
        sa.event.listen(session.connection().engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        binding_on(session, account, TERMS, rules.today())
    assert len(asked) == 1
