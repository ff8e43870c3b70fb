"""Opening one notice in the inbox informs of that notice, and of no other about the same thing."""

import pytest
from sqlalchemy import select

from portal.act import Office, act
from portal.core.errors import NotFound
from portal.notices.models import Informed, InformedHow
from portal.notices.operations import open_notice
from tests.notices.making import as_person, people, told


def test_only_that_notice_is_informed_of(office: Office) -> None:
    (ana,) = people(office, 1)
    first, second = told(office, [ana])[0], told(office, [ana])[0]
    done = act(office, open_notice, as_person(ana.id), "k1", notice_id=first.id)
    again = act(office, open_notice, as_person(ana.id), "k2", notice_id=first.id)
    with office.database.read() as session:
        rows = session.scalars(select(Informed)).all()
    assert (done["informed"], again["informed"]) == (1, 0)
    assert [(row.notice_id, row.how) for row in rows] == [(first.id, InformedHow.OPENED)]
    assert second.id != first.id


def test_nobody_opens_the_notice_of_another(office: Office) -> None:
    ana, ben = people(office, 2)
    notice = told(office, [ana])[0]
    with pytest.raises(NotFound):
        act(office, open_notice, as_person(ben.id), "k1", notice_id=notice.id)
