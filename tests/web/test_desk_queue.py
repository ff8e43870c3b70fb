"""The queue and a case over HTTP: what waits, taking it, who may see it."""


import pytest

from portal.cases.queue import FILTERS, KINDS
from portal.core.access import Role
from portal.disputes.chargebacks import record_chargeback
from portal.disputes.operations import answer_dispute, withdraw_dispute
from portal.web.desk import words
from tests.web.desk_support import REPORT, Desk, taking, words_of


def test_an_empty_queue_says_what_the_place_is_for(desk: Desk) -> None:
    assert "New work shows up by itself" in words_of(desk.get("/desk"))
    assert "You have taken nothing yet" in words_of(desk.get("/desk?filter=mine"))


def test_a_line_says_when_it_is_due_who_it_is_about_and_what_is_at_stake(desk: Desk) -> None:
    desk.disputed()
    page = words_of(desk.get("/desk"))
    assert "in 3 days Report" in page
    assert f"{desk.story.tim.account.ref} Tim Okafor $400.00 USD nobody yet" in page
    assert "Reports 1 Disputes 1" in page


def test_what_is_late_says_so_and_has_a_filter(desk: Desk) -> None:
    desk.disputed()
    desk.clock.advance(days=5)
    desk.browser = desk.sign_in(desk.story.rae)
    assert "36 h late Report" in words_of(desk.get("/desk?filter=late"))


def test_everything_that_can_wait_has_a_filter_and_each_filter_a_link() -> None:
    linked = [name for _heading, links in words.FILTERS for name, _label in links]
    assert sorted(linked) == sorted(FILTERS)
    assert set(words.KINDS) == set(KINDS)


def test_what_seldom_waits_has_a_filter_while_it_does(desk: Desk) -> None:
    assert "Now and then" not in desk.get("/desk")
    desk.market.do(
        record_chargeback, external_id="b1", contract_ref=desk.story.contract.ref, milestone_number=1, amount_minor=40_000,
        currency="USD", received_at=desk.market.now, reason="Services not provided",
    )
    page = words_of(desk.get("/desk?filter=chargeback"))
    assert "Now and then Called back by banks 1 Only" in page and "A bank calls a payment back" in page
    assert "Letters that still wait 0" in words_of(desk.get("/desk?filter=silence_review"))


def test_a_line_says_for_whom_it_waits(desk: Desk) -> None:
    made = desk.market.dispute(desk.story.stacy, desk.story.contract)
    for path in ("/desk?filter=dispute", f"/desk/find?q={made['case']}"):
        assert f"Dispute waiting for the freelancer · {made['dispute']}" in words_of(desk.get(path)), path
    desk.market.do(answer_dispute, desk.story.tim.actor, dispute_ref=made["dispute"], answer="It came on Monday.")
    assert f"Dispute the answer is here · {made['dispute']}" in words_of(desk.get("/desk?filter=dispute"))


def test_money_that_is_contested_stands_beside_the_question_about_it(desk: Desk) -> None:
    desk.heard(desk.taken())
    page = words_of(desk.get("/desk?filter=question"))
    assert "Tim Okafor · rule 6.4 $400.00 USD you" in page


def test_a_case_leads_to_its_dispute_also_when_that_has_ended(desk: Desk) -> None:
    made = desk.market.dispute(desk.story.stacy, desk.story.contract, report=True)
    desk.take(made["case"])
    desk.market.do(withdraw_dispute, desk.story.stacy.actor, dispute_ref=made["dispute"])
    page = desk.get(f"/desk/cases/{made['case']}")
    assert f'href="/desk/disputes/{made["dispute"]}"' in page
    assert "Stacy Moreno contests" in words_of(desk.get(f"/desk/disputes/{made['dispute']}"))


