"""For every query of `flask verify`: how somebody who owns the database breaks exactly what it proves, and in which row."""

from __future__ import annotations

from dataclasses import dataclass

from tests.enforcement.conftest import FACTS

LONG_AGO, FAR_AHEAD = "'2024-01-01T00:00:00.000000Z'", "'2099-01-01T00:00:00.000000Z'"


@dataclass(frozen=True)
class Break:
    """`row` finds the reference or key that a violation has to name; `hand` then breaks the promise there, as `:row`."""

    query: str
    row: str
    hand: tuple[str, ...]
    without: tuple[str, ...] = ()


def _first(table: str, where: str, column: str = "ref") -> str:
    return f'SELECT {column} FROM {table} WHERE {where} ORDER BY id LIMIT 1'


OVERTURNED = _first("action", "reversed_at IS NOT NULL")
IN_EFFECT = (
    "SELECT ref FROM action WHERE nature = 'conduct' AND member_id IS NULL AND status = 'issued' AND reversed_at IS NULL "
    "AND lifted_at IS NULL ORDER BY id DESC LIMIT 1"
)
LIFTED, TAKEN_BACK = _first("action", "lifted_at IS NOT NULL"), _first("action", "status = 'withdrawn'")
SECOND = _first("action", "nature = 'conduct' AND status = 'issued' AND reversed_at IS NULL AND measure = 'suspension'")
ONE_MEMBER = _first("action", "member_id IS NOT NULL AND status = 'issued'")
SILENT = "SELECT a.ref FROM action a JOIN silence s ON s.action_id = a.id WHERE s.ended_at IS NULL ORDER BY a.id LIMIT 1"
PROTECTION = _first("action", "nature = 'protective' AND status = 'issued'")
ALL_DAYS = "UPDATE citation SET conduct_from = '2026-01-01', conduct_to = '2026-12-31'"
SETTLES = "SELECT k.ref FROM contract k JOIN contract_choice c ON c.contract_id = k.id WHERE c.way = 'settle'"
OPEN_HOLD = _first("hold", "ended_at IS NULL AND amount_minor > 1")
FIRST_CONTESTED = (
    "SELECT h.ref FROM hold h JOIN claim c ON c.id = h.claim_id WHERE h.amount_minor > 0 AND c.claimant = 'counterpart' "
    "ORDER BY h.id LIMIT 1"
)
NEWEST_HOLD = "SELECT ref FROM hold WHERE amount_minor > 0 ORDER BY id DESC LIMIT 1"
OPEN_DISPUTE, REVIEWED = _first("dispute", "state = 'opened'"), _first("dispute", "ended_at IS NOT NULL")
LOST = _first("chargeback", "end_kind = 'lost'")
UNANSWERED = "SELECT d.ref FROM dispute d JOIN dispute_decision e ON e.dispute_id = d.id WHERE e.n = 0"
SETTLED = _first("dispute", "state = 'settled'")
UPHELD = _first("appeal", "kind = 'action' AND outcome = 'upheld'")
WAITING = _first("appeal", "kind = 'action' AND state = 'filed'")
THE_ACTION = "(SELECT id FROM action WHERE ref = :row)"
OUTSIDE = (
    "SELECT n.id FROM notice n JOIN action a ON a.ref = n.about_ref WHERE n.kind = 'counterpart_action' "
    "AND a.reversed_at IS {}NULL ORDER BY n.id LIMIT 1"
)
ITS_HOLD = (
    "SELECT h.ref FROM hold h JOIN event e ON e.id = h.cause_event_id JOIN action a ON a.ref = e.subject_ref "
    "WHERE a.reversed_at IS NOT NULL"
)
ITS_FILE = "SELECT d.ref FROM document d JOIN appeal_file f ON f.document_id = d.id ORDER BY d.id LIMIT 1"
COMPLAINED = _first("appeal", "kind = 'inaction' AND outcome = 'upheld'")
AGAIN = 'SELECT k.ref FROM "case" k JOIN case_closing c ON c.case_id = k.id WHERE c.n = 2 ORDER BY k.id LIMIT 1'
PAUSE_WAITS = "SELECT ref FROM pause_request WHERE id NOT IN (SELECT request_id FROM pause_answer)"
PAUSE_ANSWERED = "SELECT q.ref FROM pause_request q JOIN pause_answer a ON a.request_id = q.id WHERE a.outcome = '{}'"
WAITS_FOR_HELP = _first("need", "answer_by IS NOT NULL")
CLOSED_CASE = _first('"case"', "closed_at IS NOT NULL")
CLOSED_REPORT = (
    'SELECT r.ref FROM report r JOIN "case" c ON c.id = r.case_id WHERE c.closed_at IS NOT NULL ORDER BY r.id LIMIT 1'
)

TOLD = "SELECT a.ref FROM account a JOIN binding b ON b.account_id = a.id WHERE b.told_at IS NOT NULL ORDER BY a.id LIMIT 1"
CORRECTION = _first("policy_version", "corrects_id IS NOT NULL", "id")

THAT_TOLD = (
    "SELECT n.id FROM notice n JOIN action a ON a.ref = n.about_ref WHERE n.kind = 'counterpart_action' AND {} "
    "ORDER BY n.id LIMIT 1"
)

CORRECTED = (
    "SELECT a.ref FROM action a JOIN statement s ON s.action_id = a.id JOIN event e ON e.subject_ref = a.ref "
    "WHERE s.n > 1 AND e.kind = 'action.corrected' ORDER BY s.id DESC LIMIT 1"
)
NEW_LETTER = f"action_id = {THE_ACTION} AND n > 1"
TOGETHER = "SELECT a.ref FROM action a JOIN batch_confirmation b ON b.action_id = a.id ORDER BY a.id LIMIT 1"

A_LEAD, RELYING = _first("lead", "true"), (
    "SELECT a.ref FROM action a JOIN lead_answer l ON l.action_id = a.id ORDER BY a.id LIMIT 1"
)
REPLACED = "SELECT a.ref FROM action a JOIN action b ON b.supersedes_id = a.id ORDER BY a.id LIMIT 1"
REPLACING = _first("action", "supersedes_id IS NOT NULL")
THAT_TOLD_BEFORE = (
    "SELECT n.id FROM notice n JOIN action a ON a.ref = n.about_ref JOIN action b ON b.supersedes_id = a.id "
    "WHERE n.kind = 'counterpart_action' ORDER BY n.id LIMIT 1"
)

