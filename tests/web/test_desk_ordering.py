"""A law or an order over HTTP: named, signed by two, looked at again, and silent where it has to be."""

import re
from typing import Any

from sqlalchemy import select

from portal.cases.models import Case
from portal.core.access import Role
from portal.enforcement.operations import co_sign, issue_action
from tests.enforcement.test_ordering import FIXED, GROUNDS, ORDER, SILENT
from tests.web.conftest import Doors
from tests.web.desk_support import Desk, hidden, words_of
from tests.web.test_desk_closing import reported


def begun(desk: Desk, case: str) -> str:
    answer = desk.send(f"/desk/cases/{case}/order", {})
    assert answer.status_code == 303, words_of(answer.text)
    return str(answer.headers["Location"].rpartition("/")[2])


def typed(desk: Desk, ref: str, **other: Any) -> dict[str, Any]:
    kept = hidden(desk.get(f"/desk/actions/{ref}"), f"/desk/actions/{ref}/preview")
    return {
        **kept, **ORDER, "measure": "suspension", "order_dated_on": desk.market.day(2).isoformat(), "exhibits": ["1"],
        "facts": GROUNDS, "why": "It names the holder.", "would_change": "The court lifts it.\nIt is about somebody else.",
        **other,
    }


def ordered(desk: Desk, **other: Any) -> str:
    ref = begun(desk, desk.taken())
    fields = typed(desk, ref, **other)
    seen = desk.send(f"/desk/actions/{ref}/preview", fields)
    assert seen.status_code == 200 and "signed by two people" in words_of(seen.text), words_of(seen.text)[:900]
    assert desk.send(f"/desk/actions/{ref}/propose", fields).status_code == 303
    read_by_an_auditor(desk, ref)
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="I have read the order.")
    return ref


def read_by_an_auditor(desk: Desk, ref: str) -> None:
    """Whoever decides nothing reads what would be sent, without being told that they may not."""
    seen = words_of(desk.get(f"/desk/actions/{ref}", desk.sign_in(desk.market.staff("Noor Haque", Role.AUDITOR))))
    assert "decide nothing" in seen and "Regional Court" in seen and "Please look at this again" not in seen


def look(desk: Desk, ref: str, go: str, browser: Any = None) -> Any:
    here = f"/desk/actions/{ref}/order"
    version = hidden(desk.get(here, browser), here)["version"]
    return desk.send(here, {"reason": "The clerk of the court says so.", "go": go, "version": version}, browser)


def test_the_letter_names_the_order_and_clients_read_fixed_words(desk: Desk) -> None:
    ref = ordered(desk)
    desk.clock.advance(hours=25)
    page = words_of(desk.visit_as(desk.story.tim, f"/me/actions/{ref}").text)
    for words in ("A law or an order asks us to suspend your account", *ORDER.values(), GROUNDS, "By law",
                  "We look at it again every 30 days", "No rule is said to have been broken.",
                  "It began with A law or an order. No automated detection."):
        assert words in page, words
    assert "We decided that rule" not in page
    theirs = words_of(desk.visit_as(desk.story.stacy, f"/collaborators/{desk.story.tim.account.ref}").text)
    assert FIXED in theirs and "Lisbon" not in theirs


def test_what_it_takes_away_comes_back_unless_we_find_that_it_obliges_us(desk: Desk) -> None:
    ref = ordered(desk, measure="restriction", scope=["new_contracts"])
    page = words_of(desk.visit_as(desk.story.tim, f"/me/actions/{ref}").text)
    assert "unless we have found by then that the law or the order still obliges us" in page
    assert "Running contracts go on." in page and "you need not ask" not in page
    assert "This limits what can be done here, in part" in page


def test_money_on_hold_for_an_order_without_a_last_day_may_stay_longer(desk: Desk) -> None:
    ref = ordered(desk, measure="restriction", block_amount="1,000.00", block_currency="USD")
    page = words_of(desk.visit_as(desk.story.tim, f"/me/actions/{ref}").text)
    assert "longer if we find by then that it still obliges us." in page and "asks for it, until" in page


def test_whoever_lifts_it_reads_what_goes_on_hold_for_a_client(desk: Desk) -> None:
    market, story = desk.market, desk.story
    shop = market.contract(story.omar, story.tim, "Shop", [50_000], released={1: 8}, started=12)
    ref = ordered(desk, measure="restriction", block_amount="2,250.00", block_currency="USD")
    made = market.dispute(story.omar, shop, 50_000)
    page = words_of(desk.get(f"/desk/actions/{ref}/lift"))
    assert "Released: $2,250.00 USD Stays on hold:" in page
    goes = f"Goes on hold at once for what a client or their bank claims: $500.00 USD of “Shop” ( {made['dispute']} )"
    assert goes in page


def test_an_order_with_a_last_day_says_from_when(desk: Desk) -> None:
    last = desk.market.day(-10).isoformat()
    ref = ordered(desk, measure="restriction", scope=["new_contracts"], order_ends_on=last)
    page = words_of(desk.visit_as(desk.story.tim, f"/me/actions/{ref}").text)
    assert "you need not ask. Running contracts go on." in page and "unless we have found" not in page


def test_what_is_missing_is_said_at_its_field(desk: Desk) -> None:
    ref = begun(desk, desk.taken())
    answer = desk.send(f"/desk/actions/{ref}/preview", typed(desk, ref, order_authority="", silence="y"))
    assert answer.status_code == 422 and 'href="#order_authority"' in answer.text
    assert 'href="#silence_provision"' in answer.text and GROUNDS[:40] in answer.text


