"""Keeps what was worked out under the hash of its source, up to so many characters; the longest unused goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable


class Kept:
    """Texts by their key. Threads share one; what is worked out twice at once is the same both times."""

    def __init__(self, most: int) -> None:
        self.most, self.size = most, 0
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, make: Callable[[], str]) -> str:
        """What is kept under the key, or what `make` gives, kept from now on. Longer than everything: not kept at all."""
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
                return self._texts[key]
        made = make()
        with self._lock:
            if key not in self._texts and len(made) <= self.most:
                self._texts[key] = made
                self.size += len(made)
            while self.size > self.most:
                self.size -= len(self._texts.popitem(last=False)[1])
        return made

    def __len__(self) -> int:
        return len(self._texts)
