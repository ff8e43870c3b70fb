"""The page of the places for payouts: adding after showing who it is, what is typed is kept, taking one away."""

from portal.core.clock import MovedClock
from tests.factories.market import Market, Story
from tests.web.conftest import Doors
from tests.web.desk_support import words_of

PATH = "/me/funds/destinations"
IBAN = "ES79 2100 0813 6101 2345 6789"


def typed(story: Story, number: str) -> dict[str, str]:
    ref = story.tim.account.ref
    return {"account": ref, f"{ref}-number": number}


def test_adding_a_place_asks_who_it_is_and_goes_on(doors: Doors, story: Story) -> None:
    asked = doors.open(story.tim.person).post(PATH, **typed(story, IBAN))
    assert asked.status_code == 403
    assert "IBAN ES … 6789" not in doors.open(story.tim.person).page(PATH)
    tim = doors.open(story.tim.person, fresh=True)
    done = tim.post(PATH, **typed(story, IBAN))
    assert done.status_code == 303
    page = tim.page(done.location)
    assert "IBAN ES … 6789 is on file" in page
    assert "It can be used from Wednesday 25 November 2026, 12:00 UTC." in page
    assert IBAN[5:] not in page and IBAN.replace(" ", "")[4:] not in page
    assert "Places for payouts" in tim.page("/me/funds")


def test_a_mistake_is_said_at_the_field_and_kept(doors: Doors, story: Story) -> None:
    answer = doors.open(story.tim.person, fresh=True).post(PATH, **typed(story, "ES91 2100 0418 4502 0005 1323"))
    assert answer.status_code == 422
    assert "There is a mistake in this IBAN" in answer.text
    assert 'value="ES91 2100 0418 4502 0005 1323"' in answer.text
    assert "<title>Error:" in answer.text


def test_taking_a_place_away(doors: Doors, story: Story, market: Market) -> None:
    ended = f"{PATH}/{story.destination}/end"
    asked = doors.open(story.tim.person).post(ended, account=story.tim.account.ref)
    assert asked.status_code == 403 and "Please confirm that it is you" in asked.text
    tim = doors.open(story.tim.person, fresh=True)
    assert tim.post(ended, account=story.tim.account.ref).status_code == 303
    assert "There is no place on file yet." in tim.page(PATH)
    assert "There is no place on file that we can pay to." in tim.page("/me/funds")
    assert "$2,150.00 USD is yours to withdraw" in tim.page("/me/funds") and "You can withdraw" not in tim.page("/me/funds")
    own = words_of(tim.page("/me"))
    assert "is yours to withdraw, as soon as a place for payouts can be used." in own and "You can withdraw" not in own
    assert "Places for payouts" in own and "Withdraw $" not in own
    tim.post(PATH, **typed(story, IBAN))
    funds = tim.page("/me/funds")
    assert "No place on file can be used yet. Your money stays yours meanwhile." in funds and "You can withdraw" not in funds
    foreign = doors.open(story.stacy.person)
    assert foreign.post(f"{PATH}/{story.destination}/end", account=story.tim.account.ref).status_code == 404


def test_by_a_link_it_takes_thirty_days(doors: Doors, story: Story, clock: MovedClock) -> None:
    by_link = doors.open(story.tim.person, "C-22222222", fresh=True)
    assert "can be used after 30 days" in by_link.page(PATH)
    done = by_link.post(PATH, **typed(story, IBAN))
    assert "It can be used from Tuesday 22 December 2026" in by_link.page(done.location)
    assert "It can be used from Tuesday 22 December 2026" in doors.open(story.tim.person).page(PATH)