def test_more_lines_than_a_page_are_reached_by_key(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.web.desk.queue.PAGE", 1)
    desk.disputed()
    first = desk.get("/desk")
    path = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "Report" in words_of(first).partition("With")[2]
    assert "in 22 days Dispute" in words_of(desk.get(path))


def test_links_back_lead_to_the_filter_and_the_page_that_one_comes_from(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.web.desk.queue.PAGE", 1)
    case = desk.taken()
    plain = f'<p class="kicker"><a href="/desk">Queue</a> · Case <bdi>{case}</bdi>'
    assert plain in desk.get(f"/desk/cases/{case}")
    path = desk.get("/desk?filter=mine").split('rel="next" href="')[1].split('"')[0]
    desk.get(path.replace("&amp;", "&"))
    back = f'<a href="{path}">Queue: Mine</a>'
    assert all(back in desk.get(f"/desk/{page}") for page in (f"cases/{case}", "find?q=x", "reports"))
    desk.get("/desk")
    assert plain in desk.get(f"/desk/cases/{case}")


def test_a_place_that_we_never_made_leads_to_the_start(desk: Desk) -> None:
    case = desk.taken()
    for kept in ("filter=odd&after=", "filter=all&after=yesterday", "filter=late&after=2026-01-01~x", "x", "%00", ""):
        desk.browser.set_cookie("__Host-queue", kept, domain="localhost", secure=True)
        assert '<a href="/desk">Queue</a>' in desk.get(f"/desk/cases/{case}"), kept


def test_one_goes_on_from_line_to_line_in_the_filter(desk: Desk) -> None:
    made = desk.market.dispute(desk.story.stacy, desk.story.contract, report=True)
    desk.take(made["case"])
    report = desk.get("/desk?filter=mine").split("· <bdi class=\"keep\">R-")[1].split("<")[0]

    def onward(past: str) -> str | None:
        answer = desk.browser.get(f"/desk/next?past={past}", base_url="https://localhost")
        assert answer.status_code in (200, 303), answer.status_code
        return answer.headers.get("Location")

    assert f'href="/desk/next?past={made["dispute"]}"' in desk.get(f"/desk/disputes/{made['dispute']}")
    assert onward(f"R-{report}") == f"/desk/disputes/{made['dispute']}"
    assert onward(made["dispute"]) == f"/desk/cases/{made['case']}"
    desk.get("/desk?filter=dispute")
    assert onward(made["dispute"]) is None
    page = words_of(desk.get(f"/desk/next?past={made['dispute']}"))
    assert "No other line here is yours, and none is with nobody." in page and "Dispute waiting for the freelancer" in page
    desk.market.do(withdraw_dispute, desk.story.stacy.actor, dispute_ref=made["dispute"])
    assert "Nothing waits" in words_of(desk.get(f"/desk/next?past={made['dispute']}"))


def test_addresses_that_we_never_made_show_nothing(desk: Desk) -> None:
    odd = ("/desk?filter=odd", "/desk?after=yesterday", "/desk/cases/C-NONE", "/desk/actions/A-NONE", "/desk/next")
    for path in (*odd, "/desk/next?past=%00"):
        assert desk.browser.get(path, base_url="https://localhost").status_code == 404, path


def test_taking_a_case_puts_it_with_me(desk: Desk) -> None:
    case = desk.disputed()
    desk.take(case)
    assert "Pick the rule" in words_of(desk.get(f"/desk/cases/{case}"))
    assert "Mine 2" in words_of(desk.get("/desk"))


def test_the_second_to_take_it_hears_who_was_faster(desk: Desk) -> None:
    case, ola = desk.disputed(), desk.sign_in(desk.story.ola)
    seen = taking(ola.get(f"/desk/cases/{case}", base_url="https://localhost").text)
    desk.take(case)
    late = desk.send(f"/desk/cases/{case}/take", seen, ola)
    assert late.status_code == 403
    assert f"Reviewer {desk.story.rae.handle}" in words_of(late.text)


def test_a_case_shows_both_sides_the_term_and_the_hold(desk: Desk) -> None:
    page = words_of(desk.get(f"/desk/cases/{desk.taken()}"))
    assert REPORT in page
    assert "Full refund of a milestone if its work is not completed. Term 3" in page
    assert "$400.00 USD on hold" in page
    assert "1 of 1 that ended (100 %)" in page


def test_a_dispute_alone_says_nothing_against_the_account(desk: Desk) -> None:
    case = desk.taken(report=False)
    assert "Nothing is said against the account" in words_of(desk.get(f"/desk/cases/{case}"))


def test_an_auditor_reads_and_decides_nothing(desk: Desk) -> None:
    case = desk.disputed()
    auditor = desk.sign_in(desk.market.staff("Noor Haque", Role.AUDITOR))
    assert "decide nothing" in words_of(desk.get(f"/desk/cases/{case}", auditor))
    assert desk.send(f"/desk/cases/{case}/take", {}, auditor).status_code == 404
    assert auditor.get(f"/desk/cases/{case}/clause", base_url="https://localhost").status_code == 404


def test_nobody_else_finds_the_desk(desk: Desk) -> None:
    stranger = desk.app.test_client()
    assert stranger.get("/desk", base_url="https://localhost").status_code == 401
    assert desk.visit_as(desk.story.tim, "/desk").status_code == 404


def test_an_exhibit_is_put_on_record_with_its_number(desk: Desk) -> None:
    case = desk.taken()
    pasted = {"source": f"pasted:{desk.story.tim.account.ref}", "description": "Message of 14 November", "quoted": "Wait."}
    assert desk.send(f"/desk/cases/{case}/exhibits", pasted).status_code == 303
    page = words_of(desk.get(f"/desk/cases/{case}"))
    assert "Exhibit 2 message Message of 14 November" in page
    assert "message put on record" in page


def test_an_exhibit_that_shows_nothing_keeps_what_was_typed(desk: Desk) -> None:
    answer = desk.send(f"/desk/cases/{desk.taken()}/exhibits", {"description": "A line that I typed", "quoted": "x"})
    assert answer.status_code == 422
    assert 'value="A line that I typed"' in answer.text
