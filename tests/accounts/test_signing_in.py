"""Signing in: passwords, codes that are good once, links that work once, sessions that end."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import update

from portal.accounts.models import Person, SecondFactor
from portal.accounts.operations import (
    add_person,
    check_totp,
    end_session,
    grant_role,
    mint_link,
    set_totp,
    sign_in,
    step_up,
    use_link,
)
from portal.accounts.passwords import hash_password, password_fits
from portal.accounts.queries import actor_of, live_factor, person_of_session, session_of, sign_in_person
from portal.act import Office, act
from portal.core.access import OPERATOR, Actor, Role
from portal.core.clock import MovedClock
from portal.core.errors import NotAllowed, NotFound, RuleBroken
from portal.core.ids import new_id, token_hash
from portal.core.work import Work

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
VISITOR = Actor("visitor", frozenset())


def staffed(work: Work) -> dict[str, str]:
    person = add_person(work, name="Rae", email="Rae@Example.org", password_hash=None)
    set_totp(work, person_id=person.id, secret=SECRET)
    grant_role(work, person_id=person.id, role="reviewer")
    return {"person": str(person.id)}


def enter(office: Office, key: str, **given: object) -> dict[str, object]:
    fields = {"email": "rae@example.org", "password_right": True, "code": "", "csrf": "c", "token_hash": token_hash(key)}
    return act(office, sign_in, VISITOR, key, **{**fields, **given})


@pytest.fixture
def staff_member(office: Office) -> None:
    act(office, staffed, OPERATOR, "staff")


@pytest.mark.usefixtures("staff_member")
class TestStaff:
    def code(self, clock: MovedClock) -> str:
        return pyotp.TOTP(SECRET).at(clock())

    def test_needs_password_and_code(self, office: Office, clock: MovedClock) -> None:
        with pytest.raises(RuleBroken, match="wrong_sign_in"):
            enter(office, "a", password_right=False, code=self.code(clock))
        with pytest.raises(RuleBroken, match="code_needed"):
            enter(office, "b")
        assert enter(office, "c", code=self.code(clock))["target"] == "/desk"

    def test_a_code_is_good_once(self, office: Office, clock: MovedClock) -> None:
        enter(office, "a", code=self.code(clock))
        with pytest.raises(RuleBroken, match="wrong_code"):
            enter(office, "b", code=self.code(clock))
        clock.advance(seconds=60)
        assert enter(office, "c", code=self.code(clock))

    def test_a_code_that_another_act_has_just_used_is_spent(self, office: Office, clock: MovedClock) -> None:
        with office.database.write() as session:
            person = sign_in_person(session, "rae@example.org")
            assert person is not None
            factor = live_factor(session, person.id, lock=True)
            assert factor is not None
            elsewhere = update(SecondFactor).values(last_counter=int(clock().timestamp()) // 30)
            session.execute(elsewhere, execution_options={"synchronize_session": False})
            assert factor.last_counter == 0, "read before the other act"
            assert not check_totp(office.work(session, OPERATOR), factor, self.code(clock))

    def test_a_session_is_worth_nothing_after_signing_out(self, office: Office, clock: MovedClock) -> None:
        enter(office, "token", code=self.code(clock))
        with office.database.read() as session:
            found = session_of(session, "token", clock())
            assert found is not None
            actor = actor_of(session, found[0])
        assert Role.REVIEWER in actor.roles
        act(office, end_session, actor, "out", session_id=found[0].id)
        with office.database.read() as session:
            assert session_of(session, "token", clock()) is None
            assert person_of_session(session, token_hash("token")) == actor.person_id
            assert person_of_session(session, token_hash("another")) is None


def test_staff_without_a_second_factor_stay_out(office: Office) -> None:
    def bare(work: Work) -> dict[str, str]:
        person = add_person(work, name="Rae", email="rae@example.org")
        grant_role(work, person_id=person.id, role="lead")
        return {}

    act(office, bare, OPERATOR, "bare")
    with pytest.raises(NotAllowed, match="factor_missing"):
        enter(office, "a")


def linked(work: Work) -> dict[str, str]:
    person: Person = add_person(work, name="Tim", email="tim@example.org")
    return {"link": mint_link(work, person_id=person.id, case_ref="C-1", target="/me/actions/A-1")}


def use(office: Office, token: str, key: str) -> dict[str, object]:
    hashes = {"link_hash": token_hash(token), "session_hash": token_hash(key)}
    return act(office, use_link, VISITOR, key, csrf="c", **hashes)


def test_a_link_works_once_and_for_one_case(office: Office, clock: MovedClock) -> None:
    token = act(office, linked, OPERATOR, "link")["link"]
    assert use(office, token, "first")["target"] == "/me/actions/A-1"
    with pytest.raises(RuleBroken, match="link_spent"):
        use(office, token, "second")
    with office.database.read() as session:
        found = session_of(session, "first", clock())
        assert found is not None
        assert actor_of(session, found[0]).roles == {Role.LINK}
        assert actor_of(session, found[0]).case_ref == "C-1"


def test_a_link_is_good_for_thirty_minutes(office: Office, clock: MovedClock) -> None:
    token = act(office, linked, OPERATOR, "link")["link"]
    clock.move_to(clock() + timedelta(minutes=30))
    with pytest.raises(RuleBroken, match="link_spent"):
        use(office, token, "late")


@pytest.mark.parametrize("whose", ["somebody else's", "over"])
def test_nobody_confirms_in_a_session_that_is_not_theirs(office: Office, clock: MovedClock, whose: str) -> None:
    person = act(office, linked, OPERATOR, "link")
    use(office, person["link"], "first")
    with office.database.read() as session:
        found = session_of(session, "first", clock())
        assert found is not None
        tim = actor_of(session, found[0])
    if whose == "over":
        act(office, end_session, tim, "out", session_id=found[0].id)
    who = tim if whose == "over" else replace(tim, person_id=new_id())
    with pytest.raises(NotFound):
        act(office, step_up, who, "up", session_id=found[0].id, password_right=True, code="", token_hash=token_hash("x"))


def test_passwords_are_hashed_and_unknown_people_fit_nothing() -> None:
    stored = hash_password("correct horse")
    assert password_fits(stored, "correct horse")
    assert not password_fits(stored, "wrong horse")
    assert not password_fits(None, "nobody has this password")
