"""Steps 5 to 8 of the story: an identity check, the appeal with its exhibits, somebody else's answer, everything undone."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pikepdf
from PIL import Image
from playwright.sync_api import Locator
from sqlalchemy import func, select, update

from portal.accounts.models import UserSession
from portal.appeals.models import Appeal
from portal.cases.models import WorkItem
from tests.journeys.beginning import FACTS
from tests.journeys.conftest import Visitor
from tests.journeys.stage import OURS, Stage

PURPOSE = "Rule 2.2 lets us ask once who is paid, because a first large payment is near."
INSTEAD = "A passport\nA driving licence"
BODY = "I was in hospital and wrote so to Stacy on 7 November. The letter of the hospital and my message show it."
OUR_ERROR = "We had the message of 7 November and did not read it."


def files(folder: Path) -> list[tuple[Path, str]]:
    """A PDF, a JPEG and a PNG, and what each shows."""
    folder.mkdir(exist_ok=True)
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.save(folder / "letter.pdf")
    for name in ("photo.jpg", "screen.png"):
        Image.new("RGB", (200, 120), (90, 120, 110)).save(folder / name)
    shown = ("The letter of the hospital", "A photo of the ward", "My message of 7 November")
    return list(zip([folder / "letter.pdf", folder / "photo.jpg", folder / "screen.png"], shown, strict=True))


def identity_is_asked_once(stage: Stage, case_url: str) -> None:
    """A request with clause and purpose, a receipt, a rejection that says what was wrong, accepted; then never again."""
    rae = stage.reviewer("rae")
    rae.go(f"{case_url}/identity")
    number = pick_identity_rule(stage, rae)
    rae.page.get_by_label("An identity document").check()
    rae.page.get_by_label("What we need it for").fill(PURPOSE)
    rae.page.get_by_label("What can be sent instead").fill(INSTEAD)
    rae.press("Send this request")
    rae.reads(f"Asked under rule {number}")
    tim = stage.person("tim")
    for answer in (refuse, accept):
        send_document(stage, tim)
        review(stage, rae, answer)
    tim.go("/me/identity")
    tim.reads("accepted")
    tim.picture("identity")
    rae.go(f"{case_url}/identity")
    pick_identity_rule(stage, rae)
    rae.page.get_by_label("An identity document").check()
    rae.page.get_by_label("What we need it for").fill(PURPOSE)
    rae.page.get_by_label("What can be sent instead").fill(INSTEAD)
    rae.press("Send this request")
    rae.reads("accepted")
    rae.picture("identity-refused")


def pick_identity_rule(stage: Stage, rae: Visitor) -> str:
    """Picks the one rule that says that we may ask who somebody is; returns its number."""
    ours = stage.rule == OURS
    number, heading = ("2.2", "Showing who you are") if ours else (stage.rule.number, stage.rule.heading)
    rae.page.get_by_label("The rule").select_option(label=f"{number} {heading}")
    return number


def send_document(stage: Stage, tim: Visitor) -> None:
    tim.go("/me/identity")
    tim.leads_on(tim.page.locator("main a[href^='/me/identity/V-']").first)
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), (150, 150, 150)).save(picture, "PNG")
    tim.page.get_by_label("Add a document").set_input_files(
        {"name": "passport.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    tim.press("Add this document")
    tim.press("Send my documents")
    if tim.page.get_by_label("Password").count():
        tim.page.get_by_label("Password").fill(stage.password)
        tim.press("Confirm")
        tim.reads("You are about to send documents for an identity check. It has not been done yet")
        tim.press("Go on")
    tim.reads("receipt")


def review(stage: Stage, rae: Visitor, answer: object) -> None:
    assert callable(answer)
    rae.go("/desk?filter=identity")
    rae.leads_on(rae.page.locator("table a[href^='/desk/identity/']").first)
    if rae.page.get_by_role("button", name="Take this check").count():
        rae.press("Take this check")
    with rae.page.expect_download():
        rae.page.locator("ul.exhibits a").first.click()
    rae.page.reload()
    answer(stage, rae)
    rae.press("Give this answer")


def refuse(_stage: Stage, rae: Visitor) -> None:
    rae.page.get_by_label("It does not yet do").check()
    rae.page.get_by_label("A part that we need is cut off or covered.").check()
    rae.page.get_by_label("What exactly to do").fill("The lower edge is cut off. Please photograph all four corners.")
    rae.page.get_by_label("What can be sent instead").fill(INSTEAD)


def accept(_stage: Stage, rae: Visitor) -> None:
    rae.page.get_by_label("Accept it").check()
    rae.page.get_by_label("Accepted until the end of").fill("2028-11-22")


def appeal(stage: Stage) -> str:
    """Whether and until when; three exhibits; a draft that survives; a receipt. Returns the appeal's reference."""
    tim = stage.person("tim", viewport={"width": 360, "height": 740})
    tim.go("/me")
    tim.picture("me-suspended-360")
    tim.leads_on(tim.page.locator("main a[href^='/me/actions/A-']").first)
    tim.follow("Appeal this decision")
    tim.reads("22 May 2027")
    tim.page.get_by_label("A paper from the hospital").check()
    own_words(tim).fill(BODY)
    first, *others = files(stage.live.settings.instance / "to-send")
    add_file(tim, *first)
    tim = in_a_new_browser(stage, tim, first[1])
    for path, shows in others:
        add_file(tim, path, shows)
    tim.picture("appeal-360")
    sessions_end(stage)
    tim.press("Go on and check")
    sign_in_again(stage, tim)
    tim.reads(BODY, first[1], "My message of 7 November")
    press_four_times(tim, "Send my appeal")
    tim.picture("receipt-360")
    ref = re.search(r"Z-\w+", tim.page.url)
    assert ref
    tim.reads(ref[0], "6 December 2026")
    with stage.live.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Appeal)) == 1
    return ref[0]


