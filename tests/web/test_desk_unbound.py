"""Where a version cannot be cited, the desk says in words why, and from which day it can."""

from __future__ import annotations

import shutil
from pathlib import Path

from portal.core.clock import MovedClock
from portal.settings import ROOT
from tests.enforcement.conftest import Desk
from tests.factories.rules import Rulebook
from tests.web.conftest import Doors


def new_version(rules: Rulebook, ahead: int) -> None:
    """A version of the real rules with other numbers, published today."""
    terms = rules.folder / "terms-of-service"
    text = (terms / "2026-03-01.md").read_text(encoding="utf-8").split("---\n", 2)[2].replace("two years", "three years")
    rules.write(rules.today(ahead), body=text, title="Terms of Service")
    shutil.copy(terms / "2026-03-01.clauses.toml", terms / f"{rules.today(ahead)}.clauses.toml")
    rules.publish()


def test_the_desk_says_why_a_version_cannot_be_cited(
    doors: Doors, contested: Desk, tmp_path: Path, clock: MovedClock
) -> None:
    folder = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    rules, rae = Rulebook(contested.office, folder), doors.open(contested.story.rae.person)
    new_version(rules, 2)
    clock.advance(days=3)
    page = f"/desk/cases/{contested.case_ref}/clause?day={rules.today()}"
    shown = rae.page(page)
    assert "Terms of Service: a version that cannot be cited" in shown
    assert "The version of Tuesday 24 November 2026 did not bind this account on Wednesday 25 November 2026." in shown
    assert "Nothing shows that the account was told of it by then" in shown
    assert "The account accepted it; it binds since" in shown
    rules.tell()
    rules.send()
    shown = rae.page(page)
    assert "The account was told on Wednesday 25 November 2026." in shown
    assert "it binds from Friday 11 December 2026." in shown
    clock.advance(days=16)
    shown = doors.open(contested.story.rae.person).page(f"/desk/cases/{contested.case_ref}/clause?day={rules.today()}")
    assert "cannot be cited" not in shown
    assert "The account was told of it; it binds since Friday 11 December 2026." in shown
