"""Breaks what `flask verify` proves of the log, of its signed heads, and of what can be read at all."""

from __future__ import annotations

from functools import reduce

from portal.core.text import canonical, sha256
from tests.structure.breaks.making import LONG_AGO, Break, first

EVENT = first("event", "case_ref IS NOT NULL", "id")
UNSEALED = "SELECT event_id FROM leaf WHERE seq = 7"
LEAF = "SELECT event_id FROM leaf WHERE seq = 5"
HEAD, NOTICE, TRANSFER = (first(table, "true", "id") for table in ("checkpoint", "notice", "transfer"))
CLAUSE = first("clause_version", "sha256 IS NOT NULL", "id")
KEY, OTHER = "ffffffff-ffff-ffff-ffff-ffffffffffff", "0" * 64
ERASED = f"UPDATE event SET payload = NULL, erased_at = {LONG_AGO}, id = '{KEY.replace('-', '')}' WHERE id = :row"
OTHER_WAY = reduce(lambda text, pair: f"replace({text}, '{pair[0]}', '{pair[1]}')",
                   zip("AEIMQUYcgkosw048", "BFJNRVZdhlptx159", strict=True), "substr(note, length(note) - 2, 1)")
"""The last letter of a signature whose last two bits say nothing: another one that means the same."""


def vouches(*lines: tuple[str, str, str, str]) -> str:
    """Some event says that it vouches for this: its manifest and the digest of that."""
    manifest = canonical([["event", "", "actor", OTHER], *lines])
    return (f"UPDATE event SET manifest = '{manifest}', record_sha256 = '{sha256(manifest)}' "
            f"WHERE id = ({UNSEALED})").replace(":", r"\:")


