"""The age format: bytes sealed to a public key that only its secret opens; whoever seals cannot read it again."""

from __future__ import annotations

from typing import cast

import pyrage  # type: ignore[import-untyped]
from pyrage import x25519


class Unsealable(ValueError):
    """Not a key, or bytes that this secret does not open, or that were changed."""


def new_secret() -> str:
    """A fresh secret (`AGE-SECRET-KEY-1...`)."""
    return str(x25519.Identity.generate())


def public_of(secret: str) -> str:
    """The public key of a secret. Errors: `Unsealable` when it is not one."""
    try:
        return str(x25519.Identity.from_str(secret).to_public())
    except pyrage.IdentityError as error:
        raise Unsealable("not an age identity") from error


def known_public(text: str) -> str:
    """A public key (`age1...`) as it is written. Errors: `Unsealable` when it is not one."""
    try:
        return str(x25519.Recipient.from_str(text))
    except pyrage.RecipientError as error:
        raise Unsealable("not an age recipient") from error


def seal(content: bytes, public_key: str) -> bytes:
    """Errors: `Unsealable` when the key is not one."""
    return cast(bytes, pyrage.encrypt(content, [x25519.Recipient.from_str(known_public(public_key))]))


def unseal(sealed: bytes, secret: str) -> bytes:
    """Errors: `Unsealable` for another's bytes and for every change to them."""
    public_of(secret)
    try:
        return cast(bytes, pyrage.decrypt(sealed, [x25519.Identity.from_str(secret)]))
    except pyrage.DecryptError as error:
        raise Unsealable("these bytes do not open with this secret") from error
