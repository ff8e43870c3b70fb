"""Files in the forms that people send: one at a time, added or taken away again; what is refused stands at its field."""

from __future__ import annotations

from typing import Any, Protocol

from flask import g, request
from wtforms import FileField, StringField

from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.core.work import Operation
from portal.documents.rules import LONGEST_DESCRIPTION
from portal.web.person import drafts
from portal.web.shell.acting import perform
from portal.web.shell.context import lang
from portal.web.shell.forms import PortalForm, Storable
from portal.web.shell.uploads import intake, receive

REFUSED = (RuleBroken, Conflict)


class FileForm(PortalForm):
    """One more file for something that was sent."""

    file = FileField(N_("Add a file"))
    description = StringField(N_("What does this file show?"), [Storable(LONGEST_DESCRIPTION, line=True)])


class TakesFile(Protocol):
    """A form with room for one file and what it shows."""

    file: FileField
    description: StringField

    def refuse(self, error: RuleBroken | Conflict) -> None: ...


def add(form: TakesFile, operation: Operation, **of: Any) -> int:
    """Adds the chosen file to what `of` names: 0, or the status of the page that says why not."""
    try:
        receive(request.files.get("file"), operation=operation, description=form.description.data or "", **of)
    except REFUSED as error:
        _refuse(form, error)
        return error.status
    form.description.data = ""
    g.db.rollback()  # this request began to read before the file was added
    return 0


def _refuse(form: TakesFile, error: RuleBroken | Conflict) -> None:
    """Says why a chosen file was not added, and, where the file is not at fault, that it has to be chosen again."""
    form.refuse(error)
    file = request.files.get("file")
    if file and error.field == "description":
        name = (file.filename or "").replace("\\", "/").rsplit("/", 1)[-1][:LONGEST_DESCRIPTION]
        again = N_("Please choose the file “%(name)s” once more. We cannot keep it without its description.")
        form.file.errors = [*form.file.errors, lang().gettext(again, name=name)]


def remove(form: TakesFile, operation: Operation, document_ref: str, **of: Any) -> int:
    """Takes a file away before it is sent: 0, or the status of the page that says why not. Errors: `NotFound`."""
    try:
        answer = perform(operation, document_ref=document_ref[:24], **of)
    except REFUSED as error:
        form.refuse(error)
        return error.status
    intake().discard(answer["store_key"])
    return 0


def other_button(form: Any, draft: tuple[str, str], attach: Operation, detach: Operation, **of: Any) -> int | None:
    """Does what another button than "send" asks for: add a file, take one away, keep the draft; the words are kept each time.

    A file that was chosen is added whichever button was pressed. The status of the page with the form, 303 where its list of
    files has changed, or None: now it can be sent.
    """
    step = request.form.get("step", "send")
    if step != "send" or drafts.pressed():
        status = drafts.keep_typed(form, *draft)
        if status != 200 or drafts.pressed():
            return status
    if step == "add" or request.files.get("file"):
        refused = add(form, attach, **of)
        if refused or step == "add":
            return refused or 303
    if step.startswith("remove:"):
        return remove(form, detach, step.removeprefix("remove:"), **of) or 303
    return None