def add_file(tim: Visitor, path: Path, shows: str) -> None:
    tim.page.get_by_label("Add a file").set_input_files(path)
    tim.page.get_by_label("What does this file show?").fill(shows)
    tim.press("Add this file")


def own_words(tim: Visitor) -> Locator:
    return tim.page.get_by_label(re.compile("What happened|your own words|What we got wrong", re.I)).first


def in_a_new_browser(stage: Stage, tim: Visitor, shows: str) -> Visitor:
    """The browser is closed; another one shows the draft with its words and its file."""
    address = tim.page.url
    tim.page.context.close()
    other = stage.person("tim", viewport={"width": 360, "height": 740})
    other.go(address)
    assert other.page.get_by_label("A paper from the hospital").is_checked()
    assert own_words(other).input_value() == BODY
    other.reads(shows)
    return other


def sessions_end(stage: Stage) -> None:
    """Everybody is signed out, as after fourteen days."""
    with stage.live.office.database.write() as session:
        session.execute(update(UserSession).values(expires_at=stage.live.office.clock()))


def sign_in_again(stage: Stage, tim: Visitor) -> None:
    """What was on its way when the session had ended is sent with one press after signing in."""
    tim.page.get_by_label("E-mail address").fill("tim@example.com")
    tim.page.get_by_label("Password").fill(stage.password)
    tim.press("Sign in")
    tim.reads("Your text is kept. Go on with it now.")
    tim.press("Go on with what I wrote")


def press_four_times(tim: Visitor, name: str) -> None:
    """As impatient people do, before the next page has come."""
    with tim.page.expect_navigation():
        tim.page.get_by_role("button", name=name).evaluate("button => { for (let n = 0; n < 4; n++) button.click(); }")
    tim.seen()


def holder_of(stage: Stage, appeal_ref: str) -> str:
    """The first name of the reviewer for whom the appeal was drawn."""
    with stage.live.office.database.read() as session:
        item = session.scalars(select(WorkItem).where(WorkItem.subject_ref == appeal_ref, WorkItem.kind == "appeal")).one()
        people = {person_id: name for name, person_id in stage.staff(session).items()}
    assert item.assignee_id is not None
    return people[item.assignee_id]


def first_reviewer_may_only_overturn(stage: Stage, appeal_ref: str) -> None:
    rae = stage.reviewer("rae")
    rae.go(f"/desk/appeals/{appeal_ref}")
    rae.reads("You can overturn it in full, and do nothing else with this appeal")
    rae.picture("appeal-first-reviewer")
    assert rae.page.get_by_label("The decision stands").count() == 0


def open_the_exhibits(other: Visitor) -> None:
    """Nobody says "considered" of a file that they have not opened."""
    for link in other.page.locator("ul.exhibits a[href*='/files/']").all():
        with other.page.expect_download():
            link.click()
    other.page.reload()


def overturn(stage: Stage, appeal_ref: str) -> None:
    name = holder_of(stage, appeal_ref)
    assert name != "rae"
    other = stage.reviewer(name)
    other.go(f"/desk/appeals/{appeal_ref}")
    other.reads(BODY)
    other.picture("appeal-desk")
    open_the_exhibits(other)
    other.page.get_by_label("The decision is overturned").check()
    for box in other.page.get_by_label(re.compile("paper from the hospital", re.I)).all():
        box.fill("The letter shows the days from 7 to 19 November.")
    for box in other.page.get_by_label("considered", exact=True).all():
        box.check()
    other.page.get_by_label("Your reasons").fill("The person could not write in these days and said so on the first.")
    other.page.get_by_label(re.compile("^Our error")).fill(OUR_ERROR)
    other.press("Show what will be undone and read")
    other.picture("appeal-undone")
    other.press("Overturn the decision")


def see_it_undone(stage: Stage) -> None:
    """Standing is restored, the clients are corrected, the client's own dispute keeps its $400."""
    stage.live.work()
    tim = stage.person("tim")
    tim.go("/me")
    tim.reads("In good standing", "We were wrong, and we are sorry. It no longer applies and does not count.")
    tim.picture("me-overturned")
    tim.go("/me/inbox")
    tim.leads_on(tim.page.locator("main a[href^='/me/inbox/']").first)
    tim.reads("We were wrong.", OUR_ERROR, "Your account is in good standing.")
    tim.go("/me/funds")
    tim.reads("$400.00 USD")
    mails = [str(mail["Subject"]) for mail in stage.live.letters("carl@example.com")]
    assert len(mails) == 2, mails
    body = stage.live.mails("tim@example.com")[-1].get_body(("plain",))
    assert body
    assert OUR_ERROR not in body.get_content()
    carl = stage.person("carl")
    carl.go("/collaborators")
    carl.picture("collaborators")
    carl.leads_on(carl.page.locator("main a[href^='/collaborators/']").first)
    carl.reads("is available", "was overturned. It no longer applies.")
    carl.never_reads(FACTS[:40], OUR_ERROR)
