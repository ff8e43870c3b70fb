"""The demo as tests use it: what was made, and what it said about signing in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from portal.core.database import Database


@dataclass(frozen=True)
class Demo:
    """A demo that was made: its database, the folder with its keys, documents and mail, and its own words."""

    database: Database
    instance: Path
    said: str

    @property
    def password(self) -> str:
        """Everybody's."""
        found = re.search(r"with the password (\S+)", self.said)
        assert found
        return found[1]

    @property
    def secrets(self) -> dict[str, str]:
        """What makes the six digits of each member of staff that decides, by first name."""
        return dict(re.findall(r"(\w+)@desk\.example, \w+, shown as Reviewer \w+: ([A-Z2-7]{16,})", self.said))
