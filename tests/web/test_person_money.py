"""Funds: what is there, why something is held, and payouts in every standing."""

import re
from dataclasses import replace

from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.cases.clocks import run_due
from portal.core.clock import MovedClock
from portal.core.ids import new_token
from portal.ledger.operations import add_own_destination, mark_payout
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.factories.market import Story
from tests.ledger.steps import hold_money
from tests.web.conftest import Browser, Doors
from tests.web.desk_support import words_of


def withdraw(browser: Browser, story: Story, amount: str, **other: str) -> TestResponse:
    prefix = f"{story.tim.account.ref}-USD-"
    fields = {"account": story.tim.account.ref, "currency": "USD", "step": "send", f"{prefix}amount": amount,
              f"{prefix}destination": story.destination}
    return browser.post("/me/funds", **(fields | other))


def test_an_amount_and_its_code_stay_in_one_line(doors: Doors, story: Story) -> None:
    tim = doors.open(story.tim.person)
    assert "You can withdraw $2,150.00\xa0USD now" in tim.get("/me/funds").data.decode()
    tim.post("/language", language="es", next="/me/funds")
    assert "2.150,00\xa0USD" in tim.get("/me/funds").data.decode()
    assert "\xa0" not in tim.get(f"/me/funds/history.csv?account={story.tim.account.ref}&currency=USD").data.decode()


def test_everything_available_is_filled_in(doors: Doors, story: Story) -> None:
    page = doors.open(story.tim.person).page("/me/funds")
    assert "You can withdraw $2,150.00 USD now" in page
    assert 'value="2150.00"' in page
    assert "Bank account ending in 4711" in page


def test_what_was_paid_in_and_given_back_is_on_the_clients_page(doors: Doors, story: Story) -> None:
    doors.market.pay_in(story.contract, 2, 40_000)
    page = words_of(doors.open(story.stacy.person).page("/me/funds"))
    assert "$400.00 USD that you paid in is still yours" in page and "nothing to withdraw at this moment" not in page
    doors.market.give_up(story.contract, 2)
    page = words_of(doors.open(story.stacy.person).page("/me/funds"))
    assert "$400.00 USD was sent back to you on Sunday 22 November 2026" in page
    assert "Sent on Sunday 22 November 2026, the way you paid. $400.00 USD" in page
    assert "nothing to withdraw at this moment" not in page and "The marketplace sends it" not in page


def test_a_hold_says_against_whom_until_when_and_what_ends_it(doors: Doors, contested: Desk) -> None:
    page = doors.open(contested.story.tim.person).page("/me/funds")
    assert "Stacy Moreno contests $400.00 USD of it and names term 3 of your contract." in page
    assert "It is on hold until this dispute has ended, and until Thursday 21 January 2027 at the latest." in page


def test_withdrawing_while_suspended(doors: Doors, contested: Desk) -> None:
    contested.issue(contested.ready())
    tim = doors.open(contested.story.tim.person)
    response = withdraw(tim, contested.story, "1,750.00")
    assert response.status_code == 303
    page = tim.page(response.location.split("#")[0])
    assert "We send you $1,750.00 USD by Wednesday 25 November 2026" in page and "on its way to you" not in page
    assert "Payouts so far" in page
    assert contested.market.funds(contested.story.tim).available.amount_minor == 0
    ref = response.location.split("asked=")[1]
    for state, said in (("sent", True), ("failed", False)):
        contested.market.do(mark_payout, payout_ref=ref, state=state)
        assert ("$1,750.00 USD is on its way to you" in tim.page(response.location)) == said, "nothing is before it is sent"


def test_the_promised_day_is_repeated_everywhere_with_what_follows(doors: Doors, story: Story) -> None:
    tim = doors.open(story.tim.person)
    place = withdraw(tim, story, "100").location
    for page in (tim.page(place), tim.page("/me/funds"), tim.page("/me")):
        assert "We send it by the end of Wednesday 25 November 2026." in page
        assert "If we are late, this page says so, and we count it in public." in page
        assert 'href="mailto:portal@localhost"' in page
    assert "by Wednesday 25 November 2026, 24:00" in tim.page("/me")
    with doors.market.office.database.read() as session:
        mail = session.scalars(select(Notice).where(Notice.kind == "payout_requested")).one().mail_body or ""
    assert "We send it by Wednesday 25 November 2026 at the latest. If we are late" in mail
    assert "100" not in mail


