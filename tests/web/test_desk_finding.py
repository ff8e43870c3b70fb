"""Finding a case at the desk over HTTP: by whom, what is shown, and where a reference leads."""

from portal.core.access import Role
from portal.disputes.operations import withdraw_dispute
from tests.web.desk_support import Desk, words_of


def test_the_queue_has_the_box_and_its_key(desk: Desk) -> None:
    page = desk.get("/desk")
    assert 'action="/desk/find"' in page and 'data-key="f"' in page
    assert "f Find a case" in words_of(page)


def test_a_name_shows_what_waits_about_it_as_the_queue_does(desk: Desk) -> None:
    case = desk.disputed()
    page = desk.get("/desk/find?q=tim+oka")
    assert "1 case for “tim oka”" in words_of(page)
    assert f"{desk.story.tim.account.ref} Tim Okafor $400.00 USD nobody yet" in words_of(page)
    assert f'href="/desk/cases/{case}"' in page and "Nothing waits in these" not in words_of(page)


def test_a_contract_is_named_with_both_sides(desk: Desk) -> None:
    case, contract = desk.disputed(), desk.story.contract
    typed_so = ("photo", contract.ref, contract.external_id)
    for typed in typed_so:
        assert "No case for" in words_of(desk.get(f"/desk/find?q={typed}")), "nobody has given it to Rae yet"
    desk.take(case)
    for typed in typed_so:
        page = words_of(desk.get(f"/desk/find?q={typed}"))
        assert f"By contract: Photo app , {contract.ref} : Stacy Moreno and Tim Okafor" in page, typed


def test_a_reference_leads_to_its_own_page_at_once(desk: Desk) -> None:
    made = desk.market.dispute(desk.story.stacy, desk.story.contract)
    answer = desk.browser.get(f"/desk/find?q={made['dispute'].lower()}", base_url="https://localhost")
    assert (answer.status_code, answer.location) == (303, f"/desk/disputes/{made['dispute']}")
    found = desk.get(f"/desk/find?q={made['case']}")
    assert "1 case for" in words_of(found) and f"/desk/disputes/{made['dispute']}" in found


def test_a_case_in_which_nothing_waits_is_found_too(desk: Desk) -> None:
    made = desk.market.dispute(desk.story.stacy, desk.story.contract)
    desk.market.do(withdraw_dispute, desk.story.stacy.actor, dispute_ref=made["dispute"])
    missed = words_of(desk.get(f"/desk/find?q={made['dispute']}"))
    assert "No case for" in missed and "only if you may read it, and so is a case in which nothing waits" in missed
    page = desk.get("/desk/find?q=stacy", desk.sign_in(desk.market.staff("Lee Marsh", Role.LEAD)))
    assert f"Nothing waits in these {made['case']} · Tim Okafor" in words_of(page)
    assert f'href="/desk/cases/{made["case"]}"' in page and "What waits in them" not in page


def test_nothing_found_says_what_can_be_looked_for(desk: Desk) -> None:
    desk.disputed()
    page = words_of(desk.get("/desk/find?q=omar"))
    assert "No case for “omar”" in page and "Only cases are found" in page and "What waits in them" not in page
    for empty in ("/desk/find", "/desk/find?q=+", "/desk/find?q=" + "x" * 5000):
        assert "Find a case" in words_of(desk.get(empty)), empty


def test_it_is_for_the_desk_alone(desk: Desk) -> None:
    case = desk.disputed()
    assert desk.app.test_client().get("/desk/find?q=tim", base_url="https://localhost").status_code == 401
    assert desk.visit_as(desk.story.tim, "/desk/find?q=tim").status_code == 404
    for role in (Role.LEAD, Role.AUDITOR):
        browser = desk.sign_in(desk.market.staff(f"{role.title()} Person", role))
        assert case in desk.get("/desk/find?q=tim", browser), role
