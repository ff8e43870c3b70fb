"""What verify proves: every promise, broken behind the portal's back, is found and named."""

import pytest
import sqlalchemy as sa

from portal.enforcement import checks
from tests.enforcement.conftest import FACTS, Desk

LATE = "UPDATE delivery SET delivered_at = '2027-01-01T00:00:00.000000Z', result = 'sent'"
BROKEN = [
    (checks.actions_cite_what_bound, "citation", "UPDATE citation SET conduct_from = '2023-01-01'"),
    (checks.actions_cite_what_bound, "citation", "DELETE FROM citation"),
    (checks.actions_were_said, "statement", "DELETE FROM statement"),
    (checks.actions_were_said, "statement", "UPDATE statement SET created_at = '2027-01-01T00:00:00.000000Z'"),
    (checks.restrictions_are_finite, "action", "UPDATE action SET ends_at = NULL"),
    (checks.second_person_signed, "action", "UPDATE action SET measure = 'termination'"),
    (checks.second_person_signed, "signature", "DELETE FROM signature"),
    (checks.nobody_is_told_first, "notice", "UPDATE notice SET after_id = NULL"),
    (checks.nobody_is_told_of_nothing, "delivery", LATE),
    (checks.counterparts_hear_no_facts, "notice", f"UPDATE notice SET body = 'He did it: {FACTS}'"),
]


def break_it(desk: Desk, table: str, statement: str) -> None:
    with desk.office.database.write() as session:
        if desk.office.database.is_sqlite:
            triggers = f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'"
            for name in session.scalars(sa.text(triggers)).all():
                session.execute(sa.text(f"DROP TRIGGER {name}"))
        else:
            session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        session.execute(sa.text(statement))


@pytest.mark.parametrize(("check", "table", "statement"), BROKEN)
def test_broken_promise_is_found(desk: Desk, check: checks.Check, table: str, statement: str) -> None:
    desk.issue(desk.ready())
    with desk.office.database.read() as session:
        assert list(check(session)) == []
    break_it(desk, table, statement)
    with desk.office.database.read() as session:
        assert list(check(session))
