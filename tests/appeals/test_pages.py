"""Appeals over HTTP: the person's pages and the desk's, from the first draft to the apology."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.throttles import LIMITS
from portal.appeals.models import Appeal
from portal.appeals.operations import draw_again
from portal.appeals.queries import files_of
from portal.core.access import Role
from tests.appeals.conftest import BODY, Bench
from tests.appeals.pages import new_path, picture, said, staff_browser
from tests.documents.making import SAMPLES
from tests.web.conftest import Browser, Doors


def test_says_beforehand_whether_and_until_when(shop: Bench, tim: Browser) -> None:
    page = tim.page(new_path(shop))
    assert "at least until the end of Saturday 22 May 2027" in page
    assert "The work is delivered." in page and "answers you within 14 days" in page


def test_draft_survives_and_files_come_one_at_a_time(shop: Bench, tim: Browser, doors: Doors) -> None:
    for name, text in (("a.png", "First"), ("b.png", "Second"), ("c.png", "Third")):
        answer = tim.post("/appeals/new", **said(shop, "add", file=picture(name), description=text))
        assert answer.status_code == 302 or answer.status_code == 303, answer.text[:3000]
    page = doors.open(shop.story.tim.person).page(new_path(shop))
    assert BODY.split(".")[0] in page and "c.png" in page and 'value="not_the_rule" checked' in page
    first = re.findall(r"remove:(D-\w+)", page)[0]
    tim.post("/appeals/new", **said(shop, f"remove:{first}"))
    assert "a.png" not in tim.page(new_path(shop))


def test_keeping_the_draft_has_no_page(shop: Bench, tim: Browser) -> None:
    kept = tim.post("/appeals/new/keep", **said(shop, "x", body="Half a sen"))
    assert (kept.status_code, kept.get_json()) == (200, {"version": 1})
    assert "Half a sen" in tim.page(new_path(shop))


@pytest.mark.parametrize(
    ("change", "words"),
    [({"grounds": []}, "Choose at least one reason"), ({"body": ""}, "Say in your own words"),
     ({"file": (io.BytesIO(b"x"), "x.png")}, "PDF, JPEG")],
)
def test_what_is_missing_is_said_at_its_field(shop: Bench, tim: Browser, change: dict[str, Any], words: str) -> None:
    answer = tim.post("/appeals/new", **said(shop, "check", **change))
    assert answer.status_code == 422 and words in answer.text and "Error:" in answer.text


def test_a_refused_file_says_what_to_do_and_keeps_the_words(shop: Bench, tim: Browser) -> None:
    wrong = (io.BytesIO(b"MZ\x90 not a picture"), "x.exe")
    answer = tim.post("/appeals/new", **said(shop, "add", file=wrong, description="x"))
    assert answer.status_code == 422 and "PDF, JPEG" in answer.text and BODY[:30] in answer.text


def test_sending_four_times_gives_one_receipt(shop: Bench, tim: Browser) -> None:
    tim.post("/appeals/new", **said(shop, "add", file=picture(), description="The letter"))
    check = tim.post("/appeals/new", **said(shop, "check"))
    assert check.status_code == 200 and "Send my appeal" in check.text and "letter.png" in check.text
    places = {tim.post("/appeals/new", **said(shop, "send")).headers["Location"] for _ in range(4)}
    with shop.office.database.read() as session:
        appeal = session.scalars(select(Appeal)).one()
    assert places == {f"/appeals/{appeal.ref}"}
    page = tim.page(places.pop())
    assert "We have your appeal. You get our answer by Sunday 6 December 2026." in page
    assert appeal.ref in page and "letter.png" in page and BODY in page
    assert tim.get(new_path(shop)).headers["Location"] == f"/appeals/{appeal.ref}"


def test_nobody_else_finds_it(shop: Bench, tim: Browser, doors: Doors) -> None:
    ref, stacy = shop.file(), doors.open(shop.story.stacy.person)
    linked, astray = (doors.open(shop.story.tim.person, case) for case in (shop.case_ref, "C-OTHER"))
    assert linked.get(f"/appeals/{ref}").status_code == 200
    for browser in (stacy, astray):
        assert browser.get(f"/appeals/{ref}").status_code == browser.get(new_path(shop)).status_code == 404
        assert browser.post(f"/appeals/{ref}/withdraw").status_code == 404


def test_adding_and_withdrawing(shop: Bench, tim: Browser) -> None:
    ref = shop.file()
    assert tim.post(f"/appeals/{ref}", body="One more thing to say.").status_code == 303
    added = tim.post(f"/appeals/{ref}/files", file=picture("late.png"), description="A late letter")
    assert added.status_code == 303 and "late.png" in tim.page(f"/appeals/{ref}")
    tim.post(f"/appeals/{ref}/withdraw")
    assert "You withdrew this appeal" in tim.page(f"/appeals/{ref}")
    assert "Appeal again" in tim.page(f"/appeals/{ref}")


def test_who_adds_too_often_reads_when_to_go_on_and_loses_nothing(
    shop: Bench, tim: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "appeal_more", (1, timedelta(hours=1)))
    ref = shop.file()
    assert tim.post(f"/appeals/{ref}", body="One thing.").status_code == 303
    answer = tim.post(f"/appeals/{ref}", body="Typed with much care.")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3600")
    assert "Please wait 60 minutes" in answer.text and "Typed with much care.</textarea>" in answer.text


def test_own_file_opens_as_a_download(shop: Bench, tim: Browser) -> None:
    tim.post("/appeals/new", **said(shop, "add", file=picture(), description="The letter"))
    ref = shop.file()
    with shop.office.database.read() as session:
        document = files_of(session, shop.appeal(ref).id)[0].document.ref
    answer = tim.get(f"/appeals/{ref}/files/{document}")
    assert (answer.status_code, answer.data) == (200, SAMPLES["image/png"])
    assert tim.get(f"/appeals/{ref}/files/D-NOTHING").status_code == 404


def test_the_person_sees_at_each_exhibit_who_opened_it(shop: Bench, tim: Browser, doors: Doors) -> None:
    tim.post("/appeals/new", **said(shop, "add", file=picture(), description="The letter"))
    ref, ola = shop.file(), staff_browser(doors, shop, shop.story.ola)
    assert "Nobody of us has opened it." in tim.page(f"/appeals/{ref}")
    with shop.office.database.read() as session:
        shown = files_of(session, shop.appeal(ref).id)[0]
    assert ola.post(f"/desk/appeals/{ref}/begin", version=str(shop.appeal(ref).version)).status_code == 303
    assert ola.get(f"/desk/appeals/{ref}/files/{shown.document.ref}").status_code == 200
    page = tim.page(f"/appeals/{ref}")
    assert f"by Reviewer {shop.story.ola.handle}." in page
    assert "Nobody of us has opened it." not in page


def test_the_numbers_before_ones_own_exhibits_are_explained(shop: Bench, tim: Browser) -> None:
    tim.post("/appeals/new", **said(shop, "add", file=picture(), description="The letter"))
    ref = shop.file()
    with shop.office.database.read() as session:
        exhibit = files_of(session, shop.appeal(ref).id)[0].exhibit
    assert exhibit and exhibit.number > 1
    assert "in our decision." in tim.page(f"/appeals/{ref}")


def test_who_reviews_from_outside_is_called_so(shop: Bench, tim: Browser, doors: Doors) -> None:
    """To a lead who gives work away, and to the person whose appeal it is."""
    kim, lead = shop.market.staff("Kim Soto", external=True), shop.market.staff("Lea Maron", Role.LEAD)
    ref = shop.file()
    while shop.holder(ref) != kim.person.id:
        args = {"appeal_ref": ref, "version": shop.appeal(ref).version, "reason": "Somebody from outside looks at this one."}
        shop.market.do(draw_again, lead.actor, **args)
    assert f"Reviewer {kim.handle}, from outside and without a part" in tim.page("/me")
    desk = staff_browser(doors, shop, lead).page(f"/desk/cases/{shop.case_ref}")
    assert f"Reviewer {kim.handle}, from outside" in desk and f"Reviewer {shop.story.ola.handle}, from" not in desk
    shop.decide(ref, by=kim)
    assert "who does not work for us" in tim.page(f"/appeals/{ref}")
