"""What we owe people now and did not send in time, for leads and auditors: by account, with what is counted of it in public."""

from __future__ import annotations

from datetime import UTC

from flask import Blueprint, g, render_template

from portal.core.access import Permission
from portal.core.clock import last_day
from portal.core.counts import FEWEST
from portal.ledger.overdue import MOST_LISTED, owed
from portal.transparency.figures import figures
from portal.web.desk import words
from portal.web.shell import guard
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.guard import allow


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/desk/overdue", "overdue", allow(Permission.READ_OVERSIGHT)(show))


def show() -> str:
    """Every payout that is overdue, who waits longest first, and the count of yesterday that everybody reads."""
    found, counted = owed(g.db, guard.person().id), figures(g.db, g.now)
    return render_template(
        "desk/overdue.html", current="queue", found=found, counted=counted, counted_on=last_day(counted.until, str(UTC)),
        fewest=FEWEST, most=MOST_LISTED,
        shown=[(line, *words.due(lang(), line.due_at, g.now, reader_zone())) for line in found.lines],
    )
