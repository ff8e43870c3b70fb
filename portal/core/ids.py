"""Keys for rows (UUIDv7) and references for people (a kind letter and random characters without look-alikes)."""

from __future__ import annotations

import hashlib
import secrets
import uuid

from uuid_utils.compat import uuid7

ALPHABET = "23456789BCDFGHJKMNPQRTVWXYZ"


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


def new_token() -> str:
    """A secret of 256 bits for a cookie or a link; only its hash is stored."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
