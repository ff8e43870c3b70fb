"""The forms of an appeal at the desk: the decision with an answer to each point, our question, a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from wtforms import BooleanField, RadioField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.appeals.models import AppealOutcome
from portal.appeals.rules import MOST_TEXT, Weight
from portal.core.i18n import N_
from portal.web.desk.appeal_page import Page
from portal.web.desk.forms import DayField, a_day
from portal.web.shell.context import lang
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered, whole

OUTCOMES = (
    (AppealOutcome.UPHELD, N_("The decision stands")),
    (AppealOutcome.PARTIALLY_REVERSED, N_("The decision is changed: less than before")),
    (AppealOutcome.REVERSED, N_("The decision is overturned")),
)
LINE = 300
NO_OUTCOME = N_("Choose what happens to the decision.")


class AskingForm(PortalForm):
    """Our question to the person in their appeal."""

    question = TextAreaField(N_("Your question"), [Needed(N_("Write your question.")), Storable(MOST_TEXT)])
    days = StringField(N_("Days to answer"), default="5")

    def validate_days(self, field: StringField) -> None:
        if not whole(field.data, 3):
            raise ValidationError(lang().gettext("Write a whole number of days, for example 5."))


class RefusalForm(PortalForm):
    """Why a late appeal is not taken."""

    reason = TextAreaField(N_("Why it is not taken"), [Needed(N_("Say in writing why.")), Storable(MOST_TEXT)])


class DrawingForm(PortalForm):
    """Why a lead gives an appeal, or the review of a dispute, to somebody else."""

    draw_reason = TextAreaField(
        N_("Why somebody else should decide it"), [Needed(N_("Say in writing why.")), Storable(MOST_TEXT)]
    )


class AnswerForm(PortalForm):
    """The decision on an appeal; a field for each ground and each exhibit is added for the appeal at hand."""

    outcome = RadioField(N_("What happens to the decision"), [Needed(NO_OUTCOME), Listed(NO_OUTCOME)], validate_choice=False)
    reasons = TextAreaField(
        N_("Your reasons"), [Needed(N_("Write your reasons. The person reads them.")), Storable(MOST_TEXT)]
    )
    our_error = TextAreaField(N_("Our error, in one or two sentences"), [Storable(MOST_TEXT)])
    new_ends_on = DayField(N_("New last day"), [a_day])
    release_hold = BooleanField(N_("Release the money that this decision holds"))
    ground_fields: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    unopened: tuple[int, ...] = ()

    def validate_our_error(self, field: TextAreaField) -> None:
        if self.outcome.data == AppealOutcome.REVERSED and not (field.data or "").strip():
            raise ValidationError(lang().gettext("Name our error: the person reads it with our apology."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Beside each field: what was not opened is not considered; when the action is not overturned in full, each ground
        and each exhibit has its answer."""
        super().validate(extra_validators)
        say = lang().gettext
        for number in self.numbers:
            weight = self[f"exhibit_{number}"]
            if weight.data == Weight.CONSIDERED and number in self.unopened:
                message = N_("Open exhibit %(number)s first. What you have not opened, you cannot have considered.")
                weight.errors = [*weight.errors, say(message, number=number)]
        if self.outcome.data != AppealOutcome.REVERSED:
            self._each_has_its_answer()
        return not self.errors

    def _each_has_its_answer(self) -> None:
        say = lang().gettext
        for name in self.ground_fields:
            if not (self[name].data or "").strip():
                self[name].errors = [*self[name].errors, say(
                    "Answer each of the person's reasons. This one is still without an "
                    "answer."
                )]
        for number in self.numbers:
            weight = self[f"exhibit_{number}"]
            if weight.data not in set(Weight) or (weight.data == Weight.NOT_CONSIDERED and not self[f"why_{number}"].data):
                message = say("Say whether you considered exhibit %(number)s, and if not, why.", number=number)
                weight.errors = [*weight.errors, message]


def day_of(text: str | None) -> date | None:
    """The day that was typed; None for nothing or something else."""
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None


def answer_form(page: Page, sent: Any) -> AnswerForm:
    """The form for this appeal: with what was sent, or with what was typed before."""
    fields: dict[str, Any] = {
        f"ground_{ground.key}": TextAreaField(lang().gettext(ground.text), [Storable(MOST_TEXT)]) for ground in page.grounds
    }
    for number in page.numbers:
        fields[f"exhibit_{number}"] = RadioField(
            lang().gettext(N_("Exhibit %(n)s"), n=number), validate_choice=False,
            choices=offered([
                (Weight.CONSIDERED.value, lang().gettext(N_("considered"))),
                (Weight.NOT_CONSIDERED.value, lang().gettext(N_("not considered, because:"))),
            ]),
        )
        label = lang().gettext(N_("Why exhibit %(n)s was not considered"), n=number)
        fields[f"why_{number}"] = StringField(label, [Storable(LINE, line=True)])
    grounds = tuple(f"ground_{ground.key}" for ground in page.grounds)
    made = type("OneAnswerForm", (AnswerForm,), {**fields, "ground_fields": grounds, "numbers": page.numbers,
                                           "unopened": page.unopened})
    form: AnswerForm = made(sent, data=page.kept if sent is None else None)
    open_to = OUTCOMES[2:] if page.had_a_part else OUTCOMES
    form.outcome.choices = offered((value.value, lang().gettext(text)) for value, text in open_to)
    return form


def answer_of(page: Page, form: AnswerForm) -> dict[str, Any]:
    """The form as the operation takes it."""
    weights: Mapping[str, Any] = {
        str(number): {"weight": form[f"exhibit_{number}"].data, "why": form[f"why_{number}"].data or ""}
        for number in page.numbers
    }
    return {
        "outcome": form.outcome.data, "reasons": form.reasons.data, "our_error": form.our_error.data or "",
        "ground_answers": {ground.key: form[f"ground_{ground.key}"].data or "" for ground in page.grounds},
        "exhibits_considered": dict(weights), "new_ends_on": day_of(form.new_ends_on.data),
        "release_hold": bool(form.release_hold.data),
    }
