"""Where a letter withholds something, the appeal's form offers to contest that, and who decides reads what and why."""

import pytest

from portal.appeals.operations import contest_withheld, file_appeal
from portal.appeals.rules import GROUNDS, WITHHELD
from portal.enforcement.evidence import put_exhibit
from tests.enforcement.conftest import Desk
from tests.web.conftest import Doors

WORDS = "My neighbour saw him at the lake."
BODY = "I was in hospital for two weeks and told Stacy so on the first day."


@pytest.fixture
def ref(contested: Desk) -> str:
    """A suspension that rests on somebody else's message, which is withheld from Tim."""
    made, story = contested.ready(), contested.story
    kept = contested.market.do(
        put_exhibit, story.rae.actor, case_ref=contested.case_ref, kind="pasted", named=story.stacy.account.ref,
        description="A message of 14 November", quoted=WORDS, ground="protects_other_person",
    )
    contested.issue(made, exhibits=["1", str(kept["exhibit"])])
    return made


def test_the_form_offers_it(doors: Doors, contested: Desk, ref: str) -> None:
    browser = doors.open(contested.story.tim.person)
    page = browser.page(f"/appeals/new?action={ref}")
    assert f'value="{WITHHELD}"' in page and GROUNDS[WITHHELD] in page
    check = browser.post("/appeals/new", action=ref, step="check", grounds=[WITHHELD], body=BODY)
    assert check.status_code == 200 and GROUNDS[WITHHELD] in check.text
    sent = browser.post("/appeals/new", action=ref, step="send", grounds=[WITHHELD], body=BODY)
    assert sent.status_code == 303
    page = browser.page(sent.headers["Location"])
    assert GROUNDS[WITHHELD] in page and WORDS not in page


def test_the_account_page_says_what_we_owe_an_answer_to(doors: Doors, contested: Desk, ref: str) -> None:
    sent = contested.market.do(contest_withheld, contested.story.tim.actor, action_ref=ref, body=BODY)["appeal"]
    page = doors.open(contested.story.tim.person).page("/me")
    assert "Our answer about what a letter withholds, by" in page and f'href="/appeals/{sent}"' in page
    asked = doors.open(contested.story.tim.person).page(f"/appeals/{sent}")
    assert "Then nobody looks at what is withheld" in asked and "Yes, withdraw it" in asked


def test_nothing_of_it_where_everything_is_shown(doors: Doors, contested: Desk) -> None:
    shown = contested.ready()
    contested.issue(shown)
    browser = doors.open(contested.story.tim.person)
    assert f'value="{WITHHELD}"' not in browser.page(f"/appeals/new?action={shown}")
    check = browser.post("/appeals/new", action=shown, step="check", grounds=[WITHHELD], body=BODY)
    assert check.status_code == 422 and "Choose at least one reason" in check.text


def test_who_decides_reads_what_is_withheld_and_why(doors: Doors, contested: Desk, ref: str) -> None:
    tim, ola = contested.story.tim, contested.story.ola
    made = contested.market.do(file_appeal, tim.actor, action_ref=ref, grounds=[WITHHELD], body=BODY)
    page = doors.open(ola.person).page(f"/desk/appeals/{made['appeal']}")
    assert "What is withheld from the person, and why" in page
    assert "It shows another person&#39;s words or data" in page and WORDS in page
    assert f'name="ground_{WITHHELD}"' in page
