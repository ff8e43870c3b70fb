"""Who works with somebody may know that they are not available and by which rule; for all others nobody is there."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.enforcement.conftest import FACTS, Desk
from tests.web.conftest import Doors

FIXED = "We decided that rule 6.4 applies. This is our decision and can be contested; no court has found this."


@pytest.fixture
def suspended(contested: Desk) -> Desk:
    """Tim is suspended, and was told of it a day ago."""
    contested.issue(contested.ready())
    contested.later(days=1, hours=1)
    return contested


@contextmanager
def statements(doors: Doors) -> Iterator[list[str]]:
    """The SQL that is sent while this is open."""
    seen: list[str] = []
    engine = doors.market.office.database.reader

    def note(_c: object, _k: object, sql: str, *_rest: object) -> None:
        seen.append(sql)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_a_client_reads_the_fixed_words_and_no_allegation(doors: Doors, suspended: Desk) -> None:
    story = suspended.story
    page = doors.open(story.stacy.person).page(f"/collaborators/{story.tim.account.ref}")
    assert "Tim Okafor is not available until Saturday 12 December 2026" in page
    assert FIXED in page
    assert "Photo app" in page
    for private in (FACTS, "never came", "ill for two weeks", "Three good years"):
        assert private not in page
    assert "Not available until" in doors.open(story.stacy.person).page("/collaborators")


def test_nobody_hears_before_the_person_was_told(doors: Doors, contested: Desk) -> None:
    contested.issue(contested.ready())
    page = doors.open(contested.story.stacy.person).page(f"/collaborators/{contested.story.tim.account.ref}")
    assert "Tim Okafor is available" in page
    assert FIXED not in page


def test_unknown_and_unrelated_are_the_same_bytes_after_the_same_queries(doors: Doors, suspended: Desk) -> None:
    stranger = suspended.market.party("Quinn Adeyemi")
    browser = doors.open(stranger.person)
    seen: list[tuple[bytes, list[str]]] = []
    for ref in ("P-22222222", suspended.story.tim.account.ref, suspended.story.stacy.account.ref, stranger.account.ref):
        with statements(doors) as trace:
            response = browser.get(f"/collaborators/{ref}")
        assert response.status_code == 404
        seen.append((response.data, list(trace)))
    assert all(one == seen[0] for one in seen)
    assert b"We know of nobody you work with under this reference" in seen[0][0]


def test_a_warning_is_told_to_nobody(doors: Doors, contested: Desk) -> None:
    contested.issue(contested.ready(key="honest-profile"), measure="warning", ends_on="",
                    clause_version_id=str(contested.clause("honest-profile")))
    contested.later(days=2)
    page = doors.open(contested.story.stacy.person).page(f"/collaborators/{contested.story.tim.account.ref}")
    assert "Tim Okafor is available" in page
    assert "rule" not in page.split("<main")[1].split("<footer")[0].lower()


def test_thirty_days_after_the_end_only_available(doors: Doors, suspended: Desk) -> None:
    path = f"/collaborators/{suspended.story.tim.account.ref}"
    suspended.later(days=25)
    assert "ended on" in doors.open(suspended.story.stacy.person).page(path)
    suspended.later(days=30)
    page = doors.open(suspended.story.stacy.person).page(path)
    assert "Tim Okafor is available" in page
    assert "A decision about Tim Okafor" not in page


def test_a_client_of_long_ago_who_paid_may_look_up(doors: Doors, suspended: Desk) -> None:
    suspended.later(days=0.1)
    page = doors.open(suspended.story.omar.person).page(f"/collaborators/{suspended.story.tim.account.ref}")
    assert FIXED in page
    assert "Photo app" not in page
