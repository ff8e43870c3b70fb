"""Contesting a milestone in two steps, and answering it: both sides read the same words."""

import re
from typing import Any

from sqlalchemy import select, update

from portal.contracts.models import Milestone
from portal.disputes.models import Dispute
from portal.disputes.queries import disputes_of_account
from tests.appeals.conftest import Bench, opened_case, reported
from tests.enforcement.conftest import Desk, with_exhibit
from tests.factories.market import Story
from tests.web.conftest import Doors


def typed(story: Story, **other: Any) -> dict[str, Any]:
    return {
        "contract": story.contract.ref, "milestone": "1", "amount": "400.00", "term": "3", "asks_for": "refund",
        "agreed": "A first version within ten days.", "happened": "One drawing, then nothing.", "step": "check",
    } | other


def count(doors: Doors, story: Story) -> int:
    with doors.market.office.database.read() as session:
        return len(disputes_of_account(session, story.stacy.account.id))


def test_nothing_is_stored_until_it_is_confirmed(doors: Doors, story: Story) -> None:
    stacy = doors.open(story.stacy.person)
    assert "Milestone 1: Part 1" in stacy.page("/disputes/new")
    check = stacy.post("/disputes/new", **typed(story))
    assert check.status_code == 200
    assert "What Tim Okafor will read" in check.text
    assert count(doors, story) == 0
    sent = stacy.post("/disputes/new", **typed(story, step="send"))
    assert sent.status_code == 303
    assert count(doors, story) == 1
    heading = stacy.page(sent.location).split("<h1>")[1].split("</h1>")[0]
    ref = sent.location.rsplit("/", 1)[1]
    assert heading == f"We have your dispute {ref}. Tim Okafor has until Sunday 29 November 2026 to answer"
    assert "We have your dispute" not in doors.open(story.tim.person).page(sent.location)


def test_sending_twice_leads_to_the_same_dispute(doors: Doors, story: Story) -> None:
    stacy = doors.open(story.stacy.person)
    places = {stacy.post("/disputes/new", **typed(story, step="send")).location for _ in range(3)}
    assert len(places) == 1
    assert count(doors, story) == 1


def test_what_is_wrong_is_said_at_each_field_and_kept(doors: Doors, story: Story) -> None:
    stacy = doors.open(story.stacy.person)
    response = stacy.post("/disputes/new", **typed(story, amount="900", agreed=" ", term=""))
    assert response.status_code == 422
    for words in ("This is more than you paid on this milestone: $400.00 USD.", "Write what was agreed.",
                  "Choose the term of your contract", "One drawing, then nothing.</textarea>"):
        assert words in response.text, words
    page = doors.open(story.stacy.person).page(f"/disputes/new?contract={story.contract.ref}&milestone=1")
    assert "One drawing, then nothing.</textarea>" in page


def test_a_term_of_no_contract_is_refused(doors: Doors, story: Story) -> None:
    response = doors.open(story.stacy.person).post("/disputes/new", **typed(story, step="send", term="99"))
    assert response.status_code == 422
    assert count(doors, story) == 0


def test_the_freelancer_reads_the_same_and_answers(doors: Doors, contested: Desk) -> None:
    story, ref = contested.story, reference(doors, contested)
    tim, stacy = doors.open(story.tim.person), doors.open(story.stacy.person)
    for browser in (tim, stacy):
        page = browser.page(f"/disputes/{ref}")
        assert "I paid the first milestone, got one drawing and then heard nothing." in page
        assert "Full refund of a milestone if its work is not completed." in page
    assert 'name="answer"' not in stacy.page(f"/disputes/{ref}")
    empty = tim.post(f"/disputes/{ref}", answer="")
    assert empty.status_code == 422 and 'href="#answer"' in empty.text and empty.text.count('id="answer"') == 1
    assert tim.post(f"/disputes/{ref}", answer="I sent the second drawing on Friday.").status_code == 303
    assert "I sent the second drawing on Friday." in stacy.page(f"/disputes/{ref}")
    assert "We decide by Sunday 6 December 2026" in tim.page(f"/disputes/{ref}")


def reference(doors: Doors, contested: Desk) -> str:
    with contested.office.database.read() as session:
        return disputes_of_account(session, contested.story.stacy.account.id)[0].ref


def test_withdrawing_frees_the_money(doors: Doors, contested: Desk) -> None:
    ref, stacy = reference(doors, contested), doors.open(contested.story.stacy.person)
    assert doors.open(contested.story.tim.person).post(f"/disputes/{ref}/withdraw").status_code == 404
    assert stacy.post(f"/disputes/{ref}/withdraw").status_code == 303
    assert "You withdrew this dispute" in stacy.page(f"/disputes/{ref}")
    assert "You withdrew the dispute." in stacy.page("/me")
    assert "Stacy Moreno withdrew the dispute." in doors.open(contested.story.tim.person).page("/me")
    assert contested.market.funds(contested.story.tim).held.amount_minor == 0


