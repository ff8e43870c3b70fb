"""Takes each request in whole before a turn begins with it, and ends the turn before anybody has read the answer.

A server that gives a turn to whoever has only begun to send is stopped by as many slow senders as it has turns. Source: SECURITY,
"floods, slow clients, overload x 10"; granian leaves the pace of a body to the application (its issue 728).
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from wsgiref.types import WSGIApplication

from portal.web.front.arriving import SMALL, Body, Left, NoRoom, Pace, Receive, Room, Share, TooLarge, TooSlow
from portal.web.front.environ import Scope, environ_of, length_of, who
from portal.web.front.line import Line, SentAway

Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[str, str]]
PART = 64 * 1024
IN_TIME = Pace(seconds=10, least=20_000, whole=900)


@dataclass
class Answer:
    """What goes back."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True)
class Limits:
    """`turns` at once in this process, `places` to wait for one, `room` in bytes for what is large; how fast people send.

    `reading`: after how many seconds somebody is cut off who takes nothing of a large answer.
    """

    turns: int = 4
    places: int = 64
    room: int = 300_000_000
    sending: Pace = IN_TIME
    reading: float = 20


class Front:
    """An ASGI application around the pages.

    `most(environ)`: how many bytes the view behind an address takes. `page(status, environ)`: what is said instead of it: 413 to
    who sends more, 408 to who sends too slowly, 503 to who would wait too long, 400 where what is sent ends before its end.
    """

    def __init__(
        self, app: WSGIApplication, most: Callable[[dict[str, Any]], int], page: Callable[[int, dict[str, Any]], Answer],
        *, proxies: int = 0, limits: Limits | None = None,
    ) -> None:
        self.app, self.most, self.page, self.proxies, self.limits = app, most, page, proxies, limits or Limits()
        self.room = Room(self.limits.room)
        self.line = Line(self.limits.turns, self.limits.places)
        self.hands = ThreadPoolExecutor(self.limits.turns, thread_name_prefix="turn")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        environ = environ_of(scope)
        address, session = who(environ, self.proxies)
        body, share = Body(self.room, self.limits.sending, address), Share(address)
        try:
            answer = await self._answer(environ, body, receive, (address, session))
            body.give_back()
            if not await self._fits(answer, share):
                answer = self.page(503, environ)
            await self._give(answer, share, send, head=environ["REQUEST_METHOD"] == "HEAD")
        finally:
            body.give_back()
            self.room.give_back(share)

    async def _answer(self, environ: dict[str, Any], body: Body, receive: Receive, asking: tuple[str, int]) -> Answer:
        try:
            await self._take_in(environ, body, receive)
            await self.line.turn(*asking)
        except TooLarge:
            return self.page(413, environ)
        except TooSlow:
            return self.page(408, environ)
        except Left:
            return self.page(400, environ)
        except (NoRoom, SentAway):
            return self.page(503, environ)
        try:
            return await asyncio.get_running_loop().run_in_executor(self.hands, answered, self.app, environ)
        finally:
            self.line.give_back()

    async def _take_in(self, environ: dict[str, Any], body: Body, receive: Receive) -> None:
        """What is too long by its own word is not waited for; who only asks for a page sends nothing."""
        if length_of(environ) or "HTTP_TRANSFER_ENCODING" in environ:
            most = self.most(environ)
            if (length_of(environ) or 0) > most:
                raise TooLarge
            await body.arrive(receive, most)
        environ["CONTENT_LENGTH"] = str(body.content.tell())
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        body.content.seek(0)
        environ |= {"wsgi.input": body.content, "wsgi.input_terminated": True}

    async def _fits(self, answer: Answer, share: Share) -> bool:
        """Whether there is room for it until it is read."""
        share.began = asyncio.get_running_loop().time()
        try:
            if len(answer.body) > SMALL:
                await self.room.take(share, len(answer.body))
        except NoRoom:
            return False
        return True

    async def _give(self, answer: Answer, share: Share, send: Send, *, head: bool) -> None:
        """Who does not read is cut off: what ends before its length is no answer, to a browser and to the server alike."""
        names = {name.lower() for name, _ in answer.headers}
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        if "content-length" not in names and answer.status not in (204, 304) and not head:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        whole = memoryview(answer.body)
        try:
            async with asyncio.timeout(None) as share.limit:
                for start in range(0, max(len(whole), 1), PART):
                    async with asyncio.timeout(self.limits.reading):
                        more = start + PART < len(whole)
                        await send({"type": "http.response.body", "body": bytes(whole[start:start + PART]), "more_body": more})
        except TimeoutError:
            return
        finally:
            share.limit = None


def answered(app: WSGIApplication, environ: dict[str, Any]) -> Answer:
    """The whole answer of a WSGI application."""
    begun: list[tuple[str, Headers]] = []
    written = io.BytesIO()

    def start_response(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
        begun.append((status, list(headers)))
        return written.write

    parts: Iterable[bytes] = app(environ, start_response)
    try:
        for part in parts:
            written.write(part)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    status, headers = begun[-1]
    return Answer(int(status.split(" ", 1)[0]), headers, written.getvalue())
