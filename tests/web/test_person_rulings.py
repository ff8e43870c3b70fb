"""Around a decided dispute the person's own page says what was decided, what they can choose until when, and what follows."""

from __future__ import annotations

import re
from html import unescape

import pytest

from portal.ledger.operations import mark_refund
from portal.ledger.refund_queries import refunds_of
from tests.disputes.deciding import WHY, Bench, answered
from tests.disputes.test_chargebacks import come
from tests.factories.market import Market, Party, Story, usd
from tests.verification.making import Checks
from tests.web.conftest import Browser, Doors
from tests.web.desk_support import words_of

CHOICE = "You can accept our decision or ask for a review by Sunday 29 November 2026."


@pytest.fixture
def bench(market: Market, story: Story) -> Bench:
    made = answered(market, story)
    made.decide()
    return made


def section(page: str, title: str) -> str:
    """The words of one of the three parts of the page."""
    found = re.search(rf"<section><h2>{title}</h2>(.*?)</section>", page, re.DOTALL)
    assert found, page
    return words_of(found[1])


def heading(page: str) -> str:
    return unescape(re.findall(r"<h1>(.*?)</h1>", page, re.DOTALL)[0])


def me(doors: Doors, party: Party) -> str:
    return doors.open(party.person).page("/me")


def test_a_choice_with_a_last_day_is_the_heading_and_the_first_button(doors: Doors, bench: Bench) -> None:
    shares = {
        "Tim": "$250.00 USD is yours and $150.00 USD goes back to Stacy Moreno.",
        "Stacy": "$150.00 USD goes back to you and $250.00 USD goes to Tim Okafor.",
    }
    for party in (bench.story.tim, bench.story.stacy):
        page = me(doors, party)
        assert heading(page) == f"We decided the dispute about “Photo app”. {CHOICE}"
        assert shares[party.person.name.split()[0]] in words_of(page)
        assert "Nothing is needed from you." not in page
        assert "does not ask for a review, this is carried out after Sunday 29 November 2026." in words_of(page)
        assert f'<a class="button" href="/disputes/{bench.ref}">Read our decision and choose</a>' in page
        assert page.count('<a class="button"') == 1
        assert "is carried out after Sunday 29 November 2026 (in 7 days)" in section(page, "What you are waiting for")


def test_a_choice_with_a_last_day_comes_before_an_identity_check(doors: Doors, market: Market, story: Story) -> None:
    Checks.begin(market, story).ask()
    bench = answered(market, story)
    bench.decide(by=story.ola)
    page = me(doors, story.tim)
    assert heading(page) == f"We decided the dispute about “Photo app”. {CHOICE}"
    assert "There is more to answer below." in page
    assert page.count('<a class="button"') == 1
    assert page.index("Read our decision and choose") < page.index("Identity check: see what is needed")


def test_the_timeline_says_what_we_decided_and_the_day_it_is_carried_out(doors: Doors, bench: Bench) -> None:
    bench.accept(bench.story.stacy.actor)
    stacy, tim = (words_of(me(doors, one)) for one in (bench.story.stacy, bench.story.tim))
    for page in (stacy, tim):
        assert "We decided the dispute." in page
        assert "Without a request for a review, our decision is carried out" in page
    assert "You accepted our decision." in stacy
    assert "Stacy Moreno accepted our decision." in tim


def test_who_accepted_waits_and_is_offered_nothing_more(doors: Doors, bench: Bench) -> None:
    bench.accept(bench.story.stacy.actor)
    page = me(doors, bench.story.stacy)
    assert heading(page) == "Your account is in good standing"
    assert "accept" not in section(page, "What you can do")
    assert "You accepted our decision about “Photo app”." in section(page, "What you are waiting for")
    assert "Nothing. We owe you no answer" not in page
    todo = section(me(doors, bench.story.tim), "What you can do")
    assert "Stacy Moreno has accepted. If you accept too, it is done at once." in todo


