"""Files in the form that opens a dispute, without any script: added, described, taken away, checked, sent, opened."""

import io
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.documents.making import SAMPLES
from tests.factories.market import Story
from tests.web.conftest import Browser, Doors
from tests.web.test_person_disputes import count, typed

PNG = SAMPLES["image/png"]
FORM = "/disputes/new"


@pytest.fixture
def stacy(doors: Doors, story: Story) -> Browser:
    return doors.open(story.stacy.person)


def send(
    browser: Browser, story: Story, step: str, content: bytes | None = PNG, description: str = "", **other: Any
) -> TestResponse:
    file = {"file": (io.BytesIO(content), "drawing.png")} if content is not None else {}
    return browser.post(FORM, **typed(story, step=step, description=description, **file, **other))


def page(browser: Browser, story: Story) -> str:
    return browser.page(f"{FORM}?contract={story.contract.ref}&milestone=1")


def refs(text: str) -> list[str]:
    return re.findall(r'value="remove:(D-\w+)"', text)


def test_from_the_first_file_to_the_other_side(doors: Doors, stacy: Browser, story: Story) -> None:
    added = send(stacy, story, "add", description="The drawing of Friday")
    assert (added.status_code, added.location) == (303, f"{FORM}?contract={story.contract.ref}&milestone=1#files")
    form = page(stacy, story)
    assert all(words in form for words in ("The drawing of Friday", "One drawing, then nothing.</textarea>", 'value="400.00"'))
    assert 'value="The drawing of Friday"' not in form
    check = send(stacy, story, "check", description="The second one")
    assert check.status_code == 200
    assert all(words in check.text for words in ("2 files", "The drawing of Friday", "The second one"))
    carried = re.findall(r'name="added" value="(D-\w+)"', check.text.split("<form")[-2])
    assert len(carried) == 2
    sent = send(stacy, story, "send", None, added=carried)
    assert sent.status_code == 303
    tim = doors.open(story.tim.person)
    theirs = tim.page(sent.location)
    assert theirs.index("The drawing of Friday") < theirs.index("The second one")
    found = re.findall(rf"{sent.location}/exhibits/\d+", theirs)
    assert tim.get(found[0]).status_code == 200
    assert count(doors, story) == 1


@pytest.mark.parametrize(("content", "description", "words"), [
    (b"no picture", "The drawing", "PDF, JPEG or PNG"), (PNG, "", "Say in one line what this file shows."),
    (b"", "The drawing", "empty"), (None, "The drawing", "Choose a file first."), (PNG, "x" * 301, "300"),
])
def test_a_refused_file_loses_nothing(
    doors: Doors, stacy: Browser, story: Story, content: bytes | None, description: str, words: str
) -> None:
    refused = send(stacy, story, "add", content, description)
    assert refused.status_code == 422
    assert words in refused.text
    for kept in ("One drawing, then nothing.</textarea>", "A first version within ten days.</textarea>", 'value="400.00"'):
        assert kept in refused.text
    assert refs(page(stacy, story)) == []


def test_a_refused_file_stops_the_check(stacy: Browser, story: Story) -> None:
    for content, description in ((b"no picture", "The drawing"), (PNG, "")):
        checked = send(stacy, story, "check", content, description)
        assert checked.status_code == 422
        assert "Check and send</" in checked.text and "What Tim Okafor will read" not in checked.text
    described = send(stacy, story, "check", None, "The drawing")
    assert (described.status_code, "but no file is chosen" in described.text) == (422, True)


def test_a_file_comes_along_when_the_draft_is_kept(stacy: Browser, story: Story) -> None:
    kept = send(stacy, story, "check", description="The drawing", keep="1")
    assert (kept.status_code, "Your draft is kept" in kept.text) == (200, True)
    assert len(refs(page(stacy, story))) == 1


def test_a_file_is_taken_away(stacy: Browser, story: Story) -> None:
    for n in range(2):
        send(stacy, story, "add", description=f"File {n}")
    first, _ = refs(page(stacy, story))
    assert send(stacy, story, f"remove:{first}", None).status_code == 303
    assert "File 0" not in page(stacy, story)
    assert send(stacy, story, f"remove:{first}", None).status_code == 404
    assert "One drawing, then nothing.</textarea>" in page(stacy, story)


def test_what_was_added_in_another_window_is_checked_first(doors: Doors, stacy: Browser, story: Story) -> None:
    assert send(stacy, story, "check", None).status_code == 200
    send(stacy, story, "add", description="Seen too late")
    refused = send(stacy, story, "send", None)
    assert (refused.status_code, "have changed since you checked it" in refused.text) == (409, True)
    assert "Seen too late" in refused.text
    assert count(doors, story) == 0
