"""Appeals over HTTP: the person's pages and the desk's, from the first draft to the apology."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from sqlalchemy import func, select

from portal.accounts.models import UserSession
from portal.app import create_app
from portal.appeals.models import Appeal
from portal.appeals.queries import files_of
from portal.core.access import Role
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.work import Work
from portal.settings import load_settings
from portal.web.desk import appeals as desk_pages
from portal.web.person import appeals as person_pages
from portal.web.shell import uploads
from tests.appeals.conftest import BODY, Bench, with_exhibit
from tests.documents.making import SAMPLES
from tests.factories.compiled import with_shared_templates
from tests.factories.market import Market, Staff
from tests.factories.told import SECRET
from tests.web.conftest import Browser, Doors


@pytest.fixture
def app(tmp_path: Path, clock: MovedClock, sqlite_database: Database) -> Flask:
    settings = load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_SECRET_KEY": SECRET})
    made = with_shared_templates(create_app(settings, clock=clock, database=sqlite_database))
    if "intake" not in made.extensions:
        uploads.prepare(made)
    if "person.appeal" not in made.view_functions:
        for name, pages in (("person_appeals", person_pages), ("desk_appeals", desk_pages)):
            blueprint = Blueprint(name, __name__)
            pages.add_routes(blueprint)
            made.register_blueprint(blueprint)
    return made


@pytest.fixture
def shop(app: Flask) -> Bench:
    market = Market(app.extensions["office"])
    story = market.story()
    case_ref = market.dispute(story.stacy, story.contract, report=True)["case"]
    made = Bench(market, story, case_ref)
    with_exhibit(made)
    made.action_ref = made.ready()
    made.issue(made.action_ref)
    return made


@pytest.fixture
def doors(app: Flask, shop: Bench) -> Doors:
    return Doors(app, shop.market)


@pytest.fixture
def tim(doors: Doors, shop: Bench) -> Browser:
    return doors.open(shop.story.tim.person)


def staff_browser(doors: Doors, shop: Bench, who: Staff) -> Browser:
    browser = doors.open(who.person)

    def fresh(work: Work) -> None:
        for row in work.db.scalars(select(UserSession).where(UserSession.person_id == who.person.id)):
            row.stepped_up_at = work.now

    shop.market.make(fresh)
    return browser


def new_path(shop: Bench) -> str:
    return f"/appeals/new?action={shop.action_ref}"


def said(shop: Bench, step: str, **other: Any) -> dict[str, Any]:
    return {"action": shop.action_ref, "step": step, "grounds": ["not_the_rule", "would_change:1"], "body": BODY} | other


def picture(name: str = "letter.png") -> tuple[io.BytesIO, str]:
    return io.BytesIO(SAMPLES["image/png"]), name


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


def test_first_reviewer_reads_what_they_may_do(shop: Bench, doors: Doors) -> None:
    ref, rae = shop.file(), staff_browser(doors, shop, shop.story.rae)
    page = rae.page(f"/desk/appeals/{ref}")
    assert "You can overturn it in full, and do nothing else with this appeal" in page
    assert 'value="upheld"' not in page and 'value="reversed"' in page
    refused = rae.post(f"/desk/appeals/{ref}/decide", version="2", outcome="upheld", reasons="No.", **grounds(shop, ref))
    assert refused.status_code in (403, 422) and shop.appeal(ref).state == "filed", "it was not among the choices"


def grounds(shop: Bench, ref: str) -> dict[str, str]:
    return {f"ground_{key}": text for key, text in shop.answers(ref).items()}


def test_another_reviewer_sees_all_on_one_page_and_what_will_be_undone(shop: Bench, doors: Doors, tim: Browser) -> None:
    tim.post("/appeals/new", **said(shop, "add", file=picture(), description="The letter"))
    ref, ola = shop.file(), staff_browser(doors, shop, shop.story.ola)
    page = ola.page(f"/desk/appeals/{ref}")
    for words in (BODY, "One drawing came", "letter.png", "What happened when", "The work is delivered."):
        assert words in page
    assert ola.post(f"/desk/appeals/{ref}/begin", version="2").status_code == 303
    version = str(shop.appeal(ref).version)
    fields = {"version": version, "outcome": "reversed", "reasons": "The letter proves it.", "our_error": "We did not ask."}
    check = ola.post(f"/desk/appeals/{ref}/check", go="check", **fields)
    for words in ("What will be undone", "Stacy Moreno", "Omar Haddad", "Stays on hold: $400.00", "We did not ask.",
                  "If you confirm it, the decision is overturned", "The letter proves it."):
        assert words in check.text
    assert ola.post(f"/desk/appeals/{ref}/decide", **fields).status_code == 303
    assert shop.appeal(ref).outcome == "reversed"
    mine = tim.page(f"/appeals/{ref}")
    assert "We were wrong. The decision is overturned." in mine and "We did not ask." in mine


def test_an_answer_to_every_point_is_asked_for(shop: Bench, doors: Doors) -> None:
    ref, ola = shop.file(), staff_browser(doors, shop, shop.story.ola)
    fields = {"version": "2", "outcome": "upheld", "reasons": "We read it all."}
    answer = ola.post(f"/desk/appeals/{ref}/check", go="check", **fields)
    assert answer.status_code == 422 and "still without an answer" in answer.text and "We read it all." in answer.text
    fits = ola.post(f"/desk/appeals/{ref}/check", go="check", **fields, **grounds(shop, ref))
    assert fits.status_code == 200 and "If you confirm it, the decision stands" in fits.text
    for said_so in ("Our reasons", "We read it all.", "Your points and our answers", *shop.answers(ref).values()):
        assert said_so in fits.text, "what the person will read is all there"


def test_every_exhibit_that_was_not_opened_is_named_before_the_preview(shop: Bench, doors: Doors) -> None:
    """Also when the decision is overturned: what nobody opened was not considered."""
    files = [shop.attach(), shop.attach(), shop.attach()]
    ref, ola = shop.file(), staff_browser(doors, shop, shop.story.ola)
    with shop.office.database.read() as session:
        numbers = [one.exhibit.number for one in files_of(session, shop.appeal(ref).id) if one.exhibit]
    fields = {"version": "2", "outcome": "reversed", "reasons": "The letters prove it.", "our_error": "We did not ask."}
    weighed = {f"exhibit_{n}": "considered" for n in numbers}
    answer = ola.post(f"/desk/appeals/{ref}/check", go="check", **fields, **weighed)
    assert answer.status_code == 422 and len(files) == len(numbers) == 3
    for n in numbers:
        assert f'href="#exhibit_{n}"' in answer.text and f"Open exhibit {n} first." in answer.text


def test_a_stood_by_decision_is_carried_out(shop: Bench, doors: Doors) -> None:
    ref, ola = shop.file(), staff_browser(doors, shop, shop.story.ola)
    fields = {"version": "2", "outcome": "upheld", "reasons": "We read it all."}
    assert ola.post(f"/desk/appeals/{ref}/decide", **fields, **grounds(shop, ref)).status_code == 303
    with shop.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Appeal).where(Appeal.outcome == "upheld")) == 1


def test_a_lead_draws_again_and_says_why(shop: Bench, doors: Doors) -> None:
    ref, lee = shop.file(), shop.market.staff("Lee Ahn", Role.LEAD)
    browser, place = staff_browser(doors, shop, lee), f"/desk/appeals/{ref}"
    assert 'name="draw_reason"' in browser.page(place)
    version = str(shop.appeal(ref).version)
    missing = browser.post(f"{place}/draw", version=version)
    assert missing.status_code == 422 and "Say in writing why." in missing.text
    assert browser.post(f"{place}/draw", version=version, draw_reason="Ola is on leave.").status_code == 303
    assert shop.item(ref).assignee_id == lee.person.id  # type: ignore[union-attr]


def test_what_somebody_else_types_is_not_kept(shop: Bench, doors: Doors) -> None:
    ref, kim = shop.file(), shop.market.staff("Kim Sato")
    assert staff_browser(doors, shop, kim).post(f"/desk/appeals/{ref}/keep", reasons="Half").status_code == 403


def test_a_reopened_appeal_can_be_decided_on_its_page(shop: Bench, doors: Doors) -> None:
    first = shop.action_ref
    shop.later(days=30)
    shop.action_ref = shop.ready()
    shop.issue(shop.action_ref, ends_on=shop.market.day(-80).isoformat())
    ref = shop.file()
    shop.decide(ref)
    kim = shop.market.staff("Kim Sato")
    shop.decide(shop.file(action_ref=first), "reversed", by=shop.story.rae)
    assert 'value="upheld"' in staff_browser(doors, shop, kim).page(f"/desk/appeals/{ref}")


def test_asking_and_answering(shop: Bench, doors: Doors, tim: Browser) -> None:
    ref, ola = shop.file(), staff_browser(doors, shop, shop.story.ola)
    assert ola.post(f"/desk/appeals/{ref}/ask", version="2", question="Which hospital?", days="5").status_code == 303
    assert "Which hospital?" in tim.page(f"/appeals/{ref}") and "waiting for the person" in ola.page(f"/desk/appeals/{ref}")
    tim.post(f"/appeals/{ref}", body="The one in the main street.")
    assert "main street" in ola.page(f"/desk/appeals/{ref}")


def test_the_checklist_of_the_letter_is_carried_from_the_form_to_who_decides(
    shop: Bench, tim: Browser, doors: Doors
) -> None:
    how = "It is in the shared folder."
    form = tim.page(new_path(shop))
    assert form.count("Say how") == 2 and 'name="how_2"' in form and 'name="how_3"' not in form
    answer = tim.post("/appeals/new", **said(shop, "check", grounds=["not_me"], how_1=how))
    assert answer.status_code == 200 and how in answer.text and 'value="would_change:1"' in answer.text
    assert how in tim.page(new_path(shop)) and 'value="would_change:1" checked' in tim.page(new_path(shop))
    sent = tim.post("/appeals/new", **said(shop, "send", grounds=["not_me", "would_change:1"], how_1=how))
    ref = sent.location.rpartition("/")[2]
    assert how in tim.page(f"/appeals/{ref}")
    desk = doors.open(shop.story.ola.person).page(f"/desk/appeals/{ref}")
    assert desk.count(how) == 2, "once where the person speaks, once beside the field for the answer"
    assert desk.index(how, desk.index("Answer each point")) < desk.index('name="ground_would_change:1"')
