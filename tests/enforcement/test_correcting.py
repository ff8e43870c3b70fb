"""Correcting the letter about a decision: a new statement supersedes, nothing more is taken, the time to appeal begins anew."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Role
from portal.enforcement.corrected import waiting_correction
from portal.enforcement.models import Citation, Signature, Statement
from portal.enforcement.operations import correct_action, lift_action, return_correction, sign_correction
from portal.enforcement.queries import citations_of
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.enforcement.test_changing import days_later
from tests.enforcement.test_cosigning import open_kinds
from tests.enforcement.test_ending import end, heard, suspended, violations
from tests.factories.market import Staff, refused

WHY = "The letter said 12 November, and it was the 11th. Nothing else changes."
NEW_FACTS = "Stacy paid the first milestone of $400 on 11 November. One drawing came, and no message was answered since."
KINDER = {"spoke_for": "Three good years, and he wrote to us within a day."}


def correct(desk: Desk, ref: str, by: Staff | None = None, **other: Any) -> dict[str, Any]:
    args = {"action_ref": ref, "version": desk.action(ref).version, "fields": KINDER, "reason": WHY} | other
    return desk.market.do(correct_action, (by or desk.story.rae).actor, **args)


def sign_it(desk: Desk, ref: str, by: Staff | None = None, operation: Any = sign_correction) -> dict[str, Any]:
    return desk.market.do(operation, (by or desk.story.ola).actor, action_ref=ref, reason="I have read both letters.")


def letters(desk: Desk, ref: str) -> list[dict[str, Any]]:
    with desk.office.database.read() as session:
        rows = session.scalars(select(Statement).where(Statement.action_id == desk.action(ref).id).order_by(Statement.n)).all()
        return [json.loads(row.record or "{}") for row in rows]


def told(desk: Desk) -> list[str]:
    with desk.office.database.read() as session:
        found = session.scalars(select(Notice).where(Notice.kind == "statement").order_by(Notice.created_at, Notice.id))
        return [one.body or "" for one in found]


def test_words_beside_the_facts_are_corrected_alone(desk: Desk) -> None:
    ref = suspended(desk)
    days_later(desk, 2)
    assert correct(desk, ref) == {"action": ref, "waits": False}
    first, second = letters(desk, ref)
    assert second["spoke_for"] == KINDER["spoke_for"] and first["spoke_for"] == "Three good years."
    assert second["changed"]["corrected"] == ["spoke_for"] and second["changed"]["reason"] == WHY
    same = set(first) - {"spoke_for", "redress"}
    assert {name: second[name] for name in same} == {name: first[name] for name in same}
    assert WHY in told(desk)[-1] and len(told(desk)) == 2 and heard(desk) == []
    with desk.office.database.read() as session:
        assert len(citations_of(session, desk.action(ref))) == 1 == len(session.scalars(select(Citation)).all())
    assert violations(desk) == []


def test_what_it_rests_on_needs_a_second_person(desk: Desk) -> None:
    ref = suspended(desk)
    assert correct(desk, ref, fields={"facts": NEW_FACTS})["waits"] is True
    assert len(letters(desk, ref)) == 1 and "cosignature" in open_kinds(desk)
    assert refused(lambda: sign_it(desk, ref, by=desk.story.rae)) == "own_proposal"
    assert refused(lambda: correct(desk, ref)) == "waiting"
    sign_it(desk, ref)
    second = letters(desk, ref)[1]
    assert second["facts"] == NEW_FACTS and second["changed"]["co_signed_by"] != second["changed"]["by"]
    assert "cosignature" not in open_kinds(desk)
    with desk.office.database.read() as session:
        now = citations_of(session, desk.action(ref))
        assert [one.facts for one in now] == [NEW_FACTS] and len(session.scalars(select(Citation)).all()) == 2
        seconds = session.scalars(select(Signature.person_id).where(Signature.signed_as == "cosigner")).all()
        assert seconds == [desk.story.ola.person.id]
    assert refused(lambda: sign_it(desk, ref)) == "not_waiting" and violations(desk) == []


def test_neither_who_wrote_it_nor_who_signed_the_decision_is_its_second_person(desk: Desk) -> None:
    """A lead corrects what Rae decided: for the facts as they are now, both have stood already."""
    ref, lee = suspended(desk), desk.market.staff("Lee Marsh", Role.LEAD)
    assert correct(desk, ref, by=lee, fields={"facts": NEW_FACTS})["waits"] is True
    for by in (lee, desk.story.rae):
        assert refused(lambda by=by: sign_it(desk, ref, by=by)) == "own_proposal"
    sign_it(desk, ref)
    assert letters(desk, ref)[1]["facts"] == NEW_FACTS and violations(desk) == []


@pytest.mark.parametrize("by", ["ola", "rae"])
def test_returned_or_taken_back_leaves_the_letter_and_can_be_written_again(desk: Desk, by: str) -> None:
    ref = suspended(desk)
    correct(desk, ref, fields={"facts": NEW_FACTS})
    sign_it(desk, ref, by=getattr(desk.story, by), operation=return_correction)
    assert len(letters(desk, ref)) == 1 and "cosignature" not in open_kinds(desk)
    correct(desk, ref, fields={"facts": NEW_FACTS})
    sign_it(desk, ref)
    assert len(letters(desk, ref)) == 2 and violations(desk) == []


def test_nobody_signs_in_time_and_it_is_dropped(desk: Desk) -> None:
    ref = suspended(desk)
    correct(desk, ref, fields={"facts": NEW_FACTS})
    days_later(desk, 6)
    assert "cosignature" not in open_kinds(desk) and len(letters(desk, ref)) == 1
    with desk.office.database.read() as session:
        assert waiting_correction(session, desk.action(ref)) is None
    assert violations(desk) == []


def test_decision_that_is_over_drops_its_correction(desk: Desk) -> None:
    ref = suspended(desk)
    correct(desk, ref, fields={"facts": NEW_FACTS})
    end(desk, ref, lift_action)
    assert refused(lambda: sign_it(desk, ref)) == "not_waiting" and "cosignature" not in open_kinds(desk)
    assert refused(lambda: correct(desk, ref)) == "nothing_to_correct" and violations(desk) == []


def test_refusals(desk: Desk) -> None:
    ref, day = suspended(desk), desk.market.day
    assert refused(lambda: correct(desk, ref, fields={})) == "nothing_corrected"
    assert refused(lambda: correct(desk, ref, reason=" ")) == "reason_missing"
    assert refused(lambda: correct(desk, ref, version=1)) == "stale"
    assert refused(lambda: correct(desk, ref, fields={"facts": "Too short."})) == "facts_too_short"
    assert refused(lambda: correct(desk, ref, fields={"conduct_from": day(700).isoformat()})) == "unbound"
    assert refused(lambda: correct(desk, ref, by=desk.market.staff("Kim Sato"))) == "with_nobody"
    assert correct(desk, ref, by=desk.market.staff("Lee Marsh", Role.LEAD))["waits"] is False


def test_measure_and_end_are_never_in_it(desk: Desk) -> None:
    ref = suspended(desk)
    correct(desk, ref, fields=KINDER | {"measure": "termination", "ends_on": desk.market.day(-60).isoformat()})
    first, second = letters(desk, ref)
    assert (first["measure"], first["ends_at"]) == (second["measure"], second["ends_at"]) and violations(desk) == []
