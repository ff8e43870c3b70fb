"""The desk for tests of the public figures."""

from tests.enforcement.conftest import desk

__all__ = ["desk"]
