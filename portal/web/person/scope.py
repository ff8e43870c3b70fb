"""What the signed-in person may see: their own accounts, and in a session opened by a link one case only."""

from __future__ import annotations

from uuid import UUID

from flask import g

from portal.accounts.models import Account
from portal.accounts.money import ONLY_THEY
from portal.accounts.queries import account_by_id, accounts_left, accounts_of, person_by_id
from portal.accounts.roles import MONEY, holders_of, holds_role, left_by, owners_only, places_of
from portal.cases.models import Case
from portal.cases.queries import find_case
from portal.cases.writers import writer_of
from portal.core.access import Role
from portal.core.database import once
from portal.core.errors import NotAllowed, NotFound
from portal.web.shell import guard


def about(account_id: UUID) -> None:
    """Says of which account a page is, so that somebody with several reads it at its top."""
    g.about_account = account_id


def whose() -> str:
    """The name of the account that this page is about, for a person with more accounts than this one."""
    account_id, places = g.get("about_account"), places_of(g.db, guard.person().id)
    return account_by_id(g.db, account_id).name if account_id is not None and {account_id} != set(places) else ""


def account_names() -> dict[UUID, str]:
    """The names of a person's accounts, where there are several, also of those that they have left; else nothing."""
    me = guard.person().id
    if len(places_of(g.db, me)) + len(left_by(g.db, me)) < 2:
        return {}
    return {one.id: one.name for one in (*my_accounts(), *accounts_left(g.db, me))}


def my_accounts() -> list[Account]:
    """The accounts in which the signed-in person is a live member, oldest first."""
    return accounts_of(g.db, guard.person().id)


def looks_after(account_id: UUID) -> bool:
    """Whether the signed-in person decides about the money of an account: buttons for that are for nobody else."""
    return holds_role(g.db, account_id, guard.person().id, MONEY)


def of_others() -> list[tuple[Account, str]]:
    """The accounts of the signed-in person whose money others look after, each with their names."""
    return [
        (account, ", ".join(person.name for person in holders_of(g.db, account.id, MONEY)))
        for account in my_accounts() if not looks_after(account.id)
    ]


def require_looks_after(account_id: UUID) -> None:
    """Errors: `not_your_money`, before anything is typed in vain."""
    if not looks_after(account_id):
        raise NotAllowed("not_your_money", ONLY_THEY)


def owns(account_id: UUID) -> bool:
    """Whether the signed-in person is an owner of an account, and reads what was written to it and for it."""
    return holds_role(g.db, account_id, guard.person().id)


def shared(account_id: UUID) -> bool:
    """Whether an account has an owner beside the signed-in person."""
    return any(one.id != guard.person().id for one in holders_of(g.db, account_id))


def owners_named(account_id: UUID) -> str:
    """Who the owners of an account are, by name: whom its other members ask."""
    return ", ".join(person.name for person in holders_of(g.db, account_id))


def report_by(ref: str) -> str | None:
    """Who of the account wrote a report, where that is somebody else than the reader."""
    by = once(g.db, ("writer", ref), lambda: writer_of(g.db, ref))
    return person_by_id(g.db, by).name if by is not None and by != guard.person().id else None


def require_owns(account_id: UUID) -> None:
    """Errors: `owners_only`, for members, who may know that it is there."""
    if not owns(account_id):
        raise owners_only(g.db, account_id)


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


def require_in_session(case_id: UUID) -> None:
    """Errors: `NotFound` in a link's session for another case."""
    if by_link() and not sees_case(case_ref_of(case_id)):
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
