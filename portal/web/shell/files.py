"""Documents on their way out: put on record first, then served so that no browser runs or shows them in our pages."""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import quote

from flask import Response, current_app, request

from portal.act import act
from portal.core.errors import NotFound
from portal.core.work import Operation
from portal.documents.operations import open_document
from portal.documents.queries import document_by_ref
from portal.documents.reading import clear_bytes
from portal.documents.rules import SUFFIXES, clean_name
from portal.web.shell import guard
from portal.web.shell.acting import form_key
from portal.web.shell.uploads import store_of

POLICY = "default-src 'none'; sandbox"
PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._-()")
OPENED_AS = {"document", "empty"}
OPENED_FROM = {"same-origin", "none"}


def send_document(document_ref: str, *, purpose: str) -> Response:
    """Records the opening, every time anew, then serves the document's bytes as a download.

    Errors: those of `open_document` and `clear_bytes`; `NotFound` when another page wants it as a picture or a frame.
    """
    return send_opened(open_document, document_ref=document_ref, purpose=purpose)


def send_opened(operation: Operation, **args: Any) -> Response:
    """As `send_document`, for an operation that puts the opening on record by another right and names the document."""
    if not _asked_for_by_hand():
        raise NotFound
    opened = act(guard.office(), operation, guard.actor(), form_key(), **args)
    with guard.office().database.read() as session:
        document = document_by_ref(session, opened["document"])
    content = clear_bytes(document, store_of(current_app), current_app.extensions["settings"].master_key)
    return as_download(content, document.name or "", document.media_type)


def _asked_for_by_hand() -> bool:
    """Browsers say what a request is for: a person's own click, from our own pages."""
    headers = request.headers
    return headers.get("Sec-Fetch-Dest", "document") in OPENED_AS and (
        headers.get("Sec-Fetch-Site", "none") in OPENED_FROM
    )


def as_download(content: bytes, name: str, media_type: str) -> Response:
    """The bytes as a file to keep: never shown inside our pages, never guessed to be something else, never cached."""
    response = Response(content, mimetype=media_type if media_type in SUFFIXES else "application/octet-stream")
    response.headers["Content-Disposition"] = disposition(clean_name(name, media_type) if media_type in SUFFIXES else name)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def disposition(name: str) -> str:
    """One well-formed header for any name (RFC 6266): a plain fallback, and the name itself in UTF-8 (RFC 8187)."""
    shown = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"})
    bare = unicodedata.normalize("NFKD", shown).encode("ascii", "ignore").decode()
    fallback = "".join(c if c in PLAIN else "_" for c in bare).strip(" .") or "document"
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(shown or 'document', safe='')}"
