"""While the database does not answer, every page says so; none is kept by a browser, and no form is helped to what it lacks."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from sqlalchemy.exc import OperationalError

from portal.core.ids import new_token
from portal.web.shell import guard
from tests.factories.market import Story
from tests.web.conftest import CSRF, Browser, Doors

TYPED = "He asked me on 3 November to pay him outside of the marketplace. The message is in our inbox there."


@pytest.fixture
def stacy(doors: Doors, story: Story) -> Browser:
    return doors.open(story.stacy.person)


@pytest.fixture
def form(story: Story) -> dict[str, str]:
    return {"contract": story.contract.ref, "happened": TYPED, "form_key": new_token()[:40]}


@pytest.fixture
def locked(stacy: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Not even who is reading can be found out."""

    def refuse(*_args: object) -> NoReturn:
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr(guard, "session_of", refuse)
    return stacy


def send(browser: Browser, fields: dict[str, Any], **headers: str) -> Any:
    return browser.client.post("/reports/new", data=fields, base_url="https://localhost", headers=headers)


@pytest.mark.parametrize("path", ["/me", "/nowhere", "/me/%00", "/reports/new?contract=%00", "/static/nothing.css"])
def test_also_what_is_not_there_says_that_we_are_busy(locked: Browser, path: str) -> None:
    answer = locked.get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert int(answer.headers["Retry-After"]) > 0 and "Nothing was lost" in answer.text


def test_who_only_asks_whether_we_live_hears_it(locked: Browser) -> None:
    assert locked.get("/healthz").status_code == 200


def test_what_was_typed_is_on_a_page_that_no_browser_keeps(locked: Browser, form: dict[str, str]) -> None:
    answer = send(locked, form | {"csrf_token": CSRF})
    assert answer.status_code == 503 and TYPED in answer.text and answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("token", ["", "f" * 48])
def test_a_form_without_our_token_gets_none(locked: Browser, form: dict[str, str], token: str) -> None:
    answer = send(locked, form | {"csrf_token": token})
    assert answer.status_code == 503 and re.findall(r'name="csrf_token" value="([^"]*)"', answer.text) == [token]


def test_a_form_of_another_page_is_not_offered_again(locked: Browser, form: dict[str, str]) -> None:
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = send(locked, form | {"csrf_token": CSRF}, **headers)
        assert answer.status_code == 503 and TYPED not in answer.text and "<form" not in answer.text


def test_what_is_no_token_of_ours_is_refused_when_it_comes(stacy: Browser, form: dict[str, str]) -> None:
    assert send(stacy, form | {"csrf_token": ""}).status_code == 422
