"""Takes in what somebody sends, whole and in time, before a turn begins with it. It never touches the disk."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
SMALL = 256 * 1024
"""In bytes; what is smaller has room always: as many as the server has connections."""
OLD, PATIENCE = 60.0, 1.0
"""In seconds: after how long somebody gives way, and how long is waited for who does."""


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


@dataclass(eq=False)
class Share:
    """What one request takes of the room, and since when; `limit`: its end while it is sent or read, which can come sooner."""

    address: str
    began: float = 0.0
    held: int = 0
    limit: asyncio.Timeout | None = None
    gives_way: bool = False

    def give_way(self, limit: asyncio.Timeout, now: float) -> None:
        self.gives_way = True
        limit.reschedule(now)


@dataclass
class Room:
    """The memory for what is larger than `SMALL`, of all that comes and goes at once, in bytes.

    When it is full, the first of the address that has the most of it gives way to whoever would have less: nobody keeps others
    out by sending or reading slowly. Else who has been at it for `OLD` seconds gives way to who began later.
    """

    most: int
    taken: int = 0
    shares: dict[Share, None] = field(default_factory=dict)

    async def take(self, share: Share, count: int) -> None:
        """Errors: `NoRoom`."""
        now = asyncio.get_running_loop().time
        until = now() + PATIENCE
        while self.taken + count > self.most:
            if now() > until or not self._is_made(share, count, now()):
                raise NoRoom
            await asyncio.sleep(0.01)
        self.taken += count
        share.held += count
        self.shares[share] = None

    def give_back(self, share: Share) -> None:
        self.taken -= share.held
        share.held, share.limit = 0, None
        self.shares.pop(share, None)

    def _is_made(self, share: Share, count: int, now: float) -> bool:
        """Whether somebody gives way, so that it is worth waiting."""
        if any(one.gives_way for one in self.shares):
            return True
        held = Counter[str]()
        for one in self.shares:
            held[one.address] += one.held
        most = max(held, key=held.__getitem__, default="")
        greedy = {most} if held[most] > held[share.address] + count else set[str]()
        movable = [(one, one.limit) for one in self.shares if one is not share and one.limit is not None]
        first = [pair for pair in movable if pair[0].address in greedy] or [pair for pair in movable if now - pair[0].began > OLD]
        for one, limit in first[:1]:
            one.give_way(limit, now)
        return bool(first)


class Body:
    """What one request sends. `give_back` the room that it took when nobody needs it any more."""

    def __init__(self, room: Room, pace: Pace, address: str) -> None:
        self.room, self.pace, self.share = room, pace, Share(address)
        self.content = io.BytesIO()

    async def arrive(self, receive: Receive, most: int) -> None:
        """Returns when all of it came. Errors: `TooLarge` for more than `most` bytes, `TooSlow`, `Left`, `NoRoom`."""
        now, share = asyncio.get_running_loop().time, self.share
        share.began, mark = now(), 0
        try:
            async with asyncio.timeout(self.pace.seconds) as limit:
                share.limit = limit
                while (message := await receive()).get("more_body"):
                    size = await self._keep(message, most)
                    if size - mark >= self.pace.least and not share.gives_way:
                        mark = size
                        limit.reschedule(min(now() + self.pace.seconds, share.began + self.pace.whole))
                if message["type"] == "http.disconnect":
                    raise Left
                await self._keep(message, most)
        except TimeoutError:
            raise (NoRoom if share.gives_way else TooSlow) from None
        finally:
            share.limit = None

    async def _keep(self, message: dict[str, Any], most: int) -> int:
        """How many bytes there are by now."""
        self.content.write(message.get("body", b""))
        if (size := self.content.tell()) > most:
            raise TooLarge
        if size > max(SMALL, self.share.held):
            await self.room.take(self.share, size - self.share.held)
        return size

    def give_back(self) -> None:
        self.room.give_back(self.share)
        self.content = io.BytesIO()
