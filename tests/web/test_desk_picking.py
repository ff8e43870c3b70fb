"""What the editor of a decision offers: rules that can be added, and what the chosen measure uses."""

import re
from pathlib import Path

import pytest

from portal.core.clock import MovedClock
from portal.core.database import Database
from tests.web.desk_support import Desk, hidden, open_desk, words_of

SECOND = "off-platform-payment"


@pytest.fixture
def desk(sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> Desk:
    return open_desk(sqlite_database, clock, tmp_path / "instance")


def offered(page: str, n: int) -> set[str]:
    """The keys of the rules in the list of that further rule."""
    listed = re.search(rf'<select[^>]*name="r{n}-clause"[^>]*>(.*?)</select>', page, re.S)
    assert listed is not None
    return {key for key in re.findall(r'<option[^>]*value="([^"]*)"', listed.group(1)) if key}


def more(desk: Desk, ref: str, **typed: str) -> str:
    kept = hidden(desk.get(f"/desk/actions/{ref}"), f"/desk/actions/{ref}/preview")
    assert desk.send(f"/desk/actions/{ref}/draft", {**kept, **typed, "go": "more"}).status_code == 303
    return desk.get(f"/desk/actions/{ref}")


def test_what_publishes_no_measure_and_what_is_cited_are_left_out(desk: Desk) -> None:
    case = desk.taken()
    desk.heard(case)
    ref = desk.drafted(case)
    page = more(desk, ref)
    rules = offered(page, 2)
    first, second = str(desk.clause().id), str(desk.clause(SECOND).id)
    assert second in rules and first not in rules
    assert "1.1 Who we are" not in page.split('name="r2-clause"')[1].split("</select>")[0]
    page = more(desk, ref, **{"r2-clause": second, "r2-facts": "", "r2-why": ""})
    assert second in offered(page, 2), "what is chosen there stays chosen"
    assert not {first, second} & offered(page, 3)


def test_it_says_which_measure_uses_what(desk: Desk) -> None:
    case = desk.taken()
    desk.heard(case)
    page = desk.get(f"/desk/actions/{desk.drafted(case)}")
    said = words_of(page)
    assert "a warning and a termination do not use it" in said and "Only for a restriction: tick as little" in said
    assert 'class="it-ends"' in page and 'class="in-part"' in page
    style = desk.browser.get(re.findall(r'href="(/static/portal[^"]*css[^"]*)"', page)[0], base_url="https://localhost").text
    assert ".it-ends:not(:has(.error))" in style and ".in-part:not(:has(.error)) { display: none; }" in style
