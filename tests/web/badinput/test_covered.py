"""The walk leaves out no form of the portal, and no field of a form."""

from __future__ import annotations

import importlib
import pkgutil

import portal.web
from portal.web.desk.decision_form import SeveralRules
from portal.web.desk.forms import DecisionForm, DeskForm
from portal.web.desk.redress_forms import WeighingForm
from portal.web.shell.forms import PortalForm
from tests.web.badinput.every import LOADED
from tests.web.badinput.scenes import SCENES, fields_of

assert LOADED
BASES = {DeskForm, DecisionForm, SeveralRules, WeighingForm}
"""Forms that no page shows, from which others are made: each of their fields is walked in one of those."""
CARRIED = {"clause", "supersedes"}
"""What the pages of a decision carry hidden: its rule, and the decision that it replaces; `test_named` tries wrong ones."""


def forms() -> set[type[PortalForm]]:
    """Every form that a module of the pages defines; what a view makes on the fly has no module of its own there."""
    for module in pkgutil.walk_packages(portal.web.__path__, "portal.web."):
        importlib.import_module(module.name)
    found, waiting = set(), [PortalForm]
    while waiting:
        for form in waiting.pop().__subclasses__():
            waiting.append(form)
            found.add(form)
    ours = {form for form in found if form.__module__.startswith("portal.") and form.__name__ != "OneAnswerForm"}
    return ours - BASES


def test_every_form_is_in_the_walk() -> None:
    walked = {form for form, _make in SCENES.values()}
    assert {form.__qualname__ for form in forms() - walked} == set()


def test_every_field_has_a_kind_that_the_walk_knows() -> None:
    assert not [form.__name__ for form in forms() if not fields_of(form)]
    walked = {form for form, _make in SCENES.values()}
    for base in BASES:
        made = {name for form in walked if issubclass(form, base) for name in fields_of(form)}
        assert set(fields_of(base)) <= made


def test_every_text_that_is_typed_has_a_limit() -> None:
    """A line or a text without a limit of its own is one whose value is chosen or carried."""
    bare = {
        f"{form.__name__}.{name}" for form in forms() for name, (kind, limit) in fields_of(form).items()
        if kind in ("line", "text") and not limit
    }
    assert bare == {"ClauseForm.clause", "QuestionForm.clause"}
    assert {name for form in forms() for name, (kind, _) in fields_of(form).items() if kind == "carried"} == CARRIED
