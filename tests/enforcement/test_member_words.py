"""What is written about one member of an account speaks of their access to it, in each language, whatever becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Person
from portal.appeals.models import Appeal
from portal.appeals.operations import decide_appeal, file_appeal
from portal.appeals.queries import grounds_of
from portal.core.i18n import language
from portal.enforcement.operations import co_sign, lift_action, propose_action, start_action, withdraw_action
from portal.enforcement.queries import statement_of
from portal.notices.models import Notice
from tests.appeals.conftest import BODY
from tests.enforcement.conftest import Desk
from tests.enforcement.test_changing import settle
from tests.enforcement.test_members import decided, joined
from tests.factories.market import Party

NEVER = ("your account", "su cuenta")


def of(party: Party, desk: Desk) -> list[Notice]:
    with desk.office.database.read() as session:
        query = select(Notice).where(Notice.recipient_id == party.person.id).order_by(Notice.id)
        return list(session.scalars(query))


def lifted(desk: Desk, member: Any) -> str:
    ref = decided(desk, member)
    desk.market.do(lift_action, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, reason="It has come.")
    return ref


def taken_back(desk: Desk, member: Any) -> str:
    desk.answer(desk.ask(member_id=member))
    ref = str(desk.market.do(
        start_action, desk.story.rae.actor, case_ref=desk.case_ref, clause_version_id=desk.clause(), member_id=member
    )["action"])
    fields = desk.form(measure="termination", ends_on="")
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="I have read all of it.")
    desk.market.do(withdraw_action, desk.story.rae.actor, action_ref=ref, version=desk.action(ref).version, reason="It has come.")
    return ref


def ended(desk: Desk, member: Any) -> str:
    ref = decided(desk, member)
    desk.later(days=25)
    settle(desk)
    return ref


def answered(outcome: str, days: int = 0) -> Callable[[Desk, Any], str]:
    def make(desk: Desk, member: Any) -> str:
        ref = decided(desk, member)
        desk.market.do(file_appeal, desk.story.tim.actor, action_ref=ref, grounds=["other"], body=BODY)
        desk.later(days=days)
        settle(desk)
        with desk.office.database.read() as session:
            appeal = session.scalars(select(Appeal)).one()
            answers = {ground.key: "We looked at this." for ground in grounds_of(session, appeal)}
        desk.market.do(
            decide_appeal, desk.story.ola.actor, appeal_ref=appeal.ref, version=appeal.version, outcome=outcome,
            ground_answers=answers, exhibits_considered={}, reasons="We read it.", our_error="We mixed up two people.",
            new_ends_on=desk.market.day(-1) if outcome == "partially_reversed" else None,
        )
        return ref

    return make


WAYS = {
    "lifted": (lifted, "can work in the account Tim Okafor as before"),
    "taken back": (taken_back, "The place of Mia Lund in the account Tim Okafor does not end"),
    "ended": (ended, "can work in the account Tim Okafor as before"),
    "overturned": (answered("reversed"), "can work in the account Tim Okafor as before"),
    "paused and upheld": (answered("upheld", days=15), "has no effect from now on"),
    "shortened": (answered("partially_reversed"), "It now ends with the end of"),
}


@pytest.mark.parametrize("code", ["en", "es"])
@pytest.mark.parametrize("way", WAYS)
def test_it_speaks_of_their_access(desk: Desk, way: str, code: str) -> None:
    (mia, her), (make, words) = joined(desk, "Mia Lund"), WAYS[way]
    for party in (mia, desk.story.tim):
        desk.market.make(lambda work, party=party: setattr(work.db.get_one(Person, party.person.id), "language", code))
    ref = make(desk, her)
    read = [one for party in (mia, desk.story.tim) for one in of(party, desk) if ref in (one.body or "") + (one.subject or "")]
    assert {one.recipient_id for one in read} == {mia.person.id, desk.story.tim.person.id}
    text = "\n".join(f"{one.subject}\n{one.body}\n{one.mail_body}" for one in read)
    assert not [one for one in NEVER if one in text.casefold()], text
    assert words in text if code == "en" else language("es").code == "es" and words not in text


def test_the_rule_is_quoted_in_the_language_of_the_member(desk: Desk) -> None:
    """The letter is about what they did: the owner may speak another language."""
    member, place = joined(desk, "Mia Lund")
    desk.market.make(lambda work: setattr(work.db.get_one(Person, member.person.id), "language", "es"))
    ref = decided(desk, place)
    with desk.office.database.read() as session:
        record, _row = statement_of(session, ref)
    assert record is not None and record["person_language"] == "es"
    assert record["rule"]["translation"]["language"] == "es" and record["rule"]["language"] == "en"
