"""Opening what we wrote: the first opening by the person is an act of its own, done before the page is read."""

from __future__ import annotations

from flask import g, request

from portal.notices.operations import opening
from portal.notices.queries import unopened
from portal.web.shell import guard
from portal.web.shell.acting import perform


def read_ahead() -> bool:
    """Whether a browser fetches the page before anybody wants to see it: that informs nobody."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


def mark_opened(about_ref: str) -> bool:
    """Puts on record that the signed-in person opened what this reference names, the first time they do: then True."""
    if request.method == "GET" and not read_ahead() and unopened(g.db, guard.person().id, about_ref):
        perform(opening, about_ref=about_ref)
        return True
    return False
