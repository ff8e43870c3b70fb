"""The forms of an appeal at the desk: the decision with an answer to each point, and a refusal."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.validators import ValidationError

from portal.appeals.models import AppealOutcome
from portal.appeals.rules import MOST_TEXT, Weight
from portal.core.i18n import N_
from portal.web.desk import words
from portal.web.desk.appeal_page import Page
from portal.web.desk.forms import AnyMultiple, DayField, a_day
from portal.web.desk.redress_forms import WeighingForm, weighing_fields
from portal.web.shell.context import lang
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered

OUTCOMES = (
    (AppealOutcome.UPHELD, N_("The decision stands")),
    (AppealOutcome.PARTIALLY_REVERSED, N_("The decision is changed: less than before")),
    (AppealOutcome.REVERSED, N_("The decision is overturned")),
)
NO_OUTCOME = N_("Choose what happens to the decision.")


class RefusalForm(PortalForm):
    """Why a late appeal is not taken."""

    reason = TextAreaField(N_("Why it is not taken"), [Needed(N_("Say in writing why.")), Storable(MOST_TEXT)])


class ShowingForm(PortalForm):
    """What was withheld, in words, where the letter names no exhibit."""

    shown = TextAreaField(N_("What was withheld, in words"), [Storable(MOST_TEXT)])


class AnswerForm(WeighingForm):
    """The decision on an appeal; a field for each ground and each exhibit is added for the appeal at hand."""

    outcome = RadioField(N_("What happens to the decision"), [Needed(NO_OUTCOME), Listed(NO_OUTCOME)], validate_choice=False)
    reasons = TextAreaField(
        N_("Your reasons"), [Needed(N_("Write your reasons. The person reads them.")), Storable(MOST_TEXT)]
    )
    our_error = TextAreaField(N_("Our error, in one or two sentences"), [Storable(MOST_TEXT)])
    new_ends_on = DayField(N_("New last day"), [a_day])
    release_hold = BooleanField(N_("Release the money that this decision holds"))
    rule_fields: tuple[str, ...] = ()
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
        for name in self.ground_fields if self.outcome.data != AppealOutcome.REVERSED else ():
            if not (self[name].data or "").strip():
                self[name].errors = [*self[name].errors, say(
                    "Answer each of the person's reasons. This one is still without an "
                    "answer."
                )]
        return not self.errors


def day_of(text: str | None) -> date | None:
    """The day that was typed; None for nothing or something else."""
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None


def answer_form(page: Page, sent: Any, kept: dict[str, Any]) -> AnswerForm:
    """The form for this appeal: with what was sent, or with what was typed before."""
    fields: dict[str, Any] = {
        f"ground_{ground.key}": TextAreaField(lang().gettext(ground.text), [Storable(MOST_TEXT)]) for ground in page.grounds
    }
    fields |= weighing_fields(page.numbers)
    for one in page.rules if len(page.rules) > 1 and not page.had_a_part else ():
        label = lang().gettext(N_("Why rule %(number)s no longer stands"), number=one.clause.number)
        fields[f"falls_{one.key}"] = TextAreaField(label, [Storable(MOST_TEXT)])
    if page.parts:
        scopes = offered((one.scope, words.thing(one.scope)) for one in page.parts)
        fields["parts"] = AnyMultiple(N_("What is given back now"), choices=scopes)
    rules = tuple(name for name in fields if name.startswith("falls_"))
    grounds = tuple(f"ground_{ground.key}" for ground in page.grounds)
    made = type("OneAnswerForm", (AnswerForm,), {
        **fields, "rule_fields": rules, "ground_fields": grounds, "numbers": page.numbers, "unopened": page.unopened,
    })
    form: AnswerForm = made(sent, data=kept)
    open_to = [one for one in OUTCOMES if one[0] in page.possible]
    form.outcome.choices = offered((value.value, lang().gettext(text)) for value, text in open_to)
    return form


def answer_of(form: AnswerForm) -> dict[str, Any]:
    """The form as the operation takes it."""
    return {
        "outcome": form.outcome.data, "reasons": form.reasons.data, "our_error": form.our_error.data or "",
        "ground_answers": {name.removeprefix("ground_"): form[name].data or "" for name in form.ground_fields},
        "exhibits_considered": form.weights(), "new_ends_on": day_of(form.new_ends_on.data),
        "release_hold": bool(form.release_hold.data), "parts": list(form["parts"].data or []) if "parts" in form else [],
        "fallen": {
            name.removeprefix("falls_"): form[name].data for name in form.rule_fields if (form[name].data or "").strip()
        },
    }
