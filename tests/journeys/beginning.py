"""Steps 1 to 4 of the story: rules, dispute, question, decision, statement, money, and what clients read."""

from __future__ import annotations

import io
import re
from email.message import EmailMessage

import pikepdf

from tests.journeys.conftest import Visitor
from tests.journeys.stage import Rule, Stage

FACTS = "Between 6 and 20 November 2026 no message and no file came in the contract “Photo app” after the first payment of $400."
WHY = "The rule covers the payment of the design, and nothing came after it, as both sides say."


def read_the_rules(visitor: Visitor, rule: Rule) -> None:
    visitor.go("/rules")
    visitor.reads("Our promises", "In force since")
    visitor.go(rule.path)
    visitor.reads(rule.number, "the first time", "the second time", "the third time", "suspension")
    assert visitor.page.locator("#" + rule.path.split("#")[1]).is_visible()
    the_contents_stay_beside(visitor)


def the_contents_stay_beside(visitor: Visitor) -> None:
    """Far down in the book its contents are still in view, and nothing lies on top of them."""
    visitor.page.evaluate("window.scrollTo({top: 3000, behavior: 'instant'})")
    beside = visitor.page.locator(".contents")
    contents, versions = beside.bounding_box(), visitor.page.get_by_role("heading", name="All versions").bounding_box()
    assert contents
    assert versions
    assert 0 <= contents["y"] < 200, contents
    assert contents["y"] + contents["height"] <= versions["y"]


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
    stacy.reads("We have your dispute", "$400.00 USD")
    stacy.picture("dispute-client")
    return stacy.page.url.rsplit("/", 1)[-1]


def funds_are(tim: Visitor, available: str, held: str) -> None:
    tim.go("/me/funds")
    tim.reads(available, held, "Photo app")
    tim.picture("funds")


def ask_first(rae: Visitor, rule: Rule) -> str:
    """Takes the case from the queue, picks the clause first, asks; returns the address of the case."""
    rae.go("/desk")
    rae.picture("desk")
    rae.leads_on(rae.page.get_by_role("link", name="Report", exact=True))
    rae.press("Take this case")
    rae.picture("case")
    rae.leads_on(rae.page.get_by_role("link", name=re.compile("^Pick (a|the) rule")).first)
    rae.page.get_by_label(rule.label).check()
    rae.picture("clause")
    rae.press("Ask the person first")
    rae.page.get_by_label("Your question").fill("Nothing came in “Photo app” after the first payment. What happened?")
    rae.press("Send this question")
    return re.sub(r"/(ask|clause).*", "", rae.page.url)


def answer_by_link(stage: Stage) -> Visitor:
    stage.live.work()
    mail = stage.live.mails("tim@example.com")[-1]
    tim = stage.live.person(viewport={"width": 360, "height": 740})
    tim.go(stage.live.link_in(mail))
    tim.picture("link-360")
    tim.press("Open my case")
    tim.picture("question-360")
    tim.page.get_by_label(re.compile("answer", re.I)).first.fill("I was in hospital from 7 to 19 November and could not write.")
    tim.leads_on(tim.page.get_by_role("button", name=re.compile("answer", re.I)))
    tim.reads("I was in hospital")
    return tim


def decide(rae: Visitor, case_url: str, rule: Rule) -> None:
    """Facts, reasons, end, object and exhibit; then side by side what each side will read; then it is issued."""
    start_a_decision(rae, case_url, rule)
    fill_in(rae)
    read_and_issue(rae, rule)


def start_a_decision(rae: Visitor, case_url: str, rule: Rule) -> None:
    rae.go(case_url)
    rae.picture("case-answered")
    rae.reads("I was in hospital")
    rae.go(f"{case_url}/clause")
    rae.page.get_by_label(rule.label).check()
    rae.press("Start a decision")
    rae.never_reads('value="termination" checked')


def fill_in(rae: Visitor) -> None:
    """A suspension of three weeks: when, what, why, what shows it, what would change it."""
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


def read_and_issue(rae: Visitor, rule: Rule) -> None:
    rae.press("Read what they will read")
    rae.reads(FACTS, f"We decided that rule {rule.number} applies", "no court has found this")
    rae.picture("preview")
    rae.leads_on(rae.page.get_by_role("button", name=re.compile("^Issue")))
    rae.picture("issued")
    rae.reads("$400.00 USD")


def read_the_statement(stage: Stage) -> Visitor:
    stage.live.work()
    mail = stage.live.mails("tim@example.com")[-1]
    body = mail.get_body(("plain",))
    assert body
    text, link = body.get_content(), stage.live.link_in(mail)
    assert stage.rule.number in text
    assert "hospital" not in text
    assert "400" not in text.replace(link, ""), "the signs of a link are drawn, and may read like an amount"
    tim = stage.live.person(viewport={"width": 360, "height": 740})
    tim.go(link)
    tim.press("Open my case")
    tim.picture("statement-360")
    tim.reads("suspended until", stage.rule.number, FACTS, WHY, "Three years here", "A paper from the hospital", "22 May 2027")
    tim.reads("$1,750.00 USD", "$400.00 USD", "Photo app")
    assert len(pikepdf.open(io.BytesIO(tim.page.pdf(prefer_css_page_size=True))).pages) == stage.rule.pages
    tim.page.set_viewport_size({"width": 1280, "height": 900})
    tim.seen()
    tim.picture("statement-1280")
    return tim


def withdraw(tim: Visitor) -> None:
    tim.go("/me/funds")
    tim.picture("funds-360")
    tim.leads_on(tim.page.get_by_role("button", name="Withdraw this money"))
    tim.reads("Nothing has been sent yet.")
    tim.picture("funds-check")
    tim.leads_on(tim.page.get_by_role("button", name="Withdraw $1,750.00 USD"))
    tim.reads("We send you $1,750.00 USD by")


def words_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return f"{mail['Subject']} {body.get_content() if body else ''}"


def clients_were_told(stage: Stage) -> None:
    for name in ("bea", "carl", "stacy"):
        address = f"{name}@example.com"
        mails = [mail for mail in stage.live.letters(address) if f"{stage.rule.number}" in words_of(mail)]
        assert len(mails) == 1, f"{name} got one notice of the rule"
        assert FACTS[:40] not in mails[0].as_string()
    carl = stage.person("carl")
    carl.go("/me/inbox")
    carl.leads_on(carl.page.locator("main a[href^='/me/inbox/']").first)
    carl.reads(stage.rule.heading, "Your contract")
    carl.never_reads(FACTS[:40])
    carl.picture("client-notice")
    carl.go("/collaborators")
    carl.leads_on(carl.page.locator("main a[href^='/collaborators/']").first)
    carl.reads(stage.rule.heading, "is not available until")
    carl.never_reads(FACTS[:40])
    carl.picture("collaborator")
