"""Money in a decision: what a claim could hold is said before, what is not there is refused, and the bar shows all of it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.core.clock import MovedClock
from portal.core.database import Database
from tests.web.desk_support import Desk, open_desk, words_of


@pytest.fixture
def desk(sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> Desk:
    return open_desk(sqlite_database, clock, tmp_path)


def contested(desk: Desk, amount_minor: int) -> str:
    """A draft in the case of a dispute over that much of the first milestone of $400."""
    case = desk.market.dispute(desk.story.stacy, desk.story.contract, amount_minor, report=True)["case"]
    desk.heard(str(case))
    return desk.drafted(str(case))


def claiming(desk: Desk, draft: str, amount: str) -> Any:
    ends_on = (desk.market.day() + timedelta(days=22)).isoformat()
    place = f"{desk.story.contract.ref}:1:USD"
    fields = desk.decision(measure="suspension", ends_on=ends_on, hold_place=place, hold_amount=amount)
    return desk.send(f"/desk/actions/{draft}/preview", fields)


def test_a_claim_with_nothing_behind_it_is_refused_at_its_field(desk: Desk) -> None:
    draft = contested(desk, 40_000)
    assert "milestone 1, $400.00 USD ($0.00 USD can be held now)" in words_of(desk.get(f"/desk/actions/{draft}"))
    answer = claiming(desk, draft, "400")
    assert answer.status_code == 422
    assert 'href="#hold_amount"' in answer.text and "Nothing of this milestone is there to be held" in answer.text


def test_the_bar_shows_everything_on_hold(desk: Desk) -> None:
    """$100 are contested, $300 are claimed: nothing of them is drawn as available."""
    draft = contested(desk, 10_000)
    assert "milestone 1, $400.00 USD ($300.00 USD can be held now)" in words_of(desk.get(f"/desk/actions/{draft}"))
    answer = claiming(desk, draft, "300")
    assert answer.status_code == 200, words_of(answer.text)[:900]
    section = answer.text.partition('aria-labelledby="held"')[2].partition("</section>")[0]
    assert "Available $1,750.00 USD On hold $400.00 USD" in words_of(section)
    assert 'class="held"' in section
    assert "held by this decision $300.00 USD" in words_of(section)
