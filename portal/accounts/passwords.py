"""Password hashing with argon2id (RFC 9106), bounded: at most two at once, so that sign-in cannot stop the server."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from portal.core.errors import Busy

_HASHER = PasswordHasher()
_PLACES = threading.BoundedSemaphore(2)
_DECOY = _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """The argon2id hash of a password with a fresh salt."""
    return _HASHER.hash(password)


def password_fits(stored: str | None, password: str) -> bool:
    """Whether the password is right. An unknown person costs the same time. Errors: `Busy` when too many are waiting."""
    if not _PLACES.acquire(timeout=5):
        raise Busy
    try:
        return _HASHER.verify(stored or _DECOY, password) and stored is not None
    except VerificationError:
        return False
    finally:
        _PLACES.release()
