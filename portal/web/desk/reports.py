"""Reports at the desk that are in no case yet: somebody says whom they are about; and what a reviewer saw themselves."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template
from wtforms import StringField, TextAreaField

from portal.core.access import Permission, may
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import N_
from portal.enforcement.looking import unsorted_reports
from portal.enforcement.noticing import report_what_i_saw
from portal.enforcement.receiving import sort_report
from portal.enforcement.reporting import MOST
from portal.web.desk import words
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow

REFUSED, LONGEST_REF = (RuleBroken, Conflict, NotAllowed), 24


class SortForm(PortalForm):
    """Whose account a report is about; empty where nobody could be found."""

    about_ref = StringField(N_("Reference of the account that it is about"), [Storable(LONGEST_REF, line=True)])


class SawForm(PortalForm):
    """What a reviewer saw, about which account."""

    about_ref = StringField(
        N_("Reference of the account"), [Needed(N_("Say which account it is about.")), Storable(LONGEST_REF, line=True)]
    )
    happened = TextAreaField(N_("What did you see?"), [Needed(N_("Write what happened.")), Storable(MOST)])


def add_routes(blueprint: Blueprint) -> None:
    see, work = allow(Permission.READ_DESK), allow(Permission.WORK_CASE)
    blueprint.add_url_rule("/desk/reports", "unsorted", see(listing))
    blueprint.add_url_rule("/desk/reports/new", "saw", work(write))
    blueprint.add_url_rule("/desk/reports/new", "send_saw", work(send), methods=["POST"])
    blueprint.add_url_rule("/desk/reports/<ref>", "sort_report", work(sort), methods=["POST"])


def listing(ref: str = "", form: SortForm | None = None) -> str:
    """What waits for somebody to say whom it is about; each with its form, or the one that could not be taken."""
    return render_template(
        "desk/reports.html", current="queue", reports=unsorted_reports(g.db), form=form or SortForm(), at=ref, words=words,
        errors=form.summary if form else [], can_work=may(guard.actor(), Permission.WORK_CASE),
    )


def sort(ref: str) -> Any:
    """Puts a report into the case about an account, or says to its reporter that nobody could be found."""
    form = SortForm.sent()
    if not form.validate():
        return listing(ref, form), 422
    try:
        done = perform(sort_report, incoming_ref=ref, about_ref=form.about_ref.data or "")
    except REFUSED as error:
        form.refuse(error)
        return listing(ref, form), error.status
    return redirect(f"/desk/cases/{done['case']}" if done["case"] else "/desk/reports", 303)


def write() -> str:
    """The form for what a reviewer saw themselves."""
    return _page(SawForm())


def send() -> Any:
    """Puts it into the case about that account, which is then in the reviewer's hands where nobody else has it."""
    form = SawForm.sent()
    if not form.validate():
        return _page(form), 422
    try:
        done = perform(report_what_i_saw, about_ref=form.about_ref.data, happened=form.happened.data)
    except REFUSED as error:
        form.refuse(error)
        return _page(form), error.status
    return redirect(f"/desk/cases/{done['case']}", 303)


def _page(form: SawForm) -> str:
    return render_template("desk/saw.html", current="queue", form=form, errors=form.summary, most=MOST)
