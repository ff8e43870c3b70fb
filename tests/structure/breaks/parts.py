"""Breaks one part of what `flask verify` says of money and leaves the others whole: no part of a query is asked in vain."""

from __future__ import annotations

from tests.structure.breaks.disputes import OPEN_DISPUTE, REVIEWED, SETTLED, UNANSWERED
from tests.structure.breaks.ledger import OPEN_HOLD
from tests.structure.breaks.making import FAR_AHEAD, LONG_AGO, SETTLES, Break, first

Part = tuple[str, ...]
"""What is done by hand, and which constraints are taken away before ("table.name")."""
ORDERED, EXTENDED = first("hold", "order_id IS NOT NULL"), first("hold_extension", "end_kind = 'signed'")
ADJUSTED, REFUND = first("adjustment", "kind = 'added'"), first("refund", "amount_minor > 0")
RETURN, CORRECTS = first("escrow_return", "amount_minor > 0", "source_key"), first("entry", "kind = 'adjustment'", "source_key")
NEWEST_MOVEMENT = "SELECT id FROM movement ORDER BY n DESC, id DESC LIMIT 1"
LONGER = "SELECT h.ref FROM hold h JOIN hold_extension x ON x.hold_id = h.successor_of_id"
DECLINED, ASKED = first("settlement_offer", "end_kind = 'declined'"), first("dispute_question", "ended_at IS NULL")
AT_THE_BANK, STOPPING = first("chargeback", "ended_at IS NULL"), "SELECT called_by_ref FROM refund_stop"
THE_CLAIM, THE_DISPUTE = ("(SELECT {} FROM {} WHERE ref = :row)".format(*of) for of in (("claim_id", "hold"), ("id", "dispute")))
A_CLOCK = "UPDATE clock SET {} WHERE subject_ref = :row AND kind = '{}'"
AFTER = "UPDATE hold SET {} WHERE successor_of_id = (SELECT hold_id FROM hold_extension WHERE ref = :row)"
OTHER = "(SELECT id FROM {0} WHERE id <> {1} ORDER BY id LIMIT 1)"
FREE, DECIDED = first("book", "kind = 'earning' AND balance_minor > 0", "id"), first("dispute_decision", "n = 1", "id")
REOPENED = (
    "UPDATE settlement_offer SET ended_at = NULL, end_kind = NULL, ended_by = NULL WHERE ref = :row",
    A_CLOCK.format("ended_at = NULL, result = NULL, due_at = (SELECT answer_by FROM settlement_offer WHERE ref = :row)",
                   "settlement_offer"),
)
NOBODY_SIGNED = ("DELETE FROM adjustment_signature", "DELETE FROM adjustment",
                 "UPDATE entry SET kind = 'earning' WHERE source_key = :row")
TURNED = ("UPDATE transfer SET debit_id = credit_id, credit_id = debit_id "
          "WHERE entry_id IN (SELECT id FROM entry WHERE source_key = :row)")
ONE_SIDE = ("UPDATE contract_choice SET by_account_id = (SELECT client_id FROM contract WHERE id = contract_choice.contract_id) "
            "WHERE contract_id = (SELECT id FROM contract WHERE ref = :row)")
ONE_CLAIMED = "UPDATE chargeback SET claimed_minor = 1 WHERE ref = :row"
WITHOUT: dict[str, tuple[str, ...]] = {
    "UPDATE hold_extension SET ended_by = proposed_by": ("hold_extension.ck_hold_extension_somebody_else",),
    ONE_CLAIMED: ("chargeback.ck_chargeback_claim_for_what_is_claimed", "chargeback.ck_chargeback_lost_adds_up"),
    ONE_SIDE: ("contract_choice.uq_contract_choice_agreed",),
}
"""What has to be taken away for a part."""

