"""A request as ASGI tells it, in the words of WSGI."""

from __future__ import annotations

import sys
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import unquote_to_bytes

Scope = dict[str, Any]
PLAIN = {"CONTENT_TYPE", "CONTENT_LENGTH"}


def environ_of(scope: Scope) -> dict[str, Any]:
    """PEP 3333. A header with `_` in its name is left out: it could pass for another one, such as what a proxy of ours says."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"], "SCRIPT_NAME": "", "PATH_INFO": _path(scope).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"), "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": scope["server"][0], "SERVER_PORT": str(scope["server"][1]), "REMOTE_ADDR": _client(scope),
        "wsgi.version": (1, 0), "wsgi.url_scheme": scope["scheme"], "wsgi.errors": sys.stderr, "wsgi.multithread": True,
        "wsgi.multiprocess": True, "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" not in name:
            _add(environ, name.decode("latin-1").upper().replace("-", "_"), value.decode("latin-1"))
    return environ


def _path(scope: Scope) -> bytes:
    return unquote_to_bytes(scope.get("raw_path") or scope["path"])


def _client(scope: Scope) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""


def _add(environ: dict[str, Any], name: str, value: str) -> None:
    key = name if name in PLAIN else f"HTTP_{name}"
    between = "; " if name == "COOKIE" else ","
    environ[key] = f"{environ[key]}{between}{value}" if key in environ else value


def length_of(environ: dict[str, Any]) -> int | None:
    """What the request says of its length; None where it does not say."""
    said = environ.get("CONTENT_LENGTH", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None


def who(environ: dict[str, Any], proxies: int) -> tuple[str, int]:
    """Address and session of whoever asks, as far as the line needs them: nobody has looked whether the session is one.

    Behind so many proxies of ours the address is what the outermost of them saw. All of a /64 of IPv6 is one address.
    """
    seen = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    address = seen[-proxies] if 0 < proxies <= len(seen) else environ["REMOTE_ADDR"]
    return _network(address), hash(environ.get("HTTP_COOKIE", ""))


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or found.exploded[:19])
    return str(found)
