"""Opening what we wrote: the first opening by the person is an act of its own, done before the page is read."""

from __future__ import annotations

from flask import g, request

from portal.act import act
from portal.notices.operations import opening
from portal.notices.queries import unopened
from portal.web.shell import guard
from portal.web.shell.acting import this_form


def opens() -> bool:
    """Whether somebody sees the page: one that is fetched ahead, or asked for without its content, informs nobody."""
    ahead = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    return request.method == "GET" and not ahead


def mark_opened(*about_refs: str) -> bool:
    """Puts on record that the signed-in person opened what these references name, the first time they do: then True.

    What the page reads after that knows of it: until when something can be done is counted from this opening.
    """
    if not opens():
        return False
    fresh = unopened(g.db, guard.person().id, about_refs)
    for about_ref in about_refs:
        if about_ref in fresh:
            act(guard.office(), opening, guard.actor(), f"opening:{about_ref}:{this_form()}"[:80], about_ref=about_ref)
    if fresh:
        g.db.rollback()  # this request began to read before that
    return bool(fresh)
