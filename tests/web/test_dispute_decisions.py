"""A dispute is decided over HTTP: what both will read first, then the decision, acceptance, review, a second reader."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.core.access import Role
from portal.disputes.operations import answer_dispute
from portal.enforcement.handing import hand_over
from portal.ledger.operations import mark_refund
from portal.ledger.refund_queries import refunds_of
from tests.disputes.deciding import WHY, Bench, answered
from tests.factories.market import usd
from tests.web.conftest import Browser, Doors, case_of
from tests.web.desk_support import Desk, hidden, words_of

REASONS = "One drawing was delivered in time. The version that term 2 speaks of never came."


def form(bench: Bench, **other: Any) -> dict[str, Any]:
    return {
        "version": str(bench.dispute.version), "outcome": "split", "amount": "150.00", "cites": "term:2", "rule": "",
        "reasons": REASONS,
    } | other


def post(desk: Desk, bench: Bench, step: str, browser: FlaskClient | None = None, **other: Any) -> Any:
    return desk.send(f"/desk/disputes/{bench.ref}/{step}", form(bench, **other), browser)


def test_the_header_names_the_reader_and_nothing_that_is_needed_is_optional(desk: Desk, bench: Bench) -> None:
    page = desk.get(f"/desk/disputes/{bench.ref}")
    assert desk.story.rae.handle in page.partition("<main")[0]
    fields = words_of(page).partition("Who gets the contested money?")[2]
    assert "Needed if each gets a part." in fields and "(optional)" not in fields


def test_desk_reads_ahead_what_both_then_read(desk: Desk, bench: Bench, sides: tuple[Browser, Browser]) -> None:
    page = words_of(desk.get(f"/desk/disputes/{bench.ref}"))
    assert "got one drawing and then heard nothing" in page
    assert "The drawing is the first version." in page
    ahead = words_of(post(desk, bench, "check").text)
    assert "$150.00 USD goes back to you and $250.00 USD goes to Tim Okafor." in ahead
    assert "$250.00 USD is yours and $150.00 USD goes back to Stacy Moreno." in ahead
    assert bench.dispute.state == "answered"
    assert post(desk, bench, "decide").status_code == 303
    for browser in sides:
        read = words_of(browser.page(f"/disputes/{bench.ref}"))
        assert REASONS in read
        assert "Each milestone is delivered within ten days" in read
        assert "otherwise after Sunday 29 November 2026, unless one of you asks for a review" in read


def test_both_accept_with_one_press_and_see_where_the_money_went(
    desk: Desk, bench: Bench, sides: tuple[Browser, Browser]
) -> None:
    post(desk, bench, "decide")
    stacy, tim = sides
    before = words_of(stacy.page(f"/disputes/{bench.ref}"))
    assert "Accept: $150.00 USD for me" in before and "Whoever accepts cannot ask for a review any more." in before
    assert stacy.post(f"/disputes/{bench.ref}/accept").status_code == 303
    assert "We wait for Tim Okafor" in words_of(stacy.page(f"/disputes/{bench.ref}"))
    assert "Stacy Moreno has accepted. If you accept too, it is done at once." in words_of(tim.page(f"/disputes/{bench.ref}"))
    assert "Accept: $250.00 USD for me" in tim.page(f"/disputes/{bench.ref}")
    assert tim.post(f"/disputes/{bench.ref}/accept").status_code == 303
    again = tim.post(f"/disputes/{bench.ref}/accept")
    assert (again.status_code, "This dispute has ended." in again.text) == (409, True)
    for browser in sides:
        page = words_of(browser.page(f"/disputes/{bench.ref}"))
        assert "Where the money went" in page
        assert "You both accepted this, so it is done." in page
    assert desk.market.funds(desk.story.stacy).refunded == usd(15_000)
    assert "Carried out" in words_of(desk.get(f"/desk/disputes/{bench.ref}"))
    waits, nothing = "$150.00 USD that goes back to you and is not sent yet.", "Nothing. We owe you no answer at this moment."
    hers = words_of(stacy.page("/me"))
    assert waits in hers and nothing not in hers and waits not in words_of(tim.page("/me"))
    with desk.market.office.database.read() as session:
        [back] = refunds_of(session, desk.story.stacy.account.id)
    desk.market.do(mark_refund, refund_ref=back.ref, state="sent", reference="first")
    hers = words_of(stacy.page("/me"))
    assert waits not in hers and nothing in hers


def test_accepting_and_asking_weigh_the_same_and_who_gets_nothing_reads_the_review_first(
    desk: Desk, bench: Bench, sides: tuple[Browser, Browser]
) -> None:
    post(desk, bench, "decide", outcome="refund")
    for browser, first, then in ((sides[0], "Accept: $400.00 USD for me", "Ask for a review"),
                                 (sides[1], "Ask for a review", "Accept: $400.00 USD for Stacy Moreno")):
        box = browser.page(f"/disputes/{bench.ref}").split('id="review"')[0]
        buttons = [words_of(one) for one in re.findall(r'class="button second"[^>]*>([^<]+)<', box)]
        assert buttons == [first, then] and 'class="button"' not in box


def test_a_review_goes_to_somebody_else(desk: Desk, bench: Bench, sides: tuple[Browser, Browser]) -> None:
    post(desk, bench, "decide", outcome="refund")
    _stacy, tim = sides
    assert tim.post(f"/disputes/{bench.ref}/review", reason=" ").status_code == 422
    assert tim.post(f"/disputes/{bench.ref}/review", reason=WHY).status_code == 303
    assert "We have your request for a review." in tim.page(f"/disputes/{bench.ref}")
    assert "You had a part in the decision that is reviewed." in desk.get(f"/desk/disputes/{bench.ref}")
    assert post(desk, bench, "decide").status_code == 403
    other = desk.sign_in(bench.drawn())
    page = words_of(desk.get(f"/desk/disputes/{bench.ref}", other))
    assert WHY in page
    assert "Review the decision" in page
    assert "changed the decision" in words_of(post(desk, bench, "check", other, outcome="release").text)
    assert post(desk, bench, "decide", other, outcome="release").status_code == 303
    read = words_of(tim.page(f"/disputes/{bench.ref}"))
    assert "Somebody else looked at it again and changed the decision. It is carried out." in read
    assert desk.market.funds(desk.story.tim).available == usd(215_000)


@pytest.mark.parametrize(("change", "says"), [
    ({"amount": "400"}, "A split gives each side a part."), ({"amount": "x"}, "Write the amount in numbers"),
    ({"cites": ""}, "Choose the words that it rests on."), ({"cites": "rule"}, "Choose the rule."),
    ({"outcome": ""}, "Choose who gets the money."), ({"reasons": "No."}, "at least 40 characters"),
])
def test_what_is_wrong_is_said_at_its_field_and_kept(desk: Desk, bench: Bench, change: dict[str, str], says: str) -> None:
    for step in ("check", "decide"):
        sent = post(desk, bench, step, **change)
        assert (sent.status_code, says in words_of(sent.text)) == (422, True)
        assert change.get("reasons", REASONS) in sent.text
    assert bench.dispute.state == "answered"


def test_decision_rests_on_a_rule_when_one_is_chosen(desk: Desk, bench: Bench) -> None:
    rule = f"clause:{desk.clause().id}"
    ahead = words_of(post(desk, bench, "check", cites="rule", rule=rule).text)
    assert "We rest this on rule 6.4" in ahead
    assert post(desk, bench, "decide", cites="rule", rule=rule).status_code == 303


def test_somebody_else_was_faster(desk: Desk, bench: Bench) -> None:
    stale, case, ola = form(bench), case_of(bench), desk.story.ola
    desk.market.do(
        hand_over, bench.lee.actor, case_ref=case, what=bench.ref, to=ola.handle, reason="Rae is on leave from today."
    )
    bench.decide(by=ola)
    sent = desk.send(f"/desk/disputes/{bench.ref}/decide", stale, desk.sign_in(bench.lee))
    assert (sent.status_code, "Somebody else has decided this." in sent.text) == (409, True)
    taken_away = desk.send(f"/desk/disputes/{bench.ref}/decide", stale)
    assert (taken_away.status_code, "got one drawing" in taken_away.text) == (403, False)


def test_taking_a_dispute_shows_others_who_has_it(desk: Desk, bench: Bench) -> None:
    ola = desk.sign_in(desk.story.ola)
    elsewhere = ola.get(f"/desk/disputes/{bench.ref}", base_url="https://localhost")
    assert (elsewhere.status_code, "got one drawing" in elsewhere.text) == (403, False)
    assert f"Reviewer {desk.story.rae.handle} has had it since Sunday 22 November 2026" in words_of(elsewhere.text)
    assert desk.send(f"/desk/disputes/{bench.ref}/take", {"version": "1"}, ola).status_code == 403
    assert post(desk, bench, "decide", ola).status_code == 403
    assert bench.dispute.state == "answered"


def test_what_is_typed_at_the_desk_is_kept(desk: Desk, bench: Bench) -> None:
    assert post(desk, bench, "keep", reasons="Half a thought").status_code == 200
    assert "Half a thought" in desk.get(f"/desk/disputes/{bench.ref}")


def test_a_large_amount_is_read_by_two(desk: Desk) -> None:
    lee = answered(desk.market, desk.story).lee
    shop = desk.market.contract(desk.story.stacy, desk.story.tim, "Shop", [150_000], released={1: 8}, started=12)
    ref = str(desk.market.dispute(desk.story.stacy, shop, 150_000)["dispute"])
    desk.market.do(answer_dispute, desk.story.tim.actor, dispute_ref=ref, answer="The shop works as agreed.")
    bench = Bench(desk.market, desk.story, ref, lee)
    desk.take(case_of(bench))
    assert "Send to a second reader" in post(desk, bench, "check").text
    assert post(desk, bench, "decide").status_code == 303
    assert "It waits for a second reader" in desk.get(f"/desk/disputes/{ref}")
    ola = second_reader(desk, bench)
    assert REASONS in desk.get(f"/desk/disputes/{ref}", ola)
    assert post(desk, bench, "second", ola, go="return", reason=" ").status_code == 422
    assert post(desk, bench, "second", ola, go="return", reason="Name the day.").status_code == 303
    returned = desk.get(f"/desk/disputes/{ref}")
    assert "Name the day." in returned
    assert f"{REASONS}</textarea>" in returned
    post(desk, bench, "decide")
    assert post(desk, bench, "second", ola, go="sign").status_code == 303
    assert bench.dispute.state == "decided"


def second_reader(desk: Desk, bench: Bench) -> FlaskClient:
    """Ola, who has taken the decision that waits for somebody else."""
    ola, here = desk.sign_in(desk.story.ola), f"/desk/disputes/{bench.ref}"
    seen = hidden(ola.get(here, base_url="https://localhost").text, f"{here}/take")
    assert desk.send(f"{here}/take", seen, ola).status_code == 303
    return ola


def test_only_its_sides_and_the_desk_see_it(desk: Desk, bench: Bench, sides: tuple[Browser, Browser]) -> None:
    post(desk, bench, "decide")
    omar = Doors(desk.app, desk.market).open(desk.story.omar.person)
    for path in (f"/disputes/{bench.ref}/accept", f"/disputes/{bench.ref}/review"):
        assert omar.post(path, reason=WHY).status_code == 404
    for browser in sides:
        assert browser.get(f"/desk/disputes/{bench.ref}").status_code == 404
        assert browser.post(f"/desk/disputes/{bench.ref}/decide").status_code == 404
    assert desk.browser.get("/desk/disputes/D-NONE", base_url="https://localhost").status_code == 404


def test_silence_is_shown_as_what_it_was(desk: Desk) -> None:
    ref, doors = str(desk.market.dispute(desk.story.stacy, desk.story.contract)["dispute"]), Doors(desk.app, desk.market)
    doors.open(desk.story.tim.person).page(f"/disputes/{ref}")
    bench = Bench(desk.market, desk.story, ref, desk.story.rae)
    desk.take(case_of(bench))
    for _ in range(2):
        bench.days_pass(8)
    stacy, tim = doors.open(desk.story.stacy.person), doors.open(desk.story.tim.person)
    assert "$400.00 USD goes back to you, because nobody answered in time" in stacy.page(f"/disputes/{ref}")
    assert "$400.00 USD goes back to Stacy Moreno, because the dispute was not answered in time" in tim.page(f"/disputes/{ref}")
    for browser in (stacy, tim):
        for path in (f"/disputes/{ref}", "/me"):
            assert "The dispute ended, because it was not answered in time." in browser.page(path)
    read = words_of(desk.get(f"/desk/disputes/{ref}", desk.sign_in(desk.story.rae)))
    assert "The dispute ended without a decision of ours: not answered." in read
    assert "It ended without an answer." in read and "can answer until" not in read


def test_who_did_not_answer_asks_that_somebody_decides(desk: Desk) -> None:
    ref, doors = str(desk.market.dispute(desk.story.stacy, desk.story.contract)["dispute"]), Doors(desk.app, desk.market)
    lee = desk.market.staff("Lee Marsh", Role.LEAD)
    tim, stacy = doors.open(desk.story.tim.person), doors.open(desk.story.stacy.person)
    tim.page(f"/disputes/{ref}")
    bench = Bench(desk.market, desk.story, ref, lee)
    bench.days_pass(8)
    page = words_of(tim.page(f"/disputes/{ref}"))
    assert "Or ask for a review" in page and "After asking for a review you cannot answer any more." in page
    for path in ("/me", "/me/funds"):
        assert "You can still answer, or ask for a review, until" in words_of(tim.page(path)), path
    mine = words_of(stacy.page("/me"))
    assert mine.count("Without an answer or a request for a review, what is on hold goes back to you") == 2
    assert "goes back to Stacy Moreno" not in mine
    assert "Or ask for a review" not in stacy.page(f"/disputes/{ref}")
    empty = tim.post(f"/disputes/{ref}/review", reason="")
    assert empty.status_code == 422 and 'href="#reason"' in empty.text and bench.dispute.state == "unanswered"
    assert tim.post(f"/disputes/{ref}/review", reason=WHY).status_code == 303
    for browser, said in ((tim, "You did not answer in time"), (stacy, "Tim Okafor did not answer in time")):
        page = words_of(browser.page(f"/disputes/{ref}"))
        assert "There was no answer in time. Somebody looks at whether the money goes back." in page and said in page
        assert "You hear from us by" in page and "Somebody else looks at it again" not in page, "nobody looked at it before"
        assert "Somebody looks at whether money of “Photo app” goes back." in words_of(browser.page("/me"))
    found = desk.sign_in(bench.drawn())
    page = words_of(desk.get(f"/desk/disputes/{ref}", found))
    assert "What silence decides" in page and WHY in page and "Review the decision" in page
    bench.review(bench.drawn(), outcome="release", refund_minor=0)
    page = words_of(tim.page(f"/disputes/{ref}"))
    assert "Somebody looked at everything and decided. It is carried out." in page and "The first decision" in page
    assert "looked at it again" not in page, "nobody of us had looked at it before"
    assert "Somebody looked at everything and decided. It is carried out." in words_of(stacy.page(f"/disputes/{ref}"))


def test_before_we_are_late_the_client_reads_that_we_would_pay(bench: Bench, sides: tuple[Browser, Browser]) -> None:
    (hers, his), (about_her, about_him) = (
        [words_of(one.page(page)) for one in sides] for page in (f"/disputes/{bench.ref}", "/me"))
    assert "If we are late and you win after that, we pay." in hers and "we pay" not in his
    assert "If we are late, the hold ends. If you then win, we pay." in about_her
    assert "If we are late, the hold ends." in about_him and "If you then win" not in about_him


def test_late_the_desk_and_both_sides_read_that_we_pay(desk: Desk, bench: Bench) -> None:
    bench.days_pass(15)
    rae = desk.sign_in(desk.story.rae)
    page = words_of(desk.get(f"/desk/disputes/{bench.ref}", rae))
    assert "The hold ended when its time ran out; if the client wins, we pay." in page
    assert "All of it goes back to Stacy Moreno, and we pay: $400.00 USD" in page
    assert post(desk, bench, "decide", rae).status_code == 303
    doors = Doors(desk.app, desk.market)
    stacy, tim = doors.open(desk.story.stacy.person), doors.open(desk.story.tim.person)
    assert "paid by us, because we were late" in stacy.page(f"/disputes/{bench.ref}")
    assert "Nothing is taken from you." in tim.page(f"/disputes/{bench.ref}")
    assert "Accept: $400.00 USD for me" in tim.page(f"/disputes/{bench.ref}")


@pytest.mark.parametrize("external", [True, False])
def test_both_read_whether_a_reviewer_from_outside_decided(
    desk: Desk, bench: Bench, sides: tuple[Browser, Browser], external: bool
) -> None:
    olive = desk.market.staff("Olive Reed", external=external)
    given = {"case_ref": case_of(bench), "what": bench.ref, "to": olive.handle, "reason": "Rae is on leave from today."}
    desk.market.do(hand_over, bench.lee.actor, **given)
    bench.decide(by=olive)
    for browser in sides:
        page = words_of(browser.page(f"/disputes/{bench.ref}"))
        assert ("This is a reviewer from outside, who does not work for us." in page) is external
