"""Somebody who cannot sign in: how long to wait, a link to the address on file, and nothing learned about anybody else."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import LinkRequest, Person, SignInLink
from portal.accounts.operations import mint_link
from portal.accounts.throttles import LIMITS, forget_tries
from portal.core.access import WORKER
from portal.notices.links import A_DAY, MOST, send_asked_links
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.factories.market import Market, Story
from tests.web.conftest import Doors
from tests.web.desk_support import words_of
from tests.web.signing_in import HASH, HOME, PASSWORD, fields_of, send

HELP = "/sign-in/help"


@pytest.fixture
def story(market: Market) -> Story:
    market.password_hash = HASH
    return market.story()


def asked(browser: FlaskClient, email: str) -> tuple[int, str]:
    answer = send(browser, HELP, fields_of(browser, HELP), email=email)
    return answer.status_code, re.sub(r'name="(csrf_token|form_key)" value="[^"]*"', "", answer.text)


def links(market: Market) -> list[Notice]:
    with market.office.database.read() as session:
        return list(session.scalars(sa.select(Notice).where(Notice.kind == "fresh_link").order_by(Notice.id)))


def waiting(market: Market) -> int:
    with market.office.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(LinkRequest)) or 0


def test_too_many_tries_say_when_and_another_way(visitor: FlaskClient, story: Story) -> None:
    fields = {**fields_of(visitor), "email": "tim@example.org"}
    for _ in range(10):
        answer = send(visitor, "/sign-in", fields, password="wrong")
        assert (answer.status_code, answer.headers.get("Retry-After")) == (422, None)
        assert 'href="/sign-in/help">I cannot sign in' in answer.text
    closed = send(visitor, "/sign-in", fields, password=PASSWORD)
    assert closed.status_code == 429 and int(closed.headers["Retry-After"]) == 900
    page = words_of(closed.text)
    assert "Please wait 15 minutes and try again." in page
    assert "Nobody was locked out" in page and 'href="/sign-in/help">Send me a link' in closed.text


def test_the_wait_that_is_named_is_enough(visitor: FlaskClient, story: Story, market: Market) -> None:
    fields = {**fields_of(visitor), "email": "tim@example.org"}
    for _ in range(11):
        answer = send(visitor, "/sign-in", fields, password="wrong")
    market.office.clock.advance(seconds=int(answer.headers["Retry-After"]))  # type: ignore[attr-defined]
    assert send(visitor, "/sign-in", fields_of(visitor), email="tim@example.org", password=PASSWORD).status_code == 303


def test_the_answer_is_the_same_for_every_address(visitor: FlaskClient, story: Story, market: Market) -> None:
    known, unknown = asked(visitor, "tim@example.org"), asked(visitor, "nobody@example.org")
    assert known == unknown and known[0] == 200 and "a link is on its way" in known[1]
    assert waiting(market) == 2 and links(market) == []


def test_what_is_asked_of_the_database_is_the_same_for_every_address(visitor: FlaskClient, story: Story, market: Market) -> None:
    said: list[list[str]] = [[]]

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said[-1].append(statement)

    send(visitor, HELP, fields_of(visitor, HELP), email="first@example.org")  # a process asks once whose log this is
    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    try:
        for email in ("tim@example.org", "nobody@example.org", "rae.lindqvist@example.org"):
            fields = fields_of(visitor, HELP)
            said.append([])
            send(visitor, HELP, fields, email=email)
            said.append([])
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)
    first, second, third = said[1:6:2]
    assert first and first == second == third


def test_the_link_goes_to_the_address_on_file_for_the_newest_case(doors: Doors, contested: Desk, visitor: FlaskClient) -> None:
    market, tim = doors.market, contested.story.tim
    email = tim.person.email or ""
    for address in (email.upper(), f" {email} ", "nobody@example.org", contested.story.rae.person.email or ""):
        asked(visitor, address)
    assert market.do(send_asked_links, WORKER) == {"links": 1, "looked_at": 4}
    assert market.do(send_asked_links, WORKER) == {"links": 0, "looked_at": 0}
    [told] = links(market)
    assert told.recipient_id == tim.person.id and told.case_ref == contested.case_ref
    assert told.target.startswith("/disputes/")
    assert "It works once, for 30 minutes." in (told.mail_body or "") and "drawing" not in (told.mail_body or "")


def test_whom_we_never_wrote_about_a_case_comes_to_their_own_page(visitor: FlaskClient, story: Story, market: Market) -> None:
    asked(visitor, "omar@example.org")
    market.do(send_asked_links, WORKER)
    [told] = links(market)
    assert (told.case_ref, told.target) == (None, "/me")


def test_such_a_link_signs_in_once(doors: Doors, story: Story) -> None:
    token = doors.market.make(lambda work: mint_link(work, person_id=story.tim.person.id, case_ref=None, target="/me"))
    browser = doors.app.test_client()
    answer = send(browser, f"/in/{token}", fields_of(browser, f"/in/{token}"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me")
    assert "You can withdraw" in browser.get("/me/funds", base_url=HOME).text
    with doors.market.office.database.read() as session:
        assert session.scalars(sa.select(SignInLink.used_at)).one() is not None


def test_one_address_is_not_flooded(visitor: FlaskClient, story: Story, market: Market) -> None:
    most, span = LIMITS["asked_link"]
    for email in ("tim@example.org", "nobody@example.org"):
        for _ in range(most):
            assert asked(visitor, email)[0] == 200
        answer = send(visitor, HELP, fields_of(visitor, HELP), email=email)
        assert answer.status_code == 429 and 0 < int(answer.headers["Retry-After"]) <= span.total_seconds()
        assert "Too many tries." in answer.text
    market.do(send_asked_links, WORKER)
    assert len(links(market)) == 1, "several requests in one round bring one link"


def test_an_address_that_grows_when_it_is_compared_is_none(visitor: FlaskClient, story: Story, market: Market) -> None:
    for email in ("\ufdfa" * 300 + "@example.org", "\ufdfa" * 20 + "@" + "b" * 200):
        answer = send(visitor, HELP, fields_of(visitor, HELP), email=email)
        assert answer.status_code == 422 and "Enter your e-mail address." in answer.text
        assert send(visitor, "/sign-in", fields_of(visitor), email=email, password=PASSWORD).status_code == 422
    assert waiting(market) == 0


def test_nobody_fills_the_mailbox_of_somebody_else(visitor: FlaskClient, story: Story, market: Market) -> None:
    clock, span = market.office.clock, LIMITS["asked_link"][1]
    for _ in range(MOST + 5):
        assert asked(visitor, "tim@example.org")[0] == 200
        market.do(send_asked_links, WORKER)
        clock.advance(seconds=span.total_seconds())  # type: ignore[attr-defined]
    assert len(links(market)) == MOST and waiting(market) == 0
    asked(visitor, "omar@example.org")
    assert market.do(send_asked_links, WORKER)["links"] == 1, "each person for themselves"
    clock.advance(seconds=A_DAY.total_seconds())  # type: ignore[attr-defined]
    asked(visitor, "tim@example.org")
    assert market.do(send_asked_links, WORKER)["links"] == 1


def test_nobody_without_an_account_gets_one(visitor: FlaskClient, story: Story, market: Market) -> None:
    with market.office.database.write() as session:
        session.execute(sa.update(Person).where(Person.id == story.omar.person.id).values(erased_at=market.now))
    for email in ("rae@example.org", "omar@example.org", str(story.rae.person.email)):
        asked(visitor, email)
    assert market.do(send_asked_links, WORKER)["links"] == 0 and waiting(market) == 0
    market.office.clock.advance(seconds=timedelta(days=2).total_seconds())  # type: ignore[attr-defined]
    market.do(forget_tries, WORKER)
