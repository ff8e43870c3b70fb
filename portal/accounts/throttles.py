"""How often something may be tried: counted in the database, so that every process counts the same."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.accounts.models import LinkRequest, Throttle
from portal.core.access import Permission, require_person
from portal.core.errors import RuleBroken, TooMany
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import clean, normal_email, sha256
from portal.core.work import Work
from portal.log.operations import add

LIMITS = {
    "sign_in": (10, timedelta(minutes=15)),
    "sign_in_source": (60, timedelta(minutes=15)),
    "sign_in_subject": (100, timedelta(hours=1)),
    "fresh_link": (5, timedelta(minutes=15)),
    "asked_link": (5, timedelta(minutes=15)),
    "report": (20, timedelta(hours=12)),
    "report_somebody": (10, timedelta(hours=12)),
    "need": (30, timedelta(hours=1)),
    "appeal": (5, timedelta(hours=12)),
    "appeal_more": (30, timedelta(hours=1)),
    "reinstatement": (5, timedelta(hours=12)),
    "reinstatement_more": (30, timedelta(hours=1)),
    "file": (60, timedelta(hours=1)),
    "dispute": (20, timedelta(hours=12)),
    "settlement_offer": (20, timedelta(hours=12)),
    "contract_choice": (20, timedelta(hours=12)),
}
"""Published on `/transparency`, where people read what each of them counts."""
MOST_MINUTES = 120
LONGEST_ADDRESS = 320
"""As long as addresses on file can be; some letters become many where addresses are compared."""
KEPT = timedelta(days=1)
"""How long a count is kept after its window began: longer than any window."""


def count_sign_in(work: Work, *, subject: str, source: str = "") -> dict[str, Any]:
    """Counts a try: for whom from where, from where, and for whom from anywhere.

    The last limit is so wide that nobody can shut somebody else out from one place. Errors: `too_many`, before any password
    is hashed.
    """
    count_try(work, "sign_in", f"{subject} from {source}")
    if source:
        count_try(work, "sign_in_source", f"source:{source}")
    count_try(work, "sign_in_subject", subject)
    return {}


def ask_for_link(work: Work, *, email: str, source: str = "") -> dict[str, Any]:
    """Notes that somebody wants a link to this address; the worker sends it, where the address is on file.

    What happens here is the same for every address, so that nobody learns which ones are known. Errors: `email_missing`,
    text limits, `too_many` for one address and from one place.
    """
    norm = normal_email(clean(email, field="email"))
    if "@" not in norm or len(norm) > LONGEST_ADDRESS:
        raise RuleBroken("email_missing", N_("Enter your e-mail address."), field="email")
    count_try(work, "asked_link", f"address:{norm}")
    if source:
        count_try(work, "sign_in_source", f"source:{source}")
    add(work, LinkRequest(email_norm=norm))
    return {}


def count_file(work: Work) -> dict[str, Any]:
    """Counts a file that somebody sends, before it is looked at: that is the costly part, whatever comes of it.

    Errors: `too_many`.
    """
    count_try(work, "file", str(require_person(work.actor)))
    return {}


def forget_tries(work: Work) -> dict[str, Any]:
    """Removes the counts whose windows are long over; they say who tried to sign in, and nobody needs them any more."""
    work.require(Permission.RUN_CLOCKS)
    work.db.execute(delete(Throttle).where(Throttle.window_from < work.now - KEPT))
    return {}


def count_try(work: Work, kind: str, subject: str) -> None:
    """Counts one try. Errors: `too_many` when the window is full, saying when it is worth trying again."""
    most, span = LIMITS[kind]
    row = _row(work, kind, sha256(subject))
    if row.window_from + span <= work.now:
        row.window_from, row.count = work.now, 0
    if row.count >= most:
        raise _too_many(row.window_from + span - work.now)
    row.count += 1


def _row(work: Work, kind: str, hashed: str) -> Throttle:
    """The count, locked. Several first tries at once make one row: the others wait for it, and nobody is refused for that."""
    query = select(Throttle).where(Throttle.kind == kind, Throttle.subject == hashed).with_for_update()
    row = work.db.scalars(query).one_or_none()
    if row is not None:
        return row
    first = {"id": new_id(), "created_at": work.now, "kind": kind, "subject": hashed, "window_from": work.now, "count": 0}
    insert = sqlite.insert if work.db.get_bind().dialect.name == "sqlite" else postgresql.insert
    work.db.execute(insert(Throttle).values(first).on_conflict_do_nothing())
    return work.db.scalars(query).one()


def _too_many(wait: timedelta) -> TooMany:
    seconds = max(1, ceil(wait.total_seconds()))
    minutes = -(-seconds // 60)
    if minutes > MOST_MINUTES:
        message = "This is very much at once. Please wait %(hours)s hours and try again. Nothing was lost."
        return TooMany("too_many", message, seconds=seconds, hours=-(-minutes // 60))
    message = "Too many tries. Please wait %(minutes)s minutes and try again. Nothing was lost."
    return TooMany("too_many", message, seconds=seconds, minutes=minutes)
