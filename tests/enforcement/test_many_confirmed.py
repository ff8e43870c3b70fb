"""Decisions of a file that act first are confirmed together, each with a statement of its own, and nothing else is."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.cases.models import Case
from portal.cases.queries import draft_and_version
from portal.enforcement.many_checks import files_became_drafts_whole, together_is_interim
from portal.enforcement.many_models import BatchConfirmation
from portal.enforcement.models import Statement
from portal.enforcement.operations import ask_first, issue_action, propose_action, save_action_draft
from portal.enforcement.queries import standing
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.enforcement.many import confirm, first, refs, row, send
from tests.factories.market import Party, refused


def test_interim_ones_are_confirmed_one_by_one_each_with_its_own_statement(desk: Desk, people: list[Party]) -> None:
    batch = send(desk, [first(desk, one) for one in people])
    for ref in refs(desk, batch):
        confirm(desk, batch, ref)
    with desk.office.database.read() as session:
        now = desk.office.clock()
        assert [standing(session, one.account.id, now).state for one in people] == ["suspended"] * 3
        assert session.scalar(select(func.count()).select_from(Statement)) == 3
        assert session.scalar(select(func.count()).select_from(BatchConfirmation)) == 3
        assert list(together_is_interim(session)) == []
        assert list(files_became_drafts_whole(session)) == []
        told = [len(session.scalars(select(Notice).where(Notice.recipient_id == one.person.id)).all()) for one in people]
        assert told == [1, 1, 1]


def test_pressing_again_does_nothing_twice(desk: Desk, people: list[Party]) -> None:
    batch = send(desk, [first(desk, people[0])])
    ref = refs(desk, batch)[0]
    confirm(desk, batch, ref)
    assert refused(lambda: confirm(desk, batch, ref)) == "not_draft"
    with desk.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Statement)) == 1


def test_nothing_that_is_not_interim_is_confirmed_together(desk: Desk, people: list[Party]) -> None:
    """Also not when the person was heard, and it could be issued by itself at this moment."""
    batch = send(desk, [row(desk, people[0])])
    ref = refs(desk, batch)[0]
    with desk.office.database.read() as session:
        case = session.get_one(Case, desk.action(ref).case_id).ref
    assert refused(lambda: confirm(desk, batch, ref)) == "not_asked"
    desk.market.do(
        ask_first, desk.story.rae.actor, case_ref=case, clause_version_id=desk.clause(), question="What happened?", days=5
    )
    desk.later(days=6)
    assert refused(lambda: confirm(desk, batch, ref)) == "not_interim"
    assert desk.action(ref).status == "draft"


def test_what_was_changed_since_it_was_seen_is_not_confirmed(desk: Desk, people: list[Party]) -> None:
    batch = send(desk, [first(desk, people[0])])
    ref, rae = refs(desk, batch)[0], desk.story.rae
    with desk.office.database.read() as session:
        fields, _ = draft_and_version(session, rae.person.id, "action", ref)
    assert fields
    desk.market.do(save_action_draft, rae.actor, action_ref=ref, fields=fields | {"weighed": "Only this."})
    assert refused(lambda: confirm(desk, batch, ref)) == "stale"
    confirm(desk, batch, ref, draft=2)


def test_only_whoever_has_it_confirms_it_and_only_with_its_file(desk: Desk, people: list[Party]) -> None:
    batch, other = send(desk, [first(desk, people[0])]), send(desk, [first(desk, people[1])])
    ref = refs(desk, batch)[0]
    assert refused(lambda: confirm(desk, batch, ref, who=desk.story.ola)) == "stale"
    assert refused(lambda: confirm(desk, other, ref)) == "not_found"
    desk.join(desk.story.rae, people[0])
    assert refused(lambda: confirm(desk, batch, ref)) == "conflicted"


def test_a_second_person_is_needed_for_what_always_needs_one(desk: Desk, people: list[Party]) -> None:
    batch = send(desk, [row(desk, people[0], measure="termination")])
    ref, rae = refs(desk, batch)[0], desk.story.rae
    with desk.office.database.read() as session:
        fields, _ = draft_and_version(session, rae.person.id, "action", ref)
        case = session.get_one(Case, desk.action(ref).case_id).ref
    desk.market.do(ask_first, rae.actor, case_ref=case, clause_version_id=desk.clause(), question="What happened?", days=5)
    desk.later(days=6)
    issue = {"action_ref": ref, "version": 1, "fields": fields}
    assert refused(lambda: desk.market.do(issue_action, desk.story.rae.actor, **issue)) == "measure_not_permitted"
    desk.market.do(propose_action, desk.story.rae.actor, **issue)
