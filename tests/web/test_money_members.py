"""What is about an account's money is offered to whoever decides about it; other members read who that is, not a button."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from portal.accounts.joining import record_member
from portal.contracts.operations import record_contract
from portal.contracts.running import choose_way
from portal.core.errors import NotAllowed
from portal.disputes.operations import offer_settlement
from tests.disputes.deciding import answered
from tests.enforcement.conftest import Desk
from tests.factories.market import TERMS, Market, Party, Story
from tests.web.conftest import Browser, Doors
from tests.web.desk_support import words_of

FORM = re.compile(r"<form\b[^>]*\baction=\"([^\"]+)\"[^>]*>(.*?)</form>", re.DOTALL)
FIELD = re.compile(r"<(?:input|button)\b[^>]*\bname=\"([^\"]+)\"[^>]*\bvalue=\"([^\"]*)\"")
THEY = "The owner of this account, or a member with the finance role, can"
TYPED = "ES91 2100 0418 4502 0005 1332"
MONEY = re.compile(r"/me/funds|/disputes/[^/]+/(accept|withdraw|settlement)|/contracts/")
"""Where forms move money; every one that a member is shown must lead on."""


@pytest.fixture
def scene(market: Market, story: Story) -> dict[str, str]:
    """An answered dispute with Stacy's offer, a contract with money paid in, and money of Tim's to withdraw."""
    market.do(
        record_contract, external_id=story.contract.external_id, title="Photo app", terms=TERMS,
        client_external_id=story.stacy.account.external_id, freelancer_external_id=story.tim.account.external_id,
        started_on=story.contract.started_on, milestones=[
            {"number": n, "title": f"Part {n}", "amount_minor": 40_000, "currency": "USD", "state": state}
            for n, state in enumerate(("released", "funded"), 1)
        ],
    )
    bench = answered(market, story)
    offered = {"dispute_ref": bench.ref, "refund_minor": 15_000, "days": 7, "text": ""}
    market.do(offer_settlement, story.stacy.actor, **offered)
    here = f"/disputes/{bench.ref}"
    return {"dispute": here, "settlement": f"{here}/settlement", "contract": f"/contracts/{story.contract.ref}"}


def member(market: Market, of: Party, role: str) -> Party:
    party = market.party(f"{role} of {of.account.name}")
    market.make(lambda work: record_member(work, of.account, party.person, role))
    return party


def offered(browser: Browser, page: str) -> list[tuple[str, dict[str, str]]]:
    """The forms about money on a page, as they are sent when nothing is changed but what is empty."""
    found = []
    for action, inside in FORM.findall(browser.page(page)):
        fields = {unescape(name): unescape(value) for name, value in FIELD.findall(inside)}
        if MONEY.search(action):
            typed = {name: fields[name] or TYPED for name in fields.keys() - {"csrf_token", "form_key"}}
            found.append((unescape(action), typed))
    return found


def every(scene: dict[str, str]) -> list[str]:
    return ["/me", "/me/funds", "/me/funds/destinations", *scene.values()]


@pytest.mark.parametrize("side", ["tim", "stacy"])
@pytest.mark.parametrize("role", ["worker", "finance"])
def test_a_member_is_shown_no_button_that_is_refused(
    doors: Doors, market: Market, story: Story, scene: dict[str, str], side: str, role: str
) -> None:
    account: Party = getattr(story, side)
    browser = doors.open(member(market, account, role).person, fresh=True)
    pages = every(scene) if role == "finance" else ["/me", "/me/funds", "/me/funds/destinations", scene["contract"]]
    forms = [(page, *form) for page in pages for form in offered(browser, page)]
    assert forms, "there is something to press"
    for page, action, fields in forms:
        assert browser.post(action, **fields).status_code != 403, (page, action, fields)


def test_what_was_answered_is_only_read(doors: Doors, story: Story, scene: dict[str, str]) -> None:
    page = doors.open(story.tim.person).page("/me/funds")
    assert scene["dispute"] in page and "Read and answer" not in page


def test_who_may_not_answer_a_dispute_is_not_asked_to(
    doors: Doors, market: Market, story: Story, contested: Desk
) -> None:
    fay = doors.open(member(market, contested.story.tim, "finance").person, fresh=True)
    tim, page = (one.page("/me/funds") for one in (doors.open(contested.story.tim.person), fay))
    assert "Read and answer" in tim and "Read it" not in tim
    assert "Read it" in page and "Read and answer" not in page


def test_who_only_works_reads_nothing_of_the_money_and_whom_to_ask(
    doors: Doors, market: Market, story: Story, scene: dict[str, str]
) -> None:
    fay = member(market, story.tim, "finance")
    worker = doors.open(member(market, story.tim, "worker").person, fresh=True)
    for page in ("/me/funds", "/me/funds/destinations"):
        shown = words_of(worker.page(page))
        assert f"for members with the finance role: {story.tim.person.name}, {fay.person.name}." in shown and "1,750" not in shown
    me = words_of(worker.page("/me"))
    assert not any(told in me for told in ("1,750", "400.00", "Stacy Moreno", "on hold"))
    for page in (scene["dispute"], scene["settlement"], f"/me/funds/history?account={story.tim.account.ref}&currency=USD"):
        assert worker.get(page).status_code == 403
    refused = words_of(worker.get(scene["dispute"]).text)
    assert f"This is for the owners of the account {story.tim.account.name}: {story.tim.person.name}." in refused
    contract = words_of(worker.page(scene["contract"]))
    assert "Handing over and settling are about money." in contract and "1: Part 1 , released" in contract
    assert f"for members with the finance role: {story.tim.person.name}, {fay.person.name}." in contract
    assert "$" not in contract and "on hold" not in contract and "Where the money is" not in contract
    choice = {"contract_ref": story.contract.ref, "way": "settle", "release_minor": 12_300, "words": "For the two drawings."}
    market.do(choose_way, story.stacy.actor, **choice)
    theirs = words_of(worker.page(scene["contract"]))
    assert "What Stacy Moreno chose" in theirs and "123" not in theirs and "two drawings" not in theirs
    paid = words_of(doors.open(fay.person, fresh=True).page(scene["contract"]))
    assert "$123.00" in paid and "Where the money is" in paid


@pytest.mark.parametrize("side", ["tim", "stacy"])
def test_who_looks_after_the_money_reads_what_moves_and_no_word_of_either_side(
    doors: Doors, market: Market, story: Story, side: str
) -> None:
    account: Party = getattr(story, side)
    bench = answered(market, story)
    here = f"/disputes/{bench.ref}"
    finance, owner = doors.open(member(market, account, "finance").person), doors.open(account.person)
    written = [bench.dispute.agreed, bench.dispute.happened, bench.dispute.answer]
    for browser, reads in ((owner, True), (finance, False)):
        page = words_of(browser.page(here))
        assert "$400.00 USD on hold" in page and "Make an offer" in page
        assert [(words or "?") in page for words in written] == [reads] * 3
        assert ("Withdraw this dispute" in page) is (side == "stacy")
    assert f"are for the owners of {account.account.name}: {account.person.name}." in words_of(finance.page(here))
    bench.decide()
    for browser, reads in ((owner, True), (finance, False)):
        page = words_of(browser.page(here))
        assert offered(browser, here)[0][0] == f"{here}/accept"
        assert ("Our reasons" in page, "Send this to the reviewer" in page or "Ask for a review" in page) == (reads, reads)


@pytest.mark.parametrize("role", ["owner", "finance"])
def test_who_decides_about_the_money_has_the_buttons(
    doors: Doors, market: Market, story: Story, scene: dict[str, str], role: str
) -> None:
    browser = doors.open(member(market, story.tim, role).person, fresh=True)
    actions = {action for page in every(scene) for action, _fields in offered(browser, page)}
    assert {"/me/funds", "/me/funds/destinations", scene["contract"], scene["settlement"]} <= actions
    assert any(action.endswith("/accept") for action in actions)
    assert not any(THEY in words_of(browser.page(page)) for page in every(scene))


@pytest.mark.parametrize(("place", "fields"), [
    ("/me/funds", {"currency": "USD"}), ("settlement", {"amount": "150.00", "days": "7", "step": "check"}),
])
def test_a_form_of_somebody_else_is_refused_before_it_is_checked(
    doors: Doors, market: Market, story: Story, scene: dict[str, str], place: str, fields: dict[str, Any]
) -> None:
    worker = doors.open(member(market, story.tim, "worker").person)
    answer = worker.post(scene.get(place, place), account=story.tim.account.ref, **fields)
    assert answer.status_code == 403 and (THEY in answer.text or "This is for the owners of the account" in answer.text)


def test_a_member_finishes_a_contract_and_gives_nothing_of_it_away(market: Market, story: Story, scene: dict[str, str]) -> None:
    worker = replace(member(market, story.tim, "worker").actor, account_ids=frozenset({story.tim.account.id}))
    for way, release in (("hand_over", None), ("settle", 10_000)):
        with pytest.raises(NotAllowed, match="not_your_money"):
            market.do(choose_way, worker, contract_ref=story.contract.ref, way=way, release_minor=release)
    assert market.do(choose_way, worker, contract_ref=story.contract.ref, way="finish")["agreed"] is False


def test_whose_money_it_is_comes_before_what_was_typed(doors: Doors, market: Market, story: Story) -> None:
    worker = doors.open(member(market, story.tim, "worker").person, fresh=True)
    for number in ("", "x" * 300_000, "ES91", TYPED):
        ref = story.tim.account.ref
        assert worker.post("/me/funds/destinations", account=ref, **{f"{ref}-number": number}).status_code == 403
