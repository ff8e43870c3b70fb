"""Nobody holds a turn by sending, waiting or reading slowly; who sends too much, too slowly, or asks too often hears it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from portal.web.front.arriving import SMALL, Pace
from portal.web.front.whole import Answer, Front, Limits

MOST = 600_000
QUICK = Limits(turns=1, places=4, room=2 * MOST, sending=Pace(seconds=0.05, least=100, whole=5), reading=0.05)
Messages = AsyncIterator[dict[str, Any]]


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read(), bytes(int(environ["QUERY_STRING"] or 0))]


def front_of(app: Any = echo, **limits: Any) -> Front:
    return Front(app, lambda environ: MOST, lambda status, environ: Answer(status, [("Retry-After", "5")], b"page"),
                 limits=Limits(**{**QUICK.__dict__, **limits}))


@dataclass
class Asked:
    """One request, and what came back of its answer."""

    method: str = "GET"
    target: str = "/"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    address: str = "127.0.0.1"
    status: int = 0
    told: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""
    read: bool = True

    async def of(self, front: Front, parts: Messages | None = None) -> Asked:
        path, _, query = self.target.partition("?")
        scope = {
            "type": "http", "method": self.method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", "80"), "client": (self.address, "1"),
            "headers": self.headers,
        }
        await asyncio.wait_for(front(scope, self._receive(parts or said(b"")), self._take), timeout=600)
        return self

    @staticmethod
    def _receive(parts: Messages) -> Callable[[], Awaitable[dict[str, Any]]]:
        async def receive() -> dict[str, Any]:
            return await anext(parts)

        return receive

    async def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status, self.told = message["status"], dict(message["headers"])
            return
        if not self.read:
            await asyncio.Event().wait()
        self.body += message["body"]


async def said(*parts: bytes, ends: bool = True) -> Messages:
    """So many parts, and then the end or nothing for ever."""
    for part in parts:
        yield {"type": "http.request", "body": part, "more_body": True}
    if not ends:
        await asyncio.Event().wait()
    yield {"type": "http.request", "body": b"", "more_body": False}


async def gone() -> Messages:
    yield {"type": "http.request", "body": b"abc", "more_body": True}
    yield {"type": "http.disconnect"}


class Later(asyncio.SelectorEventLoop):
    """A loop whose clock a test moves forward."""

    moved = 0.0

    def time(self) -> float:
        return super().time() + self.moved


async def now_and_then(part: bytes, seconds: float, times: int) -> Messages:
    """The same part again after so many seconds."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Later)
    for _ in range(times):
        yield {"type": "http.request", "body": part, "more_body": True}
        loop.moved += seconds
        for _ in range(3):
            await asyncio.sleep(0)
    yield {"type": "http.request", "body": b"", "more_body": False}


def together(*asked: Awaitable[Asked]) -> list[Asked]:
    async def all_of() -> list[Asked]:
        return list(await asyncio.gather(*asked))

    with asyncio.Runner(loop_factory=Later) as runner:
        return runner.run(all_of())


def post(length: int | None = None, **rest: Any) -> Asked:
    headers = [(b"content-length", str(length).encode())] if length is not None else [(b"transfer-encoding", b"chunked")]
    return Asked("POST", headers=headers, **rest)


def test_forms_that_never_come_hold_no_turn() -> None:
    """There is one turn, and twenty who never finish what they send."""
    front = front_of()
    slowly = (post(500).of(front, said(b"abc", ends=False)) for _ in range(20))
    *slow, page = together(*slowly, Asked(target="/?3").of(front))
    assert (page.status, page.body) == (200, bytes(3))
    assert {one.status for one in slow} == {408} and front.room.taken == 0


def test_what_came_whole_is_read_whole() -> None:
    front, parts = front_of(), [b"x" * 200_000, b"y" * 300_000]
    for made in (post(500_000), post()):
        (answer,) = together(made.of(front, said(*parts)))
        assert (answer.status, answer.body) == (200, b"".join(parts))
        assert answer.told[b"content-length"] == b"500000"
    assert front.room.taken == 0


@pytest.mark.parametrize(("part", "seconds", "times", "wanted"), [
    (b"x" * 100, 4, 5, 200), (b"x", 0.5, 9, 200), (b"x", 0.5, 11, 408), (b"x" * 99, 6, 1, 408), (b"x" * 100, 4, 6, 408),
])
def test_who_sends_slowly_but_goes_on_is_waited_for(part: bytes, seconds: float, times: int, wanted: int) -> None:
    """At least 100 bytes in 5 seconds, and everything in 22."""
    front = front_of(sending=Pace(seconds=5, least=100, whole=22))
    (answer,) = together(post(len(part) * times).of(front, now_and_then(part, seconds, times)))
    assert (answer.status, len(answer.body)) == (wanted, len(part) * times if wanted == 200 else len(b"page"))


