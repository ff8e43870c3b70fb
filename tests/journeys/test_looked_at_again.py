"""Two things that somebody else looks at, in real browsers: that nothing was done about a report, and what a letter withholds."""

from __future__ import annotations

import pytest

from portal.accounts.passwords import hash_password
from tests.appeals.complaining import WORDS
from tests.appeals.conftest import Bench
from tests.documents.making import SAMPLES
from tests.enforcement.conftest import with_exhibit
from tests.factories.market import Market, Staff
from tests.journeys.conftest import Live, Visitor

PASSWORD = "a long sentence for tests"
PHONE = {"viewport": {"width": 360, "height": 740}}
REASON = "I read both sides' messages. Nothing was asked for outside the marketplace."
MISSED = "You did not look at his message of 5 November, in which he names his bank account."
AGAIN = "We had not read the message of 5 November. Now somebody reads all of it."
HIDDEN = "He asked me for money outside, on Sunday."
WHY = "I cannot answer a message that I have not read. It may be about another contract."


@pytest.fixture
def market(live: Live) -> Market:
    return Market(live.office, password_hash=hash_password(PASSWORD))


def at_the_desk(live: Live, staff: Staff) -> Visitor:
    visitor = live.person()
    visitor.sign_in(staff.person.email or "", PASSWORD, staff.secret)
    return visitor


def close_it(rae: Visitor) -> str:
    """Rae takes the report and closes the case without action; the address of the case."""
    rae.go("/desk?filter=report")
    rae.leads_on(rae.page.get_by_role("link", name="Report", exact=True))
    rae.press("Take this case")
    case = rae.page.url
    rae.follow("Close without action")
    rae.page.get_by_label("Why, for the record").fill(REASON)
    rae.page.get_by_text("Payment for nothing").or_(rae.page.get_by_text("Taking payment for nothing")).first.click()
    rae.press("Show what they will read")
    rae.press("Close this case")
    return case


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_whoever_reported_complains_and_the_case_is_open_again(live: Live, market: Market) -> None:
    story = market.story()
    stacy = live.person(**PHONE)
    stacy.sign_in("stacy@example.org", PASSWORD)
    stacy.go(f"/reports/new?contract={story.contract.ref}")
    stacy.page.get_by_label("What happened?").fill(WORDS)
    stacy.press("Send my report")
    report = stacy.page.url
    rae = at_the_desk(live, story.rae)
    case = close_it(rae)
    live.work()
    stacy.go(report)
    stacy.reads("We answered your report", "Do you think we missed something?")
    stacy.picture("complaint-offered")
    stacy.follow("Complain that nothing was done")
    stacy.reads("Where we decided something and you find it too mild, there is none")
    stacy.picture("complaint-form")
    stacy.page.get_by_label("What did we not see?").fill(MISSED)
    stacy.page.get_by_label("Add a file").set_input_files(
        {"name": "message.png", "mimeType": "image/png", "buffer": SAMPLES["image/png"]})
    stacy.page.get_by_label("What does this file show?").fill("His message of 5 November")
    stacy.press("Add this file")
    stacy.reads("message.png")
    stacy.press("Send my complaint")
    stacy.reads("We have your complaint. You get our answer by", MISSED, "message.png")
    stacy.picture("complaint-sent")
    complaint = stacy.page.url
    ola = at_the_desk(live, story.ola)
    ola.go("/desk?filter=complaint")
    ola.follow("Complaint about no action")
    ola.reads(MISSED, REASON, WORDS)
    ola.picture("complaint-desk")
    ola.page.get_by_label("The case is opened again").check()
    ola.page.get_by_label("Your reasons").fill(AGAIN)
    ola.press("Show what they will read")
    ola.reads("What Stacy Moreno reads in the inbox")
    ola.picture("complaint-preview")
    ola.press("Open the case again")
    live.work()
    stacy.go(complaint)
    stacy.reads("The case is open again", AGAIN)
    stacy.picture("complaint-answered")
    ola.go(case)
    ola.reads("Case opened again after a complaint")
    ola.picture("complaint-case")
    tim = live.person()
    tim.sign_in("tim@example.org", PASSWORD)
    tim.go("/me/inbox")
    tim.never_reads("complaint", "report")


def withhold(live: Live, bench: Bench) -> None:
    """Rae puts a client's message on record that its person reads of, and does not read."""
    rae = at_the_desk(live, bench.story.rae)
    rae.go(f"/desk/cases/{bench.case_ref}/exhibits?action={bench.action_ref}")
    rae.page.get_by_label("A message that Stacy Moreno wrote on the marketplace").check()
    rae.page.get_by_label("What it shows, in one line").fill("A message of 14 November")
    rae.page.get_by_label("The words that matter").fill(HIDDEN)
    rae.page.get_by_label("Withheld from the person").select_option(label="It shows another person's words or data")
    rae.picture("withheld-put-on-record")
    rae.press("Put it on record")
    rae.reads("A message of 14 November")


def warned_with_something_withheld(live: Live, market: Market) -> Bench:
    story = market.story()
    case = str(market.dispute(story.stacy, story.contract, report=True)["case"])
    made = with_exhibit(Bench(market, story, case))
    assert isinstance(made, Bench)
    made.action_ref = made.ready()
    withhold(live, made)
    made.issue(made.action_ref, exhibits=["1", "2"])
    return made


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_what_a_letter_withholds_is_contested_alone_and_shown(live: Live, market: Market) -> None:
    bench = warned_with_something_withheld(live, market)
    live.work()
    tim = live.person(**PHONE)
    tim.sign_in("tim@example.org", PASSWORD)
    tim.go(f"/me/actions/{bench.action_ref}")
    tim.never_reads(HIDDEN)
    tim.picture("withheld-letter")
    tim.follow("Contest only what is withheld")
    tim.page.get_by_label("Why should you be able to see it?").fill(WHY)
    tim.picture("withheld-form")
    tim.press("Contest what is withheld")
    tim.reads("You get our answer by", WHY)
    sent = tim.page.url
    tim.picture("withheld-sent")
    desk = at_the_desk(live, bench.story.ola)
    desk.go(f"/desk/withheld/{sent.rsplit('/', 1)[-1]}")
    desk.reads(HIDDEN, WHY)
    desk.picture("withheld-desk")
    desk.page.get_by_label("It is shown, in a new letter").check()
    desk.page.get_by_label("Your reasons").fill("It names nobody, and you need it to answer.")
    desk.press("Show what they will read")
    desk.reads("reads in the new letter", "What is shown now")
    desk.picture("withheld-preview")
    desk.press("Answer: it is shown")
    desk.reads("shown now")
    live.work()
    tim.go(sent)
    tim.reads("What was withheld is shown now", "It names nobody, and you need it to answer.")
    tim.follow("Read the new letter")
    tim.reads("What is shown now", HIDDEN)
    tim.picture("withheld-shown")
