"""What happened in a case, as the desk reads it: who did it by name, and who has read of it beside the entry itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from flask import g

from portal.cases.queries import Moment, timeline
from portal.notices.models import InformedHow
from portal.notices.queries import Reader, asked_for_links, readers_in
from portal.web.desk import words
from portal.web.desk.event_words import EVENTS
from portal.web.shell.context import lang, reader_zone

INFORMED, LAPSED = "notice.informed", "clock.lapsed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what happened, by whom, about what, and who was informed of it."""

    at: datetime
    text: str
    by: str
    subject_ref: str
    informed: str


def history(case_ref: str) -> list[Entry]:
    """The case's entries, oldest first; that somebody was informed stands in the entry of which they were informed, and that
    a day came is not said beside what happened because of it.

    Whoever asked for a fresh link is not signed in: it was sent to the address on file of the person who is named.
    """
    readers: dict[UUID, list[Reader]] = {}
    named = {one: name for one, name in asked_for_links(g.db, case_ref)}
    for one in readers_in(g.db, case_ref):
        readers.setdefault(one.event_id, []).append(one)
    moments = [one for one in timeline(g.db, case_ref) if one.kind != INFORMED]
    followed = {(one.at, one.subject_ref) for one in moments if one.kind != LAPSED}
    return [
        _entry(replace(one, account=one.account or named.get(one.event_id)), readers.get(one.event_id, []))
        for one in moments if one.kind != LAPSED or (one.at, one.subject_ref) not in followed
    ]


def _entry(moment: Moment, readers: list[Reader]) -> Entry:
    others = [one for one in readers if one.name is None or one.name != moment.account]
    read = [one for one in others if one.how != InformedHow.FIVE_DAYS]
    counted = [one for one in others if one.how == InformedHow.FIVE_DAYS]
    said = [lang().gettext("Read by %(who)s.", who=_named(read))] if read else []
    if counted:
        said.append(lang().gettext("Counts as read after five days: %(who)s.", who=_named(counted)))
    return Entry(moment.at, words.word(EVENTS, moment.kind), _by(moment), moment.subject_ref, " ".join(said))


def _named(readers: list[Reader]) -> str:
    """Each reader once, with the first day."""
    first: dict[str, datetime] = {}
    for one in readers:
        first.setdefault(one.name or lang().gettext("somebody else"), one.at)
    return ", ".join(f"{name} ({lang().day_short(at, reader_zone())})" for name, at in first.items())


def _by(moment: Moment) -> str:
    """By whom: a side of the case by its name, staff by their handle, everybody else by what they are."""
    if moment.account is not None:
        by_link = moment.role == "link"
        return lang().gettext("%(name)s, by link", name=moment.account) if by_link else moment.account
    if moment.handle:
        return lang().gettext("Reviewer %(handle)s", handle=moment.handle)
    return words.word(words.ROLES, moment.role)
