"""A lead at the desk: found by an accepted document's number, taken, looked at on record, answered or relied on and said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.enforcement.fingerprints import of_document
from portal.enforcement.models import Action
from portal.enforcement.operations import co_sign
from portal.enforcement.return_models import Fingerprint, Lead
from portal.log.models import Event
from portal.notices.models import Notice
from tests.enforcement.conftest import FACTS
from tests.enforcement.conftest import Desk as Bench
from tests.enforcement.returning import Return, closed
from tests.verification.making import Checks
from tests.web.desk_support import Desk, open_desk, words_of

NUMBER = {"number": "xda 123-456", "number_country": "es", "number_kind": "passport"}


@dataclass
class Room:
    """The desk, an account that was closed, and the identity check of another one."""

    desk: Desk
    back: Return
    checks: Checks
    item: str

    def accept(self, **other: str) -> Any:
        page = self.desk.get(f"/desk/identity/{self.item}")
        version = re.findall(r'name="version" value="(\d+)"', page)[0]
        until = date(2028, 1, 1).isoformat()
        data = {"outcome": "accepted", "accepted_until": until, "version": version, "go": "send", **NUMBER} | other
        return self.desk.send(f"/desk/identity/{self.item}", data)

    def lead(self) -> tuple[str, str]:
        """The address of the lead, and of its case."""
        with self.desk.market.office.database.read() as session:
            lead = session.scalars(select(Lead)).one()
            case = self.back.case()
        return f"/desk/leads/{lead.ref}", f"/desk/cases/{case}"


@pytest.fixture
def room(sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> Room:
    desk = open_desk(sqlite_database, clock, tmp_path)
    market, story = desk.market, desk.story
    bench = Bench(market, story, "")
    old = market.party("Max Orr")
    back = Return(bench, old, story.tim, closed(market, bench, old))
    back.keep(old, of_document(market.office.keyring, "passport", "ES", "XDA123456"))
    checks = Checks.begin(market, story)
    item = str(checks.ask()["item"])
    checks.send(item)
    checks.take(item)
    checks.open_all(item)
    desk.browser = desk.sign_in(story.rae)
    return Room(desk, back, checks, item)


def test_an_accepted_number_is_kept_as_a_fingerprint_and_matches(room: Room) -> None:
    assert room.accept().status_code == 303
    path, case = room.lead()
    assert "Lead: a match with a closed account" in words_of(room.desk.get("/desk?filter=lead"))
    assert "Take" in words_of(room.desk.browser.get(path, base_url="https://localhost").text)
    room.desk.take(case.rsplit("/", 1)[1])
    page = words_of(room.desk.get(path))
    assert "This is a lead, not a finding" in page
    assert "says much: a document's number is the same" in page
    assert "The number was mistyped, here or at the earlier account." in page
    assert "6.4 Taking payment for nothing" in page
    assert "123" not in page.replace("2026", "").split("What matches")[1].split("Rule")[0]
    assert room.back.closed.account.name not in page
    with room.desk.market.office.database.read() as session:
        everything = " ".join(f"{e.payload} {e.manifest}" for e in session.scalars(select(Event)))
        assert "123456" not in re.sub(r"[0-9a-f]{16,}", "", everything), "the digits of a digest may read like a number"
        assert session.scalar(select(func.count()).select_from(Event).where(Event.kind == "lead.seen")) == 1


@pytest.mark.parametrize(("other", "said"), [
    ({"number_country": "Spain"}, "at most 2 characters"), ({"number_kind": ""}, "Choose what kind of document it is."),
    ({"number": "12"}, "at least 5 letters and digits"), ({"number_country": "1X"}, "Write the two letters of the country"),
])
def test_what_is_wrong_with_the_number_is_said_at_its_field(room: Room, other: dict[str, str], said: str) -> None:
    answer = room.accept(**other)
    assert answer.status_code == 422
    assert said in words_of(answer.text)
    with room.desk.market.office.database.read() as session:
        kept = session.scalar(select(func.count()).select_from(Fingerprint))
    assert kept == 2, "the closed account's number, and Tim's place for payouts"


def test_without_a_number_or_without_accepting_nothing_is_kept(room: Room) -> None:
    assert room.accept(number="").status_code == 303
    with room.desk.market.office.database.read() as session:
        assert session.scalars(select(Lead)).all() == []


def test_it_is_closed_with_a_reason_and_the_person_hears_nothing(room: Room) -> None:
    room.accept()
    path, case = room.lead()
    room.desk.take(case.rsplit("/", 1)[1])
    with room.desk.market.office.database.read() as session:
        before = session.scalar(select(func.count()).select_from(Notice))
    assert room.desk.send(path, {"reason": " "}).status_code == 422
    assert room.desk.send(path, {"reason": "They are sisters."}).status_code == 303
    assert "Nothing waits here" in words_of(room.desk.get(path))
    assert "They are sisters." in words_of(room.desk.get(path))
    again = room.desk.send(path, {"reason": "Once more."})
    assert (again.status_code, "Once more." in again.text or "answered already" in again.text) == (409, True)
    with room.desk.market.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Notice)) == before


def test_a_decision_ticks_it_and_the_statement_says_it(room: Room) -> None:
    room.accept()
    path, case = room.lead()
    ref = case.rsplit("/", 1)[1]
    room.desk.take(ref)
    assert "Look at the lead" in words_of(room.desk.get(case))
    room.desk.heard(ref)
    draft = room.desk.drafted(ref)
    assert f'name="leads" value="{path.rsplit("/", 1)[1]}"' in room.desk.get(f"/desk/actions/{draft}")
    form = room.desk.decision(
        leads=[path.rsplit("/", 1)[1]], exhibits=[], no_exhibit="no_longer_exists", facts=FACTS,
    )
    ahead = room.desk.send(f"/desk/actions/{draft}/preview", form)
    assert ahead.status_code == 200, words_of(ahead.text)
    assert "The number of an identity document that was shown to us for your account is the same" in words_of(ahead.text)
    assert room.desk.send(f"/desk/actions/{draft}/issue", form).status_code == 422, "a match alone is signed by two"
    assert room.desk.send(f"/desk/actions/{draft}/propose", form).status_code == 303
    room.desk.market.do(co_sign, room.desk.story.ola.actor, action_ref=draft, reason="I compared both accounts.")
    mine = words_of(room.desk.visit_as(room.desk.story.tim, f"/me/actions/{draft}").text)
    assert "The numbers are not kept: we compared fingerprints" in mine
    assert room.back.closed.account.name not in mine
    assert room.desk.visit_as(room.desk.story.tim, path).status_code == 404
    with room.desk.market.office.database.read() as session:
        assert session.scalars(select(Action.status).where(Action.ref == draft)).one() == "issued"
