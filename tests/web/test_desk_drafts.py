"""The desk's drafts say with which version they began: a window that is behind gets both texts, and overwrites nothing unseen."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.appeals.operations import contest_withheld
from portal.cases.models import Case, Draft
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.enforcement.reporting import report_account
from tests.appeals.conftest import Bench
from tests.web.desk_support import Desk, open_desk, words_of

FIRST, SECOND, THIRD = "The first words.", "Words of the other window.", "Words of the window that is behind."
BOTH = "You wrote something else here meanwhile, in another window or on another device. Both are kept."


@dataclass
class Form:
    """A form of the desk whose draft is kept: its page, where it is kept by itself, where its button leads, its words."""

    desk: Desk
    page: str
    keep: str
    to: str
    name: str
    more: dict[str, Any]

    def version(self) -> str:
        return re.findall(r'name="draft_version" value="(\d+)"', self.desk.get(self.page))[0]

    def by_itself(self, words: str, version: str) -> TestResponse:
        return self.desk.send(self.keep, {**self.more, self.name: words, "draft_version": version})

    def by_button(self, words: str, version: str) -> TestResponse:
        return self.desk.send(self.to, {**self.more, self.name: words, "draft_version": version})

    def kept(self) -> str:
        with self.desk.market.office.database.read() as session:
            bodies = session.scalars(select(Draft.body).order_by(Draft.saved_at, Draft.id)).all()
        return str(json.loads(bodies[-1])[self.name]) if bodies else ""


def editor(desk: Desk) -> Form:
    case = desk.taken()
    desk.heard(case)
    path = f"/desk/actions/{desk.drafted(case)}"
    return Form(desk, path, f"{path}/draft", f"{path}/preview", "weighed", desk.decision())


def question(desk: Desk) -> Form:
    case, clause = desk.taken(), str(desk.clause().id)
    path = f"/desk/cases/{case}/ask"
    return Form(desk, f"{path}?clause={clause}", f"{path}/draft", path, "question", {"clause": clause, "days": "5", "go": "look"})


def closing(desk: Desk) -> Form:
    """Stacy reported without a dispute: nothing runs that would keep the case open."""
    stacy, contract = desk.story.stacy, desk.story.contract
    desk.market.do(
        report_account, stacy.actor, account_id=stacy.account.id, contract_ref=contract.ref,
        happened="He asked me twice to pay him outside the marketplace.",
    )
    with desk.market.office.database.read() as session:
        case = session.scalars(select(Case.ref)).one()
    desk.take(case)
    path = f"/desk/cases/{case}/close"
    return Form(desk, path, "", path, "reason", {"rules": [str(desk.clause().id)], "go": "look"})


FORMS = [editor, question, closing]
BY_THEMSELVES = [editor, question]
"""Those whose draft is also kept while somebody types; a closing is kept by its button alone."""


@pytest.fixture(params=FORMS, ids=lambda make: make.__name__)
def form(request: pytest.FixtureRequest, sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> Form:
    made = request.param(open_desk(sqlite_database, clock, tmp_path))
    assert isinstance(made, Form)
    return made


@pytest.mark.parametrize("form", BY_THEMSELVES, indirect=True, ids=lambda make: make.__name__)
def test_a_window_that_is_behind_is_told_and_nothing_is_overwritten(form: Form) -> None:
    """By itself, while typing: the script hears both the version and the fields that were kept elsewhere."""
    assert form.keep
    began = form.version()
    kept = form.by_itself(FIRST, began)
    assert kept.status_code == 200
    version = str(kept.get_json()["version"])
    assert form.by_itself(SECOND, version).status_code == 200
    stale = form.by_itself(THIRD, version)
    assert stale.status_code == 409
    told = stale.get_json()
    assert told["fields"][form.name] == SECOND
    assert form.kept() == SECOND
    assert form.by_itself(SECOND, began).status_code == 200, "the same words are no change"
    assert form.by_itself(THIRD, str(told["version"])).status_code == 200, "the writer chose their own"
    assert form.kept() == THIRD


def test_without_scripts_the_page_shows_both_and_sending_again_goes_on(form: Form) -> None:
    began = form.version()
    assert form.by_button(FIRST, began).status_code in (200, 422)
    version = form.version()
    form.by_button(SECOND, version)
    stale = form.by_button(THIRD, version)
    assert stale.status_code == 409
    page = words_of(stale.text)
    assert BOTH in page
    assert SECOND in page and THIRD in page
    assert form.kept() == SECOND
    again = re.findall(r'name="draft_version" value="(\d+)"', stale.text)[0]
    assert form.by_button(THIRD, again).status_code in (200, 422)
    assert form.kept() == THIRD


def test_what_was_read_is_issued_and_the_version_goes_along(sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> None:
    form = editor(open_desk(sqlite_database, clock, tmp_path))
    ahead = form.by_button(FIRST, form.version())
    assert re.findall(r'name="draft_version" value="(\d+)"', ahead.text) == [form.version()]


def suspended(desk: Desk, **form: Any) -> Bench:
    """A suspension of Tim's account by Rae; the desk is Ola's now, who had no part in it."""
    case = desk.taken()
    bench = Bench(desk.market, desk.story, case)
    bench.action_ref = bench.ready()
    bench.issue(bench.action_ref, **form)
    desk.browser = desk.sign_in(desk.story.ola)
    return bench


def appeal(desk: Desk) -> Form:
    bench = suspended(desk)
    ref = bench.file()
    bench.begin(ref)
    path = f"/desk/appeals/{ref}"
    return Form(desk, path, f"{path}/keep", f"{path}/check", "reasons", {"version": "2", "go": "edit"})


def withholding(desk: Desk) -> Form:
    bench = suspended(desk, exhibits=[], no_exhibit="shows_detection")
    body = "I cannot answer what I have not read."
    sent = desk.market.do(contest_withheld, desk.story.tim.actor, action_ref=bench.action_ref, body=body)
    path = f"/desk/withheld/{sent['appeal']}"
    return Form(desk, path, f"{path}/keep", f"{path}/decide", "reasons", {"version": "1", "outcome": "reversed"})


ANSWERS = [appeal, withholding]


@pytest.fixture(params=ANSWERS, ids=lambda make: make.__name__)
def answering(request: pytest.FixtureRequest, sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> Form:
    """What is Ola's to answer."""
    made = request.param(open_desk(sqlite_database, clock, tmp_path))
    assert isinstance(made, Form)
    return made


def test_an_answer_to_the_person_too(answering: Form) -> None:
    test_a_window_that_is_behind_is_told_and_nothing_is_overwritten(answering)
    version = answering.version()
    answering.by_button(FIRST, version)
    stale = answering.by_button(SECOND, version)
    assert (stale.status_code, BOTH in words_of(stale.text)) == (409, True)
    assert answering.kept() == FIRST