def test_money_that_is_not_released_yet_is_shown_as_ones_own(doors: Doors, story: Story) -> None:
    funded = update(Milestone).where(Milestone.contract_id == story.contract.id, Milestone.number == 2)
    doors.market.make(lambda work: work.db.execute(funded.values(state="funded")).rowcount)
    stacy, tim = doors.open(story.stacy.person), doors.open(story.tim.person)
    page, words = stacy.page("/disputes/new"), "this money is still yours"
    assert f"Not released yet: {words}" in page and "milestone 2 of “Photo app”" in page
    assert "Once it is released, you have 30 days to contest it here." in page
    assert words not in tim.page("/disputes/new")
    form = {"contract": story.contract.ref, "milestone": "2"}
    for answer in (
        stacy.get(f"/disputes/new?contract={form['contract']}&milestone=2"),
        stacy.post("/disputes/new", **typed(story, step="send", **form)),
    ):
        assert answer.status_code == 422
        assert "do not release it, and ask the marketplace for it back" in answer.text
    assert count(doors, story) == 0


def test_where_a_decision_held_the_money_both_sides_read_what_is_true_now(doors: Doors, story: Story) -> None:
    """Our hold gave way: the letter's page, funds, the dispute and the client's page say the same amounts and causes."""
    market = doors.market
    reported(market, story)
    bench = Bench(market, story, opened_case(market.office))
    with_exhibit(bench)
    bench.action_ref = bench.ready()
    bench.issue(bench.action_ref, **bench.hold())
    bench.later(days=1, hours=1)
    ref = market.dispute(story.stacy, story.contract, 15_000)["dispute"]
    tim, stacy = doors.open(story.tim.person), doors.open(story.stacy.person)
    letter, funds = tim.page(f"/me/actions/{bench.action_ref}"), tim.page("/me/funds")
    ours, theirs = letter.split("On hold: $250.00 USD")[1], letter.split("On hold: $150.00 USD")[1]
    assert "It is held because of this decision." in ours.split("</p>")[0]
    assert "Stacy Moreno contests it. It is not held because of this decision." in theirs.split("</p>")[0]
    assert "We claim $400.00 USD of it under rule 6.4." in funds and "Stacy Moreno contests $150.00 USD of it" in funds
    for page in (tim.page(f"/disputes/{ref}"), stacy.page(f"/disputes/{ref}")):
        assert "$150.00 USD is on hold until" in page
    shown = stacy.page(f"/collaborators/{story.tim.account.ref}")
    assert "$250.00 USD" in shown and "$150.00 USD" in shown and "$400.00 USD</bdi></strong>" not in shown


def test_the_time_to_answer_is_right_on_the_first_reading(doors: Doors, contested: Desk) -> None:
    contested.later(days=2)
    tim = doors.open(contested.story.tim.person)
    with doors.market.office.database.read() as session:
        ref = session.scalars(select(Dispute.ref)).one()
    first = tim.page(f"/disputes/{ref}")
    assert "Tuesday 1 December 2026" in first, "seven days from this opening"
    assert re.findall(r"\d+ December 2026", first) == re.findall(r"\d+ December 2026", tim.page(f"/disputes/{ref}"))


def test_an_amount_is_read_in_the_language_of_the_page(doors: Doors, story: Story) -> None:
    stacy = doors.open(story.stacy.person)
    stacy.post("/language", language="es", next="/me")
    path = f"/disputes/new?contract={story.contract.ref}&milestone=1"
    assert 'value="400,00"' in stacy.page(path)
    checked = stacy.post("/disputes/new", **typed(story, amount="350,5"))
    assert (checked.status_code, "350,50" in checked.text) == (200, True)
    refused = stacy.post("/disputes/new", **typed(story, amount="1.500"))
    assert (refused.status_code, "400,00 USD" in refused.text) == (422, True), "1.500 is fifteen hundred, more than was paid"
    assert stacy.post("/disputes/new", **typed(story, amount="350.50")).status_code == 422


def test_what_is_gone_is_said_before_a_dispute_is_sent(doors: Doors, story: Story) -> None:
    doors.market.pay_out(story.tim, story.destination, 203_000)
    check = doors.open(story.stacy.person).post("/disputes/new", **typed(story, step="check"))
    assert "$280.00 USD of it was paid out before and cannot be put on hold." in check.text and count(doors, story) == 0
