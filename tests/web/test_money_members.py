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
def test_a_member_is_shown_no_button_that_is_refused(
    doors: Doors, market: Market, story: Story, scene: dict[str, str], side: str
) -> None:
    account: Party = getattr(story, side)
    worker = doors.open(member(market, account, "worker").person, fresh=True)
    for page in every(scene):
        for action, fields in offered(worker, page):
            answer = worker.post(action, **fields)
            assert answer.status_code != 403, (page, action, fields)


def test_a_member_reads_who_can_do_it(doors: Doors, market: Market, story: Story, scene: dict[str, str]) -> None:
    worker = doors.open(member(market, story.tim, "worker").person)
    for page in ("/me/funds", "/me/funds/destinations", scene["settlement"]):
        assert THEY in words_of(worker.page(page)), page
    funds, me = words_of(worker.page("/me/funds")), words_of(worker.page("/me"))
    assert "$1,750.00 USD can be withdrawn now" in funds and "You can withdraw" not in funds
    assert "$1,750.00 USD can be withdrawn, by the owner or by a member with the finance role." in me
    assert "Stacy Moreno offers a settlement. It can be accepted until" in me and "You can accept it" not in me
    assert "Withdraw $1,750.00" not in me and "Accepting is for the owner of this account" in me
    assert "Handing over and settling are about money." in words_of(worker.page(scene["contract"]))
    assert "It can be accepted until" in words_of(worker.page(scene["settlement"]))


@pytest.mark.parametrize("side", ["tim", "stacy"])
def test_accepting_and_taking_back_are_offered_to_those_who_can(doors: Doors, market: Market, story: Story, side: str) -> None:
    account: Party = getattr(story, side)
    bench = answered(market, story)
    here = f"/disputes/{bench.ref}"
    worker, owner = doors.open(member(market, account, "worker").person), doors.open(account.person)
    assert ("Withdraw this dispute" in owner.page(here)) is (side == "stacy")
    assert THEY in words_of(worker.page(here)) and "Make an offer" not in worker.page(here)
    assert [action for action, _fields in offered(worker, here)] == []
    bench.decide()
    assert offered(owner, here)[0][0] == f"{here}/accept"
    actions = [action for action, _fields in offered(worker, here)]
    assert THEY in words_of(worker.page(here)) and f"{here}/accept" not in actions


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
    assert answer.status_code == 403 and THEY in answer.text


def test_a_member_finishes_a_contract_and_gives_nothing_of_it_away(market: Market, story: Story, scene: dict[str, str]) -> None:
    worker = replace(member(market, story.tim, "worker").actor, account_ids=frozenset({story.tim.account.id}))
    for way, release in (("hand_over", None), ("settle", 10_000)):
        with pytest.raises(NotAllowed, match="not_your_money"):
            market.do(choose_way, worker, contract_ref=story.contract.ref, way=way, release_minor=release)
    assert market.do(choose_way, worker, contract_ref=story.contract.ref, way="finish")["agreed"] is False
