"""Files that people send: parts stay in memory, a larger limit only where a view takes files, one act for each file."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO, Any, TypeVar

from flask import Flask, Request, current_app
from werkzeug.datastructures import FileStorage, ImmutableMultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from portal.accounts.throttles import count_file
from portal.act import act
from portal.core.errors import Busy, Refusal, RuleBroken
from portal.core.i18n import N_
from portal.core.store import FolderStore, Store
from portal.core.work import Operation
from portal.documents.intake import Intake
from portal.documents.operations import erase_document, receive_document
from portal.documents.rules import LARGEST_FILE, MEGABYTE
from portal.web.shell import guard
from portal.web.shell.acting import form_key, perform

View = TypeVar("View", bound=Callable[..., Any])
ROOM = 80 * MEGABYTE
"""Beside the largest file: the other fields, and files that are too large, which get a sentence of their own."""


class Part(io.BytesIO):
    """One uploaded part. It never touches the disk; past its limit, one byte is kept and the rest is dropped.

    So whoever reads it sees that it was too large, and what else was sent in the same form is not lost.
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._most = limit + 1

    def write(self, content: Any, /) -> int:
        super().write(content[: max(0, self._most - self.tell())])
        return len(content)


class UploadRequest(Request):
    """A request whose files stay in memory: Werkzeug would spool parts over 500 kB to the disk in clear text."""

    @property
    def max_content_length(self) -> int | None:
        """In bytes; the larger one only for views that take files."""
        view = current_app.view_functions.get(self.endpoint or "") if current_app else None
        return getattr(view, "takes_bytes", None) or super().max_content_length

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    def _load_form_data(self) -> None:
        """What is too large is refused once: the page that says so can look at the (empty) form."""
        try:
            super()._load_form_data()
        except RequestEntityTooLarge:
            self.__dict__.update(form=ImmutableMultiDict(), files=ImmutableMultiDict(), stream=io.BytesIO())
            raise

    def _get_file_stream(
        self, total_content_length: int | None, content_type: str | None, filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return Part(LARGEST_FILE)


def prepare(app: Flask) -> None:
    """Puts the request class, the store and the intake in place."""
    settings = app.extensions["settings"]
    app.request_class = UploadRequest
    app.extensions["store"] = FolderStore(settings.documents_path)
    app.extensions["intake"] = Intake(store_of(app), settings.master_public_key)


def most_of(app: Flask) -> Callable[[dict[str, Any]], int]:
    """How many bytes the view behind an address takes, of a request that nobody has begun with."""

    def most(environ: dict[str, Any]) -> int:
        try:
            endpoint, _ = app.url_map.bind_to_environ(environ).match()
        except HTTPException:
            endpoint = ""
        return getattr(app.view_functions.get(endpoint), "takes_bytes", None) or int(app.config["MAX_CONTENT_LENGTH"])

    return most


def store_of(app: Flask) -> Store:
    found: Store = app.extensions["store"]
    return found


def intake() -> Intake:
    found: Intake = current_app.extensions["intake"]
    return found


def takes_files(view: View) -> View:
    """Marks a view that takes files: `allow(Permission.X)(takes_files(view))`. Others keep the application's limit."""
    view.takes_bytes = LARGEST_FILE + ROOM  # type: ignore[attr-defined]
    return view


def receive(file: FileStorage | None, *, operation: Operation = receive_document, field: str = "file", **args: Any) -> str:
    """Takes one file in and performs the operation with it as `taken`; returns the document's reference.

    What the operation refuses, and the second of two equal presses, leaves nothing in the store. The operation's answer
    names `document` and `store_key`. Errors: `no_file` when none was chosen; `too_many`, whatever became of those before;
    those of `Intake.take` and of the operation.
    """
    if file is None or not file.filename:
        raise RuleBroken("no_file", N_("Choose a file first."), field=field)
    act(guard.office(), count_file, guard.actor(), form_key())
    taken = intake().take(file.stream, file.filename, field=field)
    try:
        answer = perform(operation, taken=taken, **args)
    except Busy:
        raise  # it may have been carried out: the sweep knows later
    except Refusal:
        intake().discard(taken.store_key)
        raise
    if answer["store_key"] != taken.store_key:
        intake().discard(taken.store_key)
    return str(answer["document"])


def take_back(document_ref: str, *, reason: str = "") -> None:
    """Erases a document that is not yet part of the record, and what is stored of it. Errors: of `erase_document`."""
    answer = perform(erase_document, document_ref=document_ref, reason=reason)
    intake().discard(answer["store_key"])
