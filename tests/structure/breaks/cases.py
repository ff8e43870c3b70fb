"""Breaks what `flask verify` proves of promises that run: their clocks, and the newer promises that count for them."""

from __future__ import annotations

from tests.structure.breaks.making import FAR_AHEAD, LONG_AGO, Break, first

MOVED = "SELECT c.id FROM clock c JOIN newer_promise n ON n.clock_id = c.id WHERE c.ended_at IS NULL ORDER BY c.id LIMIT 1"

BREAKS: tuple[Break, ...] = (
    Break("promises_are_machine_readable", "promise … of … (clause_version …) says nothing of what follows when it is missed",
          first("clause_version", "data LIKE '%\"consequence\":\"back_to_draft\"%'", "id"), (
        "UPDATE clause_version SET data = replace(data, '\"consequence\":\"back_to_draft\",', '')",
    )),
    Break("clocks_rest_on_a_promise", "… rests on no published promise", first("clock", "ended_at IS NULL", "id"), (
        "UPDATE clock SET promise_id = NULL WHERE id = :row",
    )),
    Break("clocks_rest_on_a_promise", "… rests on a version of our promises that was not in force when it started",
          first("clock", "kind = 'appeal_answer'", "id"), (
        "UPDATE clock SET promise_id = (SELECT v.id FROM clause_version v JOIN policy_version p ON v.version_id = p.id "
        "WHERE p.effective_on = '2024-03-01' AND v.data LIKE '%\"promise\":\"appeal_answer\"%' LIMIT 1) WHERE id = :row",
    )),
    Break("kept_and_missed_are_true", "clock … (… of …) counts as …, and its instants say no",
          first("clock", "kind = 'appeal_answer' AND result = 'kept'", "id"), (
        "UPDATE clock SET result = 'missed' WHERE id = :row",
    )),
    Break("due_dates_follow", "clock … (… of …) is due at another time than follows from its start",
          first("clock", "ended_at IS NULL AND kind = 'dispute_answer'", "id"), (
        f"UPDATE clock SET due_at = {FAR_AHEAD} WHERE id = :row",
    )),
    Break("due_dates_follow", "clock … (… of …) is due at another time than follows from its start",
          first("clock", "kind = 'identity_review'", "id"), (
        f"UPDATE clock SET started_at = {LONG_AGO} WHERE id = :row",
    )),
    Break("due_dates_follow", "clock … (… of …) is due at another time than follows from its start",
          first("clock", "kind = 'question'", "id"), (
        f"UPDATE clock SET due_at = {FAR_AHEAD} WHERE id = :row",
    )),
    Break("what_is_due_has_happened", "clock … (… of …) was due at … and still runs", first("clock", "ended_at IS NULL", "id"), (
        f"UPDATE clock SET due_at = {LONG_AGO} WHERE id = :row",
    )),
    Break("newer_promises_count", "… is not due by the best of our promises for the person", MOVED, (
        "DELETE FROM newer_promise WHERE clock_id = :row",
    )),
    Break("newer_promises_count", "… is not due by the best of our promises for the person", MOVED, (
        f"UPDATE newer_promise SET due_at = {FAR_AHEAD} WHERE clock_id = :row",
    )),
    Break("newer_promises_count", "… is not due by the best of our promises for the person", MOVED, (
        f"UPDATE clock SET due_at = {FAR_AHEAD} WHERE id = :row",
    )),
    Break("newer_promises_count", "… was not compared with the newest of our promises", MOVED, (
        "UPDATE clock SET compared_on = '2026-01-01' WHERE id = :row",
    )),
    Break("newer_promises_count", "… is not due by the best of our promises for the person",
          first("clock", "kind = 'co_signature' AND ended_at IS NULL", "id"), (
        "INSERT INTO newer_promise (clock_id, promise_id, due_before, due_at, id, created_at) "
        "SELECT id, promise_id, due_at, due_at, id, created_at FROM clock WHERE id = :row",
    )),
)
