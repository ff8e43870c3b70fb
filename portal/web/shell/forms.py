"""The base of every form: translated messages, cleaned text, refusals of operations shown at their field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import request
from wtforms import Form, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.core.errors import Refusal, RuleBroken
from portal.core.i18n import SOURCE, catalogue
from portal.core.money import Money, parse_money
from portal.core.text import blank, clean, clean_line
from portal.web.shell.context import lang
from portal.web.shell.errors import message_of


def offered(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """What can be chosen, as fields take it: (value, words)."""
    return [SelectChoice(value, words) for value, words in pairs]


def whole(text: str | None, most_digits: int = 9) -> int | None:
    """The whole number that was sent, in plain digits; nothing for what is none, or is beyond any that we count to."""
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= most_digits else None


def read_amount(text: str | None, currency: str, *, least: int = 1) -> Money:
    """An amount as people of the reader's language type it; `least` in minor units. Errors: those of `parse_money`."""
    return parse_money(text or "", currency, lang().code, least=least)


def sent_version() -> int:
    """The version that this request's page was made from; 0, which nothing has, when it names none."""
    return whole(request.form.get("version")) or 0


class Sentences:
    """WTForms' own messages in the reader's language, with their gaps: WTForms itself puts the values in."""

    def gettext(self, string: str) -> str:
        return lang().gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        known = catalogue(lang().code).get(singular) if lang().code != SOURCE else None
        if known is not None and isinstance(known.string, tuple | list) and all(known.string):
            return str(known.string[0 if lang().locale.plural_form(n) == "one" else 1])
        return singular if n == 1 else plural


class PortalForm(Form):
    """A form that keeps what was typed and says at each field what is wrong with it."""

    form_errors: list[Any]

    class Meta:
        """Labels and messages in the reader's language; request forms as data."""

        def get_translations(self, _form: Any) -> Sentences:
            return Sentences()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.label.text = lang().gettext(field.label.text)

    @classmethod
    def sent(cls, **kwargs: Any) -> Any:
        """The form with this request's data."""
        return cls(request.form, **kwargs)

    def validate(self, extra_validators: Any = None) -> bool:
        """Beside each field's own checks: nothing that cannot be stored stands in any field, chosen ones too."""
        super().validate(extra_validators)
        for field in self:
            if not field.errors:
                field.errors = [*_unstorable(field)]
        return not self.errors

    def refuse(self, error: Refusal) -> None:
        """Shows an operation's refusal at the field it names, or on top of the form."""
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors = [*self.form_errors, message_of(error)]
        else:
            field.errors = [*field.errors, message_of(error)]

    @property
    def summary(self) -> list[tuple[str, str]]:
        """(field id, message) of everything that is wrong, in the order of the page."""
        named = [(field.id, str(message)) for field in self for message in field.errors]
        return [*named, *(("", str(message)) for message in self.form_errors)]


def _unstorable(field: Any) -> list[str]:
    try:
        for text in field.raw_data or []:
            if isinstance(text, str):
                clean(text)
    except RuleBroken as error:
        return [message_of(error)]
    return []


class Storable:
    """Refuses text that cannot be stored or is over its limit, and gives the form the cleaned text."""

    def __init__(self, limit: int, *, line: bool = False) -> None:
        self.limit, self.line = limit, line

    def __call__(self, _form: Form, field: StringField | TextAreaField) -> None:
        try:
            field.data = (clean_line if self.line else clean)(field.data or "", limit=self.limit)
        except RuleBroken as error:
            raise ValidationError(message_of(error)) from error


class Listed:
    """What is chosen must be among what is offered; the message says what to choose. Nothing chosen is for `Needed`."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, _form: Form, field: SelectField) -> None:
        chosen = field.data if isinstance(field.data, list) else [field.data] if field.data else []
        if not {*chosen} <= {one.value for one in field.choices or ()}:
            raise ValidationError(lang().gettext(self.message))


class Needed:
    """The field must be filled in; the message says what to write, never "required"."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.field_flags = {"required": True}

    def __call__(self, _form: Form, field: Any) -> None:
        if blank(field.data) if isinstance(field.data, str) else not field.data:
            raise ValidationError(lang().gettext(self.message))
