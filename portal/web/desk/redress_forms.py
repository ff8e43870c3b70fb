"""The forms that whatever is looked at again shares: our question, another draw, how exhibits weighed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.appeals.models import AppealOutcome
from portal.appeals.rules import MOST_TEXT, Weight
from portal.core.i18n import N_
from portal.web.shell.context import lang
from portal.web.shell.forms import Needed, PortalForm, Storable, offered, whole

LINE = 300


class AskingForm(PortalForm):
    """Our question to the person in their appeal."""

    question = TextAreaField(N_("Your question"), [Needed(N_("Write your question.")), Storable(MOST_TEXT)])
    days = StringField(N_("Days to answer"), default="5")

    def validate_days(self, field: StringField) -> None:
        if not whole(field.data, 3):
            raise ValidationError(lang().gettext("Write a whole number of days, for example 5."))


class DrawingForm(PortalForm):
    """Why a lead gives an appeal, or the review of a dispute, to somebody else."""

    draw_reason = TextAreaField(
        N_("Why somebody else should decide it"), [Needed(N_("Say in writing why.")), Storable(MOST_TEXT)]
    )


class WeighingForm(PortalForm):
    """An answer that says of each exhibit whether it was considered, unless the person is given everything."""

    outcome: RadioField
    numbers: tuple[int, ...] = ()

    def validate(self, extra_validators: Any = None) -> bool:
        """Beside each field: where the person is not given everything, each exhibit has its answer."""
        super().validate(extra_validators)
        for number in self.numbers if self.outcome.data != AppealOutcome.REVERSED else ():
            weight = self[f"exhibit_{number}"]
            if weight.data not in set(Weight) or (weight.data == Weight.NOT_CONSIDERED and not self[f"why_{number}"].data):
                message = lang().gettext("Say whether you considered exhibit %(number)s, and if not, why.", number=number)
                weight.errors = [*weight.errors, message]
        return not self.errors

    def weights(self) -> dict[str, dict[str, str]]:
        """How each exhibit weighed, as operations take it."""
        return weights_of(self, self.numbers)


def weights_of(form: PortalForm, numbers: Iterable[int]) -> dict[str, dict[str, str]]:
    """What the two fields for each of these exhibits say."""
    return {str(n): {"weight": form[f"exhibit_{n}"].data, "why": form[f"why_{n}"].data or ""} for n in numbers}


def weighing_fields(numbers: Iterable[int]) -> dict[str, Any]:
    """Two fields for each exhibit: whether it was considered, and why not."""
    fields: dict[str, Any] = {}
    for number in numbers:
        fields[f"exhibit_{number}"] = RadioField(
            lang().gettext(N_("Exhibit %(n)s"), n=number), validate_choice=False,
            choices=offered([
                (Weight.CONSIDERED.value, lang().gettext(N_("considered"))),
                (Weight.NOT_CONSIDERED.value, lang().gettext(N_("not considered, because:"))),
            ]),
        )
        label = lang().gettext(N_("Why exhibit %(n)s was not considered"), n=number)
        fields[f"why_{number}"] = StringField(label, [Storable(LINE, line=True)])
    return fields
