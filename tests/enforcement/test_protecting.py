"""Measures that protect an account: short, renewed once by two people, and about nobody's conduct."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from portal.act import Office
from portal.enforcement.models import Action, Restriction
from portal.enforcement.operations import (
    co_sign,
    discard_action,
    issue_action,
    lift_action,
    preview,
    propose_action,
    start_action,
)
from portal.enforcement.queries import earlier_actions, statement_of
from portal.enforcement.rules import State
from portal.notices.models import Notice
from portal.rulebook.models import ClauseVersion
from tests.appeals.conftest import Bench
from tests.enforcement.conftest import Desk, refusal, state_of
from tests.enforcement.test_changing import settle
from tests.enforcement.test_cosigning import detected, only_by_two, open_kinds
from tests.enforcement.test_issuing import violations

SOONER, KEPT = "at the latest: sooner than our answer to an appeal is due.", "and the answer stays on record."
NO_RULE = "No rule is said to have been broken."
SEEN = "On two days somebody signed in from a device that this account had never used, and added a place for payouts."


def begin(desk: Desk) -> str:
    started = desk.market.do(
        start_action, desk.story.rae.actor, case_ref=desk.case_ref, clause_version_id=desk.clause("protecting-accounts"),
        nature="protective",
    )
    return str(started["action"])


def protective_form(desk: Desk, **other: Any) -> dict[str, Any]:
    return desk.form(
        clause_version_id=str(desk.clause("protecting-accounts")), facts=SEEN, ends_on="",
        why="These sign-ins do not look like Tim's.", conduct_to=desk.market.day(0).isoformat(),
        would_change=["You tell us that it was you.", "You end the place for payouts."],
        objects=["seen:Sign-ins from a device that is new"], **other,
    )


def protect(desk: Desk, **other: Any) -> str:
    ref = begin(desk)
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=protective_form(desk, **other))
    return ref


def test_protecting_what_a_machine_alone_noticed_needs_two(office: Office) -> None:
    desk = detected(office)
    with refusal("needs_cosignature"):
        protect(desk)
    with desk.office.database.read() as session:
        ref = session.scalars(select(Action.ref).where(Action.status == "draft")).one()
        work = desk.office.work(session, desk.story.rae.actor)
        assert preview(work, action_ref=ref, fields=protective_form(desk)).second_person == "detection_alone"
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=protective_form(desk))
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="These sign-ins are nobody's whom we know.")
    action = desk.action(ref)
    assert (action.nature, action.source, action.automated_detection) == ("protective", "detection", True)
    only_by_two(desk, ref)


def propose(desk: Desk) -> str:
    ref = begin(desk)
    desk.market.do(propose_action, desk.story.rae.actor, action_ref=ref, version=1, fields=protective_form(desk))
    return ref


def renew(desk: Desk) -> str:
    ref = propose(desk)
    desk.market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="The new device is still signed in.")
    return ref


def notices(desk: Desk, kind: str) -> list[str]:
    with desk.office.database.read() as session:
        return [f"{one.subject}\n{one.body}" for one in session.scalars(select(Notice).where(Notice.kind == kind))]


def test_it_is_issued_at_once_by_one_person_and_lasts_72_hours(desk: Desk) -> None:
    ref = protect(desk)
    action = desk.action(ref)
    assert (action.nature, action.measure, action.interim, action.occurrence) == ("protective", "suspension", False, 1)
    assert action.ends_at is not None and action.effective_at is not None
    assert (action.ends_at - action.effective_at).total_seconds() == 72 * 3600
    with desk.office.database.read() as session:
        kept = session.scalars(select(Restriction)).one()
        record = statement_of(session, ref)[0] or {}
    assert (kept.kind, kept.ends_at) == ("account", action.ends_at)
    assert (record["rule"]["policy"], record["rule"]["number"], record["category"]) == (
        "our-promises", "1.8", "protective_measure",
    )
    assert record["payouts"] == {"new_place_hours": 72, "by_link_days": 30}
    assert violations(desk) == []


def test_the_person_reads_how_to_get_the_account_back(desk: Desk) -> None:
    protect(desk)
    [mine] = notices(desk, "statement")
    assert "Your account is locked to protect you until" in mine and NO_RULE.lower()[:20] in mine.lower()
    assert "How you get your account back:" in mine and "It rests on our promise 1.8" in mine
    assert "We decided that rule" not in mine


def test_counterparts_read_that_no_rule_is_said_to_have_been_broken(desk: Desk) -> None:
    protect(desk)
    told = notices(desk, "counterpart_action")
    assert len(told) == 2
    assert all(f"We protect this account for a short time. {NO_RULE}" in one for one in told)
    assert not any("rule 1.8" in one or "We decided" in one or "device" in one for one in told)
    assert notices(desk, "report_answered") == []


def test_what_was_reported_still_waits(desk: Desk) -> None:
    protect(desk)
    assert "report" in open_kinds(desk) and "action" not in open_kinds(desk)


def test_it_lifts_by_itself_and_everybody_hears_once(desk: Desk) -> None:
    protect(desk)
    assert state_of(desk) == State.SUSPENDED
    desk.later(hours=72)
    settle(desk)
    assert state_of(desk) == State.GOOD
    changed = notices(desk, "action_changed")
    assert sum("The protection of your account has ended." in one for one in changed) == 1
    assert sum("is available again" in one for one in changed) == 2
    assert violations(desk) == []


def test_it_is_renewed_once_by_two_people(desk: Desk) -> None:
    first = desk.action(protect(desk))
    desk.later(hours=50)
    alone = begin(desk)
    with refusal("needs_cosignature"):
        desk.market.do(issue_action, desk.story.rae.actor, action_ref=alone, version=1, fields=protective_form(desk))
    desk.market.do(discard_action, desk.story.rae.actor, action_ref=alone)
    second = desk.action(renew(desk))
    assert first.ends_at is not None and second.ends_at is not None
    assert second.supersedes_id == first.id and (second.ends_at - first.ends_at).total_seconds() == 72 * 3600
    assert state_of(desk) == State.SUSPENDED
    with refusal("protected_already"):
        begin(desk)
    desk.later(hours=100)
    settle(desk)
    assert state_of(desk) == State.GOOD
    assert violations(desk) == []


def test_nothing_is_renewed_after_its_end(desk: Desk) -> None:
    protect(desk)
    desk.later(hours=71)
    late = propose(desk)
    desk.later(hours=1)
    with refusal("protected_already"):
        desk.market.do(co_sign, desk.story.ola.actor, action_ref=late, reason="It still looks so.")
    assert state_of(desk) == State.GOOD


def test_what_was_ended_early_is_not_begun_anew(desk: Desk) -> None:
    ref = protect(desk)
    desk.market.do(lift_action, desk.story.rae.actor, action_ref=ref, version=2, reason="Tim called and proved who he is.")
    assert state_of(desk) == State.GOOD
    with refusal("protected_already"):
        begin(desk)


@pytest.mark.parametrize(("other", "code"), [
    ({"measure": "warning"}, "measure_not_permitted"),
    ({"measure": "termination"}, "measure_not_permitted"),
    ({"interim": "yes"}, "interim_not_permitted"),
    ({"hold_amount_minor": "100", "hold_currency": "USD", "hold_milestone": "1"}, "hold_needs_more"),
    ({"conduct_to": "2027-01-01"}, "period_in_future"),
])
def test_what_it_cannot_be(desk: Desk, other: dict[str, Any], code: str) -> None:
    ref = begin(desk)
    fields = protective_form(desk) | other
    with refusal(code):
        desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)


def test_it_cites_the_promise_in_force_and_nothing_else(desk: Desk) -> None:
    def start(key: str, year: int) -> UUID:
        return desk.clause(key, year)

    with refusal("no_clause"):
        desk.market.do(
            start_action, desk.story.rae.actor, case_ref=desk.case_ref, clause_version_id=start("payment-for-nothing", 2026),
            nature="protective",
        )
    with refusal("no_clause"):
        desk.market.do(
            start_action, desk.story.rae.actor, case_ref=desk.case_ref, clause_version_id=start("protecting-accounts", 2026),
        )
    ref = begin(desk)
    fields = protective_form(desk) | {"clause_version_id": str(start("protecting-accounts", 2024))}
    with refusal("no_clause"):
        desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=fields)


def test_what_is_seen_is_named_only_here(desk: Desk) -> None:
    ref = desk.ready()
    with refusal("unknown_object"):
        desk.issue(ref, objects=["seen:Sign-ins"])


def test_it_never_counts_and_decides_nothing(desk: Desk) -> None:
    protect(desk)
    with desk.office.database.read() as session:
        cited = session.scalars(select(ClauseVersion).where(ClauseVersion.id == desk.clause("protecting-accounts"))).one()
        assert earlier_actions(session, desk.story.tim.account.id, cited.clause_id) == []
    ref = desk.ready()
    desk.issue(ref)
    with desk.office.database.read() as session:
        record = statement_of(session, ref)[0] or {}
    assert (record["occurrence"], record["earlier"]) == (1, [])
    assert violations(desk) == []


def test_available_money_can_be_paid_out_meanwhile(desk: Desk) -> None:
    before = desk.market.funds(desk.story.tim).available
    protect(desk)
    assert desk.market.funds(desk.story.tim).available == before


def test_the_preview_is_what_is_issued(desk: Desk) -> None:
    ref = begin(desk)
    with desk.office.database.read() as session:
        seen = preview(desk.office.work(session, desk.story.rae.actor), action_ref=ref, fields=protective_form(desk))
    desk.market.do(issue_action, desk.story.rae.actor, action_ref=ref, version=1, fields=protective_form(desk))
    assert seen.second_person is None
    assert {one.text.body for one in seen.counterparts} == {one.split("\n", 1)[1] for one in notices(desk, "counterpart_action")}


def test_the_database_refuses_a_second_one_without_a_second_person(desk: Desk) -> None:
    protect(desk)
    desk.later(hours=1)
    ref = propose(desk)
    now = desk.market.now
    values = {"status": "issued", "issued_at": now, "effective_at": now, "ends_at": now}
    with desk.office.database.write() as session, pytest.raises(DatabaseError, match="protection is renewed once"):
        session.execute(update(Action).where(Action.ref == ref).values(**values))


def test_verify_finds_what_lasts_too_long(desk: Desk) -> None:
    ref = protect(desk)
    with desk.office.database.write() as session:
        action = session.scalars(select(Action).where(Action.ref == ref)).one()
        assert action.ends_at is not None
        action.ends_at = action.ends_at.replace(year=2027)
    found = violations(desk)
    assert f"action {ref} protects for longer than our promise permits" in found


def test_overturned_whoever_was_told_reads_that_it_was_a_mistake(desk: Desk) -> None:
    """They were told of no rule, and nobody is less available: the message is not empty all the same."""
    ref = protect(desk, measure="restriction", scope=["new_contracts"])
    bench = Bench(desk.market, desk.story, desk.case_ref, action_ref=ref)
    filed = bench.file(grounds=["other"])
    with desk.office.database.read() as session:
        told = {one.kind: one for one in session.scalars(select(Notice).where(Notice.kind.in_(("statement", "appeal_filed"))))}
    for one in told.values():
        assert all(SOONER in str(text) and KEPT in str(text) for text in (one.body, one.mail_body)), one.kind
    receipt = str(told["appeal_filed"].body)
    assert receipt.index(SOONER) < receipt.index("answers you by the end of") and "what we took away is paused" not in receipt
    bench.decide(filed, "reversed")
    with desk.office.database.read() as session:
        read = session.scalars(select(Notice.body).where(Notice.corrects_id.is_not(None))).all()
    assert len(read) == 2 and all("What we told you about Tim Okafor was our mistake." in (body or "") for body in read)
    assert violations(desk) == []
