"""Drafts that say with which version they began: what was typed in another window since is never overwritten unseen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, request

from portal.act import act
from portal.cases.drafts import keep_draft
from portal.cases.queries import draft_and_version
from portal.core.errors import Conflict, Refusal
from portal.core.work import Operation
from portal.web.shell import guard
from portal.web.shell.acting import form_key
from portal.web.shell.forms import PortalForm

VERSION, CHANGED = "draft_version", "draft_changed"
OURS = ("csrf_token", "form_key", "go", "version", VERSION)
"""The fields of a form at the desk in which nobody types."""
Fields = Mapping[str, Any]


def seen() -> int | None:
    """With which version of its draft this request's form began; None for a form that does not say."""
    text = request.form.get(VERSION, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def mark(address: str, version: int) -> None:
    """The form whose draft is kept under that address will say that it began with this version."""
    g.setdefault("draft_versions", {})[address] = version


def save(operation: Operation, address: str, **args: Any) -> int:
    """Carries out what saves a draft under a key of its own: the same form saves many times. Its version now."""
    key = f"{operation.__name__}:{form_key()}"[:80]
    made = act(guard.office(), operation, guard.actor(), key, version=seen(), **args)
    mark(address, made["version"])
    return int(made["version"])


def save_typed(operation: Operation, address: str, besides: Collection[str], **args: Any) -> int:
    """As `save`, for whatever stands in the form that was sent; `besides`: the fields in which nobody types."""
    return save(operation, address, fields={name: value for name, value in request.form.items() if name not in besides}, **args)


def kept(form: str, subject: str, address: str) -> dict[str, Any] | None:
    """What the signed-in person has typed into that form before, or nothing; the form will say with which version it began."""
    fields, version = draft_and_version(g.db, guard.person().id, form, subject)
    mark(address, version)
    return fields


def kept_elsewhere(form: str, subject: str) -> tuple[dict[str, Any], int]:
    """What was kept from another window while this request was under way, with its version."""
    person_id = guard.person().id
    g.db.rollback()  # this request began to read before that
    fields, version = draft_and_version(g.db, person_id, form, subject)
    return fields or {}, version


def with_ours(fields: Fields) -> dict[str, Any]:
    """A draft as its form sends it, with the version of what it is about where the form has one: the script compares it."""
    return {**fields, **{name: request.form[name] for name in ("version",) if name in request.form}}


def answered(
    form: str, subject: str, save: Callable[[], int], shown: Callable[[dict[str, Any]], Fields] = dict
) -> tuple[dict[str, Any], int]:
    """What the script on the page is told: the version that the draft is now, or what was kept elsewhere.

    `shown`: the draft as the fields of its form would carry it. Errors: every refusal but `draft_changed`.
    """
    try:
        return {"version": save()}, 200
    except Conflict as error:
        if error.code != CHANGED:
            raise
        fields, version = kept_elsewhere(form, subject)
        return {"version": version, "fields": dict(shown(fields))}, error.status


def show_other(form: PortalForm, fields: Fields, address: str, version: int, names: Iterable[str] = ()) -> None:
    """The page shows what was kept elsewhere beside what was typed; sending it again puts that in its place."""
    listed = list(names) or list(fields)
    said = [(form[key].label.text, fields.get(key)) for key in listed if key in form]
    g.draft_other = [(label, text) for label, text in said if text and isinstance(text, str)]
    mark(address, version)


def both(
    error: Refusal, form: PortalForm, name: str, subject: str, address: str,
    shown: Callable[[dict[str, Any]], Fields] = dict,
) -> None:
    """A refusal on the page: at its field; or, when something else was kept meanwhile, both texts."""
    if error.code != CHANGED:
        form.refuse(error)
        return
    fields, version = kept_elsewhere(name, subject)
    show_other(form, shown(fields), address, version)


@dataclass(frozen=True, slots=True)
class Drafts:
    """The drafts of one form at the desk: what the form is called, below which address they are kept, and by which operation.

    `named`: what the operation calls their subject; None for `keep_draft`, which is told the form too.
    """

    form: str
    root: str
    operation: Operation = keep_draft
    named: str | None = None

    def kept(self, ref: str) -> dict[str, Any]:
        """What this reviewer typed before, or nothing; the form will say with which version of the draft it began."""
        return kept(self.form, ref, self._address(ref)) or {}

    def store(self, ref: str) -> int:
        """Keeps what was typed; the draft's version now. Errors: those of the operation."""
        of = {self.named: ref} if self.named else {"form": self.form, "subject": ref}
        return save_typed(self.operation, self._address(ref), OURS, **of)

    def answered(self, ref: str) -> tuple[dict[str, Any], int]:
        """Keeps what is typed so far; what the script on the page is told."""
        return answered(self.form, ref, lambda: self.store(ref), with_ours)

    def refuse(self, ref: str, form: PortalForm, error: Refusal) -> None:
        """A refusal at its field; or both texts, where another window kept something else meanwhile."""
        both(error, form, self.form, ref, self._address(ref))

    def _address(self, ref: str) -> str:
        return f"{self.root}/{ref}/keep"
