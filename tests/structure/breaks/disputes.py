"""Breaks what `flask verify` proves of disputes, of chargebacks and of how contracts go on."""

from __future__ import annotations

from tests.structure.breaks.making import FAR_AHEAD, SETTLES, Break, first

OPEN_DISPUTE = first("dispute", "state = 'opened'")
REVIEWED = first("dispute", "ended_at IS NOT NULL")
LOST = first("chargeback", "end_kind = 'lost' AND claimed_minor > 0")
STOPPED = "SELECT r.ref FROM refund r JOIN refund_stop s ON s.refund_id = r.id"
UNANSWERED = "SELECT d.ref FROM dispute d JOIN dispute_decision e ON e.dispute_id = d.id WHERE e.n = 0"
SETTLED = first("dispute", "state = 'settled'")

BREAKS: tuple[Break, ...] = (
    Break("claims_fit_their_dispute", "dispute … and its claim … say different things", OPEN_DISPUTE, (
        "UPDATE dispute SET amount_minor = amount_minor - 1 WHERE ref = :row",
    )),
    Break("one_open_dispute_each", "milestone … of contract … has more than one open dispute",
          "SELECT c.ref FROM contract c JOIN dispute d ON d.contract_id = c.id WHERE d.state = 'opened' ORDER BY d.id LIMIT 1", (
        "UPDATE dispute SET ended_at = NULL, milestone_id = (SELECT milestone_id FROM dispute WHERE state = 'opened' "
        "ORDER BY id LIMIT 1) "
        "WHERE ended_at IS NOT NULL AND state NOT IN ('settled', 'closed')",
    ), ("dispute.uq_dispute_open",)),
    Break("ended_disputes_hold_nothing", "dispute … has ended and hold … has not", OPEN_DISPUTE, (
        "UPDATE dispute SET ended_at = opened_at WHERE ref = :row",
    )),
    Break("ended_disputes_hold_nothing", "dispute … has ended and its claim … has not", REVIEWED, (
        "UPDATE claim SET ended_at = NULL, end_kind = NULL WHERE id = (SELECT claim_id FROM dispute WHERE ref = :row)",
    )),
    Break("money_went_where_decided", "dispute … should pay back … and paid back …", REVIEWED, (
        "UPDATE dispute SET refund_minor = refund_minor + 1 WHERE ref = :row",
    )),
    Break("settlements_were_agreed", "dispute … was not settled as one side offered and the other accepted", SETTLED, (
        "UPDATE settlement_offer SET refund_minor = 1 WHERE end_kind = 'accepted'",
    )),
    Break("settlements_were_agreed", "dispute … was not settled as one side offered and the other accepted", SETTLED, (
        "UPDATE settlement_offer SET ended_by = by_person_id",
    )),
    Break("settlements_were_agreed", "dispute … was not settled as one side offered and the other accepted", SETTLED, (
        "UPDATE settlement_offer SET end_kind = 'declined'",
    ), ("settlement_offer.uq_settlement_offer_accepted",)),
    Break("settlements_were_agreed", "dispute … has ended and an offer in it is still open", SETTLED, (
        "UPDATE settlement_offer SET ended_at = NULL, end_kind = NULL WHERE end_kind = 'declined'",
    )),
    Break("settlements_were_agreed", "dispute … was not settled as one side offered and the other accepted", REVIEWED, (
        "UPDATE dispute SET state = 'settled' WHERE ref = :row",
    )),
    Break("decisions_say_what_happened", "dispute … and its decision say different things", REVIEWED, (
        "UPDATE dispute SET outcome = 'release' WHERE ref = :row",
    )),
    Break("silence_decides_as_published", "dispute … was not decided by silence as published", UNANSWERED, (
        "UPDATE dispute_decision SET refund_minor = 1 WHERE n = 0",
    )),
    Break("silence_decides_as_published", "dispute … was not decided by silence as published", UNANSWERED, (
        "UPDATE dispute SET answered_at = opened_at, answer_sha256 = sha256 WHERE ref = :row",
    )),
    Break("silence_decides_as_published", "dispute … has no answer and was decided by more than silence and its review",
          UNANSWERED, (
        "UPDATE dispute_decision SET n = 1, decided_by = (SELECT id FROM person ORDER BY id LIMIT 1) WHERE n = 0",
    )),
    Break("somebody_else_reviewed", "dispute … was reviewed by somebody who had a part in its decision", REVIEWED, (
        "UPDATE dispute_decision SET read_by = (SELECT d.decided_by FROM dispute_decision d "
        "WHERE d.dispute_id = dispute_decision.dispute_id AND d.n = 1) WHERE n = 2",
    )),
    Break("two_read_large_decisions", "decision … of dispute … was made by one person alone",
          "SELECT d.ref FROM dispute d JOIN dispute_decision e ON e.dispute_id = d.id WHERE e.read_by IS NOT NULL", (
        "UPDATE dispute_decision SET read_by = NULL",
    )),
    Break("both_sides_were_told", "dispute … has no notice … for what was sent", OPEN_DISPUTE, (
        "DELETE FROM notice WHERE kind = 'dispute_receipt' AND about_ref = :row",
    )),
    Break("both_sides_were_told", "dispute … has no notice … for what was sent", REVIEWED, (
        "DELETE FROM notice WHERE kind = 'dispute_answered' AND about_ref = :row",
    )),
    Break("answers_are_due_by_their_clock", "dispute … is to be answered at another time than its promise runs out",
          OPEN_DISPUTE, (
        f"UPDATE dispute SET answer_by = {FAR_AHEAD} WHERE ref = :row",
    )),
    Break("questions_are_due_by_their_clock", "question … of dispute … waits for an answer longer or shorter than promised",
          "SELECT d.ref FROM dispute d JOIN dispute_question q ON q.dispute_id = d.id WHERE q.ended_at IS NULL", (
        f"UPDATE dispute_question SET answer_by = {FAR_AHEAD} WHERE ended_at IS NULL",
    )),
    Break("claims_fit_their_dispute", "dispute … asks for more than its milestone, or for another contract's", OPEN_DISPUTE, (
        "UPDATE dispute SET amount_minor = 900000000 WHERE ref = :row",
        "UPDATE claim SET amount_minor = 900000000 WHERE id = (SELECT claim_id FROM dispute WHERE ref = :row)",
    )),
    Break("decisions_say_what_happened", "dispute … has a decision and is not decided", UNANSWERED, (
        "UPDATE dispute SET state = 'unanswered' WHERE ref = :row",
    )),
    Break("chargebacks_are_booked", "chargeback … says … taken and … lost, the books … and …", LOST, (
        "UPDATE chargeback SET taken_minor = taken_minor - 1, loss_minor = loss_minor + 1 "
        "WHERE ref = :row",
    )),
    Break("chargebacks_are_booked", "chargeback … says … taken and … lost, the books … and …", LOST, (
        "UPDATE transfer SET amount_minor = amount_minor + 1 WHERE entry_id = (SELECT e.id FROM entry e JOIN chargeback c "
        "ON c.ref = :row WHERE e.kind = 'chargeback_loss' LIMIT 1)",
    )),
    Break("what_was_paid_in_waits_for_the_bank", "of chargeback … … was paid in: … went to the bank, … is free, … waits",
          "SELECT ref FROM chargeback WHERE end_kind = 'won'", (
        "UPDATE transfer SET amount_minor = amount_minor - 1 "
        "WHERE entry_id IN (SELECT id FROM entry WHERE kind = 'escrow_freed')",
    )),
    Break("nothing_is_given_back_twice", "of milestone … of contract … more went back than was released",
          (
            "SELECT k.ref FROM contract k JOIN chargeback c ON c.contract_id = k.id "
            "WHERE c.end_kind = 'lost' AND c.claimed_minor > 0"
          ), (
        "UPDATE chargeback SET claimed_minor = 10000000, amount_minor = 10000000 WHERE end_kind = 'lost' AND claimed_minor > 0",
    ), ("chargeback.ck_chargeback_lost_adds_up",)),
    Break("banks_decide_alone", "dispute … is open although a bank decides about its milestone (chargeback …)",
          (
            "SELECT d.ref FROM dispute d JOIN chargeback c ON c.milestone_id = d.milestone_id "
            "WHERE d.state = 'closed'"
          ), (
        "UPDATE dispute SET state = 'answered', closed_because = NULL, ended_at = NULL, "
        "answered_at = opened_at, answer_sha256 = sha256 WHERE ref = :row",
    )),
    Break("stages_follow", "the stages of chargeback … are not what became of it", LOST, (
        "UPDATE chargeback_stage SET stage = 'won' WHERE stage = 'lost'",
    )),
    Break("stages_follow", "the stages of chargeback … are not what became of it", first("chargeback", "ended_at IS NULL"), (
        "DELETE FROM chargeback_dossier",
    )),
    *(
        Break("the_bank_heard_the_freelancer", "the bank was told otherwise about chargeback … than the freelancer wrote",
              "SELECT c.ref FROM chargeback c JOIN chargeback_words w ON w.chargeback_id = c.id", (change,))
        for change in (
            "UPDATE chargeback_words SET sha256 = (SELECT sha256 FROM chargeback_dossier LIMIT 1)",
            "UPDATE chargeback_words SET chargeback_id = (SELECT id FROM chargeback WHERE end_kind = 'lost' LIMIT 1)",
            f"UPDATE chargeback_words SET said_at = {FAR_AHEAD}",
        )
    ),
    Break("stopped_refunds_wait_for_the_bank", "refund … is stopped otherwise than chargeback … stands", STOPPED, (
        "UPDATE refund_stop SET end_kind = 'freed'",
    )),
    Break("stopped_refunds_wait_for_the_bank", "chargeback … stopped … of refunds for good, and … of that went to the bank",
          "SELECT called_by_ref FROM refund_stop", (
        "UPDATE refund_stop SET amount_minor = amount_minor + 1",
    )),
    Break("banks_gave_what_they_called", "of chargeback … … was neither released nor paid in, and … of that went to the bank",
          LOST, (
        "UPDATE chargeback SET amount_minor = amount_minor + 1 WHERE ref = :row",
    )),
    Break("both_agreed", "contract … counts as agreed although its sides did not choose the same", SETTLES, (
        "UPDATE contract_choice SET release_minor = release_minor + 1 WHERE id = "
        "(SELECT c.id FROM contract_choice c WHERE c.way = 'settle' LIMIT 1)",
    )),
    Break("what_was_paid_in_waits_for_the_bank", "chargeback … took … and calls back …", LOST, (
        "UPDATE chargeback SET claimed_minor = amount_minor + 1 WHERE ref = :row",
    ), ("chargeback.ck_chargeback_claimed_within_amount", "chargeback.ck_chargeback_lost_adds_up")),
    Break("offers_lapse_by_their_clock", "offer … is open and no clock runs to its end",
          first("settlement_offer", "end_kind = 'declined'"), (
        "UPDATE settlement_offer SET ended_at = NULL, end_kind = NULL, ended_by = NULL WHERE ref = :row",
    )),
)
