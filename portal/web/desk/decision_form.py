"""The whole decision form: the parts of one decision, and of every further rule that it applies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request

from portal.core.errors import Refusal
from portal.enforcement.fields import CITED, MOST_RULES
from portal.web.desk.forms import DecisionForm
from portal.web.desk.rule_forms import AT_A_RULE, RuleForm, fields_of, sent_rules


class SeveralRules(DecisionForm):
    """The parts of a decision with those of its further rules; each rule says at its own fields what is wrong with it."""

    def __init__(self, *args: Any, more: Sequence[RuleForm] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.more = list(more)

    def validate(self, extra_validators: Any = None) -> bool:
        own = super().validate(extra_validators)
        return all([own, *(rule.validate() for rule in self.more)])

    @property
    def summary(self) -> list[tuple[str, str]]:
        """What is wrong, in the order of the page: further rules come after the first, before what closes the form."""
        return [*super().summary, *(line for rule in self.more for line in rule.summary)]

    def refuse(self, error: Refusal) -> None:
        """A refusal of a further rule stands at the fields of that rule."""
        found = AT_A_RULE.fullmatch(error.field or "")
        if found and found[1] in CITED and 0 <= int(found[2]) - 2 < len(self.more):
            error.field = found[1]
            self.more[int(found[2]) - 2].refuse(error)
        else:
            super().refuse(error)


class WholeForm(SeveralRules):
    """The whole decision; a further rule can be added or left out."""

    @classmethod
    def sent(cls, **kwargs: Any) -> WholeForm:
        return cls(request.form, more=sent_rules(), **kwargs)

    @property
    def room(self) -> bool:
        """Whether one more rule can be added."""
        return len(self.more) < MOST_RULES - 1

    def add_or_leave_out(self, go: str) -> None:
        """What a button of the form asks for: "more", one more rule; "less-2", without the rule of that number."""
        number = go.removeprefix("less-")
        if go == "more" and self.room:
            self.more.append(RuleForm(prefix=f"r{len(self.more) + 2}-"))
        elif number != go and number.isdecimal() and 2 <= int(number) < len(self.more) + 2:
            del self.more[int(number) - 2]

    def fields(self, clause_version_id: str) -> dict[str, Any]:
        return super().fields(clause_version_id) | fields_of(self.more)
