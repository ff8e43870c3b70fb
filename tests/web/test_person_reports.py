"""Reporting somebody one works with: what they will see is said beforehand, nothing is lost, a receipt follows."""

from tests.factories.market import Story
from tests.web.conftest import Browser, Doors

WORDS = "He asked me twice to pay him outside the marketplace, on 3 and 5 November."


def stacy(doors: Doors, story: Story) -> Browser:
    return doors.open(story.stacy.person)


def test_it_is_linked_from_the_collaborator_and_the_contracts(doors: Doors, story: Story) -> None:
    browser = stacy(doors, story)
    assert f'href="/reports/new?contract={story.contract.ref}"' in browser.page(f"/collaborators/{story.tim.account.ref}")
    for path in ("/me", "/me/record", "/collaborators"):
        assert 'href="/reports/new"' in browser.page(path)
    assert f'href="/reports/new?contract={story.contract.ref}"' in browser.page("/reports/new")


def test_the_form_says_beforehand_what_the_other_side_will_see(doors: Doors, story: Story) -> None:
    page = stacy(doors, story).page(f"/reports/new?contract={story.contract.ref}")
    assert "Tim Okafor does not see what you write here. A person reads it by Wednesday 25 November 2026." in page
    assert "it began with a report from the other side of a contract" in page
    assert "Tim Okafor may guess who it was" in page


def test_sending_gives_a_receipt_that_only_the_reporter_reads(doors: Doors, story: Story) -> None:
    browser = stacy(doors, story)
    sent = browser.post("/reports/new", contract=story.contract.ref, happened=WORDS)
    assert sent.status_code == 303
    page = browser.page(sent.location)
    assert "<h1>We have your report</h1>" in page
    assert WORDS in page
    assert "We have your report" in browser.page("/me/inbox")
    assert sent.location in browser.page("/reports/new")
    for party in (story.tim, story.omar):
        other = doors.open(party.person)
        assert other.get(sent.location).status_code == 404
        assert "report" not in other.page("/me/inbox").split("<main")[1].split("</main>")[0]
    assert doors.open(story.tim.person).page("/me").count("<h1>Your account is in good standing</h1>") == 1


def test_pressing_twice_is_one_report(doors: Doors, story: Story) -> None:
    browser = stacy(doors, story)
    fields = {"contract": story.contract.ref, "happened": WORDS}
    assert browser.post("/reports/new", **fields).location == browser.post("/reports/new", **fields).location


def test_nothing_typed_is_lost(doors: Doors, story: Story) -> None:
    browser, address = stacy(doors, story), f"/reports/new?contract={story.contract.ref}"
    assert browser.post(f"/drafts/report/{story.contract.ref}", happened="He asked me").status_code == 204
    assert "He asked me</textarea>" in browser.page(address)
    short = browser.post("/reports/new", contract=story.contract.ref, happened="Too short.")
    assert short.status_code == 422
    assert "Too short.</textarea>" in short.text
    assert "at least 20 characters" in short.text
    browser.post("/reports/new", contract=story.contract.ref, happened=WORDS)
    assert "He asked me</textarea>" not in browser.page(address)


def test_only_about_a_contract_of_ones_own(doors: Doors, story: Story) -> None:
    omar = doors.open(story.omar.person)
    assert omar.get(f"/reports/new?contract={story.contract.ref}").status_code == 404
    assert omar.post("/reports/new", contract=story.contract.ref, happened=WORDS).status_code == 404
    by_link = doors.open(story.stacy.person, case_ref="C-22222222")
    assert by_link.get("/reports/new").status_code == 404
