"""Contesting a milestone: choose it, say what was agreed and what happened, check the answers, send. Nothing before that."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request
from wtforms import BooleanField, FileField, RadioField, StringField, TextAreaField

from portal.accounts.models import Account
from portal.accounts.queries import account_by_id
from portal.contracts.models import Contract, ContractTerm
from portal.contracts.queries import contract_by_ref, contracts_of, milestone_of, near_since, paid_in_for, terms_of
from portal.core.access import Permission
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.text import TEXT_LIMIT
from portal.disputes.contesting import Disputable, contestable, disputable_in, unreleased_in
from portal.disputes.fees import would_be_gone
from portal.disputes.files import subject_of
from portal.disputes.models import Dispute
from portal.disputes.operations import NOT_RELEASED, open_dispute
from portal.disputes.pressure import PRESSED
from portal.disputes.queries import open_dispute_on
from portal.disputes.shortfall import would_be_short
from portal.documents.rules import ACCEPT, LARGEST_FILE, LONGEST_DESCRIPTION, MEGABYTE, MOST_FOR_ONE_THING
from portal.web.person import dispute_files as files
from portal.web.person import drafts
from portal.web.person.scope import my_accounts, owns, require_owns
from portal.web.person.sending import amount_of, carry_out
from portal.web.shell import guard
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.errors import message_of
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered, read_amount
from portal.web.shell.guard import allow
from portal.web.shell.promised import promised
from portal.web.shell.uploads import takes_files

MOST = TEXT_LIMIT
NO_TERM, NO_WISH = N_("Choose the term of your contract that it is about."), N_("Choose what you ask for.")


class DisputeForm(PortalForm):
    """What the client contests, in the order in which the other side will read it."""

    amount = StringField(N_("How much do you contest?"), [Needed(N_("Write how much you contest."))])
    term = RadioField(
        N_("Which words of your contract is it about?"), choices=[], validate_choice=False,
        validators=[Needed(NO_TERM), Listed(NO_TERM)],
    )
    agreed = TextAreaField(N_("What was agreed?"), [Needed(N_("Write what was agreed.")), Storable(MOST)])
    happened = TextAreaField(N_("What happened?"), [Needed(N_("Write what happened.")), Storable(MOST)])
    asks_for = RadioField(
        N_("What do you ask for?"), [Needed(NO_WISH), Listed(NO_WISH)], choices=[], validate_choice=False,
    )
    report = BooleanField(N_("Also tell us that a rule may apply"))
    file = FileField(N_("Add a file"))
    description = StringField(N_("What does this file show?"), [Storable(LONGEST_DESCRIPTION, line=True)])
    pressed = BooleanField(PRESSED)


@dataclass(frozen=True, slots=True)
class Choice:
    """A milestone that the person can contest now, with its contract and both sides."""

    account: Account
    other: Account
    contract: Contract
    found: Disputable

    @property
    def subject(self) -> str:
        """How its draft is named."""
        return subject_of(self.contract.ref, self.found.milestone.number)

    @property
    def address(self) -> str:
        return f"/disputes/new?contract={self.contract.ref}&milestone={self.found.milestone.number}"

    @property
    def terms(self) -> list[ContractTerm]:
        return terms_of(g.db, self.contract.id)

    @property
    def gone(self) -> Money:
        """What of all that was paid could not be put on hold if it were contested now."""
        return would_be_gone(g.db, self.found.milestone, self.found.paid, g.now)


class Kept(NamedTuple):
    """A milestone that is not released yet: of which contract, which one, and how much is kept for it."""

    title: str
    number: int
    amount: Money


def add_routes(blueprint: Blueprint) -> None:
    write = allow(Permission.OPEN_DISPUTE)
    blueprint.add_url_rule("/disputes/new", "new_dispute", write(show))
    blueprint.add_url_rule("/disputes/new", "send_dispute", write(takes_files(send)), methods=["POST"])


def choices(contract_ref: str | None = None, *, of: UUID | None = None) -> list[Choice]:
    """Every milestone that the signed-in person can contest now, newest contract first: of one contract, `of` one freelancer's
    account, or of all."""
    pairs = [pair for pair in _paid_for(contract_ref) if of in (None, pair[1].freelancer_id)]
    found = disputable_in(g.db, [contract for _, contract in pairs], reader_zone(), g.now)
    return [
        Choice(account, account_by_id(g.db, contract.freelancer_id), contract, one)
        for account, contract in pairs for one in found[contract.id]
    ]


def kept_apart(contract_ref: str | None = None) -> list[Kept]:
    """Every milestone for which the signed-in person's money is kept, and that they can contest from its release: with how much
    is there, which is nothing where it went back or waits for a bank."""
    contracts = [contract for _, contract in _paid_for(contract_ref)]
    found = unreleased_in(g.db, contracts)
    there = paid_in_for(g.db, [one.id for listed in found.values() for one in listed])
    return [
        Kept(contract.title, one.number, Money(min(one.amount_minor, there.get(one.id, one.amount_minor)), one.currency))
        for contract in contracts for one in found[contract.id]
    ]


def _paid_for(contract_ref: str | None) -> Iterator[tuple[Account, Contract]]:
    """The contracts (or that one) that the signed-in person pays for, open or ended lately, newest first."""
    since = near_since(g.db, g.now)
    for account in (one for one in my_accounts() if owns(one.id)):
        for contract in contracts_of(g.db, account.id):
            recent = contract.ended_on is None or contract.ended_on >= since
            if recent and contract.client_id == account.id and contract_ref in (None, contract.ref):
                yield account, contract


def may_contest(account_ids: Collection[UUID] | None = None, contracts: Collection[Contract] | None = None) -> bool:
    """Whether the signed-in person can contest a milestone now: as one of these accounts, of these contracts."""
    mine = [one for one in (guard.actor().account_ids if account_ids is None else account_ids) if owns(one)]
    return contestable(g.db, mine, reader_zone(), g.now, None if contracts is None else [one.id for one in contracts])


def show() -> str:
    """Which milestone; then the form with what was typed before."""
    if "contract" not in request.args:
        window = promised()["dispute_window"]
        return render_template(
            "person/dispute_choose.html", current="me", choices=choices(), kept=[one for one in kept_apart() if one.amount],
            window=window.length, of_others=[one for one in my_accounts() if not owns(one.id)],
        )
    choice = _chosen(request.args.get("contract", ""), request.args.get("milestone", ""))
    form = _offer(DisputeForm(data=_kept(choice)), choice)
    form.amount.data = form.amount.data or lang().typed(choice.found.paid)
    return _page(choice, form, "edit")


def send() -> Any:
    """One form with several buttons: add a file, take one away, check, go back, send. The words are kept each time, and a
    file that was chosen is added whichever button was pressed."""
    named = request.form.get("contract", ""), request.form.get("milestone", "")
    if contested := _contested(*named):
        return redirect(f"/disputes/{contested.ref}", 303)
    choice = _chosen(*named)
    form, step = _offer(DisputeForm.sent(), choice), request.form.get("step", "check")
    refused = files.take_along(choice, form) if step not in ("add", "send") else 0
    if drafts.pressed():
        status = drafts.keep_typed(form, "dispute", choice.subject)
        return _page(choice, form, "edit"), refused or status
    if step == "add" or step.startswith("remove:"):
        refused = refused or _stored(choice, form) or files.carried_out(choice, form, step)
        return (_page(choice, form, "edit"), refused) if refused else redirect(f"{choice.address}#files", 303)
    if step != "send":
        with suppress(RuleBroken, Conflict):  # what cannot be kept is said below, at its field
            drafts.store("dispute", choice.subject, drafts.typed())
    if step == "edit":
        return _page(choice, form, "edit"), refused or 200
    if step != "send":
        fits = all([_validated(form), _amount_fits(choice, form)])
        return _page(choice, form, "check" if fits else "edit"), 200 if fits else 422
    done, status = carry_out(form, open_dispute, lambda: _asked(choice, form))
    if done is None:
        return _page(choice, form, "edit"), status
    drafts.forget("dispute", choice.subject)
    return redirect(f"/disputes/{done['dispute']}", 303)


def _chosen(contract_ref: str, number: str) -> Choice:
    """Errors: `not_released` for a milestone whose money is still kept, `owners_only` for one of an account that the person is
    no owner of, `NotFound` for any other that cannot be contested."""
    for choice in choices(contract_ref):
        if str(choice.found.milestone.number) == number:
            return choice
    if any(str(one.number) == number for one in kept_apart(contract_ref)):
        window = promised()["dispute_window"]
        raise RuleBroken("not_released", NOT_RELEASED, days=window.length)
    _require_own(contract_by_ref(g.db, contract_ref))
    raise NotFound


def _require_own(contract: Contract) -> None:
    """Errors: `NotFound` for another's contract, `owners_only` for members of the account that pays for it."""
    if contract.client_id not in guard.actor().account_ids:
        raise NotFound
    require_owns(contract.client_id)