FELL = (
    "SELECT a.ref FROM action a JOIN citation c ON c.action_id = a.id JOIN citation_reversal r ON r.citation_id = c.id "
    "ORDER BY r.id LIMIT 1"
)
FELL_HOLD = (
    "SELECT h.ref FROM hold h JOIN claim m ON m.id = h.claim_id JOIN event e ON e.id = h.cause_event_id JOIN action a ON "
    "a.ref = e.subject_ref JOIN citation c ON c.action_id = a.id AND c.clause_version_id = m.clause_version_id "
    "JOIN citation_reversal r ON r.citation_id = c.id LIMIT 1"
)
THAT_TOLD_OF_IT = (
    "SELECT n.id FROM notice n JOIN action a ON a.ref = n.about_ref JOIN citation c ON c.action_id = a.id "
    "JOIN citation_reversal r ON r.citation_id = c.id WHERE n.kind = 'counterpart_action' ORDER BY n.id LIMIT 1"
)

MOVED = "SELECT c.id FROM clock c JOIN newer_promise n ON n.clock_id = c.id WHERE c.ended_at IS NULL ORDER BY c.id LIMIT 1"

BREAKS: tuple[Break, ...] = (
    Break("overturned_rules_leave_others", FELL, (
        f"DELETE FROM citation WHERE action_id = {THE_ACTION} AND id NOT IN (SELECT citation_id FROM citation_reversal)",)),
    Break("overturned_rules_leave_others", FELL, (
        "UPDATE citation_reversal SET cause_event_id = (SELECT id FROM event WHERE kind = 'action.issued' LIMIT 1)",)),
    Break("overturned_rules_hold_nothing", FELL_HOLD, ("UPDATE hold SET ended_at = NULL, end_kind = NULL WHERE ref = :row",)),
    Break("overturned_rules_permit_nothing", FELL, (f"UPDATE action SET ends_at = {FAR_AHEAD} WHERE ref = :row",)),
    Break("overturned_rules_left_the_letter", FELL, (
        f"UPDATE statement SET record = replace(record, '\"overturned\":', '\"other\":') WHERE {NEW_LETTER}",)),
    Break("overturned_rules_left_the_letter", FELL, (
        f"UPDATE statement SET record = (SELECT s.record FROM statement s WHERE s.n = 1 AND s.action_id = {THE_ACTION}) "
        f"WHERE {NEW_LETTER}",)),
    Break("those_told_hear_that_a_rule_fell", THAT_TOLD_OF_IT, (
        "UPDATE notice SET corrects_id = NULL WHERE corrects_id = :row",)),
    Break("blocks_are_within_orders", _first("hold", "order_id IS NOT NULL"),
          ("UPDATE hold SET amount_minor = 1000000000 WHERE ref = :row",)),
    Break("members_read_of_themselves", ONE_MEMBER, (
        "DELETE FROM notice WHERE kind = 'statement' AND about_ref = :row",)),
    Break("members_read_of_themselves", ONE_MEMBER, (
        "UPDATE action SET member_id = (SELECT id FROM member WHERE account_id <> action.account_id LIMIT 1) WHERE ref = :row",)),
    Break("laws_are_named", SILENT, (f"DELETE FROM action_order WHERE action_id = {THE_ACTION}",)),
    Break("laws_are_named", SILENT, (f"DELETE FROM signature WHERE signed_as = 'cosigner' AND action_id = {THE_ACTION}",)),
    Break("statements_reach_their_person", IN_EFFECT, (
        f"UPDATE notice SET created_at = {FAR_AHEAD} WHERE kind = 'statement' AND about_ref = :row",)),
    Break("statements_reach_their_person", SILENT, (f"DELETE FROM silence WHERE action_id = {THE_ACTION}",)),
    Break("statements_reach_their_person", SILENT, (f"UPDATE silence SET ended_at = {LONG_AGO}, end_kind = 'ended'",)),
    Break("silence_is_looked_at", SILENT, ("DELETE FROM clock WHERE kind = 'silence_review' AND subject_ref = :row",)),
    Break("others_cite_our_promise", PROTECTION, (
        "UPDATE citation SET clause_version_id = (SELECT id FROM clause_version WHERE data NOT LIKE '%protective%' LIMIT 1) "
        f"WHERE action_id = {THE_ACTION}",)),
    Break("protection_ends_soon", PROTECTION, (f"UPDATE action SET ends_at = {FAR_AHEAD} WHERE ref = :row",)),
    Break("protection_ends_soon", PROTECTION, ("UPDATE action SET measure = 'termination' WHERE ref = :row",)),
    Break("only_conduct_is_counted", PROTECTION, ("UPDATE action SET occurrence = 2 WHERE ref = :row",)),
    Break("short_notice_says_why", TAKEN_BACK, ("UPDATE action SET effective_at = issued_at WHERE ref = :row",)),
    Break("replaced_takes_nothing", REPLACED, (
        f"DELETE FROM restriction_change WHERE restriction_id IN (SELECT id FROM restriction WHERE action_id = {THE_ACTION})",)),
    Break("replaced_takes_nothing", REPLACING, (
        "UPDATE action SET account_id = (SELECT id FROM account WHERE id <> action.account_id LIMIT 1) WHERE ref = :row",)),
    Break("heavier_needs_two", REPLACING, (f"UPDATE action SET ends_at = {FAR_AHEAD} WHERE ref = :row",)),
    Break("nothing_heavier_after_an_appeal", REPLACING, (
        f"UPDATE action SET ends_at = {FAR_AHEAD} WHERE ref = :row",
        f"UPDATE appeal SET filed_at = {LONG_AGO}, action_id = (SELECT supersedes_id FROM action WHERE ref = :row) "
        "WHERE id = (SELECT id FROM appeal WHERE filed_at IS NOT NULL ORDER BY id LIMIT 1)")),
    Break("replaced_is_told_once", THAT_TOLD_BEFORE, ("UPDATE notice SET corrects_id = NULL WHERE corrects_id = :row",)),
    Break("letters_supersede", CORRECTED, (f"UPDATE statement SET supersedes_id = NULL WHERE {NEW_LETTER}",)),
    Break("letters_supersede", CORRECTED, (
        f"UPDATE statement SET record = replace(record, '\"changed\":{{', '\"other\":{{') WHERE {NEW_LETTER}",)),
    Break("letters_supersede", CORRECTED, (
        f"UPDATE statement SET record = replace(record, '\"measure\":\"suspension\"', '\"measure\":\"termination\"') "
        f"WHERE {NEW_LETTER}",)),
    Break("corrected_facts_have_two", CORRECTED, (
        f"UPDATE statement SET record = replace(record, '\"co_signed_by\":', '\"nobody\":') WHERE {NEW_LETTER}",)),
    Break("corrections_are_told", CORRECTED, ("DELETE FROM notice WHERE kind = 'statement' AND about_ref = :row",)),
    Break("leads_rest_on_a_match", A_LEAD, ("DELETE FROM lead_match WHERE lead_id = (SELECT id FROM lead WHERE ref = :row)",)),
    Break("leads_rest_on_a_match", A_LEAD, ("UPDATE fingerprint SET value = id",)),
    Break("leads_rest_on_a_match", A_LEAD, (f"UPDATE lead SET found_at = {LONG_AGO} WHERE ref = :row",)),
    Break("leads_rest_on_a_match", A_LEAD, (
        "UPDATE lead SET account_id = (SELECT id FROM account WHERE id <> account_id LIMIT 1) WHERE ref = :row",)),
    Break("reliance_is_said", RELYING, (
        f"UPDATE statement SET record = replace(record, '\"compared\"', '\"other\"') WHERE action_id = {THE_ACTION}",)),
    Break("reliance_is_said", RELYING, (f"DELETE FROM lead_answer WHERE action_id = {THE_ACTION}",)),
    Break("reliance_is_said", RELYING, (
        "UPDATE lead SET case_id = (SELECT id FROM \"case\" WHERE id <> case_id ORDER BY id LIMIT 1)",)),
    Break("together_is_interim", TOGETHER, ("UPDATE action SET interim = false WHERE ref = :row",)),
    Break("together_is_interim", TOGETHER, (f"UPDATE action SET ends_at = {FAR_AHEAD} WHERE ref = :row",)),
    Break("together_is_interim", TOGETHER, (f"DELETE FROM batch_line WHERE action_id = {THE_ACTION}",)),
    Break("together_is_interim", TOGETHER, (
        "UPDATE batch_confirmation SET person_id = (SELECT id FROM person WHERE id <> batch_confirmation.person_id LIMIT 1)",)),
    Break("files_became_drafts_whole", "SELECT ref FROM batch ORDER BY id LIMIT 1", (
        "DELETE FROM batch_line WHERE batch_id = (SELECT id FROM batch WHERE ref = :row)",)),
    Break("files_became_drafts_whole", "SELECT ref FROM batch ORDER BY id LIMIT 1", (
        "UPDATE batch SET lines = lines + 1 WHERE ref = :row",)),
    Break("ended_early_takes_nothing", LIFTED, (
        f"DELETE FROM restriction_change WHERE restriction_id IN (SELECT id FROM restriction WHERE action_id = {THE_ACTION})",)),
    Break("ended_early_takes_nothing", TAKEN_BACK, (
        f"DELETE FROM restriction_change WHERE restriction_id IN (SELECT id FROM restriction WHERE action_id = {THE_ACTION})",)),
    Break("ended_early_takes_nothing", LIFTED, ("UPDATE action SET lifted_at = NULL WHERE ref = :row",)),
    Break("ended_early_takes_nothing", LIFTED, (
        "UPDATE hold SET ended_at = NULL, end_kind = NULL WHERE cause_event_id = (SELECT id FROM event WHERE "
        "subject_ref = :row AND kind = 'action.issued') AND id NOT IN "
        "(SELECT successor_of_id FROM hold WHERE successor_of_id IS NOT NULL)",)),
    Break("those_told_hear_of_the_end", THAT_TOLD.format("a.lifted_at IS NOT NULL"), (
        "UPDATE notice SET corrects_id = NULL WHERE corrects_id = :row",)),
    Break("those_told_hear_of_the_end", THAT_TOLD.format("a.status = 'withdrawn'"), (
        f"UPDATE delivery SET result = 'sent', delivered_at = {LONG_AGO} WHERE notice_id = :row",)),
    Break("withdrawn_before_effect", TAKEN_BACK, (f"UPDATE action SET withdrawn_at = {FAR_AHEAD} WHERE ref = :row",)),
    Break("withdrawn_before_effect", TAKEN_BACK, ("UPDATE action SET measure = 'suspension' WHERE ref = :row",)),
    Break("withdrawn_before_effect", LIFTED, (
        "UPDATE action SET status = 'withdrawn', withdrawn_at = lifted_at WHERE ref = :row",)),
    Break("told_rests_on_a_notice", TOLD, ("DELETE FROM telling",)),
    Break("told_rests_on_a_notice", TOLD, (
        "UPDATE delivery SET result = 'bounced' WHERE channel = 'email' AND notice_id IN (SELECT notice_id FROM telling)",)),
    Break("told_rests_on_a_notice", TOLD, (f"UPDATE binding SET told_at = {LONG_AGO} WHERE told_at IS NOT NULL",)),
    Break("notice_periods_are_kept", TOLD, ("UPDATE binding SET binds_on = '2026-12-01' WHERE told_at IS NOT NULL",)),
    Break("corrections_change_no_rule", CORRECTION,
          ("UPDATE clause_version SET text = replace(text, 'two years', 'nine years') WHERE version_id = :row",)),
    Break("corrections_change_no_rule", CORRECTION, ("UPDATE policy_version SET corrects_id = NULL WHERE id = :row",)),
    Break("actions_cite_what_bound", IN_EFFECT,
          (f"UPDATE citation SET conduct_from = '2023-01-01' WHERE action_id = {THE_ACTION}",)),
    Break("actions_cite_what_bound", IN_EFFECT, (f"DELETE FROM citation WHERE action_id = {THE_ACTION}",)),
    Break("actions_were_said", IN_EFFECT,
          (f"UPDATE statement SET created_at = {FAR_AHEAD} WHERE action_id = {THE_ACTION}",)),
    Break("actions_were_said", IN_EFFECT, (f"DELETE FROM statement WHERE action_id = {THE_ACTION}",)),
    Break("statuses_follow_the_record", IN_EFFECT, ("UPDATE action SET status = 'discarded' WHERE ref = :row",)),
    Break("statuses_follow_the_record", IN_EFFECT, ("UPDATE action SET status = 'draft' WHERE ref = :row",)),
    Break("statuses_follow_the_record", IN_EFFECT, ("UPDATE action SET status = 'withdrawn' WHERE ref = :row",)),
    Break("second_person_signed", IN_EFFECT, ("UPDATE action SET measure = 'termination' WHERE ref = :row",)),
    Break("second_person_signed", IN_EFFECT, (f"DELETE FROM signature WHERE action_id = {THE_ACTION}",)),
    Break("people_were_asked_first", IN_EFFECT,
          ("DELETE FROM message WHERE kind = 'question' AND clause_version_id = (SELECT clause_version_id FROM citation "
           f"WHERE action_id = {THE_ACTION} LIMIT 1)",)),
    Break("people_were_asked_first", IN_EFFECT, (f"UPDATE message SET sent_at = {LONG_AGO}",)),
    Break("people_were_asked_first", IN_EFFECT, (
        "UPDATE message SET clause_version_id = (SELECT id FROM clause_version WHERE clause_id <> (SELECT v.clause_id "
        f"FROM clause_version v JOIN citation c ON c.clause_version_id = v.id WHERE c.action_id = {THE_ACTION} LIMIT 1) "
        "ORDER BY id LIMIT 1)",)),
    Break("nothing_is_decided_twice", IN_EFFECT, (ALL_DAYS,)),
    Break("overturned_is_decided_by_others", SECOND, (ALL_DAYS,)),
    Break("nobody_acts_first_twice", IN_EFFECT, ("UPDATE action SET interim = true",)),
    Break("holds_are_made_once_more",
          "SELECT h.ref FROM hold h JOIN claim c ON c.id = h.claim_id WHERE c.claimant = 'counterpart' AND h.amount_minor > 0 "
          "ORDER BY h.id DESC LIMIT 1", (
              "UPDATE claim SET claimant = 'platform', contract_term_id = NULL, milestone_id = (SELECT milestone_id FROM claim "
              "WHERE claimant = 'platform' ORDER BY id LIMIT 1), clause_version_id = (SELECT clause_version_id FROM claim "
              "WHERE claimant = 'platform' ORDER BY id LIMIT 1) WHERE claimant = 'counterpart'",
              "UPDATE earning SET milestone_id = (SELECT id FROM milestone ORDER BY id LIMIT 1)",
          )),
    Break("nothing_begins_before_it_was_said", (
        "SELECT a.ref FROM action a JOIN restriction r ON r.action_id = a.id WHERE a.status = 'issued' ORDER BY r.id LIMIT 1"), (
        f"UPDATE restriction SET starts_at = {LONG_AGO} WHERE action_id = {THE_ACTION}",)),
    Break("places_are_limited_to_protect", (
        "SELECT a.ref FROM action a JOIN restriction r ON r.action_id = a.id WHERE a.status = 'issued' AND a.nature = 'conduct' "
        "ORDER BY r.id LIMIT 1"), (
        f"UPDATE restriction SET kind = 'monetary', scope = 'new_places' WHERE action_id = {THE_ACTION}",)),
    Break("restrictions_are_finite", _first("restriction", "ends_at IS NOT NULL", "id"),
          ("UPDATE restriction SET ends_at = NULL, review_at = NULL WHERE id = :row",), ("restriction.ck_restriction_finite",)),
    Break("reviews_are_on_time", IN_EFFECT, (
        f"UPDATE restriction SET ends_at = NULL, review_at = {LONG_AGO} WHERE action_id = {THE_ACTION}",
        f"UPDATE action SET ends_at = {LONG_AGO} WHERE ref = :row")),
    Break("balances_are_true", _first("book", "kind = 'earning' AND balance_minor > 0", "id"),
          ("UPDATE book SET balance_minor = balance_minor + 1 WHERE id = :row",)),
    Break("everything_sums_to_nothing", "SELECT currency FROM book LIMIT 1", (
        "UPDATE book SET balance_minor = balance_minor + 1 WHERE balance_minor > 0 AND currency = :row",)),
    Break("holds_are_within_claims", OPEN_HOLD,
          ("UPDATE claim SET amount_minor = 1 WHERE id = (SELECT claim_id FROM hold WHERE ref = :row)",)),
    Break("milestones_hold_what_is_claimed", OPEN_HOLD, (
        f"UPDATE claim SET ended_at = {LONG_AGO}, end_kind = 'over' WHERE id = (SELECT claim_id FROM hold WHERE ref = :row)",)),
    Break("contracts_hold_what_is_claimed", OPEN_HOLD, (
        f"UPDATE claim SET ended_at = {LONG_AGO}, end_kind = 'over'",)),
    Break("holds_share_their_limit", NEWEST_HOLD, (
        f"UPDATE hold SET expires_at = {FAR_AHEAD} WHERE ref = :row",
        "UPDATE claim SET (milestone_id, claimant, claimant_account_id) = (SELECT c.milestone_id, c.claimant, "
        f"c.claimant_account_id FROM claim c JOIN hold h ON h.claim_id = c.id WHERE h.ref = ({FIRST_CONTESTED})) "
        "WHERE id = (SELECT claim_id FROM hold WHERE ref = :row)")),
    Break("holds_hold_what_they_say", OPEN_HOLD, ("UPDATE hold SET amount_minor = amount_minor - 1 WHERE ref = :row",)),
    Break("holds_stay_on_their_contract", OPEN_HOLD, (
        "UPDATE claim SET contract_id = (SELECT id FROM contract WHERE id <> claim.contract_id ORDER BY id LIMIT 1) "
        "WHERE id = (SELECT claim_id FROM hold WHERE ref = :row)",)),
    Break("nothing_is_lost", "SELECT a.ref FROM account a JOIN payout p ON p.account_id = a.id",
          ("UPDATE payout SET amount_minor = amount_minor + 1",)),
    Break("refunds_are_what_went_back", _first("refund", "amount_minor > 0"),
          ("UPDATE refund SET amount_minor = amount_minor + 1 WHERE ref = :row",)),
    Break("fees_are_what_was_taken", _first("earning", "fee_minor > 0", "id"),
          ("UPDATE earning SET fee_minor = fee_minor - 1 WHERE id = :row",)),
    Break("fees_are_what_was_taken", _first("funding", "amount_minor > 0", "id"),
          ("UPDATE funding SET amount_minor = amount_minor - 1 WHERE id = :row",)),
    Break("movements_follow_transfers", _first("movement", "n > 1", "id"),
          ("UPDATE movement SET held_minor = held_minor + 1 WHERE id = :row",)),
    Break("movements_follow_transfers", "SELECT entry_id FROM movement ORDER BY n DESC, id DESC LIMIT 1",
          ("DELETE FROM movement WHERE entry_id = :row",)),
    Break("adjustments_were_signed", _first("adjustment", "kind = 'added'"), (
        "DELETE FROM adjustment_signature WHERE adjustment_id = (SELECT id FROM adjustment WHERE ref = :row)",)),
    Break("longer_holds_were_signed", "SELECT h.ref FROM hold h JOIN hold_extension x ON x.hold_id = h.successor_of_id",
          ("DELETE FROM hold_extension",)),
    Break("longer_holds_were_signed", _first("hold_extension", "end_kind = 'signed'"),
          ("UPDATE hold_extension SET until = created_at",)),
    Break("longer_holds_were_signed", _first("hold_extension", "end_kind = 'signed'"),
          ("UPDATE hold SET successor_of_id = NULL WHERE successor_of_id = (SELECT hold_id FROM hold_extension)",)),
    Break("holds_end_in_time", OPEN_HOLD, (f"UPDATE hold SET expires_at = {LONG_AGO} WHERE ref = :row",)),
    Break("claims_fit_their_dispute", OPEN_DISPUTE, ("UPDATE dispute SET amount_minor = amount_minor - 1 WHERE ref = :row",)),
    Break("one_open_dispute_each",
          "SELECT c.ref FROM contract c JOIN dispute d ON d.contract_id = c.id WHERE d.state = 'opened'",
          ("UPDATE dispute SET ended_at = NULL, milestone_id = (SELECT milestone_id FROM dispute WHERE state = 'opened') "
           "WHERE ended_at IS NOT NULL AND state NOT IN ('settled', 'closed')",), ("dispute.uq_dispute_open",)),
    Break("ended_disputes_hold_nothing", OPEN_DISPUTE, ("UPDATE dispute SET ended_at = opened_at WHERE ref = :row",)),
    Break("ended_disputes_hold_nothing", REVIEWED, (
        "UPDATE claim SET ended_at = NULL, end_kind = NULL WHERE id = (SELECT claim_id FROM dispute WHERE ref = :row)",)),
    Break("money_went_where_decided", REVIEWED, ("UPDATE dispute SET refund_minor = refund_minor + 1 WHERE ref = :row",)),
    Break("settlements_were_agreed", SETTLED, ("UPDATE settlement_offer SET refund_minor = 1 WHERE end_kind = 'accepted'",)),
    Break("settlements_were_agreed", SETTLED, ("UPDATE settlement_offer SET ended_by = by_person_id",)),
    Break("settlements_were_agreed", SETTLED, ("UPDATE settlement_offer SET end_kind = 'declined'",),
          ("settlement_offer.uq_settlement_offer_accepted",)),
    Break("settlements_were_agreed", SETTLED, (
        "UPDATE settlement_offer SET ended_at = NULL, end_kind = NULL WHERE end_kind = 'declined'",)),
    Break("settlements_were_agreed", REVIEWED, ("UPDATE dispute SET state = 'settled' WHERE ref = :row",)),
    Break("chargebacks_are_booked", LOST, ("UPDATE chargeback SET taken_minor = taken_minor - 1, loss_minor = loss_minor + 1 "
                                           "WHERE ref = :row",)),
    Break("chargebacks_are_booked", LOST, (
        "UPDATE transfer SET amount_minor = amount_minor + 1 WHERE entry_id = (SELECT e.id FROM entry e JOIN chargeback c "
        "ON c.ref = :row WHERE e.kind = 'chargeback_loss' LIMIT 1)",)),
    Break("what_was_paid_in_waits_for_the_bank", "SELECT ref FROM chargeback WHERE end_kind = 'won'", (
        "UPDATE transfer SET amount_minor = amount_minor - 1 "
        "WHERE entry_id IN (SELECT id FROM entry WHERE kind = 'escrow_freed')",)),
    Break("nothing_is_given_back_twice", "SELECT k.ref FROM contract k JOIN chargeback c ON c.contract_id = k.id "
          "WHERE c.end_kind = 'lost'", (
              "UPDATE chargeback SET claimed_minor = 10000000, amount_minor = 10000000 WHERE end_kind = 'lost'",),
          ("chargeback.ck_chargeback_lost_adds_up",)),
    Break("banks_decide_alone", "SELECT d.ref FROM dispute d JOIN chargeback c ON c.milestone_id = d.milestone_id "
          "WHERE d.state = 'closed'", ("UPDATE dispute SET state = 'answered', closed_because = NULL, ended_at = NULL, "
                                       "answered_at = opened_at, answer_sha256 = sha256 WHERE ref = :row",)),
    Break("stages_follow", LOST, ("UPDATE chargeback_stage SET stage = 'won' WHERE stage = 'lost'",)),
    Break("stages_follow", _first("chargeback", "ended_at IS NULL"), ("DELETE FROM chargeback_dossier",)),
    Break("both_agreed", SETTLES, ("UPDATE contract_choice SET release_minor = release_minor + 1 WHERE id = "
                                   "(SELECT c.id FROM contract_choice c WHERE c.way = 'settle' LIMIT 1)",)),
    Break("messages_wait_for_their_answer", _first("outgoing", "ended_at IS NULL", "message_id"), (
        f"UPDATE outgoing SET sealed = NULL, erased_at = {FAR_AHEAD} WHERE message_id = :row",)),
    Break("only_closings_make_impossible", SETTLES, (
        "UPDATE contract_choice SET end_kind = 'impossible' WHERE way = 'settle'",)),
    Break("decisions_say_what_happened", REVIEWED, ("UPDATE dispute SET outcome = 'release' WHERE ref = :row",)),
    Break("silence_decides_as_published", UNANSWERED, ("UPDATE dispute_decision SET refund_minor = 1 WHERE n = 0",)),
    Break("silence_decides_as_published", UNANSWERED, (
        "UPDATE dispute SET answered_at = opened_at, answer_sha256 = sha256 WHERE ref = :row",)),
    Break("silence_decides_as_published", UNANSWERED, (
        "UPDATE dispute_decision SET n = 1, decided_by = (SELECT id FROM person ORDER BY id LIMIT 1) WHERE n = 0",)),
    Break("somebody_else_reviewed", REVIEWED, (
        "UPDATE dispute_decision SET read_by = (SELECT d.decided_by FROM dispute_decision d "
        "WHERE d.dispute_id = dispute_decision.dispute_id AND d.n = 1) WHERE n = 2",)),
    Break("two_read_large_decisions",
          "SELECT d.ref FROM dispute d JOIN dispute_decision e ON e.dispute_id = d.id WHERE e.read_by IS NOT NULL",
          ("UPDATE dispute_decision SET read_by = NULL",)),
    Break("both_sides_were_told", OPEN_DISPUTE,
          ("DELETE FROM notice WHERE kind = 'dispute_receipt' AND about_ref = :row",)),
    Break("both_sides_were_told", REVIEWED, ("DELETE FROM notice WHERE kind = 'dispute_answered' AND about_ref = :row",)),
    Break("somebody_else_decided", UPHELD, (
        "UPDATE decision SET decided_by = (SELECT s.person_id FROM signature s JOIN appeal a ON a.action_id = s.action_id "
        "WHERE a.id = decision.appeal_id LIMIT 1) WHERE outcome = 'upheld' AND appeal_id IN (SELECT id FROM appeal "
        "WHERE kind = 'action')",)),
    Break("somebody_else_decided", UPHELD, (
        "UPDATE hold SET cause_event_id = (SELECT e.id FROM event e JOIN action a ON a.ref = e.subject_ref JOIN appeal p "
        "ON p.action_id = a.id WHERE e.kind = 'action.issued' AND p.ref = :row) WHERE id IN (SELECT hold_id FROM hold_extension)",
        f"UPDATE hold_extension SET ended_at = {LONG_AGO}, ended_by = (SELECT d.decided_by FROM decision d JOIN appeal p ON "
        "p.id = d.appeal_id WHERE p.ref = :row ORDER BY d.n DESC LIMIT 1), proposed_by = (SELECT x.id FROM person x WHERE x.id "
        "NOT IN (SELECT d.decided_by FROM decision d JOIN appeal p ON p.id = d.appeal_id WHERE p.ref = :row) LIMIT 1)")),
    Break("decided_says_how", UPHELD, ("UPDATE appeal SET outcome = 'partially_reversed' WHERE ref = :row",)),
    Break("overturned_means_undone", OVERTURNED, ("UPDATE action SET reversed_at = NULL WHERE ref = :row",)),
    Break("overturned_means_undone", OVERTURNED, ("DELETE FROM restriction_change WHERE restriction_id IN "
          f"(SELECT id FROM restriction WHERE action_id = {THE_ACTION})",)),
    Break("overturned_means_undone", ITS_HOLD, ("UPDATE hold SET ended_at = NULL, end_kind = NULL WHERE ref = :row",)),
    Break("corrections_reach_those_told", OUTSIDE.format("NOT "),
          ("UPDATE notice SET corrects_id = NULL WHERE corrects_id = :row",)),
    Break("corrections_reach_those_told", _first("notice", "corrects_id IS NOT NULL", "id"), (
        "UPDATE notice SET recipient_id = (SELECT recipient_id FROM notice WHERE kind = 'statement' LIMIT 1) WHERE id = :row",)),
    Break("filed_appeals_have_a_clock", UPHELD,
          ("DELETE FROM appeal_message WHERE appeal_id = (SELECT id FROM appeal WHERE ref = :row)",)),
    Break("filed_appeals_have_a_clock", WAITING, ("DELETE FROM clock WHERE kind = 'appeal_answer' AND subject_ref = :row",)),
    Break("what_was_sent_is_kept", ITS_FILE,
          ("UPDATE appeal_file SET exhibit_id = NULL",)),
    Break("what_was_sent_is_kept", ITS_FILE,
          (f"UPDATE appeal_file SET exhibit_id = NULL, removed_at = {LONG_AGO}",)),
    Break("filings_have_a_receipt", WAITING, ("DELETE FROM notice WHERE kind = 'appeal_filed' AND about_ref = :row",)),
    Break("reports_of_closed_cases_are_answered", CLOSED_REPORT,
          ("DELETE FROM notice WHERE kind = 'report_not_applied' AND about_ref = :row",)),
    Break("somebody_else_decided", COMPLAINED, (
        "UPDATE decision SET decided_by = (SELECT c.closed_by FROM case_closing c JOIN appeal a ON a.closing_id = c.id "
        "WHERE a.id = decision.appeal_id) WHERE appeal_id = (SELECT id FROM appeal WHERE ref = :row)",)),
    Break("opened_again_goes_to_somebody_else", AGAIN, (
        "UPDATE case_closing SET closed_by = (SELECT c.closed_by FROM case_closing c WHERE c.case_id = case_closing.case_id "
        "AND c.n = 1) WHERE n = 2",)),
    Break("opened_again_goes_to_somebody_else", AGAIN, (
        'UPDATE action SET case_id = (SELECT id FROM "case" WHERE ref = :row)',
        f"UPDATE signature SET created_at = {FAR_AHEAD}")),
    Break("closed_cases_were_closed", AGAIN, (
        f"UPDATE \"case\" SET closed_at = {LONG_AGO} WHERE ref = :row",)),
    Break("closed_cases_were_closed", AGAIN, ("DELETE FROM case_reopening",)),
    Break("closed_cases_were_closed", AGAIN, ("UPDATE case_reopening SET because_ref = 'Z-NOTHING'",)),
    Break("granted_means_shown", _first("appeal", "kind = 'withheld' AND outcome = 'reversed'"), (
        "DELETE FROM statement WHERE supersedes_id IS NOT NULL",)),
    Break("nothing_upheld_is_hidden", UPHELD, (
        r"""UPDATE statement SET record = replace(record, '"ground"\:null', '"ground"\:"protects_reporter"') """
        "WHERE action_id = (SELECT action_id FROM appeal WHERE ref = :row)",)),
    Break("incoming_reports_are_heard", _first("incoming_report", "ref IS NOT NULL"), (
        "DELETE FROM notice WHERE kind = 'report_receipt' AND about_ref = :row",)),
    Break("incoming_reports_are_heard", (
        "SELECT i.ref FROM incoming_report i JOIN sorted_report s ON s.incoming_id = i.id WHERE s.report_id IS NULL"), (
        "DELETE FROM notice WHERE kind = 'report_nobody' AND about_ref = :row",)),
    Break("needs_are_heard", WAITS_FOR_HELP, ("DELETE FROM notice WHERE kind = 'need_received' AND about_ref = :row",)),
    Break("needs_are_heard", WAITS_FOR_HELP, ("DELETE FROM work_item WHERE subject_ref = :row",)),
    Break("needs_are_heard", WAITS_FOR_HELP, (f"UPDATE need SET answer_by = {FAR_AHEAD} WHERE ref = :row",)),
    Break("needs_are_heard", _first("need", "closed_at IS NOT NULL"), (
        f"UPDATE need SET answer_by = {FAR_AHEAD} WHERE ref = :row",), ("need.ck_need_closed_waits_for_nothing",)),
    Break("pauses_are_heard", PAUSE_WAITS, ("DELETE FROM notice WHERE kind = 'pause_asked'",)),
    Break("pauses_are_heard", PAUSE_WAITS, ("DELETE FROM work_item WHERE subject_ref = :row",)),
    Break("pauses_are_heard", PAUSE_ANSWERED.format("refused"), (
        "UPDATE work_item SET closed_at = NULL, close_reason = NULL WHERE subject_ref = :row",),
        ("work_item.ck_work_item_closed_together",)),
    Break("pauses_are_heard", PAUSE_WAITS, (
        "UPDATE appeal SET state = 'withdrawn' WHERE id = (SELECT appeal_id FROM pause_request WHERE ref = :row)",)),
    Break("pauses_are_refused_by_others", PAUSE_ANSWERED.format("refused"), (
        "UPDATE pause_answer SET answered_by = (SELECT s.person_id FROM signature s JOIN appeal a ON a.action_id = s.action_id "
        "JOIN pause_request q ON q.appeal_id = a.id WHERE q.ref = :row LIMIT 1) WHERE outcome = 'refused'",)),
    Break("granted_means_paused", PAUSE_ANSWERED.format("granted"), (
        "DELETE FROM restriction_change WHERE kind IN ('paused', 'reversed')", "UPDATE action SET lifted_at = NULL")),
    Break("needs_stay_between_two", WAITS_FOR_HELP, (
        "UPDATE notice SET recipient_id = (SELECT id FROM person WHERE id <> notice.recipient_id LIMIT 1) "
        "WHERE about_ref = :row",)),
    Break("needs_stay_between_two", WAITS_FOR_HELP, (
        'UPDATE "case" SET hardship = false WHERE id = (SELECT case_id FROM need WHERE ref = :row)',)),
    Break("needs_stay_between_two", WAITS_FOR_HELP, (
        "UPDATE message SET case_id = (SELECT case_id FROM need WHERE ref = :row)",)),
    Break("nobody_waits_for_what_was_taken_back", TAKEN_BACK, (
        "INSERT INTO report (ref, case_id, source, reporter_account_id, language, received_at, body, sha256, id, created_at) "
        "SELECT 'R-NOBODY', a.case_id, r.source, r.reporter_account_id, r.language, r.received_at, r.body, r.sha256, a.id, "
        "r.created_at FROM action a, report r WHERE a.ref = :row ORDER BY r.id LIMIT 1",
        "UPDATE action SET interim = true WHERE ref <> :row",
        f'UPDATE "case" SET closed_at = {FAR_AHEAD} WHERE id = (SELECT case_id FROM action WHERE ref = :row)',
        "UPDATE case_closing SET case_id = (SELECT case_id FROM action WHERE ref = :row) WHERE id = (SELECT id FROM "
        "case_closing ORDER BY id LIMIT 1)")),
    Break("closed_cases_were_closed", CLOSED_CASE, ('UPDATE "case" SET closed_at = NULL WHERE ref = :row',)),
    Break("closed_cases_were_closed", CLOSED_CASE, (
        'DELETE FROM case_closing WHERE case_id = (SELECT id FROM "case" WHERE ref = :row)',)),
    Break("asked_once", _first("verification_request", "new_reason IS NOT NULL"),
          ("UPDATE verification_request SET new_reason = NULL WHERE ref = :row",),
          ("verification_request.ck_verification_request_asked_once",)),
    Break("third_time_signed", _first("verification_request", "n = 3"), (
        "DELETE FROM verification_signature", "UPDATE verification_request SET needs_signature = false WHERE ref = :row")),
    Break("third_time_signed", _first("verification_request", "n = 3"),
          ("UPDATE verification_signature SET person_id = asked_by_id",),
          ("verification_signature.ck_verification_signature_second_person",)),
    Break("rejections_say_what_was_wrong",
          "SELECT s.ref FROM verification_submission s JOIN verification_review r ON r.submission_id = s.id "
          "WHERE r.outcome = 'rejected'",
          ("UPDATE verification_review SET code = NULL",),
          ("verification_review.ck_verification_review_says_what_was_wrong",)),
    Break("states_follow", _first("verification_item", "asked_count > 1"),
          ("UPDATE verification_item SET asked_count = asked_count + 1 WHERE ref = :row",)),
    Break("every_submission_has_a_receipt", _first("verification_submission", "n = 1"),
          ("DELETE FROM notice WHERE kind = 'identity_receipt'",)),
    Break("nobody_is_told_first", OUTSIDE.format(""), ("UPDATE notice SET after_id = NULL WHERE id = :row",)),
    Break("counterparts_hear_no_facts", OUTSIDE.format(""), (f"UPDATE notice SET body = 'He did it: {FACTS}' WHERE id = :row",)),
    Break("nobody_is_told_of_nothing", OUTSIDE.format(""), (
        f"UPDATE delivery SET delivered_at = {FAR_AHEAD}, result = 'sent' WHERE notice_id = :row AND channel = 'inbox'",)),
    Break("what_was_sent_was_tried",
          "SELECT d.id FROM delivery d WHERE d.channel = 'email' AND d.delivered_at IS NOT NULL ORDER BY d.id LIMIT 1",
          ("DELETE FROM attempt WHERE delivery_id = :row",)),
    Break("documents_can_be_opened", _first("document", "wrapped_key IS NOT NULL"),
          ("UPDATE document SET wrapped_key = NULL WHERE ref = :row",), ("document.ck_document_ready_with_key",)),
    Break("answers_are_kept", _first("request_key", "answer <> ''", "id"), (
        "UPDATE request_key SET answer = '' WHERE id = :row",)),
    Break("promises_are_machine_readable", _first("clause_version", "data LIKE '%\"consequence\":\"back_to_draft\"%'", "id"), (
        "UPDATE clause_version SET data = replace(data, '\"consequence\":\"back_to_draft\",', '')",)),
    Break("clocks_rest_on_a_promise", _first("clock", "ended_at IS NULL", "id"),
          ("UPDATE clock SET promise_id = NULL WHERE id = :row",)),
    Break("clocks_rest_on_a_promise", _first("clock", "kind = 'appeal_answer'", "id"), (
        "UPDATE clock SET promise_id = (SELECT v.id FROM clause_version v JOIN policy_version p ON v.version_id = p.id "
        "WHERE p.effective_on = '2024-03-01' AND v.data LIKE '%\"promise\":\"appeal_answer\"%' LIMIT 1) WHERE id = :row",)),
    Break("newer_promises_count", MOVED, ("DELETE FROM newer_promise WHERE clock_id = :row",)),
    Break("newer_promises_count", MOVED, (f"UPDATE newer_promise SET due_at = {FAR_AHEAD} WHERE clock_id = :row",)),
    Break("newer_promises_count", MOVED, (f"UPDATE clock SET due_at = {FAR_AHEAD} WHERE id = :row",)),
    Break("newer_promises_count", MOVED, ("UPDATE clock SET compared_on = '2026-01-01' WHERE id = :row",)),
    Break("newer_promises_count", _first("clock", "kind = 'co_signature' AND ended_at IS NULL", "id"), (
        "INSERT INTO newer_promise (clock_id, promise_id, due_before, due_at, id, created_at) "
        "SELECT id, promise_id, due_at, due_at, id, created_at FROM clock WHERE id = :row",)),
    Break("kept_and_missed_are_true", _first("clock", "kind = 'appeal_answer' AND result = 'kept'", "id"),
          ("UPDATE clock SET result = 'missed' WHERE id = :row",)),
    Break("due_dates_follow", _first("clock", "ended_at IS NULL AND kind = 'dispute_answer'", "id"),
          (f"UPDATE clock SET due_at = {FAR_AHEAD} WHERE id = :row",)),
    Break("due_dates_follow", _first("clock", "kind = 'identity_review'", "id"),
          (f"UPDATE clock SET started_at = {LONG_AGO} WHERE id = :row",)),
    Break("due_dates_follow", _first("clock", "kind = 'question'", "id"),
          (f"UPDATE clock SET due_at = {FAR_AHEAD} WHERE id = :row",)),
    Break("appeals_are_answered_by_their_clock", WAITING, (f"UPDATE appeal SET answer_by = {FAR_AHEAD} WHERE ref = :row",)),
    Break("answers_are_due_by_their_clock", OPEN_DISPUTE, (f"UPDATE dispute SET answer_by = {FAR_AHEAD} WHERE ref = :row",)),
    Break("questions_are_due_by_their_clock",
          "SELECT d.ref FROM dispute d JOIN dispute_question q ON q.dispute_id = d.id WHERE q.ended_at IS NULL",
          (f"UPDATE dispute_question SET answer_by = {FAR_AHEAD} WHERE ended_at IS NULL",)),
    Break("hold_clocks_end_with_their_hold", OPEN_HOLD,
          (f"UPDATE clock SET due_at = {FAR_AHEAD} WHERE kind = 'hold' AND subject_ref = :row",)),
    Break("what_is_due_has_happened", _first("clock", "ended_at IS NULL", "id"),
          (f"UPDATE clock SET due_at = {LONG_AGO} WHERE id = :row",)),
    Break("granted_means_paused", PAUSE_ANSWERED.format("granted"), (
        f"UPDATE restriction_change SET kind = 'resumed', at = {FAR_AHEAD} WHERE kind IN ('lifted', 'reversed') "
        "AND restriction_id IN (SELECT restriction_id FROM restriction_change WHERE kind = 'paused')",
        "UPDATE action SET lifted_at = NULL, reversed_at = NULL",
        "UPDATE appeal SET state = 'in_review' WHERE id = (SELECT appeal_id FROM pause_request WHERE ref = :row)"),
        ("appeal.ck_appeal_decided_with_outcome",)),
    Break("statements_reach_their_person", SILENT, ("UPDATE action SET nature = 'conduct' WHERE ref = :row",)),
    Break("laws_are_named", _first("action", "nature = 'legal' AND status = 'issued'"), (
        "UPDATE action SET ends_at = NULL WHERE ref = :row",)),
    Break("second_person_signed", (
        "SELECT a.ref FROM action a JOIN signature s ON s.action_id = a.id WHERE s.signed_as = 'cosigner' "
        "AND a.status = 'issued' ORDER BY a.id LIMIT 1"), (
        "UPDATE signature SET person_id = (SELECT o.person_id FROM signature o WHERE o.action_id = signature.action_id "
        "AND o.signed_as <> 'cosigner' LIMIT 1) "
        f"WHERE signed_as = 'cosigner' AND action_id = {THE_ACTION}",)),
    Break("nobody_is_told_first", OUTSIDE.format(""), (f"UPDATE notice SET created_at = {LONG_AGO} WHERE id = :row",)),
    Break("nobody_is_told_first", OUTSIDE.format(""), (
        f"UPDATE delivery SET delivered_at = {LONG_AGO} WHERE notice_id = :row",)),
    Break("claims_fit_their_dispute", OPEN_DISPUTE, (
        "UPDATE dispute SET amount_minor = 900000000 WHERE ref = :row",
        "UPDATE claim SET amount_minor = 900000000 WHERE id = (SELECT claim_id FROM dispute WHERE ref = :row)")),
    Break("decisions_say_what_happened", UNANSWERED, ("UPDATE dispute SET state = 'unanswered' WHERE ref = :row",)),
    Break("holds_are_within_claims", OPEN_HOLD, (
        f"UPDATE claim SET ended_at = {LONG_AGO} WHERE id = (SELECT claim_id FROM hold WHERE ref = :row)",),
        ("claim.ck_claim_ended_together",)),
    Break("every_submission_has_a_receipt", _first("verification_submission", "ref IS NOT NULL"), (
        "DELETE FROM clock WHERE kind = 'identity_review'",)),
)
