"""Proves what always holds (DESIGN, section 2): a registry of promises, each with its guards, queries and property test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from portal.act import Office
from portal.appeals import checks as appeals
from portal.cases import checks as cases
from portal.contracts import checks as contracts
from portal.disputes import checks as disputes
from portal.documents import checks as documents
from portal.enforcement import checks as enforcement
from portal.ledger import checks as ledger
from portal.log import checks as log
from portal.log.checkpoints import folder_of, public_key_of
from portal.log.sequencer import sequence
from portal.notices import checks as notices
from portal.readable import every_byte, unreadable
from portal.rulebook import checks as rulebook
from portal.settings import Settings
from portal.verification import checks as verification

Query = Callable[[Session], Iterator[str]]
ROOMS = (log, rulebook, cases, notices, contracts, documents, ledger, disputes, enforcement, verification, appeals)
ON_RECORD = 11
"""The promise that the log itself proves: every record against its event, every event against the tree and its copies."""


@dataclass(frozen=True, slots=True)
class Holds:
    """One thing that always holds: what guards it in the database, what proves it, what tries to break it.

    `guards`: names of constraints, unique indexes and triggers that refuse a row which would break it.
    `not_yet`: what DESIGN says of it that is not in place, in words.
    """

    number: int
    title: str
    guards: tuple[str, ...]
    property_test: str
    not_yet: tuple[str, ...] = ()

    @property
    def queries(self) -> tuple[Query, ...]:
        """What every room proves of it."""
        return tuple(query for room in ROOMS for query in room.PROVES.get(self.number, ()))


STORY = "tests/appeals/test_property.py::test_what_always_holds"
ACTIONS = "tests/enforcement/test_property.py::test_what_always_holds"

REGISTRY: tuple[Holds, ...] = (
    Holds(1, "Cited",
          ("action_cited", "citation_keeps_values", "uq_citation_action_id_revision_clause_version_id",
           "policy_version_keeps_values", "clause_version_keeps_values", "ck_binding_told_together", "ck_binding_untold_after",
           "uq_telling_account_id_version_id_notice_id", "uq_action_order_action_id_revision", "action_law_signed_twice",
           "action_order_keeps_values", "legal_order_keeps_values"),
          "tests/rulebook/test_binding.py::test_binds_is_the_sentence_of_the_promise"),
    Holds(2, "Said",
          ("ck_action_said_before_effect", "statement_keeps_values", "uq_statement_action_id_n_language", "silence_by_law",
           "uq_silence_action_id", "action_member_written", "action_member_kept"), ACTIONS),
    Holds(3, "Proportionate",
          ("signature_second_person", "signature_keeps_values", "ck_batch_confirmation_interim",
           "batch_confirmation_keeps_values"), ACTIONS),
    Holds(4, "Finite",
          ("ck_restriction_finite", "restriction_keeps_values", "action_protects_briefly", "restriction_check_keeps_values",
           "uq_restriction_check_restriction_id", "ck_reinstatement_declined_says_when_again"), ACTIONS),
    Holds(5, "Only what is disputed",
          ("hold_within_claim", "hold_shares_limit", "claim_alone", "ck_book_balance_not_negative",
           "ck_transfer_amount_above_zero", "transfer_keeps_values", "uq_hold_open", "uq_dispute_open",
           "ck_claim_rests_on_clause_or_term", "movement_keeps_values", "ck_movement_never_below_zero",
           "uq_movement_account_id_currency_n", "adjustment_keeps_values", "ck_adjustment_signature_somebody_else",
           "settlement_offer_keeps_rows", "settlement_offer_keeps_values", "uq_settlement_offer_accepted",
           "uq_chargeback_open", "ck_chargeback_lost_adds_up", "chargeback_keeps_values",
           "contract_choice_keeps_values", "uq_contract_choice_agreed", "uq_contract_choice_finish", "ck_hold_claim_or_order",
           "hold_extension_keeps_values", "uq_hold_extension_signed", "ck_hold_extension_somebody_else",
           "refund_report_keeps_values", "uq_refund_report_refund_id_reference_state", "escrow_return_keeps_values",
           "uq_escrow_return_source_key"),
          "tests/ledger/test_property.py::test_ledger_equals_a_model"),
    Holds(6, "Ask once", ("ck_verification_request_asked_once", "verification_submission_keeps_values"),
          "tests/verification/test_property.py::test_what_always_holds"),
    Holds(7, "Told", ("uq_notice_event_id_kind_recipient_id", "notice_keeps_values", "appeal_mention_keeps_values"), ACTIONS),
    Holds(8, "Someone else",
          ("decision_somebody_else", "uq_dispute_decision_dispute_id_decided_by", "ck_dispute_decision_second_reader",
           "ck_dispute_decision_silence_decides", "pause_answer_somebody_else", "ck_pause_answer_refused_with_reasons",
           "verification_review_somebody_else", "reinstatement_decision_somebody_else",
           "reinstatement_decision_keeps_values", "appeal_reopening_keeps_values",
           "ck_appeal_reopening_refused_with_reason"), STORY),
    Holds(9, "Undone means undone",
          ("appeal_overturned_undone", "action_stays_reversed", "ck_appeal_decided_with_outcome",
           "citation_reversal_keeps_values", "citation_reversal_leaves_one", "uq_appeal_reopening_answered"), STORY),
    Holds(10, "Heard",
          ("uq_request_key_actor_key", "uq_draft_person_id_form_subject_ref", "appeal_message_keeps_values",
           "ck_appeal_filed_together", "ck_appeal_file_exhibits_stay", "ck_appeal_about_one_thing", "uq_appeal_complaint",
           "uq_need_open", "ck_need_closed_waits_for_nothing", "need_message_keeps_values", "ck_need_message_says_what",
           "pause_request_keeps_values", "uq_pause_request_appeal_id_n",
           "reinstatement_message_keeps_values", "uq_reinstatement_open", "ck_reinstatement_filed_together",
           "ck_reinstatement_ended_together", "ck_reinstatement_waiting_until_a_day", "ck_reinstatement_file_exhibits_stay",
           "uq_appeal_reopening_open", "report_writer_keeps_values"),
          "tests/appeals/test_heard.py::test_in_every_standing_everything_arrives_once",
          ("People cannot yet export or erase what is kept about them.",)),
    Holds(ON_RECORD, "On the record",
          ("event_keeps_rows", "event_keeps_values", "leaf_keeps_rows", "leaf_keeps_values", "uq_leaf_seq", "uq_leaf_event_id",
           "checkpoint_keeps_rows", "action_withdrawn_before_effect", "case_closing_keeps_values", "case_reopening_keeps_values"),
          "tests/structure/test_tampering.py::test_any_tampering_is_found"),
    Holds(12, "Both ways",
          ("uq_clock_open", "ck_clock_ended_together", "ck_clock_result_known", "clause_version_keeps_values",
           "newer_promise_keeps_values", "uq_newer_promise_clock_id_promise_id",
           "pause_answer_keeps_values", "ck_pause_answer_by_somebody"),
          "tests/rulebook/test_newer.py::test_it_is_the_sentence_of_the_promise"),
)


def violations(office: Office, settings: Settings) -> Iterator[str]:
    """Every violation, one line each, naming the promise and the row. The log is put in order first."""
    for title, prove in proofs(office, settings):
        with office.database.read() as session:
            yield from carried_out(title, prove, session)


def proofs(office: Office, settings: Settings) -> Iterator[tuple[str, Query]]:
    """What is proven, in order, each under its title: first that every value can be read, then each promise."""
    key, folder = public_key_of(settings.signing_key), folder_of(settings.checkpoints_url)
    titles = {promise.number: f"{promise.number}. {promise.title}" for promise in REGISTRY}
    yield titles[ON_RECORD], unreadable
    yield titles[ON_RECORD], partial(_in_order, office)
    for promise in REGISTRY:
        if promise.number == ON_RECORD:
            yield titles[ON_RECORD], partial(log.check, keyring=office.keyring, folder=folder, public_key=key)
        yield from ((titles[promise.number], query) for query in promise.queries)


def _in_order(office: Office, _session: Session) -> Iterator[str]:
    """Whatever has no place in the log yet gets one."""
    sequence(office, whole=True)
    yield from ()


def carried_out(title: str, prove: Query, session: Session) -> Iterator[str]:
    """What a proof finds. One that stumbles over what it reads proves nothing any more, and that is a violation too."""
    try:
        with every_byte(session):
            yield from (f"{title}: {line}" for line in prove(session))
    except Exception as stumbled:  # whatever it is: a proof that stops early must not look like one that found nothing
        what = getattr(prove, "func", prove).__name__.removeprefix("_")
        told = " ".join(str(getattr(stumbled, "orig", stumbled)).split())
        yield f"{title}: \"{what}\" cannot be proven: something that it reads is not what it should be ({told})"


def what() -> Iterator[str]:
    """What is proven, and what is not in place: for each promise its guards, its queries and what tries to break it."""
    for promise in REGISTRY:
        yield f"{promise.number}. {promise.title}"
        yield f"   guarded by: {', '.join(promise.guards)}"
        proven = [(query.__doc__ or "").split("\n", 1)[0] for query in promise.queries]
        proven += ["Every record fits its event, every event the tree, the tree its signed copies."] * (
            promise.number == ON_RECORD
        )
        yield from (f"   proven: {line}" for line in proven)
        yield f"   tried by: {promise.property_test}"
        yield from (f"   not yet: {line}" for line in promise.not_yet)
