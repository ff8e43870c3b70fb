"""The person's own page answers three questions in every standing."""

from portal.accounts.operations import record_account
from portal.appeals.operations import file_appeal
from portal.core.work import Work
from portal.disputes.operations import answer_dispute
from portal.disputes.queries import disputes_of_account
from portal.worker import run_once
from tests.enforcement.conftest import Desk
from tests.factories.market import Story
from tests.notices.making import Collecting
from tests.web.conftest import Doors
from tests.web.desk_support import words_of


def test_good_standing_is_calm_and_useful(doors: Doors, story: Story) -> None:
    tim = doors.open(story.tim.person).page("/me")
    assert "<h1>Your account is in good standing</h1>" in tim
    assert "You can withdraw $2,150.00 USD now. Nothing is needed from you." in tim
    stacy = doors.open(story.stacy.person).page("/me")
    assert 'href="/disputes/new"' in stacy


def test_a_dispute_asks_for_an_answer(doors: Doors, contested: Desk) -> None:
    page = doors.open(contested.story.tim.person).page("/me")
    assert "Stacy Moreno contests $400.00 USD. Please answer by Sunday 29 November 2026." in page
    assert "Only this amount is on hold: $400.00 USD." in page
    assert "Answer the dispute" in page
    assert "You answer the dispute" in page


def test_who_is_to_answer_reads_what_silence_means_on_every_page(doors: Doors, contested: Desk) -> None:
    with doors.market.office.database.read() as session:
        ref = disputes_of_account(session, contested.story.stacy.account.id)[0].ref
    tim, stacy = doors.open(contested.story.tim.person), doors.open(contested.story.stacy.person)
    for path in ("/me", f"/disputes/{ref}"):
        page = words_of(tim.page(path))
        assert page.count("If you do not answer, what is on hold goes back to Stacy Moreno 7 days later.") == 1, path
    hers = words_of(stacy.page(f"/disputes/{ref}"))
    assert "Without an answer, what is on hold goes back to you 7 days after that day." in hers


def test_of_two_holds_neither_is_called_the_only_one(doors: Doors, contested: Desk) -> None:
    market, story = contested.market, contested.story
    shop = market.contract(story.stacy, story.tim, "Shop", [30_000], released={1: 10})
    market.dispute(story.stacy, shop, 20_000)
    page = words_of(doors.open(story.tim.person).page("/me"))
    assert "$600.00 USD on hold" in page and "Only this amount is on hold" not in page
    assert "$400.00 USD of it is on hold." in page and "$200.00 USD of it is on hold." in page


def test_an_open_question_is_the_heading_and_its_answer_what_we_wait_for(doors: Doors, contested: Desk) -> None:
    asked, tim = contested.ask(), doors.open(contested.story.tim.person)
    assert "We have a question for you. Please answer by Friday 27 November 2026." in tim.page("/me")
    contested.answer(asked)
    page = tim.page("/me")
    assert "We are reading your answer to our question about rule 6.4, Taking payment for nothing." in page
    assert f'href="/me/questions/{asked}">What you wrote' in page
    assert "Answer our question" not in page


def test_nothing_is_needed_is_said_only_when_nothing_is(doors: Doors, contested: Desk) -> None:
    contested.answer(contested.ask())
    tim, story = doors.open(contested.story.tim.person), contested.story
    page = tim.page("/me")
    assert "Stacy Moreno contests $400.00 USD. Please answer by" in page
    assert "We are reading your answer to our question about rule 6.4" in page
    assert "Nothing is needed from you" not in page
    with contested.office.database.read() as session:
        ref = disputes_of_account(session, story.stacy.account.id)[0].ref
    contested.market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer="I was ill for two weeks.")
    assert "Nothing is needed from you now." in tim.page("/me")


