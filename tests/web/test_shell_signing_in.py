"""Signing in over HTTP: tries that count, forms pressed twice, a new session after confirming, forms that are kept."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.throttles import LIMITS
from portal.core.clock import MovedClock
from tests.factories.market import Market, Story
from tests.web.conftest import Browser, Doors
from tests.web.signing_in import HASH, HOME, PASSWORD, cookie_of, fields_of, opened_here, send, signed_in, twin_of


@pytest.fixture
def story(market: Market) -> Story:
    market.password_hash = HASH
    return market.story()


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


def test_the_menu_names_signing_in_once(visitor: FlaskClient) -> None:
    page = visitor.get("/menu", base_url=HOME).text
    assert page.split("<main")[1].count('href="/sign-in"') == 1
