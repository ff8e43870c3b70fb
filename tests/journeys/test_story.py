"""The main story, by hand in a browser: a cited suspension that holds only the disputed money."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from portal import verify
from portal.cli.demo import make_demo
from tests.journeys.conftest import Live, Visitor

FACTS = "Between 6 and 20 November 2026 no message and no file came in the contract “Photo app” after the first payment of $400."
WHY = "Rule 6.4 speaks of taking payment and then going silent for 14 days. The design was paid and nothing came after it."


@dataclass
class Stage:
    """The demo's people, their password and secrets."""

    live: Live
    password: str
    secrets: dict[str, str]

    def person(self, name: str, **options: object) -> Visitor:
        visitor = self.live.person(**options)
        visitor.sign_in(f"{name}@example.com", self.password)
        return visitor

    def reviewer(self, name: str) -> Visitor:
        visitor = self.live.person()
        visitor.sign_in(f"{name}@desk.example", self.password, self.secrets[name])
        return visitor


@pytest.fixture
def stage(live: Live) -> Stage:
    said = "\n".join(make_demo(live.office, live.settings, people=0))
    password = re.search(r"with the password (\S+)", said)
    assert password
    secrets = dict(re.findall(r"(\w+)@desk\.example, \w+: ([A-Z2-7]{16,})", said))
    return Stage(live, password[1], secrets)


def read_the_rules(visitor: Visitor) -> None:
    visitor.go("/rules")
    visitor.reads("Terms of Service", "Our promises", "In force since")
    visitor.go("/rules/terms-of-service/2026-03-01#payment-for-nothing")
    visitor.reads("6.4", "the first time", "the second time", "the third time", "suspension")
    assert visitor.page.locator("#payment-for-nothing").is_visible()


def dispute_the_milestone(stacy: Visitor) -> str:
    stacy.go("/disputes/new")
    stacy.follow("Milestone 1: Design")
    page = stacy.page
    page.get_by_label("How much do you contest?").fill("400")
    page.get_by_text("Full refund of a milestone").click()
    page.get_by_label("What was agreed?").fill("Three screens of the app as a file that can be opened, by 10 November.")
    page.get_by_label("What happened?").fill("A picture came on the first day. After the payment there was silence.")
    page.get_by_text("All of this amount back").click()
    page.get_by_label("Also tell us that a rule may apply").check()
    stacy.press("Go on and check")
    stacy.picture("dispute-check")
    stacy.press("Send my dispute")
    stacy.reads("$400.00 USD")
    stacy.picture("dispute-client")
    return stacy.page.url.rsplit("/", 1)[-1]


def funds_are(tim: Visitor, available: str, held: str) -> None:
    tim.go("/me/funds")
    tim.reads(available, held, "Photo app")
    tim.picture("funds")


def ask_first(rae: Visitor) -> None:
    rae.go("/desk")
    rae.picture("desk")
    rae.page.get_by_role("link", name="Report", exact=True).click()
    rae.seen()
    rae.press("Take this case")
    rae.picture("case")
    rae.page.get_by_role("link", name=re.compile("^Pick (a|the) rule")).first.click()
    rae.seen()
    rae.page.get_by_label(re.compile("6.4 Taking payment for nothing")).check()
    rae.picture("clause")
    rae.press("Ask the person first")
    rae.page.get_by_label("Your question").fill("Nothing came in “Photo app” after the first payment. What happened?")
    rae.press("Send this question")


def answer_by_link(stage: Stage) -> Visitor:
    stage.live.work()
    mail = stage.live.mails("tim@example.com")[-1]
    tim = stage.live.person(viewport={"width": 360, "height": 740})
    tim.go(stage.live.link_in(mail))
    tim.picture("link-360")
    tim.press("Open my case")
    tim.picture("question-360")
    tim.page.get_by_label(re.compile("answer", re.I)).first.fill("I was in hospital from 7 to 19 November and could not write.")
    tim.page.get_by_role("button", name=re.compile("answer", re.I)).click()
    tim.seen()
    tim.reads("I was in hospital")
    return tim


