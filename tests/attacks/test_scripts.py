"""What people wrote is words on every page: none of it runs, loads anything, or becomes an element."""

from __future__ import annotations

import re

import pytest
from markupsafe import Markup

from tests.attacks.ground import Ground
from tests.attacks.references import Walk
from tests.attacks.scripts import opened, strange_markup
from tests.attacks.words import HOSTILE

RUNS = re.compile(r"zq\d{4}qz (</\w+>|[\"'>\]-])*<script>alert")
"""A hostile word that becomes a script wherever it stands in a paragraph."""


def test_no_page_has_markup_that_is_not_ours(ground: Ground, shown: Walk) -> None:
    assert not shown.markup, "\n".join(shown.markup)
    there = {int(canary[2:6]) % len(HOSTILE) for canary, what in ground.words.written.items() if what in shown.words}
    assert len(there) >= 40, "each known shape was on some page"


def test_nothing_runs_in_a_browser(ground: Ground, shown: Walk) -> None:
    count, wrong = opened(ground, {name: paths[:8] for name, paths in shown.pages.items()})
    assert not wrong, "\n".join(wrong)
    assert count > 25


def test_words_that_are_taken_for_markup_are_found(ground: Ground, shown: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ground.app.jinja_env.filters, "paragraphs", lambda text: [Markup(text)])  # noqa: S704 - the fault
    name, path = next((name, path) for name, paths in shown.pages.items() for path in paths
                      if RUNS.search(ground.viewer(name).browser.get(path).text))
    assert "a script None" in strange_markup(ground.viewer(name).browser.get(path).text)
    _, wrong = opened(ground, {name: [path]})
    assert any("broke the policy" in line for line in wrong) and any("inline scripts" in line for line in wrong)
