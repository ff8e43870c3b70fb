"""Files that are whole or not there: written under a temporary name, synced, renamed, and the folder synced."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

KEY = re.compile(r"[0-9a-f]{32}")
PART = ".part"


def write_file(folder: Path, name: str, content: bytes) -> Path:
    """Puts a file into the folder in one step; a crash at any moment leaves no half file under that name.

    Errors: ValueError for a name that is not a plain file name, OSError from the disk.
    """
    if name != Path(name).name or name.startswith("."):
        raise ValueError("not a plain file name")
    _make_folder(folder)
    target, temporary = folder / name, folder / f".{secrets.token_hex(8)}{PART}"
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(target)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(folder)
    return target


def _make_folder(folder: Path) -> None:
    """Makes it, and every folder above it that is missing: each ours alone, each synced into the one above."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Store(Protocol):
    """Where encrypted bytes lie, each under a random key of 32 hexadecimal digits that says nothing about them."""

    def put(self, key: str, content: bytes) -> None:
        """Keeps the bytes: when it returns they survive a power cut. Errors: OSError."""

    def get(self, key: str) -> bytes:
        """Errors: FileNotFoundError, OSError."""

    def has(self, key: str) -> bool:
        """Whether bytes lie under this key."""

    def delete(self, key: str) -> None:
        """Removes the bytes; nothing happens when they are not there. Errors: OSError."""

    def entries(self) -> Iterator[tuple[str, datetime]]:
        """Every key with the instant at which it was written."""

    def drop_parts(self, before: datetime) -> int:
        """Removes what crashes left half written before that instant; returns how much."""


class FolderStore:
    """A store in a folder of this machine: 256 folders by the key's first two digits, files that only we can read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, content: bytes) -> None:
        write_file(self._place(key).parent, key, content)

    def get(self, key: str) -> bytes:
        return self._place(key).read_bytes()

    def has(self, key: str) -> bool:
        return self._place(key).is_file()

    def delete(self, key: str) -> None:
        place = self._place(key)
        if place.exists():
            place.unlink(missing_ok=True)
            _sync_folder(place.parent)

    def entries(self) -> Iterator[tuple[str, datetime]]:
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/*")):
            if KEY.fullmatch(path.name):
                yield path.name, _written_at(path)

    def drop_parts(self, before: datetime) -> int:
        left = [path for path in self._folder.glob(f"[0-9a-f][0-9a-f]/.*{PART}") if _written_at(path) < before]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _place(self, key: str) -> Path:
        """Errors: ValueError for anything that is not a key: no name from outside ever reaches the disk."""
        if not KEY.fullmatch(key):
            raise ValueError("not a key of the store")
        return self._folder / key[:2] / key


def new_store_key() -> str:
    """A key that nobody can guess."""
    return secrets.token_hex(16)


def _written_at(path: Path) -> datetime:
    """A file that somebody removed meanwhile counts as written just now: nobody has to do anything about it."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.max.replace(tzinfo=UTC)
