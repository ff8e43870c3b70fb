"""A running contract on its page: where its money is, who can work, and a choice that counts when both make it."""

from typing import Any

import pytest

from portal.contracts.operations import record_contract
from portal.contracts.running import choices_of, mark_agreement
from tests.appeals.conftest import Bench, opened_case, reported
from tests.enforcement.conftest import with_exhibit
from tests.enforcement.test_cosigning import propose, sign
from tests.enforcement.test_lapses import settle
from tests.factories.market import TERMS, Market, Story
from tests.web.conftest import Browser, Doors
from tests.web.desk_support import words_of


@pytest.fixture
def page(market: Market, story: Story) -> str:
    """The second milestone of Stacy's contract is delivered, the third paid in."""
    market.do(
        record_contract, external_id=story.contract.external_id, title="Photo app", terms=TERMS,
        client_external_id=story.stacy.account.external_id, freelancer_external_id=story.tim.account.external_id,
        started_on=story.contract.started_on, milestones=[
            {"number": n, "title": f"Part {n}", "amount_minor": 40_000, "currency": "USD", "state": state}
            for n, state in enumerate(("released", "delivered", "funded"), 1)
        ],
    )
    return f"/contracts/{story.contract.ref}"


def sides(doors: Doors, story: Story) -> tuple[Browser, Browser]:
    return doors.open(story.stacy.person), doors.open(story.tim.person)


def typed(**other: Any) -> dict[str, Any]:
    return {"way": "settle", "amount": "300", "words": "For what exists.", "step": "check"} | other


def test_both_read_where_the_money_is(doors: Doors, story: Story, page: str) -> None:
    stacys = "Released: it belongs to Tim Okafor.", "Until then it is yours.", "not released: it is yours.", "It is yours and"
    tims = "Released: it belongs to you.", "Until then it is Stacy Moreno’s.", "it is Stacy Moreno’s own", "It is Stacy Moreno’s"
    for browser, own in zip(sides(doors, story), (stacys, tims), strict=True):
        text = browser.page(page)
        for words in (*own, "Its release goes on as agreed", "$800.00 USD", "nobody else’s balance",
                      "Nothing of ours stands in the way of it."):
            assert words in text, words
        assert "What is paid in for work that was not delivered goes back to Stacy Moreno." in text
    assert doors.open(story.omar.person).get(page).status_code == 404


def test_where_the_money_is_follows_from_what_was_paid_and_released(doors: Doors, story: Story) -> None:
    """The contract's own line says no more than that all of it is planned."""
    book = doors.market.contract(story.stacy, story.tim, "Book", [30_000, 20_000, 10_000])
    doors.market.pay_in(book, 1, 30_000)
    doors.market.pay_in(book, 2, 20_000)
    doors.market.earn(book, 2, 18_000, days_ago=1, fee_minor=2_000)
    for browser, own in zip(sides(doors, story), ("is yours", "is Stacy Moreno’s own"), strict=True):
        text = words_of(browser.page(f"/contracts/{book.ref}"))
        told = text[text.index("1: Part 1"):]
        states = [told.index(words) for words in (f"not released: it {own}.", "Released: it belongs", "Nothing is paid in")]
        assert states == sorted(states)
        assert "Paid in and not released, all together: $300.00 USD." in told
    assert "milestone 1 of “Book”" in words_of(doors.open(story.stacy.person).page("/disputes/new"))


def test_handing_over_speaks_of_no_money_where_none_is_paid_in(doors: Doors, story: Story) -> None:
    browser, page = doors.open(story.stacy.person), f"/contracts/{story.contract.ref}"
    for text in (browser.page(page), browser.post(page, way="hand_over", step="check").text):
        assert "Delivered work is paid as agreed." in text and "What is paid in" not in text


def test_what_went_back_is_kept_no_more(doors: Doors, story: Story, page: str) -> None:
    doors.market.pay_in(story.contract, 2, 40_000)
    doors.market.give_up(story.contract, 2)
    for browser, back in zip(sides(doors, story), ("you", "Stacy Moreno"), strict=True):
        text = words_of(browser.page(page))
        assert f"Nothing is kept for it any more. $400.00 USD of it goes back to {back}." in text
        assert "Paid in and not released, all together: $400.00 USD." in text, "of the third milestone"
    chosen = words_of(doors.open(story.stacy.person).page("/disputes/new"))
    assert "milestone 3 of “Photo app”" in chosen and "milestone 2 of “Photo app”" not in chosen


def test_what_of_a_milestone_is_on_hold_is_said_where_its_money_is(doors: Doors, story: Story, page: str) -> None:
    dispute = doors.market.dispute(story.stacy, story.contract)["dispute"]
    for browser in sides(doors, story):
        text = browser.page(page)
        assert "$400.00 USD of it is on hold until" in text and f'href="/disputes/{dispute}"' in text
        assert "of it goes back to" not in text


