"""Corrections at the desk: a lead proposes, somebody else signs or gives it back, nobody does both."""

import pytest

from portal.core.access import Role
from tests.factories.market import Market, Staff, Story, usd
from tests.web.conftest import Browser, Doors
from tests.web.desk_support import words_of

PATH = "/desk/corrections"


@pytest.fixture
def lead(market: Market, story: Story) -> Staff:
    return market.staff("Lee Marsh", Role.LEAD)


def propose(browser: Browser, story: Story, **other: str) -> int:
    fields = {
        "contract_ref": story.contract.ref, "number": "1", "kind": "taken", "amount": "12.50",
        "reason": "The milestone was put on record with a wrong amount.",
    }
    return browser.post(PATH, **fields | other).status_code


def test_a_lead_proposes_and_somebody_else_signs(doors: Doors, market: Market, story: Story, lead: Staff) -> None:
    lees, olas = doors.open(lead.person, fresh=True), doors.open(story.ola.person, fresh=True)
    assert 'href="/desk/corrections"' in lees.page("/desk")
    assert propose(lees, story) == 303
    page = words_of(lees.page(PATH))
    assert "somebody else answers it" in page
    assert "If nobody signs it until the end of Tuesday 24 November 2026, it no longer counts." in page
    page = olas.page(PATH)
    assert "1 correction waits for a second person" in page
    assert "Propose a correction" not in page
    ref = page.split('action="/desk/corrections/')[1].split("/")[0]
    line = next(row for row in olas.page("/desk?filter=cosignature").split("<tr")[1:] if ref in row)
    assert f'href="{PATH}"' in line and "$12.50 USD" in line
    assert lees.post(f"{PATH}/{ref}/answer", go="sign").status_code == 403
    assert market.funds(story.tim).available == usd(215_000)
    assert olas.post(f"{PATH}/{ref}/answer", go="sign").status_code == 303
    assert market.funds(story.tim).available == usd(213_750)
    assert "$12.50 USD" in olas.page(PATH)
    assert olas.post(f"{PATH}/{ref}/answer", go="return").status_code == 409
    tim = doors.open(story.tim.person)
    assert "A correction of your money" in tim.page("/me/inbox")


def test_what_is_given_back_moves_nothing(doors: Doors, market: Market, story: Story, lead: Staff) -> None:
    propose(doors.open(lead.person, fresh=True), story)
    olas = doors.open(story.ola.person, fresh=True)
    ref = olas.page(PATH).split('action="/desk/corrections/')[1].split("/")[0]
    assert olas.post(f"{PATH}/{ref}/answer", go="return").status_code == 303
    assert "No correction waits" in olas.page(PATH) and "Write it again" not in olas.page(PATH)
    lees = doors.open(lead.person, fresh=True)
    assert f'href="{PATH}?again={ref}#propose"' in lees.page(PATH)
    again = lees.page(f"{PATH}?again={ref}")
    assert all(typed in again for typed in (f'value="{story.contract.ref}"', 'value="12.50"', "with a wrong amount.</textarea>"))
    assert market.funds(story.tim).available == usd(215_000)


@pytest.mark.parametrize(("change", "status", "said"), [
    ({"contract_ref": "K-22222222"}, 422, "There is no contract with this reference."),
    ({"number": "x"}, 422, "no such milestone"), ({"number": "2"}, 422, "Nothing was released"),
    ({"amount": "lots"}, 422, "in numbers"), ({"amount": "400.01"}, 409, "Only $400.00 USD of this milestone is free."),
    ({"kind": "burned"}, 422, "Choose whether"), ({"reason": "short"}, 422, "at least 20 characters"),
])
def test_mistakes_are_said_and_what_was_typed_is_kept(
    doors: Doors, story: Story, lead: Staff, change: dict[str, str], status: int, said: str
) -> None:
    fields = {"contract_ref": story.contract.ref, "number": "1", "kind": "taken", "amount": "12.50",
              "reason": "The milestone was put on record with a wrong amount."} | change
    answer = doors.open(lead.person, fresh=True).post(PATH, **fields)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert all(value in answer.text for name, value in fields.items() if name != "kind")


def test_only_leads_propose_and_people_outside_see_nothing(doors: Doors, story: Story, lead: Staff) -> None:
    assert propose(doors.open(story.ola.person, fresh=True), story) == 403
    assert doors.open(lead.person).post(PATH, contract_ref="x").status_code in {403, 422}
    assert doors.open(story.tim.person).get(PATH).status_code == 404
