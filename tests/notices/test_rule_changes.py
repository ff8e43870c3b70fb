"""New rules are told to every account once, in batches; told is the first of sent and not come back, and read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.act import Office, act
from portal.core.access import WORKER
from portal.core.clock import MovedClock
from portal.core.errors import NotFound, Refusal
from portal.log.models import Event
from portal.notices import checks, rule_changes
from portal.notices.checks import notice_periods_are_kept, told_rests_on_a_notice
from portal.notices.models import Channel, Delivery, Notice, Telling
from portal.notices.operations import open_notice, take_bounce
from portal.notices.rule_changes import announce, to_tell
from portal.rulebook.binding import Binds, Ground, Reason, Unbound
from portal.rulebook.models import Binding
from tests.factories.rules import FIRST, Rulebook
from tests.notices.making import all_of

DAY = timedelta(days=1)
JOINED = date(2025, 1, 1)


@pytest.fixture
def rules(office: Office, tmp_path: Path) -> Rulebook:
    return Rulebook(office, tmp_path / "policies").begin()


def later(rules: Rulebook, ahead: int = 30) -> date:
    """A new version is published today; the day on which it takes effect."""
    day = rules.today(ahead)
    rules.write(day)
    rules.publish()
    return day


def mail_of(office: Office, notice: Notice) -> Delivery:
    return next(one for one in all_of(office, Delivery) if one.notice_id == notice.id and one.channel == Channel.EMAIL)


def come_back(rules: Rulebook, notice: Notice) -> None:
    mail = mail_of(rules.office, notice)
    rules.do(take_bounce, WORKER, message_id=mail.message_id, recipients=[mail.target], detail="no such user")


def test_everybody_is_told_once_in_their_language_and_bound_after_their_own_notice(rules: Rulebook) -> None:
    ann, ana = rules.join(JOINED), rules.join(JOINED, language="es", zone="America/Lima")
    day = later(rules, ahead=10)
    version = rules.version(day)
    assert rules.tell() == 2
    rules.send()
    assert rules.tell() == 0
    notices = {one.language: one for one in all_of(rules.office, Notice)}
    assert sorted(notices) == ["en", "es"]
    assert "You need not do anything" in notices["en"].body and "Something." in notices["en"].body
    assert "close your account" in notices["en"].mail_body
    assert len(rules.mailer.mails) == 2
    told = rules.today()
    for account in (ann, ana):
        found = rules.binding(account, version.id)
        assert found is not None and found.told_at == rules.office.clock() and found.binds_on == told + 16 * DAY
        assert rules.binds(account, day) == Binds(rules.version(FIRST).id, JOINED, Ground.JOINED)
        assert rules.binds(account, told + 15 * DAY).version_id != version.id  # type: ignore[union-attr]
        assert rules.binds(account, told + 16 * DAY) == Binds(version.id, told + 16 * DAY, Ground.TOLD)


def test_who_joins_in_between_is_told_and_who_joins_under_it_is_not(rules: Rulebook, clock: MovedClock) -> None:
    day = later(rules)
    rules.join(JOINED)
    assert rules.tell() == 1
    clock.advance(days=3)
    between = rules.join(rules.today())
    assert rules.tell() == 1
    clock.advance(days=40)
    under = rules.join(day)
    assert rules.tell() == 0
    assert rules.binds(under, day) == Binds(rules.version(day).id, day, Ground.JOINED)
    rules.send()
    assert rules.binds(between, rules.today()).ground == Ground.TOLD  # type: ignore[union-attr]


def test_nobody_is_told_of_first_replaced_unpublished_or_accepted_versions(office: Office, tmp_path: Path) -> None:
    rules = Rulebook(office, tmp_path / "policies")
    for day, published in ((FIRST, "2024-02-01"), (date(2025, 3, 1), "2025-02-01"), (date(2026, 3, 1), "2026-02-01")):
        rules.write(day, published_on=date.fromisoformat(published))
    rules.write(rules.today(60), published_on=rules.today(20))
    rules.publish()
    with office.database.read() as session:
        assert to_tell(session, rules.today()) == [rules.version(date(2026, 3, 1)).id]
        assert len(to_tell(session, rules.today(20))) == 2
        assert to_tell(session, rules.today(60)) == [rules.version(rules.today(60)).id]


def test_a_batch_that_was_told_stays_told_and_any_worker_goes_on(
    rules: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_changes, "BATCH", 3)
    for _ in range(7):
        rules.join(JOINED)
    version = rules.version(later(rules))
    first = rules.do(announce, WORKER, version_id=version.id, after=None)
    assert first["accounts"] == 3
    assert rules.tell() == 4
    assert rules.tell() == 0
    notices = all_of(rules.office, Notice)
    assert len({one.recipient_id for one in notices}) == len(notices) == 7
    assert len(all_of(rules.office, Telling)) == 7
    rules.send()
    assert len([one for one in all_of(rules.office, Binding) if one.told_at]) == 7


def test_one_person_with_two_accounts_reads_it_once_and_both_accounts_are_told(rules: Rulebook) -> None:
    person = rules.person()
    accounts = [rules.open([person], JOINED) for _ in range(2)]
    version = rules.version(later(rules))
    rules.tell()
    rules.send()
    assert len(all_of(rules.office, Notice)) == 1
    assert all(rules.binding(account, version.id) for account in accounts)


def test_told_counts_from_sending_and_not_from_when_the_worker_noticed(rules: Rulebook, clock: MovedClock) -> None:
    quiet = rules.join(JOINED, email=False)
    version = rules.version(later(rules))
    told = clock()
    rules.tell()
    rules.send()
    assert rules.binding(quiet, version.id) is None
    clock.advance(days=4)
    rules.send()
    found = rules.binding(quiet, version.id)
    assert found is not None and found.told_at == told + DAY


def test_what_is_opened_before_the_mail_goes_out_is_told_by_being_read(rules: Rulebook, clock: MovedClock) -> None:
    rules.mailer.down = True
    account = rules.join(JOINED)
    version = rules.version(later(rules))
    rules.tell()
    rules.send()
    assert rules.binding(account, version.id) is None
    clock.advance(hours=2)
    rules.do(open_notice, rules.actor(account), notice_id=all_of(rules.office, Notice)[0].id)
    found = rules.binding(account, version.id)
    assert found is not None and found.told_at == clock()


def test_what_came_back_was_not_told_until_it_is_read(rules: Rulebook, clock: MovedClock) -> None:
    account = rules.join(JOINED)
    day = later(rules)
    version = rules.version(day)
    rules.tell()
    rules.send()
    clock.advance(days=2)
    notice = all_of(rules.office, Notice)[0]
    come_back(rules, notice)
    found = rules.binding(account, version.id)
    assert found is not None and found.untold_at == clock()
    clock.advance(days=40)
    rules.send()
    assert rules.binds(account, day) == Binds(rules.version(FIRST).id, JOINED, Ground.JOINED)
    with rules.office.database.read() as session:
        assert list(told_rests_on_a_notice(session)) == []
    rules.do(open_notice, rules.actor(account), notice_id=notice.id)
    again = rules.binding(account, version.id)
    assert again is not None and again.untold_at is None and again.told_at == clock()
    assert again.binds_on == rules.today(16)
    kinds = [one.kind for one in all_of(rules.office, Event)]
    assert kinds.count("policy.told") == 2 and kinds.count("policy.untold") == 1


def test_an_account_is_told_by_the_first_of_its_owners_and_its_members_hear_it_too(
    rules: Rulebook, clock: MovedClock
) -> None:
    owners, worker = [rules.person(), rules.person()], rules.person()
    account = rules.open(owners, JOINED, workers=(worker,))
    version = rules.version(later(rules))
    rules.tell()
    told = clock()
    rules.send()
    notices = {one.recipient_id: one for one in all_of(rules.office, Notice)}
    assert set(notices) == {*(one.id for one in owners), worker.id}
    assert {one.notice_id for one in all_of(rules.office, Telling)} == {notices[one.id].id for one in owners}
    clock.advance(days=1)
    come_back(rules, notices[owners[0].id])
    found = rules.binding(account, version.id)
    assert found is not None and (found.told_at, found.untold_at) == (told, None)
    come_back(rules, notices[owners[1].id])
    found = rules.binding(account, version.id)
    assert found is not None and found.untold_at == clock()


@pytest.mark.parametrize(("length", "unit", "ahead"), [(30, "days", 31), (5, "days", 16), (2, "months", 62)])
def test_the_promise_in_force_says_how_long_and_the_law_how_long_at_least(
    rules: Rulebook, length: int, unit: str, ahead: int
) -> None:
    rules.promise(date(2025, 1, 1), length, unit)
    rules.publish()
    account = rules.join(JOINED)
    version = rules.version(later(rules, ahead=15))
    rules.tell()
    rules.send()
    found = rules.binding(account, version.id)
    assert found is not None and found.binds_on == rules.today(ahead)
    bound = rules.binds(account, rules.today(ahead - 1))
    assert isinstance(bound, Binds) and bound.version_id != version.id


def test_days_end_in_the_zone_of_the_owner(office: Office, tmp_path: Path) -> None:
    clock = MovedClock(datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    rules = Rulebook(Office(office.database, clock, office.keyring), tmp_path / "policies").begin()
    west, east = rules.join(JOINED, zone="America/Lima"), rules.join(JOINED, zone="Asia/Tokyo")
    version = rules.version(later(rules))
    rules.tell()
    rules.send()
    found = [rules.binding(one, version.id) for one in (west, east)]
    assert [one.binds_on for one in found if one] == [date(2026, 12, 8), date(2026, 12, 9)]


def test_only_the_worker_tells(rules: Rulebook) -> None:
    version = rules.version(later(rules))
    account = rules.join(JOINED)
    with pytest.raises(Refusal):
        rules.do(announce, rules.actor(account), version_id=version.id, after=None)


def test_a_late_bounce_changes_nothing_that_binds(rules: Rulebook, clock: MovedClock) -> None:
    account = rules.join(JOINED)
    version = rules.version(later(rules))
    rules.tell()
    rules.send()
    clock.advance(days=6)
    rules.send()
    with pytest.raises(NotFound):
        come_back(rules, all_of(rules.office, Notice)[0])
    assert rules.binding(account, version.id).untold_at is None  # type: ignore[union-attr]


def test_without_a_word_nothing_new_binds_and_the_reason_says_so(rules: Rulebook) -> None:
    account = rules.join(JOINED)
    day = later(rules)
    with rules.office.database.read() as session:
        first = session.scalars(select(Binding)).all()
    assert first == []
    found = rules.binds(account, day)
    assert isinstance(found, Binds) and found.version_id == rules.version(FIRST).id
    early = rules.join(date(2024, 1, 1))
    assert rules.binds(early, day) == Reason(Unbound.NEVER_TOLD)


def test_every_portion_is_proven_and_a_promise_is_read_once_for_its_day(
    rules: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "PORTION", 2)
    accounts = [rules.join(JOINED) for _ in range(5)]
    version = rules.version(later(rules))
    rules.tell()
    rules.send()
    asked: list[date] = []
    monkeypatch.setattr(checks, "promises", lambda _session, day: asked.append(day) or {})
    with rules.office.database.read() as session:
        assert list(told_rests_on_a_notice(session)) == list(notice_periods_are_kept(session)) == []
    assert asked == [rules.today()]
    with rules.office.database.write() as session:
        wrong = session.scalars(select(Binding).where(Binding.account_id == accounts[3].id)).one()
        wrong.told_at, wrong.binds_on = rules.office.clock() - DAY, rules.today()
    with rules.office.database.read() as session:
        for check in (told_rests_on_a_notice, notice_periods_are_kept):
            (line,) = check(session)
            assert accounts[3].ref in line and str(version.id) in line


def test_two_workers_at_once_tell_nobody_twice(rules: Rulebook) -> None:
    rules.join(JOINED)
    version = rules.version(later(rules))
    for key in ("one", "two"):
        act(rules.office, announce, WORKER, key, version_id=version.id, after=None)
    assert len(all_of(rules.office, Notice)) == 1
