"""The history of one's money: every line in words, paged, as files after showing that it is oneself, and as a picture."""

import ast
import csv
import io
import re
from datetime import timedelta

import pytest

from portal.core.clock import MovedClock
from portal.disputes.operations import accept_settlement, offer_settlement
from portal.ledger import history
from portal.settings import ROOT
from portal.web.person.funds_history import HOUSE_ALONE, LINES
from tests.factories.market import Market, Party, Story
from tests.ledger.steps import contest_money, correct, hold_money, let_go
from tests.web.conftest import Doors


def address(party: Party, currency: str = "USD", ending: str = "") -> str:
    return f"/me/funds/history{ending}?account={party.account.ref}&currency={currency}"


def test_every_kind_of_entry_has_words() -> None:
    posted = set()
    for path in (ROOT / "portal").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "post":
                posted.add(node.args[1].value)  # type: ignore[attr-defined]
    assert posted - HOUSE_ALONE == set(LINES)


def test_both_sides_read_what_happened_from_theirs(doors: Doors, market: Market, story: Story) -> None:
    market.pay_in(story.contract, 2, 40_000)
    market.earn(story.contract, 2, 36_000, fee_minor=4_000)
    made = market.do(contest_money, contract_ref=story.contract.ref, number=2, amount_minor=20_000)
    market.do(let_go, hold_ref=made["hold"], kind="refunded")
    correct(market, story, 1, "added")
    page = doors.open(story.tim.person).page(address(story.tim))
    for words in ("Released to you", "Put on hold", "−$180.00 USD", "Refunded to the client", "+$360.00 USD", "Corrected by us"):
        assert words in page
    assert "Your balance is $2,330.01 USD now, and nothing of it is on hold." in page
    page = doors.open(story.stacy.person).page(address(story.stacy))
    for words in ("You paid in", "Released to the freelancer", "Refunded to you", "$200.00 USD"):
        assert words in page


def test_what_is_free_again_beside_a_refund_is_said(doors: Doors, market: Market, story: Story) -> None:
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    offer = market.do(offer_settlement, story.tim.actor, dispute_ref=ref, refund_minor=15_000, days=5, text="")["offer"]
    market.do(accept_settlement, story.stacy.actor, dispute_ref=ref, offer_ref=offer)
    page = doors.open(story.tim.person).page(address(story.tim))
    assert "Refunded to the client; the other $250.00 USD is no longer on hold" in page and "−$150.00 USD" in page


def test_the_picture_shows_what_is_so_now(doors: Doors, market: Market, story: Story) -> None:
    market.dispute(story.stacy, story.contract)
    page = doors.open(story.tim.person).page("/me/funds")
    assert re.search(r'class="held" d="M0 150\.0H594\.0V[\d.]+H600V150H0Z"', page)


def test_pages_follow_each_other_to_the_first_line(doors: Doors, market: Market, story: Story) -> None:
    for _ in range(60):
        market.pay_out(story.tim, story.destination, 100)
    tim, path, seen = doors.open(story.tim.person), address(story.tim), 0
    while path:
        page = tim.page(path)
        seen += page.count('<tr role="row">') - 1
        after = re.search(r'rel="next" href="([^"]+)"', page)
        path = after[1].replace("&amp;", "&") if after else ""
    assert seen == 63
    assert tim.page(address(story.tim) + "&before=nonsense").count('<tr role="row">') == 51


@pytest.mark.parametrize("ending", [".csv", ".beancount"])
def test_files_are_for_whoever_shows_again_that_it_is_them(
    doors: Doors, market: Market, story: Story, clock: MovedClock, ending: str
) -> None:
    tim = doors.open(story.tim.person, fresh=True)
    answer = tim.get(address(story.tim, ending=ending))
    assert answer.status_code == 200
    assert f'filename="{story.tim.account.ref}-USD{ending}"' in answer.headers["Content-Disposition"]
    assert "Tim" not in answer.text
    if ending == ".csv":
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [(row["what"], row["free_change"], row["free"]) for row in rows][-1] == ("earning", "850.00", "2150.00")
    clock.advance(minutes=11)
    again = tim.get(address(story.tim, ending=ending))
    assert (again.status_code, again.location.split("?")[0]) == (302, "/step-up")


