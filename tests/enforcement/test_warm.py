"""What is proven of citations is read from the rows, whatever a process that has run for days remembers of a clause."""

from sqlalchemy import select, update

from portal.enforcement.checks import actions_cite_what_bound
from portal.rulebook.models import ClauseVersion, Policy, PolicyVersion
from portal.rulebook.queries import cited_clause
from tests.enforcement.conftest import Desk
from tests.log.making import unguarded


def found(desk: Desk) -> list[str]:
    with desk.office.database.read() as session:
        return list(actions_cite_what_bound(session))


def test_a_clause_that_was_moved_to_another_policy_is_found(desk: Desk) -> None:
    clause_version_id = desk.clause()
    desk.issue(desk.ready())
    with desk.office.database.read() as session:
        assert cited_clause(session, clause_version_id) is not None
        other = session.scalars(
            select(PolicyVersion.id).join(Policy).where(Policy.slug == "our-promises").order_by(PolicyVersion.effective_on)
        ).first()
    assert found(desk) == []
    moved = update(ClauseVersion).where(ClauseVersion.id == clause_version_id).values(version_id=other, ordinal=9_999)
    with unguarded(desk.office) as connection:
        connection.execute(moved)
    assert len(found(desk)) == 2
