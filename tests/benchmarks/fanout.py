"""FAN-OUT: the worker's delivery with a mailer that only counts, beside a loop that claims and closes and builds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from portal.core.ids import new_id
from portal.notices.delivery import Post, deliver
from portal.notices.journal import Journal
from tests.benchmarks.bulk import Sheet, fill
from tests.benchmarks.filling import Town, instant, key, ref
from tests.benchmarks.measuring import ROUNDS, Line, Rounds, together
from tests.benchmarks.preparing import NullMailer
from tests.benchmarks.stage import Stage

BATCH = 100
FIRST = 20_000_000
_STARTS = count(FIRST, 1_000_000)

CLAIM = """UPDATE delivery SET lease_until = {0}, next_try_at = {0}, tries = tries + 1 WHERE id IN (
SELECT id FROM delivery WHERE result = 'waiting' AND next_try_at <= {0} AND channel = 'email'
ORDER BY next_try_at, id LIMIT 100{1}) RETURNING id, tries"""
CLOSE = """UPDATE delivery SET result = 'sent', lease_until = NULL, delivered_at = {0}, informs_at = {0}
WHERE id IN ({1}) AND result = 'waiting'"""
ATTEMPT = 'INSERT INTO attempt (id, created_at, delivery_id, n, "at", result, detail) VALUES ({0})'


def fan_out(stage: Stage, town: Town, notices: int) -> list[Line]:
    """So many notices in each round, all due, to people all over the data. One worker."""
    _raw(stage)
    work_off(stage)
    rounds = Rounds()
    for _ in range(ROUNDS):
        prepare_due(stage, town, notices)
        product = notices * together([lambda: work_off(stage, notices)], 1)
        rounds.add(product, raw=notices * together([lambda: _raw(stage, notices)], 1))
    note = f"{notices} notices"
    return rounds.lines("FAN-OUT", stage.engine, stage.cases, 1, {"raw": 0.25}, stage.bytes() / 1e6, note)


def prepare_due(stage: Stage, town: Town, notices: int, *, twin: bool = True) -> None:
    """The same notices on both databases, all due."""
    first = next(_STARTS)
    for url in (stage.url, stage.twin_url) if twin else (stage.url,):
        fill(stage, _due(town, first, notices), url=url, few=True)


def _due(town: Town, first: int, notices: int) -> Iterator[Sheet]:
    """Notices that are in the inbox already, their mails due."""
    numbers = range(first, first + notices)
    yield Sheet("notice", ("id", "event_id", "recipient_id", "account_id", "about_ref", "created_at"), (
        (key("notice", m), key("event", m), key("person", m % town.accounts), key("account", m % town.accounts),
         ref("N", m), instant(town.now)) for m in numbers
    ), "kind = 'statement'")
    yield Sheet("delivery", ("id", "notice_id"), ((key("delivery", m), key("notice", m)) for m in numbers),
                "channel = 'inbox' AND result = 'sent'")
    yield Sheet("delivery", ("id", "notice_id", "message_id", "target", "result", "delivered_at", "informs_at", "tries",
                             "next_try_at", "lease_until"), (
        (key("delivery", 500_000 + m), key("notice", m), f"<{key('delivery', m)}@notices.portal>",
         f"p{m % town.accounts}@example.org", "waiting", None, None, 0, instant(town.now), None) for m in numbers
    ), "channel = 'email' AND result = 'sent'")


def work_off(stage: Stage, expected: int | None = None) -> int:
    """What the worker does with everything that is due."""
    journal = Journal(stage.folder / "outbox")
    sent = deliver(stage.office, Post(NullMailer(), "portal@example.org", "https://portal.example.org", journal))["sent"]
    journal.close()
    assert expected is None or sent == expected, (sent, expected)
    return sent


def _raw(stage: Stage, expected: int | None = None) -> int:
    """The same claims and endings by the plain driver."""
    total = 0
    with stage.lent() as connection:
        while claimed := _claim(stage, connection):
            _close(stage, connection, claimed)
            total += len(claimed)
    assert expected is None or total == expected, (total, expected)
    return total


def _claim(stage: Stage, connection: Any) -> list[tuple[Any, int]]:
    sqlite, now = stage.engine == "sqlite", stage.clock()
    cursor = connection.cursor()
    if sqlite:
        cursor.execute("BEGIN IMMEDIATE")
    mark, locked = ("?", "") if sqlite else ("%s", " FOR UPDATE SKIP LOCKED")
    lease, due = _at(sqlite, now + timedelta(minutes=10)), _at(sqlite, now)
    rows = cursor.execute(CLAIM.format(mark, locked), (lease, lease, due)).fetchall()
    cursor.execute("COMMIT") if sqlite else connection.commit()
    return [(row[0], row[1]) for row in rows]


def _close(stage: Stage, connection: Any, claimed: list[tuple[Any, int]]) -> None:
    sqlite = stage.engine == "sqlite"
    mark, at, cursor = "?" if sqlite else "%s", _at(sqlite, stage.clock()), connection.cursor()
    if sqlite:
        cursor.execute("BEGIN IMMEDIATE")
    cursor.execute(CLOSE.format(mark, ", ".join([mark] * len(claimed))), (at, at, *(key for key, _ in claimed)))
    rows = [(_id(sqlite), at, key, n, at, "sent", "accepted") for key, n in claimed]
    cursor.executemany(ATTEMPT.format(", ".join([mark] * 7)), rows)
    cursor.execute("COMMIT") if sqlite else connection.commit()


def _id(sqlite: bool) -> str | UUID:
    made = new_id()
    return made.hex if sqlite else made


def _at(sqlite: bool, at: Any) -> Any:
    return instant(at) if sqlite else at
