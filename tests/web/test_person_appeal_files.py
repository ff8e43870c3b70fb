"""A file chosen in the form of an appeal is not lost, whichever button is pressed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.appeals.conftest import BODY, Bench
from tests.documents.making import SAMPLES
from tests.enforcement.conftest import with_exhibit
from tests.factories.market import Market, Story
from tests.web.conftest import Browser, Doors

AGAIN = "Please choose the file “letter.png” once more"


@pytest.fixture
def bench(market: Market, story: Story) -> Bench:
    made = Bench(market, story, market.dispute(story.stacy, story.contract, report=True)["case"])
    with_exhibit(made)
    made.action_ref = made.ready()
    made.issue(made.action_ref)
    return made


@pytest.fixture
def tim(doors: Doors, bench: Bench) -> Browser:
    return doors.open(bench.story.tim.person)


def press(tim: Browser, bench: Bench, step: str, **other: Any) -> TestResponse:
    said = {"action": bench.action_ref, "step": step, "grounds": ["not_the_rule"], "body": BODY}
    return tim.post("/appeals/new", **said | other)


def picture() -> tuple[io.BytesIO, str]:
    return io.BytesIO(SAMPLES["image/png"]), "letter.png"


def form_of(tim: Browser, bench: Bench) -> str:
    return tim.page(f"/appeals/new?action={bench.action_ref}")


def test_going_on_adds_the_file_that_was_described(bench: Bench, tim: Browser) -> None:
    answer = press(tim, bench, "check", file=picture(), description="The hospital's letter")
    assert answer.status_code == 200
    for words in ("Check your appeal, then send it", "letter.png", "The hospital&#39;s letter"):
        assert words in answer.text
    assert '<span class="number"><svg ' in answer.text, "what has no number yet shows a sheet"
    assert press(tim, bench, "send").status_code == 303


@pytest.mark.parametrize(("missing", "says"), [
    ({"body": ""}, "Say in your own words"), ({"grounds": []}, "Choose at least one reason"),
])
def test_the_file_stays_when_something_else_is_missing(
    bench: Bench, tim: Browser, missing: dict[str, Any], says: str
) -> None:
    answer = press(tim, bench, "check", file=picture(), description="The letter", **missing)
    assert (answer.status_code, says in answer.text, "letter.png" in answer.text) == (422, True, True)
    assert AGAIN not in answer.text
    assert 'value="The letter"' not in answer.text
    assert "letter.png" in form_of(tim, bench)


@pytest.mark.parametrize("step", ["add", "check", "keep"])
def test_without_a_description_the_page_says_to_choose_it_again(bench: Bench, tim: Browser, step: str) -> None:
    more = {"keep": "1"} if step == "keep" else {}
    answer = press(tim, bench, step, file=picture(), **more)
    assert answer.status_code == 422
    assert "Say in one line what this file shows." in answer.text
    assert AGAIN in answer.text
    assert BODY in answer.text


def test_keeping_the_draft_keeps_the_file_too(bench: Bench, tim: Browser) -> None:
    answer = press(tim, bench, "check", file=picture(), description="The letter", keep="1")
    assert (answer.status_code, "Your draft is kept" in answer.text) == (200, True)
    assert "letter.png" in form_of(tim, bench)


def test_a_description_without_its_file_is_not_dropped_in_silence(bench: Bench, tim: Browser) -> None:
    answer = press(tim, bench, "check", description="The letter")
    assert answer.status_code == 422
    assert "You described a file, but no file is chosen." in answer.text
    assert 'value="The letter"' in answer.text


def test_what_is_no_picture_is_refused_and_the_words_stay(bench: Bench, tim: Browser) -> None:
    answer = press(tim, bench, "check", file=(io.BytesIO(b"MZ\x90 no picture"), "x.exe"), description="The letter")
    assert (answer.status_code, "PDF, JPEG" in answer.text, BODY in answer.text) == (422, True, True)


def test_after_sending_the_page_says_the_same(bench: Bench, tim: Browser) -> None:
    answer = tim.post(f"/appeals/{bench.file()}/files", file=picture(), description=" ")
    assert (answer.status_code, AGAIN in answer.text) == (422, True)