def test_a_table_says_when_it_happened_and_what_the_fee_was(doors: Doors, market: Market, story: Story) -> None:
    """Also where it was reported days later; of a payout nobody reports when it was asked for."""
    market.pay_in(story.contract, 2, 40_000, days_ago=9)
    market.earn(story.contract, 2, 30_000, fee_minor=3_333, days_ago=8)
    market.give_up(story.contract, 2, amount_minor=6_667, currency="USD", returned_at=market.now - timedelta(days=7))
    market.pay_out(story.tim, story.destination, 100)
    told = {}
    for party in (story.stacy, story.tim):
        answer = doors.open(party.person, fresh=True).get(address(party, ending=".csv"))
        rows = list(csv.DictReader(io.StringIO(answer.text)))[-3 if party is story.stacy else -2:]
        told[party] = [(row["what"], row["at"][:10], row["happened_at"][:10], row["fee"]) for row in rows]
    today, day = f"{market.day()}", market.day
    released = ("earning", today, f"{day(8)}", "33.33")
    assert told[story.stacy] == [
        ("funding", today, f"{day(9)}", ""), released, ("escrow_return", today, f"{day(7)}", "")]
    assert told[story.tim] == [released, ("payout", today, "", "")]


def test_nobody_reads_the_history_of_somebody_else(doors: Doors, market: Market, story: Story) -> None:
    stacy = doors.open(story.stacy.person)
    for ending in ("", ".csv", ".beancount"):
        assert stacy.get(address(story.tim, ending=ending)).status_code == 404
        assert stacy.get(address(story.stacy, "USD", ending)).status_code == 404


def test_the_picture_says_in_words_and_in_a_table_what_it_draws(
    doors: Doors, market: Market, story: Story, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(days=10)
    market.do(hold_money, contract_ref=story.contract.ref, number=1, amount_minor=15_000)
    clock.advance(days=10)
    page = doors.open(story.tim.person).page("/me/funds")
    figure = re.search(r'<figure class="course">.*?</figure>', page, re.S)
    assert figure
    assert 'role="img" aria-labelledby="' in figure[0]
    assert "<title" in figure[0] and "<desc" in figure[0]
    assert "Now it is $2,150.00 USD, of it $150.00 USD on hold." in figure[0]
    assert "Hatched" in figure[0]
    assert figure[0].count('<tr role="row">') == 4
    assert "style=" not in figure[0]
    assert not re.search(r'[MHV ]-|nan|inf', " ".join(re.findall(r' d="([^"]+)"', figure[0])))
    assert "moments at equal distances" not in figure[0]
    monkeypatch.setattr(history, "EXACT", 0)
    assert "So much moved that only 61 moments at equal distances are drawn. Of these" in doors.open(story.tim.person).page(
        "/me/funds")


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "¥1,234 JPY"), ("KWD", "1,234.567 KWD")])
def test_amounts_have_the_decimals_of_their_currency(
    doors: Doors, market: Market, story: Story, currency: str, shown: str
) -> None:
    amount = {"JPY": 1_234, "KWD": 1_234_567}[currency]
    contract = market.contract(story.stacy, story.tim, f"Job in {currency}", [amount], currency=currency)
    market.earn(contract, 1, amount, currency=currency)
    tim = doors.open(story.tim.person)
    for page in (tim.page("/me/funds"), tim.page(address(story.tim, currency))):
        assert shown in page
    typed = shown.split(" ")[0].replace("¥", "")
    prefix = f"{story.tim.account.ref}-{currency}-"
    sent = {"account": story.tim.account.ref, "currency": currency, "step": "send", f"{prefix}amount": typed,
            f"{prefix}destination": story.destination}
    assert tim.post("/me/funds", **sent | {f"{prefix}amount": "1.5555"}).status_code == 422
    assert tim.post("/me/funds", **sent).status_code == 303
    assert "Payout asked for" in tim.page(address(story.tim, currency))
    assert market.funds(story.tim, currency).available.amount_minor == 0
