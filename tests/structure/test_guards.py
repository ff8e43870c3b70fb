"""Every guard that the registry names is in both databases and refuses whoever writes against it in plain SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.core.database import Base
from portal.core.ids import new_id
from portal.verify import REGISTRY
from tests.structure.owner import Filled

LONG_AGO = "'2024-01-01T00:00:00.000000Z'"
FAR_AHEAD = datetime(2099, 1, 1, tzinfo=UTC)
GUARDS = sorted({guard for promise in REGISTRY for guard in promise.guards})
KEEPS = ("_keeps_rows", "_keeps_values")


@dataclass(frozen=True)
class Again:
    """A row of a table written once more under a new key, with something else in it; `more` is SQL for a key."""

    table: str
    where: str = "1 = 1"
    change: dict[str, Any] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)

    def carry_out(self, session: Session) -> None:
        table = Base.metadata.tables[self.table]
        row = session.execute(sa.select(table).where(sa.text(self.where)).limit(1)).mappings().one()
        fresh = {"ref": "X-2222"} if "ref" in row else {}
        found = {name: UUID(str(session.execute(sa.text(sql)).scalar())) for name, sql in self.more.items()}
        values = dict(row) | fresh | {"id": new_id()} | self.change | found
        session.execute(sa.insert(table).values(values))


CONTESTED = "amount_minor > 0 AND claim_id IN (SELECT id FROM claim WHERE claimant = 'counterpart')"
UNANSWERED = "SELECT id FROM pause_request WHERE id NOT IN (SELECT request_id FROM pause_answer) LIMIT 1"
UNANSWERED_BACK = "SELECT id FROM reinstatement WHERE state = 'waiting'"
WRITES: dict[str, Again | str] = {
    "ck_binding_told_together": "UPDATE binding SET binds_on = NULL WHERE told_at IS NOT NULL",
    "ck_binding_untold_after": f"UPDATE binding SET untold_at = {LONG_AGO} WHERE told_at IS NULL",
    "uq_telling_account_id_version_id_notice_id": Again("telling"),
    "action_cited": "UPDATE action SET revision = 99, status = 'issued'",
    "uq_citation_action_id_revision_clause_version_id": Again("citation"),
    "ck_action_said_before_effect": f"UPDATE action SET effective_at = {LONG_AGO} WHERE issued_at IS NOT NULL",
    "uq_statement_action_id_n_language": Again("statement"),
    "signature_second_person": Again("signature", "signed_as = 'issuer'", {"signed_as": "cosigner"}),
    "ck_batch_confirmation_interim": Again("batch_confirmation", change={"interim": False}),
    "ck_restriction_finite": Again("restriction", "ends_at IS NOT NULL", {"ends_at": None}),
    "uq_restriction_check_restriction_id": Again("restriction_check"),
    "hold_within_claim": Again("hold", "ended_at IS NOT NULL AND amount_minor > 0", {"amount_minor": 10**9}),
    "hold_shares_limit": Again("hold", CONTESTED, {"expires_at": FAR_AHEAD}),
    "claim_alone": Again("claim", "claimant = 'counterpart' AND ended_at IS NULL"),
    "ck_book_balance_not_negative": "UPDATE book SET balance_minor = -1 WHERE owner_id IS NOT NULL",
    "ck_transfer_amount_above_zero": Again("transfer", change={"amount_minor": 0}),
    "ck_movement_never_below_zero": Again("movement", change={"n": 10**6, "free_minor": -1}),
    "uq_movement_account_id_currency_n": Again("movement", change={"entry_id": new_id()}),
    "ck_adjustment_signature_somebody_else": Again("adjustment_signature", more={
        "signed_by": "SELECT proposed_by FROM adjustment_signature"}),
    "uq_hold_extension_signed": Again("hold_extension", "end_kind = 'signed'"),
    "ck_hold_extension_somebody_else": Again("hold_extension", "end_kind = 'signed'", {"hold_id": new_id()}, {
        "ended_by": "SELECT proposed_by FROM hold_extension"}),
    "uq_hold_open": Again("hold", "ended_at IS NULL AND claim_id IS NOT NULL"),
    "uq_dispute_open": Again("dispute", "ended_at IS NULL"),
    "uq_refund_report_refund_id_reference_state": Again("refund_report"),
    "uq_escrow_return_source_key": Again("escrow_return"),
    "uq_settlement_offer_accepted": Again("settlement_offer", "end_kind = 'accepted'"),
    "uq_chargeback_open": Again("chargeback", "ended_at IS NULL", {"external_id": "another"}),
    "ck_chargeback_lost_adds_up": Again("chargeback", "end_kind = 'lost'", {"external_id": "another", "loss_minor": 1}),
    "uq_contract_choice_agreed": Again("contract_choice", "end_kind = 'agreed' AND way <> 'finish'"),
    "uq_contract_choice_finish": Again("contract_choice", "end_kind = 'agreed' AND way = 'finish'"),
    "ck_claim_rests_on_clause_or_term": "UPDATE claim SET clause_version_id = NULL, contract_term_id = NULL",
    "ck_verification_request_asked_once": Again("verification_request", "n = 2", {"n": 9, "new_reason": None}),
    "uq_notice_event_id_kind_recipient_id": Again("notice"),
    "decision_somebody_else": Again("decision", "outcome = 'upheld'", {"n": 2}, {
        "decided_by": "SELECT person_id FROM signature LIMIT 1"}),
    "uq_dispute_decision_dispute_id_decided_by": Again("dispute_decision", "read_by IS NOT NULL", {"n": 2}),
    "ck_dispute_decision_second_reader": Again("dispute_decision", "read_by IS NOT NULL", {"n": 2}, {
        "read_by": "SELECT decided_by FROM dispute_decision WHERE read_by IS NOT NULL"}),
    "ck_dispute_decision_silence_decides": Again("dispute_decision", "n = 0", {"n": 2}),
    "appeal_overturned_undone": "UPDATE appeal SET outcome = 'reversed' WHERE outcome = 'upheld'",
    "action_member_written": Again("action", "member_id IS NOT NULL", more={
        "account_id": "SELECT id FROM account WHERE id NOT IN "
                      "(SELECT account_id FROM action WHERE member_id IS NOT NULL) LIMIT 1"}),
    "action_member_kept": "UPDATE action SET account_id = (SELECT id FROM account WHERE id <> action.account_id LIMIT 1) "
                          "WHERE member_id IS NOT NULL",
    "citation_reversal_leaves_one": Again("citation_reversal", more={
        "citation_id": "SELECT o.id FROM citation o JOIN citation c ON c.action_id = o.action_id AND c.revision = o.revision "
                       "AND c.id <> o.id JOIN citation_reversal r ON r.citation_id = c.id LIMIT 1"}),
    "action_stays_reversed": "UPDATE action SET reversed_at = NULL WHERE reversed_at IS NOT NULL",
    "uq_action_order_action_id_revision": Again("action_order"),
    "ck_hold_claim_or_order": Again("hold", "order_id IS NOT NULL", more={"claim_id": "SELECT id FROM claim LIMIT 1"}),
    "uq_silence_action_id": Again("silence"),
    "silence_by_law": Again("silence", more={"action_id": "SELECT id FROM action WHERE nature = 'conduct' LIMIT 1"}),
    "action_law_signed_twice": "UPDATE action SET status = 'issued', issued_at = created_at, effective_at = created_at, "
                               "ends_at = created_at WHERE nature = 'legal' AND status = 'proposed'",
    "action_protects_briefly": "UPDATE action SET status = 'issued', issued_at = created_at, effective_at = created_at "
                               "WHERE nature = 'protective' AND status = 'proposed'",
    "action_withdrawn_before_effect": "UPDATE action SET status = 'withdrawn', withdrawn_at = effective_at "
                                      "WHERE measure = 'termination'",
    "ck_appeal_decided_with_outcome": "UPDATE appeal SET outcome = 'upheld', decided_at = filed_at WHERE state = 'filed'",
    "uq_request_key_actor_key": Again("request_key"),
    "uq_draft_person_id_form_subject_ref": Again("draft"),
    "ck_appeal_filed_together": "UPDATE appeal SET filed_at = NULL WHERE state = 'filed'",
    "ck_appeal_about_one_thing": "UPDATE appeal SET kind = 'withheld' WHERE kind = 'inaction'",
    "uq_appeal_complaint": Again("appeal", "kind = 'inaction'", {"ref": "Z-AGAIN"}),
    "ck_appeal_file_exhibits_stay": f"UPDATE appeal_file SET removed_at = {LONG_AGO} WHERE exhibit_id IS NOT NULL",
    "uq_need_open": Again("need", "closed_at IS NULL", {"ref": "U-AGAIN"}, more={
        "case_id": 'SELECT id FROM "case" WHERE id NOT IN (SELECT case_id FROM need) LIMIT 1'}),
    "ck_need_closed_waits_for_nothing": "UPDATE need SET closed_at = answer_by WHERE answer_by IS NOT NULL",
    "ck_need_message_says_what": Again("need_message", "n = 1", {"n": 0, "food": False, "body": ""}),
    "uq_pause_request_appeal_id_n": Again("pause_request", change={"contests_id": None}),
    "ck_pause_answer_by_somebody": Again("pause_answer", "outcome = 'granted'", {"answered_by": None}, {
        "request_id": UNANSWERED}),
    "ck_pause_answer_refused_with_reasons": Again("pause_answer", "outcome = 'refused'", {"reasons": ""}, {
        "request_id": UNANSWERED}),
    "pause_answer_somebody_else": Again("pause_answer", "outcome = 'refused'", more={
        "request_id": UNANSWERED, "answered_by": "SELECT s.person_id FROM signature s JOIN appeal a ON a.action_id = s.action_id "
                                                 f"JOIN pause_request q ON q.appeal_id = a.id WHERE q.id = ({UNANSWERED})"}),
    "verification_review_somebody_else": Again("verification_review", "outcome = 'rejected'", more={
        "submission_id": "SELECT submission_id FROM verification_contest",
        "decided_by_id": "SELECT r.decided_by_id FROM verification_review r JOIN verification_contest c "
                         "ON r.submission_id = c.contested_id"}),
    "ck_reinstatement_declined_says_when_again": "UPDATE reinstatement SET next_on = NULL WHERE state = 'declined'",
    "ck_reinstatement_filed_together": "UPDATE reinstatement SET answer_by = NULL WHERE state = 'waiting'",
    "ck_reinstatement_ended_together": "UPDATE reinstatement SET ended_at = NULL WHERE state = 'declined'",
    "ck_reinstatement_waiting_until_a_day": "UPDATE reinstatement SET waiting_until = NULL WHERE state = 'waiting'",
    "uq_reinstatement_open": Again("reinstatement", "state = 'waiting'", {"n": 9, "ref": "E-AGAIN"}),
    "ck_reinstatement_file_exhibits_stay": f"UPDATE reinstatement_file SET removed_at = {LONG_AGO} WHERE exhibit_id IS NOT NULL",
    "reinstatement_decision_somebody_else": Again("reinstatement_decision", "outcome = 'declined'", more={
        "request_id": UNANSWERED_BACK, "decided_by": "SELECT s.person_id FROM signature s JOIN reinstatement r "
                                                     f"ON r.action_id = s.action_id WHERE r.id = ({UNANSWERED_BACK}) LIMIT 1"}),
    "uq_appeal_reopening_open": Again("appeal_reopening", "ended_at IS NULL", {"n": 9}, {
        "message_id": "SELECT id FROM appeal_message WHERE id NOT IN (SELECT message_id FROM appeal_reopening) LIMIT 1"}),
    "uq_appeal_reopening_answered": Again("appeal_reopening", "end_kind = 'answered'", {"n": 9}, {
        "message_id": "SELECT id FROM appeal_message WHERE id NOT IN (SELECT message_id FROM appeal_reopening) LIMIT 1"}),
    "ck_appeal_reopening_refused_with_reason": Again("appeal_reopening", "end_kind = 'refused'", {"n": 9, "reason": None}),
    "uq_leaf_seq": Again("leaf", change={"event_id": new_id()}),
    "uq_leaf_event_id": Again("leaf", change={"seq": 10**9}),
    "uq_clock_open": Again("clock", "ended_at IS NULL"),
    "uq_newer_promise_clock_id_promise_id": Again("newer_promise"),
    "ck_clock_ended_together": "UPDATE clock SET result = 'kept' WHERE ended_at IS NULL",
    "ck_clock_result_known": "UPDATE clock SET result = 'nearly' WHERE ended_at IS NOT NULL",
}
WRITES |= {g: f"DELETE FROM {g.removesuffix(KEEPS[0])}" for g in GUARDS if g.endswith(KEEPS[0])}
WRITES |= {g: f"UPDATE {g.removesuffix(KEEPS[1])} SET created_at = {LONG_AGO}" for g in GUARDS if g.endswith(KEEPS[1])}


def test_every_guard_is_tried() -> None:
    assert set(GUARDS) == set(WRITES)


@pytest.mark.parametrize("guard", GUARDS)
def test_whoever_writes_against_it_is_refused(filled: Filled, guard: str) -> None:
    with filled.guarded() as session:
        with pytest.raises(DBAPIError) as refused:
            carry_out(session, WRITES[guard])
        assert by(guard, str(refused.value.orig)), refused.value.orig


def carry_out(session: Session, write: Again | str) -> None:
    if isinstance(write, str):
        session.execute(sa.text(write))
    else:
        write.carry_out(session)


def by(guard: str, said: str) -> bool:
    """Whether it was this guard that refused: its name, else (SQLite's unique columns, triggers) its own words."""
    if guard in said:
        return True
    if guard.endswith(KEEPS):
        return f"rows of {guard.removesuffix(KEEPS[0]).removesuffix(KEEPS[1])} are kept" in said
    if guard.startswith("uq_"):
        return said.startswith("UNIQUE constraint failed: ") and said.split(": ")[1].split(".")[0] in guard
    return SAID.get(guard, "?") in said


SAID = {
    "action_cited": "no action without a citation", "signature_second_person": "a co-signer is somebody else",
    "hold_within_claim": "a hold is at most its claim", "hold_shares_limit": "holds on one milestone share one limit",
    "claim_alone": "a counterpart claims a milestone once at a time",
    "decision_somebody_else": "who had a part can only overturn in full",
    "action_member_written": "a decision is about a member of its account",
    "action_member_kept": "a decision is about a member of its account",
    "citation_reversal_leaves_one": "a decision rests on one rule at least",
    "pause_answer_somebody_else": "who had a part can only grant a pause",
    "verification_review_somebody_else": "who turned it down can only accept it",
    "reinstatement_decision_somebody_else": "who had a part can only let somebody come back",
    "appeal_overturned_undone": "overturned means undone", "action_stays_reversed": "what was overturned stays so",
    "action_withdrawn_before_effect": "an action is taken back before it takes effect",
    "action_law_signed_twice": "two people sign what a law asks for", "silence_by_law": "only an order forbids us to tell",
    "action_protects_briefly": "protection is renewed once, by two people",
}
