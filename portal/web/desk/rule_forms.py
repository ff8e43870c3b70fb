"""The form of a second or further rule in one decision: the same parts as the first, each named after its number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from wtforms import SelectField

from portal.core.i18n import N_
from portal.enforcement.fields import CITED, MORE
from portal.enforcement.notice import NOTICE_FIELDS
from portal.enforcement.rules import CONDUCT_DAYS
from portal.web.desk.forms import DecisionForm, typed
from portal.web.shell.forms import Needed

OF_THE_WHOLE = (
    "supersedes", "measure", "interim", "ends_on", "scope", "rests_on", "resting", "source", "automated_detection",
    "automated_decision", "hold_amount", "hold_place", "leads", "spoke_for", "weighed", "would_change", *NOTICE_FIELDS,
    *CONDUCT_DAYS,
)
AT_A_RULE = re.compile(r"([a-z_]+)_(\d)")


class RuleForm(DecisionForm):
    """One further rule: which, for which days, what happened, why it falls under it, what it is about and what shows it."""

    clause = SelectField(N_("The further rule"), [Needed(N_("Pick a rule from the list."))], validate_choice=False, choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in OF_THE_WHOLE:
            del self[name]

    def cited(self) -> dict[str, Any]:
        """What operations receive of this rule."""
        said = self.said()
        return {name: said[name] for name in CITED if name in said} | {"clause_version_id": self.clause.data or ""}


class FurtherWords(RuleForm):
    """The words of one further rule of a decision that was said: which rule it is stays."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self["clause"]

    def cited(self) -> dict[str, Any]:
        said = self.said()
        return {name: said[name] for name in CITED if name in said}


def sent_rules() -> list[RuleForm]:
    """The further rules that this request's form carries."""
    return [RuleForm(request.form, prefix=f"r{n}-") for n in MORE if f"r{n}-facts" in request.form]


def kept_rules(draft: Mapping[str, Any], form: type[RuleForm] = RuleForm) -> list[RuleForm]:
    """The further rules that a draft keeps, also those of which nothing is typed yet."""
    found = []
    for n in MORE:
        own = {name: draft[f"{name}_{n}"] for name in CITED if f"{name}_{n}" in draft}
        if own:
            found.append(form(data={**typed(own), "clause": own.get("clause_version_id")}, prefix=f"r{n}-"))
    return found


def sent_words(count: int) -> list[RuleForm]:
    """The words of so many further rules that this request's form carries."""
    return [FurtherWords(request.form, prefix=f"r{n}-") for n in MORE[:count]]


def fields_of(rules: Sequence[RuleForm]) -> dict[str, Any]:
    """The parts of the further rules as operations name them: "facts_2"."""
    return {f"{name}_{n}": value for n, rule in enumerate(rules, 2) for name, value in rule.cited().items()}
