"""From the page of their money somebody contests exactly what we hold; where they cannot, the page says why."""

from typing import Any

import pytest
from flask import Flask

from portal.appeals.rules import MONEY
from tests.appeals.conftest import Bench, opened_case, reported
from tests.enforcement.conftest import with_exhibit
from tests.factories.market import Market
from tests.web.conftest import Browser, Doors
from tests.web.desk_support import words_of

WHY = "The work was there on the day, and the client has it."


@pytest.fixture
def bench(app: Flask) -> Bench:
    """Tim is suspended, and the platform's own claim holds $400 of him."""
    market = Market(app.extensions["office"])
    story = market.story()
    reported(market, story)
    made = Bench(market, story, opened_case(market.office))
    with_exhibit(made)
    made.action_ref = made.ready()
    made.issue(made.action_ref, **made.hold())
    return made


@pytest.fixture
def tim(app: Flask, bench: Bench) -> Browser:
    return Doors(app, bench.market).open(bench.story.tim.person)


def sent(tim: Browser, bench: Bench, **other: Any) -> Any:
    fields = {"action": bench.action_ref, "step": "send", "grounds": [MONEY], "body": WHY}
    return tim.post("/appeals/new", **(fields | other))


def test_the_money_alone_is_contested_from_the_page_of_funds(tim: Browser, bench: Bench) -> None:
    assert f'href="/appeals/new?action={bench.action_ref}&amp;about=money"' in tim.page("/me/funds")
    page = tim.page(f"/appeals/new?action={bench.action_ref}&about=money")
    assert "Tell us why this money should not be on hold" in page and f'value="{MONEY}" checked' in page
    check = tim.post("/appeals/new", action=bench.action_ref, step="check", grounds=[MONEY], body=WHY)
    assert check.status_code == 200 and "You contest only the money." in check.text
    answer = sent(tim, bench)
    assert answer.status_code == 303 and "You contest only the money." in tim.page(str(answer.headers["Location"]))
    assert "You contested this decision. We have not answered yet." in words_of(tim.page("/me/funds"))


def test_after_our_answer_the_page_says_so_and_the_rest_can_be_contested(tim: Browser, bench: Bench) -> None:
    ref = bench.file(grounds=[MONEY])
    bench.decide(ref, "upheld")
    assert "You contested this, and we have answered. The money stays on hold until its day." in words_of(tim.page("/me/funds"))
    assert "This was about the money alone. You can still contest the rest" in words_of(tim.page(f"/appeals/{ref}"))
    assert "That was about the money alone." in words_of(tim.page(f"/me/actions/{bench.action_ref}"))
    page = tim.page(f"/appeals/new?action={bench.action_ref}")
    assert f'value="{MONEY}"' not in page and "You can still contest the rest of the decision." in page
    again = sent(tim, bench)
    assert again.status_code == 422 and 'href="#grounds"' in again.text


def test_what_is_held_no_more_is_refused_with_its_reason(app: Flask, bench: Bench) -> None:
    bench.later(days=31)
    answer = sent(Doors(app, bench.market).open(bench.story.tim.person), bench)
    assert answer.status_code == 422 and "This decision holds no money of yours any more" in answer.text
