"""Secrets derived from the one SECRET_KEY: what seals small secrets in the database, and what signs forms."""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Keyring:
    """Derives one key for each purpose, so that no two uses share one."""

    def __init__(self, secret_key: str) -> None:
        self._root = secret_key.encode()

    def derive(self, purpose: str) -> bytes:
        return hmac.new(self._root, purpose.encode(), hashlib.sha256).digest()

    def seal(self, purpose: str, clear: bytes) -> bytes:
        """AES-256-GCM with a fresh nonce in front; `purpose` is bound in."""
        nonce = os.urandom(12)
        return nonce + AESGCM(self.derive(purpose)).encrypt(nonce, clear, purpose.encode())

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """Errors: cryptography's InvalidTag when it was sealed for another purpose or changed."""
        return AESGCM(self.derive(purpose)).decrypt(sealed[:12], sealed[12:], purpose.encode())

    def sign(self, purpose: str, text: str) -> str:
        return hmac.new(self.derive(purpose), text.encode(), hashlib.sha256).hexdigest()

    def signed_by(self, purpose: str, text: str, signature: str) -> bool:
        return hmac.compare_digest(self.sign(purpose, text), signature)
