"""Money that did not arrive, on the pages of whose it is, at the desk, and in the public figures."""

from datetime import UTC, datetime, timedelta
from typing import Any

from portal.accounts.models import Member
from portal.cases.models import WorkItem
from portal.core.access import Role
from portal.enforcement.evidence import take_case
from portal.ledger.facts import report_money
from portal.ledger.operations import mark_payout
from portal.ledger.refund_queries import refunds_besides, refunds_of
from portal.ledger.returned import returned_money
from portal.ledger.returned_words import write_about_returned
from portal.log.operations import add
from portal.notices.models import Notice
from tests.factories.market import Market, Story, refused
from tests.web.conftest import Browser, Doors
from tests.web.desk_support import words_of


def bounced(market: Market, story: Story) -> str:
    ref = str(market.pay_out(story.tim, story.destination, 100_000)["payout"])
    for state in ("sent", "failed"):
        market.do(mark_payout, payout_ref=ref, state=state)
    return ref


def taken(market: Market, story: Story, ref: str) -> None:
    with market.office.database.read() as session:
        case = returned_money(session, ref).case_ref
        item = session.query(WorkItem).filter_by(subject_ref=ref).one()
    market.do(take_case, story.rae.actor, case_ref=case, item=str(item.id), version=str(item.version))


def test_its_owner_reads_that_it_is_available_and_who_takes_care(doors: Doors, market: Market, story: Story) -> None:
    ref = bounced(market, story)
    tim = doors.open(story.tim.person)
    page = words_of(tim.page("/me/funds"))
    assert "$1,000.00 USD came back and is available to you again" in page
    assert "A member of our staff takes care of it by Wednesday 25 November 2026." in page and ref in page
    market.pay_out(story.tim, story.destination, 100)
    assert "came back and is available" not in tim.page("/me/funds")


def test_a_place_from_which_a_payout_came_back_says_so_and_another_is_chosen(doors: Doors, market: Market, story: Story) -> None:
    said = "A payout to it came back on Sunday 22 November 2026, and none was sent to it since. Check its details."
    older = market.destination(story.tim, days_ago=90)
    tim = doors.open(story.tim.person)
    assert f'value="{story.destination}" checked' in tim.page("/me/funds")
    bounced(market, story)
    funds, places = tim.page("/me/funds"), words_of(tim.page("/me/funds/destinations"))
    assert '<a href="/me/funds/destinations">Check this place, or add another one</a>' in funds
    assert f'value="{older}" checked' in funds and said in words_of(funds)
    assert said in places and "To be checked" in places and places.count("Ready") == 1
    again = str(market.pay_out(story.tim, story.destination, 100)["payout"])
    assert said in words_of(tim.page("/me/funds/destinations")), "it is not sent yet"
    market.do(mark_payout, payout_ref=again, state="sent")
    places = words_of(tim.page("/me/funds/destinations"))
    assert said not in places and places.count("Ready") == 2
    assert f'value="{story.destination}" checked' in tim.page("/me/funds")


def test_the_own_page_says_what_did_not_arrive_and_what_is_owed(doors: Doors, market: Market, story: Story) -> None:
    bounced(market, story)
    tim = doors.open(story.tim.person)
    page = words_of(tim.page("/me"))
    assert "$1,000.00 USD came back to us and did not arrive. It is yours all the same." in page
    assert "Something that we sent you did not arrive." in page and "Nothing is needed from you" not in page
    assert "takes care of $1,000.00 USD that did not arrive, by Wednesday 25 November 2026 (in 3 days)." in page
    assert "could not be paid" in page and "We owe you no answer" not in page and "Nothing. No decision" not in page
    funds = words_of(tim.page("/me/funds"))
    assert funds.index("came back and is available") < funds.index("How much"), "what went wrong comes first"
    market.office.clock.advance(days=5)  # type: ignore[attr-defined]
    assert "did not arrive. We are late, and that is our fault." in words_of(doors.open(story.tim.person).page("/me"))
    market.pay_out(story.tim, story.destination, 100)
    assert "did not arrive" not in words_of(doors.open(story.tim.person).page("/me"))


def test_the_desk_reads_what_to_do(doors: Doors, market: Market, story: Story) -> None:
    ref = bounced(market, story)
    rae: Browser = doors.open(story.rae.person, fresh=True)
    line = words_of(rae.page("/desk"))
    assert "Money that did not arrive" in line and "$1,000.00 USD" in line
    assert rae.get(f"/desk/returned/{ref}").status_code == 403, "it is in nobody's hands yet"
    taken(market, story, ref)
    page = words_of(rae.page(f"/desk/returned/{ref}"))
    assert "$1,000.00 USD could not be paid to Tim Okafor" in page and f"name {ref}" in page
    assert "Nothing is held against anybody here." in page and "leaves the queue by itself" in page
    market.pay_out(story.tim, story.destination, 100)
    assert "Nothing more." in words_of(rae.page(f"/desk/returned/{ref}"))
    assert "Money that did not arrive" not in words_of(rae.page("/desk"))


