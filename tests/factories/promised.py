"""What `flask verify` proves, asked after each step of a machine: again only where something was written since."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from portal.core.database import Database
from portal.verify import REGISTRY


class Promised:
    """The promises of DESIGN section 2 in one database.

    A query reads rows and nothing else: after a step that was refused, or between two examples, its answer is still known.
    """

    def __init__(self, database: Database) -> None:
        self._database, self._commits, self._asked_at = database, 0, -1
        self._found: list[str] = []
        sa.event.listen(database.writer, "commit", self._note)

    def _note(self, _connection: Any) -> None:
        self._commits += 1

    def broken(self) -> list[str]:
        """Each promise that does not hold, with what its query says."""
        if self._asked_at != self._commits:
            with self._database.read() as session:
                self._found = [f"{one.title}: {line}" for one in REGISTRY for query in one.queries for line in query(session)]
            self._asked_at = self._commits
        return self._found
