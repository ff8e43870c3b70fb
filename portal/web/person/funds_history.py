"""Everything that moved an account's money: as pages, as a table for programs (CSV), and as plain-text accounting."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, g, render_template, request

from portal.accounts.models import Account
from portal.core.access import Permission, require
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.core.money import Money
from portal.enforcement.silence import silent_refs
from portal.ledger.beancount import of_account
from portal.ledger.history import Line, all_lines, page_of
from portal.ledger.history_reports import Reported, with_reports
from portal.ledger.movements import TOTALS, newest
from portal.web.person.scope import by_link, my_accounts, require_looks_after
from portal.web.shell import guard
from portal.web.shell.context import lang, reader_zone
from portal.web.shell.guard import allow

LINES = {
    "earning": N_("Released to you"), "funding": N_("You paid in"), "hold": N_("Put on hold"),
    "hold_end": N_("No longer on hold"), "payout": N_("Payout asked for"), "payout_paid": N_("Payout arrived"),
    "payout_return": N_("Payout came back"), "owed_refund": N_("Refunded to you by us"),
    "escrow_return": N_("What you paid in came back to you"), "escrow_lost": N_("Given back to you by your bank"),
    "escrow_called": N_("Your bank calls back what you paid in"), "escrow_freed": N_("What you paid in can be released again"),
    "refund_lost": N_("Given back to you by your bank, so not sent by us"),
    "refund_kept": N_("Sent back to you although your bank gave it back"),
    "refund_not_kept": N_("Given back to you by your bank, so not sent by us"), "adjustment": N_("Corrected by us"),
}
"""What a line says for each kind of entry."""
HOUSE_ALONE = frozenset({"chargeback_loss", "chargeback_rest"})
"""Entries between our own books: in nobody's history."""
CHARGEBACK, DECISION = "X-", "A-"
PAGES = {"D": "/disputes/", "A": "/me/actions/", "X": "/chargebacks/"}
COLUMNS = ("number", "at", "what", "reference", "contract", "milestone", "currency", "happened_at", "fee")
Write = Callable[[Any, Account, str, str], Iterator[str]]
"""Writes a file: from a reading session, of an account, in a currency, with days in a zone."""


def add_routes(blueprint: Blueprint) -> None:
    own = allow(Permission.EXPORT_OWN)
    blueprint.add_url_rule("/me/funds/history", "funds_history", allow(Permission.READ_CASE_AS_PERSON)(show))
    blueprint.add_url_rule("/me/funds/history.csv", "funds_csv", own(as_csv))
    blueprint.add_url_rule("/me/funds/history.beancount", "funds_beancount", own(as_beancount))


def _asked() -> tuple[Account, str]:
    """The account and currency of the address. Errors: `NotFound` for another's, and where no money ever was;
    `not_your_money`."""
    account = next((one for one in my_accounts() if one.ref == request.args.get("account")), None)
    currency = request.args.get("currency", "")
    if account is None or newest(g.db, account.id, currency) is None:
        raise NotFound
    require_looks_after(account.id)
    return account, currency


def show() -> str:
    account, currency = _asked()
    asked = request.args.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else None
    found, then = page_of(g.db, account.id, currency, before=before)
    lines = list(_as_told(g.db, found))
    here = f"/me/funds/history?account={account.ref}&currency={currency}"
    return render_template(
        "person/funds_history.html", current="funds", account=account, currency=currency, lines=lines, words=words,
        page_of=lambda line: None if by_link() else _page(line), newest=here if before is not None else None,
        older=f"{here}&before={then}" if then else None, query=f"account={account.ref}&currency={currency}",
    )


def _as_told(session: Any, lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, without the reference of a decision of which nobody may be told yet."""
    known: dict[str, bool] = {}
    for line in lines:
        ref = line.about_ref
        if ref.startswith(DECISION) and ref not in known:
            known[ref] = bool(silent_refs(session, {ref}))
        yield replace(line, about_ref="") if known.get(ref) else line


def words(line: Line) -> str:
    """What happened, from this account's side."""
    if line.kind == "hold_end" and not line.grew and line.change:
        called_back = line.about_ref.startswith(CHARGEBACK)
        gone = lang().gettext(N_("Called back by the client's bank") if called_back else N_("Refunded to the client"))
        free = Money(line.changes.get("free_minor", 0), line.currency)
        if free.amount_minor <= 0:
            return gone
        return lang().gettext(N_("%(what)s; the other %(rest)s is no longer on hold"), what=gone, rest=lang().money(free))
    if line.kind == "hold_end" and "refunded_minor" in line.changes:
        return lang().gettext(N_("Refunded to you"))
    if line.kind == "earning" and "escrow_minor" in line.changes:
        return lang().gettext(N_("Released to the freelancer"))
    return lang().gettext(LINES.get(line.kind, N_("Money moved")))


def _page(line: Line) -> str | None:
    start = PAGES.get(line.about_ref.partition("-")[0])
    return f"{start}{line.about_ref}" if start else None


def as_csv() -> Response:
    return _file(_csv, "csv", "text/csv")


def as_beancount() -> Response:
    return _file(_beancount, "beancount", "text/plain")


def _file(write: Write, ending: str, media_type: str) -> Response:
    """A file that is written while it is sent, however long it is. Errors: `StepUpNeeded`."""
    account, currency = _asked()
    require(guard.actor(), Permission.EXPORT_OWN, g.now)
    database, zone = guard.office().database, reader_zone()

    def parts() -> Iterator[str]:
        with database.read() as session:
            yield from write(session, account, currency, zone)

    response = Response(parts(), content_type=f"{media_type}; charset=utf-8")
    name = f"{account.ref}-{currency}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _csv(session: Any, account: Account, currency: str, _zone: str) -> Iterator[str]:
    parts = [part.removesuffix("_minor") for part in TOTALS]
    yield _row([*COLUMNS, *(f"{part}_change" for part in parts), *parts])
    lines = _as_told(session, all_lines(session, account.id, currency))
    for line, told in with_reports(session, account.id, lines):
        place = line.place
        about = [place.contract_ref, place.milestone_number or ""] if place else ["", ""]
        amounts = [line.changes.get(part, 0) for part in TOTALS] + [line.totals[part] for part in TOTALS]
        yield _row([
            line.n, line.at.isoformat(), line.kind, line.about_ref, *about, currency, *_of(told, currency),
            *(f"{Money(minor, currency).decimal:f}" for minor in amounts),
        ])


def _of(told: Reported | None, currency: str) -> tuple[str, str]:
    """When what the marketplace reported happened, and our fee for what was released; nothing where it reported nothing."""
    if told is None:
        return "", ""
    return told.happened_at.isoformat(), f"{Money(told.fee_minor, currency).decimal:f}" if told.fee_minor else ""


def _row(values: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue()


def _beancount(session: Any, account: Account, currency: str, zone: str) -> Iterator[str]:
    return of_account(_as_told(session, all_lines(session, account.id, currency)), account.ref, currency, zone)
