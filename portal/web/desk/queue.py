"""The queue: everything that waits for a member of staff, the most urgent first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request

from portal.accounts.queries import from_outside, handles_of
from portal.cases.queue import FILTERS, MOST_COUNTED, Cursor, QueueLine, next_line, queue, queue_counts, queue_first
from portal.core.access import Permission, may
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.web.desk import words
from portal.web.shell import guard
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.guard import allow

PAGE = 50


KEPT = "__Host-queue"
"""The cookie with the filter and the page of the queue from which somebody went to work: nothing else is in it."""
REFERENCE = re.compile(r"[A-Z]-[A-Z0-9]{4,22}")


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the queue: its filter, and after which line it begins."""

    name: str = "all"
    after: str = ""

    @property
    def kept(self) -> str:
        return urlencode({"filter": self.name, "after": self.after})

    @property
    def address(self) -> str:
        asked = {"filter": "" if self.name == "all" else self.name, "after": self.after}
        query = urlencode({key: value for key, value in asked.items() if value}, safe=":~")
        return f"/desk?{query}" if query else "/desk"

    @property
    def words(self) -> str:
        """What a link back to it says."""
        return lang().gettext("Queue") if self.name == "all" else lang().gettext("Queue: %(filter)s", filter=_title(self.name))


def kept_place() -> Place:
    """From where somebody went to work, as this browser kept it; the start of the queue where it kept nothing that we know."""
    kept = dict(parse_qsl(request.cookies.get(KEPT, "")))
    place = Place(kept.get("filter", ""), kept.get("after", ""))
    try:
        _cursor(place.after)
    except NotFound:
        return Place()
    return place if place.name in FILTERS else Place()


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the queue as it is read: when it is due and with whom it is, in words."""

    line: QueueLine
    href: str
    due: str
    tone: str
    what: str
    stage: str
    holder: str
    mine: bool


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk", "queue", allow(Permission.READ_DESK)(show))
    blueprint.add_url_rule("/desk/next", "next_line", allow(Permission.READ_DESK)(go_on))
    blueprint.context_processor(lambda: {"place": kept_place()})


def show() -> Response:
    """One page of the queue under one filter, with the way to the next page. The browser keeps it as the place to go back to."""
    place = Place(request.args.get("filter", "all"), request.args.get("after", ""))
    answer = make_response(_page(place))
    if request.cookies.get(KEPT, "") != place.kept:
        answer.set_cookie(KEPT, place.kept, secure=True, httponly=True, samesite="Lax")
    return answer


def go_on() -> Any:
    """Leads to the line after the one that somebody comes from, in the filter that they work in; says so where there is none."""
    place, past = kept_place(), request.args.get("past", "")
    if not REFERENCE.fullmatch(past):
        raise NotFound
    line = next_line(g.db, filter=place.name, person_id=guard.person().id, past=past, now=g.now)
    if line is not None:
        return redirect(work_page(line.kind, line.subject_ref, line.case_ref), 303)
    return _page(Place(place.name), done=True)


def _page(place: Place, *, done: bool = False) -> str:
    name, me, first = place.name, guard.person().id, not place.after
    before = queue_first(g.db, filter=name, person_id=me, limit=PAGE, now=g.now) if first else []
    lines = queue(g.db, filter=name, person_id=me, after=_cursor(place.after), limit=PAGE + 1, now=g.now)
    more = Place(name, _mark(lines[PAGE - 1].cursor)).address if len(lines) > PAGE else None
    return render_template(
        "desk/queue.html", current="mine" if name == "mine" else "queue", more=more,
        lines=shown_lines([*before, *lines[:PAGE]], me),
        groups=_groups(name, queue_counts(g.db, me, g.now)), empty=words.word(words.EMPTY, name) if name in words.EMPTY
        else lang().gettext(words.EMPTY_ELSE), first=first, name=name, title=_title(name), done=done, start=Place(name).address,
        can_send=may(guard.actor(), Permission.DECIDE), can_oversee=may(guard.actor(), Permission.READ_OVERSIGHT),
    )


def shown_lines(lines: list[QueueLine], me: UUID) -> list[Shown]:
    """These lines as they are read by `me`."""
    return [_line(line, me) for line in lines]


def _line(line: QueueLine, me: UUID) -> Shown:
    due, tone = words.due(lang(), line.due_at, g.now, reader_zone())
    return Shown(
        line, work_page(line.kind, line.subject_ref, line.case_ref), due, tone, words.word(words.KINDS, line.kind),
        words.stage(line.stage, line.waiting_on), _holder(line, me), line.assignee_id == me,
    )


def _holder(line: QueueLine, me: UUID) -> str:
    """With whom it is, in words."""
    if line.assignee_id is None:
        return lang().gettext("nobody yet")
    return lang().gettext("you") if line.assignee_id == me else lang().gettext("Reviewer %(handle)s", handle=line.assignee_handle)


PAGES = {
    "action": "/desk/actions/{}", "appeal": "/desk/appeals/{}",
    "complaint": "/desk/complaints/{}", "withheld": "/desk/withheld/{}",
    "identity": "/desk/identity/{}", "identity_talk": "/desk/identity/{}", "dispute": "/desk/disputes/{}",
    "restriction_review": "/desk/actions/{}", "chargeback": "/desk/chargebacks/{}",
    "lead": "/desk/leads/{}", "money_returned": "/desk/returned/{}", "need": "/desk/needs/{}", "pause": "/desk/pauses/{}",
    "reinstatement": "/desk/reinstatements/{}",
}
REQUEST = "/desk/identity-requests/{}"
SECOND = {"A-": "/desk/actions/{}", "F-": "/desk/extensions/{}", "I-": "/desk/corrections"}


def work_page(kind: str, subject_ref: str, case_ref: str) -> str:
    """Where this is worked on: its own page where there is one, else its case."""
    second = SECOND.get(subject_ref[:2], REQUEST) if kind == "cosignature" else PAGES.get(kind, "")
    own = second.format(subject_ref)
    return own if own and current_app.url_map.bind("").test(own, "GET") else f"/desk/cases/{case_ref}"


def holders(ids: list[UUID | None], me: UUID) -> dict[UUID | None, str]:
    """With whom things are, in words, each person looked up once."""
    names: dict[UUID | None, str] = {None: lang().gettext("nobody yet"), me: lang().gettext("you")}
    others = {person_id for person_id in ids if person_id is not None} - {me}
    return names | reviewers(handles_of(g.db, others))


def reviewers(handles: dict[UUID, str]) -> dict[UUID, str]:
    """What these members of staff are called at the desk: who is from outside is marked."""
    outside, say = from_outside(g.db, handles), lang().gettext
    return {
        key: say(N_("Reviewer %(handle)s, from outside") if key in outside else N_("Reviewer %(handle)s"), handle=handle)
        for key, handle in handles.items()
    }


def _groups(current: str, counts: dict[str, int]) -> list[tuple[str, list[tuple[str, str, str, bool]]]]:
    groups = [
        (lang().gettext(heading), [
            (lang().gettext(label), Place(name).address, _counted(counts[name]), name == current)
            for name, label in links if heading != words.RARE or counts[name] or name == current
        ])
        for heading, links in words.FILTERS
    ]
    return [(heading, links) for heading, links in groups if links]


def _counted(number: int) -> str:
    return f"{MOST_COUNTED - 1}+" if number >= MOST_COUNTED else str(number)


def _title(name: str) -> str:
    return next(lang().gettext(label) for _, links in words.FILTERS for key, label in links if key == name)


def _mark(cursor: Cursor) -> str:
    return f"{cursor[0].isoformat().replace('+00:00', 'Z')}~{cursor[1]}"


def _cursor(text: str) -> Cursor | None:
    """Where the page begins. Errors: `NotFound` for an address that we never made."""
    if not text:
        return None
    at, _, key = text.partition("~")
    try:
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise NotFound
        return instant.astimezone(UTC), UUID(key)
    except (ValueError, OverflowError):
        raise NotFound from None
