"""A flood: many who ask as fast as they can, and many who never finish asking, while somebody uses the portal as people do.

What `make demo` runs is asked. Source: SECURITY, "Abuse and fault cases" ("floods, slow clients").
"""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from portal.cli import serve
from portal.settings import ROOT
from tests.battery.ground import Ground, prepare
from tests.battery.killing import Load, Process, cookie_of, free_port

CROWD, SLOW, HERE = 320, 200, "127.0.0.1"
MOST_SECONDS, BACK_WITHIN = 2.0, 30.0
"""How long a person waits in 99 of 100 cases; how soon after the flood they wait as little as before it."""
ANSWERED = frozenset({200, 302, 303, 401, 404, 429, 503})


@dataclass
class Person:
    """Somebody who opens a page again and again; how long each time took."""

    port: int
    cookie: str
    patience: float = 30
    took: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)

    def warm_up(self) -> None:
        """What a process does once when it answers first is no time of the server's."""
        for _ in range(4):
            asked(self.port, "/me", {"Cookie": self.cookie})

    def look(self, seconds: float) -> list[float]:
        """What the times of so many seconds were, in order."""
        before, until = len(self.took), time.monotonic() + seconds
        while time.monotonic() < until:
            begun = time.monotonic()
            status, _ = asked(self.port, "/me", {"Cookie": self.cookie}, self.patience)
            self.took.append(time.monotonic() - begun)
            self.wrong[f"a person was answered with {status}"] += status != 200
            time.sleep(0.1)
        return sorted(self.took[before:])


def asked(port: int, path: str, headers: dict[str, str], patience: float = 30) -> tuple[int, str]:
    """The status of an answer, and after how many seconds it says that it is worth trying again; 0 when none came."""
    connection = http.client.HTTPConnection(HERE, port, timeout=patience)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get("Retry-After", "")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def flood(url: str, folder: Path, seconds: float, crowd: int = CROWD) -> tuple[str, list[str]]:
    """What a person waited before, during and after it; and what is not as it should be (best nothing)."""
    port = free_port()
    ground = prepare(url, folder, PORTAL_BASE_URL=f"http://{HERE}:{port}")
    server, told = Process(serve.commands(port)[0], ground.environment), Counter[str]()
    try:
        person = Person(port, cookie_of(ground))
        wait_for(lambda: asked(port, "/healthz", {})[0] == 200)
        person.warm_up()
        before = person.look(5)
        with _flooded(port, told, crowd), paying(ground, port, person) as load:
            during = person.look(seconds)
        ended = time.monotonic()
        while (after := person.look(2))[-1] > max(4 * before[-1], 0.2) and time.monotonic() - ended < BACK_WITHIN:
            continue
        back = time.monotonic() - ended
    finally:
        server.kill()
    wrong = [*load.wrong, *(one for one, count in person.wrong.items() if count)]
    wrong += [f"{count} of the flood were answered with {status}" for status, count in told.items() if status not in OF_A_FLOOD]
    wrong += [f"a person waited {p99(during):.1f} s"] * (p99(during) > MOST_SECONDS)
    wrong += [f"{back:.0f} s later a person still waits {after[-1]:.1f} s"] * (back >= BACK_WITHIN)
    said = ", ".join(f"{count} {status}" for status, count in sorted(told.items()))
    waited = " / ".join(f"{p99(times) * 1000:.0f}" for times in (before, during, after))
    return f"a person waited {waited} ms before / during / after (p99); {len(load.told)} payouts; {said}", wrong


OF_A_FLOOD = frozenset({*map(str, ANSWERED - {429, 503}), "429 with a time", "503 with a time"})


def p99(times: list[float]) -> float:
    return times[int(len(times) * 0.99)] if times else 0.0


def wait_for(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done() and time.monotonic() < deadline:
        time.sleep(0.2)


@contextmanager
def paying(ground: Ground, port: int, person: Person) -> Iterator[Load]:
    """One who asks for payouts meanwhile: what is acknowledged is acknowledged once."""
    load = Load(ground, port, person.cookie, threads=1)
    try:
        yield load
    finally:
        load.finish()


@contextmanager
def _flooded(port: int, told: Counter[str], crowd: int) -> Iterator[None]:
    """The flood, and what each of it was answered."""
    stopped = threading.Event()
    drip = threading.Thread(target=_drip, args=(port, stopped), daemon=True)
    drip.start()
    many = subprocess.Popen(
        [sys.executable, "-m", "tests.battery.crowd", str(port), str(crowd)], cwd=ROOT, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )
    try:
        yield
    finally:
        stopped.set()
        told.update(json.loads(many.communicate("\n", timeout=120)[0]))
        drip.join(timeout=60)


def _drip(port: int, stopped: threading.Event) -> None:
    """Connections that send a letter each second, and never end what they ask; one that is cut off comes again."""
    slow = [_slow(port) for _ in range(SLOW)]
    while not stopped.wait(1):
        for n, one in enumerate(slow):
            try:
                one.send(b"a")
            except OSError:
                one.close()
                slow[n] = _slow(port)
    for one in slow:
        one.close()


def _slow(port: int) -> socket.socket:
    made = socket.create_connection((HERE, port), timeout=5)
    made.sendall(b"GET /me HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    return made
