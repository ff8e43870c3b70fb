"""The page of what a person sent, an appeal or a request to come back: what every such page shows, adding words and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import g, redirect
from wtforms import TextAreaField

from portal.appeals.models import LIVE, AppealMessage, AppealState, AppealWord
from portal.appeals.own import Matter, may_take_back
from portal.appeals.queries import Shown
from portal.appeals.reinstatement_models import ReinstatementMessage
from portal.appeals.rules import MOST_TEXT
from portal.core.i18n import N_
from portal.core.work import Operation
from portal.documents.queries import opened_by_us
from portal.documents.rules import ACCEPT, LARGEST_FILE, MEGABYTE
from portal.web.person import drafts, files
from portal.web.person.files import FileForm
from portal.web.person.redress import others_of
from portal.web.person.sending import carry_out
from portal.web.shell import guard
from portal.web.shell.forms import Needed, PortalForm, Storable


class AddingForm(PortalForm):
    """More words for what was sent; also the answer to our question."""

    body = TextAreaField(N_("What do you want to add?"), [Needed(N_("Write what you want to add.")), Storable(MOST_TEXT)])


Page = Callable[[AddingForm, FileForm], str]
"""The page with these two forms on it."""


def shown(sent: Matter, messages: Sequence[AppealMessage | ReinstatementMessage], listed: Sequence[Shown] = ()) -> dict[str, Any]:
    """What every such page shows: what was said, its files, our question that waits, and what its reader can do."""
    asked = [one for one in messages if one.kind == AppealWord.ASKED]
    return {
        "current": "me", "messages": messages, "files": listed, "live": sent.state in LIVE, "most": MOST_TEXT, "accept": ACCEPT,
        "openings": opened_by_us(g.db, [one.document.ref for one in listed]), "megabytes": LARGEST_FILE // MEGABYTE,
        "question": asked[-1] if asked and sent.state == AppealState.WAITING else None,
        "takes_back": may_take_back(g.db, sent, guard.person().id), "others": others_of(sent.account_id),
    }


def add_words(sent: Matter, page: Page, draft: str, operation: Operation, **of: str) -> Any:
    """Puts more of the person's words on record, or keeps them as a draft."""
    form, ref = AddingForm.sent(), sent.ref
    if drafts.pressed():
        status = drafts.keep_typed(form, draft, ref)
        return page(form, FileForm()), status
    done, status = carry_out(form, operation, lambda: {**of, "body": form.body.data})
    if done is None:
        return page(form, FileForm()), status
    drafts.forget(draft, ref)
    return redirect(sent.address + ref, 303)


def add_file(sent: Matter, page: Page, operation: Operation, **of: str) -> Any:
    """Adds a file: it is an exhibit with a number at once."""
    form, back = FileForm.sent(), f"{sent.address}{sent.ref}#files"
    status = files.add(form, operation, **of)
    return (page(AddingForm(), form), status) if status else redirect(back, 303)