def decide(rae: Visitor, case_url: str) -> None:
    """Facts, reasons, end, object and exhibit; then side by side what each side will read; then it is issued."""
    rae.go(case_url)
    rae.picture("case-answered")
    rae.reads("I was in hospital")
    rae.go(f"{case_url}/clause")
    rae.page.get_by_label(re.compile("6.4 Taking payment for nothing")).check()
    rae.press("Start a decision")
    rae.never_reads('value="termination" checked')
    page = rae.page
    page.get_by_label(re.compile("^Suspension")).check()
    page.get_by_label("Last day", exact=True).fill("2026-12-14")
    page.get_by_label("First day of what happened").fill("2026-11-13")
    page.get_by_label("Last day of what happened").fill("2026-11-20")
    page.get_by_label(re.compile("Photo app")).first.check()
    page.locator("input[name=exhibits]").first.check()
    page.get_by_label("What happened", exact=True).fill(FACTS)
    page.get_by_label("Why this falls under the rule").fill(WHY)
    page.get_by_label("What spoke for the person").fill("Three years here and every other contract completed.")
    page.get_by_label("How you weighed it").fill("That is why this is three weeks and not longer.")
    page.get_by_label("What would change this decision").fill("A message sent in these days\nA paper from the hospital")
    rae.picture("editor")
    rae.press("Read what they will read")
    rae.reads(FACTS, "We decided that rule 6.4 applies", "no court has found this")
    rae.picture("preview")
    page.get_by_role("button", name=re.compile("^Issue")).click()
    rae.seen()
    rae.picture("issued")
    rae.reads("$400.00")


def read_the_statement(stage: Stage) -> Visitor:
    stage.live.work()
    mail = stage.live.mails("tim@example.com")[-1]
    body = mail.get_body(("plain",))
    assert body
    text = body.get_content()
    assert "6.4" in text
    assert "hospital" not in text
    assert "400" not in text
    tim = stage.live.person(viewport={"width": 360, "height": 740})
    tim.go(stage.live.link_in(mail))
    tim.press("Open my case")
    tim.picture("statement-360")
    tim.reads("suspended until", "6.4", FACTS, WHY, "Three years here", "A paper from the hospital", "22 May 2027")
    tim.reads("$1,750.00", "$400.00", "Photo app")
    return tim


def withdraw(tim: Visitor) -> None:
    tim.go("/me/funds")
    tim.picture("funds-360")
    tim.page.get_by_role("button", name=re.compile("Withdraw")).click()
    tim.seen()
    tim.reads("1,750.00")


def clients_were_told(stage: Stage) -> None:
    for name in ("bea", "carl", "stacy"):
        address = f"{name}@example.com"
        mails = [m for m in stage.live.mails(address) if "6.4" in str(m["Subject"]) + m.get_body(("plain",)).get_content()]
        assert len(mails) == 1, f"{name} got one notice of the rule"
        assert FACTS[:40] not in mails[0].as_string()


def test_the_main_story(stage: Stage) -> None:
    live = stage.live
    read_the_rules(live.person())
    stacy, tim, rae = stage.person("stacy"), stage.person("tim"), stage.reviewer("rae")
    tim.go("/me")
    tim.picture("me-good")
    dispute_the_milestone(stacy)
    funds_are(tim, "$1,750.00 USD", "$400.00 USD")
    ask_first(rae)
    case_url = next(u for u in [rae.page.url] if "/desk/" in u)
    answer_by_link(stage)
    decide(rae, re.sub(r"/(ask|clause).*", "", case_url))
    tim = read_the_statement(stage)
    withdraw(tim)
    live.work()
    clients_were_told(stage)
    live.clock.advance(hours=2)
    live.work()
    assert list(verify.violations(live.office, live.settings)) == []