BY_PART: dict[tuple[str, str, str], tuple[Part, ...]] = {
    ("holds_are_within_claims", "hold … holds … …, claimed are …", OPEN_HOLD): (
        ("UPDATE hold SET currency = 'EUR' WHERE ref = :row",),
    ),
    ("holds_stay_on_their_contract", "hold … for claim … has money of elsewhere in book …", OPEN_HOLD): (
        (f"UPDATE book SET contract_id = {OTHER.format('contract', 'book.contract_id')} WHERE kind = 'held' "
         "AND hold_id = (SELECT id FROM hold WHERE ref = :row)",),
        (f"UPDATE milestone SET contract_id = {OTHER.format('contract', 'milestone.contract_id')}, number = 99 "
         f"WHERE id = (SELECT milestone_id FROM claim WHERE id = {THE_CLAIM})",),
        (f"UPDATE claim SET milestone_id = {OTHER.format('milestone', 'claim.milestone_id')} WHERE id = {THE_CLAIM}",),
    ),
    ("blocks_are_within_orders", "hold … is more than, or of something else than, its order … states", ORDERED): (
        (f"UPDATE hold SET account_id = {OTHER.format('account', 'hold.account_id')} WHERE ref = :row",),
        ("UPDATE hold SET currency = 'EUR' WHERE ref = :row",),
    ),
    ("hold_clocks_end_with_their_hold", "hold … is open and no clock runs to its end", OPEN_HOLD): (
        (A_CLOCK.format("subject_ref = 'H-NOBODY'", "hold"),),
        (A_CLOCK.format("kind = 'elsewhere'", "hold"),),
        (A_CLOCK.format("ended_at = started_at, result = 'void'", "hold"),),
    ),
    ("refunds_are_what_went_back", "refund … says …, and … went into the book", REFUND): (
        (f"UPDATE refund SET account_id = {OTHER.format('account', 'refund.account_id')} WHERE ref = :row",),
        ("UPDATE book SET kind = 'payout' WHERE id = (SELECT book_id FROM refund WHERE ref = :row)",),
    ),
    ("returns_are_what_went_back", "return … says …, and … went back", RETURN): (
        ("UPDATE entry SET kind = 'earning' WHERE kind = 'escrow_return'",),
        ("UPDATE book SET kind = 'payout' WHERE id IN (SELECT t.credit_id FROM transfer t JOIN entry e ON e.id = t.entry_id "
         "WHERE e.kind = 'escrow_return')",),
    ),
    ("movements_follow_transfers", "movement … of account … says …, its transfers say …", NEWEST_MOVEMENT): (
        ("UPDATE movement SET n = n + 1 WHERE id = :row",),
    ),
    ("adjustments_were_signed", "adjustment … did not move what was signed", ADJUSTED): (
        ("UPDATE adjustment_signature SET outcome = 'returned'",),
    ),
    ("adjustments_were_signed", "the entry … corrects money and nobody signed it", CORRECTS): (
        NOBODY_SIGNED, (*NOBODY_SIGNED, TURNED),
    ),
    ("longer_holds_were_signed", "hold … ends later than hold … that it follows, and nobody signed that", LONGER): (
        ("UPDATE hold_extension SET end_kind = 'returned'",),
        ("UPDATE hold_extension SET hold_id = (SELECT id FROM hold WHERE ended_at IS NULL AND successor_of_id IS NULL "
         "ORDER BY id LIMIT 1)",),
    ),
    ("longer_holds_were_signed", "hold … is not what was signed as longer hold …", EXTENDED): (
        ("UPDATE hold_extension SET ended_by = proposed_by",),
        (f"UPDATE hold SET ended_at = {LONG_AGO} WHERE id = (SELECT hold_id FROM hold_extension WHERE ref = :row)",),
        (AFTER.format("claim_id = (SELECT id FROM claim WHERE id NOT IN "
                      "(SELECT claim_id FROM hold WHERE claim_id IS NOT NULL AND ended_at IS NULL) ORDER BY id LIMIT 1)"),),
        (AFTER.format("amount_minor = amount_minor + 1"),),
        (AFTER.format("currency = 'EUR'"),),
        (AFTER.format(f"cause_event_id = {OTHER.format('event', 'hold.cause_event_id')}"),),
    ),
    ("claims_fit_their_dispute", "dispute … and its claim … say different things", OPEN_DISPUTE): (
        ("UPDATE dispute SET milestone_id = (SELECT id FROM milestone WHERE id NOT IN (SELECT milestone_id FROM dispute) "
         "ORDER BY id LIMIT 1) WHERE ref = :row",),
        (f"UPDATE dispute SET contract_term_id = {OTHER.format('contract_term', 'dispute.contract_term_id')} "
         "WHERE ref = :row",),
        ("UPDATE dispute SET currency = 'EUR' WHERE ref = :row",),
    ),
    ("claims_fit_their_dispute", "dispute … asks for more than its milestone, or for another contract's", OPEN_DISPUTE): (
        (f"UPDATE dispute SET contract_id = {OTHER.format('contract', 'dispute.contract_id')} WHERE ref = :row",),
    ),
    ("decisions_say_what_happened", "dispute … and its decision say different things", REVIEWED): (
        (f"DELETE FROM dispute_decision WHERE dispute_id = {THE_DISPUTE}",),
        ("UPDATE dispute SET refund_minor = refund_minor + 1 WHERE ref = :row",),
    ),
    ("silence_decides_as_published", "dispute … was not decided by silence as published", UNANSWERED): (
        (f"UPDATE dispute SET answer_by = {FAR_AHEAD} WHERE ref = :row",),
    ),
    ("silence_decides_as_published", "dispute … has no answer and was decided by more than silence and its review",
     UNANSWERED): (
        (f"UPDATE dispute_decision SET dispute_id = {THE_DISPUTE} WHERE id = ({DECIDED})",),
        ("UPDATE dispute_decision SET n = 2, decided_by = (SELECT id FROM person ORDER BY id LIMIT 1) WHERE n = 0",),
    ),
    ("settlements_were_agreed", "dispute … was not settled as one side offered and the other accepted", SETTLED): (
        ("UPDATE dispute SET state = 'withdrawn' WHERE ref = :row",),
    ),
    ("offers_lapse_by_their_clock", "offer … is open and no clock runs to its end", DECLINED): (
        (*REOPENED, A_CLOCK.format("subject_ref = 'S-NOBODY'", "settlement_offer")),
        (*REOPENED, A_CLOCK.format("kind = 'elsewhere'", "settlement_offer")),
        (*REOPENED, A_CLOCK.format(f"due_at = {FAR_AHEAD}", "settlement_offer")),
    ),
    ("both_sides_were_told", "dispute … has no notice … for what was sent", OPEN_DISPUTE): (
        (f"UPDATE notice SET created_at = {LONG_AGO} WHERE kind = 'dispute_receipt' AND about_ref = :row",),
    ),
    ("answers_are_due_by_their_clock", "dispute … is to be answered at another time than its promise runs out", OPEN_DISPUTE): (
        ("DELETE FROM clock WHERE kind = 'dispute_answer' AND subject_ref = :row",),
    ),
    ("questions_are_due_by_their_clock", "question … of dispute … waits for an answer longer or shorter than promised", ASKED): (
        ("UPDATE clock SET subject_ref = 'D-NOBODY' WHERE kind = 'dispute_client_answer' AND ended_at IS NULL",),
        ("UPDATE clock SET ended_at = started_at, result = 'void' WHERE kind = 'dispute_client_answer' AND ended_at IS NULL",),
        ("UPDATE dispute SET ended_at = opened_at WHERE id = (SELECT dispute_id FROM dispute_question WHERE ref = :row)",),
    ),
    ("chargebacks_are_booked", "chargeback … says … taken and … lost, the books … and …",
     first("chargeback", "taken_minor > 0")): (
        ("UPDATE transfer SET amount_minor = amount_minor + 1 WHERE id = (SELECT t.id FROM transfer t "
         "JOIN book b ON b.id = t.debit_id JOIN hold h ON h.id = b.hold_id JOIN chargeback x ON x.claim_id = h.claim_id "
         "JOIN book g ON g.id = t.credit_id WHERE x.ref = :row AND g.kind = 'charged_back' LIMIT 1)",),
    ),
    ("what_was_paid_in_waits_for_the_bank", "of chargeback … … was paid in: … went to the bank, … is free, … waits",
     AT_THE_BANK): (
        ("UPDATE book SET kind = 'called', milestone_id = (SELECT milestone_id FROM chargeback WHERE ref = :row) "
         f"WHERE id = ({FREE})",),
    ),
    ("what_was_paid_in_waits_for_the_bank", "chargeback … took … and calls back …",
     first("chargeback", "end_kind = 'won' AND claimed_minor = 0")): (
        (ONE_CLAIMED,),
    ),
    ("what_was_paid_in_waits_for_the_bank", "chargeback … took … and calls back …", STOPPING): (
        (ONE_CLAIMED,),
    ),
    ("stopped_refunds_wait_for_the_bank", "refund … is stopped otherwise than chargeback … stands",
     "SELECT r.ref FROM refund r JOIN refund_stop s ON s.refund_id = r.id"): (
        ("UPDATE refund_stop SET called_by_ref = 'X-NOBODY'",),
    ),
    ("both_agreed", "contract … counts as agreed although its sides did not choose the same", SETTLES): (
        (ONE_SIDE,),
    ),
}
BREAKS: tuple[Break, ...] = tuple(
    Break(query, says, row, hand, WITHOUT.get(hand[0], ()))
    for (query, says, row), parts in BY_PART.items() for hand in parts
)
