"""Breaks what `flask verify` proves of requests to come back after a termination."""

from __future__ import annotations

from tests.structure.breaks.making import FAR_AHEAD, LONG_AGO, Break, first

ASKS_BACK = first("reinstatement", "state = 'waiting'")
BACK, NOT_BACK = (first("reinstatement", f"state = '{state}'") for state in ("granted_with_conditions", "declined"))
OPENED_FOR = first("event", "kind = 'reinstatement.opened'", "subject_ref")
ASKS_AGAIN = first("reinstatement", "n = 2")
THE_REQUEST = "(SELECT id FROM reinstatement WHERE ref = :row)"
ITS_ACTION = "(SELECT action_id FROM reinstatement WHERE ref = :row)"
SAID_BACK = "UPDATE reinstatement_decision SET {} WHERE request_id = " + THE_REQUEST
LESS = "request … to come back was answered with less than yes by somebody who "
SIGNED = "signed the termination or what it replaced"
UNSIGNED = first("action", "NOT interim AND id NOT IN (SELECT action_id FROM signature)", "id")

BREAKS: tuple[Break, ...] = (
    Break("those_who_can_ask_are_told", "action …: nobody was told that one can ask to come back", OPENED_FOR, (
        "DELETE FROM notice WHERE kind = 'reinstatement_opens'",)),
    Break("nobody_asks_before_the_day",
          "request … to come back was taken before the day that the no before it named", ASKS_AGAIN, (
        "UPDATE reinstatement SET next_on = '2099-01-01' WHERE state = 'declined'",)),
    Break("nobody_asks_before_the_day",
          "request … to come back was declined, and no day is kept on which one can ask again", NOT_BACK, (
        "DELETE FROM clock WHERE kind = 'reinstatement_opens'",)),
    Break("reinstatements_are_heard", "request … to come back was sent and nothing was said in it", ASKS_BACK, (
        f"DELETE FROM reinstatement_message WHERE request_id = {THE_REQUEST}",)),
    Break("reinstatements_are_heard", "request … to come back was sent without a receipt", ASKS_BACK, (
        "DELETE FROM notice WHERE kind = 'reinstatement_filed' AND about_ref = :row",)),
    Break("reinstatements_are_heard", "request … to come back is not answered and does not wait for us by its clock", ASKS_BACK, (
        "DELETE FROM work_item WHERE subject_ref = :row",)),
    Break("reinstatements_are_heard", "request … to come back is not answered and does not wait for us by its clock", ASKS_BACK, (
        f"UPDATE reinstatement SET answer_by = {FAR_AHEAD} WHERE ref = :row",)),
    Break("reinstatements_are_heard", "request … to come back is over and still waits", BACK, (
        "UPDATE work_item SET closed_at = NULL, close_reason = NULL WHERE subject_ref = :row",),
        ("work_item.ck_work_item_closed_together",)),
    Break("reinstatements_are_heard", "request … to come back waits, and its termination has ended", ASKS_BACK, (
        f"UPDATE action SET lifted_at = {LONG_AGO} WHERE id = {ITS_ACTION}",)),
    Break("reinstatements_are_refused_by_others", LESS + SIGNED, BACK, (SAID_BACK.format(
        f"decided_by = (SELECT person_id FROM signature WHERE action_id = {ITS_ACTION} LIMIT 1)"),)),
    Break("reinstatements_are_refused_by_others", LESS + SIGNED, BACK, (
        f"UPDATE action SET supersedes_id = ({UNSIGNED}) WHERE id = {ITS_ACTION}",
        f"UPDATE signature SET action_id = ({UNSIGNED}) WHERE action_id = {ITS_ACTION}",
        SAID_BACK.format("decided_by = (SELECT s.person_id FROM signature s JOIN action a ON a.supersedes_id = s.action_id "
                         f"WHERE a.id = {ITS_ACTION} LIMIT 1)"))),
    Break("reinstatements_are_refused_by_others", LESS + "had said no before", ASKS_AGAIN, (
        f"UPDATE reinstatement_decision SET request_id = {THE_REQUEST} WHERE outcome = 'granted_with_conditions'",
        "UPDATE reinstatement_decision SET decided_by = (SELECT decided_by FROM reinstatement_decision "
        "WHERE outcome = 'declined') WHERE outcome = 'granted_with_conditions'")),
    Break("answers_say_what_they_are", "request … to come back and its answer say different things", BACK, (
        SAID_BACK.format("outcome = 'granted'"),)),
    Break("answers_say_what_they_are", "request … to come back was answered without its conditions or its day", BACK, (
        SAID_BACK.format("record = replace(record, '\"conditions\"', '\"under\"')"),)),
    Break("answers_say_what_they_are", "request … to come back names a day for the next one that was not promised", NOT_BACK, (
        "UPDATE reinstatement SET next_on = '2099-01-01' WHERE ref = :row",)),
    Break("granted_means_back", "request … to come back was granted and the termination was not lifted", BACK, (
        f"UPDATE action SET lifted_at = NULL WHERE id = {ITS_ACTION}",)),
    Break("granted_means_back", "request … to come back was not answered in time, and the termination goes on", ASKS_BACK, (
        f"UPDATE reinstatement SET state = 'lapsed', waiting_until = NULL, ended_at = {LONG_AGO} WHERE ref = :row",)),
)
