"""Money that did not arrive, at the desk: whose it is, what happened and was said, what to do, and writing to its owner."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from wtforms import TextAreaField

from portal.accounts.queries import handle_of, people_of
from portal.core.access import Permission, may
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import N_, language
from portal.ledger.messages import returned_text
from portal.ledger.returned import Returned, returned_money
from portal.ledger.returned_words import FORM, MOST, write_about_returned, written_in
from portal.notices.operations import Text
from portal.web.desk.reach import require_reach
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.drafts import Drafts
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow

DRAFTS = Drafts(FORM, "/desk/returned")


class WordsForm(PortalForm):
    """What we tell those whose money it is, or ask of them."""

    words = TextAreaField(N_("What you write"), [Needed(N_("Write what the person should know.")), Storable(MOST)])


def add_routes(blueprint: Blueprint) -> None:
    work = allow(Permission.WORK_CASE)
    blueprint.add_url_rule("/desk/returned/<ref>", "returned", allow(Permission.READ_DESK)(show))
    blueprint.add_url_rule("/desk/returned/<ref>", "returned_write", work(write), methods=["POST"])
    blueprint.add_url_rule("/desk/returned/<ref>/keep", "returned_keep", work(keep), methods=["POST"])


def show(ref: str) -> str:
    """One payout or refund that came back. Errors: `NotFound`, `OutOfReach`."""
    return _page(_read(ref), WordsForm(data=DRAFTS.kept(ref)))


def write(ref: str) -> Any:
    """Shows what they will read, or sends exactly that; what is refused stands at its field."""
    found, form = _read(ref), WordsForm.sent()
    if not form.validate():
        return _page(found, form), 422
    try:
        DRAFTS.store(ref)
        if request.form.get("go") != "send":
            return _page(found, form, _ahead(found, form))
        perform(write_about_returned, returned_ref=ref, words=form.words.data)
    except (RuleBroken, Conflict, NotAllowed) as error:
        DRAFTS.refuse(ref, form, error)
        g.db.rollback()  # this request began to read before that
        return _page(_read(ref), form), error.status
    return redirect(f"/desk/returned/{ref}", 303)


def keep(ref: str) -> tuple[dict[str, Any], int]:
    """Keeps what is typed so far."""
    _read(ref)
    return DRAFTS.answered(ref)


def _read(ref: str) -> Returned:
    found = returned_money(g.db, ref)
    require_reach(found.case_ref, ref)
    return found


def _ahead(found: Returned, form: WordsForm) -> Text | None:
    """Made by the function that sends it, in the language of whoever reads it first; None where nobody is left to read it."""
    people, handle = people_of(g.db, found.account.id), guard.actor().handle or ""
    compose = returned_text(found.ref, found.amount, form.words.data or "", handle, payout=found.contract is None)
    return compose(language(people[0].language), people[0]) if people else None


def _page(found: Returned, form: WordsForm, seen: Text | None = None) -> str:
    said = written_in(g.db, found.case_ref)
    return render_template(
        "desk/returned.html", current="queue", one=found, form=form, seen=seen, errors=form.summary, said=said,
        handles={one.from_person_id: handle_of(g.db, one.from_person_id) for one in said if one.from_person_id},
        can=may(guard.actor(), Permission.WORK_CASE) and not found.closed_at,
    )
