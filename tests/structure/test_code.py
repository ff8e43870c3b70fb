"""The rules of the house, run over the source."""

import ast
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from portal.app import create_app
from portal.cases.clocks import HANDLERS
from portal.core.database import Base
from portal.core.labels import LABELS
from portal.enforcement import resting
from portal.rulebook.binding import Ground, Unbound
from portal.settings import ROOT
from portal.web.desk import words
from portal.web.person import bound

SOURCES = sorted((ROOT / "portal").rglob("*.py"))
COMMITTING = {"portal/act.py", "portal/worker.py", "portal/core/database.py"}
NEVER = re.compile(
    r"\b(bann(ed|ing)|violat\w+|broke the rule|guilty|offender|fraudster|scammer|strikes?|penalt\w+|tickets?|"
    r"unfortunately|for security reasons)\b", re.I,
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_house_rules(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.name != "clock.py":
        assert not re.search(r"datetime\.(now|utcnow)\(|time\.time\(", text), "the clock is read in core/clock.py only"
    if name(path) not in COMMITTING:
        assert ".commit(" not in text, "only act, the worker and core/database.py commit"
    assert text.startswith('"""'), "a module says in one sentence what it is for"
    assert text.count("\n") <= 300
    for function in functions(path):
        assert (function.end_lineno or 0) - function.lineno < 40, f"{function.name} is too long"
        assert not any(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(function)), function.name


def test_markup_is_declared_safe_in_one_place() -> None:
    places = [name(p) for p in SOURCES if re.search(r"\bMarkup\(", p.read_text(encoding="utf-8"))]
    templates = [t for t in (ROOT / "portal").rglob("*.html") if re.search(r"\|\s*safe\b|autoescape false", t.read_text())]
    assert places == ["portal/web/shell/context.py"]
    assert templates == []


def test_templates_have_no_inline_styles_or_scripts() -> None:
    for template in (ROOT / "portal" / "web").rglob("*.html"):
        markup = re.sub(r"\{[%{#].*?[%}#]\}", "", template.read_text(encoding="utf-8"), flags=re.S)
        assert not re.search(r"\sstyle=|<style|\son\w+=\"|<script(?![^>]*\bsrc=)", markup), template


def test_words_that_we_never_say() -> None:
    texts = [*(ROOT / "portal").rglob("*.html"), *(ROOT / "policies").rglob("*.md"), *(ROOT / "portal").rglob("messages.py")]
    found = {name(t): sorted({m[0] for m in NEVER.finditer(t.read_text(encoding="utf-8"))}) for t in texts}
    assert {where: words for where, words in found.items() if words} == {}


def enums() -> list[type[StrEnum]]:
    create_app  # noqa: B018 - importing the application loads every room
    mine = [e for e in StrEnum.__subclasses__() if e.__module__.startswith("portal.")]
    return [e for e in mine if e.__name__ not in {"Role", "Permission"}]


SAID_BY: dict[type[StrEnum], tuple[Mapping[Any, str], ...]] = {
    Ground: (bound.GROUNDS, words.GROUNDS), Unbound: (bound.REASONS, words.UNBOUND, resting.UNBOUND),
}
"""What has no word of its own but a sentence for each reader: the person, the desk, and whoever is refused."""


@pytest.mark.parametrize("enum", enums(), ids=lambda e: e.__name__)
def test_every_value_has_words(enum: type[StrEnum]) -> None:
    if enum in SAID_BY:
        assert all(table.keys() == set(enum) for table in SAID_BY[enum])
    else:
        assert {f"{enum.__name__}.{value}" for value in enum} <= LABELS.keys()


def test_every_kind_of_clock_has_a_handler() -> None:
    started = set()
    for path in SOURCES:
        started |= set(re.findall(r"start_clock\(\s*work,\s*\"(\w+)\"", path.read_text(encoding="utf-8")))
    assert started
    assert started <= HANDLERS.keys()


def test_foreign_keys_can_wait_for_the_end_of_the_act() -> None:
    keys = [key for table in Base.metadata.tables.values() for key in table.foreign_key_constraints]
    assert keys
    assert all(key.deferrable and key.initially == "DEFERRED" for key in keys)
