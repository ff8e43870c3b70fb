"""Keys for rows (UUIDv7) and references for people (a kind letter and random characters without look-alikes)."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from base64 import urlsafe_b64encode

from uuid_utils.compat import uuid7

ALPHABET = "23456789BCDFGHJKMNPQRTVWXYZ"
_STAMP, _STAMPED = 12, 12 + 43


def new_id() -> uuid.UUID:
    """A fresh time-ordered key."""
    return uuid7()


def new_ref(kind: str, length: int = 8) -> str:
    """A public reference such as `A-7K2QX9VD`: the only id in pages, mails and logs."""
    return f"{kind}-" + "".join(secrets.choice(ALPHABET) for _ in range(length))


def derived_ref(kind: str, of: str, length: int = 8) -> str:
    """A public reference that is always the same for the same thing."""
    digest = hashlib.sha256(of.encode()).digest()
    return f"{kind}-" + "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:length])


def new_tokens(many: int) -> list[str]:
    """As `new_token`: the system is asked for the bits of all of them at once."""
    stamp, bits = f"{time.time_ns() // 1_000_000:0{_STAMP}x}", secrets.token_bytes(32 * many)
    return [stamp + urlsafe_b64encode(bits[at:at + 32]).rstrip(b"=").decode() for at in range(0, 32 * many, 32)]


def new_token() -> str:
    """A secret of 256 bits for a cookie, a link or a form, after the millisecond in which it was made (12 hexadecimal digits).

    Its hash begins with that time, so thousands of links that are made at once stand together in their index; a link that is
    known by its secret alone was nowhere near the last one, and each one dirtied a page of its own.
    """
    return new_tokens(1)[0]


def token_hash(token: str) -> str:
    """What is stored of a token: its time, if it has one, and the SHA-256 of all of it (208 bits of it after a time)."""
    digest, stamp = hashlib.sha256(token.encode()).hexdigest(), token[:_STAMP]
    if len(token) == _STAMPED and stamp.isascii() and stamp.isalnum():
        return stamp + digest[_STAMP:]
    return digest
