"""The closed lists of identity checks, and the arithmetic of asking once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from portal.core.clock import add_months, local_day
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.text import TEXT_LIMIT, clean, seen_length
from portal.rulebook.queries import CitedClause

KINDS = {
    "identity_document": N_("An identity document"),
    "address": N_("A proof of address"),
    "payout_owner": N_("A proof of who owns the payout account"),
    "business": N_("A proof of the business"),
}
CODES = {
    "unreadable": N_("We could not read it: it is blurred, too dark or too small."),
    "cut_off": N_("A part that we need is cut off or covered."),
    "page_missing": N_("A page or a side of it is missing."),
    "expired": N_("It was no longer valid on the day you sent it."),
    "wrong_document": N_("It is another document than the one we asked for."),
}
NEW_REASONS = {
    "account_taken_over": N_("Somebody else may have used the account since then."),
    "you_changed_details": N_("Your details or your payout account were changed since then."),
    "amount_reached": N_("An amount was reached at which the rule asks for it."),
    "law_asks": N_("A law or an order asks for it; it is named."),
}
NAME_DIFFERS, HAS_NUMBER = "name_differs", "identity_document"

LEAST_WORDS = 20
MOST_WORDS = TEXT_LIMIT
MOST_ALTERNATIVES = 6
ASKED_FREELY = 2
WITHIN_MONTHS = 12
MOST_DOCUMENTS = 10


def may_ask(clause: CitedClause) -> bool:
    """Whether a request can name this rule: it has a number, and publishes that we may ask somebody to show who they are."""
    return bool(clause.number) and clause.data.asks_identity


def asked_within(asked_at: Sequence[datetime], now: datetime) -> int:
    """How often this was asked for in the 12 calendar months before now (DESIGN 2.6)."""
    since = add_months(local_day(now, "UTC"), -WITHIN_MONTHS)
    return sum(local_day(at, "UTC") > since for at in asked_at)


def needs_signature(asked_at: Sequence[datetime], now: datetime) -> bool:
    """Whether asking once more needs a second person: the third time for one item in 12 months does (DESIGN 2.6)."""
    return asked_within(asked_at, now) >= ASKED_FREELY


def words(text: str, field: str, message: str) -> str:
    """What a reviewer wrote, long enough to say something. Errors: `too_short` with that message, text limits."""
    kept = clean(text, limit=MOST_WORDS, field=field)
    if seen_length(kept) < LEAST_WORDS:
        raise RuleBroken("too_short", message, field=field, least=LEAST_WORDS, length=seen_length(kept))
    return kept


def named_alternatives(text: str) -> str:
    """What can be sent instead, one on each line: always named (DESIGN 2.6). Errors: `no_alternatives`, text limits."""
    lines = [line.strip() for line in clean(text, limit=MOST_WORDS, field="alternatives").split("\n") if line.strip()]
    if not 1 <= len(lines) <= MOST_ALTERNATIVES:
        message = N_("Name what can be sent instead: 1 to %(most)s things, one on each line.")
        raise RuleBroken("no_alternatives", message, field="alternatives", most=MOST_ALTERNATIVES)
    return "\n".join(lines)


def require_code(code: str) -> str:
    """What was wrong, from the closed list. Errors: `name_alone` for a difference in names, `unknown_code`."""
    if code == NAME_DIFFERS:
        message = N_("A name that is written differently is no reason to turn something down. Nothing was decided.")
        raise RuleBroken("name_alone", message, field="code")
    if code not in CODES:
        raise RuleBroken("unknown_code", N_("Choose what was wrong."), field="code")
    return code


def require_new_reason(code: str) -> str | None:
    """The named new reason, if one is given. Errors: `name_alone`, `unknown_reason`."""
    if code == NAME_DIFFERS:
        message = N_("A name that is written differently is no reason to ask again. Nothing was sent.")
        raise RuleBroken("name_alone", message, field="new_reason")
    if code and code not in NEW_REASONS:
        raise RuleBroken("unknown_reason", N_("Choose the new reason from the list."), field="new_reason")
    return code or None


def require_later(until: date, today: date) -> date:
    """The last day on which what we accept holds. Errors: `until_past`."""
    if until <= today:
        message = N_("Choose a day in the future until which this is accepted.")
        raise RuleBroken("until_past", message, field="accepted_until")
    return until
