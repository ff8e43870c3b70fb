"""The forms of the desk: what a reviewer types, kept as typed, and handed to operations as plain fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length, ValidationError
from wtforms.widgets import DateInput

from portal.core.errors import Refusal, RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.text import TEXT_LIMIT, seen_length
from portal.enforcement.fields import LONGEST_LISTING
from portal.enforcement.notice import LONGEST_GROUND, NOTICE_FIELDS
from portal.enforcement.rules import LEAST_FACTS, LONGEST_ITEM, OWN_DAYS, OWN_STARTS, WOULD_CHANGE
from portal.web.shell.context import lang
from portal.web.shell.errors import message_of
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, read_amount, whole

LONG = TEXT_LIMIT
PLAIN = (
    "measure", "ends_on", "conduct_from", "conduct_to", "facts", "why", "spoke_for", "weighed", "source", "no_exhibit",
    "supersedes", "rests_on", *NOTICE_FIELDS, *OWN_DAYS,
)
TICKS = ("interim", "automated_detection", "automated_decision")
LISTS = ("scope", "resting", "objects", "exhibits", "leads")
NAMED_HERE = {
    "hold_amount_minor": "hold_amount", "hold_currency": "hold_place", "hold_contract_ref": "hold_place",
    "hold_milestone": "hold_place", "clause_version_id": "clause",
}
LISTING, SEEN = "listing:", "seen:"
CODE = re.compile(r"[A-Z]{3}")
MOST_DIGITS = 15
MEASURES = ("warning", "restriction", "suspension", "termination")


class DayField(StringField):
    """A day as it was typed: a wrong one is shown again, never dropped."""

    widget = DateInput()


def a_day(_form: Any, field: DayField) -> None:
    """A day that exists, or nothing."""
    try:
        date.fromisoformat((field.data or "").strip() or "2026-01-01")
    except ValueError:
        raise ValidationError(lang().gettext("Give this day as year, month and day, for example 2026-03-14.")) from None


class AnyMultiple(SelectMultipleField):
    """Boxes to tick; whether a value exists is for the operation to say."""

    def pre_validate(self, _form: Any) -> None:
        """Nothing is refused here."""


class DeskForm(PortalForm):
    """A form whose fields are called otherwise than what operations take."""

    def refuse(self, error: Refusal) -> None:
        """Shows an operation's refusal at the field of this form that stands for the one it names."""
        here = NAMED_HERE.get(error.field or "")
        error.field = here if here in self._fields else error.field
        super().refuse(error)


class ClauseForm(DeskForm):
    """The rule that is picked before anything else."""

    clause = StringField(N_("The rule"), [Needed(N_("Pick a rule from the list."))])
    day = DayField(N_("Day of the conduct"), [a_day])
    member = SelectField(N_("Whom it is about"), validate_choice=False, choices=[])


class QuestionForm(DeskForm):
    """Our question to the person before a decision."""

    clause = StringField(N_("The rule"), [Needed(N_("Pick a rule from the list."))])
    question = TextAreaField(N_("Your question"), [Needed(N_("Write your question.")), Storable(LONG)])
    days = StringField(N_("Days to answer"), [Needed(N_("Say how many days the person has.")), Length(max=3)])
    member = SelectField(N_("Whom it is about"), validate_choice=False, choices=[])

    def validate_days(self, field: StringField) -> None:
        if not whole(field.data):
            raise ValidationError(lang().gettext("Write a whole number of days, for example 5."))


class ExhibitForm(PortalForm):
    """Something of the case that is put on record with a number."""

    source = RadioField(N_("What it shows"), validate_choice=False)
    description = StringField(
        N_("What it shows, in one line"), [Needed(N_("Say in one line what it shows.")), Storable(300, line=True)]
    )
    quoted = TextAreaField(N_("The words that matter"), [Storable(LONG)])
    ground = SelectField(N_("Withheld from the person"), validate_choice=False, choices=[])


class ClosingForm(PortalForm):
    """The rules under which a case was reviewed, and why it is closed."""

    rules = AnyMultiple(N_("The rules under which you reviewed it"), [Listed(N_("Pick a rule from the list."))], choices=[])
    reason = TextAreaField(N_("Why, for the record"), [Needed(N_("Say in writing why.")), Storable(LONG)])


class SigningForm(PortalForm):
    """A second person's reason, for signing or for returning."""

    reason = TextAreaField(
        N_("Your reason"), [Needed(N_("Write your reason: it is kept with the decision.")), Storable(LONG)]
    )


