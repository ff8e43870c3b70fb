"""One HTTP POST to an address of the marketplace: to an address that was looked at, within a time, following nothing.

The name is looked up here and every address that it has is compared with those that no message may go to, so that nobody
reaches this network by a name of theirs; the connection goes to the very address that was compared. What the other side
answers is read no further than its status.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
LONGEST_URL, LONGEST_HEAD = 2000, 16_384
NEVER = tuple(ip_network(one) for one in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
))
PUBLIC_V6 = ip_network("2000::/3")
NEVER_V6 = tuple(ip_network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"))
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: [^\r\n]*)?\r?\n")


class Unreachable(Exception):
    """No connection: this says nothing about the message, which was not sent."""


class NotDelivered(Exception):
    """It was sent or could not be, and no answer came that says it was taken."""


def networks_of(text: str) -> tuple[Network, ...]:
    """Networks as they stand in a setting ("10.1.0.0/16, ::1/128"). Errors: ValueError for what is none."""
    return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())


def checked_url(url: str) -> SplitResult:
    """The parts of an address that messages can be posted to. Errors: ValueError, which says what is wrong with it."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise ValueError("an address is at most 2,000 printable ASCII characters")
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("an address begins with https:// and a host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("an address has no name, password or fragment in it")
    if parts.port == 0:
        raise ValueError("an address has a port from 1 to 65535")
    return parts


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet: not this machine, its network, a tunnel, or many at once."""
    if isinstance(address, IPv6Address):
        return address in PUBLIC_V6 and not any(address in network for network in NEVER_V6)
    return not any(address in network for network in NEVER)


def addresses_of(parts: SplitResult, allowed: Sequence[Network]) -> list[Address]:
    """Where this host is now. Errors: `Unreachable` without an answer; `NotDelivered` when one of its addresses is not
    public and in no allowed network, or when plain HTTP would leave the allowed networks."""
    host = str(parts.hostname)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"no address for {host}") from error
    addresses = list(dict.fromkeys(ip_address(str(one[4][0]).partition("%")[0]) for one in found))
    for address in addresses:
        inside = any(address in network for network in allowed if network.version == address.version)
        if not inside and not is_public(address):
            raise NotDelivered(f"{host} is at {address}, which is not public")
        if not inside and parts.scheme != "https":
            raise NotDelivered(f"{host} is outside the allowed networks, and the address is not https")
    return addresses


def post_to(url: str, body: bytes, headers: Mapping[str, str], *, allowed: Sequence[Network], seconds: float) -> int:
    """Posts the body and returns the status of the answer, whatever it is; a redirect is an answer like any other.

    Looking up, connecting, sending and reading take `seconds` together at the most, apart from the look-up of the name.
    Errors: `Unreachable`, `NotDelivered`, ValueError for an address that is none.
    """
    parts, until = checked_url(url), time.monotonic() + seconds
    connection = _connected(parts, addresses_of(parts, allowed), until)
    with connection:
        try:
            connection.settimeout(_left(until))
            connection.sendall(_request(parts, body, headers))
            return _status(connection, until)
        except OSError as error:
            raise NotDelivered(f"no answer: {type(error).__name__}") from error


def _left(until: float) -> float:
    """Errors: TimeoutError when nothing is left."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connected(parts: SplitResult, addresses: Sequence[Address], until: float) -> socket.socket:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    said = "no address"
    for address in addresses:
        try:
            plain = socket.create_connection((str(address), port), timeout=_left(until))
        except OSError as error:
            said = type(error).__name__
            continue
        if parts.scheme == "http":
            return plain
        try:
            plain.settimeout(_left(until))
            return _trust().wrap_socket(plain, server_hostname=str(parts.hostname))
        except OSError as error:
            plain.close()
            said = type(error).__name__
    raise Unreachable(f"no connection to {parts.hostname}: {said}")


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """The certificates that this machine trusts."""
    return ssl.create_default_context()


def _request(parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _status(connection: socket.socket, until: float) -> int:
    """The status of the final answer: what is only said on the way (1xx) is passed over."""
    head = b""
    while len(head) < LONGEST_HEAD:
        connection.settimeout(_left(until))
        more = connection.recv(4096)
        if not more:
            break
        head += more
        while (found := _STATUS.match(head)) and found[1].startswith(b"1") and b"\r\n\r\n" in head:
            head = head.partition(b"\r\n\r\n")[2]
        if found and not found[1].startswith(b"1"):
            return int(found[1])
    raise NotDelivered("the answer is no HTTP")
