"""Who makes people who can sign in, and gives them a second factor: the operator, or who manages staff."""

import pytest

from portal.accounts.operations import add_person, set_totp
from portal.act import Office, act
from portal.core.access import OPERATOR, Actor, Role
from portal.core.errors import NotAllowed
from portal.core.ids import new_id
from portal.core.work import Work


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
