"""Recording the statements that an act issues, and replaying them by the plain driver, one transaction each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from portal.core.database import Database
from tests.benchmarks.stage import Stage

Step = tuple[str, Any, bool]
"""A statement, its parameters, and whether there are many of them."""


class Recorder:
    """Notes what this thread sends to the database while a block of `steps()` is open."""

    def __init__(self, database: Database) -> None:
        self._open = threading.local()
        for engine in {database.writer, database.reader} if database.is_sqlite else {database.writer}:
            event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        steps = getattr(self._open, "steps", None)
        if steps is not None and not statement.startswith("BEGIN"):
            steps.append((statement, parameters, many))

    @contextmanager
    def steps(self) -> Iterator[list[Step]]:
        self._open.steps = []
        try:
            yield self._open.steps
        finally:
            self._open.steps = None


class Replayer:
    """Replays on the twin. SQLite's writers take turns in the process, as the product's do, and never sleep for the lock."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._sqlite = stage, stage.engine == "sqlite"
        self._turn = threading.Lock()

    def replay(self, steps: list[Step]) -> None:
        """One transaction on the twin, committed."""
        with self._stage.lent() as connection:
            if not self._sqlite:
                run(connection.cursor(), steps)
                connection.commit()
                return
            with self._turn:
                cursor = connection.cursor()
                cursor.execute("BEGIN IMMEDIATE")
                run(cursor, steps)
                cursor.execute("COMMIT")

    def both(self, recorder: Recorder, act: Callable[[], Any]) -> Any:
        """Does something by the product and the same on the twin, unmeasured, so that both stay alike."""
        with recorder.steps() as steps:
            answer = act()
        self.replay(steps)
        return answer


def run(cursor: Any, steps: list[Step]) -> None:
    """Sends the statements and fetches every answer."""
    for statement, parameters, many in steps:
        if many:
            cursor.executemany(statement, parameters)
        else:
            cursor.execute(statement, parameters)
        if cursor.description is not None:
            cursor.fetchall()
