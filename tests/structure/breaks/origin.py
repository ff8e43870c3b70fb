"""Breaks what `flask verify` proves of where a decision comes from: leads, files, needs, protection, laws and orders."""

from __future__ import annotations

from tests.structure.breaks.making import FAR_AHEAD, IN_EFFECT, LONG_AGO, THE_ACTION, Break, first

SILENT = "SELECT a.ref FROM action a JOIN silence s ON s.action_id = a.id WHERE s.ended_at IS NULL ORDER BY a.id LIMIT 1"
PROTECTION = first("action", "nature = 'protective' AND status = 'issued'")
WAITS_FOR_HELP = first("need", "answer_by IS NOT NULL")
TOGETHER = "SELECT a.ref FROM action a JOIN batch_confirmation b ON b.action_id = a.id ORDER BY a.id LIMIT 1"
A_LEAD = first("lead", "true")
RELYING = "SELECT a.ref FROM action a JOIN lead_answer l ON l.action_id = a.id ORDER BY a.id LIMIT 1"

BREAKS: tuple[Break, ...] = (
    Break("laws_are_named", "action … names no law or order, or lacks a second person's signature", SILENT, (
        f"DELETE FROM action_order WHERE action_id = {THE_ACTION}",
    )),
    Break("laws_are_named", "action … names no law or order, or lacks a second person's signature", SILENT, (
        f"DELETE FROM signature WHERE signed_as = 'cosigner' AND action_id = {THE_ACTION}",
    )),
    Break("statements_reach_their_person", "action … took effect before its statement was sent", IN_EFFECT, (
        f"UPDATE notice SET created_at = {FAR_AHEAD} WHERE kind = 'statement' AND about_ref = :row",
    )),
    Break("statements_reach_their_person", "action … took effect before its statement was sent", SILENT, (
        f"DELETE FROM silence WHERE action_id = {THE_ACTION}",
    )),
    Break("statements_reach_their_person", "action … was told although an order forbids it, or was not when the order ended",
          SILENT, (
        f"UPDATE silence SET ended_at = {LONG_AGO}, end_kind = 'ended'",
    )),
    Break("silence_is_looked_at", "the statement of action … waits for ever", SILENT, (
        "DELETE FROM clock WHERE kind = 'silence_review' AND subject_ref = :row",
    )),
    Break("statements_reach_their_person", "action … is kept silent without a law or an order", SILENT, (
        "UPDATE action SET nature = 'conduct' WHERE ref = :row",
    )),
    Break("laws_are_named", "action … rests on a law and has no end",
          first("action", "nature = 'legal' AND status = 'issued'"), (
        "UPDATE action SET ends_at = NULL WHERE ref = :row",
    )),
    Break("others_cite_our_promise", "action … cites something else than the promise that bound us on …", PROTECTION, (
        "UPDATE citation SET clause_version_id = (SELECT id FROM clause_version WHERE data NOT LIKE '%protective%' LIMIT 1) "
        f"WHERE action_id = {THE_ACTION}",
    )),
    Break("protection_ends_soon", "action … protects for longer than our promise permits", PROTECTION, (
        f"UPDATE action SET ends_at = {FAR_AHEAD} WHERE ref = :row",
    )),
    Break("protection_ends_soon", "action … protects by a …", PROTECTION, (
        "UPDATE action SET measure = 'termination' WHERE ref = :row",
    )),
    Break("only_conduct_is_counted", "action … counts what is never counted", PROTECTION, (
        "UPDATE action SET occurrence = 2 WHERE ref = :row",
    )),
    Break("places_are_limited_to_protect", "action … limits places for payouts and protects no account",
          "SELECT a.ref FROM action a JOIN restriction r ON r.action_id = a.id WHERE a.status = 'issued' AND "
          "a.nature = 'conduct' ORDER BY r.id LIMIT 1", (
        f"UPDATE restriction SET kind = 'monetary', scope = 'new_places' WHERE action_id = {THE_ACTION}",
    )),
    Break("leads_rest_on_a_match", "lead … rests on no match", A_LEAD, (
        "DELETE FROM lead_match WHERE lead_id = (SELECT id FROM lead WHERE ref = :row)",
    )),
    Break("leads_rest_on_a_match", "lead … rests on fingerprints that are not the same, or of other accounts", A_LEAD, (
        "UPDATE fingerprint SET value = id",
    )),
    Break("leads_rest_on_a_match", "lead … names an account whose closing was not in effect", A_LEAD, (
        f"UPDATE lead SET found_at = {LONG_AGO} WHERE ref = :row",
    )),
    Break("leads_rest_on_a_match", "lead … rests on fingerprints that are not the same, or of other accounts", A_LEAD, (
        "UPDATE lead SET account_id = (SELECT id FROM account WHERE id <> account_id LIMIT 1) WHERE ref = :row",
    )),
    Break("reliance_is_said", "action … relies on a lead and does not say so, or says so and does not", RELYING, (
        f"UPDATE statement SET record = replace(record, '\"compared\"', '\"other\"') WHERE action_id = {THE_ACTION}",
    )),
    Break("reliance_is_said", "action … relies on a lead and does not say so, or says so and does not", RELYING, (
        f"DELETE FROM lead_answer WHERE action_id = {THE_ACTION}",
    )),
    Break("reliance_is_said", "action … relies on a lead of another case", RELYING, (
        "UPDATE lead SET case_id = (SELECT id FROM \"case\" WHERE id <> case_id ORDER BY id LIMIT 1)",
    )),
    Break("what_came_first_is_decided", "action … came first, and nothing of it waits to be decided", TOGETHER, (
        "DELETE FROM work_item WHERE kind = 'interim'",
    )),
    Break("together_is_interim", "action … was confirmed together with others and is not interim", TOGETHER, (
        "UPDATE action SET interim = false WHERE ref = :row",
    )),
    Break("together_is_interim", "action … was confirmed together with others and is not interim", TOGETHER, (
        f"UPDATE action SET ends_at = {FAR_AHEAD} WHERE ref = :row",
    )),
    Break("together_is_interim", "action … was confirmed with a file that it did not come with", TOGETHER, (
        f"DELETE FROM batch_line WHERE action_id = {THE_ACTION}",
    )),
    Break("together_is_interim", "action … was confirmed together with others by somebody who did not issue it then", TOGETHER, (
        "UPDATE batch_confirmation SET person_id = (SELECT id FROM person WHERE id <> batch_confirmation.person_id LIMIT 1)",
    )),
    Break("files_became_drafts_whole", "file … proposed … decisions, and … were begun",
          "SELECT ref FROM batch ORDER BY id LIMIT 1", (
        "DELETE FROM batch_line WHERE batch_id = (SELECT id FROM batch WHERE ref = :row)",
    )),
    Break("files_became_drafts_whole", "file … proposed … decisions, and … were begun",
          "SELECT ref FROM batch ORDER BY id LIMIT 1", (
        "UPDATE batch SET lines = lines + 1 WHERE ref = :row",
    )),
    Break("needs_are_heard", "need … has another number of receipts than of messages", WAITS_FOR_HELP, (
        "DELETE FROM notice WHERE kind = 'need_received' AND about_ref = :row",
    )),
    Break("needs_are_heard", "need … is not answered, and does not wait for us by its clock", WAITS_FOR_HELP, (
        "DELETE FROM work_item WHERE subject_ref = :row",
    )),
    Break("needs_are_heard", "need … is not answered, and does not wait for us by its clock", WAITS_FOR_HELP, (
        f"UPDATE need SET answer_by = {FAR_AHEAD} WHERE ref = :row",
    )),
    Break("needs_are_heard", "need … is answered or over, and still waits", first("need", "closed_at IS NOT NULL"), (
        f"UPDATE need SET answer_by = {FAR_AHEAD} WHERE ref = :row",
    ), ("need.ck_need_closed_waits_for_nothing",)),
    Break("needs_stay_between_two", "need … was told to somebody else", WAITS_FOR_HELP, (
        "UPDATE notice SET recipient_id = (SELECT id FROM person WHERE id <> notice.recipient_id LIMIT 1) "
        "WHERE about_ref = :row",
    )),
    Break("needs_stay_between_two", "need … is not a case of its own", WAITS_FOR_HELP, (
        'UPDATE "case" SET hardship = false WHERE id = (SELECT case_id FROM need WHERE ref = :row)',
    )),
    Break("needs_stay_between_two", "need … has something else in its case", WAITS_FOR_HELP, (
        "UPDATE message SET case_id = (SELECT case_id FROM need WHERE ref = :row)",
    )),
    Break("reliance_is_said", "action … relies on a lead and says that no machine took part in noticing it", RELYING, (
        "UPDATE action SET automated_detection = false WHERE ref = :row",
    )),
    Break("protection_ends_soon", "action … protects once more than our promise permits", SILENT, (
        "UPDATE action SET nature = 'protective', case_id = (SELECT case_id FROM action WHERE nature = 'protective' LIMIT 1) "
        "WHERE ref = :row",
    )),
    Break("needs_stay_between_two", "need … has somebody else in its case", WAITS_FOR_HELP, (
        "UPDATE case_party SET case_id = (SELECT case_id FROM need WHERE ref = :row) WHERE id = "
        "(SELECT id FROM case_party ORDER BY id LIMIT 1)",
    )),
    Break("statements_reach_their_person", "action … was told while an order forbade it", SILENT, (
        f"UPDATE silence SET ended_at = {FAR_AHEAD}, end_kind = 'ended'",
        "UPDATE notice SET about_ref = :row WHERE id = (SELECT id FROM notice WHERE kind = 'statement' ORDER BY id LIMIT 1)",
    )),
    Break("silence_is_looked_at", "whoever signed action … said that its statement waits on", SILENT, (
        "UPDATE event SET kind = 'silence.kept' WHERE subject_ref = :row AND kind = 'action.issued'",
    )),
)
