"""Tampering: what somebody changes behind the program's back is found and named; an untouched log is clean."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.act import Office
from portal.core import text
from portal.core.access import OPERATOR
from portal.log import raw
from portal.log.models import Event
from portal.log.operations import record
from portal.notices.models import Notice
from tests.log.making import Kept, fill, unguarded

CHANGES = {
    "event.actor": ("event", "UPDATE event SET actor = actor || 'x' WHERE kind = 'report.received'"),
    "event.kind": ("event", "UPDATE event SET kind = kind || 'x' WHERE kind = 'report.received'"),
    "event.subject": ("event", "UPDATE event SET subject_ref = 'R-2' WHERE kind = 'report.received'"),
    "event.case": ("event", "UPDATE event SET case_ref = NULL WHERE kind = 'report.received'"),
    "event.payload": ("event", "UPDATE event SET payload = '{}' WHERE kind = 'report.received'"),
    "event.payload gone": ("event", "UPDATE event SET payload = NULL WHERE kind = 'report.received'"),
    "event.payload erased": ("event", "UPDATE event SET payload = NULL, erased_at = at WHERE kind = 'report.received'"),
    "event.marked": ("event", "UPDATE event SET erased_at = at WHERE kind = 'report.received'"),
    "event.manifest": ("event", "UPDATE event SET manifest = '[]' WHERE kind = 'report.received'"),
    "event.deleted": ("leaf", "DELETE FROM event WHERE kind = 'report.received'"),
    "leaf.hash": ("leaf", "UPDATE leaf SET leaf_hash = '" + "0" * 64 + "' WHERE seq = 2"),
    "leaf.order": ("leaf", "UPDATE leaf SET seq = 1000 WHERE seq = 2"),
    "leaf.deleted": ("leaf", "DELETE FROM leaf WHERE seq = 2"),
    "checkpoint.root": ("checkpoint", "UPDATE checkpoint SET root = '" + "0" * 64 + "'"),
    "checkpoint.note": ("checkpoint", "UPDATE checkpoint SET note = replace(note, 'localhost', 'localhosu')"),
    "case_key": ("event", "UPDATE case_key SET wrapped_key = NULL"),
    "notice.target": ("notice", "UPDATE notice SET target = '/me/funds'"),
    "notice.body": ("notice", "UPDATE notice SET body = body || '.'"),
    "notice.body gone": ("notice", "UPDATE notice SET subject = NULL, body = NULL, mail_body = NULL"),
    "notice.body erased": (
        "notice", "UPDATE notice SET subject = NULL, body = NULL, mail_body = NULL, erased_at = created_at"),
    "notice.deleted": ("notice", "DELETE FROM notice"),
    "informed.how": ("informed", "UPDATE informed SET how = 'opened'"),
    "report.source": ("report", "UPDATE report SET source = 'detection'"),
    "transfer.amount": ("transfer", "UPDATE transfer SET amount_minor = 401"),
    "transfer.deleted": ("transfer", "DELETE FROM transfer"),
    "entry.key": ("entry", "UPDATE entry SET source_key = 'other'"),
    "clause_version.text": ("clause_version", "UPDATE clause_version SET text = 'Text!'"),
    "clause_version.digest": ("clause_version", "UPDATE clause_version SET sha256 = '" + "0" * 64 + "'"),
    "clause_version.data": ("clause_version", "UPDATE clause_version SET data = '{ }'"),
    "policy_version.day": ("policy_version", "UPDATE policy_version SET effective_on = '2023-03-01'"),
}


@pytest.fixture
def kept(office: Office, tmp_path: Path) -> Kept:
    return fill(office, tmp_path / "kept")


def test_an_untouched_log_is_clean(kept: Kept) -> None:
    assert kept.found() == []


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_each_change_is_found_and_named(kept: Kept, change: str) -> None:
    table, statement = CHANGES[change]
    with unguarded(kept.office) as connection:
        assert connection.exec_driver_sql(statement).rowcount >= 1
    found = kept.found()
    assert any(line.startswith(f"{table} ") for line in found), found


def test_an_inserted_row_is_found(kept: Kept) -> None:
    copied = ", ".join(("created_at", "entry_id", "debit_id", "credit_id", "currency", "amount_minor"))
    key = "'" + ("f" * 32) + "'" if kept.office.database.is_sqlite else "gen_random_uuid()"
    with unguarded(kept.office) as connection:
        connection.exec_driver_sql(f"INSERT INTO transfer (id, {copied}) SELECT {key}, {copied} FROM transfer")
    [line] = kept.found()
    assert line.startswith("transfer ")
    assert line.endswith("no event vouches for its content")


def test_a_rewritten_history_is_found_by_the_copied_note(kept: Kept) -> None:
    """Event and leaf are rewritten to fit each other, the checkpoint row is gone: only the copy outside knows."""
    with kept.office.database.read() as session:
        old = session.query(Event).filter_by(kind="test.moved").one()
    with kept.office.database.write() as session:
        new = record(kept.office.work(session, OPERATOR), "test.moved", "T-2")
        session.expunge(new)
    with unguarded(kept.office) as connection:
        for table, column in (("event", "id"), ("leaf", "event_id")):
            where = f"(SELECT id FROM event WHERE leaf_hash = '{old.leaf_hash}')"
            assert connection.exec_driver_sql(
                f"UPDATE {table} SET leaf_hash = '{new.leaf_hash}' WHERE {column} = {where}"
            ).rowcount == 1 or table == "leaf"
        connection.exec_driver_sql(f"UPDATE leaf SET leaf_hash = '{new.leaf_hash}' WHERE leaf_hash = '{old.leaf_hash}'")
        connection.exec_driver_sql("DELETE FROM checkpoint")
    assert any(line.startswith("checkpoint copy") and "another root" in line for line in kept.found())


def test_a_truncated_log_is_found_by_the_copied_note(kept: Kept) -> None:
    with unguarded(kept.office) as connection:
        for table in ("leaf", "checkpoint"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    assert any("fewer than" in line for line in kept.found())


def test_a_forged_or_missing_copy_is_found(kept: Kept) -> None:
    [copy] = kept.folder.glob("*.note")
    honest = copy.read_text()
    for place in range(0, len(honest), 7):
        copy.write_text(honest[:place] + ("A" if honest[place] != "A" else "B") + honest[place + 1:])
        assert kept.found(), f"character {place} changed and nobody saw it"
    copy.unlink()
    assert any("no copy outside" in line for line in kept.found())


def erase(kept: Kept, row: Event | Notice) -> None:
    """An erasure as it is to be done: an act of its own, whose event names what it erased."""
    with kept.office.database.write() as session:
        work, found = kept.office.work(session, OPERATOR), session.get_one(type(row), row.id)
        for column in found.__erasable__:
            setattr(found, column, None)
        found.erased_at = work.now
        record(work, f"{found.__tablename__}.erased", str(found.id), rows=[(found, "erased")])


def test_an_erasure_on_record_leaves_the_log_clean(kept: Kept) -> None:
    with kept.office.database.read() as session:
        rows = [*session.scalars(select(Event).where(Event.kind == "report.received")), *session.scalars(select(Notice))]
    for row in rows:
        erase(kept, row)
    kept.sign()
    assert {type(row) for row in rows} == {Event, Notice}
    assert kept.found() == []


@pytest.mark.parametrize("change", ["erased_at = '2026-01-01T00:00:00.000000Z'", "payload = '{}', erased_at = NULL"])
def test_an_erasure_that_was_changed_is_found(kept: Kept, change: str) -> None:
    with kept.office.database.read() as session:
        row = session.scalars(select(Event).where(Event.kind == "report.received")).one()
    erase(kept, row)
    with unguarded(kept.office) as connection:
        connection.exec_driver_sql(f"UPDATE event SET {change} WHERE kind = 'report.received'")
    assert any(line.startswith("event ") and "erased" in line for line in kept.found())


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4), max_leaves=10,
)


@given(st.lists(PLAIN, max_size=5), st.text(st.characters(exclude_categories=["Cs"])))
def test_the_fast_canonical_form_is_the_standard_one(values: list[object], words: str) -> None:
    record = [words, {"a_column": values, "b": words, "c": None}]
    assert raw.canonical(record) == text.canonical(record)
