"""Ports of loopback that are held while they are needed: one that was only looked up may be somebody else's a moment later."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def nobody() -> Iterator[socket.socket]:
    """A socket at whose port nobody listens, until the test itself does."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held