def test_contesting_is_offered_only_where_a_milestone_can_be_contested(doors: Doors, story: Story) -> None:
    market, offer = doors.market, 'href="/disputes/new"'
    carl = market.party("Carl Weber")
    sketch = market.contract(carl, story.tim, "Sketch", [10_000])
    for who in (carl, story.omar, story.tim):
        assert offer not in doors.open(who.person).page("/me")
    browser = doors.open(carl.person)
    for path in (f"/collaborators/{story.tim.account.ref}", f"/reports/new?contract={sketch.ref}"):
        assert offer not in browser.page(path)
    stacy = doors.open(story.stacy.person)
    for path in ("/me", f"/collaborators/{story.tim.account.ref}", f"/reports/new?contract={story.contract.ref}"):
        assert offer in stacy.page(path)
    market.dispute(story.stacy, story.contract)
    assert offer not in stacy.page("/me")


def test_a_suspension_names_the_rule_the_money_and_the_end(doors: Doors, contested: Desk) -> None:
    action = contested.ready()
    contested.issue(action)
    page = doors.open(contested.story.tim.person).page("/me")
    assert "<h1>Your account is suspended until the end of Saturday 12 December 2026</h1>" in page
    assert "You can withdraw $1,750.00 USD now." in page
    assert f'href="/me/actions/{action}"' in page
    assert "6.4 Taking payment for nothing" in page
    assert "The suspension ends by itself" in page


def test_what_waits_for_them_comes_before_an_appeal_that_waits_for_us(doors: Doors, contested: Desk) -> None:
    ref, story = contested.ready(), contested.story
    contested.issue(ref)
    words = "I was in hospital for two weeks and told Stacy so on the first day."
    contested.market.do(file_appeal, story.tim.actor, action_ref=ref, grounds=["other"], body=words)
    tim = doors.open(story.tim.person)
    assert "<h1>Stacy Moreno contests $400.00 USD. Please answer by Sunday 29 November 2026.</h1>" in tim.page("/me")
    with contested.office.database.read() as session:
        dispute = disputes_of_account(session, story.stacy.account.id)[0].ref
    contested.market.do(answer_dispute, story.tim.actor, dispute_ref=dispute, answer="I was ill for two weeks.")
    page = tim.page("/me")
    assert "You get our answer by" in page.split("<h1>")[1].split("</h1>")[0]
    assert "Appeal received" in page


def test_after_its_end_the_page_is_calm_again(doors: Doors, contested: Desk) -> None:
    contested.issue(contested.ready())
    contested.later(days=25)
    page = doors.open(contested.story.tim.person).page("/me")
    assert "is suspended" not in page
    assert "We suspended your account." in page


def test_several_accounts_stand_on_one_page(doors: Doors, contested: Desk) -> None:
    story = contested.story
    agency = contested.market.make(lambda work: _second_account(work, story))
    page = doors.open(story.tim.person).page("/me")
    assert page.count("What is wrong") == 2
    assert agency in page


def _second_account(work: Work, story: Story) -> str:
    day = story.tim.account.joined_on
    return record_account(
        work, external_id="m-agency", kind="organisation", name="Okafor Works", joined_on=day, owner=story.tim.person
    ).name


def test_whoever_works_with_somebody_suspended_reads_so_on_their_own_page(doors: Doors, contested: Desk) -> None:
    contested.issue(contested.ready())
    contested.later(days=1, hours=1)
    run_once(contested.office, Collecting(), doors.app.extensions["settings"])
    omar = doors.open(contested.story.omar.person)
    page = omar.page("/me")
    assert "We wrote to you, and you have not read it yet:" in page
    assert "About your work with Tim Okafor" in page
    assert "Please read it below." in page and "Nothing is needed from you." not in page
    assert "No decision about your account is in effect, and nobody" not in page
    link = page.split('href="/me/inbox/')[1].split('"')[0]
    assert 'class="count"' in page
    assert 'class="count"' not in omar.page(f"/me/inbox/{link}"), "what is open on this page is not counted as unread"
    after = omar.page("/me")
    assert "you have not read it yet" not in after
    assert "We wrote to you: About your work with Tim Okafor." in after, "it stays in what happened so far"
    assert "About your work with" not in doors.open(contested.story.tim.person).page("/me")
    assert "We wrote to you about this again" not in omar.page(f"/me/inbox/{link}")
    contested.later(days=20)
    run_once(contested.office, Collecting(), doors.app.extensions["settings"])
    again = doors.open(contested.story.omar.person).page(f"/me/inbox/{link}")
    assert "We wrote to you about this again on" in again, "whoever opens the first one later is led to the newest"
