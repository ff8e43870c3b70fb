"""The desk for tests of the public figures, counted anew for each test: databases of a name are lent to one after another."""

import pytest

from portal.core.keeping import Kept
from portal.transparency import figures
from tests.enforcement.conftest import desk

__all__ = ["desk"]


@pytest.fixture(autouse=True)
def counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "_DAYS", Kept(10))
