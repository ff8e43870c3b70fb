"""Who decides about an account's money: its owners, and the members with the finance role."""

from __future__ import annotations

from uuid import UUID

from portal.accounts.roles import MONEY, holds_role
from portal.core.access import require_person
from portal.core.errors import NotAllowed
from portal.core.i18n import N_
from portal.core.work import Work

ONLY_THEY = N_("The owner of this account, or a member with the finance role, can do this.")


def require_money_role(work: Work, account_id: UUID) -> UUID:
    """The acting person, who may move this account's money. Errors: `not_your_money`."""
    person_id = require_person(work.actor)
    if not holds_role(work.db, account_id, person_id, MONEY):
        raise NotAllowed("not_your_money", ONLY_THEY)
    return person_id
