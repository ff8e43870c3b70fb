"""Where a rule rests only on what its person cannot see, the desk's page says so and offers only what is possible."""

import re

import pytest

from portal.appeals.operations import contest_withheld, file_appeal
from tests.enforcement.conftest import Desk
from tests.web.conftest import Browser, Doors

BODY = "I was in hospital for two weeks and told Stacy so on the first day."
WORDS = "Twelve equal messages within one hour."
ALONE = "rests only on what the person cannot see"


@pytest.fixture
def ref(contested: Desk) -> str:
    """A suspension for which the letter names no exhibit, because that would say how such things are noticed."""
    made = contested.ready()
    contested.issue(made, exhibits=[], no_exhibit="shows_detection")
    return made


def outcomes(page: str) -> list[str]:
    return re.findall(r'name="outcome"[^>]*value="(\w+)"', page)


def sent(browser: Browser, path: str, **form: str) -> int:
    version = re.search(r'name="version" value="(\d+)"', browser.page(path.rsplit("/", 1)[0]))
    assert version is not None
    return browser.post(path, version=version[1], **form).status_code


def test_it_is_shown_from_the_appeal_and_then_everything_is_possible(doors: Doors, contested: Desk, ref: str) -> None:
    story, do = contested.story, contested.market.do
    appeal = do(file_appeal, story.tim.actor, action_ref=ref, grounds=["not_me"], body=BODY)["appeal"]
    ola, path = doors.open(story.ola.person, fresh=True), f"/desk/appeals/{appeal}"
    page = ola.page(path)
    assert ALONE in page and outcomes(page) == ["reversed"]
    assert sent(ola, f"{path}/disclose", shown=" ") == 422
    assert sent(ola, f"{path}/disclose", shown=WORDS) == 303
    page = ola.page(path)
    assert ALONE not in page and outcomes(page) == ["upheld", "partially_reversed", "reversed"]
    assert WORDS in doors.open(story.tim.person).page(f"/me/actions/{ref}")


def test_who_had_a_part_can_show_it_too(doors: Doors, contested: Desk, ref: str) -> None:
    appeal = contested.market.do(
        file_appeal, contested.story.tim.actor, action_ref=ref, grounds=["not_me"], body=BODY)["appeal"]
    rae, path = doors.open(contested.story.rae.person, fresh=True), f"/desk/appeals/{appeal}"
    assert sent(rae, f"{path}/disclose", shown=WORDS) == 303
    assert outcomes(rae.page(path)) == ["reversed"]


def test_what_is_contested_by_itself_offers_only_to_show_it(doors: Doors, contested: Desk, ref: str) -> None:
    asked = contested.market.do(contest_withheld, contested.story.tim.actor, action_ref=ref, body=BODY)["appeal"]
    page = doors.open(contested.story.ola.person).page(f"/desk/withheld/{asked}")
    assert ALONE in page and outcomes(page) == ["reversed"]
