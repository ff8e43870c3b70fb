"""After a reversal the case is everybody else's: nobody who signed it keeps it, and somebody else can take it from the queue."""

from __future__ import annotations

from sqlalchemy import select

from portal.cases.models import WorkItem
from tests.appeals.conftest import Bench
from tests.enforcement.test_ending import violations
from tests.factories.market import refused


def test_case_waits_for_somebody_else_who_decides_anew(bench: Bench) -> None:
    bench.decide(bench.file(), "reversed")
    with bench.office.database.read() as session:
        waiting = session.scalars(select(WorkItem).where(WorkItem.closed_at.is_(None), WorkItem.kind == "report")).all()
    assert [one.assignee_id for one in waiting] == [None]
    kim = bench.market.staff("Kim Sato")
    bench.market.take(kim, bench.case_ref)
    bench.later(hours=1)
    bench.answer(bench.ask(by=kim))
    again = bench.start(by=kim)
    assert refused(lambda: bench.issue(again, by=kim)) == "needs_cosignature" and violations(bench) == []
