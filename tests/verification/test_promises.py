"""Second persons, three tries and then a person, and what follows when we are late."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.cases.models import Clock
from portal.core.access import WORKER, Role
from portal.core.ids import new_id
from portal.log import checks as log
from portal.log.sequencer import sequence
from portal.verification.models import Request, RequestSignature
from portal.verification.operations import co_sign_request, finish_talk, return_request
from portal.worker import settle
from tests.factories.market import Market, Story, refused
from tests.verification.making import Checks

WHY = "The bank asks for it anew, and I have seen its letter."
NEW: dict[str, Any] = {"new_reason": "law_asks", "new_words": "Tax law, section 93, asks for a new copy."}


def asked_thrice(checks: Checks) -> dict[str, Any]:
    item_ref = checks.accepted()
    checks.accepted(**NEW)
    made = checks.ask(**NEW)
    assert made["item"] == item_ref
    return made


def test_the_third_request_waits_for_a_second_person(checks: Checks, market: Market, story: Story) -> None:
    made = asked_thrice(checks)
    assert made["needs_signature"] is True
    assert len(checks.notices("identity_asked")) == 2, "nobody outside hears of it"
    sign = {"request_ref": made["request"], "reason": WHY}
    assert refused(lambda: market.do(co_sign_request, story.rae.actor, **sign)) == "own_request"
    assert refused(lambda: checks.ask(story.ola, **NEW)) == "unsigned"
    market.do(co_sign_request, story.ola.actor, **sign)
    assert (len(checks.notices("identity_asked")), checks.view(made["item"]).item.asked_count) == (3, 3)
    assert refused(lambda: market.do(return_request, story.ola.actor, **sign)) == "answered"
    assert checks.lines() == []


def test_a_returned_request_never_reaches_the_person(checks: Checks, market: Market, story: Story) -> None:
    made = asked_thrice(checks)
    market.do(return_request, story.ola.actor, request_ref=made["request"], reason="Nothing has changed since last time.")
    view = checks.view(made["item"])
    assert (view.item.state, view.item.asked_count, view.pending) == ("accepted", 2, None)
    assert checks.ask(story.ola, **NEW)["needs_signature"] is True


def test_a_request_that_nobody_signs_lapses(checks: Checks, market: Market) -> None:
    made = asked_thrice(checks)
    market.office.clock.advance(days=5)
    market.do(settle, WORKER, case_ref=checks.case_ref)
    assert checks.view(made["item"]).pending is None
    assert checks.lines() == []


def test_the_database_knows_who_a_second_person_is(checks: Checks, market: Market, story: Story) -> None:
    made = asked_thrice(checks)
    with market.office.database.read() as session:
        request = session.scalars(select(Request).where(Request.ref == made["request"])).one()
    signature = RequestSignature(
        id=new_id(), created_at=market.now, request_id=request.id, asked_by_id=request.asked_by_id,
        person_id=request.asked_by_id, outcome="signed", at=market.now, reason_sha256="0" * 64,
    )
    with pytest.raises(DBAPIError, match="ck_verification_signature_second_person"), market.office.database.write() as session:
        session.add(signature)


def test_after_three_tries_a_person_talks_and_there_is_no_last_try(checks: Checks, market: Market, story: Story) -> None:
    item_ref = checks.ask()["item"]
    talks = []
    for _ in range(3):
        checks.send(item_ref)
        talks.append(checks.reject(item_ref)["talk"])
    assert talks == [False, False, True]
    assert checks.lines() == [("identity_talk", item_ref)]
    assert "There is no last try" in (checks.notices("identity_rejected")[-1].body or "")
    found = {"item_ref": item_ref, "found": "A notary near Tim confirms it; we pay for it."}
    assert refused(lambda: market.do(finish_talk, story.rae.actor, **found)) == "lead_only"
    lead = market.staff("Lena Ortiz", Role.LEAD)
    market.do(finish_talk, lead.actor, **found)
    assert "A notary near Tim confirms it" in (checks.notices("identity_talked")[0].body or "")
    checks.send(item_ref)
    checks.accept(item_ref)
    assert checks.lines() == []


def test_our_silence_is_put_on_record_and_the_item_stays_unverified(checks: Checks, market: Market) -> None:
    item_ref = checks.ask()["item"]
    checks.send(item_ref)
    market.office.clock.advance(days=5)
    market.do(settle, WORKER, case_ref=checks.case_ref)
    assert checks.lines() == [("identity", item_ref)], "one line, which says that it is late"
    assert "we are late" in (checks.notices("identity_late")[0].body or "")
    with market.office.database.read() as session:
        assert session.scalars(select(Clock.result).where(Clock.kind == "identity_review")).one() == "missed"
    assert checks.view(item_ref).late and not checks.view(item_ref).holds(market.now)
    checks.accept(item_ref)
    assert (checks.view(item_ref).late, checks.lines()) == (False, [])


def test_an_answer_after_its_time_comes_with_our_lateness_on_record(checks: Checks, market: Market) -> None:
    item_ref = checks.ask()["item"]
    checks.send(item_ref)
    checks.take(item_ref)
    checks.open_all(item_ref)
    market.office.clock.advance(days=5)
    day = (market.now + timedelta(days=300)).date()
    checks.answer(item_ref, outcome="accepted", accepted_until=day)
    assert (len(checks.notices("identity_late")), checks.view(item_ref).item.state) == (1, "accepted")
    assert checks.lines() == []


def test_the_log_vouches_for_every_row(checks: Checks, market: Market, story: Story, tmp_path: Path) -> None:
    made = asked_thrice(checks)
    market.do(co_sign_request, story.ola.actor, request_ref=made["request"], reason=WHY)
    item_ref = checks.ask(item="address")["item"]
    checks.send(item_ref)
    checks.reject(item_ref)
    sequence(market.office)
    with market.office.database.read() as session:
        assert list(log.check(session, market.office.keyring, tmp_path)) == []


def test_an_answer_in_time_is_a_promise_kept(checks: Checks, market: Market) -> None:
    checks.accepted()
    with market.office.database.read() as session:
        assert session.scalars(select(Clock.result).where(Clock.kind == "identity_review")).all() == ["kept"]