BREAKS: tuple[Break, ...] = (
    Break("answers_are_kept", "request_key … of … was spent and has no answer", first("request_key", "answer <> ''", "id"), (
        "UPDATE request_key SET answer = '' WHERE id = :row",
    )),
    Break("check", "leaf …: the order has a gap or a double, … was expected", "SELECT seq + 1000000 FROM leaf WHERE seq = 5", (
        "UPDATE leaf SET seq = seq + 1000000 WHERE seq = 5",
    )),
    Break("check", "leaf … (…): its event is gone", LEAF, ("DELETE FROM event WHERE id = :row",)),
    Break("check", "leaf …: its hash is not that of event …", LEAF, (
        f"UPDATE leaf SET leaf_hash = '{OTHER}' WHERE event_id = :row",
    )),
    Break("check", "event … (…): its leaf hash does not fit its columns", EVENT, (
        "UPDATE event SET subject_ref = 'R-OTHER' WHERE id = :row",
    )),
    Break("check", "event … (…): its manifest does not fit its digest", EVENT, (
        "UPDATE event SET manifest = '[]' WHERE id = :row",
    )),
    Break("check", "event … (…): who acted, or in which case, is not what it vouches for", EVENT, (
        "UPDATE event SET actor = 'nobody' WHERE id = :row",
    )),
    Break("check", "event … (…): it carries no seal of ours, and events before it do", UNSEALED, (
        vouches(("nowhere", KEY, "row", OTHER)),
    )),
    Break("check", "event … (…): its seal is not ours", EVENT, ("UPDATE event SET at = created_at, kind = 'x' WHERE id = :row",)),
    Break("check", "event … (…): its payload is gone without an erasure", EVENT, (
        "UPDATE event SET payload = NULL WHERE id = :row",
    )),
    Break("check", "event … (…): it is marked as erased, but its payload is there", EVENT, (
        "UPDATE event SET erased_at = at WHERE id = :row",
    )),
    Break("check", "event … (…): the key of its case is missing or cannot be opened", EVENT, ("DELETE FROM case_key",)),
    Break("check", "event … (…): its payload does not fit its commitment", EVENT, (
        "UPDATE event SET payload = '[]' WHERE id = :row",
    )),
    Break("check", 'event … (…): no event vouches for its "erased" part', EVENT, (
        f"UPDATE event SET payload = NULL, erased_at = {LONG_AGO} WHERE id = :row",
    )),
    Break("check", 'event … (…): its "erased" part is not what event … vouches for', f"SELECT '{KEY}' FROM ({EVENT}) e", (
        ERASED.replace(":row", f"({EVENT})"), vouches(("event", KEY, "erased", OTHER)),
    )),
    Break("check", "event …: event … says that it was erased, and it is not", f"SELECT '{KEY}'", (
        vouches(("event", KEY, "erased", OTHER)),
    )),
    Break("check", "nowhere …: vouched for by event …, but there is no such table", f"SELECT '{KEY}'", (
        vouches(("nowhere", KEY, "row", OTHER)),
    )),
    Break("check", "event … (…): it gives … …, which never changes, another …", UNSEALED, (
        vouches(("transfer", KEY, "row", OTHER), ("transfer", KEY, "row", "1" * 64)),
    )),
    Break("check", "transfer …: no event vouches for its content", f"SELECT '{KEY.replace('-', '')}'", (
        f"UPDATE transfer SET id = :row WHERE id = ({TRANSFER})",
    )),
    Break("check", "transfer …: the row is gone, event … vouches for its content", TRANSFER, (
        "DELETE FROM transfer WHERE id = :row",
    )),
    Break("check", "notice …: its … is not what event … vouches for", NOTICE, (
        "UPDATE notice SET target = '/elsewhere' WHERE id = :row",
    )),
    Break("check", "clause_version …: its … does not fit its digest", CLAUSE, (
        f"UPDATE clause_version SET sha256 = '{OTHER}' WHERE id = :row",
    )),
    Break("check", "notice …: its text does not fit its digest", NOTICE, ("UPDATE notice SET body = 'Other' WHERE id = :row",)),
    Break("check", "notice …: its text is gone without an erasure", NOTICE, (
        "UPDATE notice SET subject = NULL, body = NULL, mail_body = NULL WHERE id = :row",
    )),
    Break("check", "notice …: it is marked as erased, but its text is there", NOTICE, (
        "UPDATE notice SET erased_at = created_at WHERE id = :row",
    )),
    Break("check", "checkpoint … (size …): its note says something else than its row", HEAD, (
        f"UPDATE checkpoint SET root = '{OTHER}' WHERE id = :row",
    )),
    Break("check", "checkpoint … (size …): it has no copy outside the database", HEAD, (
        "UPDATE checkpoint SET note = note || ' ' WHERE id = :row",
    )),
    Break("check", "checkpoint … (size …): the log has … leaves, fewer than the … that were signed", HEAD, ("DELETE FROM leaf",)),
    Break("check", "checkpoint copy …: the log has … leaves, fewer than the … that were signed",
          "SELECT size FROM checkpoint ORDER BY size LIMIT 1", ("DELETE FROM leaf",)),
    Break("check", "checkpoint … (size …): the tree of that size has another root: something older was changed", HEAD, (
        f"UPDATE leaf SET leaf_hash = '{OTHER}' WHERE seq = 0",
    )),
    Break("check", "checkpoint … (size …): the note is not in the form of a checkpoint", HEAD, (
        "UPDATE checkpoint SET note = 'x' WHERE id = :row",
    )),
    Break("check", "checkpoint … (size …): the signature is written in more than one way", HEAD, (
        f"UPDATE checkpoint SET note = substr(note, 1, length(note) - 3) || {OTHER_WAY} || '=\n' WHERE id = :row",
    )),
    Break("check", "checkpoint … (size …): the note is signed by another key or for another log", HEAD, (
        "UPDATE checkpoint SET note = replace(note, 'localhost', 'elsewhere') WHERE id = :row",
    )),
    Break("check", "checkpoint … (size …): the signature does not fit the note", HEAD, (
        "UPDATE checkpoint SET note = replace(note, '/log\n' || size, '/log\n' || (size + 1)) WHERE id = :row",
    )),
    Break("unreadable", "action … (…): its … cannot be read", first("action", "ends_at IS NOT NULL"), (
        "UPDATE action SET ends_at = 'infinity' WHERE ref = :row",
    )),
    Break("unreadable", "clause_version …: its … cannot be read", CLAUSE, (
        "UPDATE clause_version SET data = '{' WHERE id = :row",
    )),
    Break("unreadable", "transfer …: its values break ck_transfer_amount_above_zero", TRANSFER, (
        "UPDATE transfer SET amount_minor = 0 WHERE id = :row",
    ), ("transfer.ck_transfer_amount_above_zero",)),
    Break("carried_out",
          '12. Both ways: "…" cannot be proven: something that it reads is not what it should be (…)',
          "SELECT 'promises_are_machine_readable'", ("UPDATE clause_version SET data = '{'",)),
)