class DecisionForm(DeskForm):
    """The decision, with the rule already picked. Each field is one part of the statement of reasons.

    `clause` carries what is wrong with the picked rule; the rule itself comes as `clause_version_id`.
    """

    named_as = LISTING
    clause = HiddenField(N_("The rule"))
    supersedes = HiddenField(N_("The decision that it replaces"))
    measure = RadioField(N_("What follows"), [Needed(N_("Choose what follows."))], validate_choice=False)
    interim = BooleanField(N_("Act first, for a short time: it is not counted"))
    ends_on = DayField(N_("Last day"))
    scope = AnyMultiple(N_("What is taken away"), choices=[])
    starts_on_search = DayField(N_("The profile in search: first day"), [a_day])
    starts_on_profile = DayField(N_("The whole profile: first day"), [a_day])
    starts_on_new_contracts = DayField(N_("New contracts: first day"), [a_day])
    starts_on_new_offers = DayField(N_("New offers: first day"), [a_day])
    starts_on_new_messages = DayField(N_("Messages to people without a contract: first day"), [a_day])
    ends_on_search = DayField(N_("The profile in search: last day"), [a_day])
    ends_on_profile = DayField(N_("The whole profile: last day"), [a_day])
    ends_on_new_contracts = DayField(N_("New contracts: last day"), [a_day])
    ends_on_new_offers = DayField(N_("New offers: last day"), [a_day])
    ends_on_new_messages = DayField(N_("Messages to people without a contract: last day"), [a_day])
    review_on_search = DayField(N_("The profile in search: look again by"), [a_day])
    review_on_profile = DayField(N_("The whole profile: look again by"), [a_day])
    review_on_new_contracts = DayField(N_("New contracts: look again by"), [a_day])
    review_on_new_offers = DayField(N_("New offers: look again by"), [a_day])
    review_on_new_messages = DayField(N_("Messages to people without a contract: look again by"), [a_day])
    rests_on = SelectField(N_("It ends sooner, with an identity check"), validate_choice=False, choices=[])
    resting = AnyMultiple(N_("What ends with it"), choices=[])
    conduct_from = DayField(N_("First day of what happened"), [Needed(N_("Give the first day of what happened."))])
    conduct_to = DayField(N_("Last day of what happened"), [Needed(N_("Give the last day of what happened."))])
    objects = AnyMultiple(N_("What it is about"), choices=[])
    listing = StringField(N_("Or a listing or profile, by its title or address"), [Storable(LONGEST_LISTING, line=True)])
    exhibits = AnyMultiple(N_("Exhibits that show it"), choices=[])
    no_exhibit = SelectField(N_("Or why none can be shown"), validate_choice=False, choices=[])
    facts = TextAreaField(N_("What happened"), [Storable(LONG)])
    why = TextAreaField(
        N_("Why this falls under the rule"),
        [Needed(N_("Say which words of the rule apply, and why.")), Storable(LONG)],
    )
    spoke_for = TextAreaField(N_("What spoke for the person"), [Storable(LONG)])
    weighed = TextAreaField(N_("How you weighed it"), [Storable(LONG)])
    would_change = TextAreaField(N_("What would change this decision"), [Storable(LONG)])
    source = SelectField(N_("How this came to us"), validate_choice=False, choices=[])
    automated_detection = BooleanField(N_("A machine pointed to this"))
    automated_decision = BooleanField(N_("A machine took part in deciding"))
    leads = AnyMultiple(N_("This decision relies on a lead"), choices=[])
    hold_amount = StringField(N_("Amount to hold"), [Storable(40, line=True)])
    notice_exception = SelectField(N_("Why the usual notice is not given"), validate_choice=False, choices=[])
    exception_ground = StringField(N_("The law, order or term"), [Storable(LONGEST_GROUND, line=True)])
    exception_reason = TextAreaField(N_("Why the notice cannot be given here"), [Storable(LONG)])
    takes_effect_on = DayField(N_("First day without the account"), [a_day])
    hold_place = SelectField(N_("On which milestone or contract"), validate_choice=False, choices=[])

    def validate_facts(self, field: TextAreaField) -> None:
        """Long enough to be about this person and nobody else."""
        if (length := seen_length(field.data or "")) < LEAST_FACTS:
            message = "Say what happened, with days and amounts: at least %(least)s characters, you wrote %(length)s."
            raise ValidationError(lang().gettext(message, least=LEAST_FACTS, length=length))

    def validate_would_change(self, field: TextAreaField) -> None:
        """Two to five, so that the person knows what to bring."""
        (least, most), lines = WOULD_CHANGE, lines_of(field.data)
        if not least <= len(lines) <= most:
            message = "Name %(least)s to %(most)s things, one on each line; you named %(count)s."
            raise ValidationError(lang().gettext(message, least=least, most=most, count=len(lines)))
        longest = max(map(len, lines))
        if longest > LONGEST_ITEM:
            message = "Each thing has at most %(most)s characters; your longest line has %(length)s."
            raise ValidationError(lang().gettext(message, most=LONGEST_ITEM, length=longest))

    def refuse(self, error: Refusal) -> None:
        """What is wrong with the objects is wrong with what was typed, where something was: the others were only ticked."""
        if error.field == "objects" and "listing" in self and (self.listing.data or "").strip():
            error.field = "listing"
        super().refuse(error)

    def validate_objects(self, field: AnyMultiple) -> None:
        """Something that the person can look at."""
        if not field.data and not (self.listing.data or "").strip():
            raise ValidationError(lang().gettext("Tick at least one contract, message or document, or name a listing."))

    def validate_exhibits(self, field: AnyMultiple) -> None:
        """Shown, or said why not."""
        if not field.data and not self.no_exhibit.data:
            raise ValidationError(lang().gettext("Tick an exhibit, or choose why none can be shown."))

    def validate_hold_place(self, field: SelectField) -> None:
        """An amount belongs to a milestone, or to a whole contract."""
        if self.hold_amount.data and not self.place[0]:
            raise ValidationError(lang().gettext("Choose the milestone or the contract that the amount is for."))

    def validate_hold_amount(self, field: StringField) -> None:
        """An amount of one milestone or contract, or nothing."""
        if not field.data:
            return
        try:
            read_amount(field.data, self.place[2])
        except RuleBroken as error:
            raise ValidationError(message_of(error)) from error

    @property
    def place(self) -> tuple[str, str, str]:
        """Contract, milestone number (or `WHOLE`) and currency of what was chosen."""
        parts = (self.hold_place.data or "").split(":")
        return (parts[0], parts[1], parts[2]) if len(parts) == 3 and CODE.fullmatch(parts[2]) else ("", "", "USD")

    @property
    def own_days(self) -> list[list[Any]]:
        """Of each thing that can have its own: the first and the last day, and the one by which it is looked at again."""
        named = [[f"{day}_{scope}" for day in ("starts_on", "ends_on", "review_on")] for scope in OWN_STARTS.values()]
        return [[self[name] for name in names if name in self] for names in named if names[0] in self]

    def fields(self, clause_version_id: str) -> dict[str, Any]:
        """What operations receive: every part by its own name, text as typed."""
        return {**self.said(), "clause_version_id": clause_version_id, **self._hold()}

    def said(self) -> dict[str, Any]:
        """What was typed and ticked, as far as this form asks for it."""
        return {
            **{name: self[name].data or "" for name in PLAIN if name in self},
            **{name: bool(self[name].data) for name in TICKS if name in self},
            **{name: list(self[name].data or []) for name in LISTS if name in self}, "objects": self._objects(),
            **({"would_change": lines_of(self.would_change.data)} if "would_change" in self else {}),
        }

    def _objects(self) -> list[str]:
        if "objects" not in self:
            return []
        named = (self.listing.data or "").strip()
        return [*(self.objects.data or []), *([self.named_as + named] if named else [])]

    def _hold(self) -> dict[str, str]:
        if "hold_amount" not in self or not self.hold_amount.data:
            return {}
        contract, milestone, currency = self.place
        return {
            "hold_amount_minor": minor_of(self.hold_amount.data, currency), "hold_currency": currency,
            "hold_contract_ref": contract, "hold_milestone": milestone,
        }


