"""A running contract as both of its sides read it: where its money is, whether both can work, and how it can go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.accounts.models import Account
from portal.accounts.queries import account_by_id
from portal.contracts.choice_models import ContractChoice, Way
from portal.contracts.models import Contract
from portal.contracts.queries import contract_by_ref
from portal.contracts.running import (
    Part,
    agreed_on,
    can_finish,
    carried_out_at,
    choices_of,
    choose_way,
    kept_of,
    newest_agreed,
    open_ways,
    parts_of,
    take_way_back,
)
from portal.contracts.running_messages import Chosen, means
from portal.core.access import Permission
from portal.core.errors import Conflict, NotFound, RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.text import TEXT_LIMIT
from portal.disputes.contesting import Disputable, disputable
from portal.disputes.fees import would_be_gone
from portal.disputes.queries import refunds_on
from portal.enforcement.looking import Reader, collaborator
from portal.enforcement.queries import owner_zone, standing
from portal.ledger.queries import HoldView
from portal.web.person.availability import availability
from portal.web.person.scope import about, looks_after, of_others, owns
from portal.web.person.sending import carry_out
from portal.web.shell import guard
from portal.web.shell.acting import perform
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.errors import message_of
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered, read_amount
from portal.web.shell.guard import allow

NO_WAY = N_("Choose how this contract goes on.")
UNAVAILABLE = ("suspension", "suspended", "termination", "terminated")


class WayForm(PortalForm):
    """How the contract goes on, and for settling how much of what is paid in goes to the freelancer."""

    way = RadioField(N_("How should this contract go on?"), [Needed(NO_WAY), Listed(NO_WAY)], choices=[], validate_choice=False)
    amount = StringField(N_("How much goes to the freelancer?"), [Storable(40, line=True)])
    words = TextAreaField(N_("Your message to the other side"), [Storable(TEXT_LIMIT)])
    kept: Money | None

    def validate_amount(self, field: StringField) -> None:
        """Needed for settling only, and never more than what is kept."""
        if self.way.data != Way.SETTLE:
            return
        try:
            release = self.release()
        except RuleBroken as error:
            raise ValidationError(message_of(error)) from error
        if self.kept is None or release is None or release.amount_minor > self.kept.amount_minor:
            raise ValidationError(lang().gettext("This is more than is paid in and not released."))

    def release(self) -> Money | None:
        """For settling: what goes to the freelancer; "0" is an amount here."""
        if self.way.data != Way.SETTLE or self.kept is None:
            return None
        return read_amount(self.amount.data, self.kept.currency, least=0)


@dataclass(frozen=True, slots=True)
class Side:
    """Whether one side can work, as the reader may know it; `until` only while it is known."""

    account: Account
    state: str
    until: datetime | None
    zone: str = "UTC"

    @property
    def unavailable(self) -> bool:
        return self.state in UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Running:
    """Everything on the page of a contract."""

    contract: Contract
    client: Account
    freelancer: Account
    mine: Side
    other: Side
    parts: list[Part]
    kept: Money | None
    choices: list[ContractChoice]
    contestable: dict[UUID, Disputable]
    holds: tuple[HoldView, ...]
    finishes: bool

    def held_on(self, part: Part) -> list[HoldView]:
        """What of a released milestone is on hold, as far as the reader may know of it."""
        return [one for one in self.holds if one.milestone_number == part.milestone.number]

    def lacking(self, can: Disputable) -> Money:
        """What of a milestone could not be put on hold if all of it were contested now."""
        return would_be_gone(g.db, can.milestone, can.paid, g.now)

    @property
    def held_in_all(self) -> list[HoldView]:
        """What is on hold of the contract as a whole."""
        return [one for one in self.holds if one.milestone_number is None]

    def went_back(self, part: Part) -> Money:
        """What went back to the client of a milestone: released or only paid in, of what was on hold or from us."""
        back = sum(amount for _, amount, _ in refunds_on(g.db, part.milestone.id))
        return Money(back, part.milestone.currency)

    def _open_of(self, account: Account) -> ContractChoice | None:
        return next((one for one in self.choices if one.ended_at is None and one.by_account_id == account.id), None)

    @property
    def own(self) -> ContractChoice | None:
        return self._open_of(self.mine.account)

    @property
    def theirs(self) -> ContractChoice | None:
        return self._open_of(self.other.account)

    @property
    def agreed(self) -> ContractChoice | None:
        """What counts between both, as the reader may know it."""
        return agreed_on(g.db, self.contract, self.choices, self.mine.account.id, g.now)

    @property
    def open_ways(self) -> frozenset[Way]:
        """What both can still agree on."""
        return open_ways(self.agreed)

    @property
    def gone(self) -> bool:
        """Whether both had agreed to finish, which is not possible any more."""
        return self.agreed is None and newest_agreed(self.choices) is not None

    @property
    def done_at(self) -> datetime | None:
        """When the marketplace carried out what both agreed."""
        return carried_out_at(g.db, self.contract.id)

    @property
    def blocked(self) -> Side | None:
        """The side because of which no work is done now."""
        return next((side for side in (self.other, self.mine) if side.unavailable), None)

    def said(self, way: str, release: Money | None) -> str:
        """What a way means for the work and for the money."""
        names = self.client.name, self.freelancer.name
        return means(lang(), Chosen(
            self.contract.title, *names, self.mine.account.name, Way(way), release, "",
            any(part.kept for part in self.parts),
        ))

    def tells(self, one: ContractChoice) -> bool:
        """Whether the reader reads a choice: what is about money only who looks after it does."""
        return one.way == Way.FINISH or looks_after(self.mine.account.id)

    def of(self, one: ContractChoice) -> str:
        return self.said(one.way, Money(one.release_minor, one.currency) if one.release_minor is not None else None)


def add_routes(blueprint: Blueprint) -> None:
    see, write = allow(Permission.LOOK_UP_COLLABORATOR), allow(Permission.CHOOSE_WAY)
    blueprint.add_url_rule("/contracts/<ref>", "contract", see(show))
    blueprint.add_url_rule("/contracts/<ref>", "choose_way", write(choose), methods=["POST"])
    blueprint.add_url_rule("/contracts/<ref>/back", "take_way_back", write(take_back), methods=["POST"])


def running(ref: str) -> Running:
    """Errors: `NotFound` for anyone who is no side of the contract."""
    contract, mine = contract_by_ref(g.db, ref), guard.actor().account_ids
    own = next((side for side in contract.sides if side in mine), None)
    if own is None:
        raise NotFound
    about(own)
    me, other = account_by_id(g.db, own), account_by_id(g.db, contract.other_side(own))
    parts, client = parts_of(g.db, contract), me if own == contract.client_id else other
    theirs, holds = _other_side(other)
    can = disputable(g.db, contract, reader_zone(), g.now) if client is me and owns(me.id) else []
    return Running(
        contract, client, other if client is me else me, own_side(me), theirs, parts, kept_of(parts),
        choices_of(g.db, contract.id),
        {one.milestone.id: one for one in can},
        tuple(one for one in holds if one.contract_ref == ref), can_finish(g.db, contract, own, g.now),
    )


def own_side(account: Account) -> Side:
    """Whether an account of the reader can work."""
    found = standing(g.db, account.id, g.now)
    return Side(account, found.state.value, found.until, owner_zone(g.db, account.id))


def _other_side(account: Account) -> tuple[Side, tuple[HoldView, ...]]:
    """What the reader may know of the other side and of what is on hold between both, and no more (DESIGN 2.7)."""
    found = collaborator(g.db, account.ref, Reader(guard.person().id, guard.actor().account_ids, g.now))
    shown = availability(found) if found is not None else None
    if shown is None:
        return Side(account, "available", None), ()
    return Side(account, shown.state, shown.until, shown.zone), shown.holds


def _form(page: Running, form: WayForm) -> WayForm:
    form.kept = page.kept
    form.amount.label.text = lang().gettext("How much goes to %(name)s?", name=page.freelancer.name)
    ways = [(Way.FINISH.value, lang().gettext("Finish the work as agreed"))] if page.finishes else []
    decides = looks_after(page.mine.account.id)
    if decides:
        ways.append((Way.HAND_OVER.value, lang().gettext("Hand over what exists")))
    if page.kept and decides:
        ways.append((Way.SETTLE.value, lang().gettext("Settle, and end the contract")))
    form.way.choices = offered(ways)
    return form


def show(ref: str) -> str:
    """Where the money is, who can work, and the ways on."""
    page = running(ref)
    return _page(page, _form(page, WayForm()))


def _page(page: Running, form: WayForm, said: list[tuple[str, str]] | None = None) -> str:
    form.way.choices = [one for one in form.way.choices if one.value in page.open_ways]
    return render_template(
        "person/contract.html", current="me", page=page, typed=_typed, form=form, most=TEXT_LIMIT, errors=said or form.summary,
        of_others=[pair for pair in of_others() if pair[0].id == page.mine.account.id],
        hints={way: _hint(page.said(way, None)) for way in (Way.FINISH.value, Way.HAND_OVER.value)},
    )


def _hint(said: str) -> str:
    """What a way means, without its name before it."""
    words = said.partition(": ")[2]
    return words[:1].upper() + words[1:]


def _typed(one: ContractChoice) -> str:
    """The amount of a choice as it stands in a field."""
    return lang().typed(Money(one.release_minor or 0, one.currency))


def choose(ref: str) -> Any:
    """Shows once more what it means, then keeps the choice; the other side's same choice makes it count."""
    page = running(ref)
    form, step = _form(page, WayForm.sent()), request.form.get("step", "check")
    if step == "edit":
        return _page(page, form)
    if step != "send":
        if not form.validate():
            return _page(page, form), 422
        same = page.theirs is not None and (page.theirs.way, page.theirs.release_minor) == (form.way.data, _minor(form))
        return render_template(
            "person/contract_check.html", current="me", page=page, form=form, same=same,
            said=page.said(form.way.data, form.release()),
        )
    done, status = carry_out(form, choose_way, lambda: {
        "contract_ref": ref, "way": form.way.data, "release_minor": _minor(form), "words": form.words.data or "",
    })
    if done is None:
        g.db.rollback()  # this request began to read before that
        return _page(running(ref), form), status
    return redirect(f"/contracts/{ref}", 303)


def _minor(form: WayForm) -> int | None:
    release = form.release()
    return release.amount_minor if release is not None else None


def take_back(ref: str) -> Any:
    page = running(ref)
    try:
        perform(take_way_back, contract_ref=ref)
    except Conflict as error:
        return _page(page, _form(page, WayForm()), [("", message_of(error))]), error.status
    return redirect(f"/contracts/{ref}", 303)
