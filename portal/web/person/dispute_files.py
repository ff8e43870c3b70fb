"""Files in the form that opens a dispute: added one at a time, taken away again, or taken along with another button."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from flask import request
from wtforms import FileField, StringField

from portal.accounts.models import Account
from portal.contracts.models import Contract
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_
from portal.disputes.contesting import Disputable
from portal.disputes.files import AddedFile, added_files
from portal.disputes.operations import add_file, remove_file
from portal.web.person.new_appeal import refuse_file
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.uploads import intake, receive

NO_FILE = N_("You described a file, but no file is chosen. Choose it, or empty this line.")
REFUSED = (RuleBroken, Conflict)


class Milestone(Protocol):
    """The milestone that is written about (`new_dispute.Choice` is one)."""

    @property
    def account(self) -> Account: ...
    @property
    def contract(self) -> Contract: ...
    @property
    def found(self) -> Disputable: ...
    @property
    def subject(self) -> str: ...


class Form(Protocol):
    """A form with room for one file and what it shows."""

    file: FileField
    description: StringField

    def refuse(self, error: RuleBroken | Conflict) -> None: ...


def added(about: Milestone) -> list[AddedFile]:
    """What the signed-in person has added, the file of this very request included."""
    with guard.office().database.read() as session:
        return added_files(session, guard.person().id, about.account.id, about.subject)


def take_along(about: Milestone, form: Form) -> int:
    """Adds a file that was chosen when another button was pressed, just as its own button does; else says why not."""
    if not request.files.get("file"):
        return 0
    status = add(about, form)
    if not status:
        form.description.data = ""
    return status


def add(about: Milestone, form: Form) -> int:
    """Adds the chosen file: 0, or the status of the page that says why not."""
    try:
        receive(
            request.files.get("file"), operation=add_file, description=form.description.data or "", **_of(about)
        )
    except REFUSED as error:
        refuse_file(form, error)
        return error.status
    return 0


def carried_out(about: Milestone, form: Form, step: str) -> int:
    """The button "add", or "remove:" with a reference: 0, or the status of the page that says why not. Errors: `NotFound`."""
    return add(about, form) if step == "add" else remove(about, form, step.removeprefix("remove:"))


def remove(about: Milestone, form: Form, document_ref: str) -> int:
    """Takes a file away: 0, or the status of the page that says why not. Errors: `NotFound`."""
    try:
        answer = perform(remove_file, document_ref=document_ref[:24], **_of(about))
    except REFUSED as error:
        form.refuse(error)
        return error.status
    intake().discard(answer["store_key"])
    return 0


def _of(about: Milestone) -> dict[str, Any]:
    account_id: UUID = about.account.id
    return {
        "account_id": account_id, "contract_ref": about.contract.ref, "milestone_number": about.found.milestone.number,
    }
