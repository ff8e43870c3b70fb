"""Requests that nobody of ours would send, addresses that lead elsewhere, and WTForms' own sentences."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from wtforms import IntegerField, StringField
from wtforms.validators import Length, NumberRange

from portal.app import create_app
from portal.core.clock import MovedClock
from portal.core.errors import StepUpNeeded
from portal.web.public.home import own_path
from portal.web.shell import guard
from portal.web.shell.errors import _refused
from portal.web.shell.forms import PortalForm, Sentences
from tests.factories.market import Story
from tests.web.conftest import CSRF, Doors

HOME = "https://localhost"
ELSEWHERE = [
    "//evil.example", "/\\evil.example", "/\t/evil.example", "/\r/evil.example", "/\x00/evil.example", "/a\\b", "/a b", "/a\x7f",
    "https://evil.example/", "evil.example", "", None, "///evil.example",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_an_address_elsewhere_is_not_followed(target: str | None) -> None:
    assert own_path(target, "/me") == "/me"


@pytest.mark.parametrize("target", ["/", "/me", "/rules/a/2026-01-01#b", "/desk?filter=mine&after=1", "/x?next=https://a.example/"])
def test_an_address_of_ours_is_followed(target: str) -> None:
    assert own_path(target) == target


@pytest.mark.parametrize(("origin", "status"), [
    ("https://localhost", 303), ("http://localhost:8000", 303), ("http://[::1", 403), ("https://localhost:bad", 403),
    ("https://evil.example", 403), ("http://localhost", 403),
])
def test_a_form_comes_from_our_own_pages(doors: Doors, story: Story, origin: str, status: int) -> None:
    tim = doors.open(story.tim.person)
    fields = {"csrf_token": CSRF, "language": "en"}
    answer = tim.client.post("/language", data=fields, base_url=HOME, headers={"Origin": origin})
    assert answer.status_code == status


def test_the_page_to_go_on_to_keeps_its_whole_address(app: Flask) -> None:
    with app.test_request_context("/desk?filter=mine&after=1"):
        place = _refused(StepUpNeeded()).location
    assert parse_qs(urlsplit(place).query) == {"next": ["/desk?filter=mine&after=1"]}


class Sample(PortalForm):
    """Fields with WTForms' own checks."""

    line = StringField("Line", [Length(max=3)])
    days = IntegerField("Days", [NumberRange(min=1, max=9)])


@pytest.mark.parametrize("code", ["en", "es"])
def test_wtforms_puts_the_values_in(app: Flask, code: str) -> None:
    sent = {"line": "1000", "days": "1000"}
    with app.test_request_context("/language", method="GET", data=sent, headers={"Accept-Language": code}):
        app.preprocess_request()
        from_browser = Sample.sent()
        assert not from_browser.validate()
        assert [[n for n in "39" if n in str(message)] for _id, message in from_browser.summary] == [["3"], ["9"]]


@pytest.mark.parametrize(("number", "says"), [(1, "in %(num)s hour"), (2, "in %(num)s hours")])
def test_the_gaps_stay_in_the_sentence(app: Flask, number: int, says: str) -> None:
    with app.test_request_context("/"):
        app.preprocess_request()
        assert Sentences().ngettext("in %(num)s hour", "in %(num)s hours", number) == says


def test_a_mistake_of_ours_is_one_line_of_the_log_without_anybodys_words(
    visitor: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The words of an error can quote what people wrote, and begin a line that looks like another event."""
    def broken() -> str:
        raise ValueError("Tim's address is tim@example.org\nERROR somebody else did it")

    monkeypatch.setitem(app.view_functions, "public.home", guard.open_to_all(broken))
    answer = visitor.get("/?said=secret", base_url=HOME)
    [line] = [record.getMessage() for record in caplog.records]
    told = json.loads(line)
    assert answer.status_code == 500 and told["reference"] in answer.text and 'href="mailto:portal@localhost"' in answer.text
    assert (told["event"], told["endpoint"], told["error"]) == ("error", "public.home", "ValueError")
    assert told["at"].startswith("test_shell_requests.py:")
    assert not {word for word in ("tim@", "somebody else", "secret", "\n") if word in line}


def test_a_new_secret_key_signs_nobody_out_and_loses_no_form(
    app: Flask, doors: Doors, story: Story, clock: MovedClock
) -> None:
    tim, settings = doors.open(story.tim.person), app.extensions["settings"]
    for key, former, status in (("n" * 32, (settings.secret_key,), 200), ("n" * 32, (), 401)):
        changed = replace(settings, secret_key=key, former_secret_keys=former)
        newer = create_app(changed, clock=clock, database=doors.market.office.database).test_client()
        cookie = tim.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        newer.set_cookie(cookie.key, cookie.value, secure=True)
        assert newer.get("/me", base_url=HOME).status_code == status
