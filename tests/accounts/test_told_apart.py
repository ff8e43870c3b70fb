"""What the battery measures of answers that are to look alike (BATTERY=TIMING), and that it finds a known fault."""

import re
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from portal.accounts import passwords
from portal.core.database import Database
from portal.web.public import signing_in
from tests.battery.timing import area_under, told_apart


def test_the_area_is_a_half_for_the_same_and_one_for_what_is_always_longer() -> None:
    assert area_under([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) == 0.5
    assert (area_under([4.0, 5.0], [1.0, 2.0]), area_under([1.0, 2.0], [4.0, 5.0])) == (1.0, 0.0)
    assert area_under([1.0, 3.0], [2.0]) == 0.5


def test_a_password_that_is_not_hashed_for_nobody_is_found(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher())
    monkeypatch.setattr(passwords, "_DECOY", passwords.hash_password("nobody has this password"))
    careful = signing_in.password_fits
    monkeypatch.setattr(signing_in, "password_fits", lambda stored, typed: stored is not None and careful(stored, typed))
    said, wrong = told_apart(f"sqlite:///{sqlite_database.url.database}", tmp_path / "instance", 6)
    assert "look-up" in said and any(re.match("signing in: nobody / somebody 0[.][0-2]", line) for line in wrong), said
