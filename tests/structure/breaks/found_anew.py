"""Breaks what `flask verify` proves of appeals that were opened once more on new evidence."""

from __future__ import annotations

from tests.structure.breaks.making import Break

TURNED_DOWN = "SELECT a.ref FROM appeal a JOIN appeal_reopening o ON o.appeal_id = a.id WHERE o.end_kind = 'refused'"
WAITS = "SELECT a.ref FROM appeal a JOIN appeal_reopening o ON o.appeal_id = a.id WHERE o.ended_at IS NULL"
IT = "(SELECT a.id FROM appeal a WHERE a.ref = :row)"
BY = "UPDATE appeal_reopening SET ended_by = ({}) WHERE end_kind = 'refused'"
OF_BOTH = "UPDATE appeal_reopening SET end_kind = '{0}', reason = {1} WHERE appeal_id = " + IT

BREAKS: tuple[Break, ...] = (
    Break("nothing_new_said_by_others", "appeal … was not opened again by somebody who signed the decision", TURNED_DOWN, (
        BY.format(f"SELECT s.person_id FROM signature s JOIN appeal p ON p.action_id = s.action_id WHERE p.id = {IT} LIMIT 1"),)),
    Break("nothing_new_said_by_others", "appeal … was not opened again by somebody who had answered it", TURNED_DOWN, (
        BY.format(f"SELECT d.decided_by FROM decision d WHERE d.appeal_id = {IT} AND d.n = 1"),)),
    Break("nothing_new_said_by_others", "appeal … was not opened again by somebody who had turned it down before", TURNED_DOWN, (
        OF_BOTH.format("refused", "'No.'"),
        BY.format(f"SELECT p.person_id FROM appeal p WHERE p.id = {IT}"))),
    Break("nothing_new_said_by_others", "appeal … was answered by somebody who had found nothing new in it", TURNED_DOWN, (
        BY.format(f"SELECT d.decided_by FROM decision d WHERE d.appeal_id = {IT} AND d.n = 2"),)),
    Break("opened_again_on_something_new", "appeal … was opened again, and nothing in it was new", WAITS, (
        f"DELETE FROM appeal_file WHERE appeal_id = {IT}",)),
    Break("opened_again_is_answered_once", "appeal … is open again and waits for nothing", WAITS, (
        "UPDATE appeal SET state = 'withdrawn' WHERE ref = :row",)),
    Break("opened_again_is_answered_once", "appeal … was opened again, and there is no new answer to it", TURNED_DOWN, (
        f"DELETE FROM decision WHERE n = 2 AND appeal_id = {IT}",)),
    Break("opened_again_is_answered_once", "appeal … was opened again and answered anew more than once", TURNED_DOWN, (
        OF_BOTH.format("answered", "NULL"),), ("appeal_reopening.uq_appeal_reopening_answered",)),
    Break("opened_again_is_answered_once", "appeal … was opened again after it was overturned", WAITS, (
        f"UPDATE decision SET outcome = 'reversed' WHERE appeal_id = {IT}",)),
)
