"""The queue: most urgent first, by key, each filter from an index of its own, counts that stop at 100."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

import portal.cases.queue as queues
from portal.accounts.models import Member
from portal.act import Office
from portal.cases.models import Case
from portal.cases.operations import close_item, open_case, open_item
from portal.cases.queue import FILTERS, next_line, queue, queue_counts
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.core.work import Work
from portal.log.operations import add
from tests.factories.market import Market, Party, Staff

KINDS = ("appeal", "cosignature", "identity", "dispute", "question", "report", "action")


@pytest.fixture
def filled(office: Office) -> tuple[Market, UUID]:
    """One case with 130 open items, one hour apart, the first ten already late; every fifth is Rae's, some are nobody's."""
    market = Market(office)
    tim, rae, ola = market.party("Tim Okafor"), market.staff("Rae Lindqvist"), market.staff("Ola Brandt")

    def step(work: Any) -> None:
        case: Case = open_case(work, tim.account.id, [])
        for n in range(130):
            due = market.now + timedelta(hours=n - 10)
            item = open_item(work, case, KINDS[n % 7], f"X-{n}", due, language="es" if n % 2 else "en")
            item.assignee_id = rae.person.id if n % 5 == 0 else None if n % 10 == 1 else ola.person.id
            item.safety, item.flagged = n % 10 == 0, n % 13 == 0

    market.make(step)
    return market, rae.person.id


def lines(filled: tuple[Market, UUID], name: str, **other: Any) -> list[Any]:
    market, person_id = filled
    with market.office.database.read() as session:
        return queue(session, filter=name, person_id=person_id, now=market.now, **other)


def test_pages_follow_each_other_without_gap_or_repeat(filled: tuple[Market, UUID]) -> None:
    seen, after = [], None
    while page := lines(filled, "all", after=after, limit=37):
        seen += [line.subject_ref for line in page]
        after = page[-1].cursor
    assert seen == [f"X-{n}" for n in range(130)]


def test_filters(filled: tuple[Market, UUID]) -> None:
    assert [line.late for line in lines(filled, "late")] == [True] * 11
    assert {line.kind for line in lines(filled, "appeal")} == {"appeal"}
    assert len(lines(filled, "mine")) == 26 and all(line.assignee_handle for line in lines(filled, "mine"))
    assert all(line.assignee_id is None for line in lines(filled, "unclaimed"))
    assert len(lines(filled, "safety")) == 13 and len(lines(filled, "flagged")) == 10
    assert {line.language for line in lines(filled, "all", language="es")} == {"es"}
    with pytest.raises(NotFound):
        lines(filled, "nonsense")


def after(filled: tuple[Market, UUID], past: str, name: str = "all", person_id: UUID | None = None) -> str | None:
    market, raes = filled
    with market.office.database.read() as session:
        found = next_line(session, filter=name, person_id=person_id or raes, past=past, now=market.now)
        return found.subject_ref if found else None


def test_one_goes_on_to_the_next_line_of_ones_own(filled: tuple[Market, UUID]) -> None:
    assert [after(filled, past) for past in ("X-0", "X-1", "X-5", "X-125")] == ["X-5", "X-5", "X-10", "X-0"]
    assert [after(filled, past, "appeal") for past in ("X-0", "X-36", "X-105")] == ["X-35", "X-70", "X-0"]
    assert after(filled, "X-5", "late") == "X-10" and after(filled, "X-10", "late") == "X-0"
    filled[0].make(lambda work: close_item(work, "X-5", "report", "decided"))
    assert [after(filled, past) for past in ("X-5", "X-0", "D-NONE")] == ["X-10", "X-10", "X-0"]
    with pytest.raises(NotFound):
        after(filled, "X-5", "nonsense")


def test_who_has_none_left_goes_on_with_what_is_nobodys(filled: tuple[Market, UUID]) -> None:
    lead = filled[0].staff("Lee Marsh").person.id
    assert [after(filled, past, "all", lead) for past in ("X-0", "X-1", "X-121")] == ["X-1", "X-11", "X-1"]
    assert after(filled, "X-1", "appeal", lead) == "X-21" and after(filled, "X-21", "mine", lead) is None
    assert after(filled, "X-91", "appeal", lead) == "X-21"


def test_what_comes_first_is_next_only_at_the_start_of_a_round(filled: tuple[Market, UUID]) -> None:
    market, raes = filled
    omar = market.party("Omar Haddad")

    def step(work: Work) -> str:
        case = open_case(work, omar.account.id, [])
        for ref in ("N-1", "N-2"):
            open_item(work, case, queues.FIRST, ref, market.now + timedelta(days=9)).assignee_id = raes
        return case.ref

    case_ref = market.make(step)
    assert [after(filled, past) for past in ("X-120", "X-125", "N-1", "N-2", "X-0")] == ["X-125", "N-1", "N-2", "X-0", "X-5"]
    assert after(filled, case_ref) == "X-0", "what else waits in a case is on its own page"
    assert after(filled, "N-2", queues.FIRST) == "N-1"


def test_counts_stop_at_a_hundred(filled: tuple[Market, UUID]) -> None:
    market, person_id = filled
    with market.office.database.read() as session:
        counts = queue_counts(session, person_id, market.now)
    assert list(counts) == list(FILTERS)
    assert (counts["all"], counts["unclaimed"], counts["mine"], counts["late"]) == (100, 13, 26, 11)


INDEX = {
    "all": "ix_work_item_due", "late": "ix_work_item_due", "safety": "ix_work_item_safety_due",
    "flagged": "ix_work_item_flagged_due", "mine": "ix_work_item_assignee_due",
    "unclaimed": "ix_work_item_(unclaimed|assignee)_due",
} | {name: "ix_work_item_kind_due" for name in queues.KINDS if name != queues.FIRST}


def test_each_filter_has_its_index(filled: tuple[Market, UUID]) -> None:
    market, person_id = filled
    with market.office.database.write() as session:
        explained = Explained(session)
        assert set(INDEX) == {name for name in FILTERS if name != queues.FIRST}
        for name, index in INDEX.items():
            explained.plan = ""
            queue(explained, filter=name, person_id=person_id, now=market.now)  # type: ignore[arg-type]
            assert re.search(index, explained.plan), (name, explained.plan)


class Explained:
    """Stands in for a session and keeps the plan of the first statement of each read."""

    def __init__(self, session: sa.orm.Session) -> None:
        self.session, self.plan = session, ""
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text("ANALYZE work_item"))
            session.execute(sa.text("SET LOCAL enable_seqscan = off"))
            session.execute(sa.text("SET LOCAL enable_sort = off"))
            session.execute(sa.text("SET LOCAL enable_bitmapscan = off"))

    def execute(self, query: sa.Select[Any], given: dict[str, Any]) -> Any:
        dialect = self.session.get_bind().dialect
        text = query.params(given).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        head = "EXPLAIN QUERY PLAN" if dialect.name == "sqlite" else "EXPLAIN"
        rows = self.session.connection().exec_driver_sql(f"{head} {str(text).replace('%', '%%')}").all()
        self.plan = self.plan or "\n".join(" ".join(map(str, row)) for row in rows)
        return self.session.execute(query, given)


def test_what_is_contested_in_a_case_is_at_stake_in_whatever_else_of_it_waits(office: Office) -> None:
    market = Market(office)
    tim, omar, rae = market.party("Tim Okafor"), market.party("Omar Haddad"), market.staff("Rae Lindqvist")

    def step(work: Work) -> None:
        case, other = open_case(work, tim.account.id, []), open_case(work, omar.account.id, [])
        for n, (of, kind, stake) in enumerate((
            (case, "question", None), (case, "dispute", Money(300, "USD")), (case, "dispute", Money(50, "USD")),
            (case, "chargeback", Money(7, "JPY")), (case, "cosignature", Money(9, "USD")), (case, "dispute", Money(1, "USD")),
            (other, "question", None),
        )):
            open_item(work, of, kind, f"X-{n}", market.now + timedelta(hours=n), stake=stake)
        close_item(work, "X-5", "dispute", "settled")

    market.make(step)
    with office.database.read() as session:
        lines = queue(session, filter="all", person_id=rae.person.id, now=market.now)
    assert {line.subject_ref: line.stake for line in lines} == {
        "X-0": (Money(7, "JPY"), Money(350, "USD")), "X-1": (Money(300, "USD"),), "X-2": (Money(50, "USD"),),
        "X-3": (Money(7, "JPY"),), "X-4": (Money(9, "USD"),), "X-6": (),
    }


def test_a_case_that_touches_an_account_of_ones_own_is_not_in_the_queue(office: Office) -> None:
    market = Market(office)
    story = market.story()
    omars, tims = (market.make(lambda work, one=one: _opened(work, market, one)) for one in (story.omar, story.tim))

    def seen(staff: Staff) -> tuple[set[str], int]:
        with office.database.read() as session:
            found = queue(session, filter="all", person_id=staff.person.id, now=market.now)
            counts = queue_counts(session, staff.person.id, market.now)
        assert len(found) == counts["all"] == counts["report"]
        return {line.case_ref for line in found}, counts["mine"]

    assert seen(story.ola) == ({omars, tims}, 0)
    market.make(lambda work: _joins(work, story.stacy, story.ola))
    assert seen(story.ola) == ({omars}, 0), "Stacy has a contract with Tim, and none with Omar"
    market.make(lambda work: _joins(work, story.tim, story.rae))
    assert seen(story.rae) == (set(), 0), "Tim's own case, and that of his client"


def _opened(work: Work, market: Market, party: Party) -> str:
    case = open_case(work, party.account.id, [])
    open_item(work, case, "report", f"R-{case.ref}", market.now + timedelta(days=1))
    return case.ref


def _joins(work: Work, party: Party, staff: Staff) -> None:
    add(work, Member(account_id=party.account.id, person_id=staff.person.id, role="worker"))
