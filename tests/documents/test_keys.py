"""The key that documents are sealed to: made once, ours alone, and the web needs only its public half."""

from pathlib import Path

import pytest

from portal.core.sealing import new_secret, public_of
from portal.settings import Settings, SettingsError, load_settings


def loaded(folder: Path, **environment: str) -> Settings:
    return load_settings({"PORTAL_INSTANCE": str(folder)} | {f"PORTAL_{name}": value for name, value in environment.items()})


def test_the_key_is_made_once_and_only_we_can_read_it(tmp_path: Path) -> None:
    first, second = loaded(tmp_path), loaded(tmp_path)
    assert first.master_key == second.master_key
    assert first.master_public_key == public_of(first.master_key)
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600
    assert first.master_key not in repr(first)
    assert first.documents_path == tmp_path / "documents"


def test_with_the_public_half_alone_nothing_can_be_opened(tmp_path: Path) -> None:
    public = public_of(new_secret())
    settings = loaded(tmp_path, MASTER_PUBLIC_KEY=public)
    assert (settings.master_public_key, settings.master_key) == (public, "")
    assert not (tmp_path / "master.key").exists()


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("PORTAL_MASTER_KEY", {"MASTER_KEY": "AGE-SECRET-KEY-1" + "Q" * 40}),
        ("PORTAL_MASTER_PUBLIC_KEY", {"MASTER_PUBLIC_KEY": "age1nothing"}),
        ("PORTAL_MASTER_PUBLIC_KEY", {"MASTER_KEY": new_secret(), "MASTER_PUBLIC_KEY": public_of(new_secret())}),
        ("PORTAL_FORMER_SECRET_KEYS", {"SECRET_KEY": "s" * 32, "FORMER_SECRET_KEYS": f"{'t' * 32} short"}),
        ("PORTAL_FORMER_SECRET_KEYS", {"SECRET_KEY": "s" * 32, "FORMER_SECRET_KEYS": "s" * 32}),
        ("PORTAL_FORMER_SECRET_KEYS", {"SECRET_KEY": "s" * 32, "FORMER_SECRET_KEYS": f"{'t' * 32} {'t' * 32}"}),
        ("PORTAL_DOCUMENTS_URL", {"DOCUMENTS_URL": "s3://bucket/prefix"}),
        ("PORTAL_DOCUMENTS_URL", {"DOCUMENTS_URL": "documents"}),
        ("PORTAL_MASTER_KEY is missing", {
            "BASE_URL": "https://portal.example.org", "SECRET_KEY": "s" * 32, "SIGNING_KEY": "00" * 32,
        }),
    ],
)
def test_what_is_wrong_stops_the_start(tmp_path: Path, name: str, environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=name):
        loaded(tmp_path, **environment)
