"""Breaks what `flask verify` proves of appeals and their decisions."""

from __future__ import annotations

from tests.structure.breaks.making import FAR_AHEAD, LONG_AGO, OUTSIDE, REPLACING, THE_ACTION, Break, first

OVERTURNED = first("action", "reversed_at IS NOT NULL")
UPHELD = first("appeal", "kind = 'action' AND outcome = 'upheld'")
WAITING = first("appeal", "kind = 'action' AND state = 'filed'")
ITS_HOLD = (
    "SELECT h.ref FROM hold h JOIN event e ON e.id = h.cause_event_id JOIN action a ON a.ref = e.subject_ref "
    "WHERE a.reversed_at IS NOT NULL"
)
ITS_FILE = "SELECT d.ref FROM document d JOIN appeal_file f ON f.document_id = d.id ORDER BY d.id LIMIT 1"
COMPLAINED = first("appeal", "kind = 'inaction' AND outcome = 'upheld'")
ITS_ACTION = "(SELECT p.action_id FROM appeal p WHERE p.ref = :row)"
WHO_DECIDED = "SELECT d.decided_by FROM decision d JOIN appeal p ON p.id = d.appeal_id WHERE p.ref = :row ORDER BY d.n LIMIT 1"

MENTIONED = first("notice", "kind = 'appeal_mentioned'", "id")

