"""Breaks what `flask verify` proves of closed cases, of reports and of requests for a pause."""

from __future__ import annotations

from tests.structure.breaks.making import FAR_AHEAD, LONG_AGO, TAKEN_BACK, Break, first

AGAIN = 'SELECT k.ref FROM "case" k JOIN case_closing c ON c.case_id = k.id WHERE c.n = 2 ORDER BY k.id LIMIT 1'
PAUSE_WAITS = "SELECT ref FROM pause_request WHERE id NOT IN (SELECT request_id FROM pause_answer)"
PAUSE_ANSWERED = "SELECT q.ref FROM pause_request q JOIN pause_answer a ON a.request_id = q.id WHERE a.outcome = '{}'"
CLOSED_CASE = first('"case"', "closed_at IS NOT NULL")
CLOSED_REPORT = 'SELECT r.ref FROM report r JOIN "case" c ON c.id = r.case_id WHERE c.closed_at IS NOT NULL ORDER BY r.id LIMIT 1'

BREAKS: tuple[Break, ...] = (
    Break("reports_of_closed_cases_are_answered", "report … was not answered when case … was closed", CLOSED_REPORT, (
        "DELETE FROM notice WHERE kind = 'report_not_applied' AND about_ref = :row",
    )),
    Break("opened_again_goes_to_somebody_else", "case … was closed twice by the same person", AGAIN, (
        "UPDATE case_closing SET closed_by = (SELECT c.closed_by FROM case_closing c WHERE c.case_id = case_closing.case_id "
        "AND c.n = 1) WHERE n = 2",
    )),
    Break("opened_again_goes_to_somebody_else", "case … was decided by whoever closed it before", AGAIN, (
        'UPDATE action SET case_id = (SELECT id FROM "case" WHERE ref = :row)',
        f"UPDATE signature SET created_at = {FAR_AHEAD}",
    )),
    Break("closed_cases_were_closed", "case … is closed at another time than somebody closed it", AGAIN, (
        f"UPDATE \"case\" SET closed_at = {LONG_AGO} WHERE ref = :row",
    )),
    Break("closed_cases_were_closed", "case … was closed again and not opened in between", AGAIN, (
        "DELETE FROM case_reopening",
    )),
    Break("closed_cases_were_closed", "case … was opened again without a complaint that was granted", AGAIN, (
        "UPDATE case_reopening SET because_ref = 'Z-NOTHING'",
    )),
    Break("incoming_reports_are_heard", "report … came without a receipt", first("incoming_report", "ref IS NOT NULL"), (
        "DELETE FROM notice WHERE kind = 'report_receipt' AND about_ref = :row",
    )),
    Break("incoming_reports_are_heard", "nobody was found for report …, and its reporter was not told",
          "SELECT i.ref FROM incoming_report i JOIN sorted_report s ON s.incoming_id = i.id "
          "WHERE s.report_id IS NULL AND i.ref IS NOT NULL ORDER BY i.id", (
        "DELETE FROM notice WHERE kind = 'report_nobody' AND about_ref = :row",
    )),
    Break("nobody_waits_for_what_was_taken_back", "report … was never answered: decision … was undone before it was told",
          TAKEN_BACK, (
        "INSERT INTO report (ref, case_id, source, reporter_account_id, language, received_at, body, sha256, id, created_at) "
        "SELECT 'R-NOBODY', a.case_id, r.source, r.reporter_account_id, r.language, r.received_at, r.body, r.sha256, a.id, "
        "r.created_at FROM action a, report r WHERE a.ref = :row ORDER BY r.id LIMIT 1",
        "UPDATE action SET interim = true WHERE ref <> :row",
        f'UPDATE "case" SET closed_at = {FAR_AHEAD} WHERE id = (SELECT case_id FROM action WHERE ref = :row)',
        "UPDATE case_closing SET case_id = (SELECT case_id FROM action WHERE ref = :row) WHERE id = (SELECT id FROM "
        "case_closing ORDER BY id LIMIT 1)",
    )),
    Break("closed_cases_were_closed", "case … is closed at another time than somebody closed it", CLOSED_CASE, (
        'UPDATE "case" SET closed_at = NULL WHERE ref = :row',
    )),
    Break("closed_cases_were_closed", "case … is closed at another time than somebody closed it", CLOSED_CASE, (
        'DELETE FROM case_closing WHERE case_id = (SELECT id FROM "case" WHERE ref = :row)',
    )),
    Break("pauses_are_heard", "request … for a pause has no receipt", PAUSE_WAITS, (
        "DELETE FROM notice WHERE kind = 'pause_asked'",
    )),
    Break("pauses_are_heard", "request … for a pause is not answered and does not wait for us", PAUSE_WAITS, (
        "DELETE FROM work_item WHERE subject_ref = :row",
    )),
    Break("pauses_are_heard", "request … for a pause is answered and still waits", PAUSE_ANSWERED.format("refused"), (
        "UPDATE work_item SET closed_at = NULL, close_reason = NULL WHERE subject_ref = :row",
    ), ("work_item.ck_work_item_closed_together",)),
    Break("pauses_are_heard", "request … for a pause waits, and its appeal does not", PAUSE_WAITS, (
        "UPDATE appeal SET state = 'withdrawn' WHERE id = (SELECT appeal_id FROM pause_request WHERE ref = :row)",
    )),
    Break("pauses_are_refused_by_others", "request … for a pause was refused by somebody who signed the decision",
          PAUSE_ANSWERED.format("refused"), (
        "UPDATE pause_answer SET answered_by = (SELECT s.person_id FROM signature s JOIN appeal a ON a.action_id = s.action_id "
        "JOIN pause_request q ON q.appeal_id = a.id WHERE q.ref = :row LIMIT 1) WHERE outcome = 'refused'",
    )),
    Break("granted_means_paused", "request … for a pause was granted, and nothing is paused", PAUSE_ANSWERED.format("granted"), (
        "DELETE FROM restriction_change WHERE kind IN ('paused', 'reversed')",
        "UPDATE action SET lifted_at = NULL",
    )),
    Break("granted_means_paused", "request … for a pause was granted, and the decision applies before its appeal is answered",
          PAUSE_ANSWERED.format("granted"), (
        f"UPDATE restriction_change SET kind = 'resumed', at = {FAR_AHEAD} WHERE kind IN ('lifted', 'reversed') "
        "AND restriction_id IN (SELECT restriction_id FROM restriction_change WHERE kind = 'paused')",
        "UPDATE action SET lifted_at = NULL, reversed_at = NULL",
        "UPDATE appeal SET state = 'in_review' WHERE id = (SELECT appeal_id FROM pause_request WHERE ref = :row)",
    ), ("appeal.ck_appeal_decided_with_outcome",)),
    Break("incoming_reports_are_heard", "report … is in a case under another reference",
          "SELECT i.ref FROM incoming_report i JOIN sorted_report s ON s.incoming_id = i.id "
          "WHERE s.report_id IS NOT NULL AND i.ref IS NOT NULL ORDER BY i.id", (
        "UPDATE report SET ref = 'R-OTHER' WHERE ref = :row",
    )),
    Break("pauses_are_refused_by_others", "request … for a pause was refused by somebody who had refused it before",
          PAUSE_ANSWERED.format("refused"), (
        f"UPDATE pause_request SET contests_id = (SELECT id FROM pause_request WHERE ref = ({PAUSE_ANSWERED.format('granted')})) "
        "WHERE ref = :row",
        "UPDATE pause_answer SET answered_by = (SELECT person_id FROM pause_request WHERE ref = :row)",
    )),
)
