"""What lies in the store: nothing that can be read without the master secret, nothing half, nothing that can be changed."""

import errno
import os
import random
from pathlib import Path

import pytest

from portal.core.errors import Busy, RuleBroken
from portal.core.sealing import Unsealable, new_secret, public_of, seal, unseal
from portal.core.store import FolderStore, write_file
from portal.documents.intake import Intake, Taken
from portal.documents.models import Document, DocumentState
from portal.documents.reading import clear_bytes
from tests.documents.making import SAMPLES, SECRET, take

PHOTO = SAMPLES["image/png"]


def row(taken: Taken) -> Document:
    return Document(
        state=DocumentState.READY, sha256=taken.sha256, store_key=taken.store_key, wrapped_key=taken.wrapped_key
    )


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def code_of(document: Document, store: FolderStore, secret: str = SECRET) -> str:
    with pytest.raises(RuleBroken) as caught:
        clear_bytes(document, store, secret)
    return caught.value.code


def test_the_clear_bytes_are_nowhere_in_the_store(intake: Intake, folder: Path) -> None:
    take(intake, PHOTO, "passport of Tim Okafor.png")
    stored = files(folder)
    assert len(stored) == 1
    content = stored[0].read_bytes()
    assert content.startswith(b"age-encryption.org/v1")
    assert not any(PHOTO[i:i + 8] in content for i in range(0, len(PHOTO) - 8, 4))
    assert "Tim" not in str(stored[0]) and b"Tim Okafor" not in content


def test_only_we_can_read_the_files(intake: Intake, folder: Path) -> None:
    before = os.umask(0)
    try:
        take(intake, PHOTO)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in files(folder)} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (folder, *folder.glob("*"))} == {0o700}


def test_the_master_secret_opens_it_and_no_other(intake: Intake, store: FolderStore) -> None:
    taken = take(intake, PHOTO)
    assert clear_bytes(row(taken), store, SECRET) == PHOTO
    assert code_of(row(taken), store, new_secret()) == "damaged_document"
    with pytest.raises(Busy):
        clear_bytes(row(taken), store, "")


def test_every_document_has_a_key_of_its_own(intake: Intake, store: FolderStore) -> None:
    one, other = take(intake, PHOTO), take(intake, PHOTO)
    assert store.get(one.store_key) != store.get(other.store_key)
    own = unseal(one.wrapped_key, SECRET).decode()
    with pytest.raises(Unsealable):
        unseal(store.get(other.store_key), own)


def test_every_change_of_the_stored_bytes_is_found(intake: Intake, store: FolderStore) -> None:
    taken, dice = take(intake, PHOTO), random.Random(7)
    whole = store.get(taken.store_key)
    for _ in range(200):
        changed = bytearray(whole)
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        store.put(taken.store_key, bytes(changed[: dice.choice([len(changed), len(changed) - 1])]))
        assert code_of(row(taken), store) == "damaged_document"
    store.put(taken.store_key, whole)
    assert clear_bytes(row(taken), store, SECRET) == PHOTO


def test_swapped_and_replaced_bytes_are_found(intake: Intake, store: FolderStore) -> None:
    one, other = take(intake, PHOTO), take(intake, SAMPLES["application/pdf"])
    swapped = row(one)
    swapped.store_key = other.store_key
    assert code_of(swapped, store) == "damaged_document"
    swapped.wrapped_key = other.wrapped_key
    assert code_of(swapped, store) == "damaged_document"
    own = new_secret()
    store.put(one.store_key, seal(b"something else", public_of(own)))
    forged = row(one)
    forged.wrapped_key = seal(own.encode(), public_of(SECRET))
    assert code_of(forged, store) == "damaged_document"


def test_missing_and_erased_documents_have_a_sentence(intake: Intake, store: FolderStore) -> None:
    taken = take(intake, PHOTO)
    store.delete(taken.store_key)
    assert code_of(row(taken), store) == "damaged_document"
    erased = row(taken)
    erased.wrapped_key = None
    assert code_of(erased, store) == "erased_document"


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "a" * 31, "A" * 32, "a" * 32 + "\n", "a" * 31 + "/"])
def test_only_keys_of_our_own_reach_the_disk(store: FolderStore, folder: Path, key: str) -> None:
    for step in (lambda: store.put(key, b"x"), lambda: store.get(key), lambda: store.delete(key), lambda: store.has(key)):
        with pytest.raises(ValueError, match="not a key"):
            step()
    assert not folder.exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_disk_that_takes_nothing_leaves_nothing_and_says_so(
    intake: Intake, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Busy):
        take(intake, PHOTO)
    assert files(folder) == []


def test_file_and_folder_are_synced_around_the_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    rename = Path.rename
    monkeypatch.setattr(os, "fsync", lambda handle: steps.append(f"sync {os.readlink(f'/proc/self/fd/{handle}')}"))
    monkeypatch.setattr(Path, "rename", lambda self, target: (steps.append("rename"), rename(self, target))[1])
    folder = tmp_path / "new"
    write_file(folder, "a", b"x")
    assert steps[0] == f"sync {tmp_path}"
    assert steps[1].endswith(".part")
    assert steps[2:] == ["rename", f"sync {folder}"]
