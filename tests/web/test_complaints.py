"""A complaint that nothing was done, over HTTP: offered with our answer, written with files, answered at the desk."""

import io
import re
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import update

from portal.accounts.models import UserSession
from tests.appeals.complaining import BODY, REASON, STANDS, Complaints, closed_case
from tests.documents.making import SAMPLES
from tests.factories.market import Staff
from tests.web.conftest import Browser, Doors
from tests.web.desk_support import words_of


@dataclass
class Shop:
    """The case that was closed, and browsers of those who have to do with it."""

    closed: Complaints
    doors: Doors
    stacy: Browser

    def staff(self, one: Staff) -> Browser:
        """A browser of somebody who has just shown that it is them."""
        browser = self.doors.open(one.person)
        self.closed.market.make(lambda work: work.db.execute(
            update(UserSession).where(UserSession.person_id == one.person.id).values(stepped_up_at=work.now)
        ))
        return browser


@pytest.fixture
def closed(app: Flask) -> Complaints:
    return closed_case(app.extensions["office"])


@pytest.fixture
def shop(app: Flask, closed: Complaints) -> Shop:
    doors = Doors(app, closed.market)
    return Shop(closed, doors, doors.open(closed.story.stacy.person))


def sent(shop: Shop) -> str:
    """Stacy sends her complaint; its reference."""
    answer = shop.stacy.post(f"/reports/{shop.closed.report_ref}/complaint", step="send", body=BODY)
    assert answer.status_code == 303, answer.text
    return str(answer.location).rpartition("/")[2]


def test_it_is_offered_where_our_answer_is(shop: Shop) -> None:
    page = shop.stacy.page(f"/reports/{shop.closed.report_ref}")
    assert f'href="/reports/{shop.closed.report_ref}/complaint"' in page
    form = words_of(shop.stacy.page(f"/reports/{shop.closed.report_ref}/complaint"))
    assert "Tell us what we did not see" in form and "Somebody who did not close the case answers you within 14 days" in form
    assert "Where we decided something and you find it too mild, there is none" in form


def test_nobody_else_finds_it(shop: Shop) -> None:
    for party in (shop.closed.story.tim, shop.closed.story.omar):
        assert shop.doors.open(party.person).get(f"/reports/{shop.closed.report_ref}/complaint").status_code == 404
    ref = sent(shop)
    assert shop.doors.open(shop.closed.story.tim.person).get(f"/appeals/{ref}").status_code == 404


def test_it_is_sent_once_and_then_shown(shop: Shop) -> None:
    ref = sent(shop)
    assert sent(shop) == ref
    page = shop.stacy.page(f"/appeals/{ref}")
    assert "We have your complaint. You get our answer by" in page and BODY in page
    assert shop.stacy.get(f"/reports/{shop.closed.report_ref}/complaint").location == f"/appeals/{ref}"
    assert "Open my complaint" in shop.stacy.page(f"/reports/{shop.closed.report_ref}")
    assert "Our answer to your complaint about a report" in words_of(shop.stacy.page("/me"))
    assert "complaint" not in words_of(shop.doors.open(shop.closed.story.tim.person).page("/me"))


def test_nothing_typed_is_lost(shop: Shop) -> None:
    here = f"/reports/{shop.closed.report_ref}/complaint"
    short = shop.stacy.post(here, step="send", body="Too short")
    assert short.status_code == 422 and "Too short</textarea>" in short.text
    kept = shop.stacy.post(here, keep="1", body="What I have so far")
    assert "Your draft is kept" in kept.text
    assert "What I have so far</textarea>" in shop.stacy.page(here)