def lines_of(text: str | None) -> list[str]:
    """The lines that say something; list marks that people type in front are dropped."""
    said = (line.strip().lstrip("-*•").strip() for line in (text or "").splitlines())
    return list(dict.fromkeys(line for line in said if line))


def minor_of(text: str, currency: str) -> str:
    """Minor units as digits; what is no amount stays as typed, so that a draft loses nothing.

    Digits that are no amount ("0", or more than we count to) are kept with the currency, so that nobody takes them for
    minor units.
    """
    try:
        return str(read_amount(text, currency).amount_minor)
    except RuleBroken:
        return f"{text} {currency}" if text.strip().isdigit() else text


def typed(draft: Mapping[str, Any]) -> dict[str, Any]:
    """A draft's fields as the form shows them again."""
    objects = [str(one) for one in draft.get("objects") or []]
    listing = next((one.partition(":")[2] for one in objects if one.startswith((LISTING, SEEN))), "")
    data = {
        **draft, "listing": listing, "objects": [one for one in objects if not one.startswith((LISTING, SEEN))],
        "would_change": "\n".join(draft.get("would_change") or []),
    }
    currency = str(draft.get("hold_currency") or "USD")
    data["hold_amount"] = _typed_amount(str(draft.get("hold_amount_minor") or ""), currency)
    data["block_amount"] = _typed_amount(str(draft.get("block_amount_minor") or ""), str(draft.get("block_currency") or "USD"))
    data["hold_place"] = f"{draft.get('hold_contract_ref', '')}:{draft.get('hold_milestone', '')}:{currency}"
    return data


def _typed_amount(minor: str, currency: str) -> str:
    """An amount as somebody types it; what is no amount stays as it was typed."""
    digits = minor.isascii() and minor.isdigit() and len(minor) <= MOST_DIGITS and CODE.fullmatch(currency)
    return lang().typed(Money(int(minor), currency)) if digits else minor
