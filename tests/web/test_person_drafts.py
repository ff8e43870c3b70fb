"""Every form with words has a button that keeps them without scripts; they are there again after the session has ended."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from portal.accounts.models import Person, UserSession
from portal.accounts.passwords import hash_password
from portal.cases.models import Draft
from tests.appeals.conftest import Bench
from tests.enforcement.conftest import with_exhibit
from tests.factories.market import Market, Story
from tests.web.conftest import Browser, Doors
from tests.web.signing_in import HOME, PASSWORD, fields_of, hidden

TYPED = "I was in hospital from the 7th.\n\nكنت في المستشفى ولم أستطع الكتابة."
HASH = hash_password(PASSWORD)


@dataclass
class Writing:
    """A form in which somebody has typed something."""

    person: Person
    page: str
    to: str
    name: str
    more: dict[str, str] = field(default_factory=dict)

    def keep(self, browser: Browser, text: str = TYPED) -> TestResponse:
        return browser.post(self.to, **{self.name: text, "keep": "1", **self.more})

    def shown(self, page: str) -> str:
        """What stands in the field."""
        found = re.search(rf'<textarea[^>]*name="{self.name}"[^>]*>\s*([^<]*)</textarea>', page)
        assert found, page[-3000:]
        return found[1].replace("\r\n", "\n")


def case(market: Market, story: Story) -> tuple[Bench, str]:
    """Stacy has contested her milestone and reported it: the desk, and where the dispute stands."""
    opened = market.dispute(story.stacy, story.contract, report=True)
    bench = Bench(market, story, opened["case"])
    with_exhibit(bench)
    return bench, f"/disputes/{opened['dispute']}"


def decided(market: Market, story: Story) -> Bench:
    bench, _ = case(market, story)
    bench.action_ref = bench.ready()
    bench.issue(bench.action_ref)
    return bench


def answer(market: Market, story: Story) -> Writing:
    path = f"/me/questions/{case(market, story)[0].ask()}"
    return Writing(story.tim.person, path, path, "answer")


def dispute_answer(market: Market, story: Story) -> Writing:
    _, path = case(market, story)
    return Writing(story.tim.person, path, path, "answer")


def dispute(_market: Market, story: Story) -> Writing:
    path = f"/disputes/new?contract={story.contract.ref}&milestone=1"
    more = {"contract": story.contract.ref, "milestone": "1", "amount": "12", "step": "check"}
    return Writing(story.stacy.person, path, "/disputes/new", "happened", more)


def report(_market: Market, story: Story) -> Writing:
    more = {"contract": story.contract.ref}
    return Writing(story.stacy.person, f"/reports/new?contract={story.contract.ref}", "/reports/new", "happened", more)


def appeal(market: Market, story: Story) -> Writing:
    action = decided(market, story).action_ref
    return Writing(story.tim.person, f"/appeals/new?action={action}", "/appeals/new", "body", {"action": action})


def appeal_more(market: Market, story: Story) -> Writing:
    path = f"/appeals/{decided(market, story).file()}"
    return Writing(story.tim.person, path, path, "body")


MAKERS = [answer, dispute_answer, dispute, report, appeal, appeal_more]


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.__name__)
def writing(request: pytest.FixtureRequest, market: Market) -> Writing:
    market.password_hash = HASH
    made = request.param(market, market.story())
    assert isinstance(made, Writing)
    return made


def drafts(market: Market) -> int:
    with market.office.database.read() as session:
        return session.scalar(select(func.count()).select_from(Draft)) or 0


def test_the_button_keeps_what_was_typed_and_says_so(doors: Doors, market: Market, writing: Writing) -> None:
    browser = doors.open(writing.person)
    assert 'name="keep"' in browser.page(writing.page)
    answer = writing.keep(browser)
    assert answer.status_code == 200
    assert "Your draft is kept" in answer.text
    assert writing.shown(answer.text) == TYPED
    assert drafts(market) == 1
    assert writing.shown(doors.open(writing.person).page(writing.page)) == TYPED


def test_what_cannot_be_kept_is_said_and_stays_on_the_page(doors: Doors, market: Market, writing: Writing) -> None:
    answer = writing.keep(doors.open(writing.person), "Before\x00after")
    assert answer.status_code == 422
    assert f'id="{writing.name}-error"' in answer.text
    assert "Your draft is kept" not in answer.text
    assert drafts(market) == 0


def test_a_draft_survives_an_expired_session(doors: Doors, market: Market, writing: Writing) -> None:
    browser = doors.open(writing.person)
    writing.keep(browser)
    end_sessions(market)
    assert browser.get(writing.page).status_code == 401
    assert writing.shown(doors.open(writing.person).page(writing.page)) == TYPED


def test_keeping_after_the_session_has_ended_keeps_it_after_signing_in(doors: Doors, market: Market, writing: Writing) -> None:
    browser = doors.open(writing.person)
    end_sessions(market)
    late = writing.keep(browser)
    assert (late.status_code, drafts(market)) == (401, 0)
    sent = {**fields_of(browser.client), "email": writing.person.email, "password": PASSWORD, "kept": hidden(late.text, "kept")}
    again = browser.client.post("/sign-in", data=sent, base_url=HOME)
    names = re.findall(r'name="(\w+)" value="', again.text.split("<main")[1].split("</form>")[0])
    fields = {name: hidden(again.text, name).replace("\n", "\r\n") for name in names}
    assert "Your draft is kept" in browser.client.post(writing.to, data=fields, base_url=HOME).text
    assert writing.shown(doors.open(writing.person).page(writing.page)) == TYPED


def end_sessions(market: Market) -> None:
    """Every session is over, as after fourteen days."""
    market.make(lambda work: work.db.execute(update(UserSession).values(expires_at=work.now)).rowcount)


def version_in(page: str, to: str) -> str:
    """With which version the form that leads there says that it began."""
    form = page.split(f'action="{to}"')[1].split("</form>")[0]
    found = re.search(r'name="draft_version" value="(\d+)"', form)
    assert found, form
    return found[1]


def test_a_stale_window_overwrites_nothing_and_both_texts_are_there(doors: Doors, market: Market, writing: Writing) -> None:
    browser = doors.open(writing.person)
    stale = version_in(browser.page(writing.page), writing.to)
    writing.more["draft_version"] = stale
    first = writing.keep(browser, "The long text of the other window.")
    assert (first.status_code, version_in(first.text, writing.to)) == (200, str(int(stale) + 1))
    answer = writing.keep(browser, "A short one.")
    assert answer.status_code == 409
    assert "in another window or on another device. Both are kept." in answer.text
    assert writing.shown(answer.text) == "A short one."
    assert '<p dir="auto">The long text of the other window.</p>' in answer.text
    assert writing.shown(browser.page(writing.page)) == "The long text of the other window."
    writing.more["draft_version"] = version_in(answer.text, writing.to)
    assert writing.keep(browser, "A short one.").status_code == 200
    assert writing.shown(browser.page(writing.page)) == "A short one."


def test_the_script_is_told_what_was_kept_elsewhere(doors: Doors, market: Market, writing: Writing) -> None:
    browser = doors.open(writing.person)
    page = browser.page(writing.page)
    to, version = re.findall(r'data-draft="([^"]+)"', page)[-1], version_in(page, writing.to)
    sent = {writing.name: "One", **writing.more}
    assert browser.post(to, **sent, draft_version=version).get_json() == {"version": int(version) + 1}
    assert browser.post(to, **sent, draft_version=version).get_json() == {"version": int(version) + 1}, "the same words again"
    stale = browser.post(to, **sent | {writing.name: "Two"}, draft_version=version)
    told = stale.get_json()
    assert (stale.status_code, told["version"], told["fields"][writing.name]) == (409, int(version) + 1, "One")
    assert browser.post(to, **sent | {writing.name: "Two"}, draft_version=told["version"]).status_code == 200
    assert writing.shown(browser.page(writing.page)) == "Two"


def test_a_links_session_keeps_drafts_of_its_own_case_only(doors: Doors, market: Market) -> None:
    story = market.story()
    bench, path = case(market, story)
    asked, dispute_ref = bench.ask(), path.rsplit("/", 1)[1]
    tim = doors.open(story.tim.person)
    for place in (f"answer/{asked}", f"dispute_answer/{dispute_ref}", f"dispute_answer/{dispute_ref}-review"):
        assert tim.post(f"/drafts/{place}", answer=TYPED).status_code == 200
        assert doors.open(story.tim.person, "C-OTHER").post(f"/drafts/{place}", answer="x").status_code == 404
        assert doors.open(story.tim.person, bench.case_ref).post(f"/drafts/{place}", answer="Mine.").status_code == 200
    assert doors.open(story.tim.person, bench.case_ref).post("/drafts/report/K-1", happened="x").status_code == 404
