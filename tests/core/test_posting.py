"""Where a message to the marketplace may go: to public addresses, or into a network that was named; nowhere else."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from portal.core import posting
from portal.core.posting import NotDelivered, Unreachable, addresses_of, checked_url, is_public, networks_of, post_to

INSIDE = (
    "127.0.0.1", "127.1.2.3", "0.0.0.1", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
    "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.7", "203.0.113.9", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::", "2002:c0a8:1::1", "2620:4f:8000::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1",
    "febf::1", "fec0::1", "ff02::1", "ff0e::1",
)
OUTSIDE = ("8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "223.255.255.254", "2606:4700::1111")
FORMS = (
    "localhost", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "0", "127.0.1", "10.1",
    "3232235777", "0xa9fea9fe",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "[fe80::1]", "[64:ff9b::7f00:1]",
)


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_the_public_internet(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_the_public_internet(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somebody on this machine who hears of it when anybody connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


@pytest.mark.parametrize("host", FORMS)
def test_however_an_inner_address_is_written_nobody_connects(listener: socket.socket, host: str) -> None:
    port = listener.getsockname()[1]
    with pytest.raises((NotDelivered, Unreachable)):
        post_to(f"https://{host}:{port}/", b"{}", {}, allowed=(), seconds=1)
    with pytest.raises(TimeoutError):
        listener.accept()


def test_one_inner_address_among_others_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("8.8.8.8", "10.0.0.7")]
    monkeypatch.setattr(posting.socket, "getaddrinfo", lambda *_args, **_more: found)
    with pytest.raises(NotDelivered, match=r"10\.0\.0\.7, which is not public"):
        addresses_of(checked_url("https://shop.example/"), ())
    assert len(addresses_of(checked_url("https://shop.example/"), networks_of("10.0.0.0/8"))) == 2


def test_a_name_that_changes_after_it_was_looked_at_leads_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, listener: socket.socket
) -> None:
    """The name is looked up once, and the connection goes to that address: rebinding is too late."""
    asked: list[str] = []

    def look_up(host: str, *_args: object, **_more: object) -> list[object]:
        asked.append(host)
        address = "203.0.114.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        asked.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(posting.socket, "getaddrinfo", look_up)
    monkeypatch.setattr(posting.socket, "create_connection", connect)
    with pytest.raises(Unreachable):
        post_to("https://shop.example/", b"{}", {}, allowed=(), seconds=1)
    assert asked == ["shop.example", "203.0.114.1"]


def test_plain_http_stays_inside_the_named_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 0))]
    monkeypatch.setattr(posting.socket, "getaddrinfo", lambda *_args, **_more: found)
    with pytest.raises(NotDelivered, match="not https"):
        addresses_of(checked_url("http://shop.example/"), networks_of("10.0.0.0/8"))


@pytest.mark.parametrize("text", ["10.0.0.1/8", "everywhere", "10.0.0.0/33"])
def test_a_network_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        networks_of(text)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that signs itself, and its key in the same file."""
    file = tmp_path / "both.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(tmp_path / "key"), "-out", str(file),
            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(made, check=True, capture_output=True)
    file.write_text(file.read_text() + (tmp_path / "key").read_text())
    return file


@pytest.mark.parametrize(("trusted", "host"), [(True, "localhost"), (False, "localhost"), (True, "127.0.0.1")])
def test_the_other_side_shows_a_certificate_for_its_name(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool, host: str
) -> None:
    heard: list[bytes] = []

    def serve(server: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        try:
            with server.accept()[0] as plain, context.wrap_socket(plain, server_side=True) as secure:
                heard.append(secure.recv(4096))
                secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        except OSError:
            return

    trust = ssl.create_default_context(cafile=str(certificate) if trusted else None)
    monkeypatch.setattr(posting, "_trust", lambda: trust)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        url, given = f"https://{host}:{server.getsockname()[1]}/x", {"allowed": (ip_network("127.0.0.0/8"),), "seconds": 60.0}
        if trusted and host == "localhost":
            assert post_to(url, b"{}", {"A": "b"}, **given) == 204
        else:
            with pytest.raises(Unreachable):
                post_to(url, b"{}", {}, **given)
        thread.join()
    assert all(one.startswith(b"POST /x HTTP/1.1\r\nHost: localhost:") and one.endswith(b"A: b\r\n\r\n{}") for one in heard)
    assert len(heard) == (trusted and host == "localhost")


@pytest.mark.parametrize("said", [b"", b"200 OK\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n", b"HTTP/1.1 20 OK\r\n\r\n", b"x" * 40_000])
def test_what_is_no_http_is_no_answer(said: bytes) -> None:
    def serve(server: socket.socket) -> None:
        with server.accept()[0] as plain:
            plain.recv(4096)
            plain.sendall(said)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        with pytest.raises(NotDelivered):
            post_to(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {}, allowed=networks_of("127.0.0.0/8"), seconds=2)
        thread.join()
