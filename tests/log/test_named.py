"""A new row that an event has to vouch for is named by an event of the act that wrote it, or nothing of that act is kept."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from portal.accounts.models import Person
from portal.act import Office, act
from portal.core.access import OPERATOR
from portal.core.ids import new_id
from portal.core.work import Work
from portal.log.models import Event
from portal.log.operations import add, record
from portal.notices.models import Informed, InformedHow, Notice
from portal.notices.operations import tell
from tests.notices.making import people, simple


def left_out(work: Work, *, count: int, by: str) -> dict[str, Any]:
    """Tells everybody of one event, which names so many of the notices; another one names the rest, or nobody does."""
    event_id, persons = new_id(), list(work.db.scalars(select(Person).order_by(Person.id)))
    told = tell(work, event_id=event_id, kind="statement", recipients=persons, account_id=None, about_ref="A-1",
                target="/me/actions/A-1", compose=simple)
    others = [] if by == "nobody" else told[count:]
    events: list[tuple[UUID, list[Notice]]] = [(event_id, told[:count]), (new_id(), others)]
    for key, rows in events if by != "the one before" else reversed(events):
        record(work, "test.told", "A-1", rows=rows, event_id=key)
    return {}


def kept(office: Office) -> tuple[int, int]:
    with office.database.read() as session:
        found = [session.scalar(select(func.count()).select_from(one)) or 0 for one in (Event, Notice)]
    return found[0], found[1]


def unvouched(work: Work) -> dict[str, Any]:
    """Writes that somebody is informed, without any event."""
    add(work, Informed(notice_id=new_id(), at=work.now, how=InformedHow.OPENED))
    return {}


def test_whatever_an_event_has_to_vouch_for_is_named(office: Office) -> None:
    with pytest.raises(RuntimeError, match="no event names these new rows: informed"):
        act(office, unvouched, OPERATOR, "bare")


@pytest.mark.parametrize("by", ["nobody", "the next one", "the one before"])
def test_a_notice_is_named_by_the_event_that_made_it(office: Office, by: str) -> None:
    people(office, 2)
    before = kept(office)
    with pytest.raises(RuntimeError, match="no event names these new rows: notice"):
        act(office, left_out, OPERATOR, "cut", count=1, by=by)
    assert kept(office) == before


def test_what_every_event_names_is_kept(office: Office) -> None:
    people(office, 2)
    before = kept(office)
    act(office, left_out, OPERATOR, "whole", count=2, by="nobody")
    assert kept(office) == (before[0] + 2, 2)
