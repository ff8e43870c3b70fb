"""The return of somebody whose account was closed: a match is a lead for a reviewer, logged, and changes nothing by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.act import Office
from portal.cases.models import Case, WorkItem
from portal.core.access import Actor, Role
from portal.enforcement.checks import second_person_signed
from portal.enforcement.fingerprints import of_instrument
from portal.enforcement.lead_checks import leads_rest_on_a_match, reliance_is_said
from portal.enforcement.models import Action
from portal.enforcement.noticing import report_what_i_saw
from portal.enforcement.operations import (
    co_sign,
    correct_action,
    issue_action,
    lift_action,
)
from portal.enforcement.queries import standing, statement_of
from portal.enforcement.return_models import Fingerprint, LeadAnswer
from portal.enforcement.returning import answer_lead, forget_fingerprints, see_lead
from portal.ledger.models import Hold
from portal.ledger.queries import funds
from portal.log.models import Event
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.enforcement.returning import IBAN, PASSPORT, Return, by_two, closed, decide, form, proposed
from tests.enforcement.test_checks import break_it
from tests.factories.market import refused


@pytest.fixture
def back(desk: Desk) -> Return:
    market = desk.market
    old, new = market.party("Max Orr"), market.party("Una Bell")
    return Return(desk, old, new, closed(market, desk, old))


def test_a_number_that_matches_makes_a_lead_in_a_case_of_the_new_account(back: Return) -> None:
    back.keep(back.closed)
    assert back.leads() == []
    back.keep(back.new)
    [lead] = back.leads()
    with back.desk.office.database.read() as session:
        assert (lead.account_id, session.get_one(Action, lead.action_id).ref) == (back.new.account.id, back.action_ref)
        item = session.scalars(select(WorkItem).where(WorkItem.subject_ref == lead.ref)).one()
        assert (item.kind, item.assignee_id, item.closed_at) == ("lead", None, None)
        assert session.get_one(Case, lead.case_id).about_account_id == back.new.account.id
        assert list(leads_rest_on_a_match(session)) == []
    assert back.strength() == "strong"


def test_one_place_for_payouts_says_little_and_two_say_more(back: Return) -> None:
    for party in (back.closed, back.new):
        back.file(party)
    assert back.strength() == "weak"
    for party in (back.closed, back.new):
        back.file(party, "es 99 / 8888-7777-0000")
    assert len(back.leads()) == 1, "what matches more joins the lead that there is"
    assert back.strength() == "stronger"


def test_nothing_changes_by_a_match(back: Return) -> None:
    """No standing, no payout, no hold, no money, nobody told: only the lead, its case and its line in the queue."""

    def facts() -> list[Any]:
        now = back.desk.office.clock()
        with back.desk.office.database.read() as session:
            return [
                standing(session, back.new.account.id, now).state, funds(session, back.new.account.id, now),
                *(session.scalar(select(func.count()).select_from(table)) for table in (Action, Hold, Notice)),
            ]

    back.file(back.closed)
    back.keep(back.closed)
    before = facts()
    back.keep(back.new)
    back.file(back.new)
    assert len(back.leads()) == 1
    assert facts() == before


def test_without_a_closing_in_effect_there_is_no_lead(desk: Desk) -> None:
    market = desk.market
    made = Return(desk, market.party("Max Orr"), market.party("Una Bell"), "")
    made.action_ref = proposed(market, desk, made.closed)
    market.do(co_sign, desk.story.ola.actor, action_ref=made.action_ref, reason="I have read all of it.")
    made.keep(made.closed)
    made.keep(made.new)
    assert made.leads() == [], "its notice period runs: the account is not closed yet"


def test_after_it_was_lifted_there_is_no_lead_and_nothing_rests_on_one(back: Return) -> None:
    back.keep(back.closed)
    back.keep(back.new)
    market, desk = back.desk.market, back.desk
    case, ref = back.case(), back.take()
    version = desk.action(back.action_ref).version
    market.do(lift_action, desk.story.rae.actor, action_ref=back.action_ref, version=version, reason="We were wrong.")
    other = market.party("Ida Falk")
    back.keep(other)
    assert len(back.leads()) == 1
    assert refused(lambda: decide(back, case, ref)) == "lead_gone"


def test_a_decision_that_relies_on_it_says_what_was_compared_and_no_value(back: Return) -> None:
    back.keep(back.closed)
    back.keep(back.new)
    back.file(back.closed)
    back.file(back.new)
    case, lead = back.case(), back.take()
    action = decide(back, case, lead)
    with back.desk.office.database.read() as session:
        record, row = statement_of(session, action)
        assert record is not None
        assert record["compared"] == [{"kind": "identity_number"}, {"kind": "payout_instrument"}]
        told = row.record or ""
        assert PASSPORT not in told
        assert back.action_ref not in told and back.closed.account.ref not in told and back.closed.account.name not in told
        assert session.scalars(select(LeadAnswer.outcome)).all() == ["relied_on"]
        assert session.scalars(select(WorkItem.close_reason).where(WorkItem.subject_ref == lead)).all() == ["relied_on"]
        assert list(reliance_is_said(session)) == []


def assert_needs_two(back: Return, action: str, **other: Any) -> None:
    fields = form(back.desk, measure="warning", ends_on="", **other)
    issue = {"action_ref": action, "version": 1, "fields": fields}
    assert refused(lambda: back.desk.market.do(issue_action, back.desk.story.rae.actor, **issue)) == "needs_cosignature"


@pytest.mark.parametrize("said", [{}, {"source": "reviewer"}, {"source": "counterpart"}])
def test_a_decision_that_rests_on_a_lead_alone_is_signed_by_two_and_says_that_a_machine_noticed(
    back: Return, said: dict[str, str]
) -> None:
    back.keep(back.closed)
    back.keep(back.new)
    case, lead, desk = back.case(), back.take(), back.desk
    desk.market.do(report_what_i_saw, desk.story.rae.actor, about_ref=back.new.account.ref, happened="Their numbers are one.")
    assert refused(lambda: decide(back, case, "T-2222")) == "unknown_lead"
    with desk.office.database.read() as session:
        action = session.scalars(select(Action.ref).where(Action.status == "draft")).one()
    assert_needs_two(back, action, leads=[lead], **said)
    by_two(back, action, leads=[lead], **said)
    with desk.office.database.read() as session:
        record, _ = statement_of(session, action)
        assert record is not None and record["detection"] == {
            "source": "detection", "automated_detection": True, "automated_decision": False,
        }
        assert [*second_person_signed(session), *reliance_is_said(session)] == []
    break_it(desk, "action", f"UPDATE action SET source = 'reviewer', automated_detection = false WHERE ref = '{action}'")
    break_it(desk, "signature", "DELETE FROM signature WHERE signed_as = 'cosigner'")
    with desk.office.database.read() as session:
        assert f"action {action} lacks a second person's signature" in list(second_person_signed(session))
        said_so = f"action {action} relies on a lead and says that no machine took part in noticing it"
        assert list(reliance_is_said(session)) == [said_so]


def test_a_decision_without_it_says_nothing_and_leaves_it_waiting(back: Return) -> None:
    back.keep(back.closed)
    back.keep(back.new)
    case, lead = back.case(), back.take()
    assert refused(lambda: decide(back, case, "T-2222")) == "unknown_lead"
    desk = back.desk
    with desk.office.database.read() as session:
        action = session.scalars(select(Action.ref).where(Action.status == "draft")).one()
    assert_needs_two(back, action)
    by_two(back, action)
    with desk.office.database.read() as session:
        record, _ = statement_of(session, action)
        assert record is not None and "compared" not in record
        assert session.scalars(select(WorkItem.closed_at).where(WorkItem.subject_ref == lead)).all() == [None]


def test_a_reviewer_closes_it_with_a_reason_and_a_further_match_opens_it_again(back: Return) -> None:
    back.keep(back.closed)
    back.keep(back.new)
    do, rae = back.desk.market.do, back.desk.story.rae
    lead = back.take()
    assert refused(lambda: do(answer_lead, rae.actor, lead_ref=lead, reason=" ")) == "reason_missing"
    assert refused(lambda: do(answer_lead, back.desk.story.ola.actor, lead_ref=lead, reason="x")) == "with_somebody_else"
    do(answer_lead, rae.actor, lead_ref=lead, reason="They are sisters, and one typed the other's number.")
    assert refused(lambda: do(answer_lead, rae.actor, lead_ref=lead, reason="Again.")) == "not_waiting"
    back.file(back.closed)
    back.file(back.new)
    do(answer_lead, rae.actor, lead_ref=lead, reason="They share the account.")
    with back.desk.office.database.read() as session:
        assert session.scalars(select(LeadAnswer.n).order_by(LeadAnswer.n)).all() == [1, 2]


def test_every_look_is_on_record_and_only_who_may_read_the_case_looks(back: Return) -> None:
    back.keep(back.closed)
    back.keep(back.new)
    do, lead = back.desk.market.do, back.leads()[0].ref
    see = lambda actor: refused(lambda: do(see_lead, actor, lead_ref=lead))  # noqa: E731
    assert see(back.desk.story.rae.actor) == "with_nobody"
    back.take()
    auditor = back.desk.market.staff("Ida Holm", Role.AUDITOR)
    tim: Actor = back.desk.story.tim.actor
    assert [see(back.desk.story.rae.actor), see(back.desk.story.rae.actor), see(auditor.actor)] == [None, None, None]
    assert [see(back.desk.story.ola.actor), see(tim)] == ["with_somebody_else", "not_allowed"]
    with back.desk.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Event).where(Event.kind == "lead.seen")) == 3


def test_a_corrected_letter_still_says_what_was_compared(back: Return) -> None:
    back.keep(back.closed)
    back.keep(back.new)
    case, lead = back.case(), back.take()
    action, do = decide(back, case, lead), back.desk.market.do
    version = back.desk.action(action).version
    do(correct_action, back.desk.story.rae.actor, action_ref=action, version=version, reason="A word was missing.",
       fields={"weighed": "A warning, and not more."})
    with back.desk.office.database.read() as session:
        record, row = statement_of(session, action)
        assert record is not None
        assert (row.n, record["compared"]) == (2, [{"kind": "identity_number"}])
        assert list(reliance_is_said(session)) == []


def test_the_number_is_nowhere_and_the_same_twice_is_one(back: Return) -> None:
    back.file(back.new)
    back.file(back.new, "es12-3456-7890 1234")
    office: Office = back.desk.office
    with office.database.read() as session:
        mine = list(session.scalars(select(Fingerprint).where(Fingerprint.account_id == back.new.account.id)))
        assert len(mine) == 1
        assert mine[0].value == of_instrument(office.keyring, IBAN)
        events = json.dumps([(e.payload, e.manifest) for e in session.scalars(select(Event))])
        assert "345678901234" not in events and str(mine[0].value) not in events


def test_they_are_erased_with_the_account_and_the_log_still_holds(back: Return) -> None:
    back.keep(back.closed)
    back.keep(back.new)
    made = back.desk.market.make(lambda work: forget_fingerprints(work, back.new.account.id, back.new.account.ref))
    assert made == 1
    with back.desk.office.database.read() as session:
        row = session.scalars(select(Fingerprint).where(Fingerprint.account_id == back.new.account.id)).one()
        assert (row.value, row.salt) == (None, None)
        assert list(leads_rest_on_a_match(session)) == []
