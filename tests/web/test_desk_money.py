"""Money in a decision: what a claim could hold is said before, what is not there is refused, and the bar shows all of it."""

from datetime import timedelta
from typing import Any

from tests.web.desk_support import Desk, words_of


def contested(desk: Desk, amount_minor: int) -> str:
    """A draft in the case of a dispute over that much of the first milestone of $400."""
    case = desk.market.dispute(desk.story.stacy, desk.story.contract, amount_minor, report=True)["case"]
    desk.heard(str(case))
    return desk.drafted(str(case))


def claiming(desk: Desk, draft: str, amount: str, place: str = "1") -> Any:
    ends_on = (desk.market.day() + timedelta(days=22)).isoformat()
    place = f"{desk.story.contract.ref}:{place}:USD"
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


def test_a_whole_contract_can_be_claimed_and_what_is_not_there_is_said(desk: Desk) -> None:
    """$300 of $1,200 are there, $100 are contested: of $500 claimed, the person reads that $300 are on hold."""
    draft = contested(desk, 10_000)
    assert "Photo app, the whole contract, $1,200.00 USD ($300.00 USD can be held now)" in words_of(
        desk.get(f"/desk/actions/{draft}"))
    too_much = claiming(desk, draft, "1,200.01", "all")
    assert too_much.status_code == 422 and "This is more than was agreed for the contract." in too_much.text
    answer = claiming(desk, draft, "500", "all")
    assert answer.status_code == 200, words_of(answer.text)[:900]
    page = words_of(answer.text)
    assert "held by this decision $300.00 USD" in page
    assert "We claim $500.00 USD of it. Only what was there is on hold." in page
    assert "$200.00 USD of it was not free any more." in page
    kept = words_of(desk.get(f"/desk/actions/{draft}"))
    assert "500.00" in desk.get(f"/desk/actions/{draft}") and "the whole contract" in kept
