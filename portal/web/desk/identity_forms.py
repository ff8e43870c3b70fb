"""The forms of identity checks at the desk: asking, signing, answering."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.core.i18n import N_
from portal.core.keys import Keyring
from portal.enforcement.fingerprints import DOCUMENTS, MOST, of_document
from portal.verification.rules import CODES, KINDS, MOST_WORDS, NEW_REASONS
from portal.web.desk.forms import DayField
from portal.web.shell.context import lang
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered


def _listed(table: dict[str, str]) -> list[SelectChoice]:
    """A closed list in the reader's language."""
    return offered((value, lang().gettext(words)) for value, words in table.items())


NO_RULE, NO_ITEM = N_("Choose the rule first."), N_("Choose what you ask for.")
NO_ANSWER, NO_KIND = N_("Choose whether this is accepted."), N_("Choose what kind of document it is.")


class RequestForm(PortalForm):
    """What we ask for: the rule first, then the thing, the purpose, and what would do instead."""

    clause = SelectField(N_("The rule"), [Needed(NO_RULE), Listed(NO_RULE)], validate_choice=False, choices=[])
    item = RadioField(N_("What you ask for"), [Needed(NO_ITEM), Listed(NO_ITEM)], validate_choice=False)
    purpose = TextAreaField(N_("What we need it for"), [Needed(N_("Say what we need it for.")), Storable(MOST_WORDS)])
    alternatives = TextAreaField(
        N_("What can be sent instead"), [Needed(N_("Name what can be sent instead.")), Storable(MOST_WORDS)]
    )
    new_reason = SelectField(N_("Why again"), validate_choice=False, choices=[])
    new_words = TextAreaField(N_("What is new"), [Storable(MOST_WORDS)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.item.choices = _listed(KINDS)
        self.new_reason.choices = [*offered([("", lang().gettext("No new reason"))]), *_listed(NEW_REASONS)]


class ReasonForm(PortalForm):
    """A reason, for signing, returning or taking back."""

    reason = TextAreaField(N_("Your reason"), [Needed(N_("Write your reason.")), Storable(MOST_WORDS)])


class TalkForm(PortalForm):
    """What a lead and the person found when they talked."""

    found = TextAreaField(N_("What you found together"), [Needed(N_("Say what you found.")), Storable(MOST_WORDS)])


class ReviewForm(PortalForm):
    """Our answer to what was sent."""

    outcome = RadioField(N_("Your answer"), [Needed(NO_ANSWER), Listed(NO_ANSWER)], validate_choice=False)
    accepted_until = DayField(N_("Accepted until the end of"))
    code = RadioField(N_("What was wrong"), validate_choice=False)
    what_to_fix = TextAreaField(N_("What exactly to do"), [Storable(MOST_WORDS)])
    alternatives = TextAreaField(N_("What can be sent instead"), [Storable(MOST_WORDS)])
    number = StringField(N_("Number of the document"), [Storable(MOST, line=True)])
    number_country = StringField(N_("Country that issued it"), [Storable(2, line=True)])
    number_kind = SelectField(N_("Kind of document"), [Listed(NO_KIND)], validate_choice=False, choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number_kind.choices = [*offered([("", lang().gettext("Choose one"))]), *_listed(DOCUMENTS)]
        self.outcome.choices = _listed({"accepted": N_("Accept it"), "rejected": N_("It does not yet do")})
        self.code.choices = _listed(CODES)

    def validate_accepted_until(self, field: StringField) -> None:
        """A day that exists, when there is one."""
        if field.data and self.until is None:
            raise ValidationError(lang().gettext("Write the day like this: 2027-03-31."))

    def fingerprint(self, keyring: Keyring) -> str:
        """Of the number, where one was typed for what is accepted; the number itself goes no further than this form.

        Errors: those of `of_document`.
        """
        number = (self.number.data or "").strip()
        if self.outcome.data != "accepted" or not number:
            return ""
        return of_document(keyring, self.number_kind.data or "", self.number_country.data or "", number)

    @property
    def until(self) -> date | None:
        """The day until which it is accepted."""
        try:
            return date.fromisoformat((self.accepted_until.data or "").strip())
        except ValueError:
            return None
