"""A marketplace that receives messages over HTTP on loopback, and can be made slow, rude or dead."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any, cast

from sqlalchemy import select

from portal.core.access import OPERATOR
from portal.notices.models import Channel, Delivery
from portal.notices.outgoing import SECRET_SEAL, set_endpoint
from portal.notices.webhooks import Courier, post_messages
from tests.factories.market import Market, Story

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
LOOPBACK = Courier((ip_network("127.0.0.0/8"),), seconds=60.0)


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What arrived, and how to answer it: by status, not before the end (`waits`), never (`dies`) or byte by byte (`drips`)."""

    port: int = 0
    status: int = 200
    statuses: list[int] = field(default_factory=list)
    waits: bool = False
    dies: bool = False
    drips: bool = False
    early: bool = False
    location: str = ""
    requests: list[Request] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?from=portal"

    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.requests]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        receiver = cast("_Server", self.server).receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver.requests.append(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        if receiver.dies:
            self.close_connection = True
            return
        if receiver.waits:
            receiver.over.wait()
        if receiver.early:
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        status = receiver.statuses.pop(0) if receiver.statuses else receiver.status
        if receiver.drips:
            self.wfile.write(b"HTTP/1.1 200 and never an end")
            while not receiver.over.wait(0.1):
                self.wfile.write(b".")
            return
        self.send_response(status)
        if receiver.location:
            self.send_header("Location", receiver.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Nothing is said."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver

    def handle_error(self, *_args: Any) -> None:
        """Who does not wait for an answer is no trouble of the test's."""


@contextmanager
def receiving(held: socket.socket | None = None) -> Iterator[Receiver]:
    """A server on loopback while the block runs, at a port of its own or at one that the test holds."""
    server = _Server(("127.0.0.1", 0), _Handler, bind_and_activate=held is None)
    if held is not None:
        server.socket.close()
        server.socket = held
        server.server_activate()
    server.receiver = Receiver(server.socket.getsockname()[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.receiver
    finally:
        server.receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def on_file(market: Market, url: str, name: str = "main", secret: str = SECRET) -> None:
    """Puts an address on file."""
    sealed = market.office.keyring.seal(SECRET_SEAL, secret.encode())
    market.do(set_endpoint, OPERATOR, name=name, url=url, sealed_secret=sealed)


def messages(market: Market) -> list[Delivery]:
    """Every delivery to an address of the marketplace, the oldest first."""
    with market.office.database.read() as session:
        return list(session.scalars(select(Delivery).where(Delivery.channel == Channel.WEBHOOK).order_by(Delivery.id)))


def verified(secret: str, request: Request, now: float, tolerance: int = 300) -> bool:
    """As a receiver checks a request by the words of the specification, without a line of the product's."""
    key = base64.b64decode(secret.split("_", 1)[1])
    sent = int(request.headers["webhook-timestamp"])
    signed = b".".join([request.headers["webhook-id"].encode(), str(sent).encode(), request.body])
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [one.removeprefix("v1,") for one in request.headers["webhook-signature"].split(" ")]
    return abs(now - sent) <= tolerance and any(hmac.compare_digest(expected, one) for one in given)


def pay(market: Market, story: Story, amount: int = 10_000) -> str:
    """Tim asks for a payout: what the marketplace is told of."""
    return str(market.pay_out(story.tim, story.destination, amount)["payout"])


def post(market: Market, courier: Courier = LOOPBACK) -> dict[str, int]:
    """Posts what is due; how many went how."""
    return {how: count for how, count in post_messages(market.office, courier).items() if count}


def later(market: Market, **span: float) -> None:
    """So much time passes."""
    market.office.clock.advance(**span)  # type: ignore[attr-defined]
