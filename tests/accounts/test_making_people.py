"""Who makes people who can sign in, and gives them a second factor: the operator, or who manages staff."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select, update

from portal.accounts import queries
from portal.accounts.models import Person, StaffRole
from portal.accounts.operations import add_person, set_totp
from portal.accounts.passwords import password_fits
from portal.act import Office, act
from portal.app import create_app
from portal.core.access import OPERATOR, Actor, Role
from portal.core.errors import NotAllowed
from portal.core.ids import new_id
from portal.core.work import Work
from portal.settings import load_settings
from tests.factories.market import Market
from tests.factories.told import SECRET


def anew(work: Work) -> dict[str, str]:
    return {"person": str(add_person(work, name="Rae", email="rae@example.org").id)}


def with_secret(work: Work, *, person_id: str) -> dict[str, str]:
    return {"factor": str(set_totp(work, person_id=new_id(), secret="A" * 32).id), "person": person_id}


@pytest.mark.parametrize("role", [Role.PERSON, Role.LINK, Role.REVIEWER, Role.LEAD, Role.AUDITOR, Role.WORKER])
def test_nobody_else_makes_people_or_gives_them_a_factor(office: Office, role: Role) -> None:
    person_id = act(office, anew, OPERATOR, "one")["person"]
    actor = Actor("somebody", frozenset({role}), new_id())
    with pytest.raises(NotAllowed, match="not_allowed"):
        act(office, anew, actor, "two")
    with pytest.raises(NotAllowed, match="not_allowed"):
        act(office, with_secret, actor, "three", person_id=person_id)


def test_a_reviewer_can_be_from_outside_and_nobody_else_at_the_desk(office: Office, tmp_path: Path) -> None:
    settings = load_settings({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_SECRET_KEY": SECRET})
    app = create_app(settings, clock=office.clock, database=office.database)
    with app.app_context():
        add = ["staff", "add", "kim@example.org", "--name", "Kim Sato", "--external", "--password", "a long sentence to keep"]
        runner = app.test_cli_runner()
        assert "Only a reviewer can be marked as external." in runner.invoke(args=[*add, "--role", "lead"]).output
        assert runner.invoke(args=add).exit_code == 0
        [made] = re.findall("Password: (.+)", runner.invoke(args=["staff", "add", "bo@example.org", "--name", "Bo"]).output)
    with office.database.read() as session:
        person = session.scalars(select(Person).where(Person.name == "Bo")).one()
        assert password_fits(person.password_hash, made), "without a terminal one is made and printed"
        roles = session.execute(select(StaffRole.role, StaffRole.external).order_by(StaffRole.id)).all()
        assert roles == [("reviewer", True), ("reviewer", False)]


def test_no_two_at_the_desk_have_one_handle(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also not one of those who left: a handle stands on the record for whoever had it."""
    drawn = iter(["-7K2", "-7K2", "-9QX", "-9QX", "-7K2", "-4TB"])
    monkeypatch.setattr(queries, "new_ref", lambda *_: next(drawn))
    first, second = market.staff("Rae"), market.staff("Ola")
    market.make(lambda work: work.db.execute(update(StaffRole).values(ended_at=work.now)))
    assert [first.handle, second.handle, market.staff("Kim").handle] == ["7K2", "9QX", "4TB"]
