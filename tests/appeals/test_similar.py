"""Earlier decisions under a rule: outcomes and the overturn rate, no names and no facts, in one query."""

import sqlalchemy as sa

from portal.appeals.similar import MOST, Precedents, precedents
from portal.rulebook.queries import cited_clause
from tests.appeals.conftest import Bench


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
