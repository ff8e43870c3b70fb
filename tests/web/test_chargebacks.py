"""A bank chargeback on its pages: whose money it is about, what we sent, and a dispute that is refused with a sentence."""

from typing import Any

from portal.disputes.chargeback_queries import MOST_WORDS
from portal.disputes.chargebacks import mark_chargeback, record_chargeback
from portal.disputes.operations import accept_settlement, offer_settlement
from tests.web.conftest import Browser, Doors
from tests.web.desk_support import Desk, words_of


def come(desk: Desk) -> dict[str, Any]:
    return desk.market.do(
        record_chargeback, external_id="b1", contract_ref=desk.story.contract.ref, milestone_number=1, amount_minor=40_000,
        currency="USD", received_at=desk.market.now, reason="Services not provided",
    )


def test_both_sides_read_whose_money_it_is_about(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    (stacy, tim), made = sides, come(desk)
    page = f"/chargebacks/{made['chargeback']}"
    assert "Your bank calls $400.00 USD back" in stacy.page(page)
    assert "You may always do that." in stacy.page(page)
    for words in ("The bank of Stacy Moreno calls $400.00 USD back", "you owe it to nobody", "nothing about the standing"):
        assert words in tim.page(page), words
    his, hers = words_of(tim.page(page)), words_of(stacy.page(page))
    assert "while it is on hold, $400.00 USD of yours goes to Stacy Moreno. If the bank lets the payment stand" in his
    assert "the money is yours to use. If the bank gives it back after that, it is our own loss" in his
    assert "What it can give back to you stays the same" in hers and "of yours goes to" not in hers
    assert page in tim.page("/me/funds")
    account = words_of(tim.page("/me"))
    assert "The bank of Stacy Moreno calls back $400.00 USD of “Photo app”. Only this amount is on hold" in account
    assert "nobody contests your money" not in account and "The bank of Stacy Moreno called $400.00 USD back." in account
    account = words_of(stacy.page("/me"))
    assert "The decision of a bank about “Photo app”." in account
    assert "Your bank called $400.00 USD back." in account and "The bank of Stacy Moreno" not in account
    assert "What we sent the bank" not in stacy.page(page)
    assert Doors(desk.app, desk.market).open(desk.story.omar.person).get(page).status_code == 404


def test_the_button_under_the_message_says_where_it_leads(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    ref = come(desk)["chargeback"]
    for browser in sides:
        message = browser.page("/me/inbox").split('href="/me/inbox/')[1].split('"')[0]
        page = browser.page(f"/me/inbox/{message}")
        assert f'href="/chargebacks/{ref}">Read what it means' in page and "Back to my account" not in page


def test_what_is_sent_is_seen_first_and_read_by_both_the_same_day(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    made = come(desk)
    here, page = f"/desk/chargebacks/{made['chargeback']}", f"/chargebacks/{made['chargeback']}"
    desk.take(made["case"])
    assert "What the bank would be told" in desk.get(here)
    assert desk.send(f"{here}/contest", {}).status_code == 303
    assert "We wait for the bank." in desk.get(here)
    assert "has not said yet that our answer went to the bank" in desk.get(here)
    again = desk.send(f"{here}/contest", {})
    assert (again.status_code, "was answered already" in again.text) == (409, True)
    for browser in sides:
        text = words_of(browser.page(page))
        assert "What we sent the bank" in text
        assert "Full refund of a milestone if its work is not completed." in text
        assert "which passes it on to the bank." in text and "It went to the bank by" not in text
    desk.market.do(mark_chargeback, chargeback_ref=made["chargeback"], stage="contested")
    assert all("It went to the bank by" in words_of(one) for one in (sides[0].page(page), desk.get(here)))
    assert "A bank called a payment back" in desk.get(f"/desk/cases/{made['case']}")


def test_the_freelancer_writes_for_the_bank_until_it_is_answered(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    (stacy, tim), made = sides, come(desk)
    page, here, text = f"/chargebacks/{made['chargeback']}", f"/desk/chargebacks/{made['chargeback']}", "She thanked me for it."
    desk.take(made["case"])
    unread = words_of(desk.get(here))
    assert "Tim Okafor has not written anything for the bank yet." in unread and "The bank waits until" in unread
    assert "You can write what the bank should know." in words_of(tim.page("/me"))
    before = words_of(tim.page(page))
    assert "You can write what the bank should know. You need not. The bank waits until" in before
    for words in ("The bank's reason Services not provided", "as it stands now", "You can write 5 more times."):
        assert words in before.replace("’", "'"), words
    assert stacy.post(f"{page}/words", text=text).status_code == 404 and "What should the bank know?" not in stacy.page(page)
    empty = tim.post(f"{page}/words", text=" ")
    assert (empty.status_code, "Write what you want the bank to know." in words_of(empty.text)) == (422, True)
    draft = tim.post(f"{page}/words", text="She thanked", keep="1")
    assert draft.status_code == 200 and "She thanked</textarea>" in tim.page(page)
    assert tim.post(f"{page}/words", text=text).headers["Location"] == f"{page}#words"
    his = words_of(tim.page(page))
    assert text in his and "You can write 4 more times." in his and "She thanked</textarea>" not in tim.page(page)
    account = words_of(tim.page("/me"))
    assert "What you wrote goes to the bank with our answer." in account and "You wrote for the bank." in account
    assert text not in stacy.page(page)
    unseen = desk.send(f"{here}/contest", {"words": "0"})
    assert (unseen.status_code, "read it first" in unseen.text, text in unseen.text) == (409, True, True)
    assert "has not written anything" not in desk.get(here)
    assert "The freelancer wrote something for the bank" in desk.get(f"/desk/cases/{made['case']}")
    assert desk.send(f"{here}/contest", {"words": "1"}).status_code == 303
    assert "It is part of what we sent." in words_of(tim.page(page)) and text in stacy.page(page)
    assert "We answered the bank." in words_of(tim.page("/me"))


def test_what_did_not_reach_the_bank_any_more_is_still_there_to_be_read(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    (stacy, tim), made = sides, come(desk)
    page = f"/chargebacks/{made['chargeback']}"
    for n in range(MOST_WORDS):
        assert tim.post(f"{page}/words", text=f"Part {n}.").status_code == 303
    his = words_of(tim.page(page))
    assert "You wrote as often as you can." in his and "What should the bank know?" not in his
    often = tim.post(f"{page}/words", text="Part six.", keep="1")
    assert (often.status_code, "This was not added Part six." in words_of(often.text)) == (422, True)
    desk.market.do(mark_chargeback, chargeback_ref=made["chargeback"], stage="contested")
    late = tim.post(f"{page}/words", text="And more.")
    assert (late.status_code, "This was not added And more." in words_of(late.text)) == (409, True)
    assert "This was not added" not in stacy.page(page)


def test_a_draft_that_was_never_sent_is_still_there_once_the_bank_was_answered(
    desk: Desk, sides: tuple[Browser, Browser]
) -> None:
    (_stacy, tim), made = sides, come(desk)
    page = f"/chargebacks/{made['chargeback']}"
    assert tim.post(f"{page}/words", text="She thanked", keep="1").status_code == 200
    desk.market.do(mark_chargeback, chargeback_ref=made["chargeback"], stage="contested")
    assert "This was not added She thanked" in words_of(tim.page(page))


def test_when_the_bank_waits_no_longer_the_page_says_that_we_are_late(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    ref = come(desk)["chargeback"]
    desk.market.office.clock.advance(days=9)  # type: ignore[attr-defined]
    tim = Doors(desk.app, desk.market).open(desk.story.tim.person)
    assert "we have not answered yet. You can still write." in words_of(tim.page(f"/chargebacks/{ref}"))
    assert tim.post(f"/chargebacks/{ref}/words", text="She thanked me.").status_code == 303
    desk.market.do(mark_chargeback, chargeback_ref=ref, stage="lost")
    assert "so what you wrote for it was not sent." in words_of(tim.page(f"/chargebacks/{ref}"))


def test_a_lost_one_says_whose_loss_it_is(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    (stacy, tim), market = sides, desk.market
    market.pay_out(desk.story.tim, desk.story.destination, 200_000)
    ref = come(desk)["chargeback"]
    market.do(mark_chargeback, chargeback_ref=ref, stage="lost")
    text = words_of(tim.page(f"/chargebacks/{ref}"))
    for words in ("$150.00 USD", "$250.00 USD", "The rest is our own loss: you owe it to nobody"):
        assert words in text
    assert "It is not refunded here as well." in stacy.page(f"/chargebacks/{ref}")
    assert "$250.00" not in stacy.page(f"/chargebacks/{ref}")


def test_what_the_bank_left_standing_leads_to_a_dispute_only_while_there_is_time(
    desk: Desk, sides: tuple[Browser, Browser]
) -> None:
    """Another milestone of the contract has time left all the while."""
    market, contract = desk.market, desk.story.contract
    ref, new = come(desk)["chargeback"], f"/disputes/new?contract={contract.ref}&milestone=1"
    market.do(mark_chargeback, chargeback_ref=ref, stage="won")
    page = words_of(sides[0].page(f"/chargebacks/{ref}"))
    assert "You can contest $400.00 USD of it until" in page and "is over" not in page
    assert sides[0].get(new).status_code == 200
    market.office.clock.advance(days=31)  # type: ignore[attr-defined]
    market.earn(contract, 2, 40_000, days_ago=0)
    stacy = Doors(desk.app, market).open(desk.story.stacy.person)
    page = stacy.page(f"/chargebacks/{ref}")
    assert "The time to contest it here is over." in words_of(page) and "/disputes/new?contract=" not in page
    assert stacy.get(new).status_code == 404


def test_what_stands_is_free_again_and_can_still_be_contested(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    (stacy, tim), market = sides, desk.market
    ref = come(desk)["chargeback"]
    page = f"/chargebacks/{ref}"
    market.do(mark_chargeback, chargeback_ref=ref, stage="won")
    free, right = "It is yours to withdraw, unless it is on hold", "Stacy Moreno can still contest $400.00 USD of it here until"
    his = words_of(tim.page(page))
    assert free in his and right in his and "/disputes/new" not in tim.page(page)
    assert free not in words_of(stacy.page(page))
    dispute = f"/disputes/{market.dispute(desk.story.stacy, desk.story.contract)['dispute']}"
    his, hers = tim.page(page), stacy.page(page)
    assert "Stacy Moreno contests it here now." in his and "You contest it here now." in hers
    assert all(f'href="{dispute}"' in one for one in (his, hers))
    assert free not in words_of(his) and right not in words_of(his)
    assert "Your bank called this payment back before, and let it stand." in stacy.page(dispute)
    assert "The bank of Stacy Moreno called this payment back before" in tim.page(dispute)
    assert f'href="{page}"' in tim.page(dispute)


def test_what_was_free_before_the_bank_decided_is_not_said_to_be_freed(
    desk: Desk, sides: tuple[Browser, Browser]
) -> None:
    """All of it had been paid out."""
    desk.market.pay_out(desk.story.tim, desk.story.destination, 215_000)
    ref = come(desk)["chargeback"]
    assert "of yours goes to" not in words_of(sides[1].page(f"/chargebacks/{ref}"))
    desk.market.do(mark_chargeback, chargeback_ref=ref, stage="won")
    assert "yours to withdraw" not in words_of(sides[1].page(f"/chargebacks/{ref}"))


def test_a_contested_milestone_leads_to_the_bank(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    dispute = desk.market.dispute(desk.story.stacy, desk.story.contract)["dispute"]
    ref = come(desk)["chargeback"]
    for browser in sides:
        page = browser.page(f"/disputes/{dispute}")
        assert "This dispute is closed, because a bank called the payment back" in page
        assert "The dispute ended, because a bank called the payment back." in page
        assert f"/chargebacks/{ref}" in page
    new = sides[0].get(f"/disputes/new?contract={desk.story.contract.ref}&milestone=1")
    assert new.status_code == 404
    assert "Part 1" not in sides[0].page("/disputes/new")


def test_a_refund_that_is_stopped_is_said_on_every_page(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    (stacy, _tim), market, story = sides, desk.market, desk.story
    dispute = {"dispute_ref": market.dispute(story.stacy, story.contract)["dispute"]}
    offer = market.do(offer_settlement, story.tim.actor, refund_minor=10_000, days=5, text="", **dispute)["offer"]
    market.do(accept_settlement, story.stacy.actor, offer_ref=offer, **dispute)
    made = come(desk)
    ref = made["chargeback"]
    desk.take(made["case"])
    funds = words_of(stacy.page("/me/funds"))
    assert "$100.00 USD is not sent back to you, because your bank calls it back" in funds
    assert "If your bank does not give it back, we send it." in funds
    for text in (stacy.page(f"/chargebacks/{ref}"), desk.get(f"/desk/chargebacks/{ref}")):
        assert "Refund that was stopped for it $100.00 USD" in words_of(text)
    assert "was not sent because the bank calls it back" in words_of(desk.get(f"/desk/chargebacks/{ref}"))
    market.do(mark_chargeback, chargeback_ref=ref, stage="lost")
    assert "$100.00 USD was given back to you by your bank" in words_of(stacy.page("/me/funds"))
    assert "Given back to you by your bank, so not sent by us" in words_of(
        stacy.page(f"/me/funds/history?account={story.stacy.account.ref}&currency=USD"))
