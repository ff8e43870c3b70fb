"""What every report of money has to be: an amount, in the milestone's currency, of a day on which it can have happened, and the
same as before under the same key. Each refusal names the field, what is wrong with it, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from portal.accounts.queries import account_by_id
from portal.contracts.models import Contract, Milestone
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.work import Work

A_DAY = timedelta(days=1)
"""So much earlier it can be in another time zone than the day on which an account joined."""


def check_amount(milestone: Milestone, minor: int, currency: str) -> None:
    """That something can be reported of a milestone. Errors: `not_an_amount`, `other_currency`."""
    if minor <= 0:
        message = N_("%(name)s has to be a whole number above zero, in the smallest unit of the currency.")
        raise RuleBroken("not_an_amount", message, field="amount_minor", name="amount_minor")
    if currency != milestone.currency:
        message = N_("The currency is %(told)s, and the milestone was agreed in %(agreed)s. Report what it was in %(agreed)s.")
        raise RuleBroken("other_currency", message, field="currency", told=currency, agreed=milestone.currency)


def check_room(milestone: Milestone, total_minor: int) -> None:
    """That all that is reported of a milestone is no more than was agreed. Errors: `more_than_milestone`."""
    if total_minor > milestone.amount_minor:
        message = N_("This is more than was agreed for the milestone: it makes %(total)s, and %(agreed)s was agreed. Check the "
                     "amount, the milestone, and whether it was reported under another key.")
        raise RuleBroken("more_than_milestone", message, field="amount_minor", total=Money(total_minor, milestone.currency),
                         agreed=Money(milestone.amount_minor, milestone.currency))


def check_day(work: Work, account_id: UUID, at: datetime, field: str) -> None:
    """That it can have happened then: not in time to come, nor before the account whose money it is joined. Errors:
    `released_later`, `before_account`."""
    if at > work.now:
        message = N_("%(name)s says %(at)s, which is still to come. Write when it happened, with the time zone.")
        raise RuleBroken("released_later", message, field=field, name=field, at=at.isoformat())
    account = account_by_id(work.db, account_id)
    if (at + A_DAY).date() < account.joined_on:
        message = N_("%(name)s says %(at)s, and the account %(account)s joined on %(joined)s. Write when it happened.")
        raise RuleBroken("before_account", message, field=field, name=field, at=at.isoformat(), account=account.external_id,
                         joined=account.joined_on.isoformat())


def check_same(
    work: Work, known: Mapping[str, Any], told: Mapping[str, Any], *, key: str = "source_key", code: str = "source_key_reused"
) -> None:
    """That a key which is on record means the same as before; `known`, `told`: by field, `milestone` being the row's key.

    Errors: `source_key_reused`, naming what is on record where it is something else.
    """
    other = [name for name, value in known.items() if value != told[name]]
    if other:
        message = N_("This key is on record with other facts: %(known)s. Give what is new a key of its own.")
        said = ", ".join(_said(work, name, known[name]) for name in other)
        raise RuleBroken(code, message, field=key, known=said)


def _said(work: Work, name: str, value: Any) -> str:
    if name != "milestone":
        return f"{name} {value.isoformat() if isinstance(value, datetime) else value}"
    row = work.db.get_one(Milestone, value)
    return f"contract {work.db.get_one(Contract, row.contract_id).external_id}, milestone {row.number}"
