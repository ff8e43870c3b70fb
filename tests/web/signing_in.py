"""Somebody at the sign-in page with a browser that is nobody yet: what is in its forms, and what it sends."""

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.passwords import hash_password
from tests.factories.market import Party
from tests.web.conftest import Doors

PASSWORD = "correct horse battery"

HASH = hash_password(PASSWORD)

HOME = "https://localhost"

TYPED = "I sent the first drawing on Monday."


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


def opened_here(doors: Doors, browser: FlaskClient, who: Party) -> None:
    """Opens a mailed link of that person in this browser."""
    path = "/in/" + doors.link(who.person, "C-22222222", "/me")
    assert send(browser, path, fields_of(browser, path)).status_code == 303


def signed_in(browser: FlaskClient) -> FlaskClient:
    assert send(browser, "/sign-in", fields_of(browser), email="tim@example.org", password=PASSWORD).status_code == 303
    return browser
