"""Who may have the letter as a file, when having it counts as being informed, and that every copy is the same."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Member, MemberRole, Person
from portal.core.errors import Busy
from portal.core.i18n import language
from portal.core.text import sha256
from portal.enforcement.models import Statement
from portal.log.operations import add
from portal.notices.models import Informed, Notice
from portal.web.shell import paper
from tests.appeals.conftest import Bench
from tests.enforcement.conftest import Desk
from tests.web.conftest import Browser, Doors
from tests.web.paper.conftest import text_of

DRAWN = b"%PDF-1.7 drawn in another test"
FILES = ("{}.pdf", "{}.json", "{}/statements/1.pdf", "{}/statements/1.json")


@pytest.fixture
def bench(contested: Desk) -> Bench:
    made = Bench(contested.market, contested.story, contested.case_ref)
    made.action_ref = made.ready()
    made.issue(made.action_ref)
    made.later(hours=1)
    return made


@pytest.fixture
def drawn_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes a second and has its own tests; here it is about who gets the file."""
    monkeypatch.setattr(paper, "pdf_of", lambda *_args: DRAWN)


def of(bench: Bench) -> list[str]:
    return [f"/me/actions/{each.format(bench.action_ref)}" for each in FILES]


def informed(bench: Bench) -> int:
    with bench.office.database.read() as session:
        return len(session.scalars(select(Informed)).all())


def record_of(bench: Bench) -> str:
    with bench.office.database.read() as session:
        return session.scalars(select(Statement.record).order_by(Statement.n.desc())).first() or ""


@pytest.mark.usefixtures("drawn_elsewhere")
def test_whose_it_is_has_it_also_by_a_link_of_this_case(doors: Doors, bench: Bench) -> None:
    tim = bench.story.tim.person
    for browser in (doors.open(tim), doors.open(tim, bench.case_ref)):
        assert [browser.get(path).status_code for path in of(bench)] == [200] * 4


@pytest.mark.usefixtures("drawn_elsewhere")
@pytest.mark.parametrize(("role", "answers"), [(MemberRole.OWNER, 200), (MemberRole.WORKER, 403)])
def test_owners_have_it_as_the_page_and_workers_only_read_what_applies(
    doors: Doors, bench: Bench, role: MemberRole, answers: int
) -> None:
    member = {"account_id": bench.story.tim.account.id, "person_id": bench.story.omar.person.id, "role": role}
    bench.market.make(lambda work: add(work, Member(**member)))
    browser = doors.open(bench.story.omar.person)
    assert browser.get(f"/me/actions/{bench.action_ref}").status_code == 200
    assert {browser.get(path).status_code for path in of(bench)} == {answers}


@pytest.mark.usefixtures("drawn_elsewhere")
def test_nobody_else_has_it(doors: Doors, bench: Bench) -> None:
    story = bench.story
    others = (
        doors.open(story.stacy.person), doors.open(story.tim.person, "C-ANOTHER9"), doors.open(story.rae.person),
        doors.open(story.ola.person),
    )
    for browser in others:
        assert {browser.get(path).status_code for path in of(bench)} == {404}
    stranger = Browser(doors.app.test_client())
    assert all("Sign in" in stranger.get(path).text for path in of(bench))
    assert informed(bench) == 0


@pytest.mark.usefixtures("drawn_elsewhere")
def test_the_desk_has_it_where_it_may_read_the_action(doors: Doors, bench: Bench) -> None:
    path, story = f"/desk/actions/{bench.action_ref}.pdf", bench.story
    page = doors.open(story.rae.person)
    assert page.get(path).data == DRAWN
    assert path in page.page(f"/desk/actions/{bench.action_ref}")
    for person in (story.ola.person, story.tim.person, story.stacy.person):
        browser = doors.open(person)
        seen, letter = browser.get(f"/desk/actions/{bench.action_ref}"), browser.get(path)
        assert (seen.status_code, letter.status_code) in {(403, 403), (404, 404), (409, 409)}
        assert DRAWN not in letter.data
    assert informed(bench) == 0, "that we read it informs nobody"


@pytest.mark.usefixtures("drawn_elsewhere")
def test_a_draft_has_no_letter(doors: Doors, contested: Desk) -> None:
    action = contested.ready()
    assert doors.open(contested.story.rae.person).get(f"/desk/actions/{action}.pdf").status_code == 404
    assert doors.open(contested.story.tim.person).get(f"/me/actions/{action}.pdf").status_code == 404


@pytest.mark.usefixtures("drawn_elsewhere")
@pytest.mark.parametrize("file", FILES)
def test_having_it_counts_as_opening_it_once(doors: Doors, bench: Bench, file: str) -> None:
    tim, path = doors.open(bench.story.tim.person), f"/me/actions/{file.format(bench.action_ref)}"
    ahead = tim.get(path, **{"Sec-Purpose": "prefetch"})
    assert (ahead.status_code, informed(bench)) == (200, 0)
    tim.get(path)
    assert informed(bench) == 1
    tim.get(path)
    assert informed(bench) == 1


