"""The person's own page begins with what waits in a dispute: our question to its client, an offer of the other side."""

from __future__ import annotations

from portal.disputes.operations import (
    answer_our_question,
    ask_client,
    decide_dispute,
    decline_settlement,
    offer_settlement,
)
from portal.disputes.queries import questions_of
from tests.disputes.deciding import WHY, Bench
from tests.web.conftest import Browser
from tests.web.desk_support import words_of


def ask(bench: Bench) -> str:
    args = {"dispute_ref": bench.ref, "version": bench.dispute.version, "question": "When did you say so?"}
    bench.market.do(ask_client, bench.story.rae.actor, **args)
    with bench.market.office.database.read() as session:
        return str(questions_of(session, bench.dispute.id)[-1].ref)


def offer(bench: Bench, back: int = 15_000) -> str:
    args = {"dispute_ref": bench.ref, "refund_minor": back, "days": 7, "text": "Let us share it."}
    return str(bench.market.do(offer_settlement, bench.story.tim.actor, **args)["offer"])


def heading(page: str) -> str:
    return words_of(page.partition("<h1")[2].partition(">")[2].partition("</h1>")[0])


def test_our_question_is_the_clients_heading_and_what_the_other_side_waits_for(
    bench: Bench, sides: tuple[Browser, Browser]
) -> None:
    question, (stacy, tim) = ask(bench), sides
    page = stacy.page("/me")
    said = "We have a question about your dispute with Tim Okafor. Please answer by Sunday 29 November 2026."
    assert heading(page) == said
    assert f'class="button" href="/disputes/{bench.ref}#question"' in page
    words = words_of(page)
    assert "We cannot decide your dispute about “Photo app” before you have answered our question." in words
    assert "Without an answer the dispute is closed, and what is on hold goes to Tim Okafor." in words
    assert "We wait for you." in words and "We are late" not in words
    his = words_of(tim.page("/me"))
    assert "Stacy Moreno’s answer to our question about “Photo app”, until Sunday 29 November 2026" in his
    assert "We are late" not in his and "We have a question" not in his
    assert "You answer our question" in words and "Stacy Moreno answers our question" in his
    answer = {"dispute_ref": bench.ref, "question_ref": question, "answer": "On Friday."}
    bench.market.do(answer_our_question, bench.story.stacy.actor, **answer)
    for browser in sides:
        assert "Our decision about “Photo app”, by" in words_of(browser.page("/me"))
        assert "our question" not in words_of(browser.page("/me"))


def test_an_offer_is_the_heading_of_who_can_accept_it(bench: Bench, sides: tuple[Browser, Browser]) -> None:
    ref, (stacy, tim) = offer(bench), sides
    page = stacy.page("/me")
    assert heading(page) == "Tim Okafor offers you a settlement. You can accept it until Sunday 29 November 2026."
    words = words_of(page)
    assert "You would get $150.00 USD, and $250.00 USD would go to Tim Okafor. If you do nothing, it lapses" in words
    assert f'class="button" href="/disputes/{bench.ref}/settlement"' in page
    assert "Nothing is needed from you." not in words
    his = words_of(tim.page("/me"))
    assert "Stacy Moreno’s answer to your offer about “Photo app”, until Sunday 29 November 2026" in his
    assert "offers you a settlement" not in his
    assert "The offer of Tim Okafor lapses" in words and "Your offer lapses" in his
    bench.market.do(decline_settlement, bench.story.stacy.actor, dispute_ref=bench.ref, offer_ref=ref)
    assert "offers you a settlement" not in stacy.page("/me")
    assert "your offer" not in tim.page("/me")


def test_the_freelancer_reads_an_offer_from_their_side(bench: Bench, sides: tuple[Browser, Browser]) -> None:
    args = {"dispute_ref": bench.ref, "refund_minor": 15_000, "days": 3, "text": ""}
    bench.market.do(offer_settlement, bench.story.stacy.actor, **args)
    page = sides[1].page("/me")
    assert heading(page).startswith("Stacy Moreno offers you a settlement.")
    assert "You would get $250.00 USD, and $150.00 USD would go back to Stacy Moreno." in words_of(page)


def test_what_is_more_urgent_comes_first_and_the_offer_stays_in_the_list(bench: Bench, sides: tuple[Browser, Browser]) -> None:
    offer(bench)
    ask(bench)
    page = sides[0].page("/me")
    assert heading(page).startswith("We have a question about your dispute")
    assert "Tim Okafor offers to settle the dispute about “Photo app”." in words_of(page)
    assert page.count('class="button" href="/disputes/') == 1


def test_our_decision_comes_before_an_offer(bench: Bench, sides: tuple[Browser, Browser]) -> None:
    bench.market.do(
        decide_dispute, bench.story.rae.actor, dispute_ref=bench.ref, version=bench.dispute.version, outcome="split",
        refund_minor=15_000, cites="term:2", reasons=WHY,
    )
    offer(bench)
    page = sides[0].page("/me")
    assert heading(page).startswith("We decided the dispute about “Photo app”.")
    assert "There is more to answer below." in words_of(page)
    assert "Tim Okafor offers to settle" in words_of(page)
