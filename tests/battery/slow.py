"""Slow clients: those who never say what they ask, whose forms never arrive or never end, who never read what they asked for.

Somebody uses the portal meanwhile as people do. What `make demo` runs is asked. Source: SECURITY, "Abuse and fault cases"
("floods, slow clients").
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from portal.cli import serve
from tests.battery.flooding import BACK_WITHIN, HERE, MOST_SECONDS, Person, asked, p99, paying, wait_for
from tests.battery.ground import prepare
from tests.battery.killing import Process, cookie_of, free_port

ELSEWHERE = "127.0.0.2"
FORM = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
KINDS: dict[str, tuple[bytes, bytes]] = {
    "headers": (b"GET /me HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a"),
    "forms that never come": (FORM + b"Content-Length: 500\r\n\r\n", b""),
    "forms letter by letter": (FORM + b"Content-Length: 500\r\n\r\n", b"a"),
    "forms without end": (FORM + b"Transfer-Encoding: chunked\r\n\r\n", b"4000\r\n" + bytes(0x4000) + b"\r\n"),
    "300 MB": (FORM + b"Content-Length: 300000000\r\n\r\n", bytes(0x4000)),
    "readers that do not read": (b"GET /rules HTTP/1.1\r\nHost: a\r\n\r\n" * 20, b""),
}
"""What each says at first, and then again and again."""


@dataclass
class Slow:
    """So many of one kind; who is cut off comes again."""

    port: int
    kind: str
    count: int
    cut: int = 0
    answers: Counter[str] = field(default_factory=Counter)

    def go_on(self, stopped: threading.Event, pause: float) -> None:
        """Until it is `stopped`: what is answered is read, except by those who do not read."""
        first, then = KINDS[self.kind]
        with selectors.DefaultSelector() as selector:
            for _ in range(self.count):
                selector.register(self._come(first), selectors.EVENT_READ)
            while not stopped.wait(pause):
                for one in [key.fileobj for key in selector.get_map().values()]:
                    assert isinstance(one, socket.socket)
                    if self._over(one, then):
                        selector.unregister(one)
                        one.close()
                        selector.register(self._come(first), selectors.EVENT_READ)
                        self.cut += 1
            for key in list(selector.get_map().values()):
                assert isinstance(key.fileobj, socket.socket)
                key.fileobj.close()

    def _come(self, first: bytes) -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.bind((ELSEWHERE, 0))
        with suppress(OSError):
            made.settimeout(5)
            made.connect((HERE, self.port))
            made.sendall(first)
        made.setblocking(False)
        return made

    def _over(self, one: socket.socket, then: bytes) -> bool:
        try:
            if self.kind != "readers that do not read":
                with suppress(BlockingIOError):
                    said = one.recv(4096)
                    if said:
                        self.answers[said[9:12].decode("latin-1")] += 1
                    return True
            one.send(then)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return False


def slow(
    url: str, folder: Path, seconds: float, count: int = 50, *, command: Callable[[int], list[str]] = serve.web,
    before: float = 5, patience: float = 30,
) -> tuple[str, list[str]]:
    """What a person waited before, during and after it; and what is not as it should be (best nothing)."""
    port = free_port()
    ground = prepare(url, folder, PORTAL_BASE_URL=f"http://{HERE}:{port}")
    server = Process(command(port), ground.environment)
    try:
        person = Person(port, cookie_of(ground), patience)
        wait_for(lambda: asked(port, "/healthz", {})[0] == 200)
        person.warm_up()
        usual = person.look(before)
        with paying(ground, port, person) as load, _slowed(port, count) as kinds:
            during = person.look(seconds)
        ended = time.monotonic()
        while (after := person.look(min(before, 2)))[-1] > max(4 * usual[-1], 0.2) and time.monotonic() - ended < BACK_WITHIN:
            continue
        back = time.monotonic() - ended
    finally:
        server.kill()
    wrong = [*load.wrong, *(f"{one} ({times} times)" for one, times in person.wrong.items() if times)]
    wrong += [f"a person waited {p99(during):.1f} s"] * (p99(during) > MOST_SECONDS)
    wrong += [f"{back:.0f} s later a person still waits {after[-1]:.1f} s"] * (back >= BACK_WITHIN)
    wrong += ["nobody else could act meanwhile"] * (not load.told)
    wrong += [f"{one.kind}: answered with {status}" for one in kinds for status in one.answers if status not in REFUSALS]
    waited = " / ".join(f"{p99(times) * 1000:.0f}" for times in (usual, during, after))
    said = "; ".join(f"{one.kind}: {one.cut} cut off {dict(one.answers) or ''}".strip() for one in kinds)
    return f"a person waited {waited} ms before / during / after (p99); {len(load.told)} payouts; {count} each of {said}", wrong


REFUSALS = ("408", "413", "503", "400")


@contextmanager
def _slowed(port: int, count: int) -> Iterator[list[Slow]]:
    stopped, kinds = threading.Event(), [Slow(port, kind, count) for kind in KINDS]
    pauses = {one.kind: 1.0 if len(KINDS[one.kind][1]) < 100 else 0.5 for one in kinds}
    threads = [threading.Thread(target=one.go_on, args=(stopped, pauses[one.kind]), daemon=True) for one in kinds]
    for one in threads:
        one.start()
    try:
        yield kinds
    finally:
        stopped.set()
        for one in threads:
            one.join(timeout=30)
