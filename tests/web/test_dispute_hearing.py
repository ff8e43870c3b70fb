"""Being heard in a dispute, on its pages: the reviewer's question, the client's answer, files of both, what only we read."""

import io
import re
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.clock import MovedClock
from portal.notices.models import Notice
from tests.disputes.deciding import Bench
from tests.documents.making import SAMPLES
from tests.web.conftest import Browser, Doors
from tests.web.desk_support import Desk, words_of


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_the_reviewer_asks_and_the_client_answers(desk: Desk, bench: Bench, sides: tuple[Browser, Browser]) -> None:
    here, page = f"/desk/disputes/{bench.ref}", f"/disputes/{bench.ref}"
    stacy, tim = sides
    empty = desk.send(f"{here}/ask", {"version": version(desk.get(here)), "question": " "})
    assert (empty.status_code, "Write your question." in empty.text) == (422, True)
    asked = desk.send(f"{here}/ask", {"version": version(desk.get(here)), "question": "When did you say so?"})
    assert asked.status_code == 303
    assert "Wait for the client" in desk.get(here)
    assert "Please answer our question by Sunday 29 November 2026" in stacy.page(page)
    for browser in sides:
        assert "When did you say so?" in browser.page(page)
    assert 'name="reply"' not in tim.page(page)
    assert tim.post(f"{page}/question", reply="Me?").status_code == 404
    assert stacy.post(f"{page}/question", reply=" ").status_code == 422
    assert stacy.post(f"{page}/question", reply="On Friday, by message.").status_code == 303
    assert "On Friday, by message." in tim.page(page)
    assert "On Friday, by message." in desk.get(here)
    again = stacy.post(f"{page}/question", reply="Or Saturday.")
    assert (again.status_code, "waits for no answer any more" in again.text) == (409, True)


def test_whose_answer_it_is_comes_before_what_was_typed(bench: Bench, sides: tuple[Browser, Browser]) -> None:
    (stacy, tim), here = sides, f"/disputes/{bench.ref}"
    for typed in ({}, {"answer": "x" * 300_000}, {"answer": "It came."}, {"answer": "It came.", "keep": "1"}):
        assert stacy.post(here, **typed).status_code == 404
    for typed in ({}, {"reply": "x" * 300_000}, {"reply": "Me?", "keep": "1"}):
        assert tim.post(f"{here}/question", **typed).status_code == 404


def send(browser: Browser, ref: str, content: bytes, description: str) -> Any:
    file = (io.BytesIO(content), "drawing.png")
    return browser.post(f"/disputes/{ref}/files", file=file, description=description)


def test_a_side_shows_a_file_and_the_other_opens_it(desk: Desk, bench: Bench, sides: tuple[Browser, Browser]) -> None:
    (stacy, tim), ref = sides, bench.ref
    assert "Tim Okafor can open the file and reads what you write about it." in stacy.page(f"/disputes/{ref}")
    nameless = send(tim, ref, SAMPLES["image/png"], "")
    assert (nameless.status_code, "Say in one line what this file shows." in nameless.text) == (422, True)
    assert send(tim, ref, b"no picture", "The drawing").status_code == 422
    assert send(tim, ref, SAMPLES["image/png"], "The drawing of Friday").status_code == 303
    page = stacy.page(f"/disputes/{ref}")
    assert "The drawing of Friday" in page
    found = re.search(rf"/disputes/{ref}/exhibits/\d+", page)
    assert found
    for browser in sides:
        opened = browser.get(found[0])
        assert (opened.status_code, opened.headers["Content-Disposition"][:10]) == (200, "attachment")
    assert Doors(desk.app, desk.market).open(desk.story.omar.person).get(found[0]).status_code == 404
    assert "The drawing of Friday" in desk.get(f"/desk/disputes/{ref}")


