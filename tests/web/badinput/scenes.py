"""What a form of the walk is: who posts it where, with what filled in rightly, and where its words are read afterwards."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wtforms import BooleanField, FileField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.core import UnboundField

from portal.web.desk.forms import DayField
from portal.web.shell.forms import PortalForm, Storable
from tests.documents.making import SAMPLES
from tests.verification.pages import Browser
from tests.web.badinput.world import World

KINDS: tuple[tuple[type, str], ...] = (
    (SelectMultipleField, "many"), (SelectField, "choice"), (RadioField, "choice"), (BooleanField, "tick"),
    (FileField, "file"), (DayField, "day"), (HiddenField, "carried"), (TextAreaField, "text"), (StringField, "line"),
)
MONEY = frozenset({"amount", "hold_amount"})
NUMBERS = frozenset({"days"})


@dataclass(frozen=True)
class Place:
    """A page on which words of the form are read, by whom."""

    browser: Browser
    path: str | Callable[[], str]
    names: tuple[str, ...]


@dataclass
class Scene:
    """A form at its moment in the story.

    `ways`: each address that takes it, with what the pressed button adds; the last one does it, or with `either` each does
    something else. `rest`: what else the same form holds, outside `prefix`. `more`: fields made for this form. `absent`:
    fields that its page has not. `beside`: what stands with a long text; `line_limit`: how long such a line may be, so that
    of the text only its beginning and its end are typed. `elsewhere`: fields whose bad value leads to another page, with
    what was typed in the draft.
    """

    form: type[PortalForm]
    browser: Browser
    ways: list[tuple[str, dict[str, Any]]]
    good: dict[str, Any]
    hidden: dict[str, Any] = field(default_factory=dict)
    prefix: str = ""
    rest: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    more: dict[str, tuple[str, int]] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    beside: dict[str, str] = field(default_factory=dict)
    line_limit: dict[str, int] = field(default_factory=dict)
    either: bool = False
    elsewhere: frozenset[str] = frozenset()
    places: list[Place] = field(default_factory=list)
    world: World | None = None

    @property
    def fields(self) -> dict[str, tuple[str, int]]:
        """Each field's kind and its limit in characters (0 for none of its own)."""
        known = {name: (self.kinds.get(name) or kind, limit) for name, (kind, limit) in fields_of(self.form).items()}
        return {name: found for name, found in (known | self.more).items() if name not in self.absent}

    def around(self, name: str, text: str) -> str:
        """A long text as that field takes it: alone, or beside what else has to stand there."""
        if name not in self.beside:
            return text
        line, limit = " ".join(text.split()), self.line_limit.get(name)
        return f"{self.beside[name]}\n{line if limit is None else f'{line[:limit // 2].strip()} {line[-limit // 3:].strip()}'}"

    def post(self, way: tuple[str, dict[str, Any]], /, **other: Any) -> Any:
        """The form with everything right but what is named."""
        path, button = way
        if any(kind == "file" for kind, _limit in self.fields.values()):
            other = {"file": (SAMPLES["image/png"], "letter.png")} | other
        typed = {f"{self.prefix}{name}": value for name, value in (self.good | other).items()}
        return self.browser.post(path, **(self.hidden | button | self.rest | typed))


def fields_of(form: type[PortalForm]) -> dict[str, tuple[str, int]]:
    """The fields of a form's class: kind and limit."""
    found = {}
    for name, unbound in inspect.getmembers(form, lambda one: isinstance(one, UnboundField)):
        kind = next(kind for type_, kind in KINDS if issubclass(unbound.field_class, type_))
        kind = "money" if name in MONEY else "number" if name in NUMBERS else kind
        given = (*unbound.args[1:2], unbound.kwargs.get("validators", ()))
        limits = [one.limit for checks in given for one in checks if isinstance(one, Storable)]
        found[name] = (kind, limits[0] if limits else 0)
    return found


SCENES: dict[str, tuple[type[PortalForm], Callable[[World], Scene]]] = {}


def scene(form: type[PortalForm]) -> Callable[[Callable[[World], Scene]], Callable[[World], Scene]]:
    """Puts the moment that a function makes into the walk, under the function's name."""

    def keep(make: Callable[[World], Scene]) -> Callable[[World], Scene]:
        assert make.__name__ not in SCENES
        SCENES[make.__name__] = (form, make)
        return make

    return keep
