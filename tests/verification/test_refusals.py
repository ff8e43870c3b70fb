"""What is refused, with its reason, and that nothing is stored then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from portal.accounts.models import Member
from portal.core.access import TABLE, Permission, Role
from portal.core.errors import Refusal
from portal.rulebook.queries import TERMS, binding_on, clauses_of, promise
from portal.verification.models import Request, RequestSignature, Review, Submission
from portal.verification.operations import submit_item, take_review, withdraw_request
from portal.verification.rules import CODES, NAME_DIFFERS, NEW_REASONS, named_alternatives, needs_signature
from tests.factories.market import Market, Story, refused
from tests.verification.making import FIX, INSTEAD, Checks


@pytest.mark.parametrize(("change", "code"), [
    ({"item": "blood_group"}, "unknown_item"),
    ({"purpose": "because"}, "too_short"),
    ({"alternatives": " \n "}, "no_alternatives"),
    ({"alternatives": "\n".join("abcdefg")}, "no_alternatives"),
    ({"new_reason": "i_feel_like_it"}, "unknown_reason"),
    ({"new_reason": NAME_DIFFERS}, "name_alone"),
    ({"purpose": "a\x00" * 30}, "unstorable_text"),
])
def test_a_request_that_says_too_little_is_not_made(checks: Checks, change: dict[str, str], code: str) -> None:
    assert refused(lambda: checks.ask(**change)) == code
    assert checks.every() == []
    assert checks.notices("identity_asked") == []


def test_a_promise_of_ours_is_no_rule_to_ask_under(checks: Checks, market: Market) -> None:
    ours = market.make(lambda work: promise(work, "identity_review").clause_version_id)
    assert refused(lambda: checks.ask(clause_version_id=ours)) == "no_clause"


def test_what_is_open_is_not_asked_for_twice(checks: Checks, story: Story) -> None:
    item_ref = checks.ask()["item"]
    assert refused(lambda: checks.ask(story.ola)) == "already_asked"
    checks.send(item_ref)
    assert refused(lambda: checks.ask(story.ola)) == "already_asked"
    checks.reject(item_ref)
    assert refused(lambda: checks.ask(story.ola)) == "already_asked"
    assert checks.view(item_ref).item.asked_count == 1


def test_only_the_owner_sends_and_only_after_showing_again(checks: Checks, market: Market, story: Story) -> None:
    item_ref = checks.ask()["item"]
    document = checks.upload(item_ref)
    args: dict[str, Any] = {"item_ref": item_ref, "documents": [document], "note": ""}
    stale = replace(checks.tim, stepped_up_at=market.now - timedelta(minutes=11))
    stacy = replace(story.stacy.actor, stepped_up_at=market.now)
    elsewhere = replace(story.tim.by_link("C-ELSEWHERE"), stepped_up_at=market.now)
    codes = [refused(lambda who=who: market.do(submit_item, who, **args)) for who in (stale, stacy, elsewhere)]
    assert codes == ["step_up", "not_found", "not_found"]
    here = replace(story.tim.by_link(checks.case_ref), stepped_up_at=market.now)
    assert market.do(submit_item, here, **args)["receipt"].startswith("Y-")


def test_documents_of_something_else_are_not_sent(checks: Checks, market: Market) -> None:
    first, second = checks.ask()["item"], checks.ask(item="address")["item"]
    document = checks.upload(first)
    args = {"item_ref": second, "note": ""}
    assert refused(lambda: market.do(submit_item, checks.tim, documents=[document], **args)) == "not_found"
    assert refused(lambda: market.do(submit_item, checks.tim, documents=[], **args)) == "no_documents"


def test_sending_twice_keeps_the_first_receipt(checks: Checks) -> None:
    item_ref = checks.ask()["item"]
    checks.send(item_ref)
    assert refused(lambda: checks.send(item_ref)) == "sent_before"
    checks.accept(item_ref)
    assert refused(lambda: checks.send(item_ref)) == "nothing_to_send"


@pytest.mark.parametrize(("answer", "code"), [
    ({"outcome": "maybe"}, "unknown_outcome"),
    ({"outcome": "accepted"}, "until_missing"),
    ({"outcome": "rejected", "code": "ugly", "what_to_fix": FIX, "alternatives": INSTEAD}, "unknown_code"),
    ({"outcome": "rejected", "code": "expired", "what_to_fix": "no", "alternatives": INSTEAD}, "too_short"),
    ({"outcome": "rejected", "code": "expired", "what_to_fix": FIX, "alternatives": ""}, "no_alternatives"),
])
def test_an_answer_that_says_too_little_is_not_given(checks: Checks, answer: dict[str, str], code: str) -> None:
    item_ref = checks.ask()["item"]
    checks.send(item_ref)
    checks.take(item_ref)
    checks.open_all(item_ref)
    assert refused(lambda: checks.answer(item_ref, **answer)) == code
    assert checks.view(item_ref).item.state == "in_review"


def test_a_day_that_is_over_is_refused(checks: Checks, market: Market) -> None:
    item_ref = checks.ask()["item"]
    checks.send(item_ref)
    assert refused(lambda: checks.accept(item_ref, market.day())) == "until_past"


def test_nobody_answers_what_they_have_not_opened(checks: Checks, story: Story) -> None:
    item_ref = checks.ask()["item"]
    checks.send(item_ref)
    checks.take(item_ref)
    wrong = {"outcome": "rejected", "code": "cut_off", "what_to_fix": FIX, "alternatives": INSTEAD}
    assert refused(lambda: checks.answer(item_ref, **wrong)) == "unopened"
    checks.open_all(item_ref)
    assert refused(lambda: checks.answer(item_ref, story.ola, **wrong)) == "unopened", "each reviewer opens it themselves"
    assert checks.answer(item_ref, **wrong)["outcome"] == "rejected"


def test_an_older_page_and_a_second_reviewer_are_told(checks: Checks, market: Market, story: Story) -> None:
    item_ref = checks.ask()["item"]
    version = checks.view(item_ref).item.version
    checks.send(item_ref)
    stale = lambda: market.do(take_review, story.rae.actor, item_ref=item_ref, version=version)  # noqa: E731
    assert refused(stale) == "changed"
    checks.take(item_ref)
    assert refused(lambda: checks.take(item_ref, story.ola)) == "taken"


def test_what_we_take_back_needs_nothing_more(checks: Checks, market: Market, story: Story) -> None:
    item_ref = checks.ask()["item"]
    checks.send(item_ref)
    market.do(withdraw_request, story.rae.actor, item_ref=item_ref, reason="The payout limit was raised for everybody.")
    assert (checks.view(item_ref).item.state, checks.lines()) == ("withdrawn", [])
    assert "The payout limit was raised" in (checks.notices("identity_withdrawn")[0].body or "")
    assert refused(lambda: checks.send(item_ref)) == "nothing_to_send"


def test_staff_of_an_account_of_the_case_stay_out(checks: Checks, market: Market, story: Story) -> None:
    market.make(lambda work: _join(work, story))
    assert refused(checks.ask) == "conflicted"


def _join(work: Any, story: Story) -> None:
    work.db.execute(
        update(Member).where(Member.person_id == story.stacy.person.id).values(person_id=story.rae.person.id)
    )


def test_twenty_at_once_ask_once(checks: Checks, market: Market, story: Story) -> None:
    gate, outcomes = Barrier(20), []

    def ask() -> None:
        gate.wait()
        try:
            outcomes.append(checks.ask()["request"])
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[1:] == ["already_asked"] * 19
    assert len(checks.notices("identity_asked")) == 1


def test_rows_are_kept_as_they_are(checks: Checks, market: Market) -> None:
    checks.accepted()
    for model, values in ((Request, {"n": 9}), (Submission, {"documents": "[]"}), (Review, {"accepted_until": market.now})):
        with pytest.raises(DBAPIError, match="kept as they are"), market.office.database.write() as session:
            session.execute(update(model).values(values))
    with market.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(RequestSignature)) == 0


def test_names_are_on_no_list() -> None:
    assert NAME_DIFFERS not in CODES
    assert NAME_DIFFERS not in NEW_REASONS
    assert Role.AUDITOR not in TABLE[Permission.REVIEW_IDENTITY].roles
    assert named_alternatives(" a \n\n b ") == "a\nb"


def test_the_third_time_in_twelve_months_counts(market: Market) -> None:
    now = market.now
    assert not needs_signature([now - timedelta(days=400), now - timedelta(days=300)], now)
    assert needs_signature([now - timedelta(days=200), now - timedelta(days=300)], now)


@pytest.mark.parametrize("key", ["opening", "account", "our-fee", "off-platform-payment"])
def test_only_a_rule_that_says_that_we_may_ask_is_named(checks: Checks, market: Market, story: Story, key: str) -> None:
    with market.office.database.read() as session:
        version = binding_on(session, story.tim.account, TERMS, market.day())
        assert version
        clause = next(one for one in clauses_of(session, version) if one.key == key)
    assert refused(lambda: checks.ask(clause_version_id=clause.id)) == "asks_nothing"
    assert checks.every() == []
    assert checks.notices("identity_asked") == []
