"""Amounts of a contract are told only to who looks after the money of a side: whoever works there hears what applies, without."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.accounts.joining import record_member
from portal.accounts.models import MemberRole, Person
from portal.enforcement.operations import lift_action
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.enforcement.test_extending import broken, holding, propose, sign
from tests.enforcement.test_lapses import settle

TOLD = {"counterpart_action", "action_changed"}
OF_MONEY = {"hold_extended", "hold_ended"}
SIGN = "$"


def joined(desk: Desk, role: MemberRole) -> Person:
    """Somebody more in the account of the client, whose own dispute and money are in the contract too."""
    person = desk.market.party(f"{role.title()} Lind").person
    desk.market.make(lambda work: record_member(work, desk.story.omar.account, person, role))
    desk.market.make(lambda work: record_member(work, desk.story.stacy.account, person, role))
    return person


def heard(desk: Desk, person: Person) -> dict[str, str]:
    with desk.office.database.read() as session:
        found = session.scalars(select(Notice).where(Notice.recipient_id == person.id).order_by(Notice.id)).all()
    return {one.kind: f"{one.subject} {one.body} {one.mail_body}" for one in found}


@pytest.mark.parametrize("how", ["lapses", "lifted"])
def test_who_only_works_hears_no_amount_from_the_decision_to_its_end(desk: Desk, how: str) -> None:
    worker, finance = (joined(desk, role) for role in (MemberRole.WORKER, MemberRole.FINANCE))
    ref = holding(desk)
    propose(desk, ref)
    sign(desk, ref)
    if how == "lifted":
        desk.market.do(lift_action, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, reason="It is over.")
    else:
        desk.later(days=70)
        settle(desk)
    seen, known = heard(desk, worker), heard(desk, finance)
    assert seen.keys() >= TOLD and not OF_MONEY & seen.keys() and not [text for text in seen.values() if SIGN in text], seen
    assert known.keys() >= TOLD and OF_MONEY & known.keys() and SIGN in known["counterpart_action"]
    assert broken(desk) == []
