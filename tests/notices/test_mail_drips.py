"""A mail server that says a byte at a time, or never stops, holds nobody up: each attempt ends, and other mails arrive."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from portal.act import Office
from portal.notices import mailer
from portal.notices.delivery import SENDING_SECONDS, Post, deliver
from portal.notices.mailer import WHOLE_SECONDS, MailDown, MailLater, SmtpMailer
from portal.notices.outcomes import LEASE
from tests.notices.making import people, told
from tests.notices.test_mailer import mail

DRIPS = int(3 * WHOLE_SECONDS)
"""An answer of so many bytes ends well if each of them is waited for."""


class Dripping:
    """Speaks SMTP, and takes too long for its answer at one place (`at`): a byte in each second, or one line after another.

    It is the clock of the attempt: a second is over whenever somebody who waits was given a byte.
    """

    def __init__(self, at: bytes, to: bytes = b"", *, lines: bool = False) -> None:
        self.at, self.to, self.lines = at, to, lines
        self.now, self.asked = 0, threading.Semaphore(0)
        self.taken: list[bytes] = []
        self.over = threading.Event()

    def serve(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._speak, args=(listening.accept()[0],), daemon=True).start()

    def _speak(self, caller: socket.socket) -> None:
        with caller, caller.makefile("rb") as said, suppress(OSError):
            self._answer(caller, b"greeting", b"", b"220 ready")
            to, body = b"", False
            for line in said:
                if body and line != b".\r\n":
                    continue
                word = b"end" if body else line[:4].strip().lower()
                to = line if word == b"rcpt" else to
                body = word == b"data"
                self._answer(caller, word, to, b"354 go on" if body else b"250 OK")
                self.taken += [to] if word == b"end" else []

    def _answer(self, caller: socket.socket, word: bytes, to: bytes, answer: bytes) -> None:
        if word == self.at and self.to in to:
            self._drip(caller, answer[:3] + b"-")
        caller.sendall(answer + b"\r\n")

    def _drip(self, caller: socket.socket, begun: bytes) -> None:
        while self.lines and not self.over.is_set():
            caller.sendall(begun + b"x" * 1000 + b"\r\n")
        caller.sendall(begun)
        for _ in range(DRIPS):
            while not self.asked.acquire(timeout=0.1) and not self.over.is_set():
                continue
            self.now += 1
            caller.sendall(b"x")
        caller.sendall(b"\r\n")

    def monotonic(self) -> float:
        self.asked.release()
        return self.now


@contextmanager
def dripping(server: Dripping) -> Iterator[str]:
    """The address of such a server, and its time, while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.MonkeyPatch.context() as patched:
        patched.setattr(mailer, "time", server)
        threading.Thread(target=server.serve, args=(listening,), daemon=True).start()
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"
        server.over.set()


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize(("at", "how"), [
    (b"greeting", MailDown), (b"ehlo", MailDown), (b"mail", MailLater), (b"rcpt", MailLater), (b"data", MailLater),
    (b"end", MailLater),
])
def test_an_attempt_ends_wherever_the_server_drips(at: bytes, how: type[Exception], lines: bool) -> None:
    server = Dripping(at, lines=lines)
    with dripping(server) as url:
        with pytest.raises(how):
            SmtpMailer(url).send(mail())
        assert server.now < 2 * WHOLE_SECONDS


def test_an_open_connection_that_begins_to_drip_is_left_for_a_new_one() -> None:
    server = Dripping(b"")
    with dripping(server) as url:
        kept = SmtpMailer(url)
        assert kept.send(mail()) == "accepted"
        server.at = b"rset"
        with pytest.raises(MailDown):
            kept.send(mail())
        server.at = b""
        assert kept.send(mail()) == "accepted"
        kept.close()


def test_a_server_that_drips_for_one_recipient_gets_the_other_mails_on_time(office: Office) -> None:
    some = people(office, 4)
    told(office, some)
    server = Dripping(b"end", to=str(some[1].email).encode())
    with dripping(server) as url:
        tally = deliver(office, Post(SmtpMailer(url), "portal@example.org", "http://localhost:8000"))
        assert server.now < 2 * WHOLE_SECONDS
    assert tally == Counter(sent=3, waiting=1, down=0)
    assert [str(one.email).encode() in b"".join(server.taken) for one in some] == [True, False, True, True]


def test_a_worker_gives_its_mails_back_before_another_takes_them() -> None:
    assert LEASE.total_seconds() > SENDING_SECONDS + WHOLE_SECONDS