BREAKS: tuple[Break, ...] = (
    Break("mentioned_only_if_wanted", "notice … says that an appeal is pending, and its person did not want that", MENTIONED, (
        "DELETE FROM appeal_mention",
    )),
    Break("mentioned_only_if_wanted", "notice … says that an appeal is pending, to somebody who was not told of the decision",
          MENTIONED, ("UPDATE notice SET about_ref = 'A-OTHER' WHERE kind = 'appeal_mentioned'",)),
    Break("mentioned_only_if_wanted", "notice … says that an appeal is over, to somebody who had not heard of it",
          first("notice", "kind = 'appeal_mention_over'", "id"), (
        "UPDATE notice SET corrects_id = NULL WHERE kind = 'appeal_mention_over'",
    )),
    Break("nothing_heavier_after_an_appeal", "action … takes more than …, against which an appeal was filed", REPLACING, (
        f"UPDATE action SET ends_at = {FAR_AHEAD} WHERE ref = :row",
        f"UPDATE appeal SET filed_at = {LONG_AGO}, action_id = (SELECT supersedes_id FROM action WHERE ref = :row) "
        "WHERE id = (SELECT id FROM appeal WHERE filed_at IS NOT NULL ORDER BY id LIMIT 1)",
    )),
    Break("somebody_else_decided", "appeal … was decided by somebody who signed the action", UPHELD, (
        "UPDATE decision SET decided_by = (SELECT s.person_id FROM signature s JOIN appeal a ON a.action_id = s.action_id "
        "WHERE a.id = decision.appeal_id LIMIT 1) WHERE outcome = 'upheld' AND appeal_id IN (SELECT id FROM appeal "
        "WHERE kind = 'action')",
    )),
    Break("somebody_else_decided", "appeal … was decided by somebody who signed that its money is held longer", UPHELD, (
        "UPDATE hold SET cause_event_id = (SELECT e.id FROM event e JOIN action a ON a.ref = e.subject_ref JOIN appeal p "
        "ON p.action_id = a.id WHERE e.kind = 'action.issued' AND p.ref = :row) WHERE id IN (SELECT hold_id FROM hold_extension)",
        f"UPDATE hold_extension SET ended_at = {LONG_AGO}, ended_by = (SELECT d.decided_by FROM decision d JOIN appeal p ON "
        "p.id = d.appeal_id WHERE p.ref = :row ORDER BY d.n DESC LIMIT 1), proposed_by = (SELECT x.id FROM person x WHERE x.id "
        "NOT IN (SELECT d.decided_by FROM decision d JOIN appeal p ON p.id = d.appeal_id WHERE p.ref = :row) LIMIT 1)",
    )),
    Break("decided_says_how", "appeal … and its decision say different things", UPHELD, (
        "UPDATE appeal SET outcome = 'partially_reversed' WHERE ref = :row",
    )),
    Break("overturned_means_undone", "action … was overturned and is not reversed", OVERTURNED, (
        "UPDATE action SET reversed_at = NULL WHERE ref = :row",
    )),
    Break("overturned_means_undone", "action … is reversed and a restriction of it is not", OVERTURNED, (
        "DELETE FROM restriction_change WHERE restriction_id IN "
        f"(SELECT id FROM restriction WHERE action_id = {THE_ACTION})",
    )),
    Break("overturned_means_undone", "action … is reversed and its hold … has not ended", ITS_HOLD, (
        "UPDATE hold SET ended_at = NULL, end_kind = NULL WHERE ref = :row",
    )),
    Break("corrections_reach_those_told", "notice … about action … was not corrected", OUTSIDE.format("NOT "), (
        "UPDATE notice SET corrects_id = NULL WHERE corrects_id = :row",
    )),
    Break("corrections_reach_those_told", "notice … corrects what somebody else was told",
          first("notice", "corrects_id IS NOT NULL", "id"), (
        "UPDATE notice SET recipient_id = (SELECT recipient_id FROM notice WHERE kind = 'statement' LIMIT 1) WHERE id = :row",
    )),
    Break("filed_appeals_have_a_clock", "appeal … was filed and nothing was said in it", UPHELD, (
        "DELETE FROM appeal_message WHERE appeal_id = (SELECT id FROM appeal WHERE ref = :row)",
    )),
    Break("filed_appeals_have_a_clock", "appeal … waits and no promise runs for it", WAITING, (
        "DELETE FROM clock WHERE kind = 'appeal_answer' AND subject_ref = :row",
    )),
    Break("what_was_sent_is_kept", "document … of appeal … is no exhibit", ITS_FILE, (
        "UPDATE appeal_file SET exhibit_id = NULL",
    )),
    Break("what_was_sent_is_kept", "document … was taken away by its sender and is not erased", ITS_FILE, (
        f"UPDATE appeal_file SET exhibit_id = NULL, removed_at = {LONG_AGO}",
    )),
    Break("filings_have_a_receipt", "appeal … was filed (message …) without a receipt", WAITING, (
        "DELETE FROM notice WHERE kind = 'appeal_filed' AND about_ref = :row",
    )),
    Break("somebody_else_decided", "appeal … was decided by somebody who closed the case", COMPLAINED, (
        "UPDATE decision SET decided_by = (SELECT c.closed_by FROM case_closing c JOIN appeal a ON a.closing_id = c.id "
        "WHERE a.id = decision.appeal_id) WHERE appeal_id = (SELECT id FROM appeal WHERE ref = :row)",
    )),
    Break("granted_means_shown", "what appeal … contests is to be shown, and no letter shows it",
          first("appeal", "kind = 'withheld' AND outcome = 'reversed'"), (
        "DELETE FROM statement WHERE supersedes_id IS NOT NULL",
    )),
    Break("nothing_upheld_is_hidden", "appeal … upheld rule …, which rests only on what its person could not see", UPHELD, (
        r"""UPDATE statement SET record = replace(record, '"ground"\:null', '"ground"\:"protects_reporter"') """
        "WHERE action_id = (SELECT action_id FROM appeal WHERE ref = :row)",
    )),
    Break("appeals_are_answered_by_their_clock", "appeal … is to be answered at another time than its promise runs out",
          WAITING, (
        f"UPDATE appeal SET answer_by = {FAR_AHEAD} WHERE ref = :row",
    )),
    Break("somebody_else_decided", "appeal … was decided by somebody who had refused it", UPHELD, (
        f"UPDATE appeal SET action_id = {ITS_ACTION}, refused_by = ({WHO_DECIDED}) WHERE kind = 'withheld'",
    ), ("appeal.ck_appeal_refused_by_somebody",)),
    Break("somebody_else_decided", "appeal … was decided twice by the same person", UPHELD, (
        "UPDATE decision SET n = 2, outcome = 'upheld', appeal_id = (SELECT id FROM appeal WHERE ref = :row), decided_by = "
        f"({WHO_DECIDED}) WHERE appeal_id = (SELECT id FROM appeal WHERE kind = 'withheld')",
    )),
    Break("somebody_else_decided", "appeal … was refused by somebody who signed the action", WAITING, (
        "UPDATE appeal SET refused_by = (SELECT person_id FROM signature WHERE action_id = appeal.action_id LIMIT 1) "
        "WHERE ref = :row",
    ), ("appeal.ck_appeal_refused_by_somebody",)),
    Break("somebody_else_decided", "appeal … was refused twice by the same person", UPHELD, (
        f"UPDATE appeal SET action_id = {ITS_ACTION}, refused_by = person_id WHERE kind = 'withheld' OR ref = :row",
        f"UPDATE appeal SET refused_by = ({WHO_DECIDED}) WHERE refused_by IS NOT NULL",
    ), ("appeal.ck_appeal_refused_by_somebody",)),
    Break("decided_says_how", "appeal … is over and still waits in the queue", UPHELD, (
        "UPDATE work_item SET closed_at = NULL, close_reason = NULL WHERE subject_ref = :row",
    ), ("work_item.ck_work_item_closed_together",)),
    Break("filed_appeals_have_a_clock", "appeal … waits and nobody at the desk sees it", WAITING, (
        "DELETE FROM work_item WHERE subject_ref = :row",
    )),
    Break("filed_appeals_have_a_clock", "appeal … waits for its person, and no clock runs until then", WAITING, (
        f"UPDATE appeal SET state = 'waiting', waiting_until = {FAR_AHEAD} WHERE ref = :row",
    )),
)
