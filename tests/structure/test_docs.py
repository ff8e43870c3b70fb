"""What README and docs name is there: commands, their options, settings, files; and every setting is named."""

import re
from pathlib import Path

import click
import pytest
from flask import Flask

from portal.cli import commands
from portal.settings import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
CALLED = re.compile(r"flask ([a-z]+(?: [a-z]+)?)([^\n`]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
SETTING = re.compile(r"PORTAL_[A-Z_]*[A-Z]")
OURS = Flask("docs")
commands.prepare(OURS)
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")
WITHIN = re.compile(r"\]\(#([^)]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
MODULE = re.compile(r"`((?!tests/)[\w/]+\.py)`")


def command(words: str) -> click.Command:
    """The command that these words call; what follows a command that has no others is its argument."""
    found: click.Command = OURS.cli
    for word in words.split():
        if not isinstance(found, click.Group):
            break
        found = found.commands[word]
    return found


def test_every_command_and_option_is_there() -> None:
    calls = CALLED.findall(TEXT)
    assert len(calls) > 20
    for words, rest in calls:
        known = {one for option in command(words).params for one in (*option.opts, *option.secondary_opts)}
        assert set(OPTION.findall(rest.split("   ")[0])) <= known | {"--help"}, words


def test_every_setting_is_named_and_every_name_is_a_setting() -> None:
    read = set(SETTING.findall((ROOT / "portal" / "settings.py").read_text(encoding="utf-8")))
    assert set(SETTING.findall(TEXT)) == read


def test_every_test_that_is_named_is_there() -> None:
    named = TEST.findall(TEXT)
    assert len(named) > 40
    missing = [f"{file}::{name}" for file, name in named
               if not (ROOT / file).is_file() or (name and f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8"))]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()] == []


def test_every_module_that_is_named_is_there() -> None:
    named = set(MODULE.findall(TEXT))
    ours = {f"/{file.relative_to(ROOT).as_posix()}" for folder in ("portal", "tests") for file in (ROOT / folder).rglob("*.py")}
    assert len(named) > 20
    assert sorted(name for name in named if not any(file.endswith(f"/{name}") for file in ours)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_a_page_lead_to_its_headings(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    headings = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}
    assert set(WITHIN.findall(text)) <= headings
