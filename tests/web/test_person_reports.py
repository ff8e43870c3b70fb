"""Reporting somebody one works with: what they will see is said beforehand, nothing is lost, a receipt follows."""

from sqlalchemy import select

from portal.accounts.joining import record_member
from portal.cases.models import Case, Report
from portal.disputes.models import Dispute
from portal.enforcement.receiving import sort_report
from portal.notices.delivery import deliver, release
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.factories.market import Story
from tests.notices.making import Collecting, post
from tests.web.conftest import Browser, Doors
from tests.web.desk_support import words_of

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
    assert browser.post(f"/drafts/report/{story.contract.ref}", happened="He asked me").status_code == 200
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
    assert by_link.get("/reports/new").status_code == 403


def test_a_report_sent_with_a_dispute_stays_in_sight_of_its_sender_alone(doors: Doors, contested: Desk) -> None:
    story, browser = contested.story, stacy(doors, contested.story)
    ref, dispute = refs(contested)
    waits = "Your report about Tim Okafor. A person reads it by Wednesday 25 November 2026 (in 3 days). Only you and we see it."
    assert waits in words_of(browser.page("/me"))
    assert "You reported a problem with Tim Okafor to us." in words_of(browser.page("/me"))
    assert "A person reads it by Wednesday 25 November 2026" in words_of(browser.page("/reports/new"))
    page = browser.page(f"/disputes/{dispute}")
    assert f'href="/reports/{ref}"' in page
    assert "Only you and we see it. Tim Okafor does not. A person reads it by Wednesday 25 November 2026" in words_of(page)
    assert browser.get(f"/reports/{ref}").status_code == 200
    for path in ("/me", f"/disputes/{dispute}", "/me/inbox"):
        assert ref not in doors.open(story.tim.person).page(path)
    partner = doors.market.party("Uma Ortiz")
    doors.market.make(lambda work: record_member(work, story.stacy.account, partner.person, "owner"))
    mine, hers = (words_of(one.page(f"/disputes/{dispute}")) for one in (browser, doors.open(partner.person)))
    assert "You also told us that a rule may apply. Only you, the other owners of the account and we see it." in mine
    assert "Stacy Moreno also told us that a rule may apply. Only Stacy Moreno, the owners of the account and we" in hers
    by_link = doors.open(story.stacy.person, case_ref=contested.case_ref).page(f"/disputes/{dispute}")
    assert ref in by_link
    assert f'href="/reports/{ref}"' not in by_link


def test_the_receipt_of_the_dispute_names_the_report(contested: Desk) -> None:
    ref, _dispute = refs(contested)
    with contested.office.database.read() as session:
        query = select(Notice).where(Notice.kind.in_(["dispute_receipt", "dispute_opened"]))
        told = {one.kind: one for one in session.scalars(query)}
    assert f"This is your report {ref}. Tim Okafor does not see it." in (told["dispute_receipt"].body or "")
    for text in (told["dispute_opened"].body, told["dispute_opened"].mail_body, told["dispute_receipt"].mail_body):
        assert ref not in (text or "")


def test_it_says_when_nobody_read_it_in_time(doors: Doors, contested: Desk) -> None:
    contested.later(days=4)
    late = "Nobody has read it yet. We promised it by Wednesday 25 November 2026: we are late, and that is our fault."
    for path in ("/me", "/reports/new", f"/reports/{refs(contested)[0]}", f"/disputes/{refs(contested)[1]}"):
        assert late in words_of(stacy(doors, contested.story).page(path)), path


def test_once_read_it_says_so(doors: Doors, contested: Desk) -> None:
    contested.ready()
    browser = stacy(doors, contested.story)
    assert "A person has read it." in words_of(browser.page("/reports/new"))
    assert "A person reads your report" not in browser.page("/me")


