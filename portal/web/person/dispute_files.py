"""Files in the form that opens a dispute: added one at a time, taken away again, or taken along with another button."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from flask import g, request

from portal.accounts.models import Account
from portal.contracts.models import Contract
from portal.core.i18n import N_
from portal.disputes.contesting import Disputable
from portal.disputes.files import AddedFile, added_files
from portal.disputes.operations import add_file, remove_file
from portal.web.person import files
from portal.web.person.files import TakesFile
from portal.web.shell import guard

NO_FILE = N_("You described a file, but no file is chosen. Choose it, or empty this line.")


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


def added(about: Milestone) -> list[AddedFile]:
    """What the signed-in person has added, the file of this very request included."""
    return added_files(g.db, guard.person().id, about.account.id, about.subject)


def take_along(about: Milestone, form: TakesFile) -> int:
    """Adds a file that was chosen when another button was pressed, just as its own button does; else says why not."""
    return files.add(form, add_file, **_of(about)) if request.files.get("file") else 0


def carried_out(about: Milestone, form: TakesFile, step: str) -> int:
    """The button "add", or "remove:" with a reference: 0, or the status of the page that says why not. Errors: `NotFound`."""
    if step == "add":
        return files.add(form, add_file, **_of(about))
    return files.remove(form, remove_file, step.removeprefix("remove:"), **_of(about))


def _of(about: Milestone) -> dict[str, Any]:
    account_id: UUID = about.account.id
    return {
        "account_id": account_id, "contract_ref": about.contract.ref, "milestone_number": about.found.milestone.number,
    }
