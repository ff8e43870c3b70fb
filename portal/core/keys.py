"""Secrets derived from the one SECRET_KEY: what seals small secrets in the database, and what signs forms."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Keyring:
    """Derives one key for each purpose, so that no two uses share one.

    `former`: the keys of before, the newest first. What they sealed still opens; nothing new is sealed or signed with them.
    `proven`: whether this process has seen that the log is of these keys.
    """

    def __init__(self, secret_key: str, former: Sequence[str] = ()) -> None:
        self._root, self._former = secret_key.encode(), [one.encode() for one in former]
        self.proven = False

    def derive(self, purpose: str) -> bytes:
        return _derived(self._root, purpose)

    def derived(self, purpose: str) -> list[bytes]:
        """The key for a purpose, and those of before for it, the newest first."""
        return [_derived(root, purpose) for root in (self._root, *self._former)]

    def seal(self, purpose: str, clear: bytes) -> bytes:
        """AES-256-GCM with a fresh nonce in front; `purpose` is bound in."""
        nonce = os.urandom(12)
        return nonce + AESGCM(self.derive(purpose)).encrypt(nonce, clear, purpose.encode())

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """Errors: cryptography's InvalidTag when it was sealed for another purpose, with another key, or changed."""
        for key in self.derived(purpose):
            try:
                return AESGCM(key).decrypt(sealed[:12], sealed[12:], purpose.encode())
            except InvalidTag:
                continue
        raise InvalidTag

    def sign(self, purpose: str, text: str) -> str:
        return hmac.new(self.derive(purpose), text.encode(), hashlib.sha256).hexdigest()


def _derived(root: bytes, purpose: str) -> bytes:
    return hmac.new(root, purpose.encode(), hashlib.sha256).digest()
