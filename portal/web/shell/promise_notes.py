"""What pages say where a promise of ours was changed while its time ran: which version counts, and why (our promise 8.1)."""

from __future__ import annotations

from flask import Flask, g

from portal.cases.counting import Counting, counting
from portal.core.i18n import N_
from portal.web.shell.context import lang, reader_zone

CHANGED = N_("We changed our promise %(number)s, %(heading)s, on %(day)s.")
MOVED = N_("The new time is better for you, so it counts: until %(until)s instead of %(before)s.")
MOVED_OTHER = N_("The new time is better for the other side, so it counts: until %(until)s instead of %(before)s.")
NEW = N_("The new one is better for you, so it counts.")
NEW_OTHER = N_("The new one is better for the other side, so it counts.")
OLD = N_("The new one is not better for you. So what we promised before still counts here: until %(until)s.")
OLD_OTHER = N_("The new one is not better for the other side. So what we promised before still counts here: until %(until)s.")
BOTH = N_("For what had begun before, nothing changes, because both sides relied on it: until %(until)s.")
SENTENCES = {True: (MOVED, NEW, OLD), False: (MOVED_OTHER, NEW_OTHER, OLD_OTHER)}


def prepare(app: Flask) -> None:
    """Templates ask with `promise_notes(ref)`."""
    app.jinja_env.globals.update(promise_notes=promise_notes)


def promise_notes(subject_ref: str, *, mine: bool = True) -> list[str]:
    """For what runs about a reference. `mine`: the reader is whom the promise was made to."""
    return [_note(one, mine=mine) for one in counting(g.db, subject_ref, g.now)]


def _note(one: Counting, *, mine: bool) -> str:
    say, zone = lang().gettext, reader_zone()
    changed = say(CHANGED, number=one.clause.number, heading=one.clause.heading_in(lang().code), day=lang().day(one.changed_on))
    moved, new, old = SENTENCES[mine]
    if one.newer and one.due_before is None:
        return f"{changed} {say(new)}"
    until = lang().last_day(one.due_at, zone)
    if one.newer and one.due_before is not None:
        return f"{changed} {say(moved, until=until, before=lang().last_day(one.due_before, zone))}"
    return f"{changed} {say(BOTH if one.between else old, until=until)}"
