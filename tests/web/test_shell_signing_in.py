"""Signing in over HTTP: tries that count, forms pressed twice, a new session after confirming, forms that are kept."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.passwords import hash_password
from portal.accounts.throttles import LIMITS
from portal.core.clock import MovedClock
from tests.enforcement.conftest import Desk, with_exhibit
from tests.factories.market import Market, Party, Story
from tests.web.conftest import Browser, Doors

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD)
HOME = "https://localhost"
TYPED = "I sent the first drawing on Monday."


@pytest.fixture
def story(market: Market) -> Story:
    market.password_hash = HASH
    return market.story()


@pytest.fixture
def visitor(doors: Doors) -> FlaskClient:
    return doors.app.test_client()


def hidden(page: str, name: str) -> str:
    found = re.findall(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return unescape(found[-1])


def fields_of(browser: FlaskClient, path: str = "/sign-in") -> dict[str, str]:
    page = browser.get(path, base_url=HOME).text
    return {name: hidden(page, name) for name in ("csrf_token", "form_key")}


def send(browser: FlaskClient, path: str, fields: dict[str, Any], **more: Any) -> TestResponse:
    return browser.post(path, data={**fields, **more}, base_url=HOME)


def cookie_of(browser: FlaskClient) -> str:
    found = browser.get_cookie("__Host-portal")
    assert found is not None
    return found.value


def twin_of(doors: Doors, browser: FlaskClient) -> FlaskClient:
    """The same browser as it is now: what it sends a second time carries the cookie of now."""
    twin = doors.app.test_client()
    twin.set_cookie("__Host-portal", cookie_of(browser), secure=True)
    return twin


def test_the_same_form_again_counts_as_a_try(visitor: FlaskClient, story: Story) -> None:
    fields = {**fields_of(visitor), "email": "tim@example.org"}
    for _ in range(10):
        assert "do not belong together" in send(visitor, "/sign-in", fields, password="wrong").text
    assert "Too many tries" in send(visitor, "/sign-in", fields, password=PASSWORD).text


def test_the_page_of_the_digits_stays_and_asks_for_the_password_again(visitor: FlaskClient, story: Story) -> None:
    """It was left empty: nothing was wrong and nothing was tried, and the digits stay where they were typed."""
    fields = {**fields_of(visitor), "email": story.rae.person.email, "password": PASSWORD}
    asked = send(visitor, "/sign-in", fields)
    assert asked.status_code == 200 and 'name="code"' in asked.text
    again = send(visitor, "/sign-in", {**fields, "password": ""}, code="123456")
    assert again.status_code == 422 and "Enter your password again" in again.text
    assert "do not belong together" not in again.text
    assert re.search(r'name="code"[^>]*value="123456"', again.text)
    wrong = send(visitor, "/sign-in", {**fields, "password": "wrong"}, code="123456").text
    assert "do not belong together" in wrong and 'name="code"' in wrong
    assert send(visitor, "/sign-in", fields, code=story.rae.code()).status_code == 303


def test_one_place_may_try_sixty_addresses(visitor: FlaskClient, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.web.public.signing_in.password_fits", lambda stored, password: password == PASSWORD)
    fields = fields_of(visitor)

    def tried(source: str, email: str, password: str) -> TestResponse:
        data = {**fields, "email": email, "password": password}
        return visitor.post("/sign-in", data=data, base_url=HOME, environ_base={"REMOTE_ADDR": source})

    for number in range(60):
        assert "do not belong together" in tried("11.22.33.44", f"a{number}@example.org", "x").text
    assert "Too many tries" in tried("11.22.33.44", "tim@example.org", PASSWORD).text
    assert tried("10.0.0.1", "tim@example.org", PASSWORD).status_code == 303


STRANGER, NEIGHBOUR, TIMS = "2a00:1450:4001::1", "2a00:1450:4001::2", "11.22.33.44"


@pytest.fixture
def tries(visitor: FlaskClient, story: Story, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], TestResponse]:
    """One try to sign in as Tim, from somewhere."""
    monkeypatch.setattr("portal.web.public.signing_in.password_fits", lambda stored, password: password == PASSWORD)
    fields = {**fields_of(visitor), "email": "tim@example.org"}
    return lambda source, password: visitor.post(
        "/sign-in", data={**fields, "password": password}, base_url=HOME, environ_base={"REMOTE_ADDR": source}
    )


def test_a_stranger_shuts_nobody_out(tries: Callable[[str, str], TestResponse]) -> None:
    for _ in range(10):
        assert "do not belong together" in tries(STRANGER, "wrong").text
    assert "Too many tries" in tries(NEIGHBOUR, PASSWORD).text
    assert tries(TIMS, PASSWORD).status_code == 303


def test_one_place_has_one_count_however_it_is_written(tries: Callable[[str, str], TestResponse]) -> None:
    for _ in range(10):
        tries(f"::ffff:{TIMS}", "wrong")
    assert "Too many tries" in tries(TIMS, PASSWORD).text


def test_many_places_together_do_not_try_for_ever(
    tries: Callable[[str, str], TestResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "sign_in_subject", (20, timedelta(hours=1)))
    for number in range(20):
        tries(f"11.22.{number}.1", "wrong")
    refused = tries(TIMS, PASSWORD).text
    assert "Too many tries" in refused
    assert "The link in it signs you in" in refused


def test_confirming_again_counts_whatever_the_form_says(doors: Doors, story: Story) -> None:
    tim = doors.open(story.tim.person)
    for _ in range(10):
        assert "not your password" in tim.post("/step-up", password="wrong", form_key="same").text
    assert "Too many tries" in tim.post("/step-up", password=PASSWORD, form_key="same").text


def test_signing_in_by_a_double_press_enters_twice(doors: Doors, visitor: FlaskClient, story: Story) -> None:
    fields = {**fields_of(visitor), "email": "tim@example.org", "password": PASSWORD}
    twin = twin_of(doors, visitor)
    for browser in (visitor, twin, visitor):
        assert send(browser, "/sign-in", fields).status_code == 303
        assert browser.get("/me", base_url=HOME).status_code == 200


def test_a_link_opened_by_a_double_press_enters_twice(doors: Doors, visitor: FlaskClient, story: Story) -> None:
    path = "/in/" + doors.link(story.tim.person, "C-22222222", "/me")
    fields = fields_of(visitor, path)
    twin, stranger = twin_of(doors, visitor), doors.app.test_client()
    for browser in (visitor, twin, visitor):
        assert send(browser, path, fields).status_code == 303
        assert browser.get("/me", base_url=HOME).status_code == 200
    other = {**fields_of(stranger), "form_key": fields["form_key"]}
    assert send(stranger, path, other).status_code == 422
    assert stranger.get("/me", base_url=HOME).status_code == 401


def test_confirming_gives_the_session_a_new_token(doors: Doors, story: Story, clock: MovedClock) -> None:
    tim = doors.open(story.tim.person)
    before = twin_of(doors, tim.client)
    assert tim.post("/step-up", password=PASSWORD, target="/me").status_code == 303
    assert cookie_of(tim.client) != cookie_of(before)
    assert tim.get("/me").status_code == 200
    clock.advance(seconds=61)
    assert tim.get("/me").status_code == 200
    assert before.get("/me", base_url=HOME).status_code == 401


def test_a_request_under_way_while_confirming_is_answered_and_signs_nobody_out(doors: Doors, story: Story) -> None:
    tim = doors.open(story.tim.person)
    under_way = twin_of(doors, tim.client)
    assert tim.post("/step-up", password=PASSWORD, target="/me").status_code == 303
    for answer in (under_way.get("/me", base_url=HOME), under_way.get("/me/security", base_url=HOME)):
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    assert under_way.get("/me/security", base_url=HOME).text.count("Signed in on") == 2
    assert tim.page("/me/security").count("Signed in on") == 1


def test_signing_out_also_ends_the_token_from_before(doors: Doors, story: Story) -> None:
    tim = doors.open(story.tim.person)
    before = twin_of(doors, tim.client)
    tim.post("/step-up", password=PASSWORD, target="/me")
    assert tim.post("/sign-out").status_code == 303
    assert before.get("/me", base_url=HOME).status_code == 401


def opened_here(doors: Doors, browser: FlaskClient, who: Party) -> None:
    """Opens a mailed link of that person in this browser."""
    path = "/in/" + doors.link(who.person, "C-22222222", "/me")
    assert send(browser, path, fields_of(browser, path)).status_code == 303


def signed_in(browser: FlaskClient) -> FlaskClient:
    assert send(browser, "/sign-in", fields_of(browser), email="tim@example.org", password=PASSWORD).status_code == 303
    return browser


def test_signing_out_also_ends_the_session_before_a_link(doors: Doors, visitor: FlaskClient, story: Story) -> None:
    before = twin_of(doors, signed_in(visitor))
    opened_here(doors, visitor, story.tim)
    assert before.get("/me", base_url=HOME).status_code == 200
    send(visitor, "/sign-out", fields_of(visitor, "/menu"))
    assert before.get("/me", base_url=HOME).status_code == 401


@pytest.mark.parametrize("who", ["tim", "stacy"])
def test_a_browser_has_one_session(doors: Doors, visitor: FlaskClient, story: Story, clock: MovedClock, who: str) -> None:
    before = twin_of(doors, signed_in(visitor))
    opened_here(doors, visitor, getattr(story, who))
    clock.advance(seconds=61)
    assert [one.get("/me", base_url=HOME).status_code for one in (visitor, before)] == [200, 401]


def test_a_link_pressed_twice_while_signed_in_enters_twice(doors: Doors, visitor: FlaskClient, story: Story) -> None:
    signed_in(visitor)
    path = "/in/" + doors.link(story.tim.person, "C-22222222", "/me")
    fields, twin = fields_of(visitor, path), twin_of(doors, visitor)
    for browser in (visitor, twin, visitor):
        assert send(browser, path, fields).status_code == 303
        assert browser.get("/me", base_url=HOME).status_code == 200


def test_confirming_keeps_a_link_to_its_day(doors: Doors, visitor: FlaskClient, story: Story, clock: MovedClock) -> None:
    opened_here(doors, signed_in(visitor), story.tim)
    fields = fields_of(visitor, "/step-up")
    assert send(visitor, "/step-up", fields, password=PASSWORD, target="/me").status_code == 303
    clock.advance(hours=23)
    assert visitor.get("/me", base_url=HOME).status_code == 200
    clock.advance(hours=2)
    assert visitor.get("/me", base_url=HOME).status_code == 401


def test_two_windows_that_confirm_at_once_both_stay(doors: Doors, story: Story, clock: MovedClock) -> None:
    tim = doors.open(story.tim.person)
    twin = Browser(twin_of(doors, tim.client))
    for browser in (tim, twin):
        assert browser.post("/step-up", password=PASSWORD, target="/me").status_code == 303
    clock.advance(seconds=3600)
    assert [browser.get("/me").status_code for browser in (tim, twin)] == [200, 200]


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


def test_the_menu_names_signing_in_once(visitor: FlaskClient) -> None:
    page = visitor.get("/menu", base_url=HOME).text
    assert page.split("<main")[1].count('href="/sign-in"') == 1
