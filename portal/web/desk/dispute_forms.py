"""The forms of a dispute at the desk: who gets what, by which words, and why; and a second reader's reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.contracts.models import ContractTerm
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.disputes.models import Outcome
from portal.disputes.queries import DisputeView
from portal.disputes.ruling import MOST_REASONS, TERM
from portal.rulebook.queries import CitedClause
from portal.web.shell.context import lang
from portal.web.shell.errors import message_of
from portal.web.shell.forms import Listed, Needed, PortalForm, Storable, offered, read_amount

RULE = "rule"
NO_OUTCOME, NO_SOURCE = N_("Choose who gets the money."), N_("Choose the words that it rests on.")


class DisputeDecisionForm(PortalForm):
    """The decision of a dispute; each field is one part of what both sides will read."""

    outcome = RadioField(N_("Who gets the contested money?"), [Needed(NO_OUTCOME), Listed(NO_OUTCOME)],
                         validate_choice=False)
    amount = StringField(N_("Goes back to the client"), [Storable(40, line=True)])
    cites = RadioField(N_("Which words does it rest on?"), [Needed(NO_SOURCE), Listed(NO_SOURCE)],
                       validate_choice=False)
    rule = SelectField(N_("The rule"), [Listed(N_("Choose the rule."))], validate_choice=False, choices=[])
    reasons = TextAreaField(N_("Your reasons"), [Needed(N_("Write your reasons.")), Storable(MOST_REASONS)])
    held: Money

    def validate_amount(self, field: StringField) -> None:
        """A split names a part of what is on hold."""
        if self.outcome.data != Outcome.SPLIT:
            return
        try:
            amount = read_amount(field.data, self.held.currency)
        except RuleBroken as error:
            raise ValidationError(message_of(error)) from error
        if not 0 < amount.amount_minor < self.held.amount_minor:
            message = "A split gives each side a part. Write an amount above zero and below %(held)s."
            raise ValidationError(lang().gettext(message, held=lang().money(self.held)))

    def validate_rule(self, field: SelectField) -> None:
        if self.cites.data == RULE and not field.data:
            raise ValidationError(lang().gettext("Choose the rule."))

    def chosen(self) -> dict[str, Any]:
        """The form as the operations take it."""
        refund = {Outcome.REFUND: self.held.amount_minor}.get(self.outcome.data, 0)
        if self.outcome.data == Outcome.SPLIT:
            refund = read_amount(self.amount.data, self.held.currency).amount_minor
        return {
            "outcome": self.outcome.data, "refund_minor": refund, "reasons": self.reasons.data,
            "cites": self.rule.data if self.cites.data == RULE else self.cites.data,
        }


class ClientQuestionForm(PortalForm):
    """What we ask the client before we decide."""

    question = TextAreaField(N_("Your question"), [Needed(N_("Write your question.")), Storable(MOST_REASONS)])


class SecondForm(PortalForm):
    """Why a second reader gives a decision back."""

    reason = TextAreaField(N_("What has to change"), [Needed(N_("Say what has to change.")), Storable(MOST_REASONS)])


def decision_form(
    view: DisputeView, held: Money, terms: list[ContractTerm], rules: list[CitedClause], sent: Any,
    kept: Mapping[str, Any] | None = None, *, by_us: bool = False,
) -> DisputeDecisionForm:
    """The form for this dispute: with what was sent, or with what was typed before. `by_us`: the hold has ended."""
    form = DisputeDecisionForm(sent, data=dict(kept or {}) if sent is None else None)
    form.held = held
    form.amount.label.text = lang().gettext("Goes back to %(name)s", name=view.client.name)
    form.outcome.choices = offered(_outcomes(view, held, by_us=by_us))
    cites = [(f"{TERM}{one.number}", f"{one.number}. {one.text or ''}") for one in terms]
    if rules:
        cites.append((RULE, lang().gettext("A rule of the marketplace that bound both")))
    form.cites.choices = offered(cites)
    form.rule.choices = offered([("", ""), *((f"clause:{one.id}", f"{one.number} {one.heading}") for one in rules)])
    return form


def _outcomes(view: DisputeView, held: Money, *, by_us: bool) -> list[tuple[str, str]]:
    say, client, freelancer = lang().gettext, view.client.name, view.freelancer.name
    if not held:
        return [
            (Outcome.REFUND.value, say("%(name)s is right. Nothing is on hold, so no money moves.", name=client)),
            (Outcome.RELEASE.value, say("%(name)s is right. Nothing is on hold, so no money moves.", name=freelancer)),
        ]
    amount = lang().money(held)
    if by_us:
        return [
            (Outcome.REFUND.value, say("All of it goes back to %(name)s, and we pay: %(amount)s", name=client, amount=amount)),
            (Outcome.RELEASE.value, say("Nothing goes back to %(name)s", name=client)),
            (Outcome.SPLIT.value, say("A part goes back to %(name)s, and we pay it", name=client)),
        ]
    return [
        (Outcome.REFUND.value, say("All of it goes back to %(name)s: %(amount)s", name=client, amount=amount)),
        (Outcome.RELEASE.value, say("All of it goes to %(name)s: %(amount)s", name=freelancer, amount=amount)),
        (Outcome.SPLIT.value, say("Each gets a part")),
    ]
