"""A line of what happened so far on the account's own page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.web.shell.context import lang, reader_zone


@dataclass(frozen=True, slots=True)
class Moment:
    """One line: a moment, or as `due` a promised last day; as `first` the day with which something begins, and with
    `by_itself` the end of the day, or the moment, at which it happens without anybody."""

    when: datetime
    text: str
    href: str = ""
    link: str = ""
    due: bool = False
    by: str = ""
    first: bool = False
    by_itself: bool = False

    @property
    def now(self) -> bool:
        return self.due

    @property
    def at(self) -> datetime | str:
        if not self.due:
            return self.when
        if self.first:
            return lang().gettext("from %(day)s", day=lang().day(self.when, reader_zone()))
        if self.by_itself:
            return lang().at_end(self.when, reader_zone())
        return lang().by(self.when, reader_zone())
