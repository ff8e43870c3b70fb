"""Bad input at the doors: signing in, confirming, a spent link, a form that is far too large."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.accounts.operations import mint_link
from tests.verification.pages import CSRF, Browser
from tests.web.badinput.reading import Page
from tests.web.badinput.values import NUL
from tests.web.badinput.world import World, opened

LOCAL = "https://localhost"


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("doors"), sqlite_template) as made:
        yield made


@pytest.fixture
def visitor(world: World) -> Browser:
    """A browser in which nobody is signed in."""
    client: FlaskClient = world.app.test_client()
    with client.session_transaction(base_url=LOCAL) as session:
        session["csrf"] = CSRF
    return Browser(client)


@pytest.mark.parametrize("email", [NUL, "a" * 400, "\u202bم\u202c@example.org", "nobody@example.org", ""])
@pytest.mark.parametrize("password", [NUL, "p" * 2_000, "wrong"])
def test_signing_in_says_it_at_the_field_and_keeps_the_address(visitor: Browser, email: str, password: str) -> None:
    answer = visitor.post("/sign-in", email=email, password=password)
    assert answer.status_code == 422
    page = Page.of(answer.text)
    assert page.title.startswith("Error:")
    assert any(page.messages(name) for name in ("email", "password"))
    assert page.standing()["email"] == [email.replace("\x00", "\ufffd")[:320].strip()]


@pytest.mark.parametrize(("email", "status"), [
    (NUL, 422), ("a" * 400, 422), ("", 422), ("nobody", 422), ("\u202bم\u202c@example.org", 200), ("nobody@example.org", 200),
    ("a" * 300 + "@example.org", 200), ("<script>@example.org", 200),
])
def test_asking_for_a_link_takes_any_address_and_keeps_what_is_none(visitor: Browser, email: str, status: int) -> None:
    answer = visitor.post("/sign-in/help", email=email)
    assert answer.status_code == status
    page = Page.of(answer.text)
    if status == 422:
        assert page.title.startswith("Error:") and page.messages("email")
        assert page.standing()["email"] == [email.replace("\x00", "\ufffd")[:320].strip()]
    else:
        assert "a link is on its way" in answer.text


@pytest.mark.parametrize("code", ["", "12", "abcdef", NUL, "٣٣٣٣٣٣", "1" * 40])
def test_a_wrong_code_is_said_at_its_field(world: World, code: str) -> None:
    rae = world.doors.open(world.story.rae.person, fresh=False)
    answer = rae.post("/step-up", target="/desk", code=code)
    assert answer.status_code == 422
    assert Page.of(answer.text).messages("code")


def test_a_spent_link_offers_a_fresh_one_and_stores_nothing(world: World, visitor: Browser) -> None:
    case_ref = world.market.dispute(world.story.stacy, world.story.contract)["case"]
    token = world.market.make(
        lambda work: mint_link(work, person_id=world.story.tim.person.id, case_ref=case_ref, target="/me")
    )
    assert visitor.post(f"/in/{token}").status_code == 303
    before = world.rows()
    again = Browser(world.app.test_client())
    with again.client.session_transaction(base_url=LOCAL) as session:
        session["csrf"] = CSRF
    answer = again.post(f"/in/{token}")
    assert (answer.status_code, world.rows() == before) == (422, True)
    assert f"/in/{token}/fresh" in answer.text
    assert Page.of(answer.text).title.startswith("Error:")


def test_a_form_larger_than_all_its_fields_says_where_the_words_still_are(world: World) -> None:
    tim = world.browser(world.story.tim)
    before = world.rows()
    answer = tim.client.post("/me/funds", data={"amount": "9" * 12_000_001}, base_url=LOCAL)
    assert (answer.status_code, world.rows() == before) == (413, True)
    assert "Go back in your browser: what you typed is still in the form." in Page.of(answer.text).words
