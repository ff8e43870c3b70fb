"""What no page of ours sends: an empty character in an address or a form's own fields, numbers beyond any; on both engines."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from portal.core.database import Database
from portal.web.shell.guard import WRITTEN
from tests.enforcement.conftest import Desk
from tests.factories.market import Market, Story
from tests.verification.making import Checks
from tests.web.conftest import CSRF, Browser, Doors

NUL = "a\x00"
HUGE = "9" * 30
NUMBERS = ("9" * 5_000, HUGE, "²", "٣", "-1")
ASKED = ("action", "after", "clause", "contract", "day", "filter", "item", "milestone", "next", "q", "ref", "language")


@pytest.fixture
def sqlite_database(database: Database) -> Database:
    """PostgreSQL refuses what SQLite keeps: here the whole application runs on each."""
    return database


def paths(app: Flask, method: str, text: str, number: str = HUGE) -> Iterator[str]:
    """Every address that takes this method, with this text and this number in its gaps."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()):
            filled = re.sub(r"<int[^>]*>", number, rule.rule)
            yield re.sub(r"<[^>]+>", text, filled)


@pytest.fixture
def visitors(doors: Doors, contested: Desk) -> list[Browser]:
    """Somebody who is not signed in, Tim, and the reviewer who holds the case."""
    nobody = Browser(doors.app.test_client())
    with nobody.client.session_transaction(base_url="https://localhost") as cookie:
        cookie["csrf"] = CSRF
    return [nobody, *(doors.open(one.person) for one in (contested.story.tim, contested.story.rae))]


def test_an_empty_character_in_an_address_leads_nowhere(app: Flask, visitors: list[Browser]) -> None:
    asked = "&".join(f"{name}=%00" for name in ASKED)
    wrong = [path for path in paths(app, "GET", "A%00") if "%00" in path]
    wrong += [f"{path}?{asked}" for path in paths(app, "GET", "A-22222222", "1")]
    found = {(path, visitor.get(path).status_code) for visitor in visitors for path in wrong}
    assert {(path, status) for path, status in found if status != 404} == set()


@pytest.mark.parametrize("names", [("csrf_token",), ("form_key",), WRITTEN[2:]], ids=["token", "key", "others"])
def test_an_empty_character_in_what_a_page_wrote_itself_is_refused(
    app: Flask, visitors: list[Browser], names: tuple[str, ...]
) -> None:
    for visitor in visitors:
        for path in paths(app, "POST", "A-22222222"):
            status = visitor.post(path, **dict.fromkeys(names, NUL)).status_code
            assert status in (404, 422), (path, status)


def test_an_address_and_a_password_nobody_can_have_are_said_at_the_field(visitors: list[Browser]) -> None:
    for typed in ({"email": "a\x00@b.example", "password": "x"}, {"email": "a@b.example", "password": "\x00"}):
        answer = visitors[0].post("/sign-in", **typed)
        assert (answer.status_code, 'aria-invalid="true"' in answer.text) == (422, True)


def test_a_number_beyond_any_in_an_address_leads_nowhere(contested: Desk, doors: Doors) -> None:
    action = contested.ready()
    contested.issue(action)
    tim, rae = doors.open(contested.story.tim.person), doors.open(contested.story.rae.person)
    own = f"/me/actions/{action}"
    for path in (f"{own}/exhibits/{HUGE}", f"{own}/statements/{HUGE}", f"{own}/statements/{HUGE}.json"):
        assert tim.get(path).status_code == 404
    assert rae.get(f"/desk/cases/{contested.case_ref}/exhibits/{HUGE}").status_code == 404


@pytest.fixture
def check(market: Market, story: Story) -> str:
    """An identity check that Tim has answered and Rae has taken."""
    made = Checks.begin(market, story)
    ref = str(made.ask()["item"])
    made.send(ref)
    made.take(ref)
    return ref


def test_a_version_that_is_no_number_changes_nothing(app: Flask, check: str, story: Story, doors: Doors) -> None:
    rae = doors.open(story.rae.person)
    chosen = {"outcome": "accepted", "until": "2027-11-01", "go": "send"}
    for number in NUMBERS:
        for path in (f"/desk/identity/{check}/take", f"/desk/identity/{check}"):
            status = rae.post(path, version=number, **chosen).status_code
            assert status in (403, 409, 422), (path, number[:40], status)


def test_a_draft_with_days_beyond_any_can_be_opened_again(contested: Desk, doors: Doors) -> None:
    rae, path = doors.open(contested.story.rae.person), f"/desk/cases/{contested.case_ref}/ask"
    contested.market.take(contested.story.rae, contested.case_ref)
    for number in NUMBERS:
        typed = {"clause": str(contested.clause()), "question": "What happened?", "days": number}
        assert rae.post(f"{path}/draft", **typed).status_code == 200
        assert rae.get(path).status_code == 200
