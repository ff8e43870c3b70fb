"""A form that arrives after its session ended is kept, for the person of that session only."""

import io
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.core.clock import MovedClock
from tests.enforcement.conftest import Desk, with_exhibit
from tests.factories.market import Market, Story
from tests.web.conftest import Browser, Doors
from tests.web.signing_in import HASH, PASSWORD, TYPED, fields_of, hidden, send


@pytest.fixture
def story(market: Market) -> Story:
    market.password_hash = HASH
    return market.story()


def ended(doors: Doors, story: Story) -> Browser:
    """Tim's browser after its session was ended elsewhere."""
    tim = doors.open(story.tim.person)
    other = doors.open(story.tim.person)
    key = other.page("/me/security").split('action="/me/security/sessions/')[1].split("/")[0]
    assert other.post(f"/me/security/sessions/{key}/end").status_code == 303
    return tim


def sent_too_late(tim: Browser) -> str:
    """What the sign-in page carries after a form came without a session."""
    answer = tim.post("/disputes/new", reason=TYPED)
    assert answer.status_code == 401
    return hidden(answer.text, "kept")


def entered(browser: FlaskClient, email: str, kept: str) -> TestResponse:
    return send(browser, "/sign-in", fields_of(browser), email=email, password=PASSWORD, kept=kept)


def test_a_kept_form_comes_back_to_its_person(doors: Doors, story: Story) -> None:
    tim = ended(doors, story)
    assert TYPED in entered(tim.client, "tim@example.org", sent_too_late(tim)).text


def test_a_kept_form_is_shown_to_nobody_else(doors: Doors, story: Story) -> None:
    tim = ended(doors, story)
    answer = entered(tim.client, "stacy@example.org", sent_too_late(tim))
    assert answer.status_code == 303
    assert TYPED not in answer.text


def test_a_kept_form_is_kept_for_an_hour(doors: Doors, story: Story, clock: MovedClock) -> None:
    tim = ended(doors, story)
    kept = sent_too_late(tim)
    clock.advance(seconds=3601)
    assert entered(tim.client, "tim@example.org", kept).status_code == 303


def test_without_an_old_session_only_the_page_is_kept(visitor: FlaskClient, story: Story) -> None:
    answer = send(visitor, "/disputes/new", fields_of(visitor), reason=TYPED)
    assert answer.status_code == 401
    assert (hidden(answer.text, "kept"), hidden(answer.text, "target")) == ("", "/disputes/new")


@dataclass
class Window:
    """A window that still shows the form of a session that was left."""

    browser: Browser
    action: str
    marks: dict[str, str]

    def send(self, **more: Any) -> TestResponse:
        return self.browser.post("/appeals/new", action=self.action, body=TYPED, step="check", **self.marks, **more)


@pytest.fixture
def left(doors: Doors, market: Market, story: Story) -> Window:
    """Tim writes an appeal in one window and has signed out in another one."""
    desk = with_exhibit(Desk(market, story, market.dispute(story.stacy, story.contract, report=True)["case"]))
    action = desk.issue(desk.ready())["action"]
    tim = doors.open(story.tim.person)
    page = tim.page(f"/appeals/new?action={action}")
    assert tim.post("/sign-out").status_code == 303
    return Window(tim, action, {name: hidden(page, name) for name in ("csrf_token", "form_key")})


def test_what_is_sent_after_signing_out_in_another_window_is_kept(left: Window) -> None:
    late = left.send(file=(io.BytesIO(b""), ""))
    assert "You were signed out. What you typed is kept" in late.text
    page = entered(left.browser.client, "tim@example.org", hidden(late.text, "kept")).text
    assert TYPED in page
    assert "Go on with what I wrote</button>" in page, "it leads to the page that checks, and says so"
    assert "Files have to be chosen again" not in page, "there was none"
    assert hidden(page, "action") == left.action


def test_files_that_were_chosen_have_to_be_chosen_again(left: Window) -> None:
    kept = hidden(left.send(file=(io.BytesIO(b"x"), "x.png")).text, "kept")
    assert "Files have to be chosen again" in entered(left.browser.client, "tim@example.org", kept).text


def test_whoever_signs_in_there_next_sees_nothing_of_it(left: Window) -> None:
    kept = hidden(left.send().text, "kept")
    answer = entered(left.browser.client, "stacy@example.org", kept)
    assert (answer.status_code, TYPED in answer.text) == (303, False)
    again = left.send()
    assert (again.status_code, TYPED in again.text) == (422, False)


def test_a_browser_that_lost_its_cookies_is_told_and_led_back(left: Window, visitor: FlaskClient) -> None:
    page = send(visitor, "/appeals/new", fields_of(visitor), action=left.action, body=TYPED)
    assert "What was saved as a draft is there after you sign in." in page.text
    assert hidden(page.text, "target") == f"/appeals/new?action={left.action}"