def test_once_answered_it_says_so_and_never_before_the_answer_is_there(doors: Doors, contested: Desk) -> None:
    contested.issue(contested.ready(), measure="warning", ends_on="")
    browser, (ref, _dispute) = stacy(doors, contested.story), refs(contested)
    with contested.office.database.read() as session:
        session.scalars(select(Notice.id).where(Notice.kind == "report_answered", Notice.about_ref == ref)).one()
    assert "We answered it." not in browser.page("/reports/new")
    assert "<h1>We answered your report</h1>" not in browser.page(f"/reports/{ref}")
    for _ in range(2):  # the person's own statement is sent first
        release(contested.office)
        deliver(contested.office, post(Collecting()))
    assert "We answered it." in words_of(browser.page("/reports/new"))
    assert "<h1>We answered your report</h1>" in browser.page(f"/reports/{ref}")


def test_the_other_side_of_a_contract_is_answered_by_what_they_are_told_of_the_decision(doors: Doors, contested: Desk) -> None:
    """They hear of it as such and of nothing beside it; until then they wait for us, and their page says so."""
    action, browser, (ref, dispute) = contested.ready(), stacy(doors, contested.story), refs(contested)
    waits = "Your report about Tim Okafor. A person has read it. You hear what became of it. Only you and we see it."
    assert waits in words_of(browser.page("/me"))
    contested.issue(action)
    assert "<h1>We answered your report</h1>" not in browser.page(f"/reports/{ref}")
    for _ in range(2):  # the person's own statement is sent first
        release(contested.office)
        deliver(contested.office, post(Collecting()))
    with contested.office.database.read() as session:
        told = session.scalars(select(Notice).where(
            Notice.kind == "counterpart_action", Notice.recipient_id == contested.story.stacy.person.id
        )).one()
    page = browser.page(f"/reports/{ref}")
    assert "<h1>We answered your report</h1>" in page
    assert f'href="/me/inbox/{told.id}"' in page
    assert "We answered it." in words_of(browser.page(f"/disputes/{dispute}"))
    assert "Your report about Tim Okafor." not in words_of(browser.page("/me"))


def test_what_was_reported_by_a_reference_or_an_address_is_waited_for_too(doors: Doors, story: Story) -> None:
    """Whoever was named: the own page says by when somebody has read it, and then that it was answered."""
    omar = doors.open(story.omar.person)
    sent = omar.post("/reports/new", somebody="1", named="https://example.org/offers/7", happened=WORDS)
    ref = sent.location.rsplit("/", 1)[-1]
    waits = "What you reported by a reference or an address. A person reads it by Wednesday 25 November 2026 (in 3 days)."
    assert waits in words_of(omar.page("/me"))
    doors.market.do(sort_report, story.rae.actor, incoming_ref=ref, about_ref="")
    deliver(doors.market.office, post(Collecting()))
    page = words_of(omar.page("/me"))
    assert "What you reported by a reference" not in page
    assert "We answered your report." in page
    assert "<h1>We answered your report</h1>" in omar.page(sent.location)


def refs(contested: Desk) -> tuple[str, str]:
    """Of Stacy's report and of her dispute."""
    with contested.office.database.read() as session:
        return session.scalars(select(Report.ref)).one(), session.scalars(select(Dispute.ref)).one()


def test_pressure_is_ticked_and_the_desk_reads_who_reported_whom_before(doors: Doors, story: Story) -> None:
    stacy(doors, story).post("/reports/new", contract=story.contract.ref, happened=WORDS)
    tim = doors.open(story.tim.person)
    assert "I was pressured or threatened because of a report or a dispute." in tim.page(
        f"/reports/new?contract={story.contract.ref}")
    assert tim.post("/reports/new", contract=story.contract.ref, happened=WORDS, pressed="y").status_code == 303
    with doors.market.office.database.read() as session:
        case_ref = session.scalars(
            select(Case.ref).where(Case.about_account_id == story.stacy.account.id)).one()
    doors.market.take(story.rae, case_ref)
    said = words_of(doors.open(story.rae.person).page(f"/desk/cases/{case_ref}"))
    assert "Stacy Moreno reported Tim Okafor to us on" in said
    assert "I was pressured or threatened because of a report or a dispute." in said