def test_an_overdue_payout_says_so_with_somebody_to_write_to(doors: Doors, story: Story, clock: MovedClock) -> None:
    tim = doors.open(story.tim.person)
    withdraw(tim, story, "100")
    [promised] = re.findall(r"We send it by the end of (.+? \d{4})\.", tim.page("/me/funds"))
    clock.advance(days=4)
    doors.market.make(lambda work: run_due(work, [], [story.tim.account.id]))
    for page in (tim.page("/me/funds"), tim.page("/me")):
        said = r"We promised to send it by the end of (.+? \d{4}) and are late. That is our fault, and we count it in public."
        assert [found[1] for found in re.finditer(said, page)] == [promised]
        assert 'href="mailto:portal@localhost">Write to us' in page
    assert "Nothing is wrong" not in page and "What is wrong Your payout of $100.00 USD is overdue." in words_of(page)
    above, _form, _below = tim.page("/me/funds").partition('id="withdraw"')
    assert "$100.00 USD is overdue" in above, "where the money is comes before what else can be done"


def test_four_clicks_are_one_payout(doors: Doors, story: Story) -> None:
    tim, key = doors.open(story.tim.person), new_token()[:40]
    places = {withdraw(tim, story, "100", form_key=key).location for _ in range(4)}
    assert len(places) == 1
    assert doors.market.funds(story.tim).available.amount_minor == 205_000


def test_too_much_is_refused_at_the_field_and_kept(doors: Doors, contested: Desk) -> None:
    response = withdraw(doors.open(contested.story.tim.person), contested.story, "1750.01")
    assert response.status_code == 422
    assert 'value="1750.01"' in response.text
    assert "<title>Error:" in response.text
    assert "This is more than what is available now: $1,750.00 USD." in response.text


def test_the_amount_is_shown_once_more_before_money_goes(doors: Doors, story: Story) -> None:
    tim = doors.open(story.tim.person)
    checked = withdraw(tim, story, "1,500", step="check")
    assert checked.status_code == 200
    assert "Do you want to withdraw $1,500.00 USD?" in checked.text
    assert "Withdraw $1,500.00 USD</button>" in checked.text
    assert "$650.00 USD" in checked.text
    assert doors.market.funds(story.tim).available.amount_minor == 215_000
    assert 'value="1,500"' in withdraw(tim, story, "1,500", step="edit").text
    too_much = withdraw(tim, story, "2150.01", step="check")
    assert too_much.status_code == 422
    assert "This is more than what is available now: $2,150.00 USD." in too_much.text


def test_what_was_on_hold_until_now_can_be_asked_for_at_once(doors: Doors, story: Story, clock: MovedClock) -> None:
    """Also before anybody has released it; what is still being cleared waits as ever."""
    do, contract = doors.market.do, story.contract
    doors.market.pay_out(story.tim, story.destination, 175_000)
    do(hold_money, contract_ref=contract.ref, number=1, amount_minor=40_000)
    doors.market.earn(contract, 2, 30_000, days_ago=0)
    clock.advance(days=29)
    doors.market.earn(contract, 3, 20_000, days_ago=0)
    clock.advance(days=1, hours=12)
    shown, tim = doors.market.funds(story.tim), doors.open(story.tim.person)
    parts = (shown.available, shown.pending, shown.held)
    assert [one.amount_minor for one in parts] == [70_000, 20_000, 0]
    page = words_of(tim.page("/me/funds"))
    assert "You can withdraw $700.00 USD now" in page and "Nothing is on hold." in page
    assert "What was on hold until now milestone 1 of “Photo app” $400.00 USD" in page and "It is being released now." in page
    assert withdraw(tim, story, "700", step="check").status_code == 200
    assert withdraw(tim, story, "700").status_code == 303
    after = doors.market.funds(story.tim)
    assert (after.available.amount_minor, after.pending, after.holds) == (0, shown.pending, ())


