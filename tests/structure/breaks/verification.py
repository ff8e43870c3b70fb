"""Breaks what `flask verify` proves of identity checks."""

from __future__ import annotations

from tests.structure.breaks.making import FAR_AHEAD, Break, first

CONTESTED = "SELECT s.ref FROM verification_submission s JOIN verification_contest c ON c.submission_id = s.id LIMIT 1"
RESTING = "SELECT restriction_id FROM restriction_check LIMIT 1"

BREAKS: tuple[Break, ...] = (
    Break("what_rests_on_a_check_ends_with_it", "restriction … of … rests on check …, which is over, and goes on", RESTING, (
        "DELETE FROM restriction_change WHERE restriction_id = :row",
    )),
    Break("what_rests_on_a_check_was_asked_for", "restriction … rests on check …, for which its case had not asked", RESTING, (
        "UPDATE restriction_check SET item_ref = (SELECT ref FROM verification_item WHERE ref <> item_ref LIMIT 1)",
    )),
    Break("asked_once", "request … asks again for what was accepted (…)",
          first("verification_request", "new_reason IS NOT NULL"), (
        "UPDATE verification_request SET new_reason = NULL WHERE ref = :row",
    ), ("verification_request.ck_verification_request_asked_once",)),
    Break("third_time_signed", "request … is at least the third in 12 months and nobody else signed it",
          first("verification_request", "n = 3"), (
        "DELETE FROM verification_signature",
        "UPDATE verification_request SET needs_signature = false WHERE ref = :row",
    )),
    Break("third_time_signed", "request … is at least the third in 12 months and nobody else signed it",
          first("verification_request", "n = 3"), (
        "UPDATE verification_signature SET person_id = asked_by_id",
    ), ("verification_signature.ck_verification_signature_second_person",)),
    Break("rejections_say_what_was_wrong",
          "the answer to submission … does not say what was wrong, what to do, or what would do instead",
          (
            "SELECT s.ref FROM verification_submission s JOIN verification_review r ON r.submission_id = s.id "
            "WHERE r.outcome = 'rejected'"
          ), (
        "UPDATE verification_review SET code = NULL",
    ), ("verification_review.ck_verification_review_says_what_was_wrong",)),
    Break("states_follow", "item … counts … requests, there are …", first("verification_item", "asked_count > 1"), (
        "UPDATE verification_item SET asked_count = asked_count + 1 WHERE ref = :row",
    )),
    Break("every_submission_has_a_receipt", "submission … has no receipt", first("verification_submission", "n = 1"), (
        "DELETE FROM notice WHERE kind = 'identity_receipt'",
    )),
    Break("every_submission_has_a_receipt", "submission … has no time for an answer",
          first("verification_submission", "ref IS NOT NULL"), (
        "DELETE FROM clock WHERE kind = 'identity_review'",
    )),
    Break("states_follow", "item … is accepted until another day than its answer says", first("verification_item", "true"), (
        f"UPDATE verification_item SET accepted_until = {FAR_AHEAD} WHERE ref = :row",
    )),
    Break("states_follow", "item … is …, and its requests and answers say otherwise", first("verification_item", "true"), (
        "UPDATE verification_item SET state = 'rejected' WHERE ref = :row",
    )),
    Break("turned_down_by_others", "submission … was turned down twice by the same person", CONTESTED, (
        "UPDATE verification_review SET decided_by_id = (SELECT decided_by_id FROM verification_review r JOIN "
        "verification_contest c ON r.submission_id = c.contested_id LIMIT 1) WHERE submission_id = (SELECT id FROM "
        "verification_submission WHERE ref = :row)",
    )),
    Break("turned_down_by_others", "submission … contests something else than what was sent", CONTESTED, (
        "UPDATE verification_submission SET documents = '[]' WHERE ref = :row",
    )),
)
