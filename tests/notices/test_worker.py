"""Rounds of the worker: everything that is due happens, trouble in one place stops nothing else, none of it twice."""

import json
import logging
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import update

from portal import worker
from portal.accounts.models import Account
from portal.act import Office
from portal.cases import clocks
from portal.cases.clocks import start_clock
from portal.cases.models import Case, Clock, ClockResult
from portal.core.access import WORKER
from portal.core.clock import MovedClock
from portal.core.work import Work
from portal.log.checkpoints import public_key_of
from portal.log.checks import check
from portal.log.models import Event, Leaf
from portal.notices.mails import Mail
from portal.notices.models import Delivery, DeliveryResult, Informed
from portal.notices.queries import inbox
from portal.settings import Settings, load_settings
from portal.worker import Worker, run_forever, run_once
from tests.factories.engines import OwnEngine
from tests.notices.making import Collecting, a_case, all_of, people, told, write_notices


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance")})


@pytest.fixture
def lapsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What lapsed: clocks of kind "test" are counted, those of kind "broken" fail."""
    seen: list[str] = []

    def broken(_work: Work, _clock: Clock) -> None:
        raise ZeroDivisionError("the whole story of Ana\nin two lines")

    monkeypatch.setitem(clocks.HANDLERS, "test", lambda _work, clock: seen.append(clock.subject_ref))
    monkeypatch.setitem(clocks.HANDLERS, "broken", broken)
    return seen


def clock_in_case(office: Office, case_ref: str, kind: str) -> None:
    with office.database.write() as session:
        work = office.work(session, WORKER)
        case = session.query(Case).filter_by(ref=case_ref).one()
        start_clock(work, kind, f"{kind}-{case_ref}", case=case, length=1, unit="hours")


def test_one_round_does_everything_that_is_due(
    office: Office, clock: MovedClock, settings: Settings, lapsed: list[str]
) -> None:
    ana, client = people(office, 2)
    case_ref = a_case(office, ana)
    clock_in_case(office, case_ref, "test")
    with office.database.write() as session:
        work = office.work(session, WORKER)
        [own] = write_notices(work, [ana], case_ref=case_ref)
        write_notices(work, [client], kind="counterpart_action", after=own, case_ref=case_ref)
    clock.advance(hours=1)
    mailer = Collecting()
    tally = run_once(office, mailer, settings)
    assert (tally.settled, tally.released, tally.sent, tally.troubles) == (1, 1, 2, 0)
    assert [mail["To"] for mail in mailer.mails] == [ana.email, client.email]
    assert lapsed == [f"test-{case_ref}"]
    assert (tally.sequenced, tally.signed) == (len(all_of(office, Event)), len(all_of(office, Leaf)))
    with office.database.read() as session:
        notes, key = Path(settings.checkpoints_url), public_key_of(settings.signing_key)
        assert list(check(session, office.keyring, notes, public_key=key)) == []
    assert str(run_once(office, mailer, settings)) == str(worker.Tally())


def test_five_days_later_people_count_as_informed_once(office: Office, clock: MovedClock, settings: Settings) -> None:
    [ana] = people(office, 1)
    told(office, [ana], case_ref=a_case(office, ana))
    run_once(office, Collecting(), settings)
    clock.advance(days=5)
    assert [run_once(office, Collecting(), settings).informed for _ in range(2)] == [1, 0]
    assert len(all_of(office, Informed)) == 1


def test_a_clock_of_an_account_is_settled_too(
    office: Office, clock: MovedClock, settings: Settings, lapsed: list[str]
) -> None:
    [ana] = people(office, 1)
    a_case(office, ana)
    with office.database.write() as session:
        account = session.query(Account).one()
        start_clock(office.work(session, WORKER), "test", "of-account", account_id=account.id, length=1, unit="hours")
    clock.advance(hours=1)
    assert run_once(office, Collecting(), settings).settled == 1
    assert [kept.result for kept in all_of(office, Clock)] == [ClockResult.MISSED]


def test_a_broken_case_stops_neither_other_cases_nor_mail_nor_the_log(
    office: Office, clock: MovedClock, settings: Settings, lapsed: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    [ana] = people(office, 1)
    broken, fine = a_case(office, ana), a_case(office, ana)
    clock_in_case(office, broken, "broken")
    clock_in_case(office, fine, "test")
    told(office, [ana])
    clock.advance(hours=1)
    running = Worker(office, Collecting(), settings)
    with caplog.at_level(logging.INFO, logger="portal.worker"):
        first, second = running.round(), running.round()
    running.close()
    assert (first.settled, first.sent, first.troubles, second.troubles) == (1, 1, 1, 0)
    assert first.signed
    [line] = [json.loads(record.getMessage()) for record in caplog.records if "trouble" in record.getMessage()]
    assert (line["case"], line["error"], line["at"].split(":")[0]) == (broken, "ZeroDivisionError", "test_worker.py")
    assert "Ana" not in caplog.text


def test_what_failed_is_tried_again_after_a_while(
    office: Office, clock: MovedClock, settings: Settings, lapsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    [ana] = people(office, 1)
    clock_in_case(office, a_case(office, ana), "broken")
    clock.advance(hours=1)
    running = Worker(office, Collecting(), settings)
    assert running.round().troubles == 1
    monkeypatch.setitem(clocks.HANDLERS, "broken", lambda _work, _clock: None)
    clock.advance(minutes=5)
    assert running.round().settled == 1
    running.close()


def test_a_signer_in_trouble_leaves_the_rest_running(office: Office, settings: Settings) -> None:
    run_once(office, Collecting(), settings)
    [ana] = people(office, 1)
    told(office, [ana])
    notes = Path(settings.checkpoints_url)
    notes.mkdir(exist_ok=True)
    (notes / "00000000999999.note").write_text("not a note")
    tally = run_once(office, Collecting(), settings)
    assert (tally.sent, tally.troubles, tally.signed) == (1, 1, 0)


def test_two_workers_side_by_side_do_each_thing_once(
    office: Office, clock: MovedClock, settings: Settings, lapsed: list[str]
) -> None:
    some = people(office, 60)
    cases = [a_case(office, person) for person in some[:8]]
    for case_ref in cases:
        clock_in_case(office, case_ref, "test")
    told(office, some)
    clock.advance(hours=1)
    mailers = [Collecting(), Collecting()]
    workers = [threading.Thread(target=run_once, args=(office, mailer, settings)) for mailer in mailers]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    ids = [mail["Message-ID"] for mailer in mailers for mail in mailer.mails]
    assert (len(ids), len(set(ids))) == (60, 60)
    assert sorted(lapsed) == sorted(f"test-{case_ref}" for case_ref in cases)


def test_it_runs_until_it_is_told_to_stop(office: Office, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "ROUND_SECONDS", 0.01)
    [ana] = people(office, 1)
    stop = threading.Event()
    running = threading.Thread(target=run_forever, args=(office, Collecting(), settings, stop))
    running.start()
    told(office, [ana])
    deadline = time.monotonic() + 60
    while not all_of(office, Leaf) and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    running.join(timeout=60)
    assert not running.is_alive()
    with office.database.read() as session:
        assert len(inbox(session, ana.id)) == 1
    assert all_of(office, Leaf)


class Slow(Collecting):
    """Writes down each mail it accepts, so that others see it after a kill."""

    def __init__(self, sent: Path) -> None:
        super().__init__()
        self.sent = sent

    def send(self, mail: Mail) -> str:
        with open(self.sent, "a") as file:
            file.write(f"{mail.message_id}\n")
        time.sleep(0.005)
        return "accepted"


def killed_worker(office: Office, sent: Path, settings: Settings) -> bool:
    """Runs a worker in a process of its own and kills it after ten more mails; whether it was killed in time."""
    before, child = lines_of(sent), os.fork()
    if child == 0:
        database = OwnEngine(office.database.url.render_as_string(hide_password=False))
        run_once(Office(database, office.clock, office.keyring), Slow(sent), settings)
        os._exit(0)
    deadline, ended = time.monotonic() + 120, 0
    while not ended and time.monotonic() < deadline and lines_of(sent) <= before + 10:
        time.sleep(0.002)
        ended = os.waitpid(child, os.WNOHANG)[0]
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return not ended


def lines_of(path: Path) -> int:
    return len(path.read_text().split()) if path.exists() else 0


def test_killed_workers_send_at_most_one_mail_twice_for_each_kill(
    office: Office, tmp_path: Path, settings: Settings
) -> None:
    """When the lease of what a killed worker held runs out, its journal tells what was accepted."""
    told(office, people(office, 80))
    sent, kills = tmp_path / "sent", 0
    for _ in range(2):
        kills += killed_worker(office, sent, settings)
        expire_leases(office)
    mailer = Collecting()
    run_once(office, mailer, settings)
    ids = sent.read_text().split() + [str(mail["Message-ID"]) for mail in mailer.mails]
    assert kills == 2
    assert len(set(ids)) == 80
    assert len(ids) - len(set(ids)) <= kills


def expire_leases(office: Office) -> None:
    """As if ten minutes had gone by, for a process that reads the real clock."""
    with office.database.write() as session:
        session.execute(
            update(Delivery).where(Delivery.result == DeliveryResult.WAITING).values(next_try_at=Delivery.created_at)
        )
