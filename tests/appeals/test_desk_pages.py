"""An appeal at the desk, over HTTP: who may do what, what is asked for, and what would be undone."""

from sqlalchemy import func, select

from portal.appeals.models import Appeal
from portal.appeals.operations import withdraw_appeal
from portal.appeals.queries import files_of
from portal.core.access import Role
from tests.appeals.conftest import BODY, Bench
from tests.appeals.pages import new_path, picture, said, staff_browser
from tests.web.conftest import Browser, Doors


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


def test_nobody_at_the_desk_reads_what_is_not_sent(shop: Bench, doors: Doors) -> None:
    """Neither what is only begun, nor a file for a new try after the first one was taken back."""
    begun, rae = shop.attach(), staff_browser(doors, shop, shop.story.rae)
    here = f"/desk/appeals/{begun['appeal']}"
    assert rae.get(here).status_code == rae.get(f"{here}/files/{begun['document']}").status_code == 404
    ref = shop.file()
    assert rae.get(here).status_code == 200
    shop.market.do(withdraw_appeal, shop.story.tim.actor, appeal_ref=ref)
    again = shop.attach("Only for the new try")
    assert "Only for the new try" not in rae.page(here)
    assert rae.get(f"{here}/files/{again['document']}").status_code == 404, "that it came is on record, and its reference"
