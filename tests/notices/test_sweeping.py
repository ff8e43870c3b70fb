"""Once a day the worker erases what was kept long enough, removes bytes that nobody names, and names bytes that are gone."""

from __future__ import annotations

import json
import logging
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from portal.act import Office, act
from portal.core.access import WORKER
from portal.core.clock import MovedClock
from portal.core.store import FolderStore, new_store_key
from portal.documents.intake import Taken
from portal.documents.models import Document
from portal.documents.operations import receive_document
from portal.documents.retention import keep_document
from portal.log import checks as log
from portal.log.checkpoints import folder_of
from portal.settings import Settings, load_settings
from portal.worker import Worker, run_once
from tests.factories.market import Market, Party
from tests.notices.making import Collecting, all_of


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance")})


@pytest.fixture
def store(settings: Settings) -> FolderStore:
    return FolderStore(settings.documents_path)


@pytest.fixture
def ana(office: Office) -> Party:
    return Market(office).party("Ana Ruiz")


def sent(office: Office, store: FolderStore, ana: Party) -> str:
    """A document of Ana's, with its bytes; its reference."""
    key = new_store_key()
    store.put(key, b"sealed bytes")
    taken = Taken("letter.pdf", "application/pdf", 12, "a" * 64, key, b"sealed")
    made = act(office, receive_document, ana.actor, key, account_id=ana.account.id, case_ref=None, subject_ref="A-1", taken=taken)
    return str(made["document"])


def keep_until_now(office: Office, *, legal_hold: bool = False) -> None:
    with office.database.write() as session:
        for document in session.scalars(select(Document)).all():
            keep_document(office.work(session, WORKER), document, retain_until=office.clock(), legal_hold=legal_hold)


def test_what_was_kept_long_enough_is_erased(office: Office, settings: Settings, store: FolderStore, ana: Party) -> None:
    sent(office, store, ana)
    assert run_once(office, Collecting(), settings).erased == 0
    keep_until_now(office)
    assert run_once(office, Collecting(), settings).erased == 1
    [document] = all_of(office, Document)
    assert (document.state, document.wrapped_key, list(store.entries())) == ("erased", None, [])


def test_a_date_that_no_event_says_erases_nothing_and_is_found(
    office: Office, settings: Settings, store: FolderStore, ana: Party
) -> None:
    """Whoever owns the database lets the worker destroy evidence: it does not, it says so, and verify names the row."""
    sent(office, store, ana)
    with office.database.write() as session:
        session.execute(update(Document).values(retain_until=office.clock() - timedelta(days=1)))
    tally = run_once(office, Collecting(), settings)
    assert (tally.erased, tally.troubles, len(list(store.entries()))) == (0, 1, 1)
    with office.database.read() as session:
        found = list(log.check(session, office.keyring, folder_of(settings.checkpoints_url)))
    assert [line for line in found if "document" in line and '"kept" part' in line] != []


def test_a_legal_hold_keeps_it(office: Office, settings: Settings, store: FolderStore, ana: Party) -> None:
    sent(office, store, ana)
    keep_until_now(office, legal_hold=True)
    tally = run_once(office, Collecting(), settings)
    assert (tally.erased, tally.troubles, len(list(store.entries()))) == (0, 0, 1)


def test_it_happens_once_a_day(office: Office, settings: Settings, store: FolderStore, clock: MovedClock, ana: Party) -> None:
    running = Worker(office, Collecting(), settings)
    assert running.round().erased == 0
    sent(office, store, ana)
    keep_until_now(office)
    clock.advance(hours=23)
    assert running.round().erased == 0
    clock.advance(hours=1)
    assert (running.round().erased, running.round().erased) == (1, 0)
    running.close()


def test_orphans_go_and_missing_bytes_are_named(
    office: Office, settings: Settings, store: FolderStore, clock: MovedClock, ana: Party, caplog: pytest.LogCaptureFixture
) -> None:
    kept, orphan = sent(office, store, ana), new_store_key()
    [document] = all_of(office, Document)
    store.put(orphan, b"nobody names these")
    old = (clock() - timedelta(days=2)).timestamp()
    os.utime(settings.documents_path / orphan[:2] / orphan, (old, old))
    store.delete(document.store_key)
    with caplog.at_level(logging.ERROR, logger="portal.worker"):
        assert run_once(office, Collecting(), settings).swept == 1
    assert [json.loads(record.getMessage()) for record in caplog.records] == [{"event": "document.missing", "document": kept}]
    assert list(store.entries()) == []


def test_what_cannot_be_erased_stops_nothing(
    office: Office, settings: Settings, store: FolderStore, ana: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(office, store, ana)
    sent(office, store, ana)
    keep_until_now(office)
    honest, calls = FolderStore.delete, iter([OSError("the store is down")])

    def delete(self: FolderStore, key: str) -> None:
        if (error := next(calls, None)) is not None:
            raise error
        honest(self, key)

    monkeypatch.setattr(FolderStore, "delete", delete)
    tally = run_once(office, Collecting(), settings)
    assert (tally.erased, tally.troubles) == (2, 1)