def test_in_spanish_a_thousand_is_a_thousand(doors: Doors, story: Story) -> None:
    tim = doors.open(story.tim.person)
    tim.post("/language", language="es", next="/me/funds")
    assert 'value="2150,00"' in tim.page("/me/funds")
    assert "¿Quiere cobrar 1.500,00" in withdraw(tim, story, "1.500", step="check").text
    assert withdraw(tim, story, "1.500,50").status_code == 303
    assert doors.market.funds(story.tim).available.amount_minor == 215_000 - 150_050
    refused = withdraw(tim, story, "1,500")
    assert refused.status_code == 422
    assert "Si quiere decir 1.500,00 USD, escríbalo sin la coma." in refused.text


def test_what_is_no_amount_is_refused(doors: Doors, story: Story) -> None:
    for amount in ("", "abc", "-5", "0", "1.234", "9" * 30):
        response = withdraw(doors.open(story.tim.person), story, amount)
        assert response.status_code == 422, amount
        assert 'class="error"' in response.text


def test_a_new_place_cannot_be_used_from_a_link(doors: Doors, contested: Desk) -> None:
    new = contested.market.destination(contested.story.tim, days_ago=20)
    tim = doors.open(contested.story.tim.person, case_ref=contested.case_ref)
    assert "can be used from" in tim.page("/me/funds")
    prefix = f"{contested.story.tim.account.ref}-USD-"
    assert withdraw(tim, contested.story, "10", **{f"{prefix}destination": new}).status_code == 422
    assert withdraw(tim, contested.story, "10").status_code == 303


def test_a_place_that_waits_says_why(doors: Doors, contested: Desk) -> None:
    tim, market = contested.story.tim, contested.market
    fresh = doors.open(tim.person, fresh=True)
    fresh.post("/me/funds/destinations", account=tim.account.ref, **{f"{tim.account.ref}-number": "DE89370400440532013000"})
    for path in ("/me/funds", "/me/funds/destinations"):
        assert "Every new place waits, so that you can take it away" in words_of(fresh.page(path))
    market.office.clock.advance(hours=73)  # type: ignore[attr-defined]
    assert "Every new place waits" not in doors.open(tim.person).page("/me/funds")
    link = doors.open(tim.person, case_ref=contested.case_ref)
    assert "You came in by a link, so money goes only to places that have been on file" in words_of(link.page("/me/funds"))
    by_link = replace(tim.by_link(contested.case_ref), stepped_up_at=market.now)
    market.do(add_own_destination, by_link, account_id=tim.account.id, number="GB82WEST12345698765432")
    for reader in (doors.open(tim.person), doors.open(tim.person, case_ref=contested.case_ref)):
        assert "It was added in a session that a link opened, so it waits longer" in words_of(reader.page("/me/funds"))


def test_a_place_is_named_in_the_language_of_the_reader(doors: Doors, story: Story) -> None:
    fresh = replace(story.tim.actor, stepped_up_at=doors.market.now)
    doors.market.do(add_own_destination, fresh, account_id=story.tim.account.id, number="0012345678")
    tim = doors.open(story.tim.person)
    assert "Account ending in 5678" in words_of(tim.page("/me/funds/destinations"))
    tim.post("/language", language="es", next="/me/funds")
    assert "Cuenta terminada en 5678" in words_of(tim.page("/me/funds/destinations"))


def test_a_bar_of_nothing_but_a_hold_does_not_alarm(doors: Doors, contested: Desk) -> None:
    tim = doors.open(contested.story.tim.person)
    assert 'class="held" x=' in tim.page("/me/funds")
    withdraw(tim, contested.story, "1,750.00")
    page = tim.page("/me/funds")
    assert 'class="held" x=' not in page and 'class="undrawn"' in page, "an empty bar beside an amount on hold would say nothing"
    assert "<bdi>$400.00 USD</bdi>" in page
