"""Breaks what `flask verify` proves of account actions: cited, said, proportionate, finite, told."""

from __future__ import annotations

from tests.enforcement.conftest import FACTS
from tests.structure.breaks.making import FAR_AHEAD, IN_EFFECT, LONG_AGO, OUTSIDE, THE_ACTION, Break, first

SECOND = first("action", "nature = 'conduct' AND status = 'issued' AND reversed_at IS NULL AND measure = 'suspension'")
ONE_MEMBER = first("action", "member_id IS NOT NULL AND status = 'issued'")
ALL_DAYS = "UPDATE citation SET conduct_from = '2026-01-01', conduct_to = '2026-12-31'"
RESTING = first("action", "id IN (SELECT r.action_id FROM restriction r JOIN restriction_check c ON c.restriction_id = r.id)")

BREAKS: tuple[Break, ...] = (
    Break("letters_name_what_they_rest_on",
          "a letter about action … says otherwise which identity check it rests on, or what does", RESTING, (
        "UPDATE restriction_check SET item_ref = 'V-ANOTHER'",
    )),
    Break("letters_name_what_they_rest_on", "action … rests on an identity check and cannot", RESTING, (
        "UPDATE action SET interim = true WHERE ref = :row",
    )),
    Break("members_read_of_themselves", "action … is about one member, and not theirs alone or not told to them", ONE_MEMBER, (
        "DELETE FROM notice WHERE kind = 'statement' AND about_ref = :row",
    )),
    Break("members_read_of_themselves", "action … is about one member, and not theirs alone or not told to them", ONE_MEMBER, (
        "UPDATE action SET member_id = (SELECT id FROM member WHERE account_id <> action.account_id LIMIT 1) WHERE ref = :row",
    )),
    Break("actions_cite_what_bound", "action … cites a clause version that did not bind on …: …", IN_EFFECT, (
        f"UPDATE citation SET conduct_from = '2023-01-01' WHERE action_id = {THE_ACTION}",
    )),
    Break("actions_cite_what_bound", "action … cites no clause", IN_EFFECT, (
        f"DELETE FROM citation WHERE action_id = {THE_ACTION}",
    )),
    Break("actions_were_said", "action … took effect before its statement was made", IN_EFFECT, (
        f"UPDATE statement SET created_at = {FAR_AHEAD} WHERE action_id = {THE_ACTION}",
    )),
    Break("actions_were_said", "action … was issued without a statement", IN_EFFECT, (
        f"DELETE FROM statement WHERE action_id = {THE_ACTION}",
    )),
    Break("statuses_follow_the_record", "action … is marked as …, and its record says otherwise", IN_EFFECT, (
        "UPDATE action SET status = 'discarded' WHERE ref = :row",
    )),
    Break("statuses_follow_the_record", "action … is marked as …, and its record says otherwise", IN_EFFECT, (
        "UPDATE action SET status = 'draft' WHERE ref = :row",
    )),
    Break("statuses_follow_the_record", "action … is marked as …, and its record says otherwise", IN_EFFECT, (
        "UPDATE action SET status = 'withdrawn' WHERE ref = :row",
    )),
    Break("second_person_signed", "action … lacks a second person's signature", IN_EFFECT, (
        "UPDATE action SET measure = 'termination' WHERE ref = :row",
    )),
    Break("second_person_signed", "action … is signed by nobody", IN_EFFECT, (
        f"DELETE FROM signature WHERE action_id = {THE_ACTION}",
    )),
    Break("nothing_begins_before_it_was_said", "action … takes something away before it takes effect",
          "SELECT a.ref FROM action a JOIN restriction r ON r.action_id = a.id WHERE a.status = 'issued' ORDER BY r.id LIMIT 1", (
        f"UPDATE restriction SET starts_at = {LONG_AGO} WHERE action_id = {THE_ACTION}",
    )),
    Break("restrictions_are_finite", "restriction … has neither an end nor a review date",
          first("restriction", "ends_at IS NOT NULL", "id"), (
        "UPDATE restriction SET ends_at = NULL, review_at = NULL WHERE id = :row",
    ), ("restriction.ck_restriction_finite",)),
    Break("reviews_are_on_time", "action … was to be reviewed on … and still restricts", IN_EFFECT, (
        f"UPDATE restriction SET ends_at = NULL, review_at = {LONG_AGO} WHERE action_id = {THE_ACTION}",
        f"UPDATE action SET ends_at = {LONG_AGO} WHERE ref = :row",
    )),
    Break("goes_on_because_of_a_look", "action … takes … for longer than it said, and nobody looked again", SECOND, (
        f"UPDATE restriction SET created_at = {FAR_AHEAD} WHERE action_id = {THE_ACTION}",
    )),
    Break("goes_on_because_of_a_look", "action … takes … beyond the end that it named", SECOND, (
        f"UPDATE restriction SET ends_at = {FAR_AHEAD} WHERE action_id = {THE_ACTION}",
    )),
    Break("nobody_is_told_first", "notice … to a counterpart does not wait for the person's statement", OUTSIDE.format(""), (
        "UPDATE notice SET after_id = NULL WHERE id = :row",
    )),
    Break("counterparts_hear_no_facts", "notice … to a counterpart contains the facts or reasons of the decision",
          OUTSIDE.format(""), (
        f"UPDATE notice SET body = 'He did it: {FACTS}' WHERE id = :row",
    )),
    Break("nobody_is_told_of_nothing", "notice … told a counterpart of action … while nothing of it was in effect",
          OUTSIDE.format(""), (
        f"UPDATE delivery SET delivered_at = {FAR_AHEAD}, result = 'sent' WHERE notice_id = :row AND channel = 'inbox'",
    )),
    Break("second_person_signed", "action … is co-signed by whoever proposed or issued it",
          (
            "SELECT a.ref FROM action a JOIN signature s ON s.action_id = a.id WHERE s.signed_as = 'cosigner' "
            "AND a.status = 'issued' ORDER BY a.id LIMIT 1"
          ), (
        "UPDATE signature SET person_id = (SELECT o.person_id FROM signature o WHERE o.action_id = signature.action_id "
        "AND o.signed_as <> 'cosigner' LIMIT 1) "
        f"WHERE signed_as = 'cosigner' AND action_id = {THE_ACTION}",
    )),
    Break("nobody_is_told_first", "notice … to a counterpart was made before the person's statement", OUTSIDE.format(""), (
        f"UPDATE notice SET created_at = {LONG_AGO} WHERE id = :row",
    )),
    Break("nobody_is_told_first", "notice … to a counterpart arrived before the person's statement", OUTSIDE.format(""), (
        f"UPDATE delivery SET delivered_at = {LONG_AGO} WHERE notice_id = :row",
    )),
    Break("people_were_asked_first", "action … was issued before the person was asked about it", IN_EFFECT, (
        "DELETE FROM message WHERE kind = 'question' AND clause_version_id = (SELECT clause_version_id FROM citation "
        f"WHERE action_id = {THE_ACTION} LIMIT 1)",
    )),
    Break("people_were_asked_first", "action … was issued before the person was asked about it", IN_EFFECT, (
        f"UPDATE message SET sent_at = {LONG_AGO}",
    )),
    Break("people_were_asked_first", "action … was issued before the person was asked about it", IN_EFFECT, (
        "UPDATE message SET clause_version_id = (SELECT id FROM clause_version WHERE clause_id <> (SELECT v.clause_id "
        f"FROM clause_version v JOIN citation c ON c.clause_version_id = v.id WHERE c.action_id = {THE_ACTION} LIMIT 1) "
        "ORDER BY id LIMIT 1)",
    )),
    Break("nothing_is_decided_twice", "action … is about what … had decided", IN_EFFECT, (ALL_DAYS,)),
    Break("overturned_is_decided_by_others", "action … is signed by somebody who had signed the overturned …", SECOND, (
        ALL_DAYS,
    )),
    Break("overturned_is_decided_by_others", "action … follows the overturned … without a second person's signature", SECOND, (
        ALL_DAYS,
    )),
    Break("overturned_is_decided_by_others", "action … follows the overturned …, and the person was not asked again", SECOND, (
        ALL_DAYS,
    )),
    Break("nobody_acts_first_twice", "action … acts first in a case in which that was done before", IN_EFFECT, (
        "UPDATE action SET interim = true",
    )),
    Break("holds_are_made_once_more", "hold … holds money of one milestone for the platform for time number …",
          (
            "SELECT h.ref FROM hold h JOIN claim c ON c.id = h.claim_id WHERE c.claimant = 'counterpart' AND h.amount_minor > 0 "
            "ORDER BY h.id DESC LIMIT 1"
          ), (
        "UPDATE claim SET claimant = 'platform', contract_term_id = NULL, milestone_id = (SELECT milestone_id FROM claim "
        "WHERE claimant = 'platform' ORDER BY id LIMIT 1), clause_version_id = (SELECT clause_version_id FROM claim "
        "WHERE claimant = 'platform' ORDER BY id LIMIT 1) WHERE claimant = 'counterpart'",
        "UPDATE earning SET milestone_id = (SELECT id FROM milestone ORDER BY id LIMIT 1)",
    )),
    Break("restrictions_are_finite", "action … has no end", IN_EFFECT, ("UPDATE action SET ends_at = NULL WHERE ref = :row",)),
    Break("holds_are_made_once_more", "hold … holds money of one milestone again without a second person's signature",
          "SELECT h.ref FROM hold h JOIN claim c ON c.id = h.claim_id WHERE c.claimant = 'platform' "
          "ORDER BY h.id LIMIT 1 OFFSET 1",
          ("UPDATE earning SET milestone_id = (SELECT id FROM milestone ORDER BY id LIMIT 1)",)),
)
