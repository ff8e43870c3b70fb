"""Takes in what somebody sends, whole and in time, before a turn begins with it. It never touches the disk."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
SMALL = 256 * 1024
"""In bytes; what is smaller has room always: as many as the server has connections."""


class TooLarge(Exception):
    """It is more than is taken there."""


class TooSlow(Exception):
    """It did not come in time."""


class Left(Exception):
    """Whoever sent it is gone, or it is no body of HTTP: the server tells both in the same way."""


class NoRoom(Exception):
    """Others have sent so much at this moment that there is no memory for it."""


@dataclass(frozen=True)
class Pace:
    """How fast something must come: `least` bytes in each `seconds`, and everything in `whole` seconds."""

    seconds: float
    least: int
    whole: float


@dataclass
class Room:
    """The memory for what is larger than `SMALL`, of all that comes and goes at once, in bytes."""

    most: int
    taken: int = 0
    arriving: dict[int, tuple[float, asyncio.Timeout]] = field(default_factory=dict)

    def take(self, count: int, now: float, *, old: float) -> None:
        """Who has been sending for `old` seconds gives way to somebody who began later. Errors: `NoRoom`."""
        if self.taken + count > self.most:
            for began, oldest in [one for one in self.arriving.values() if not one[1].expired()][:1]:
                if now - began > old:
                    oldest.reschedule(now)
            raise NoRoom
        self.taken += count


class Body:
    """What one request sends. `give_back` the room that it took when nobody needs it any more."""

    def __init__(self, room: Room, pace: Pace) -> None:
        self.room, self.pace, self.held = room, pace, 0
        self.content = io.BytesIO()

    async def arrive(self, receive: Receive, most: int) -> None:
        """Returns when all of it came. Errors: `TooLarge` for more than `most` bytes, `TooSlow`, `Left`, `NoRoom`."""
        now = asyncio.get_running_loop().time
        began, mark = now(), 0
        try:
            async with asyncio.timeout(self.pace.seconds) as limit:
                self.room.arriving[id(self)] = (began, limit)
                while (message := await receive()).get("more_body"):
                    size = self._keep(message, most, now())
                    if size - mark >= self.pace.least:
                        mark = size
                        limit.reschedule(min(now() + self.pace.seconds, began + self.pace.whole))
        except TimeoutError:
            raise TooSlow from None
        finally:
            self.room.arriving.pop(id(self), None)
        if message["type"] == "http.disconnect":
            raise Left
        self._keep(message, most, now())

    def _keep(self, message: dict[str, Any], most: int, now: float) -> int:
        """How many bytes there are by now."""
        self.content.write(message.get("body", b""))
        if (size := self.content.tell()) > most:
            raise TooLarge
        if size > max(SMALL, self.held):
            self.room.take(size - self.held, now, old=60)
            self.held = size
        return size

    def give_back(self) -> None:
        self.room.taken -= self.held
        self.held = 0
        self.content = io.BytesIO()
