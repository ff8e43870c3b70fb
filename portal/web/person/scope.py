"""What the signed-in person may see: their own accounts, and in a session opened by a link one case only."""

from __future__ import annotations

from uuid import UUID

from flask import g

from portal.accounts.models import Account
from portal.accounts.money import ONLY_THEY, money_accounts
from portal.accounts.queries import accounts_of
from portal.cases.models import Case
from portal.cases.queries import find_case
from portal.core.access import Role
from portal.core.errors import NotAllowed, NotFound
from portal.web.shell import guard


def my_accounts() -> list[Account]:
    """The accounts in which the signed-in person is a live member, oldest first."""
    return accounts_of(g.db, guard.person().id)


def looks_after(account_id: UUID) -> bool:
    """Whether the signed-in person decides about the money of an account: buttons for that are for nobody else."""
    return account_id in money_accounts(g.db, guard.person().id)


def require_looks_after(account_id: UUID) -> None:
    """Errors: `not_your_money`, before anything is typed in vain."""
    if not looks_after(account_id):
        raise NotAllowed("not_your_money", ONLY_THEY)


def by_link() -> bool:
    """Whether this session was opened by a link, for one case only."""
    return guard.actor().case_ref is not None


def sees_case(case_ref: str | None) -> bool:
    """Whether this session may see pages of that case (its being theirs is asked elsewhere)."""
    limited = guard.actor().case_ref
    return limited is None or limited == case_ref


def case_of_link() -> Case | None:
    """The case that the session's link was about; None for other sessions, and for a link about none."""
    limited = guard.actor().case_ref
    try:
        return find_case(g.db, limited) if limited is not None else None
    except NotFound:
        return None


def case_ref_of(case_id: UUID) -> str:
    case: Case = g.db.get_one(Case, case_id)
    return case.ref


def require_mine(account_id: UUID, case_id: UUID | None = None) -> None:
    """Errors: `NotFound` for another's account, and in a link's session for another case."""
    if account_id not in guard.actor().account_ids:
        raise NotFound
    if by_link() and (case_id is None or not sees_case(case_ref_of(case_id))):
        raise NotFound


def only_case() -> UUID | None:
    """The one case of a link's session; a key that no case has when the link was for none."""
    actor = guard.actor()
    if Role.LINK not in actor.roles:
        return None
    try:
        return find_case(g.db, actor.case_ref or "").id
    except NotFound:
        return UUID(int=0)
