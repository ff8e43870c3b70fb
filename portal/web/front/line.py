"""Whose turn is next when more is asked than can be answered at once."""

from __future__ import annotations

import asyncio
from collections import deque

Waiting = deque[asyncio.Future[None]]


class SentAway(Exception):
    """There is no place left in the line, and whoever asks this has the most in it."""


class Line:
    """So many turns at once, and so many places to wait for one.

    Addresses take turns, and so do the sessions of an address: who asks for one page waits for one page of each who floods, not
    for all that they asked. When no place is left, the last of the address that has the most is sent away, not who came last.
    """

    def __init__(self, turns: int, places: int) -> None:
        self._free, self._places, self._taken = turns, places, 0
        self._waiting: dict[str, dict[int, Waiting]] = {}

    async def turn(self, address: str, session: int) -> None:
        """Returns when it is this one's turn, which they `give_back`. Errors: `SentAway`."""
        if self._free:
            self._free -= 1
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address, {}).setdefault(session, deque()).append(mine)
        self._taken += 1
        if self._taken > self._places:
            self._send_away()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled() and mine.exception() is None:
                self.give_back()
            raise

    def give_back(self) -> None:
        """The turn goes to whoever is next."""
        while self._waiting:
            if not (following := self._next()).done():
                following.set_result(None)
                return
        self._free += 1

    def _next(self) -> asyncio.Future[None]:
        """The first of the address, and of its session, whose last turn is the longest ago."""
        address = next(iter(self._waiting))
        sessions = self._waiting.pop(address)
        session = next(iter(sessions))
        waiting = sessions.pop(session)
        following = waiting.popleft()
        if waiting:
            sessions[session] = waiting
        if sessions:
            self._waiting[address] = sessions
        self._taken -= 1
        return following

    def _send_away(self) -> None:
        address = max(reversed(self._waiting), key=lambda one: sum(map(len, self._waiting[one].values())))
        sessions = self._waiting[address]
        session = max(reversed(sessions), key=lambda one: len(sessions[one]))
        last = sessions[session].pop()
        if not sessions[session]:
            del sessions[session]
        if not sessions:
            del self._waiting[address]
        self._taken -= 1
        if not last.done():
            last.set_exception(SentAway)
