"""The drafts of one file as a table: how each stands, and of what can be confirmed together exactly what would happen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g

from portal.cases.hands import is_conflicted
from portal.core.errors import NotFound, Refusal
from portal.core.i18n import N_
from portal.enforcement.decision import check_measure, require_opened
from portal.enforcement.many_models import Batch
from portal.enforcement.many_queries import BatchRow, batch_rows
from portal.enforcement.models import Action, ActionStatus
from portal.enforcement.preview import preview
from portal.enforcement.queries import rules_of
from portal.rulebook.queries import CitedClause, cited_clause
from portal.web.desk import words
from portal.web.shell import guard
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.errors import message_of
from portal.web.shell.forms import whole
from portal.web.shell.promised import time_of

MOST_TOGETHER = 100
STATES = {
    "": N_("Everything"), "first": N_("Acting first: can be confirmed together"), "draft": N_("Drafts"),
    "proposed": N_("With a second person"), "issued": N_("Issued"), "discarded": N_("Dropped"),
}
TICK = re.compile(r"([A-Z0-9-]{3,24})\.([0-9]{1,9})\.([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the file as it stands now."""

    row: BatchRow
    rule: CitedClause | None
    what: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class Ahead(Shown):
    """A line that acts first: what would happen if it were confirmed now, or why it cannot be (`refused`)."""

    until: str = ""
    told: int = 0
    takes: tuple[str, ...] = ()
    refused: str = ""

    @property
    def tick(self) -> str:
        """What the box sends: the action, and the versions of it and of its draft that are shown here."""
        return f"{self.row.action.ref}.{self.row.action.version}.{self.row.draft}"


@dataclass(frozen=True, slots=True)
class TablePage:
    """One page of the table under one filter. `links`: the filters with their counts; `after`: where the next page begins."""

    name: str
    lines: Sequence[Shown]
    links: list[tuple[str, str, str, bool]]
    after: int | None
    hidden: int


def ticked(values: list[str]) -> list[tuple[str, int, int]]:
    """What was ticked, each once, in the order of the page; what is no tick of ours is left out."""
    found = (TICK.fullmatch(value) for value in dict.fromkeys(values))
    return [(one[1], int(one[2]), int(one[3])) for one in found if one]


def page_of(batch: Batch, name: str, after: str) -> TablePage:
    """Errors: `NotFound` for a filter that is not offered."""
    if name not in STATES:
        raise NotFound
    me, since = guard.person().id, whole(after) or 0
    rows = batch_rows(g.db, batch, me)
    chosen = [row for row in rows if _is(row, name) and row.line > since]
    page, more = chosen[:MOST_TOGETHER], len(chosen) > MOST_TOGETHER
    seen = [row for row in page if not is_conflicted(g.db, me, row.case.id)]
    rules = {key: cited[0] for key, cited in rules_of(g.db, [row.action for row in seen if not row.waits]).items()}
    show = _ahead if name == "first" else _line
    links = [
        (lang().gettext(label), _address(batch, key), str(sum(_is(row, key) for row in rows)), key == name)
        for key, label in STATES.items()
    ]
    return TablePage(name, [show(row, rules) for row in seen], links, page[-1].line if more else None, len(page) - len(seen))


def _address(batch: Batch, name: str) -> str:
    return f"/desk/many/{batch.ref}?show={name}" if name else f"/desk/many/{batch.ref}"


def _is(row: BatchRow, name: str) -> bool:
    if name == "first":
        return row.waits and row.interim
    return name in ("", row.action.status)


def _line(row: BatchRow, rules: dict[UUID, CitedClause]) -> Shown:
    return Shown(row, _rule(row, rules), _what(row), *_state(row))


def _rule(row: BatchRow, rules: dict[UUID, CitedClause]) -> CitedClause | None:
    if row.fields is None or not row.waits:
        return rules.get(row.action.id)
    try:
        return cited_clause(g.db, UUID(str(row.fields.get("clause_version_id"))))
    except ValueError:
        return None


def _what(row: BatchRow) -> str:
    """The measure, of a draft as it is typed by now."""
    measure = row.fields.get("measure") if row.waits and row.fields else row.action.measure
    name = words.named("Measure", str(measure)) if measure else ""
    return lang().gettext("%(measure)s, at most %(time)s", measure=name, time=time_of("interim")) if row.interim else name


def _state(row: BatchRow) -> tuple[str, str]:
    action: Action = row.action
    if action.status == ActionStatus.ISSUED and row.together:
        return lang().gettext("issued, confirmed together"), "good"
    return words.named("ActionStatus", action.status), words.STATUS_TONES.get(action.status, "calm")


def _ahead(row: BatchRow, rules: dict[UUID, CitedClause]) -> Ahead:
    """What the functions that issue it say of it now, in this request's reading session."""
    plain: dict[str, Any] = {
        "row": row, "rule": _rule(row, rules), "what": _what(row), **dict(zip(("state", "tone"), _state(row), strict=True)),
    }
    try:
        seen = preview(guard.office().work(g.db, guard.actor()), action_ref=row.action.ref, fields=row.fields or {})
        check_measure(seen.decision, alone=True)
        require_opened(g.db, seen.decision, guard.person().id)
    except Refusal as error:
        return Ahead(**plain, refused=message_of(error))
    decision, ends_at = seen.decision, seen.decision.times.ends_at
    takes = tuple(words.thing(scope) for scope in decision.fields.scope)
    until = lang().until(ends_at, decision.zone, reader_zone()) if ends_at else ""
    return Ahead(**plain, until=until, told=len(seen.counterparts), takes=takes)
