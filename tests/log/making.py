"""A small log with a row of many kinds in it, and ways to change rows behind the program's back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import portal.tables  # noqa: F401 - every table must be known before rows of upper rooms are written
from portal.accounts.operations import add_person, record_account
from portal.act import Office, act
from portal.cases.models import Case, ReportSource
from portal.cases.operations import add_report, open_case
from portal.core.access import OPERATOR
from portal.core.ids import new_id
from portal.core.triggers import trigger_sql
from portal.ledger.models import Book, Entry, Transfer
from portal.log.checkpoints import Signer, public_key_of
from portal.log.checks import check
from portal.log.operations import add, record
from portal.log.sequencer import sequence
from portal.notices.operations import confirm_read
from portal.rulebook.operations import publish
from tests.notices.making import as_person, told

SIGNING_KEY = Ed25519PrivateKey.generate().private_bytes_raw()
ORIGIN = "localhost:8000/log"


@dataclass(frozen=True, slots=True)
class Kept:
    """A log whose events are sequenced and signed, with the copies of its checkpoints."""

    office: Office
    folder: Path

    def found(self) -> list[str]:
        with self.office.database.read() as session:
            return list(check(session, self.office.keyring, self.folder, public_key=public_key_of(SIGNING_KEY)))

    def sign(self) -> None:
        sequence(self.office)
        Signer(self.office.database, self.folder, SIGNING_KEY, ORIGIN).checkpoint(self.office.clock())


def fill(office: Office, folder: Path) -> Kept:
    """A published rule, a case with a report, a notice that was read, money that moved; sequenced, signed."""
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "2024-03-01.md").write_text(
        "---\ntitle: Rules\npublished_on: 2024-02-01\neffective_on: 2024-03-01\nlanguage: en\nchanges: First.\n---\n\n"
        "## 1. One {#one}\n\nText.\n"
    )
    act(office, publish, OPERATOR, "publish", folder=str(folder))
    with office.database.write() as session:
        work = office.work(session, OPERATOR)
        ana = add_person(work, name="Ana", email="ana@example.org")
        account = record_account(
            work, external_id="x-1", kind="individual", name="Ana", joined_on=office.clock().date(), owner=ana
        )
        work.db.flush()
        case = open_case(work, account.id, [])
        add_report(work, case, source=ReportSource.USER, reporter_account_id=None, body="It happened.", language="en")
        work.db.flush()
        move_money(office, case)
    [notice] = told(office, [ana], case_ref=case.ref)
    act(office, confirm_read, as_person(ana.id), "read", notice_id=notice.id)
    kept = Kept(office, folder / "notes")
    kept.sign()
    return kept


def move_money(office: Office, case: Case) -> None:
    """One transfer between two books of the house, vouched for by its event."""
    session = sa.orm.object_session(case)
    assert session is not None
    work, event_id = office.work(session, OPERATOR), new_id()
    books = [add(work, Book(kind=kind, currency="USD")) for kind in ("here", "there")]
    work.db.flush()
    entry = add(work, Entry(kind="test", cause_event_id=event_id, source_key="test-1"))
    moved = Transfer(entry_id=entry.id, debit_id=books[0].id, credit_id=books[1].id, currency="USD", amount_minor=400)
    record(work, "test.moved", "T-1", case_ref=case.ref, rows=[entry, add(work, moved)], event_id=event_id)


@contextmanager
def unguarded(office: Office) -> Iterator[sa.Connection]:
    """A connection of somebody who owns the database: triggers and foreign keys are off."""
    with office.database.writer.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        if office.database.is_sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")
            names = [line[0] for line in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
            for name in names:
                raw.execute(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection
        connection.commit()
        if office.database.is_sqlite:
            for statement in trigger_sql("sqlite"):
                raw.execute(statement)
            raw.execute("PRAGMA foreign_keys=ON")
        else:
            connection.exec_driver_sql("SET session_replication_role = DEFAULT")
            connection.commit()
