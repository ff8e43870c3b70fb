"""What we count in public: which promises we kept, late payouts, orders and silence, as a page and as JSON; and how often
something can be done."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, g, render_template

from portal.accounts.throttles import LIMITS
from portal.core.counts import FEWEST, told
from portal.core.i18n import N_
from portal.core.text import canonical
from portal.rulebook.addresses import version_path
from portal.rulebook.queries import PROMISES
from portal.rulebook.shelf import guide
from portal.transparency.figures import Figures, figures
from portal.web.public.rules import today
from portal.web.shell import caching
from portal.web.shell.context import lang
from portal.web.shell.guard import open_to_all
from portal.web.shell.numbers import counted

LIMITED = {
    "appeal": N_("Sending one appeal or complaint again after taking it back"),
    "appeal_more": N_("Adding to one appeal or complaint"),
    "reinstatement": N_("Sending one request to come back again after taking it back"),
    "reinstatement_more": N_("Adding to one request to come back"),
    "need": N_("Telling us of danger or need"),
    "file": N_("Sending files, also those that we cannot take"),
    "report": N_("Reporting somebody with whom you have a contract"),
    "report_somebody": N_("Reporting somebody with whom you have no contract"),
    "dispute": N_("Contesting one milestone again after taking the dispute back"),
    "settlement_offer": N_("Offering an agreement in one dispute"),
    "contract_choice": N_("Choosing how one contract goes on"),
}
"""What of the limits people meet when they send something, in words."""


def add_routes(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/transparency", view_func=open_to_all(transparency))
    blueprint.add_url_rule("/transparency.json", view_func=open_to_all(transparency_record))


def transparency() -> Response:
    """The figures at the end of yesterday: one table for each month, then payouts, then what laws and orders asked for."""
    found, book = figures(g.db, g.now), guide(g.db, today(), lang().code)
    clauses = book.promises
    where = {name: f"{version_path(PROMISES, one.effective_on)}#{one.key}" for name, one in clauses.items()}

    def make() -> str:
        months = [(month, list(lines)) for month, lines in groupby(found.lines, lambda line: line.month)]
        return render_template(
            "public/transparency.html", current="transparency", found=found, months=months,
            last=(found.until - timedelta(days=1)).date(), clauses=clauses, where=where, said=said, fewest=FEWEST,
            limits=[(lang().gettext(words), _often(*LIMITS[kind])) for kind, words in LIMITED.items()],
        )

    return caching.page(make, found, *(one.id for one in book.versions))


def said(number: int) -> str:
    """A number as it is published, in the reader's words."""
    return counted(told(number))


def _often(most: int, span: timedelta) -> str:
    """So many times in so many hours."""
    hours = lang().ngettext("%(num)s hour", "%(num)s hours", span // timedelta(hours=1))
    return lang().gettext("%(n)s times in %(time)s", n=most, time=hours)


def transparency_record() -> Response:
    """The same figures for programs; null is a number above zero and below `fewer_than`."""
    found = figures(g.db, g.now)
    return caching.record(lambda: canonical(_plain(found)), "application/json", found.until, found)


def _plain(found: Figures) -> dict[str, Any]:
    return {
        "v": 1, "until": found.until, "fewer_than": FEWEST,
        "promises": [
            {"month": f"{line.month:%Y-%m}", "promise": line.promise, "kept": told(line.kept), "missed": told(line.missed)}
            for line in found.lines
        ],
        "payouts": {"late": told(found.late), "overdue": told(found.overdue)},
        "money_that_came_back": {"all": told(found.returned), "looked_after": told(found.stuck)},
        "orders": {
            "decisions": told(found.orders.orders), "with_money": told(found.orders.blocks),
            "letters_that_waited": told(found.orders.silent), "letters_waiting": told(found.orders.waiting),
        },
    }