def test_what_did_not_arrive_informs_nobody(doors: Doors, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_args: Any) -> bytes:
        raise Busy

    monkeypatch.setattr(paper, "pdf_of", busy)
    answer = doors.open(bench.story.tim.person).get(f"/me/actions/{bench.action_ref}.pdf")
    assert (answer.status_code, informed(bench)) == (503, 0)
    assert "Please try again in a moment." in answer.text and answer.headers["Retry-After"] == "5"


def test_it_is_a_file_to_keep_that_no_cache_keeps(doors: Doors, bench: Bench) -> None:
    answer = doors.open(bench.story.tim.person).get(f"/me/actions/{bench.action_ref}.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{bench.action_ref}.pdf"')
    assert answer.headers["Cache-Control"] == "no-store"
    text = " ".join(text_of(answer.data).split())
    digest = sha256(record_of(bench))
    for words in (bench.form()["facts"], bench.action_ref, "To: Tim Okafor", digest, "I was ill for two weeks."):
        assert words in text, words


def test_every_copy_is_the_same_whoever_asks(doors: Doors, bench: Bench) -> None:
    """In the language of the record, also once the person reads another one."""
    tim, path = bench.story.tim.person, f"/me/actions/{bench.action_ref}.pdf"
    first = doors.open(tim).get(path)
    bench.market.make(lambda work: setattr(work.db.get_one(Person, tim.id), "language", "es"))
    bench.later(days=30)
    assert doors.open(tim).get(path).data == first.data
    assert doors.open(bench.story.rae.person).get(f"/desk/actions/{bench.action_ref}.pdf").data == first.data
    assert "Your account is suspended until" in text_of(first.data)


def test_a_replaced_letter_stays_the_file_that_it_was(doors: Doors, bench: Bench) -> None:
    tim, path = doors.open(bench.story.tim.person), f"/me/actions/{bench.action_ref}"
    before = tim.get(f"{path}.pdf").data
    bench.decide(bench.file(), "partially_reversed", new_ends_on=bench.market.day(-5))
    assert tim.get(f"{path}/statements/1.pdf").data == before
    now = " ".join(text_of(tim.get(f"{path}.pdf").data).split())
    assert "What was changed" in now and "letter 2" in now
    assert f"{path}/statements/1.pdf" in tim.page(f"{path}/statements/1")


def test_the_record_is_asked_for_again_only_when_it_changed(doors: Doors, bench: Bench) -> None:
    tim, path = doors.open(bench.story.tim.person), f"/me/actions/{bench.action_ref}.json"
    first = tim.get(path)
    assert first.headers["ETag"] == f'"{sha256(record_of(bench))}"' and first.mimetype == "application/json"
    assert first.text == record_of(bench)
    assert tim.get(path, **{"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert tim.get(path, **{"If-None-Match": '"another"'}).status_code == 200


def test_the_page_says_how_to_check_it(doors: Doors, bench: Bench) -> None:
    page = doors.open(bench.story.tim.person).page(f"/me/actions/{bench.action_ref}")
    for words in (
        f"/me/actions/{bench.action_ref}.pdf", f"/me/actions/{bench.action_ref}.json", sha256(record_of(bench)),
        f"sha256sum {bench.action_ref}.json", "Let any program that can compute SHA-256 read the file.",
    ):
        assert words in page, words


def test_the_mail_says_what_the_record_says(bench: Bench) -> None:
    """Number, heading, end and last day of the mail are those of the frozen record, in the person's own days."""
    record, speech = json.loads(record_of(bench)), language(bench.story.tim.person.language)
    with bench.office.database.read() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "statement")).one()
    ends, appeal = (datetime.fromisoformat(at) for at in (record["ends_at"], record["redress"]["appeal_until_at_least"]))
    rule, mail = record["rule"], notice.mail_body or ""
    assert f"{rule['number']}, {rule['heading']}" in mail
    assert speech.until(ends, record["zone"]) in mail and speech.last_day(appeal, record["zone"]) in mail
    assert record["ref"] in notice.subject


def test_the_mail_names_the_decision_and_its_rule_and_carries_no_letter(bench: Bench) -> None:
    """DESIGN 2.7: facts, money and documents are behind the sign-in only."""
    with bench.office.database.read() as session:
        mail = session.scalars(select(Notice.mail_body).where(Notice.kind == "statement")).one() or ""
    assert "6.4" in mail and "suspended until" in mail
    form = bench.form()
    for words in (form["facts"], form["why"], form["spoke_for"], *form["would_change"], "$", ".pdf", ".json", "SHA-256"):
        assert words not in mail, words
