"""Earlier decisions under a rule: outcomes and the overturn rate, no names and no facts, in one query."""

import pytest
import sqlalchemy as sa

from portal.appeals import similar
from portal.appeals.similar import MOST, Precedents, precedents
from portal.rulebook.queries import cited_clause
from tests.appeals.conftest import Bench
from tests.web.conftest import Doors
from tests.web.desk_support import words_of


def found(bench: Bench, key: str | None = None) -> Precedents:
    with bench.office.database.read() as session:
        clause = cited_clause(session, bench.clause(key) if key else bench.clause())
        assert clause is not None
        asked: list[str] = []
        sa.event.listen(bench.office.database.reader, "before_cursor_execute", lambda *a: asked.append(a[2]))
        past = precedents(session, clause.clause_id)
    assert len([one for one in asked if one.startswith("SELECT")]) == 1
    return past


def test_what_followed_and_how_the_appeal_ended(bench: Bench) -> None:
    past = found(bench)
    assert (past.decisions, past.answered, past.rate) == (1, 0, None)
    (one,) = past.newest
    assert (one.measure, one.occurrence, one.appeal) == ("suspension", 1, None)
    assert one.days in (20, 21)
    ref = bench.file()
    bench.begin(ref)
    bench.decide(ref, "reversed")
    past = found(bench)
    assert (past.decisions, past.answered, past.overturned, past.rate) == (1, 1, 1, 100)
    assert past.newest[0].appeal == "reversed"


def test_another_rule_has_its_own(bench: Bench) -> None:
    past = found(bench, "off-platform-payment")
    assert past.newest == () and past.decisions == 0 and MOST == 10


def test_whoever_appeals_reads_how_earlier_ones_ended_and_nothing_that_points_at_somebody(
    shop: Bench, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted until yesterday; with one too few there is no number at all, and a small one is not told."""
    place, second = f"/appeals/new?action={shop.action_ref}", "too few were answered to show a number that points at nobody"

    def page() -> str:
        return words_of(doors.open(shop.story.tim.person).page(place))

    def decided(outcome: str, days: int) -> None:
        ref = shop.ready()
        shop.issue(ref, conduct_from=shop.market.day(days).isoformat(), conduct_to=shop.market.day(days - 1).isoformat())
        shop.decide(shop.file(action_ref=ref), outcome)

    assert "How earlier appeals ended" in page() and second in page()
    monkeypatch.setattr(similar, "FEWEST_ANSWERED", 2)
    decided("upheld", 24)
    shop.later(days=1)
    assert second in page()
    decided("reversed", 30)
    assert second in page(), "not before the day is over"
    shop.later(days=1)
    here = page()
    assert second not in here and "The decision stands fewer than 5 The decision is changed 0" in here
    assert here.count("fewer than 5") == 2
