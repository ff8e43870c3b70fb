"""`flask retention`: a day for a document whose case is closed, what a law keeps, and fingerprints that are forgotten."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.app import create_app
from portal.cases.models import Case
from portal.core.access import WORKER
from portal.documents.intake import Intake
from portal.documents.operations import erase_document
from portal.documents.queries import document_by_ref, retention_due
from portal.documents.retention import set_retention
from portal.enforcement.return_models import Fingerprint, FingerprintKind
from portal.enforcement.returning import forget_account, keep_fingerprint
from portal.log.operations import record
from portal.settings import load_settings
from tests.documents.test_sending import send
from tests.factories.market import Market, Story, refused
from tests.factories.told import SECRET


@pytest.fixture
def document(market: Market, story: Story, intake: Intake) -> str:
    """A file of Tim that belongs to a case which nobody has closed yet."""
    market.dispute(story.stacy, story.contract)
    with market.office.database.read() as session:
        case_ref = session.scalars(select(Case.ref)).one()
    return send(market, intake, story.tim, case_ref)


def run(market: Market, folder: Path, *args: str) -> str:
    settings = load_settings({"PORTAL_INSTANCE": str(folder / "instance"), "PORTAL_SECRET_KEY": SECRET})
    app = create_app(settings, clock=market.office.clock, database=market.office.database)
    result = app.test_cli_runner().invoke(args=["retention", *args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return str(result.output)


def closed(market: Market) -> None:
    def close(work: object) -> None:
        for case in work.db.scalars(select(Case)):  # type: ignore[attr-defined]
            case.closed_at = market.now
    market.make(close)


def test_it_is_erased_after_the_named_day_and_not_before(market: Market, document: str, tmp_path: Path) -> None:
    day = market.day(-30)
    assert "The case of this document is open" in run(market, tmp_path, "keep", document, "--until", day.isoformat())
    closed(market)
    assert "Name a day that is still to come." in run(market, tmp_path, "keep", document, "--until", market.day().isoformat())
    assert run(market, tmp_path, "keep", document, "--until", day.isoformat()) == f"{document}: kept until {day}.\n"
    with market.office.database.read() as session:
        until = document_by_ref(session, document).retain_until
        assert until is not None and until > market.now + timedelta(days=30)
        assert retention_due(session, until - timedelta(seconds=1)) == []
        assert retention_due(session, until) == [document]
    assert refused(lambda: market.do(erase_document, WORKER, document_ref=document, reason="kept long enough")) == "kept_longer"
    market.office.clock.move_to(until)  # type: ignore[attr-defined]
    market.do(erase_document, WORKER, document_ref=document, reason="kept long enough")
    assert "This document was erased." in run(market, tmp_path, "keep", document)


def test_what_a_law_keeps_nobody_erases(market: Market, story: Story, document: str, tmp_path: Path) -> None:
    closed(market)
    until = market.day(-1).isoformat()
    assert run(market, tmp_path, "keep", document, "--until", until, "--law").endswith(", by law.\n")
    with market.office.database.read() as session:
        assert retention_due(session, market.now + timedelta(days=400)) == []
    assert refused(lambda: market.do(erase_document, story.tim.actor, document_ref=document, reason="")) == "legal_hold"
    assert "kept until its record ends." in run(market, tmp_path, "keep", document)


def test_only_the_operator_says_how_long(market: Market, story: Story, document: str) -> None:
    for actor in (story.tim.actor, story.rae.actor, WORKER):
        assert refused(lambda actor=actor: market.do(  # type: ignore[misc]
            set_retention, actor, document_ref=document, until=None, legal_hold=True))
        assert refused(lambda actor=actor: market.do(  # type: ignore[misc]
            forget_account, actor, account_ref=story.tim.account.ref))
    assert refused(lambda: market.do(set_retention, document_ref="F-NONE", until=None, legal_hold=True)) == "not_found"


def test_fingerprints_are_forgotten_when_somebody_asks(market: Market, story: Story, tmp_path: Path) -> None:
    def keep(work: object) -> None:
        keep_fingerprint(work, story.tim.account.id, FingerprintKind.IDENTITY_NUMBER, "a" * 64, "V-1")  # type: ignore[arg-type]
        record(work, "test.kept", story.tim.account.ref)  # type: ignore[arg-type]

    market.make(keep)
    assert "fingerprints erased: 2." in run(market, tmp_path, "forget", story.tim.account.ref)
    assert "fingerprints erased: 0." in run(market, tmp_path, "forget", story.tim.account.ref)
    assert "Error" in run(market, tmp_path, "forget", "P-NOBODY")
    with market.office.database.read() as session:
        assert session.scalars(select(Fingerprint.value)).all() == [None, None], "of a document, and of a place for payouts"
