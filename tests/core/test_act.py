"""The one way to write: once per key, all or nothing, in turn."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from portal.accounts.models import Person
from portal.accounts.operations import add_person
from portal.act import Office, act
from portal.core.access import OPERATOR
from portal.core.errors import RuleBroken
from portal.core.ids import new_token
from portal.core.work import Work


def add_somebody(work: Work, *, name: str, fail: bool = False) -> dict[str, str]:
    person = add_person(work, name=name, email=None)
    work.db.flush()
    if fail:
        raise RuleBroken("refused", "No.")
    return {"person": str(person.id)}


def people(office: Office) -> int:
    with office.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0


def test_the_same_key_is_one_act(office: Office) -> None:
    answers = [act(office, add_somebody, OPERATOR, "key", name="Tim") for _ in range(4)]
    assert len({answer["person"] for answer in answers}) == 1
    assert people(office) == 1


def test_the_same_key_with_other_content_is_refused(office: Office) -> None:
    act(office, add_somebody, OPERATOR, "key", name="Tim")
    with pytest.raises(RuleBroken, match="key_reused"):
        act(office, add_somebody, OPERATOR, "key", name="Tom")


def test_a_refused_act_leaves_nothing_behind(office: Office) -> None:
    with pytest.raises(RuleBroken, match="refused"):
        act(office, add_somebody, OPERATOR, "key", name="Tim", fail=True)
    assert people(office) == 0
    assert act(office, add_somebody, OPERATOR, "key", name="Tim")


def at_once(count: int, job: Any) -> list[Any]:
    """Runs the job in that many threads that start together; returns answers and errors."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = job(index)
        except Exception as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return results


def test_twenty_presses_at_once_are_one_act(office: Office) -> None:
    answers = at_once(20, lambda _: act(office, add_somebody, OPERATOR, "key", name="Tim"))
    assert len({str(answer) for answer in answers}) == 1
    assert people(office) == 1


def test_twenty_different_acts_at_once_all_happen(office: Office) -> None:
    answers = at_once(20, lambda i: act(office, add_somebody, OPERATOR, new_token()[:20], name=f"P{i}"))
    assert all(isinstance(answer, dict) for answer in answers)
    assert people(office) == 20
