"""More asked than can be answered at once: addresses and their sessions take turns, and who asks most is sent away first."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from typing import Any

from portal.web.front.line import Line, SentAway
from portal.web.front.whole import Front
from tests.web.test_front import Asked, front_of


class Held:
    """An application whose first answer waits until all others stand in the line; `served` is who was answered, in order."""

    def __init__(self) -> None:
        self.served, self.go_on = list[str](), threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        assert self.go_on.wait(60)
        self.served.append(environ["PATH_INFO"])
        start_response("200 OK", [])
        return [b""]

    def order(self, front: Front, asked: list[Asked]) -> list[Asked]:
        """What is asked stands in the line in this order."""

        async def all_of() -> list[Asked]:
            tasks = []
            for one in asked:
                tasks.append(asyncio.create_task(one.of(front)))
                for _ in range(5):
                    await asyncio.sleep(0)
            self.go_on.set()
            return list(await asyncio.gather(*tasks))

        return asyncio.run(all_of())


def test_addresses_and_their_sessions_take_turns() -> None:
    app = Held()
    flood = [Asked(target=f"/flood/{n}", address="10.0.0.1") for n in range(5)]
    known = [Asked(target=f"/known/{n}", address="10.0.0.1", headers=[(b"cookie", b"a=b")]) for n in range(2)]
    other = [Asked(target=f"/other/{n}", address="10.0.0.2") for n in range(2)]
    app.order(front_of(app, places=20), [*flood, *known, *other])
    assert [path.strip("/") for path in app.served] == [
        "flood/0", "flood/1", "other/0", "known/0", "other/1", "flood/2", "known/1", "flood/3", "flood/4",
    ]


def test_who_asks_most_is_sent_away_with_a_time() -> None:
    app = Held()
    flood = [Asked(target=f"/flood/{n}", address="10.0.0.1") for n in range(8)]
    other = Asked(target="/other", address="10.0.0.2")
    told = app.order(front_of(app, places=4), [*flood, other])
    assert [one.status for one in told] == [200] * 4 + [503] * 4 + [200]
    assert {one.told[b"retry-after"] for one in told if one.status == 503} == {b"5"}


def test_a_turn_that_nobody_waits_for_any_more_goes_to_the_next() -> None:
    async def leave() -> None:
        line = Line(1, 10)
        await line.turn("a", 1)
        first, second = (asyncio.create_task(line.turn(one, 1)) for one in "bc")
        await asyncio.sleep(0)
        line.give_back()
        first.cancel()
        await asyncio.wait_for(second, 60)
        line.give_back()
        await asyncio.wait_for(line.turn("d", 1), 60)

    asyncio.run(leave())


def test_nobody_is_sent_away_who_is_alone() -> None:
    async def one_each() -> list[Any]:
        line = Line(1, 3)
        await line.turn("a", 1)
        waiting = [asyncio.create_task(line.turn(one, 1)) for one in "bcde"]
        await asyncio.sleep(0)
        for _ in range(3):
            line.give_back()
        return await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(one) for one in asyncio.run(one_each())] == [type(None)] * 3 + [SentAway]