def test_a_review_is_what_both_wait_for(doors: Doors, bench: Bench) -> None:
    bench.ask(bench.story.tim.actor, WHY)
    for party in (bench.story.stacy, bench.story.tim):
        waiting = section(me(doors, party), "What you are waiting for")
        assert "Somebody else looks again at our decision about “Photo app”. You hear from us by" in waiting
    assert "You can say what you think of it too." in section(me(doors, bench.story.stacy), "What you can do")
    assert "say what you think" not in section(me(doors, bench.story.tim), "What you can do")


def test_once_carried_out_the_page_says_so(doors: Doors, bench: Bench) -> None:
    for party in (bench.story.stacy, bench.story.tim):
        bench.accept(party.actor)
    page = me(doors, bench.story.stacy)
    assert heading(page) == "Your account is in good standing"
    assert "Our decision was carried out, and the dispute ended. $150.00 USD goes back to you" in words_of(page)
    assert "We decided the dispute." in words_of(page)


def test_a_client_sees_where_the_money_went(doors: Doors, bench: Bench) -> None:
    for party in (bench.story.stacy, bench.story.tim):
        bench.accept(party.actor)
    stacy = doors.open(bench.story.stacy.person)
    page = words_of(stacy.page("/me/funds"))
    assert "Sunday 22 November 2026 Photo app , milestone 1 Reference F-" in page
    assert "Not sent yet. The marketplace sends it the way you paid; here you see when it has. $150.00 USD" in page
    assert "$150.00 USD goes back to you It goes back the way you paid" in page
    assert "The marketplace sends it; here you see when it has." in page
    assert "$0" not in page
    assert f'href="/disputes/{bench.ref}"' in stacy.page("/me/funds")
    mine = stacy.page(f"/disputes/{bench.ref}")
    assert "$150.00 USD goes back to you, the way you paid. The marketplace sends it" in words_of(mine)
    assert 'href="/me/funds#refunds"' in mine
    assert "goes back to you" not in doors.open(bench.story.tim.person).page("/me/funds")
    assert bench.market.funds(bench.story.stacy).refunded == usd(15_000)


@pytest.mark.parametrize(("state", "called", "heading_said", "line"), [
    ("sent", 10_000, "$50.00 USD was sent back to you on Tuesday 24 November 2026",
     "$50.00 USD of it was sent on Tuesday 24 November 2026, the way you paid. "
     "$100.00 USD of it is called back by your bank, and waits for its decision. $150.00 USD"),
    ("failed", 10_000, "$50.00 USD could not be sent back to you",
     "$50.00 USD of it could not be sent the way you paid. It is yours all the same."),
    ("sent", 0, "$150.00 USD was sent back to you on Tuesday 24 November 2026",
     "Sent on Tuesday 24 November 2026, the way you paid. $150.00 USD"),
    ("failed", 0, "$150.00 USD could not be sent back to you",
     "It could not be sent the way you paid. It is yours all the same."),
])
def test_a_client_sees_what_became_of_it(
    doors: Doors, bench: Bench, state: str, called: int, heading_said: str, line: str
) -> None:
    for party in (bench.story.stacy, bench.story.tim):
        bench.accept(party.actor)
    with doors.market.office.database.read() as session:
        [back] = refunds_of(session, bench.story.stacy.account.id)
    bench.market.office.clock.advance(days=2)
    if called:
        come(bench.market, bench.story, called)
    bench.market.do(mark_refund, refund_ref=back.ref, state=state, reference="t-1")
    page = doors.open(bench.story.stacy.person, fresh=True).page("/me/funds")
    assert heading(page) == heading_said
    assert line in words_of(page)
    assert f"Reference {back.ref}." in words_of(page)
    assert "The marketplace sends it" not in page


def test_funds_are_not_offered_where_they_show_nothing(doors: Doors, market: Market, story: Story) -> None:
    bench = answered(market, story)
    bench.decide(outcome="release", refund_minor=0)
    for party in (story.stacy, story.tim):
        bench.accept(party.actor)
    assert 'href="/me/funds' not in main(doors.open(story.stacy.person), f"/disputes/{bench.ref}")
    assert 'href="/me/funds"' in main(doors.open(story.tim.person), f"/disputes/{bench.ref}")


def main(browser: Browser, path: str) -> str:
    return browser.page(path).split("<main")[1].split("</main>")[0]
