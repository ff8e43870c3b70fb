"""Keeps what was worked out or read under the key of what never changes, up to a bound; the longest unused goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Thing = TypeVar("Thing")


class Kept(Generic[Key, Thing]):
    """Things by their key. Threads share one; what is worked out twice at once is the same both times.

    `weigh` says what one counts against `most`: as one thing, unless told otherwise (texts: by their characters).
    """

    def __init__(self, most: int, weigh: Callable[[Thing], int] = lambda _: 1) -> None:
        self.most, self.size = most, 0
        self._weigh = weigh
        self._things: OrderedDict[Key, Thing] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, make: Callable[[], Thing]) -> Thing:
        """What is kept under the key, or what `make` gives, kept from now on. Heavier than everything: not kept at all.

        Errors: those of `make`; then nothing is kept.
        """
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
                return self._things[key]
        made = make()
        weight = self._weigh(made)
        with self._lock:
            if key not in self._things and weight <= self.most:
                self._things[key] = made
                self.size += weight
            while self.size > self.most:
                self.size -= self._weigh(self._things.popitem(last=False)[1])
        return made

    def __len__(self) -> int:
        return len(self._things)