def test_somebody_looks_again_and_the_person_reads_a_new_letter(desk: Desk) -> None:
    ref = ordered(desk)
    desk.clock.advance(days=10)
    desk.browser = desk.sign_in(desk.story.rae)
    assert "Look again at the law or the order" in desk.get(f"/desk/actions/{ref}")
    assert look(desk, ref, "order").status_code == 303
    page = words_of(desk.visit_as(desk.story.tim, f"/me/actions/{ref}").text)
    assert "We looked again: the law or the order still obliges us." in page
    account = words_of(desk.visit_as(desk.story.tim, "/me").text)
    assert "Our next look at the law or the order, by" in account and "need not ask" not in account


def test_under_an_order_of_silence_nobody_reads_of_it(desk: Desk) -> None:
    ref = ordered(desk, **{**SILENT, "silence": "y"})
    desk.clock.advance(hours=25)
    tim = desk.story.tim
    for path in (f"/me/actions/{ref}", f"/me/actions/{ref}.json", f"/me/actions/{ref}.pdf", f"/appeals/new?action={ref}"):
        assert desk.visit_as(tim, path).status_code == 404, path
    mine = words_of(desk.visit_as(tim, "/me").text)
    assert "we cannot say more about it yet" in mine and "Nothing. No decision" not in mine and ref not in mine
    assert "Our letter with all reasons, as soon as we can send it." in mine and "We owe you no answer" not in mine
    theirs = words_of(desk.visit_as(desk.story.stacy, f"/collaborators/{tim.account.ref}").text)
    assert "Tim Okafor is available" in theirs and FIXED not in theirs


def test_somebody_else_says_that_it_waits_on_and_then_it_is_sent(desk: Desk) -> None:
    ref = ordered(desk, **{**SILENT, "silence": "y"})
    assert "somebody else says whether" in words_of(desk.get(f"/desk/actions/{ref}/order"))
    assert look(desk, ref, "keep").status_code == 403
    lee = desk.sign_in(desk.market.staff("Lee Marsh", Role.LEAD))
    assert look(desk, ref, "keep", lee).status_code == 303
    assert look(desk, ref, "tell", lee).status_code == 303
    page = words_of(desk.visit_as(desk.story.tim, f"/me/actions/{ref}").text)
    assert "This letter was written and sealed on" in page and SILENT["silence_provision"] in page


def test_money_on_hold_by_law_is_named_on_the_funds_page_unless_that_is_forbidden(desk: Desk) -> None:
    asked = {"measure": "restriction", "block_amount": "1,000.00", "block_currency": "USD"}
    ordered(desk, **asked)
    desk.clock.advance(minutes=5)
    page = words_of(desk.visit_as(desk.story.tim, "/me/funds").text)
    assert "The one exception is a stated amount that a law or an order asks for." in page
    assert f"{ORDER['order_authority']}, {ORDER['order_provision']}" in page and "It states $1,000.00 USD" in page
    assert "Withdraw" in page


def test_money_on_hold_in_silence_is_not_denied_and_not_explained(desk: Desk) -> None:
    ordered(desk, measure="restriction", block_amount="1,000.00", block_currency="USD", **{**SILENT, "silence": "y"})
    desk.clock.advance(minutes=5)
    page = words_of(desk.visit_as(desk.story.tim, "/me/funds").text)
    assert re.search(r"On hold \S+ USD We cannot say more about it yet", page)
    assert "A law or an order" not in page and ORDER["order_authority"] not in page


def test_money_on_hold_in_silence_is_explained_in_no_other_letter_and_its_decision_is_named_nowhere(desk: Desk) -> None:
    silent = ordered(desk, measure="restriction", block_amount="1,000.00", block_currency="USD", **{**SILENT, "silence": "y"})
    with desk.market.office.database.read() as session:
        case = session.scalars(select(Case.ref)).one()
    desk.heard(case)
    ref, fields = desk.drafted(case), desk.decision(measure="suspension", ends_on="2026-12-10")
    del fields["version"]
    fields["would_change"] = str(fields["would_change"]).split("\n")
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    letter = words_of(desk.visit_as(desk.story.tim, f"/me/actions/{ref}").text)
    assert "On hold when we decided: $1,000.00 USD, until" in letter and "law or an order" not in letter
    money = f"account={desk.story.tim.account.ref}&currency=USD"
    reader = Doors(desk.app, desk.market).open(desk.story.tim.person, fresh=True)
    for path in (f"/me/funds/history?{money}", f"/me/funds/history.csv?{money}", f"/me/funds/history.beancount?{money}"):
        page = reader.page(path)
        assert silent not in page and "1000.00" in page.replace(",", "")


def test_a_case_is_closed_while_the_order_goes_on(desk: Desk) -> None:
    case, _report = reported(desk)
    ref = begun(desk, case)
    fields = typed(desk, ref, exhibits=[], no_exhibit="no_longer_exists")
    assert desk.send(f"/desk/actions/{ref}/propose", fields).status_code == 303
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="I have read the order.")
    said = words_of(desk.get(f"/desk/cases/{case}/close"))
    assert "It cannot be closed yet" not in said
    assert f"this goes on in the queue after the case is closed: Look again at a law or an order {ref} until" in said