def test_pressure_is_read_at_the_desk_and_not_by_the_client(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    (stacy, tim), made = sides, desk.market.dispute(desk.story.stacy, desk.story.contract)
    page, said = f"/disputes/{made['dispute']}", "She wrote that she would report me."
    assert tim.post(page, answer="I sent it.", pressed=said).status_code == 303
    desk.take(made["case"])
    assert said in desk.get(f"/desk{page}")
    for place in (page, "/me/inbox", "/me"):
        assert said not in stacy.page(place)


def test_the_form_says_beforehand_what_the_other_side_will_see(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    page = sides[0].page(f"/disputes/new?contract={desk.story.contract.ref}&milestone=1")
    for words in ("the files that you add, here or later", "That the work is done again", "you two can settle it"):
        assert words in page


def test_what_was_paid_out_before_is_said_plainly_to_both_and_at_the_desk(desk: Desk, sides: tuple[Browser, Browser]) -> None:
    desk.market.pay_out(desk.story.tim, desk.story.destination, 203_000)
    made = desk.market.dispute(desk.story.stacy, desk.story.contract)
    said = "$400.00 USD is contested, $120.00 USD of it could be put on hold, and $280.00 USD had been paid out before."
    for browser in sides:
        assert said in browser.page(f"/disputes/{made['dispute']}")
    assert "$280.00 USD of what is contested had been paid out before" in words(desk)
    desk.take(made["case"])
    for page in (f"/desk/disputes/{made['dispute']}", f"/desk/cases/{made['case']}"):
        text = words_of(desk.get(page))
        assert "The money of this case" in text
        assert "$280.00 USD cannot be given to anybody here: it was not free any more." in text


@pytest.mark.parametrize(("paid_out", "line", "nothing"), [
    (0, "All back: $400.00 USD goes to the client.", "Not free any more when it was claimed"),
    (215_000, "$400.00 USD cannot be given to anybody here: it was not free any more.", "All back: "),
])
def test_the_money_at_the_desk_has_no_line_that_says_nothing(desk: Desk, paid_out: int, line: str, nothing: str) -> None:
    if paid_out:
        desk.market.pay_out(desk.story.tim, desk.story.destination, paid_out)
    made = desk.market.dispute(desk.story.stacy, desk.story.contract)
    desk.take(made["case"])
    text = words_of(desk.get(f"/desk/cases/{made['case']}"))
    assert line in text and "On hold now" in text and nothing not in text


def words(desk: Desk) -> str:
    """Everything that anybody was told."""
    with desk.market.office.database.read() as session:
        return " ".join(text or "" for text in session.scalars(select(Notice.body)))


def test_when_we_are_late_both_pages_say_who_pays(desk: Desk, bench: Bench) -> None:
    bench.days_pass(15)
    doors = Doors(desk.app, desk.market)
    stacy, tim = (doors.open(one.person).page(f"/disputes/{bench.ref}") for one in (desk.story.stacy, desk.story.tim))
    assert "We are late, so the hold has ended, and the claim stays. If you win, we pay what was on hold: $400.00 USD." in stacy
    assert "If Stacy Moreno wins, we pay: nothing is taken from you." in tim


def test_how_often_a_client_disputes_is_shown_and_put_before_the_desk_once(desk: Desk, bench: Bench) -> None:
    here = f"/desk/disputes/{bench.ref}"
    text = words_of(desk.get(here))
    for said in ("How often Stacy Moreno disputes", "1 for 1 milestone paid", "nothing is known", "At least 40 characters."):
        assert said in text
    assert desk.send(f"{here}/often", {}).status_code == 303
    assert "This was put before the desk as a case of its own." in desk.get(here)
    again = desk.send(f"{here}/often", {})
    assert (again.status_code, "before the desk already" in again.text) == (409, True)


def test_pressure_can_be_told_after_the_answer_too_from_the_dispute_and_from_its_offers(
    desk: Desk, sides: tuple[Browser, Browser], clock: MovedClock
) -> None:
    (stacy, tim), made = sides, desk.market.dispute(desk.story.stacy, desk.story.contract)
    page, said = f"/disputes/{made['dispute']}", "She wrote today that she would report me."
    assert 'name="pressure"' not in tim.page(page), "who has to answer says it with the answer"
    tim.post(page, answer="I sent it.")
    clock.advance(minutes=1)
    for place in (page, f"{page}/settlement"):
        for side in sides:
            assert f'action="{page}/pressure"' in side.page(place)
    assert "Write what was said, when, and by whom." in tim.post(f"{page}/pressure", pressure="").text
    assert tim.post(f"{page}/pressure", pressure=said).status_code == 303
    assert "What you told us alone" in tim.page(page) and said in tim.page(page)
    stacy.post(f"{page}/pressure", pressure="He said the same to me.")
    desk.take(made["case"])
    assert said in desk.get(f"/desk{page}") and "He said the same to me." in desk.get(f"/desk{page}")
    for place in (page, f"{page}/settlement", "/me/inbox", "/me"):
        assert said not in stacy.page(place)


def test_a_word_of_pressure_that_is_refused_stays_in_its_form(
    desk: Desk, sides: tuple[Browser, Browser]
) -> None:
    tim, made = sides[1], desk.market.dispute(desk.story.stacy, desk.story.contract)
    answer = tim.post(f"/disputes/{made['dispute']}/pressure", pressure="She said\x00 it.")
    assert answer.status_code == 422 and 'name="pressure"' in answer.text
    assert 'href="#pressure"' in answer.text and answer.text.count('id="pressure"') == 1, "the message leads to the field"
