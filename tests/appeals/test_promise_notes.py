"""Pages say which version of a promise counts for what runs, and why, where we changed it meanwhile."""

from pathlib import Path

import pytest
from lxml import html

from portal.accounts.models import Person
from portal.notices.operations import opening
from tests.appeals.conftest import Bench
from tests.factories.promising import clock_of, later, promise_anew
from tests.web.conftest import Browser, Doors

MINE, THEIRS = "The new time is better for you, so it counts", "The new time is better for the other side, so it counts"


def language(shop: Bench, code: str) -> None:
    """From now on Tim reads in that language."""
    shop.market.make(lambda work: setattr(work.db.get_one(Person, shop.story.tim.person.id), "language", code))


def words(browser: Browser, path: str) -> str:
    return " ".join(html.fromstring(browser.page(path)).text_content().split())


def test_nothing_is_said_where_nothing_changed(shop: Bench, tim: Browser) -> None:
    assert "We changed our promise" not in words(tim, f"/appeals/{shop.file()}")


def test_a_better_time_is_shown_with_both_days(shop: Bench, tim: Browser, tmp_path: Path) -> None:
    ref = shop.file()
    promise_anew(shop.market, tmp_path / "p", {"appeal_answer": {"length": 7}})
    assert "We changed our promise" not in words(tim, f"/appeals/{ref}")
    later(shop.market, days=2)
    said = words(tim, f"/appeals/{ref}")
    assert "We changed our promise 2.2, Our answer to an appeal, on Tuesday 24 November 2026." in said
    assert f"{MINE}: until Sunday 29 November 2026 instead of Sunday 6 December 2026." in said
    language(shop, "es")
    assert "El nuevo plazo es mejor para usted, así que es el que cuenta: hasta el domingo, 29 de noviembre" in words(
        tim, f"/appeals/{ref}").replace("domingo 29", "domingo, 29")


def test_a_worse_time_is_said_to_change_nothing(shop: Bench, tim: Browser, tmp_path: Path) -> None:
    ref = shop.file()
    promise_anew(shop.market, tmp_path / "p", {"appeal_answer": {"length": 30}})
    later(shop.market, days=2)
    first = "The new one is not better for you. So what we promised before still counts here: until Sunday 6 December 2026."
    assert first in words(tim, f"/appeals/{ref}")


def test_both_sides_of_a_dispute_read_whose_time_is_longer(shop: Bench, doors: Doors, tim: Browser, tmp_path: Path) -> None:
    ref = clock_of(shop.market, "dispute_answer").subject_ref
    shop.market.do(opening, shop.story.tim.actor, about_ref=ref)
    promise_anew(shop.market, tmp_path / "p", {"dispute_answer": {"length": 9}, "dispute_hold": {"length": 20}})
    later(shop.market, days=2)
    assert f"{MINE}: until" in words(tim, f"/disputes/{ref}")
    assert f"{THEIRS}: until" in words(doors.open(shop.story.stacy.person), f"/disputes/{ref}")
    assert "because both sides relied on it" in words(tim, "/me/funds")


@pytest.mark.parametrize("length", [3, 9])
def test_a_question_names_the_day_that_counts(shop: Bench, tim: Browser, tmp_path: Path, length: int) -> None:
    shop.ask()
    ref = clock_of(shop.market, "question").subject_ref
    promise_anew(shop.market, tmp_path / "p", {"question_answer": {"length": length}})
    later(shop.market, days=2)
    said = words(tim, f"/me/questions/{ref}")
    assert ("Please answer by Tuesday 1 December 2026" in said) == (length == 9)
    assert (MINE in said) == (length == 9)
