"""Which rules bind me since when and why: the page, the notice that leads there, and one button to accept earlier."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from portal.accounts.models import Account, Person
from portal.core.clock import MovedClock
from portal.notices.models import Informed, Notice
from portal.notices.queries import unread
from tests.factories.rules import BODY, FIRST, Rulebook
from tests.notices.making import all_of
from tests.web.conftest import Browser, Doors


class Reader:
    """Ana has an account under the first version; a second one is published, and after it a correction."""

    def __init__(self, doors: Doors, folder: Path) -> None:
        self.doors, self.rules = doors, Rulebook(doors.market.office, folder).begin()
        self.person: Person = self.rules.person()
        self.account: Account = self.rules.open([self.person], date(2025, 1, 1))

    def new_version(self, ahead: int = 30) -> date:
        day = self.rules.today(ahead)
        body = BODY.replace("two days", "five days")
        self.rules.write(day, body=body, changes="1 Paying: five days instead of two.")
        self.rules.write(day, body=body.replace("Welcome", "Le saludan"), language="es", translation=True, title="Reglas",
                         changes="1 Pagos: cinco días en lugar de dos.")
        self.rules.publish()
        self.rules.tell()
        return day

    def browser(self, case_ref: str | None = None) -> Browser:
        return self.doors.open(self.person, case_ref)


@pytest.fixture
def reader(doors: Doors, tmp_path: Path) -> Reader:
    return Reader(doors, tmp_path / "rules")


def test_what_binds_since_when_and_why(reader: Reader) -> None:
    page = reader.browser().page("/me/rules")
    assert "These rules bind you since Wednesday 1 January 2025." in page
    assert "They were in force when you opened your account." in page
    assert 'href="/me/rules"' in reader.browser().page("/me/record")


def test_how_long_ahead_we_write_is_what_we_promise(reader: Reader) -> None:
    assert "at least 15 days ahead" in reader.browser().page("/me/rules")
    reader.rules.promise(date(2025, 1, 1), 30)
    reader.rules.publish()
    assert "at least 30 days ahead" in reader.browser().page("/me/rules")


def test_new_rules_are_found_in_the_inbox_and_lead_to_the_page(reader: Reader, clock: MovedClock) -> None:
    day = reader.new_version()
    reader.rules.send()
    notice = all_of(reader.rules.office, Notice)[0]
    page = reader.browser().page(f"/me/inbox/{notice.id}")
    assert "1 Paying: five days instead of two." in page
    assert 'href="/me/rules"' in page
    assert f'href="/rules/terms-of-service/compare/{FIRST}..{day}"' in page
    page = reader.browser().page("/me/rules")
    assert "<h1>New rules take effect on Tuesday 22 December 2026</h1>" in page
    assert f'href="/rules/terms-of-service/{day}"' in page
    assert f'href="/rules/terms-of-service/compare/{FIRST}..{day}"' in page
    assert "Counts for you from Tuesday 22 December 2026" in page
    clock.advance(days=31)
    page = reader.browser().page("/me/rules")
    assert "These rules bind you since Tuesday 22 December 2026." in page
    assert "We told you on Sunday 22 November 2026, and your notice period is over." in page
    assert "until before" in page


def test_reading_the_page_informs_and_only_of_what_it_shows(reader: Reader) -> None:
    reader.rules.mailer.down = True
    reader.new_version(ahead=5)
    reader.rules.send()
    assert not all_of(reader.rules.office, Informed)
    page = reader.browser().page("/me/rules")
    assert "Counts for you from Tuesday 8 December 2026" in page
    assert len(all_of(reader.rules.office, Informed)) == 1
    with reader.rules.office.database.read() as session:
        assert unread(session, reader.person.id) == 0


def test_accepting_before_its_time_is_one_button_and_binds_from_its_day(reader: Reader, clock: MovedClock) -> None:
    day = reader.new_version()
    version = reader.rules.version(day)
    browser = reader.browser()
    assert "Accept the new version" in browser.page("/me/rules")
    answer = browser.post("/me/rules/accept", account=str(reader.account.id), version=str(version.id))
    assert answer.status_code == 303
    page = browser.page("/me/rules")
    assert "Accepted on Sunday 22 November 2026" in page
    assert "Accept the new version" not in page
    assert reader.rules.binds(reader.account, day).ground == "accepted"  # type: ignore[union-attr]
    assert reader.rules.binds(reader.account, reader.rules.today(29)).ground == "joined"  # type: ignore[union-attr]


def test_the_link_of_our_letter_opens_the_page_and_a_link_of_a_case_does_not(reader: Reader) -> None:
    version = reader.rules.version(reader.new_version())
    by_letter, by_case = reader.browser("-"), reader.browser("C-23456789")
    assert "Accept the new version" in by_letter.page("/me/rules")
    assert len(all_of(reader.rules.office, Informed)) == 1
    fields = {"account": str(reader.account.id), "version": str(version.id)}
    assert by_case.get("/me/rules").status_code == 404
    assert by_case.post("/me/rules/accept", **fields).status_code == 404
    assert by_letter.post("/me/rules/accept", **fields).status_code == 303


def test_nobody_accepts_for_somebody_else(reader: Reader) -> None:
    version = reader.rules.version(reader.new_version())
    stranger, worker = reader.rules.person(), reader.rules.person()
    studio = reader.rules.open([reader.person], date(2025, 1, 1), workers=(worker,))
    theirs = {"account": str(reader.account.id), "version": str(version.id)}
    assert reader.doors.open(stranger).post("/me/rules/accept", **theirs).status_code == 404
    answer = reader.doors.open(worker).post("/me/rules/accept", account=str(studio.id), version=str(version.id))
    assert answer.status_code == 403
    assert "Only an owner of this account can accept rules for it." in answer.text
    for bad in ({"version": "x"}, {"account": "x"}, {"version": str(studio.id)}):
        assert reader.browser().post("/me/rules/accept", **(theirs | bad)).status_code == 404


def test_a_correction_is_marked_and_its_words_are_shown(reader: Reader) -> None:
    day = reader.rules.today()
    reader.rules.write(day, body=BODY.replace("freindly", "friendly"), front="editorial: true\n", changes="A typing error.")
    reader.rules.publish()
    assert reader.rules.tell() == 0
    page = reader.browser().page("/me/rules")
    assert "Editorial correction" in page
    assert "<del>freindly</del> <ins>friendly</ins>" in page
    assert "These rules bind you since Wednesday 1 January 2025." in page


def test_it_is_read_in_the_readers_language(reader: Reader) -> None:
    reader.person = reader.rules.person(language="es")
    reader.rules.open([reader.person], date(2025, 1, 1))
    reader.new_version()
    page = reader.browser().page("/me/rules")
    assert "cinco días en lugar de dos" in page
    assert "Reglas" in page
