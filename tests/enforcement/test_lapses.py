"""What ends by itself: a suspension by its date, told once to the person and to exactly those who were told."""

from datetime import timedelta

from sqlalchemy import select

from portal.cases.clocks import run_due
from portal.cases.hands import CONDUCT, open_items
from portal.cases.models import Case, WorkItem
from portal.core.access import WORKER
from portal.core.migrate import migrate
from portal.enforcement.before_checks import what_came_first_is_decided
from portal.enforcement.operations import discard_action
from portal.enforcement.queries import permitted, standing
from portal.enforcement.rules import State
from portal.notices.models import Notice
from portal.rulebook.queries import cited_clause
from portal.settings import ROOT
from tests.enforcement.conftest import Desk
from tests.enforcement.test_checks import break_it


def settle(desk: Desk) -> int:
    with desk.office.database.write() as session:
        work = desk.office.work(session, WORKER)
        return run_due(work, list(session.scalars(select(Case.id))), [desk.story.tim.account.id])


def test_suspension_ends_by_its_date_and_everybody_hears_once(desk: Desk) -> None:
    ref = desk.ready()
    desk.issue(ref)
    desk.later(days=21)
    settle(desk)
    settle(desk)
    with desk.office.database.read() as session:
        told = session.scalars(select(Notice).where(Notice.about_ref == ref, Notice.kind == "action_changed")).all()
        before = session.scalars(select(Notice).where(Notice.about_ref == ref, Notice.kind == "counterpart_action")).all()
        assert standing(session, desk.story.tim.account.id, desk.market.now).state == State.GOOD
    assert sorted(n.recipient_id for n in told if n.corrects_id) == sorted(n.recipient_id for n in before)
    assert {n.corrects_id for n in told if n.corrects_id} == {n.id for n in before}
    assert any("Tim Okafor is available again." in (n.body or "") for n in told) and len(told) == 3


def test_ended_action_still_counts_on_the_ladder(desk: Desk) -> None:
    desk.issue(desk.ready())
    desk.later(days=30)
    with desk.office.database.read() as session:
        case = session.scalars(select(Case)).one()
        clause = cited_clause(session, desk.clause())
        assert clause is not None
        found = permitted(session, case, clause, desk.market.now)
    assert (found.occurrence, found.measures, found.max_days) == (2, ("suspension", "termination"), 90)


def test_interim_action_lapses_after_72_hours(desk: Desk) -> None:
    clause = str(desk.clause("threats"))
    ref = desk.start("threats")
    desk.issue(ref, interim=True, clause_version_id=clause)
    with desk.office.database.read() as session:
        state = standing(session, desk.story.tim.account.id, desk.market.now)
        bodies = session.scalars(select(Notice.body).where(Notice.kind == "counterpart_action")).all()
    assert state.state == State.SUSPENDED and all("We decided" not in (body or "") for body in bodies)
    desk.later(hours=72)
    settle(desk)
    with desk.office.database.read() as session:
        assert standing(session, desk.story.tim.account.id, desk.market.now).state == State.GOOD


def waiting(desk: Desk) -> list[tuple[str, str, object, object]]:
    """What of the case's conduct waits: kind, of what, until when, with whom."""
    with desk.office.database.read() as session:
        case = session.scalars(select(Case).where(Case.ref == desk.case_ref)).one()
        return [(one.kind, one.subject_ref, one.due_at, one.assignee_id) for one in open_items(session, case.id, CONDUCT)]


def test_where_we_acted_first_asking_and_deciding_wait_in_the_queue(desk: Desk) -> None:
    """Else nobody would be asked, and whoever reported would never be answered."""
    clause, rae = str(desk.clause("threats")), desk.story.rae
    first = desk.start("threats")
    desk.issue(first, interim=True, clause_version_id=clause)
    line = ("interim", first, desk.market.now + timedelta(hours=72), rae.person.id)
    assert waiting(desk) == [line], "with whoever acted, until it would end by itself"
    desk.later(hours=1)
    dropped = desk.start("threats")
    assert [kind for kind, *_rest in waiting(desk)] == ["action"], "a draft stands in its place"
    desk.market.do(discard_action, rae.actor, action_ref=dropped)
    assert waiting(desk) == [line]
    asked = desk.ask(key="threats")
    assert waiting(desk) == [], "while the person answers nothing waits for us"
    desk.answer(asked)
    assert [kind for kind, *_rest in waiting(desk)] == ["question"]
    second = desk.start("threats")
    desk.issue(second, clause_version_id=clause)
    assert waiting(desk) == []


def test_what_we_did_first_and_lapsed_still_waits_for_a_decision(desk: Desk) -> None:
    first = desk.start("threats")
    desk.issue(first, interim=True, clause_version_id=str(desk.clause("threats")))
    desk.later(hours=80)
    settle(desk)
    assert [(kind, ref) for kind, ref, *_rest in waiting(desk)] == [("interim", first)]


def test_what_came_first_before_there_was_a_line_for_it_gets_one(desk: Desk) -> None:
    first = desk.start("threats")
    desk.issue(first, interim=True, clause_version_id=str(desk.clause("threats")))
    ends_at = desk.action(first).ends_at
    break_it(desk, "work_item", "DELETE FROM work_item")
    with desk.office.database.read() as session:
        assert [*what_came_first_is_decided(session)] == [f"action {first} came first, and nothing of it waits to be decided"]
    [step] = (ROOT / "migrations").glob("*_acted_first_waits.py")
    for _again in range(2):
        migrate(desk.office.database, f"{int(step.name[:4]) - 1:04}")
        migrate(desk.office.database)
        assert waiting(desk) == [("interim", first, ends_at, None)]
    with desk.office.database.read() as session:
        item = session.scalars(select(WorkItem)).one()
        clause = cited_clause(session, desk.clause("threats"))
        assert clause is not None and item.clause_id == clause.clause_id and [*what_came_first_is_decided(session)] == []


def test_full_action_replaces_the_interim_one(desk: Desk) -> None:
    clause = str(desk.clause("threats"))
    first = desk.start("threats")
    desk.issue(first, interim=True, clause_version_id=clause)
    desk.later(hours=1)
    desk.answer(desk.ask(key="threats"))
    second = desk.start("threats")
    desk.issue(second, clause_version_id=clause)
    assert desk.action(second).supersedes_id == desk.action(first).id and desk.action(second).occurrence == 1
    with desk.office.database.read() as session:
        in_effect = standing(session, desk.story.tim.account.id, desk.market.now).actions
    assert [action.ref for action in in_effect] == [second]
