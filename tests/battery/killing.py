"""Kills under load: server and worker are ended with SIGKILL again and again while payouts are asked for over HTTP.

Whoever asked asks again under the same form key until there is an answer. In the end what was acknowledged and what is on
record is the same, every mail has arrived, and no mail more often than there were kills.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import sqlalchemy as sa

from portal import worker
from portal.accounts.models import UserSession
from portal.app import create_app
from portal.cli import serve
from portal.core.clock import system_clock
from portal.core.ids import new_token, token_hash
from portal.log.operations import add
from portal.notices.mailer import FileMailer
from portal.settings import ROOT
from tests.battery.ground import Answer, Ground, differences, prepare
from tests.factories.market import Market

BIN, CSRF, LOADERS = Path(sys.executable).parent, "c" * 48, 4
WAITING = "SELECT count(*) FROM delivery WHERE result = 'waiting' AND channel = 'email'"


@dataclass
class Figures:
    """What was done and what is wrong (best nothing)."""

    acknowledged: int = 0
    asked_again: int = 0
    server_kills: int = 0
    worker_kills: int = 0
    mails: int = 0
    doubled_mails: int = 0
    wrong: list[str] = field(default_factory=list)


class Process:
    """A program of the portal in a group of its own, which is ended by its own id."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.command, self.environment = command, {**os.environ, **environment}
        self.start()

    def start(self) -> None:
        self.running = subprocess.Popen(
            self.command, cwd=ROOT, env=self.environment, start_new_session=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()


class Forked:
    """The same from a process that has loaded the portal already, so that it is back at once."""

    def __init__(self, nursery: subprocess.Popen[str], wanted: str) -> None:
        self.nursery, self.wanted = nursery, wanted
        self.start()

    def start(self) -> None:
        assert self.nursery.stdin is not None and self.nursery.stdout is not None
        self.nursery.stdin.write(f"{self.wanted}\n")
        self.nursery.stdin.flush()
        self.number = int(self.nursery.stdout.readline())

    def kill(self) -> None:
        os.kill(self.number, signal.SIGKILL)
        while Path(f"/proc/{self.number}").exists():
            time.sleep(0.005)


class Load:
    """Threads that ask for payouts, each until it is answered."""

    def __init__(self, ground: Ground, port: int, cookie: str, threads: int = LOADERS) -> None:
        self.ground, self.port, self.cookie = ground, port, cookie
        self.told: list[tuple[str, str, Answer]] = []
        self.again, self.stopped, self.wrong = 0, threading.Event(), list[str]()
        self.threads = [threading.Thread(target=self._run, args=(n,)) for n in range(threads)]
        for one in self.threads:
            one.start()

    def finish(self) -> None:
        self.stopped.set()
        for one in self.threads:
            one.join(timeout=120)

    def _run(self, n: int) -> None:
        draw = Random(n)
        while not self.stopped.is_set():
            key = new_token()[:40]
            ref = self.ask_until_answered(key, f"{draw.randint(1, 900) / 100:.2f}")
            if ref is None:
                self.wrong.append(f"{key} was never answered")
            else:
                self.told.append(("pay_out", f"request_payout:{key}"[:80], {"payout": ref}))

    def ask_until_answered(self, key: str, amount: str) -> str | None:
        """The payout that the server names; None when it names none for a minute and a half after the last kill: until then it
        answers a few of all who ask each time, and on a slow machine somebody is always late."""
        ref, since = None, None
        while ref is None and (since is None or time.monotonic() - since < 90):
            ref = self._ask(key, amount)
            if ref is None:
                self.again += 1
                time.sleep(0.05)
            if since is None and self.stopped.is_set():
                since = time.monotonic()
        return ref

    def _ask(self, key: str, amount: str) -> str | None:
        """The payout that the server names; None when there was no answer, or only that it is busy."""
        start = f"{self.ground.facts['account_ref']}-USD-"
        body = urlencode({
            "csrf_token": CSRF, "form_key": key, "account": self.ground.facts["account_ref"], "currency": "USD", "step": "send",
            f"{start}amount": amount, f"{start}destination": self.ground.facts["place"],
        })
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", "/me/funds", body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        if answer.status == 303:
            return parse_qs(urlsplit(answer.headers["Location"]).query)["asked"][0]
        if answer.status != 503:
            self.wrong.append(f"{key} was answered with {answer.status}")
        return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kills(
    url: str, folder: Path, server_kills: int, worker_kills: int, between: float = 0.3, *, forked: bool = False
) -> Figures:
    """Ends the server so often and the worker so often, in turns, under load; then compares.

    `forked`: processes of one that has loaded the portal, instead of the commands that `make demo` runs.
    """
    port = free_port()
    ground = prepare(url, folder, PORTAL_BASE_URL=f"http://127.0.0.1:{port}")
    nursery = _nursery(ground) if forked else None
    server, deliverer = _programs(ground, port, nursery)
    load, figures, draw = Load(ground, port, cookie_of(ground)), Figures(), Random(1)
    try:
        _kill_in_turns(server, deliverer, load, figures, (server_kills, worker_kills), between, draw)
        load.finish()
    finally:
        load.stopped.set()
        for one in (server, deliverer):
            one.kill()
        if nursery is not None:
            nursery.kill()
            nursery.wait()
    return _compared(ground, load, figures)


def _nursery(ground: Ground) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.battery.nursery"], cwd=ROOT, env={**os.environ, **ground.environment}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    )


def _programs(ground: Ground, port: int, nursery: subprocess.Popen[str] | None) -> tuple[Process | Forked, Process | Forked]:
    if nursery is not None:
        return Forked(nursery, f"web {port}"), Forked(nursery, "worker")
    web = serve.web(port, workers=1)
    return Process(web, ground.environment), Process([str(BIN / "flask"), "worker"], ground.environment)


def _kill_in_turns(
    server: Process | Forked, deliverer: Process | Forked, load: Load, figures: Figures, wanted: tuple[int, int], between: float,
    draw: Random,
) -> None:
    """Each time only after something was acknowledged by the server that is killed, so that it is killed at work."""
    while (figures.server_kills, figures.worker_kills) != wanted:
        if figures.server_kills < wanted[0]:
            before, deadline = len(load.told), time.monotonic() + 60
            while len(load.told) == before and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(draw.uniform(0, between))
            server.kill()
            server.start()
            figures.server_kills += 1
        if figures.worker_kills * max(wanted[0], 1) < wanted[1] * max(figures.server_kills, 1):
            time.sleep(draw.uniform(0, between) + (0 if wanted[0] else 1))
            deliverer.kill()
            deliverer.start()
            figures.worker_kills += 1


def cookie_of(ground: Ground) -> str:
    """A session of Tim's as the sign-in page would have opened it."""
    token, app = new_token(), create_app(ground.settings, database=ground.office.database)
    Market(ground.office).make(lambda work: add(work, UserSession(
        token_hash=token_hash(token), person_id=UUID(ground.facts["person"]), case_ref=None, csrf=CSRF, stepped_up_at=None,
        expires_at=work.now + timedelta(days=14),
    )))
    serializer: Any = app.session_interface
    signed = serializer.get_signing_serializer(app).dumps({"_user_id": token, "_fresh": True})
    return f"{app.config['SESSION_COOKIE_NAME']}={signed}"


def _compared(ground: Ground, load: Load, figures: Figures) -> Figures:
    """Everything that waits is delivered; then the books, the log and the mails are compared with what was acknowledged.

    An hour later by the clock: what a killed worker had taken on is free again after ten minutes.
    """
    later = replace(ground.office, clock=lambda: system_clock() + timedelta(hours=1))
    waiting = 1
    for _ in range(60):
        worker.run_once(later, FileMailer(ground.settings.instance / "mail"), ground.settings)
        with ground.office.database.read() as session:
            waiting = int(session.scalar(sa.text(WAITING)) or 0)
        if not waiting:
            break
    mails = Counter(
        str(message_from_bytes(path.read_bytes())["Message-ID"]) for path in (ground.settings.instance / "mail").glob("*.eml")
    )
    figures.acknowledged, figures.asked_again = len(load.told), load.again
    figures.mails, figures.doubled_mails = len(mails), sum(mails.values()) - len(mails)
    figures.wrong = [*load.wrong, *differences(ground, load.told)]
    if waiting:
        figures.wrong.append(f"{waiting} mails never went out")
    if figures.doubled_mails > figures.server_kills + figures.worker_kills:
        figures.wrong.append(f"{figures.doubled_mails} mails went out twice")
    if len(mails) < len(load.told):
        figures.wrong.append(f"{len(mails)} mails for {len(load.told)} payouts")
    return figures
