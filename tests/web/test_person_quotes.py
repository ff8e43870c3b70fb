"""Rules are quoted in the reader's language where they are published in it, beside the text that binds."""

from __future__ import annotations

import pytest

from portal import worker
from portal.accounts.models import Person
from portal.notices.mailer import FileMailer
from tests.appeals.conftest import Bench
from tests.enforcement.conftest import with_exhibit
from tests.factories.market import Market, Party, Story
from tests.web.conftest import Doors

SPANISH, ENGLISH = "Quien toma el dinero de un hito debe su trabajo", "Who takes the money of a milestone owes its work"
BINDS = "The binding text is the one in English."


@pytest.fixture
def bench(market: Market, story: Story) -> Bench:
    made = Bench(market, story, market.dispute(story.stacy, story.contract, report=True)["case"])
    with_exhibit(made)
    return made


def reads(market: Market, party: Party, language: str) -> None:
    market.make(lambda work: setattr(work.db.get_one(Person, party.person.id), "language", language))


def sent(doors: Doors) -> None:
    """The worker has delivered what was to be told."""
    settings = doors.app.extensions["settings"]
    worker.run_once(doors.market.office, FileMailer(settings.instance / "mail"), settings)


def quoted_with_its_binding_text(page: str) -> bool:
    """The translation is the quotation; the binding text stands behind it, marked as English."""
    figure = page.split('<figure class="rule">')[1].split("</figure>")[0]
    beneath = page.split('<figure class="rule">')[1].split("</figure>")[1]
    return SPANISH in figure and 'lang="es"' in figure and ENGLISH in beneath and 'lang="en"' in beneath and "English" in beneath


def test_the_client_reads_it_in_their_language(doors: Doors, bench: Bench) -> None:
    reads(bench.market, bench.story.stacy, "es")
    bench.issue(bench.ready())
    sent(doors)
    stacy = doors.open(bench.story.stacy.person)
    page = stacy.page(f"/collaborators/{bench.story.tim.account.ref}")
    assert quoted_with_its_binding_text(page)
    assert "El texto que obliga es el que está en inglés." in page


def test_the_client_reads_it_with_the_notice(doors: Doors, bench: Bench) -> None:
    reads(bench.market, bench.story.stacy, "es")
    bench.issue(bench.ready())
    sent(doors)
    stacy = doors.open(bench.story.stacy.person)
    assert quoted_with_its_binding_text(stacy.page(notice_about(stacy.page("/me/inbox"))))
    reads(bench.market, bench.story.stacy, "en")
    page = stacy.page(notice_about(stacy.page("/me/inbox")))
    assert ENGLISH in page
    assert BINDS not in page


def notice_about(inbox: str) -> str:
    """The notice about somebody one works with."""
    line = next(part for part in inbox.split("<li") if "Tim Okafor" in part)
    return line.split('href="')[1].split('"')[0]


def test_the_person_reads_their_question_and_their_decision_in_it(doors: Doors, bench: Bench) -> None:
    reads(bench.market, bench.story.tim, "es")
    tim, asked = doors.open(bench.story.tim.person), bench.ask()
    assert quoted_with_its_binding_text(tim.page(f"/me/questions/{asked}"))
    bench.answer(asked)
    action = bench.start()
    bench.issue(action)
    assert quoted_with_its_binding_text(tim.page(f"/me/actions/{action}"))
    assert "Cobrar por nada" in tim.page("/me")


def test_who_changed_their_language_later_finds_it_before_the_letter(doors: Doors, bench: Bench) -> None:
    action = bench.ready()
    bench.issue(action)
    reads(bench.market, bench.story.tim, "es")
    assert SPANISH in doors.open(bench.story.tim.person).page(f"/me/actions/{action}")
