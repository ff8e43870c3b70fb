"""Erasing destroys the secret; orphans are swept both ways."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from portal.core.access import WORKER, Actor
from portal.core.errors import RuleBroken
from portal.core.store import FolderStore
from portal.core.work import Work
from portal.documents.intake import Intake
from portal.documents.models import Document
from portal.documents.operations import erase_document, file_document
from portal.documents.queries import document_by_ref, documents_for, retention_due
from portal.documents.reading import clear_bytes
from portal.documents.retention import keep_document
from portal.documents.sweeping import Swept, sweep
from portal.log import checks
from portal.log.operations import record
from tests.documents.making import SAMPLES, SECRET, take
from tests.documents.test_sending import FOR, send
from tests.factories.market import Market, Story, refused

YEAR = timedelta(days=365)


@pytest.fixture
def document(market: Market, story: Story, intake: Intake) -> str:
    return send(market, intake, story.tim, None)


def row(market: Market, ref: str) -> Document:
    with market.office.database.read() as session:
        return document_by_ref(session, ref)


def swept(market: Market, store: FolderStore, now: datetime | None = None) -> Swept:
    """At that instant, else a year after the last file was written: the file system has a clock of its own."""
    last = max((at for _, at in store.entries()), default=market.now)
    with market.office.database.read() as session:
        return sweep(session, store, now or last + YEAR)


def erased(market: Market, ref: str, actor: Actor) -> str | None:
    """The refusal's code, or nothing when it was erased."""
    return refused(lambda: market.do(erase_document, actor, document_ref=ref, reason=""))


def kept(market: Market, ref: str, until: datetime | None, *, legal_hold: bool = False) -> None:
    market.make(lambda work: keep_document(work, document_by_ref(work.db, ref), retain_until=until, legal_hold=legal_hold))


def filed(work: Work, ref: str) -> None:
    file_document(work, document_by_ref(work.db, ref))
    record(work, "case.taken", ref)


def problems(market: Market, folder: Path) -> list[str]:
    with market.office.database.read() as session:
        return list(checks.check(session, market.office.keyring, folder))


def test_erased_means_that_nobody_can_open_it(
    market: Market, story: Story, document: str, store: FolderStore, tmp_path: Path
) -> None:
    before = row(market, document)
    assert clear_bytes(before, store, SECRET) == SAMPLES["image/png"]
    answer = market.do(erase_document, story.tim.actor, document_ref=document, reason="wrong file")
    after = row(market, document)
    assert (after.state, after.wrapped_key, after.name, after.erased_at) == ("erased", None, None, market.now)
    assert (after.sha256, after.store_key) == (before.sha256, answer["store_key"])
    with pytest.raises(RuleBroken, match="erased_document"):
        clear_bytes(after, store, SECRET)
    assert problems(market, tmp_path) == []
    with market.office.database.read() as session:
        assert documents_for(session, story.tim.account.id, FOR) == []


def test_erasing_twice_changes_nothing(market: Market, story: Story, document: str) -> None:
    assert erased(market, document, story.tim.actor) is None
    first = row(market, document).erased_at
    market.office.clock.advance(hours=1)  # type: ignore[attr-defined]
    market.do(erase_document, story.tim.actor, document_ref=document, reason="")
    assert row(market, document).erased_at == first


def test_what_is_on_record_stays_until_its_time(market: Market, story: Story, document: str, tmp_path: Path) -> None:
    market.make(lambda work: filed(work, document))
    assert erased(market, document, story.tim.actor) == "on_record"
    kept(market, document, market.now + YEAR)
    assert erased(market, document, WORKER) == "kept_longer"
    market.office.clock.advance(days=365)  # type: ignore[attr-defined]
    market.do(erase_document, WORKER, document_ref=document, reason="retention")
    assert (row(market, document).state, problems(market, tmp_path)) == ("erased", [])


@pytest.mark.parametrize("values", [
    {"retain_until": datetime(2020, 1, 1, tzinfo=UTC)}, {"legal_hold": False}, {"filed_at": None},
    {"wrapped_key": b"another secret"},
])
def test_what_decides_over_a_document_is_vouched_for(
    market: Market, document: str, tmp_path: Path, values: dict[str, Any]
) -> None:
    market.make(lambda work: filed(work, document))
    kept(market, document, market.now + YEAR, legal_hold=True)
    assert problems(market, tmp_path) == []
    market.make(lambda work: work.db.execute(update(Document).values(**values)).rowcount)
    assert [document in line for line in problems(market, tmp_path)] == [True]
    assert erased(market, document, WORKER) in ("legal_hold", "kept_longer")


def test_a_legal_hold_blocks(market: Market, story: Story, document: str) -> None:
    kept(market, document, market.now, legal_hold=True)
    for actor in (story.tim.actor, WORKER):
        assert erased(market, document, actor) == "legal_hold"
    with market.office.database.read() as session:
        assert retention_due(session, market.now) == []


def test_others_erase_nothing(market: Market, story: Story, document: str) -> None:
    for actor in (story.stacy.actor, story.rae.actor, story.tim.by_link("C-OTHER")):
        assert erased(market, document, actor) == "not_found"
    assert row(market, document).state == "ready"


def test_retention_names_what_is_due(market: Market, story: Story, document: str) -> None:
    kept(market, document, market.now + YEAR)
    with market.office.database.read() as session:
        assert retention_due(session, market.now + YEAR - timedelta(seconds=1)) == []
        assert retention_due(session, market.now + YEAR) == [document]


def test_a_crash_between_bytes_and_row_leaves_an_orphan_that_is_swept(
    market: Market, intake: Intake, document: str, store: FolderStore
) -> None:
    orphan = take(intake, SAMPLES["image/jpeg"], "a.jpg")
    written = next(at for key, at in store.entries() if key == orphan.store_key)
    assert swept(market, store, written + timedelta(hours=23)) == Swept(0, 0, ())
    assert swept(market, store, written + timedelta(hours=25)) == Swept(1, 0, ())
    assert [key for key, _ in store.entries()] == [row(market, document).store_key]


def test_a_row_without_its_bytes_is_named(market: Market, document: str, store: FolderStore) -> None:
    store.delete(row(market, document).store_key)
    assert swept(market, store).missing == (document,)


def test_what_is_left_of_erased_documents_is_swept(
    market: Market, story: Story, document: str, store: FolderStore
) -> None:
    market.do(erase_document, story.tim.actor, document_ref=document, reason="")
    assert swept(market, store) == Swept(1, 0, ())
    assert list(store.entries()) == []


def test_half_written_files_are_swept(market: Market, document: str, store: FolderStore, folder: Path) -> None:
    part = next(folder.glob("*")) / ".0011223344556677.part"
    part.write_bytes(b"half")
    os.utime(part, (0, 0))
    assert swept(market, store) == Swept(0, 1, ())
    assert not part.exists()
