"""One of two rules falls on appeal, in real browsers: chosen and read before at the desk, read on a phone by both sides."""

from __future__ import annotations

import pytest

from portal.accounts.passwords import hash_password
from portal.enforcement.queries import rules_cited
from tests.appeals.conftest import BODY, Bench, opened_case, reported
from tests.enforcement.conftest import SECOND, second, with_exhibit
from tests.factories.market import Market, Staff
from tests.journeys.conftest import Live, Visitor

PASSWORD = "a long sentence for tests"
PHONE = {"viewport": {"width": 360, "height": 740}}
WHY = "The drawings of 5 November had come, and Stacy had seen them."


@pytest.fixture
def bench(live: Live) -> Bench:
    """Tim is suspended for 50 days under two rules; money is held under the first. He has appealed."""
    market = Market(live.office, password_hash=hash_password(PASSWORD))
    story = market.story()
    reported(market, story)
    made = Bench(market, story, opened_case(live.office))
    with_exhibit(made)
    made.answer(made.ask(key=SECOND))
    made.action_ref = made.ready()
    made.issue(made.action_ref, **{**made.hold(), **second(made), "ends_on": market.day(-50).isoformat()})
    live.work()
    return made


def at_the_desk(live: Live, staff: Staff, **options: object) -> Visitor:
    visitor = live.person(**options)
    visitor.sign_in(staff.person.email or "", PASSWORD, staff.secret)
    return visitor


def corrected_by_each_rule(rae: Visitor, bench: Bench) -> None:
    rae.go(f"/desk/actions/{bench.action_ref}/correct")
    rae.reads("The whole decision")
    rae.page.set_viewport_size(PHONE["viewport"])
    rae.picture("one-rule-correct")


def decided_at_the_desk(ola: Visitor, appeal: str, fell: str) -> None:
    ola.go(f"/desk/appeals/{appeal}")
    ola.page.get_by_label("The decision is changed: less than before").check()
    for ground in ola.page.locator('textarea[name^="ground_"]').all():
        ground.fill("We looked at this again.")
    ola.page.get_by_label("Your reasons").fill("We read the messages of both sides.")
    ola.page.get_by_label(f"Why rule {fell} no longer stands").fill(WHY)
    ola.picture("one-rule-desk")
    ola.page.set_viewport_size(PHONE["viewport"])
    ola.press("Show what will be undone and read")
    ola.reads("What will change", "The rules that are left permit no more.", "our mistake", WHY)
    ola.picture("one-rule-preview")
    ola.press("Change the decision")
    ola.reads("What no longer stands", WHY)


def read_by_the_person(tim: Visitor, appeal: str, action: str) -> None:
    tim.sign_in("tim@example.org", PASSWORD)
    tim.go(f"/appeals/{appeal}")
    tim.reads("We changed the decision", "What no longer stands", WHY)
    tim.picture("one-rule-answer")
    tim.go(f"/me/actions/{action}")
    tim.reads("What no longer stands", WHY, "$400.00 USD of “Photo app” is no longer on hold.")
    tim.never_reads("This is held because of this decision.")
    tim.picture("one-rule-letter")


def read_by_the_client(stacy: Visitor, fell: str, contract: str) -> None:
    """The correction; and the forms of reports, each with its tick."""
    stacy.sign_in("stacy@example.org", PASSWORD)
    stacy.go("/me/inbox")
    stacy.follow("A correction: about your work with Tim Okafor")
    stacy.reads(f"rule {fell} applies to Tim Okafor. That was our mistake: it does not.")
    stacy.never_reads(WHY)
    stacy.picture("one-rule-client")
    for name, path in (("somebody", "/reports/new?somebody=1"), ("dispute", f"/disputes/new?contract={contract}&milestone=1")):
        stacy.go(path)
        stacy.reads("I was pressured or threatened because of a report or a dispute.")
        stacy.picture(f"{name}-pressed")


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_it_falls_and_everybody_reads_it(live: Live, bench: Bench) -> None:
    with live.office.database.read() as session:
        fell = rules_cited(session, bench.action(bench.action_ref))[0].number
    corrected_by_each_rule(at_the_desk(live, bench.story.rae), bench)
    appeal = bench.file(body=BODY)
    decided_at_the_desk(at_the_desk(live, bench.story.ola), appeal, fell)
    live.work()
    read_by_the_person(live.person(**PHONE), appeal, bench.action_ref)
    read_by_the_client(live.person(**PHONE), fell, bench.story.contract.ref)
