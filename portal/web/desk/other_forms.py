"""The forms of decisions that are not about conduct: the same parts of a statement, asked for in other words."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.core.errors import Refusal, RuleBroken
from portal.core.i18n import N_
from portal.enforcement.fields import LONGEST_LISTING, ORDER_FIELDS
from portal.enforcement.models import Action, Nature
from portal.enforcement.nature_messages import WOULD_CHANGE
from portal.enforcement.orders import LONGEST, MISSING
from portal.web.desk.decision_form import WholeForm
from portal.web.desk.forms import CODE, LONG, SEEN, AnyMultiple, DayField, a_day, minor_of
from portal.web.shell.context import lang
from portal.web.shell.errors import message_of
from portal.web.shell.forms import Needed, Storable, read_amount


class ProtectForm(WholeForm):
    """A measure that protects an account: what was seen, and no word about anybody's conduct."""

    named_as = SEEN
    starts_on_new_places = DayField(N_("Payouts to new places: first day"), [a_day])
    ends_on_new_places = DayField(N_("Payouts to new places: last day"), [a_day])
    interim = ends_on = hold_amount = hold_place = weighed = leads = supersedes = None  # type: ignore[assignment]
    notice_exception = exception_ground = exception_reason = takes_effect_on = None  # type: ignore[assignment]
    review_on_search = review_on_profile = review_on_new_contracts = None  # type: ignore[assignment]
    review_on_new_offers = review_on_new_messages = None  # type: ignore[assignment]
    listing = StringField(N_("What was seen, in a few words"), [Storable(LONGEST_LISTING, line=True)])
    facts = TextAreaField(N_("What we saw"), [Storable(LONG)])
    why = TextAreaField(
        N_("Why this account needs protection"),
        [Needed(N_("Say why this looks as if somebody else uses the account, or takes advantage of the person.")),
         Storable(LONG)],
    )

    def validate_objects(self, field: AnyMultiple) -> None:
        """Something that the person can recognise."""
        if not field.data and not (self.listing.data or "").strip():
            message = "Say in a few words what was seen, or tick at least one contract, message or document."
            raise ValidationError(lang().gettext(message))


class OrderForm(WholeForm):
    """A decision that a law or an order asks for: which one it is, what it says, and whether it forbids us to tell."""

    interim = ends_on = hold_amount = hold_place = weighed = conduct_from = None  # type: ignore[assignment]
    conduct_to = objects = listing = leads = supersedes = rests_on = resting = None  # type: ignore[assignment]
    notice_exception = exception_ground = exception_reason = takes_effect_on = None  # type: ignore[assignment]
    review_on_search = review_on_profile = review_on_new_contracts = None  # type: ignore[assignment]
    review_on_new_offers = review_on_new_messages = None  # type: ignore[assignment]
    order_authority = StringField(
        N_("The authority, court or parliament"), [Needed(MISSING["order_authority"]), Storable(LONGEST, line=True)]
    )
    order_reference = StringField(
        N_("Its reference or title"), [Needed(MISSING["order_reference"]), Storable(LONGEST, line=True)]
    )
    order_dated_on = DayField(N_("Its day"), [Needed(N_("Give its day.")), a_day])
    order_provision = StringField(
        N_("The provision that obliges us"), [Needed(MISSING["order_provision"]), Storable(LONGEST, line=True)]
    )
    order_territory = StringField(
        N_("Where it applies"), [Needed(MISSING["order_territory"]), Storable(LONGEST, line=True)]
    )
    order_ends_on = DayField(N_("The last day that it says itself"), [a_day])
    block_amount = StringField(N_("The amount that it asks us to hold"), [Storable(40, line=True)])
    block_currency = SelectField(N_("In which currency"), validate_choice=False, choices=[])
    silence = BooleanField(N_("The order forbids us to tell the person"))
    silence_provision = StringField(N_("The provision that forbids it"), [Storable(LONGEST, line=True)])
    facts = TextAreaField(N_("What it asks, and its grounds"), [Storable(LONG)])
    why = TextAreaField(
        N_("Why it obliges us, and is about this account"),
        [Needed(N_("Say why this law or order obliges us, and why it is about this account.")), Storable(LONG)],
    )

    @property
    def currency(self) -> str:
        """The chosen currency; the first that is offered where none is."""
        chosen = self.block_currency.data or ""
        return chosen if CODE.fullmatch(chosen) else "USD"

    def validate_block_currency(self, field: SelectField) -> None:
        """A currency by its three letters, as they are offered."""
        if self.block_amount.data and not CODE.fullmatch(field.data or ""):
            raise ValidationError(lang().gettext("Choose the currency that the order states."))

    def validate_block_amount(self, field: StringField) -> None:
        """An amount, or nothing."""
        try:
            _ = read_amount(field.data, self.currency) if field.data else None
        except RuleBroken as error:
            raise ValidationError(message_of(error)) from error

    def refuse(self, error: Refusal) -> None:
        """The amount is typed in words here."""
        error.field = "block_amount" if error.field == "block_amount_minor" else error.field
        super().refuse(error)

    def validate_silence_provision(self, field: StringField) -> None:
        """Nobody is kept silent without a provision that says so."""
        if self.silence.data and not (field.data or "").strip():
            missing = MISSING[field.name]
            raise ValidationError(lang().gettext(missing))

    def fields(self, clause_version_id: str) -> dict[str, Any]:
        """What operations receive."""
        named = {name: self[name].data or "" for name in ORDER_FIELDS if name in self and name != "silence"}
        if self.block_amount.data:
            named["block_amount_minor"] = minor_of(self.block_amount.data, self.currency)
            named["block_currency"] = self.block_currency.data or ""
        return {**super().fields(clause_version_id), **named, "silence": bool(self.silence.data)}


FORMS: dict[str, type[WholeForm]] = {Nature.PROTECTIVE: ProtectForm, Nature.LEGAL: OrderForm}


def form_class(action: Action) -> type[WholeForm]:
    """The form in which a decision of that nature is written."""
    return FORMS.get(action.nature, WholeForm)


def first_words(action: Action) -> dict[str, Any]:
    """With what such a form begins, in the reviewer's language: what would change it is known."""
    lines = "\n".join(lang().gettext(line) for line in WOULD_CHANGE[Nature(action.nature)])
    return {"measure": "restriction" if action.nature == Nature.LEGAL else "suspension", "would_change": lines}
