"""Whole versions, one clause through all versions, and what a client should know, as both databases give them."""

from __future__ import annotations

from datetime import date

from portal.act import Office
from portal.rulebook.changes import changes, in_one_language, paragraphs
from portal.rulebook.models import PolicyVersion
from portal.rulebook.queries import versions_of
from portal.rulebook.shelf import by_day, current, editions, guide, newest_published, spoken, unchanged_since, whole
from portal.rulebook.wording import Span
from portal.settings import ROOT
from tests.rulebook.conftest import ODD

FIRST, SECOND, TODAY = date(2024, 3, 1), date(2026, 3, 1), date(2026, 11, 22)
TERMS = "terms-of-service"


def on(versions: list[PolicyVersion], day: date) -> list[PolicyVersion]:
    return [one for one in versions if one.effective_on == day]


def test_what_is_in_force_and_in_which_language(published: Office) -> None:
    with published.database.read() as session:
        versions = versions_of(session, TERMS)
        assert current(versions, date(2024, 2, 1)) == []
        assert {one.effective_on for one in current(versions, date(2025, 1, 1))} == {FIRST}
        assert [one.language for one in by_day(versions, "es")] == ["es", "es"]
        assert spoken(on(versions, FIRST), "fr").binding
        assert [clause.key for clause in whole(session, spoken(versions, "en").id)][1:3] == ["about", "who"]


def test_a_clause_through_all_versions(published: Office) -> None:
    with published.database.read() as session:
        versions = versions_of(session, TERMS)
        said = {key: [(e.version.effective_on, e.clause is not None, e.changed) for e in editions(session, versions, key, "en")]
                for key in ("off-platform-payment", "milestones", "return-after-closure", "contact-details")}
        since = unchanged_since(session, versions, spoken(on(versions, SECOND), "en"))
    assert said["off-platform-payment"] == [(SECOND, True, True), (FIRST, True, True)]
    assert said["milestones"][0] == (SECOND, True, False)
    assert said["contact-details"] == [(SECOND, False, True), (FIRST, True, True)]
    assert said["return-after-closure"] == [(SECOND, True, True), (FIRST, False, False)]
    assert (since["milestones"], since["off-platform-payment"]) == (FIRST, SECOND)


def test_what_changed_between_two_versions(published: Office) -> None:
    with published.database.read() as session:
        versions = versions_of(session, TERMS)
        before, after = in_one_language(on(versions, FIRST), on(versions, SECOND), "es")
        assert (before.language, after.language) == ("es", "es")
        found = changes(session, *in_one_language(on(versions, FIRST), on(versions, SECOND), "en"))
        assert changes(session, before, after) is changes(session, before, after)
    kinds = {change.key: change.kind for change in found.found}
    assert kinds == {
        "identity": "changed", "off-platform-payment": "changed", "payment-for-nothing": "changed",
        "return-after-closure": "new", "dispute-misuse": "new", "dispute-window": "changed", "contact-details": "removed",
    }
    days = next(change for change in found.found if change.key == "dispute-window")
    assert [span.text for span in days.spans if span.kind != "same"] == ["14", "30"]
    assert "milestones" in {clause.key for clause in found.same}


def test_marked_words_keep_their_paragraphs() -> None:
    spans = [Span("same", "one\n\ntwo"), Span("removed", " three\n\n"), Span("added", "\n• four")]
    assert [[(s.kind, s.text) for s in part] for part in paragraphs(spans)] == [
        [("same", "one")], [("same", "two"), ("removed", " three")], [("added", "• four")],
    ]


def test_the_guide_is_what_is_in_force(published: Office) -> None:
    with published.database.read() as session:
        now, then, never = (guide(session, day, "es") for day in (TODAY, date(2025, 1, 1), date(2020, 1, 1)))
    assert [clause.key for clause in now.topics["chargeback"]] == ["chargebacks"]
    assert {clause.language for found in now.topics.values() for clause in found} == {"es"}
    assert (now.promises["dispute_window"].data.length, then.promises["dispute_window"].data.length) == (30, 14)
    assert not any(never.topics.values()) and not never.promises and not never.versions


def test_everything_published_is_listed_newest_first(published: Office) -> None:
    with published.database.read() as session:
        found = newest_published(session, 100)
        assert len(found) == len(list((ROOT / "policies").glob("*/*.md"))) + len(ODD) and len(newest_published(session, 3)) == 3
    assert [(one.effective_on, slug, one.language) for one, slug in found][:2] == [
        (date(2026, 11, 15), "our-promises", "en"), (date(2026, 11, 15), "our-promises", "es")]