def picture(name: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(SAMPLES["image/png"]), name


def test_files_are_added_before_and_after(shop: Shop) -> None:
    here = f"/reports/{shop.closed.report_ref}/complaint"
    added = shop.stacy.post(here, step="add", body=BODY, description="His message", file=picture("message.png"))
    assert added.status_code == 303, added.text
    page = shop.stacy.page(here)
    assert "message.png" in page and BODY in page
    document = re.findall(r'value="remove:([^"]+)"', page)[0]
    assert shop.stacy.post(here, step=f"remove:{document}", body=BODY).status_code == 303
    assert "message.png" not in shop.stacy.page(here)
    ref = sent(shop)
    more = shop.stacy.post(f"/appeals/{ref}/files", description="One more", file=picture("more.png"))
    assert more.status_code == 303, more.text
    assert "more.png" in shop.stacy.page(f"/appeals/{ref}")
    assert shop.stacy.post(f"/appeals/{ref}", body="And this too.").status_code == 303
    assert "And this too." in shop.stacy.page(f"/appeals/{ref}")


def test_taken_back_and_sent_again(shop: Shop) -> None:
    ref = sent(shop)
    asked = words_of(shop.stacy.page(f"/appeals/{ref}"))
    assert "Withdraw this complaint Then nobody looks at it again" in asked and "Yes, withdraw it" in asked
    assert shop.stacy.post(f"/appeals/{ref}/withdraw").status_code == 303
    page = shop.stacy.page(f"/appeals/{ref}")
    assert "You withdrew this complaint" in page and "Complain again" in page
    assert sent(shop) == ref


def test_at_the_desk_it_is_read_before_it_is_sent(shop: Shop) -> None:
    closed, ref = shop.closed, sent(shop)
    who = shop.staff(closed.holder(ref))
    assert f'href="/desk/complaints/{ref}"' in who.page("/desk?filter=complaint")
    here = f"/desk/complaints/{ref}"
    page = who.page(here)
    assert REASON in words_of(page) and BODY in words_of(page)
    assert f"/desk/complaints/{ref}" in who.page(f"/desk/cases/{closed.case_ref}")
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    assert who.post(f"{here}/decide", go="look", version=version, outcome="upheld", reasons="").status_code == 422
    seen = who.post(f"{here}/decide", go="look", version=version, outcome="upheld", reasons=STANDS)
    assert "What Stacy Moreno reads in the inbox" in words_of(seen.text) and STANDS in words_of(seen.text)
    done = who.post(f"{here}/decide", go="decide", version=version, outcome="upheld", reasons=STANDS)
    assert done.status_code == 303 and "stays closed" in words_of(who.page(here))
    assert STANDS in shop.stacy.page(f"/appeals/{ref}")
    assert who.get(f"/desk/appeals/{ref}").status_code == 404


def test_opened_again_says_so_on_every_page(shop: Shop) -> None:
    closed, ref = shop.closed, sent(shop)
    closed.decide(ref, "reversed")
    assert "The case is open again" in shop.stacy.page(f"/appeals/{ref}")
    assert "We look at it again" in shop.stacy.page(f"/reports/{closed.report_ref}")
    holder = closed.holder(closed.report_ref)
    said = words_of(shop.staff(holder).page(f"/desk/cases/{closed.case_ref}"))
    assert "Case opened again after a complaint" in said and "Appeals and complaints" in said


def test_whoever_closed_it_reads_what_they_may_do(shop: Shop) -> None:
    ref = sent(shop)
    said = words_of(shop.staff(shop.closed.story.rae).page(f"/desk/complaints/{ref}"))
    assert "You can open it again, and nothing else" in said and "It stays closed" not in said


def test_what_was_asked_is_answered_and_a_lead_draws_again(shop: Shop) -> None:
    closed, ref = shop.closed, sent(shop)
    who, here = shop.staff(closed.holder(ref)), f"/desk/complaints/{ref}"
    asked = who.post(f"{here}/ask", version=str(closed.complaint(ref).version), question="On which day?", days="5")
    assert asked.status_code == 303, asked.text
    assert "Answer our question about your complaint" in words_of(shop.stacy.page("/me"))
    assert "On which day?" in shop.stacy.page(f"/appeals/{ref}")
    assert shop.stacy.post(f"/appeals/{ref}", body="On 5 November.").status_code == 303
    assert closed.lee is not None
    lead = shop.staff(closed.lee)
    drawn = lead.post(f"{here}/draw", version=str(closed.complaint(ref).version), draw_reason="Ill today.")
    assert drawn.status_code == 303, drawn.text
