"""The one order and its signatures: gapless whoever sequences, signed once for each size, never over a shorter log."""

import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.act import Office
from portal.core.access import OPERATOR
from portal.log.checkpoints import (
    Head,
    LogShorter,
    NoteBroken,
    Signer,
    head_of,
    public_key_of,
    sign_note,
    verify_note,
)
from portal.log.models import Checkpoint, Event, Leaf
from portal.log.operations import record
from portal.log.queries import leaves, log_size, newest_checkpoint
from portal.log.sequencer import sequence
from portal.log.tree import root_of
from tests.log.making import ORIGIN, SIGNING_KEY, unguarded
from tests.notices.making import all_of


def write_events(office: Office, count: int) -> None:
    for n in range(count):
        with office.database.write() as session:
            record(office.work(session, OPERATOR), "test.event", f"X-{n}", n=n)


def signer(office: Office, folder: Path) -> Signer:
    return Signer(office.database, folder, SIGNING_KEY, ORIGIN)


def test_each_event_gets_the_next_place(office: Office) -> None:
    write_events(office, 5)
    assert (sequence(office), sequence(office)) == (5, 0)
    write_events(office, 2)
    assert sequence(office) == 2
    with office.database.read() as session:
        assert [place for place, _ in leaves(session, 0)] == list(range(7))
        assert [place for place, _ in leaves(session, 2, 4)] == [2, 3]
    assert {leaf.event_id for leaf in all_of(office, Leaf)} == {event.id for event in all_of(office, Event)}


def test_sequencers_and_writers_at_once_leave_no_gap_and_no_double(office: Office) -> None:
    work = [threading.Thread(target=write_events, args=(office, 40)) for _ in range(2)]
    work += [threading.Thread(target=lambda: [sequence(office) for _ in range(20)]) for _ in range(3)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    sequence(office)
    places = sorted(leaf.seq for leaf in all_of(office, Leaf))
    assert places == list(range(80))


def test_an_act_that_committed_late_still_gets_its_place(office: Office) -> None:
    with office.database.write() as session:
        early = record(office.work(session, OPERATOR), "test.event", "X-early")
        session.expunge_all()
    write_events(office, 1)
    sequence(office)
    with office.database.write() as session:
        session.add(early)
    assert sequence(office) == 1


def test_a_checkpoint_is_signed_once_copied_and_verified(office: Office, tmp_path: Path) -> None:
    write_events(office, 3)
    sequence(office)
    mine = signer(office, tmp_path / "notes")
    head = mine.checkpoint(office.clock())
    assert head is not None
    assert (head.size, mine.checkpoint(office.clock())) == (3, None)
    assert signer(office, tmp_path / "notes").checkpoint(office.clock()) is None
    with office.database.read() as session:
        kept = newest_checkpoint(session)
        known = [bytes.fromhex(digest) for _, digest in leaves(session, 0)]
    [copy] = (tmp_path / "notes").iterdir()
    assert kept is not None
    assert copy.read_text() == kept.note
    assert verify_note(kept.note, public_key_of(SIGNING_KEY)) == Head(ORIGIN, 3, root_of(known))


def test_signing_goes_on_where_it_stopped(office: Office, tmp_path: Path) -> None:
    mine = signer(office, tmp_path)
    sizes = []
    for count in (1, 4, 2):
        write_events(office, count)
        sequence(office)
        sizes.append(mine.checkpoint(office.clock()))
    write_events(office, 1)
    sequence(office)
    again = signer(office, tmp_path).checkpoint(office.clock())
    assert [head.size for head in (*sizes, again) if head] == [1, 5, 7, 8]
    with office.database.read() as session:
        assert log_size(session) == 8


def test_a_kill_between_copy_and_row_is_mended(office: Office, tmp_path: Path) -> None:
    write_events(office, 2)
    sequence(office)
    signer(office, tmp_path).checkpoint(office.clock())
    with unguarded(office) as connection:
        connection.exec_driver_sql("DELETE FROM checkpoint")
    assert signer(office, tmp_path).checkpoint(office.clock()) is not None
    assert [row.size for row in all_of(office, Checkpoint)] == [2]


@pytest.mark.parametrize(
    "fault", ["DELETE FROM leaf WHERE seq > 1", f"UPDATE leaf SET leaf_hash = '{'0' * 64}' WHERE seq = 1"]
)
def test_nothing_is_signed_on_top_of_a_shorter_or_changed_log(office: Office, tmp_path: Path, fault: str) -> None:
    write_events(office, 4)
    sequence(office)
    signer(office, tmp_path).checkpoint(office.clock())
    with unguarded(office) as connection:
        connection.exec_driver_sql(fault)
        connection.exec_driver_sql("DELETE FROM checkpoint")
    with pytest.raises(LogShorter):
        signer(office, tmp_path).checkpoint(office.clock())


def test_every_changed_character_of_a_note_is_refused() -> None:
    note = sign_note(Head(ORIGIN, 7, bytes(range(32))), SIGNING_KEY)
    for place, character in enumerate(note):
        changed = note[:place] + ("A" if character != "A" else "B") + note[place + 1:]
        with pytest.raises(NoteBroken):
            verify_note(changed, public_key_of(SIGNING_KEY))


def test_another_key_or_no_note_is_refused() -> None:
    other = Ed25519PrivateKey.generate().private_bytes_raw()
    with pytest.raises(NoteBroken):
        verify_note(sign_note(Head(ORIGIN, 1, bytes(32)), other), public_key_of(SIGNING_KEY))
    for text in ("", "\n\n", "a\nb\nc\n\n— a b\n", "a\n1\n%%\n\nx"):
        with pytest.raises(NoteBroken):
            head_of(text) and verify_note(text, public_key_of(SIGNING_KEY))
