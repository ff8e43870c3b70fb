"""The one narrow function that opens a document's bytes."""

from __future__ import annotations

import hashlib

from portal.core.errors import Busy, RuleBroken
from portal.core.sealing import Unsealable, unseal
from portal.core.store import Store
from portal.documents.models import Document


def clear_bytes(document: Document, store: Store, master_secret: str) -> bytes:
    """The bytes as they were sent. Only after `open_document` has put the opening on record.

    Errors: `erased_document` when its key is gone; `damaged_document` when what is stored is not what was received;
    `Busy` when the store does not answer or this process has no master secret.
    """
    if document.wrapped_key is None:
        raise RuleBroken("erased_document", "This document was erased. Only its number and its hash remain.")
    if not master_secret:
        raise Busy
    try:
        sealed = store.get(document.store_key)
        content = unseal(sealed, unseal(document.wrapped_key, master_secret).decode())
    except (FileNotFoundError, Unsealable) as error:
        raise _damaged() from error
    except OSError as error:
        raise Busy from error
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise _damaged()
    return content


def _damaged() -> RuleBroken:
    message = "We cannot open this document: what we have stored is not what we received. Please tell us its reference."
    return RuleBroken("damaged_document", message)