def _contested(contract_ref: str, number: str) -> Dispute | None:
    """The open dispute about this milestone of one's own contract: sending the form again leads to it."""
    contract = contract_by_ref(g.db, contract_ref)
    _require_own(contract)
    if not number.isdecimal():
        raise NotFound
    return open_dispute_on(g.db, milestone_of(g.db, contract.id, int(number[:6])).id)


def _kept(choice: Choice) -> dict[str, Any]:
    fields = drafts.kept("dispute", choice.subject)
    return {**fields, **{tick: bool(fields.get(tick)) for tick in ("report", "pressed")}, "description": ""}


def _stored(choice: Choice, form: DisputeForm) -> int:
    """Keeps what was typed before the form is shown anew: 0, or the status of the page that says why it cannot be kept."""
    kept, status = g.get("draft_kept"), drafts.keep_typed(form, "dispute", choice.subject)
    g.draft_kept = bool(kept)
    return 0 if status == 200 else status


def _validated(form: DisputeForm) -> bool:
    """Whether every field fits; what was said of a chosen file stays said, and a description needs its file."""
    said = {field: list(field.errors) for field in (form.file, form.description)}
    fits = form.validate() and not any(said.values())
    for field, errors in said.items():
        field.errors = [*errors, *(one for one in field.errors if one not in errors)]
    if (form.description.data or "").strip() and not request.files.get("file"):
        form.description.errors = [*form.description.errors, lang().gettext(files.NO_FILE)]
        return False
    return fits