def test_what_is_too_long_by_its_own_word_is_refused_before_it_comes() -> None:
    async def nothing() -> Messages:
        raise AssertionError("it was read")
        yield {}

    (answer,) = together(post(300_000_000).of(front_of(), nothing()))
    assert (answer.status, answer.body) == (413, b"page")


def test_a_form_without_end_is_refused_at_its_limit() -> None:
    front = front_of()
    (answer,) = together(post().of(front, said(*[b"x" * 100_000] * 7, ends=False)))
    assert (answer.status, front.room.taken) == (413, 0)


def test_what_is_large_waits_for_room_and_what_is_small_does_not() -> None:
    """Three send as much as there is room for two; when they are gone there is room again."""
    front = front_of(room=1_000_000)
    *large, small = together(*(post(MOST).of(front, said(b"x" * 590_000, ends=False)) for _ in range(2)),
                             post(100).of(front, said(b"x" * 100)))
    assert sorted(one.status for one in large) == [408, 503] and small.status == 200
    (answer,) = together(post(MOST).of(front, said(b"x" * 590_000)))
    assert (answer.status, front.room.taken) == (200, 0)


def test_who_sends_for_long_gives_way() -> None:
    front = front_of(room=1_000_000, sending=Pace(seconds=5, least=1, whole=100))

    async def both() -> tuple[Asked, Asked, Asked]:
        old = asyncio.create_task(post(MOST).of(front, said(b"x" * 590_000, ends=False)))
        await asyncio.sleep(0)
        while not front.room.taken:
            await asyncio.sleep(0)
        turned_away = await post(MOST).of(front, said(b"x" * 590_000))
        (share,) = front.room.shares
        share.began -= 61
        after = await post(MOST).of(front, said(b"x" * 590_000))
        return await old, turned_away, after

    old, turned_away, after = asyncio.run(both())
    assert (old.status, turned_away.status, turned_away.told[b"retry-after"], after.status) == (503, 503, b"5", 200)


def test_one_address_does_not_keep_others_from_sending() -> None:
    """Two of one address fill the room and go on as slowly as they may; somebody else sends a file meanwhile."""
    front = front_of(room=1_200_000, sending=Pace(seconds=5, least=1, whole=100))

    async def sending() -> tuple[list[Asked], Asked]:
        mine = [post(MOST, address="10.0.0.1").of(front, said(b"x" * 590_000, ends=False)) for _ in range(2)]
        flood = [asyncio.create_task(one) for one in mine]
        while front.room.taken < 1_100_000:
            await asyncio.sleep(0)
        other = await post(MOST, address="10.0.0.2").of(front, said(b"y" * 300_000))
        assert [one.done() for one in flood] == [True, False], "only as many give way as are needed"
        flood[1].cancel()
        return await asyncio.gather(flood[0]), other

    (first,), other = asyncio.run(sending())
    assert (first.status, other.status, other.body) == (503, 200, b"y" * 300_000) and front.room.taken == 0


def test_one_address_does_not_keep_others_from_reading() -> None:
    """Nobody loses a large page because others read theirs slowly."""
    front = front_of(room=3 * SMALL, reading=50)

    async def reading() -> Asked:
        large = f"/?{SMALL + 1}"
        slow = [asyncio.create_task(Asked(target=large, address="10.0.0.1", read=False).of(front)) for _ in range(2)]
        while front.room.taken < 2 * SMALL:
            await asyncio.sleep(0)
        page = await Asked(target=f"/?{SMALL + 9}", address="10.0.0.2").of(front)
        assert [one.done() for one in slow] == [True, False]
        slow[1].cancel()
        return page

    page = asyncio.run(reading())
    assert (page.status, len(page.body), front.room.taken) == (200, SMALL + 9, 0)


def test_readers_that_do_not_read_hold_neither_a_turn_nor_room() -> None:
    """What nobody takes is let go: the answer ends before its length."""
    front = front_of(room=3 * SMALL)
    *slow, page = together(*(Asked(target=f"/?{SMALL + 1}", read=False).of(front) for _ in range(2)), Asked().of(front))
    assert page.status == 200 and {(one.status, one.body) for one in slow} == {(200, b"")}
    assert front.room.taken == 0
    large = together(*(Asked(target=f"/?{SMALL + 1}", read=False).of(front) for _ in range(3)))
    assert sorted(one.status for one in large) == [200, 200, 503]


def test_what_ends_before_its_end_is_refused_and_no_mistake_of_ours() -> None:
    """The server says that somebody left also where what they send is no body of HTTP, and they are still there."""
    front = front_of()
    left, page = together(post(500).of(front, gone()), Asked().of(front))
    assert (left.status, left.body, page.status) == (400, b"page", 200) and front.room.taken == 0
