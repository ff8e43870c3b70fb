"""Both sides of a dispute at their browsers, on each engine: settled, unanswered, called back by a bank; and a payout from a
closed account."""

from __future__ import annotations

import re

from portal import verify
from portal.accounts.passwords import hash_password
from portal.contracts.models import Contract
from portal.disputes.chargebacks import mark_chargeback, record_chargeback
from portal.disputes.models import Dispute
from tests.appeals.conftest import Bench, opened_case, reported
from tests.enforcement.conftest import with_exhibit
from tests.enforcement.test_cosigning import propose, sign
from tests.factories.market import Market
from tests.journeys.beginning import dispute_the_milestone, funds_are
from tests.journeys.conftest import Live, Visitor
from tests.journeys.settling import ANSWER
from tests.journeys.stage import OURS, Stage, on_stage

PHONE = {"viewport": {"width": 360, "height": 740}}


def everything_holds(live: Live) -> None:
    live.work()
    assert list(verify.violations(live.office, live.settings)) == []


def test_settled_by_both(live: Live) -> None:
    stage = on_stage(live, OURS)
    ref = dispute_the_milestone(stage.person("stacy"))
    here = f"/disputes/{ref}"
    tim, stacy = stage.person("tim", **PHONE), stage.person("stacy", **PHONE)
    tim.go(here)
    tim.page.locator("textarea[name=answer]").fill(ANSWER)
    tim.press("Send my answer")
    tim.follow("Make an offer")
    tim.picture("settlement-360")
    tim.page.get_by_role("textbox", name=re.compile("How much goes back")).fill("150")
    tim.page.get_by_label("Your message to the other side").fill("Three screens came and can be used.")
    tim.press("Check my offer")
    tim.reads("Nothing is sent yet", "$150.00 USD", "$250.00 USD")
    tim.press("Send my offer")
    tim.reads("Your offer is with Stacy")
    stacy.go(here)
    stacy.follow("Look at the offer")
    stacy.reads("offers you a settlement", "Three screens came")
    stacy.picture("settlement-offer-360")
    stacy.press("Look at what moves, then accept")
    stacy.reads("Nothing has moved yet", "$150.00 USD")
    stacy.picture("settlement-check-360")
    stacy.press("Accept: $150.00 USD for me")
    for visitor in (stacy, tim):
        visitor.go(here)
        visitor.reads("You both settled this dispute", "$150.00 USD goes back", "$250.00 USD was released")
    stacy.picture("settled-360")
    everything_holds(live)


def test_unanswered(live: Live) -> None:
    stage = on_stage(live, OURS)
    ref = dispute_the_milestone(stage.person("stacy"))
    stage.person("tim").go(f"/disputes/{ref}")
    live.work()
    for _ in range(18):
        live.clock.advance(days=1)
        live.work()
    subjects = [str(mail["Subject"]) for mail in live.letters("tim@example.com")]
    late = subjects.index("A dispute was not answered in time")
    for title, expected in (("A dispute waits for your answer", [2, 0]), ("You can still answer a dispute", [0, 2])):
        assert [part.count(title) for part in (subjects[:late], subjects[late:])] == expected
    stacy, tim = stage.person("stacy"), stage.person("tim")
    for visitor in (stacy, tim):
        visitor.go(f"/disputes/{ref}")
        visitor.reads("$400.00 USD goes back to", "not answered in time" if visitor is tim else "nobody answered in time")
    everything_holds(live)


def test_called_back_by_a_bank(live: Live) -> None:
    stage, market = on_stage(live, OURS), Market(live.office)
    ref = dispute_the_milestone(stage.person("stacy"))
    made = come(live, market, ref)
    stacy, tim = stage.person("stacy", **PHONE), stage.person("tim")
    stacy.go(f"/disputes/{ref}")
    stacy.reads("This dispute is closed, because a bank called the payment back")
    stacy.follow("Read what it means")
    stacy.reads("Your bank calls $400.00 USD back", "You may always do that.")
    stacy.picture("chargeback-client-360")
    funds_are(tim, "$1,750.00 USD", "$400.00 USD")
    tim.go(f"/chargebacks/{made}")
    tim.reads("You can write what the bank should know.", "The bank's reason", "Services not provided")
    tim.page.get_by_label("What should the bank know?").fill("She thanked me for the drawing.")
    tim.picture("chargeback-words")
    tim.press("Add this to our answer")
    tim.reads("What you wrote goes to the bank with our answer.", "You can write 4 more times.")
    contest(stage, made)
    stacy.go(f"/chargebacks/{made}")
    stacy.reads("What we sent the bank", "A picture came on the first day.", "She thanked me for the drawing.")
    market.do(mark_chargeback, chargeback_ref=made, stage="lost")
    tim.go(f"/chargebacks/{made}")
    tim.reads("The bank gave the money back", "You owe nothing to anybody.")
    tim.picture("chargeback-lost")
    everything_holds(live)


def come(live: Live, market: Market, dispute_ref: str) -> str:
    with live.office.database.read() as session:
        dispute = session.query(Dispute).filter_by(ref=dispute_ref).one()
        contract = session.get_one(Contract, dispute.contract_id)
    return str(market.do(
        record_chargeback, external_id="bank-1", contract_ref=contract.ref, milestone_number=1, amount_minor=40_000,
        currency="USD", received_at=live.clock(), reason="Services not provided",
    )["chargeback"])


def contest(stage: Stage, ref: str) -> None:
    """A reviewer takes the case, sees what the bank would be told, and sends it."""
    rae = stage.reviewer("rae")
    rae.go(f"/desk/chargebacks/{ref}")
    if rae.page.get_by_role("button", name=re.compile("^Take")).count():
        rae.leads_on(rae.page.get_by_role("button", name=re.compile("^Take")).first)
        rae.go(f"/desk/chargebacks/{ref}")
    rae.reads("What the bank would be told", "The money")
    rae.picture("chargeback-desk")
    rae.press("Send this to the bank")
    rae.reads("We wait for the bank.")


def test_a_payout_from_a_closed_account(live: Live) -> None:
    market = Market(live.office, password_hash=hash_password("a long password"))
    story = market.story()
    reported(market, story)
    bench = Bench(market, story, opened_case(live.office))
    with_exhibit(bench)
    sign(bench, propose(bench))
    live.clock.advance(days=32)
    live.work()
    tim = live.person(**PHONE)
    tim.sign_in(story.tim.person.email or "", "a long password")
    tim.go("/me")
    tim.reads("Your account is closed")
    withdraw_all(tim)
    tim.go(f"/contracts/{story.contract.ref}")
    tim.reads("You cannot work here now.", "How should this contract go on?")
    tim.picture("contract-closed-360")
    everything_holds(live)


def withdraw_all(tim: Visitor) -> None:
    tim.go("/me/funds")
    tim.leads_on(tim.page.get_by_role("button", name="Withdraw this money"))
    tim.reads("Nothing has been sent yet.")
    tim.leads_on(tim.page.get_by_role("button", name=re.compile(r"^Withdraw \$")))
    tim.reads("We send you $")
