"""Settling a dispute on its pages: an offer is checked before it is sent, and what moves is shown before it is accepted."""

import re
from typing import Any

from portal.disputes.models import Dispute
from tests.disputes.deciding import Bench
from tests.enforcement.conftest import Desk
from tests.web.conftest import Browser, Doors
from tests.web.desk_support import words_of
from tests.web.test_person_disputes import reference


def typed(**other: Any) -> dict[str, Any]:
    return {"amount": "150.00", "days": "7", "text": "I keep the drawing.", "step": "check"} | other


def offered(doors: Doors, contested: Desk) -> tuple[str, str]:
    """The address of the settlement, with Tim's offer made; and that of the offer."""
    here = f"/disputes/{reference(doors, contested)}/settlement"
    tim = doors.open(contested.story.tim.person)
    assert tim.post(here, **typed(step="send")).status_code == 303
    found = re.search(rf"{here}/[\w-]+", tim.page(here))
    assert found
    return here, found[0]


def heading(page: str) -> str:
    return words_of(page.split("<h1>")[1].split("</h1>")[0])


def state(doors: Doors) -> str:
    with doors.market.office.database.read() as session:
        return session.query(Dispute).one().state


def test_an_offer_is_checked_first_and_reaches_the_other_side(doors: Doors, contested: Desk) -> None:
    here = f"/disputes/{reference(doors, contested)}/settlement"
    tim, stacy = doors.open(contested.story.tim.person), doors.open(contested.story.stacy.person)
    check = tim.post(here, **typed())
    assert check.status_code == 200
    for words in ("$150.00 USD", "$250.00 USD", "Nothing is sent yet", "I keep the drawing."):
        assert words in check.text
    assert "offers you a settlement" not in stacy.page(here)
    assert tim.post(here, **typed(step="send")).status_code == 303
    first = words_of(stacy.page(here)).split("Tim Okafor offers you a settlement")[-1].strip()
    assert first.startswith("You would get $150.00 USD, and $250.00 USD would go to Tim Okafor. You can accept it until")
    page = words_of(stacy.page(here.removesuffix("/settlement")))
    assert "You have an offer" in page and "If you do nothing, it lapses and the dispute goes on. Look at the offer" in page
    assert "Nothing is needed from you now" not in page
    assert f'href="{here}">Look at the offer' in stacy.page("/me")
    assert f'href="{here}">See my offer' in tim.page("/me")
    for reader, lapses in ((tim, "Your offer lapses"), (stacy, "The offer of Tim Okafor lapses")):
        assert f"at the end of Sunday 29 November 2026 {lapses}" in words_of(reader.page("/me")), "not by that day"
    assert "Your offer is with Stacy Moreno" in tim.page(here)
    assert doors.open(contested.story.omar.person).get(here).status_code == 404


def test_what_is_wrong_is_said_and_kept(doors: Doors, contested: Desk) -> None:
    here = f"/disputes/{reference(doors, contested)}/settlement"
    tim = doors.open(contested.story.tim.person)
    wrong = {"500": "This is more than is on hold: $400.00 USD.", "": "Write how much goes back.", "x": "in numbers"}
    for amount, words in wrong.items():
        answer = tim.post(here, **typed(amount=amount))
        assert (answer.status_code, words in answer.text) == (422, True)
        assert "I keep the drawing.</textarea>" in answer.text
    assert tim.post(here, **typed(days="99")).status_code == 422
    for nothing in ("0", "0.00", "0,00"):
        assert "$0.00 USD" in tim.post(here, **typed(amount=nothing)).text


def test_what_moves_is_shown_once_more_and_then_done_with_one_press(doors: Doors, contested: Desk) -> None:
    here, offer = offered(doors, contested)
    stacy = doors.open(contested.story.stacy.person)
    check = stacy.post(f"{offer}/accept")
    assert (check.status_code, state(doors)) == (200, "opened")
    for words in ("Do you accept this offer?", "$150.00 USD", "$250.00 USD", "Accept: $150.00 USD for me"):
        assert words in check.text
    assert stacy.post(f"{offer}/accept", step="send").status_code == 303
    assert state(doors) == "settled"
    page = stacy.page(here.removesuffix("/settlement"))
    assert "You both settled this dispute" in page
    assert "$150.00 USD goes back to Stacy Moreno and $250.00 USD was released to Tim Okafor" in page
    late = stacy.post(f"{offer}/accept", step="send")
    assert (late.status_code, "This dispute has ended" in late.text) == (409, True)


def test_an_offer_can_be_declined_or_taken_back(doors: Doors, contested: Desk) -> None:
    here, offer = offered(doors, contested)
    tim, stacy = doors.open(contested.story.tim.person), doors.open(contested.story.stacy.person)
    assert tim.post(f"{offer}/accept", step="send").status_code == 409
    assert stacy.post(f"{offer}/decline").status_code == 303
    assert "Declined" in tim.page(here)
    day = "Sunday 22 November 2026"
    assert heading(stacy.page(here)) == f"You declined the offer of {day}"
    assert heading(tim.page(here)) == f"Stacy Moreno declined your offer of {day}"
    assert tim.post(here, **typed(step="send")).status_code == 303
    again = re.search(rf"{here}/[\w-]+", tim.page(here))
    assert again
    assert tim.post(f"{again[0]}/back").status_code == 303
    assert "Taken back" in stacy.page(here)
    assert heading(stacy.page(here)) == heading(tim.page(here)) == "Can you two settle this?"
    assert state(doors) == "opened"


def test_an_offer_stands_beside_what_we_decided(desk: Desk, bench: Bench, sides: tuple[Browser, Browser]) -> None:
    here, tim = f"/disputes/{bench.ref}/settlement", sides[1]
    assert "and we decide as promised unless you two agree." in tim.page(here)
    bench.decide()
    for page in (tim.page(here), tim.post(here, **typed()).text):
        assert "We decided: $250.00 USD is yours" in words_of(page) and "that counts instead." in page
        assert "we decide as promised" not in page
