"""Reporting somebody one has a contract with: what the other side will and will not see, the words, and the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request
from wtforms import BooleanField, StringField, TextAreaField

from portal.accounts.models import Account
from portal.accounts.queries import account_by_id
from portal.accounts.roles import owners_only
from portal.cases.report_models import IncomingReport
from portal.contracts.models import Contract
from portal.contracts.queries import contracts_of
from portal.core.access import Permission
from portal.core.clock import deadline
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.disputes.pressure import PRESSED
from portal.enforcement.looking import my_incoming, my_reports, reports_answered, reports_of_others
from portal.enforcement.receiving import LONGEST_NAME, report_somebody
from portal.enforcement.reporting import MOST, report_account
from portal.web.person import complaints, drafts
from portal.web.person.new_dispute import may_contest
from portal.web.person.reading import mark_opened
from portal.web.person.scope import my_accounts, owners_named
from portal.web.person.sending import carry_out
from portal.web.shell import guard
from portal.web.shell.context import reader_zone
from portal.web.shell.forms import Needed, PortalForm, Storable
from portal.web.shell.guard import allow
from portal.web.shell.promised import promised

FORM, SOMEBODY = "report", "report_somebody"
MOST_LISTED = 50


class ReportForm(PortalForm):
    """One question: what happened."""

    happened = TextAreaField(N_("What happened?"), [Needed(N_("Write what happened.")), Storable(MOST)])
    pressed = BooleanField(PRESSED)


class SomebodyForm(PortalForm):
    """Whom or what it is about, as far as the person knows, and what happened."""

    named = StringField(N_("Whom or what is it about?"), [
        Needed(N_("Say whom or what it is about: a reference, or the address of a listing.")),
        Storable(LONGEST_NAME, line=True),
    ])
    happened = TextAreaField(N_("What happened?"), [Needed(N_("Write what happened.")), Storable(MOST)])
    pressed = BooleanField(PRESSED)


@dataclass(frozen=True, slots=True)
class Choice:
    """A contract of the signed-in person and the other side of it."""

    account: Account
    other: Account
    contract: Contract

    @property
    def address(self) -> str:
        return f"/reports/new?contract={self.contract.ref}"


def add_routes(blueprint: Blueprint) -> None:
    write = allow(Permission.REPORT)
    blueprint.add_url_rule("/reports/new", "new_report", write(show))
    blueprint.add_url_rule("/reports/new", "send_report", write(send), methods=["POST"])
    blueprint.add_url_rule("/reports/<ref>", "report", write(receipt))
    complaints.add_routes(blueprint)


def choices() -> list[Choice]:
    """The contracts of the signed-in person with somebody else, newest first."""
    mine = guard.actor().account_ids
    found = [
        Choice(account, account_by_id(g.db, contract.other_side(account.id)), contract)
        for account in my_accounts() for contract in contracts_of(g.db, account.id)
        if contract.other_side(account.id) not in mine
    ]
    return sorted(found, key=lambda one: (one.contract.started_on, one.contract.id), reverse=True)


def show() -> Any:
    """Which contract; then the form with what was typed before."""
    if "somebody" in request.args:
        return _somebody(SomebodyForm(data=drafts.kept(SOMEBODY, SOMEBODY)))
    if "contract" not in request.args:
        me, mine = guard.person().id, guard.actor().account_ids
        incoming, reports = my_incoming(g.db, me, mine), my_reports(g.db, me, mine)
        answered = reports_answered(g.db, me, [one.report.ref for one in reports])
        return render_template(
            "person/report_choose.html", current="me", choices=choices()[:MOST_LISTED], reports=reports, answered=answered,
            incoming=[(one, _answer_to(one)) for one in incoming], somebody=bool(my_accounts()),
            of_others=[(ref, at, owners_named(key)) for ref, at, key in reports_of_others(g.db, me, mine)],
        )
    choice = _chosen(request.args["contract"])
    return _page(choice, ReportForm(data=drafts.kept(FORM, choice.contract.ref)))


def send() -> Any:
    """Sends the report; what was typed stays on the page when it cannot be taken."""
    if "contract" not in request.form:
        return _send_somebody()
    choice, form = _chosen(request.form.get("contract", "")), ReportForm.sent()
    if drafts.pressed():
        status = drafts.keep_typed(form, FORM, choice.contract.ref)
        return _page(choice, form), status
    done, status = carry_out(form, report_account, lambda: {
        "account_id": choice.account.id, "contract_ref": choice.contract.ref, "happened": form.happened.data,
        "pressed": bool(form.pressed.data),
    })
    if done is None:
        return _page(choice, form), status
    drafts.forget(FORM, choice.contract.ref)
    return redirect(f"/reports/{done['report']}", 303)


def _send_somebody() -> Any:
    """Takes a report that names somebody by a reference or a listing, whoever that is."""
    form = SomebodyForm.sent()
    if drafts.pressed():
        status = drafts.keep_typed(form, SOMEBODY, SOMEBODY)
        return _somebody(form), status
    mine = my_accounts()
    if not mine:
        raise NotFound
    done, status = carry_out(form, report_somebody, lambda: {
        "account_id": mine[0].id, "named": form.named.data, "happened": form.happened.data,
        "pressed": bool(form.pressed.data),
    })
    if done is None:
        return _somebody(form), status
    drafts.forget(SOMEBODY, SOMEBODY)
    return redirect(f"/reports/{done['report']}", 303)


def _somebody(form: SomebodyForm) -> str:
    return render_template(
        "person/report_somebody.html", current="me", form=form, errors=form.summary, most=MOST, draft=f"{SOMEBODY}/{SOMEBODY}",
        mine=next(iter(my_accounts()), None),
    )


def _answer_to(one: IncomingReport) -> UUID | None:
    """The notice by which such a report was answered."""
    found = reports_answered(g.db, guard.person().id, [one.ref]).get(one.ref)
    return found.id if found else None


def _incoming(one: IncomingReport) -> str:
    """Such a report as it was written: whoever was named, the page shows the same."""
    mark_opened(one.ref)
    answer = _answer_to(one)
    return render_template(
        "person/report_incoming.html", current="me", report=one, answer=answer,
        complaint=complaints.way(one.ref, missing=True) if answer else None,
    )


def _chosen(contract_ref: str) -> Choice:
    """Errors: `NotFound` for a contract that this person has no part in."""
    for choice in choices():
        if choice.contract.ref == contract_ref:
            return choice
    raise NotFound


def _page(choice: Choice, form: ReportForm) -> str:
    length = promised()["client_question"]
    due_at = deadline(g.now, length.length, length.unit, reader_zone(), guard.office().country)
    return render_template(
        "person/report_form.html", current="me", choice=choice, form=form, errors=form.summary, most=MOST, due_at=due_at,
        contestable=may_contest([choice.account.id], [choice.contract]),
    )


def receipt(ref: str) -> str:
    """What was reported, when, and by when somebody has read it. Errors: `NotFound`; `owners_only` for members who may know that
    it is there."""
    me, mine = guard.person().id, guard.actor().account_ids
    incoming = my_incoming(g.db, me, mine, ref)
    if incoming:
        return _incoming(incoming[0])
    found = next(iter(my_reports(g.db, me, mine, ref)), None)
    if found is None:
        raise next((owners_only(g.db, key) for _ref, _at, key in reports_of_others(g.db, me, mine, ref)), NotFound())
    mark_opened(ref)
    answer = reports_answered(g.db, me, [ref]).get(ref)
    return render_template(
        "person/report.html", current="me", found=found, answer=answer, complaint=complaints.way(ref) if answer else None
    )
