"""The same form in two windows: the one that is behind says so calmly, shows both texts, and overwrites nothing by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from portal.accounts.passwords import hash_password
from tests.enforcement.conftest import Desk
from tests.factories.market import Market
from tests.journeys.conftest import Live, Visitor

PASSWORD = "a long sentence for tests"
LONG, SHORT = "I was in hospital from the 7th.\n\nThe letter is attached.", "I was ill."
OTHER = "Something else was kept here from another window or device of yours."


@pytest.fixture
def asked(live: Live) -> str:
    """Rae has asked Tim about a milestone; where the question stands."""
    market = Market(live.office, password_hash=hash_password(PASSWORD))
    story = market.story()
    desk = Desk(market, story, market.dispute(story.stacy, story.contract, report=True)["case"])
    return f"/me/questions/{desk.ask()}"


def typed(page: Page, words: str) -> None:
    page.get_by_label("Your answer").fill(words)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_window_that_is_behind_asks_before_it_replaces_anything(live: Live, asked: str) -> None:
    tim = live.person(viewport={"width": 360, "height": 740})
    tim.sign_in("tim@example.org", PASSWORD)
    tim.go(asked)
    behind = Visitor(live, tim.page.context.new_page())
    behind.go(asked)
    typed(tim.page, LONG)
    expect(tim.page.locator("form .draft")).to_contain_text("Draft saved at")
    typed(tim.page, f"{LONG} And more.")
    expect(tim.page.locator("input[name=draft_version]")).to_have_value("2")
    typed(behind.page, SHORT)
    note = behind.page.locator("form .draft")
    expect(note).to_contain_text(OTHER)
    note.get_by_text("Show what was kept").click()
    expect(note).to_contain_text("The letter is attached. And more.")
    behind.picture("two-windows")
    behind.seen()
    expect(behind.page.get_by_label("Your answer")).to_have_value(SHORT)
    behind.page.get_by_role("button", name="Keep what is written here instead").click()
    expect(note).to_contain_text("Draft saved at")
    assert behind.go(asked).get_by_label("Your answer").input_value() == SHORT


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_reviewer_with_two_windows_is_asked_too(live: Live) -> None:
    market = Market(live.office, password_hash=hash_password(PASSWORD))
    story = market.story()
    desk = Desk(market, story, market.dispute(story.stacy, story.contract, report=True)["case"])
    editor = f"/desk/actions/{desk.ready()}"
    rae = live.person()
    rae.sign_in("rae@example.org", PASSWORD, story.rae.secret)
    rae.go(editor)
    behind = Visitor(live, rae.page.context.new_page())
    behind.go(editor)
    weighed = "How you weighed it"
    rae.page.get_by_label(weighed).fill("That is why this is a warning.")
    expect(rae.page.locator("form .draft")).to_contain_text("Draft saved at")
    rae.page.get_by_label(weighed).fill("That is why this is a warning and not more.")
    expect(rae.page.locator("input[name=draft_version]")).to_have_value("3")
    behind.page.get_by_label(weighed).fill("Three weeks are enough.")
    note = behind.page.locator("form .draft")
    expect(note).to_contain_text(OTHER)
    note.get_by_text("Show what was kept").click()
    expect(note).to_contain_text("a warning and not more")
    behind.seen()
    behind.page.get_by_role("button", name="Keep what is written here instead").click()
    expect(note).to_contain_text("Draft saved at")
    assert rae.go(editor).get_by_label(weighed).input_value() == "Three weeks are enough."


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_who_leaves_a_window_leaves_nothing_of_theirs_in_it(live: Live, asked: str) -> None:
    """Journeys lend one window after another to people who know nothing of each other."""
    tim = live.person(viewport={"width": 360, "height": 740})
    tim.sign_in("tim@example.org", PASSWORD)
    tim.go(asked)
    tim.page.context.new_page()
    tim.page.set_viewport_size({"width": 1280, "height": 900})
    tim.go_away()
    other = live.person(viewport={"width": 360, "height": 740})
    assert other.page is tim.page, "the window is lent again"
    assert (other.page.url, other.page.viewport_size) == ("about:blank", {"width": 360, "height": 740})
    assert other.page.context.pages == [other.page]
    other.go(asked)
    assert other.page.get_by_label("Password").is_visible(), "nobody is signed in"
