"""Proves what always holds (DESIGN, section 2): a registry of promises, each with its guard, queries and property test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.act import Office
from portal.appeals import checks as appeals
from portal.disputes import checks as disputes
from portal.enforcement import checks as enforcement
from portal.ledger import checks as ledger
from portal.log import checks as log
from portal.log.checkpoints import folder_of, public_key_of
from portal.log.sequencer import sequence
from portal.settings import Settings
from portal.verification import checks as verification

Query = Callable[[Session], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Holds:
    """One thing that always holds: what guards it in the database, what proves it, what tries to break it."""

    number: int
    title: str
    guard: str
    queries: tuple[Query, ...]
    property_test: str


REGISTRY: tuple[Holds, ...] = (
    Holds(1, "Cited", "action_cited", (enforcement.actions_cite_what_bound,),
          "tests/rulebook/test_binding.py::test_binds_only_who_joined_accepted_or_was_told"),
    Holds(2, "Said", "ck_action_said_before_effect", (enforcement.actions_were_said,),
          "tests/enforcement/test_property.py::test_what_always_holds"),
    Holds(3, "Proportionate", "signature_second_person", (enforcement.second_person_signed,),
          "tests/enforcement/test_property.py::test_what_always_holds"),
    Holds(4, "Finite", "ck_restriction_finite", (enforcement.restrictions_are_finite, enforcement.reviews_are_on_time),
          "tests/enforcement/test_property.py::test_what_always_holds"),
    Holds(5, "Only what is disputed", "hold_within_claim",
          (ledger.balances_are_true, ledger.everything_sums_to_nothing, ledger.holds_are_within_claims,
           ledger.holds_hold_what_they_say, ledger.holds_stay_on_their_contract, ledger.nothing_is_lost,
           ledger.holds_end_in_time, disputes.claims_fit_their_dispute, disputes.one_open_dispute_each,
           disputes.ended_disputes_hold_nothing, disputes.money_went_where_decided),
          "tests/ledger/test_property.py::test_ledger_equals_a_model"),
    Holds(6, "Ask once", "ck_verification_request_asked_once", verification.CHECKS,
          "tests/verification/test_property.py::test_what_always_holds"),
    Holds(7, "Told", "uq_notice_event_id_kind_recipient_id",
          (enforcement.nobody_is_told_first, enforcement.counterparts_hear_no_facts, enforcement.nobody_is_told_of_nothing),
          "tests/enforcement/test_property.py::test_what_always_holds"),
    Holds(8, "Someone else", "decision_somebody_else",
          (appeals.somebody_else_decided, appeals.decided_says_how, appeals.filed_appeals_have_a_clock,
           disputes.somebody_else_reviewed, disputes.two_read_large_decisions, disputes.decisions_say_what_happened),
          "tests/appeals/test_property.py::test_what_always_holds"),
    Holds(9, "Undone means undone", "ck_appeal_decided_with_outcome",
          (appeals.overturned_means_undone, appeals.corrections_reach_those_told),
          "tests/appeals/test_property.py::test_what_always_holds"),
)


def violations(office: Office, settings: Settings) -> Iterator[str]:
    """Every violation, one line each, naming the promise and the row. The log is put in order first.

    Promise 11, on the record, is the log itself: every record against its event, every event against the tree.
    """
    sequence(office, whole=True)
    key = public_key_of(settings.signing_key)
    with office.database.read() as session:
        found = log.check(session, office.keyring, folder_of(settings.checkpoints_url), public_key=key)
        yield from (f"11. On the record: {line}" for line in found)
    with office.database.read() as session:
        for promise in REGISTRY:
            for query in promise.queries:
                yield from (f"{promise.number}. {promise.title}: {line}" for line in query(session))
