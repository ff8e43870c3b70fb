"""Passwords: what their hashes cost in the portal, and that they fit the one they were made of."""

from importlib.util import find_spec, module_from_spec
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def in_the_portal() -> ModuleType:
    """The module as the portal loads it: other tests hash at the least cost."""
    spec = find_spec("portal.accounts.passwords")
    assert spec and spec.loader
    loaded = module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_they_cost_what_rfc_9106_recommends(in_the_portal: ModuleType) -> None:
    """Three passes over 64 MiB in four lanes, also for somebody whom we do not know."""
    assert in_the_portal.hash_password("a long password").startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert in_the_portal._DECOY.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_only_the_right_one_fits(in_the_portal: ModuleType) -> None:
    stored = in_the_portal.hash_password("a long password")
    assert in_the_portal.password_fits(stored, "a long password")
    assert not in_the_portal.password_fits(stored, "a long passwort")
    assert not in_the_portal.password_fits(None, "nobody has this password")
