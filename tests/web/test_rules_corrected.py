"""An editorial correction is marked wherever a version is named: on every page, in the JSON and in the feed."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.factories.rules import BODY, FIRST, Rulebook
from tests.web.conftest import Browser, Doors
from tests.web.test_rules_records import ATOM, FEED, parsed

MARK = "Editorial correction"


@pytest.fixture
def corrected(doors: Doors, tmp_path: Path) -> tuple[Browser, date]:
    """A first version, and one of today that only mends its wording."""
    rules = Rulebook(doors.market.office, tmp_path / "rules").begin()
    day, body = rules.today(), BODY.replace("freindly", "friendly")
    rules.write(day, body=body, front="editorial: true\n", changes="A typing error.")
    rules.publish()
    return doors.open(rules.person()), day


def test_every_page_marks_it_and_no_page_marks_the_first(corrected: tuple[Browser, date]) -> None:
    browser, day = corrected
    policy = "/rules/terms-of-service"
    for path in (f"{policy}/{day}", f"{policy}/compare/{FIRST}..{day}", "/rules"):
        assert browser.page(path).count(MARK) == 1, path
    assert "It changes wording only, and no rule" in browser.page(f"{policy}/compare/{FIRST}..{day}")
    assert browser.page(f"{policy}/{day}/polite").count(MARK) == 2, "of the version, and in the list of all versions"
    assert MARK not in browser.page(f"{policy}/{FIRST}")


def test_programs_read_what_it_corrects(corrected: tuple[Browser, date]) -> None:
    browser, day = corrected
    told = [json.loads(browser.page(f"/rules/terms-of-service/{one}.json"))["corrects"] for one in (FIRST, day)]
    assert told == [None, FIRST.isoformat()]
    entries = parsed(browser.page(FEED)).findall(f"{ATOM}entry")
    terms = {
        one.findtext(f"{ATOM}published", "")[:10]: {category.get("term") for category in one.findall(f"{ATOM}category")}
        for one in entries
    }
    assert terms[day.isoformat()] == {"terms-of-service", "editorial"}
    assert sum("editorial" in each for each in terms.values()) == 1