def test_what_a_closed_card_sent_back_is_owed_again_on_both_pages(doors: Doors, market: Market, story: Story) -> None:
    """What went back of money that was only paid in: until another sending of it is reported, the client and the desk read it."""
    market.pay_in(story.contract, 2, 40_000)
    market.give_up(story.contract, 2, "r-1")
    stacy, told = doors.open(story.stacy.person), {"escrow_return": "r-1", "line": 1, "type": "refund"}
    assert "could not be sent" not in words_of(stacy.page("/me/funds"))
    market.do(report_money, facts=[told | {"state": "failed", "reference": "r-1"}])
    with market.office.database.read() as session:
        [back] = refunds_of(session, story.stacy.account.id)
    page = words_of(stacy.page("/me/funds"))
    assert "It is yours all the same." in page and str(back.ref) in page
    taken(market, story, str(back.ref))
    desk = words_of(doors.open(story.rae.person, fresh=True).page(f"/desk/returned/{back.ref}"))
    assert "$400.00 USD" in desk and "Stacy Moreno" in desk
    market.do(report_money, facts=[told | {"state": "sent", "reference": "r-1-again"}])
    assert "It is yours all the same." not in words_of(doors.open(story.stacy.person).page("/me/funds"))


def returns(story: Story, count: int) -> list[dict[str, Any]]:
    """So many of a cent each go back of what was paid in, one a minute."""
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    return [
        {"type": "escrow_return", "line": n, "source_key": f"r-{n}", "contract": story.contract.external_id, "milestone": 2,
         "amount_minor": 1, "currency": "USD", "returned_at": (now + timedelta(minutes=n)).isoformat()} for n in range(count)
    ]


def test_what_went_back_long_ago_is_counted_and_found(doors: Doors, market: Market, story: Story) -> None:
    """The newest fifty are listed, and whatever of the others is not sent; how many more there are is said, with a way there."""
    market.pay_in(story.contract, 2, 40_000)
    market.do(report_money, facts=returns(story, 50))
    assert "older one" not in words_of(doors.open(story.stacy.person).page("/me/funds"))
    market.do(report_money, facts=returns(story, 53))
    market.do(report_money, facts=[{"type": "refund", "line": 1, "escrow_return": "r-0", "state": "failed", "reference": "r-0"}])
    with market.office.database.read() as session:
        listed = refunds_of(session, story.stacy.account.id)
        assert [len(listed), refunds_besides(session, story.stacy.account.id, len(listed))] == [51, 2]
    assert [one.state for one in listed] == ["sent"] * 50 + ["failed"], "the oldest is listed because it is not sent"
    page = doors.open(story.stacy.person).page("/me/funds")
    assert "2 older ones are here: Everything that moved, in USD" in words_of(page)
    assert page.count('data-label="For what"') == 51


WORDS = "Your bank says that this account was closed. Please add another one."


def test_the_desk_writes_to_whose_money_it_is(doors: Doors, market: Market, story: Story) -> None:
    ref = bounced(market, story)
    taken(market, story, ref)
    rae, here = doors.open(story.rae.person, fresh=True), f"/desk/returned/{ref}"
    seen = words_of(rae.post(here, words=WORDS, go="look").text)
    assert "What Tim Okafor reads in the inbox" in seen and "about $1,000.00 USD that did not arrive:" in seen
    assert "choose another place and ask for the money again" in seen and rae.post(here, words=" ", go="send").status_code == 422
    assert rae.post(here, words=WORDS, go="send").status_code == 303
    assert WORDS in words_of(rae.page(here)) and "To be looked after by" in rae.page(here), "it goes on waiting"
    with market.office.database.read() as session:
        [told] = session.query(Notice).filter_by(kind="returned_words").all()
    assert told.recipient_id == story.tim.person.id and WORDS in told.body and WORDS not in told.mail_body
    assert WORDS in words_of(doors.open(story.tim.person).page(f"/me/inbox/{told.id}"))
    market.pay_out(story.tim, story.destination, 100)
    late = rae.post(here, words=WORDS, go="send")
    assert late.status_code == 409 and "Nothing waits for an answer here." in late.text


def test_nobody_else_writes(doors: Doors, market: Market, story: Story) -> None:
    ref = bounced(market, story)
    taken(market, story, ref)
    ola = doors.open(story.ola.person, fresh=True)
    assert ola.post(f"/desk/returned/{ref}", words=WORDS, go="send").status_code == 403
    noor = doors.open(market.staff("Noor Haque", Role.AUDITOR).person, fresh=True)
    assert "What you write" not in noor.page(f"/desk/returned/{ref}")
    assert noor.post(f"/desk/returned/{ref}", words=WORDS, go="send").status_code == 404
    write = {"returned_ref": ref, "words": WORDS}
    assert refused(lambda: market.do(write_about_returned, story.ola.actor, **write)) == "with_somebody_else"
    member = {"account_id": story.tim.account.id, "person_id": story.rae.person.id, "role": "worker"}
    market.make(lambda work: add(work, Member(**member)))
    assert refused(lambda: market.do(write_about_returned, story.rae.actor, **write)) == "conflicted"


def test_nobody_else_reads_it(doors: Doors, market: Market, story: Story) -> None:
    ref = bounced(market, story)
    assert doors.open(story.tim.person).get(f"/desk/returned/{ref}").status_code == 404
    assert doors.open(market.staff("Noor Haque", Role.AUDITOR).person).get(f"/desk/returned/{ref}").status_code == 200
    assert doors.open(story.rae.person, fresh=True).get("/desk/returned/W-22222222").status_code == 404


def test_it_is_counted_in_public(doors: Doors, market: Market, story: Story) -> None:
    for _ in range(6):
        bounced(market, story)
    market.office.clock.advance(days=1)  # type: ignore[attr-defined]
    reader = doors.app.test_client()
    figures = reader.get("/transparency.json", base_url="https://localhost").get_json()["money_that_came_back"]
    assert figures == {"all": 6, "looked_after": None}, "five were asked for again, one still waits"
    page = words_of(reader.get("/transparency", base_url="https://localhost").text)
    assert "Payouts and refunds that came back to us 6" in page
