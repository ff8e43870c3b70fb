"""Finding a case at the desk by what somebody has in hand: a reference, a name, a contract."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request

from portal.cases.hands import READS_ALL
from portal.cases.queue import queue_in
from portal.contracts.finding import find_cases
from portal.core.access import Permission
from portal.web.desk.queue import shown_lines, work_page
from portal.web.shell import guard
from portal.web.shell.guard import allow

LONGEST = 200


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/find", "find", allow(Permission.READ_DESK)(show))


def show() -> Any:
    """What waits in the cases that were found, then those in which nothing does; a reference leads to its own page at once."""
    query, me = " ".join(request.args.get("q", "").split())[:LONGEST], guard.person().id
    found = find_cases(g.db, query, me, reads_all=bool(guard.actor().roles & READS_ALL))
    if found.named is not None:
        return redirect(work_page(*found.named), 303)
    lines = queue_in(g.db, [case.id for case, _about in found.cases], me, g.now)
    waiting = {line.case_ref for line in lines}
    return render_template(
        "desk/find.html", current="queue", query=query, found=found, lines=shown_lines(lines, me),
        quiet=[(case, about) for case, about in found.cases if case.ref not in waiting],
    )
