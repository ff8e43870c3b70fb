"""The forms of decisions that are not about conduct: the same parts of a statement, asked for in other words."""

from __future__ import annotations

from typing import Any

from wtforms import StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.core.i18n import N_
from portal.enforcement.fields import LONGEST_LISTING
from portal.enforcement.models import Action, Nature
from portal.web.desk.forms import LONG, SEEN, AnyMultiple, DecisionForm
from portal.web.shell.context import lang
from portal.web.shell.forms import Needed, Storable


class ProtectForm(DecisionForm):
    """A measure that protects an account: what was seen, and no word about anybody's conduct."""

    named_as = SEEN
    interim = ends_on = hold_amount = hold_place = weighed = None  # type: ignore[assignment]
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


FORMS: dict[str, type[DecisionForm]] = {Nature.PROTECTIVE: ProtectForm}


def form_class(action: Action) -> type[DecisionForm]:
    """The form in which a decision of that nature is written."""
    return FORMS.get(action.nature, DecisionForm)


def first_words(action: Action) -> dict[str, Any]:
    """With what such a form begins, in the reviewer's language: what would change a measure that protects is known."""
    if action.nature != Nature.PROTECTIVE:
        return {}
    say = lang().gettext
    lines = (say("You tell us that it was you, and how we can see that."),
             say("You sign out the browsers that you do not know."))
    return {"measure": "suspension", "would_change": "\n".join(lines)}