def test_a_choice_is_checked_and_counts_when_both_make_it(doors: Doors, story: Story, page: str) -> None:
    stacy, tim = sides(doors, story)
    check = tim.post(page, **typed())
    assert (check.status_code, "$300.00 USD goes to Tim Okafor" in check.text) == (200, True)
    assert "has chosen how" not in stacy.page(page)
    assert tim.post(page, **typed(step="send")).status_code == 303
    assert "We wait for Stacy Moreno." in tim.page(page)
    mine, theirs = words_of(tim.page("/me")), words_of(stacy.page("/me"))
    assert "Stacy Moreno’s choice how “Photo app” goes on. Yours counts only if they choose the same." in mine
    assert "You chose how “Photo app” should go on." in mine and "Tim Okafor chose how “Photo app” should go on." in theirs
    assert "Tim Okafor has chosen how “Photo app” should go on. It counts only if you choose the same." in theirs
    text = stacy.page(page)
    assert "Tim Okafor has chosen how “Photo app” should go on" in text
    assert "For what exists." in text
    same = stacy.post(page, way="settle", amount="300.00", step="check")
    assert "it counts at once for both of you" in same.text
    assert stacy.post(page, way="settle", amount="300.00", step="send").status_code == 303
    for browser in (stacy, tim):
        assert "You have both chosen how “Photo app” goes on" in browser.page(page)
        account = words_of(browser.page("/me"))
        assert account.count("agreed how “Photo app” goes on.") == 1 and "counts only if" not in account
        assert "We have asked the marketplace to carry it out; here you see when it has." in browser.page(page)
    with doors.market.office.database.read() as session:
        ref = choices_of(session, story.contract.id)[-1].ref
    doors.market.do(mark_agreement, agreement_ref=ref)
    assert "The marketplace has carried it out, on" in tim.page(page)
    late = tim.post(page, way="finish", step="send")
    assert (late.status_code, "agreed on this already" in late.text) == (409, True)


def test_after_agreeing_to_finish_another_way_is_offered(doors: Doors, story: Story, page: str) -> None:
    stacy, tim = sides(doors, story)
    for browser in (tim, stacy):
        assert browser.post(page, way="finish", step="send").status_code == 303
    text = stacy.page(page)
    assert "You have both chosen how “Photo app” goes on" in text and "another way, which then counts instead" in text
    assert 'value="hand_over"' in text and 'value="finish"' not in text
    assert stacy.post(page, way="hand_over", step="send").status_code == 303
    assert "Stacy Moreno has chosen how “Photo app” should go on" in tim.page(page)
    assert tim.post(page, way="hand_over", step="send").status_code == 303
    for browser in (stacy, tim):
        text = browser.page(page)
        assert "gives what exists to Stacy Moreno" in text and 'name="way"' not in text


def test_what_is_wrong_is_said_and_kept(doors: Doors, story: Story, page: str) -> None:
    tim = sides(doors, story)[1]
    for other, words in (({"way": ""}, "Choose how this contract goes on."), ({"amount": "801"}, "more than is paid in"),
                         ({"amount": ""}, "in numbers"), ({"way": "stop"}, "Choose how this contract goes on.")):
        answer = tim.post(page, **typed(**other))
        assert (answer.status_code, words in answer.text) == (422, True), words
        assert "For what exists.</textarea>" in answer.text
    assert tim.post(page, **typed(amount="0")).status_code == 200
    assert tim.post(f"{page}/back").status_code == 409


def test_when_one_is_suspended_both_find_the_way_and_the_client_reads_no_more_than_told(
    doors: Doors, market: Market, story: Story, page: str
) -> None:
    reported(market, story)
    bench = Bench(market, story, opened_case(market.office))
    with_exhibit(bench)
    bench.action_ref = bench.ready()
    bench.issue(bench.action_ref)
    bench.later(hours=30)
    stacy, tim = sides(doors, story)
    assert page in stacy.page(f"/collaborators/{story.tim.account.ref}")
    text = stacy.page(page)
    assert "Tim Okafor cannot work here now. Choose together how this contract goes on" in text
    assert "Finishing is possible once Tim Okafor can work again." in text
    own = tim.page(page)
    assert "You cannot work here now. Choose with Stacy Moreno" in own and "It is not possible until the end of" in own
    assert "/collaborators" in tim.page("/me")
    assert tim.post(page, way="hand_over", step="send").status_code == 303
    assert stacy.post(page, way="hand_over", step="send").status_code == 303
    assert "You have both chosen" in tim.page(page)


def test_with_a_closed_account_nobody_is_offered_to_finish(doors: Doors, market: Market, story: Story, page: str) -> None:
    reported(market, story)
    bench = Bench(market, story, opened_case(market.office))
    with_exhibit(bench)
    sign(bench, propose(bench))
    stacy = sides(doors, story)[0]
    assert stacy.post(page, way="finish", step="send").status_code == 303
    bench.later(days=31)
    settle(bench)
    for browser in sides(doors, story):
        text = browser.page(page)
        assert "no work can be finished here" in text and "Finish the work as agreed" not in text and "Hand over" in text
        assert "then agree" not in text
        late = browser.post(page, way="finish", step="send")
        assert late.status_code == 422 and "Choose how this contract goes on." in late.text