def _amount_fits(choice: Choice, form: DisputeForm) -> bool:
    """Whether the amount can be read and is not above what was paid; says so at its field otherwise."""
    try:
        amount = read_amount(form.amount.data or "1", choice.found.paid.currency)
        if amount.amount_minor > choice.found.paid.amount_minor:
            message = N_("This is more than you paid on this milestone: %(paid)s.")
            raise RuleBroken("more_than_paid", message, paid=choice.found.paid)
    except RuleBroken as error:
        form.amount.errors = [*form.amount.errors, message_of(error)]
    return not form.amount.errors


def _asked(choice: Choice, form: DisputeForm) -> dict[str, Any]:
    amount = amount_of(form.amount, choice.found.paid.currency)
    return {
        "account_id": choice.account.id, "contract_ref": choice.contract.ref, "report": bool(form.report.data),
        "pressed": bool(form.pressed.data),
        "milestone_number": choice.found.milestone.number, "amount_minor": amount.amount_minor, "currency": amount.currency,
        "term_number": form.term.data, "agreed": form.agreed.data, "happened": form.happened.data,
        "asks_for": form.asks_for.data, "files": request.form.getlist("added"),
    }


def _offer(form: DisputeForm, choice: Choice) -> DisputeForm:
    """The form with what this milestone lets its client choose."""
    form.term.choices = offered((term.number, f"{term.number}. {term.text or ''}") for term in choice.terms)
    part = lang().gettext("A part of it: %(name)s and we should look at what was done", name=choice.other.name)
    form.asks_for.choices = offered([
        ("refund", lang().gettext("All of this amount back")), ("partial", part),
        ("redo", lang().gettext("That the work is done again, as it was agreed")),
    ])
    return form


def _page(choice: Choice, form: DisputeForm, step: str) -> str:
    asks = {one.value: one.label for one in form.asks_for.choices}
    amount = _amount(choice, form) if step == "check" else None
    return render_template(
        "person/dispute_check.html" if step == "check" else "person/dispute_form.html", current="me", choice=choice,
        form=form, errors=form.summary, most=MOST, term=_term(choice, form),
        amount=amount, short=would_be_short(g.db, choice.found.milestone, amount, g.now) if amount else None,
        asks=asks.get(form.asks_for.data, ""), added=files.added(choice), accept=ACCEPT, megabytes=LARGEST_FILE // MEGABYTE,
        most_files=MOST_FOR_ONE_THING,
    )


def _term(choice: Choice, form: DisputeForm) -> ContractTerm | None:
    return next((term for term in choice.terms if term.number == form.term.data), None)


def _amount(choice: Choice, form: DisputeForm) -> Money:
    return amount_of(form.amount, choice.found.paid.currency)
