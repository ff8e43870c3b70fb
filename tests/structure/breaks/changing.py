"""Breaks what `flask verify` proves of decisions that were corrected, replaced, ended early, overturned in part."""

from __future__ import annotations

from tests.structure.breaks.making import FAR_AHEAD, IN_EFFECT, LONG_AGO, REPLACING, SETTLES, TAKEN_BACK, THE_ACTION, Break, first

LIFTED = first("action", "lifted_at IS NOT NULL AND measure <> 'termination'")
THAT_TOLD = (
    "SELECT n.id FROM notice n JOIN action a ON a.ref = n.about_ref WHERE n.kind = 'counterpart_action' AND {} "
    "ORDER BY n.id LIMIT 1"
)
CORRECTED = (
    "SELECT a.ref FROM action a JOIN statement s ON s.action_id = a.id JOIN event e ON e.subject_ref = a.ref "
    "WHERE s.n > 1 AND e.kind = 'action.corrected' ORDER BY s.id DESC LIMIT 1"
)
NEW_LETTER = f"action_id = {THE_ACTION} AND n > 1"
REPLACED = "SELECT a.ref FROM action a JOIN action b ON b.supersedes_id = a.id ORDER BY a.id LIMIT 1"
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

BREAKS: tuple[Break, ...] = (
    Break("overturned_rules_leave_others", "action … rests on no rule any more, and was not overturned", FELL, (
        f"DELETE FROM citation WHERE action_id = {THE_ACTION} AND id NOT IN (SELECT citation_id FROM citation_reversal)",
    )),
    Break("overturned_rules_leave_others", "a rule of action … was overturned by nobody", FELL, (
        "UPDATE citation_reversal SET cause_event_id = (SELECT id FROM event WHERE kind = 'action.issued' LIMIT 1)",
    )),
    Break("overturned_rules_hold_nothing", "hold … goes on under a rule of action … that was overturned", FELL_HOLD, (
        "UPDATE hold SET ended_at = NULL, end_kind = NULL WHERE ref = :row",
    )),
    Break("overturned_rules_permit_nothing", "action … takes more than the rules permit that are left of it", FELL, (
        f"UPDATE action SET ends_at = {FAR_AHEAD} WHERE ref = :row",
    )),
    Break("overturned_rules_left_the_letter", "no letter of action … says that rule … was overturned", FELL, (
        f"UPDATE statement SET record = replace(record, '\"overturned\":', '\"other\":') WHERE {NEW_LETTER}",
    )),
    Break("overturned_rules_left_the_letter", "the letter of action … applies rule …, which was overturned", FELL, (
        f"UPDATE statement SET record = (SELECT s.record FROM statement s WHERE s.n = 1 AND s.action_id = {THE_ACTION}) "
        f"WHERE {NEW_LETTER}",
    )),
    Break("those_told_hear_that_a_rule_fell", "notice … names rule … of action …, which was overturned, and nobody said so",
          THAT_TOLD_OF_IT, (
        "UPDATE notice SET corrects_id = NULL WHERE corrects_id = :row",
    )),
    Break("short_notice_says_why", "action … ends an account before its notice is over, and does not say why", TAKEN_BACK, (
        "UPDATE action SET effective_at = issued_at WHERE ref = :row",
    )),
    Break("only_closings_make_impossible", "contract …: a choice counts as impossible although no account of it was closed",
          SETTLES, (
        "UPDATE contract_choice SET end_kind = 'impossible' WHERE way = 'settle'",
    )),
    Break("replaced_takes_nothing", "action … was replaced and still restricts", REPLACED, (
        f"DELETE FROM restriction_change WHERE restriction_id IN (SELECT id FROM restriction WHERE action_id = {THE_ACTION})",
    )),
    Break("replaced_takes_nothing", "action … replaces …, which is about something else", REPLACING, (
        "UPDATE action SET account_id = (SELECT id FROM account WHERE id <> action.account_id LIMIT 1) WHERE ref = :row",
    )),
    Break("heavier_needs_two", "action … takes more than …, which it replaced, and no second person signed it", REPLACING, (
        f"UPDATE action SET ends_at = {FAR_AHEAD} WHERE ref = :row",
    )),
    Break("replaced_is_told_once", "notice … told of action …, which was replaced, and not one message said so",
          THAT_TOLD_BEFORE, (
        "UPDATE notice SET corrects_id = NULL WHERE corrects_id = :row",
    )),
    Break("letters_supersede", "letter … of action … does not supersede the one before it", CORRECTED, (
        f"UPDATE statement SET supersedes_id = NULL WHERE {NEW_LETTER}",
    )),
    Break("letters_supersede", "letter … of action … does not say what it changes", CORRECTED, (
        f"UPDATE statement SET record = replace(record, '\"changed\":{{', '\"other\":{{') WHERE {NEW_LETTER}",
    )),
    Break("letters_supersede", "letter … of action … takes more than the one before it", CORRECTED, (
        f"UPDATE statement SET record = replace(record, '\"measure\":\"suspension\"', '\"measure\":\"termination\"') "
        f"WHERE {NEW_LETTER}",
    )),
    Break("corrected_facts_have_two", "letter … of action … says other facts, and no second person signed it", CORRECTED, (
        f"UPDATE statement SET record = replace(record, '\"co_signed_by\":', '\"nobody\":') WHERE {NEW_LETTER}",
    )),
    Break("corrections_are_told", "the letter of action … was corrected, and nobody was told", CORRECTED, (
        "DELETE FROM notice WHERE kind = 'statement' AND about_ref = :row",
    )),
    Break("ended_early_takes_nothing", "action … was ended early and a restriction of it was not", LIFTED, (
        f"DELETE FROM restriction_change WHERE restriction_id IN (SELECT id FROM restriction WHERE action_id = {THE_ACTION})",
    )),
    Break("ended_early_takes_nothing", "action … was ended early and a restriction of it was not", TAKEN_BACK, (
        f"DELETE FROM restriction_change WHERE restriction_id IN (SELECT id FROM restriction WHERE action_id = {THE_ACTION})",
    )),
    Break("ended_early_takes_nothing", "action … was ended early and does not say so", LIFTED, (
        "UPDATE action SET lifted_at = NULL WHERE ref = :row",
    )),
    Break("ended_early_takes_nothing", "action … was ended early and its hold … was not", LIFTED, (
        "UPDATE hold SET ended_at = NULL, end_kind = NULL WHERE cause_event_id = (SELECT id FROM event WHERE "
        "subject_ref = :row AND kind = 'action.issued') AND id NOT IN "
        "(SELECT successor_of_id FROM hold WHERE successor_of_id IS NOT NULL)",
    )),
    Break("those_told_hear_of_the_end", "notice … told of action …, and nobody said that we ended it",
          THAT_TOLD.format("a.lifted_at IS NOT NULL"), (
        "UPDATE notice SET corrects_id = NULL WHERE corrects_id = :row",
    )),
    Break("those_told_hear_of_the_end", "notice … tells of action …, which was taken back before it took effect",
          THAT_TOLD.format("a.status = 'withdrawn'"), (
        f"UPDATE delivery SET result = 'sent', delivered_at = {LONG_AGO} WHERE notice_id = :row",
    )),
    Break("withdrawn_before_effect", "action … was taken back after it took effect", TAKEN_BACK, (
        f"UPDATE action SET withdrawn_at = {FAR_AHEAD} WHERE ref = :row",
    )),
    Break("withdrawn_before_effect", "action … was taken back after it took effect", TAKEN_BACK, (
        "UPDATE action SET measure = 'suspension' WHERE ref = :row",
    )),
    Break("withdrawn_before_effect", "action … is …, and its events say otherwise", LIFTED, (
        "UPDATE action SET status = 'withdrawn', withdrawn_at = lifted_at WHERE ref = :row",
    )),
    Break("replaced_takes_nothing", "action … was replaced and still holds money", REPLACED, (
        "UPDATE hold SET cause_event_id = (SELECT id FROM event WHERE subject_ref = :row AND kind = 'action.issued') "
        "WHERE ended_at IS NULL",
    )),
    Break("decisions_end_by_their_clock", "action … is in force, and no clock runs to its last day", IN_EFFECT, (
        f"UPDATE clock SET due_at = {FAR_AHEAD} WHERE kind = 'restriction_end' AND subject_ref = :row",
    )),
    Break("decisions_end_by_their_clock", "action … is in force, and no clock runs to its review",
          first("action", "measure = 'termination' AND status = 'issued'"), (
        f"UPDATE clock SET due_at = {FAR_AHEAD} WHERE kind = 'restriction_review' AND subject_ref = :row",
    )),
)
