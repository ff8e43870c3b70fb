"""Breaks what `flask verify` proves of the books, of holds and of claims."""

from __future__ import annotations

from tests.structure.breaks.making import FAR_AHEAD, LONG_AGO, Break, first

OPEN_HOLD = first("hold", "ended_at IS NULL AND amount_minor > 1")
FIRST_CONTESTED = (
    "SELECT h.ref FROM hold h JOIN claim c ON c.id = h.claim_id WHERE h.amount_minor > 0 AND c.claimant = 'counterpart' "
    "ORDER BY h.id LIMIT 1"
)
NEWEST_HOLD = "SELECT ref FROM hold WHERE amount_minor > 0 ORDER BY id DESC LIMIT 1"

BREAKS: tuple[Break, ...] = (
    Break("blocks_are_within_orders", "hold … is more than, or of something else than, its order … states",
          first("hold", "order_id IS NOT NULL"), (
        "UPDATE hold SET amount_minor = 1000000000 WHERE ref = :row",
    )),
    Break("balances_are_true", "book … (…) says …, its transfers say …",
          first("book", "kind = 'earning' AND balance_minor > 0", "id"), (
        "UPDATE book SET balance_minor = balance_minor + 1 WHERE id = :row",
    )),
    Break("books_are_in_one_currency", "book … is in …, and transfer … of it in …",
          "SELECT id FROM book WHERE kind = 'fee' AND currency = 'USD'", (
        "UPDATE book SET currency = 'EUR' WHERE id = :row",
    )),
    Break("everything_sums_to_nothing", "all books in … come to …, not to zero", "SELECT currency FROM book LIMIT 1", (
        "UPDATE book SET balance_minor = balance_minor + 1 WHERE balance_minor > 0 AND currency = :row",
    )),
    Break("holds_are_within_claims", "hold … holds … …, claimed are …", OPEN_HOLD, (
        "UPDATE claim SET amount_minor = 1 WHERE id = (SELECT claim_id FROM hold WHERE ref = :row)",
    )),
    Break("milestones_hold_what_is_claimed", "the milestone of hold … has … on hold, and … are claimed there", OPEN_HOLD, (
        f"UPDATE claim SET ended_at = {LONG_AGO}, end_kind = 'over' WHERE id = (SELECT claim_id FROM hold WHERE ref = :row)",
    )),
    Break("contracts_hold_what_is_claimed", "of the money of hold … … is on hold in its milestone, and … are claimed there",
          OPEN_HOLD, (
        f"UPDATE claim SET ended_at = {LONG_AGO}, end_kind = 'over'",
    )),
    Break("holds_share_their_limit", "hold … runs until …, an earlier one on its milestone until …", NEWEST_HOLD, (
        f"UPDATE hold SET expires_at = {FAR_AHEAD} WHERE ref = :row",
        "UPDATE claim SET (milestone_id, claimant, claimant_account_id) = (SELECT c.milestone_id, c.claimant, "
        f"c.claimant_account_id FROM claim c JOIN hold h ON h.claim_id = c.id WHERE h.ref = ({FIRST_CONTESTED})) "
        "WHERE id = (SELECT claim_id FROM hold WHERE ref = :row)",
    )),
    Break("holds_hold_what_they_say", "hold … should hold … and holds …", OPEN_HOLD, (
        "UPDATE hold SET amount_minor = amount_minor - 1 WHERE ref = :row",
    )),
    Break("holds_stay_on_their_contract", "hold … for claim … has money of elsewhere in book …", OPEN_HOLD, (
        "UPDATE claim SET contract_id = (SELECT id FROM contract WHERE id <> claim.contract_id ORDER BY id LIMIT 1) "
        "WHERE id = (SELECT claim_id FROM hold WHERE ref = :row)",
    )),
    Break("nothing_is_lost", "account … has … … and should have …",
          "SELECT a.ref FROM account a JOIN payout p ON p.account_id = a.id", (
        "UPDATE payout SET amount_minor = amount_minor + 1",
    )),
    Break("payouts_are_where_they_stand", "payout … is …: its book should hold … and holds …",
          first("payout", "state = 'requested'"), (
        "UPDATE payout SET state = 'paid' WHERE ref = :row",
    )),
    Break("payouts_are_where_they_stand", "payout … goes to a place of somebody else", "SELECT ref FROM payout LIMIT 1", (
        "UPDATE destination SET account_id = (SELECT id FROM account WHERE id <> destination.account_id LIMIT 1)",
    )),
    Break("refunds_are_what_went_back", "refund … says …, and … went into the book", first("refund", "amount_minor > 0"), (
        "UPDATE refund SET amount_minor = amount_minor + 1 WHERE ref = :row",
    )),
    Break("returns_are_what_went_back", "return … says …, and … went back",
          first("escrow_return", "amount_minor > 0", "source_key"), (
        "UPDATE escrow_return SET amount_minor = amount_minor + 1",
    ), ("escrow_return.ck_escrow_return_what_was_asked",)),
    Break("refunds_stand_as_reported", "refund … is …, and its reports say …",
          "SELECT r.ref FROM refund r JOIN refund_report p ON p.refund_id = r.id AND p.state = 'sent'", (
        "UPDATE refund SET state = 'failed' WHERE ref = :row",
    )),
    Break("refunds_stand_as_reported", "the book of refund … holds …, and should hold …",
          "SELECT r.ref FROM refund r JOIN refund_stop s ON s.refund_id = r.id", (
        "UPDATE refund_stop SET end_kind = NULL, ended_at = NULL",
    )),
    Break("holds_end_in_time", "hold … ran out at … and is still open", OPEN_HOLD, (
        f"UPDATE hold SET expires_at = {LONG_AGO} WHERE ref = :row",
    )),
    Break("hold_clocks_end_with_their_hold", "hold … is open and no clock runs to its end", OPEN_HOLD, (
        f"UPDATE clock SET due_at = {FAR_AHEAD} WHERE kind = 'hold' AND subject_ref = :row",
    )),
    Break("holds_are_within_claims", "hold … is open although its claim … has ended", OPEN_HOLD, (
        f"UPDATE claim SET ended_at = {LONG_AGO} WHERE id = (SELECT claim_id FROM hold WHERE ref = :row)",
    ), ("claim.ck_claim_ended_together",)),
    Break("fees_are_what_was_taken", "earning … says …, its transfers say …", first("earning", "fee_minor > 0", "id"), (
        "UPDATE earning SET fee_minor = fee_minor - 1 WHERE id = :row",
    )),
    Break("fees_are_what_was_taken", "funding … says …, its transfers say …", first("funding", "amount_minor > 0", "id"), (
        "UPDATE funding SET amount_minor = amount_minor - 1 WHERE id = :row",
    )),
    Break("movements_follow_transfers", "movement … of account … says …, its transfers say …",
          first("movement", "n > 1", "id"), (
        "UPDATE movement SET held_minor = held_minor + 1 WHERE id = :row",
    )),
    Break("movements_follow_transfers", "entry … moved money of account … without a movement",
          "SELECT entry_id FROM movement ORDER BY n DESC, id DESC LIMIT 1", (
        "DELETE FROM movement WHERE entry_id = :row",
    )),
    Break("adjustments_were_signed", "adjustment … did not move what was signed", first("adjustment", "kind = 'added'"), (
        "DELETE FROM adjustment_signature WHERE adjustment_id = (SELECT id FROM adjustment WHERE ref = :row)",
    )),
    Break("longer_holds_were_signed", "hold … ends later than hold … that it follows, and nobody signed that",
          "SELECT h.ref FROM hold h JOIN hold_extension x ON x.hold_id = h.successor_of_id", (
        "DELETE FROM hold_extension",
    )),
    Break("longer_holds_were_signed", "hold … is not what was signed as longer hold …",
          first("hold_extension", "end_kind = 'signed'"), (
        "UPDATE hold_extension SET until = created_at",
    )),
    Break("longer_holds_were_signed", "longer hold … was signed, and nothing is held longer",
          first("hold_extension", "end_kind = 'signed'"), (
        "UPDATE hold SET successor_of_id = NULL WHERE successor_of_id = (SELECT hold_id FROM hold_extension)",
    )),
    Break("blocks_are_within_orders", "hold … holds once more what its order … states",
          "SELECT o.ref FROM legal_order o JOIN hold h ON h.order_id = o.id", (
        "UPDATE hold SET order_id = o.id, account_id = o.account_id, currency = o.currency, amount_minor = o.amount_minor "
        "FROM legal_order o WHERE o.ref = :row AND hold.ended_at IS NULL",
    ), ("hold.ck_hold_claim_or_order",)),
    Break("adjustments_were_signed", "the entry … corrects money and nobody signed it",
          first("entry", "kind = 'earning'", "source_key"), ("UPDATE entry SET kind = 'adjustment' WHERE source_key = :row",)),
)
