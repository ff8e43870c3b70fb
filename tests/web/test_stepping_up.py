"""Showing again that it is you: asked for by what a person has, said afterwards for what it was, on a GET and on a form."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Person, UserSession
from portal.accounts.operations import set_totp
from portal.accounts.passwords import hash_password
from portal.core.clock import MovedClock
from portal.core.errors import StepUpNeeded
from portal.notices.models import Notice
from tests.factories.market import Market, Story
from tests.web.conftest import Browser, Doors
from tests.web.signing_in import HOME, PASSWORD, hidden

TYPED = "The passport shows my full name, the account only the short one."
HASH = hash_password(PASSWORD)


@pytest.fixture
def guarded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A form that needs it (the pages send people there before; an operation may also refuse on its own)."""

    def refuse(**_words: object) -> str:
        raise StepUpNeeded

    view = app.view_functions["public.choose_language"]
    refuse.permission = view.permission  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "public.choose_language", refuse)
    return app


def asked(browser: Browser) -> str:
    answer = browser.post("/language", words=TYPED)
    assert answer.status_code == 403
    return answer.text


def test_a_person_with_a_password_is_asked_for_it(guarded: Flask, market: Market, doors: Doors) -> None:
    market.password_hash = HASH
    page = asked(doors.open(market.story().tim.person))
    assert 'name="password"' in page
    assert 'name="code"' not in page


def test_a_person_with_an_authenticator_is_asked_for_its_code(guarded: Flask, market: Market, doors: Doors) -> None:
    tim = market.story().tim.person
    market.make(lambda work: set_totp(work, person_id=tim.id, secret="A" * 32))
    page = asked(doors.open(tim))
    assert 'name="code"' in page
    assert 'name="password"' not in page


def test_a_form_sent_after_confirming_says_so(guarded: Flask, market: Market, doors: Doors) -> None:
    market.password_hash = HASH
    tim = doors.open(market.story().tim.person)
    kept = hidden(asked(tim), "kept")
    page = tim.post("/step-up", password=PASSWORD, kept=kept).text
    assert "Thank you. Now press once more." in page
    assert "signed out" not in page
    assert TYPED in page


PLACE, PLACES, IBAN = "/me/funds/destinations", "add a place that your money can be paid to", "ES9121000418450200051332"


def test_it_says_what_for_also_after_a_mistake_and_before_the_last_press(market: Market, story: Story, doors: Doors) -> None:
    market.make(lambda work: setattr(work.db.get_one(Person, story.tim.person.id), "password_hash", HASH))
    tim = doors.open(story.tim.person)
    page = tim.post(PLACE, **{"account": story.tim.account.ref, f"{story.tim.account.ref}-number": IBAN}).text
    assert f"You are about to {PLACES}." in page
    again = tim.post("/step-up", password="wrong", kept=hidden(page, "kept"))
    assert again.status_code == 422
    assert f"You are about to {PLACES}." in again.text
    done = tim.post("/step-up", password=PASSWORD, kept=hidden(again.text, "kept")).text
    assert f"You are about to {PLACES}. It has not been done yet" in done


def test_it_says_what_a_file_is_asked_for(story: Story, doors: Doors) -> None:
    page = doors.open(story.tim.person).page(f"/step-up?next=/me/funds/history.csv?account={story.tim.account.ref}")
    assert "You are about to take out the history of your money as a file." in page


@pytest.mark.parametrize("address", [
    "/me", PLACE, "/desk/many/new", "/nothing/here", "//elsewhere.example/me/funds/history.csv", "/me/funds/history.csv/x",
])
def test_an_address_made_up_by_somebody_says_nothing(story: Story, doors: Doors, address: str) -> None:
    """Neither what a press would not do, nor what this person may not do, nor what stands in the address."""
    page = doors.open(story.tim.person).page(f"/step-up?next={address}&act=pay+us&kept=pay+us")
    assert "What you are about to do matters" in page
    assert "You are about to" not in page and "pay us" not in page


@pytest.fixture
def bare(market: Market, story: Story) -> Story:
    """Tim has neither a password nor an authenticator: only mail reaches him."""
    market.make(lambda work: setattr(work.db.get_one(Person, story.tim.person.id), "password_hash", None))
    return story


def opened_by(doors: Doors, market: Market, token: str) -> UserSession:
    """The session that pressing a link's button opens."""
    visitor = doors.app.test_client()
    page = visitor.get(f"/in/{token}", base_url=HOME).text
    fields = {name: hidden(page, name) for name in ("csrf_token", "form_key")}
    assert visitor.post(f"/in/{token}", data=fields, base_url=HOME).status_code == 303
    with market.office.database.read() as session:
        return session.scalars(select(UserSession).order_by(UserSession.created_at.desc(), UserSession.id.desc())).first()


def test_without_either_a_fresh_link_is_offered(market: Market, bare: Story, doors: Doors) -> None:
    case_ref = market.dispute(bare.stacy, bare.contract)["case"]
    doors.link(bare.tim.person, case_ref, "/me")
    tim = doors.open(bare.tim.person, case_ref)
    page = tim.page("/step-up?next=/me")
    assert "Send me a fresh link" in page
    assert 'name="password"' not in page
    assert "on its way" in tim.post("/step-up/link").text
    with market.office.database.read() as session:
        assert [one.about_ref for one in session.scalars(select(Notice).where(Notice.kind == "fresh_link"))] == [case_ref]


def test_opening_a_link_shows_it_for_who_has_nothing_else(market: Market, bare: Story, doors: Doors, clock: MovedClock) -> None:
    link = doors.link(bare.tim.person, "C-22222222", "/me")
    assert opened_by(doors, market, link).stepped_up_at == clock()


def test_opening_a_link_is_not_enough_for_who_has_a_password(market: Market, doors: Doors) -> None:
    market.password_hash = HASH
    link = doors.link(market.story().tim.person, "C-22222222", "/me")
    assert opened_by(doors, market, link).stepped_up_at is None


def test_who_has_a_password_gets_no_link_instead(market: Market, doors: Doors) -> None:
    market.password_hash = HASH
    tim = market.story().tim.person
    doors.link(tim, "C-22222222", "/me")
    assert doors.open(tim, "C-22222222").post("/step-up/link").status_code == 404
