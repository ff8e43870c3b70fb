"""What a decision takes away only until something is shown: the identity check that it rests on, and which it ends with.

Checks are a room above: it says which one can be named (`finds_check`), and ends what rests on it (`awaited_ending`). Money on
hold rests on none. Source: DESIGN 2.4, 2.5, section 3, promise "identity_review".
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.database import KEYS
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.work import Work
from portal.enforcement.members import letter_language
from portal.enforcement.models import Action, Nature, Restriction, RestrictionCheck
from portal.enforcement.own_days import OwnDays
from portal.enforcement.queries import owners_of
from portal.log.operations import Row, add
from portal.rulebook.queries import CitedClause, same_clause_in


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """An identity check that a decision can rest on: what is to be shown, since when it is asked for, and under which rule."""

    ref: str
    kind: str
    asked_at: datetime
    clause: CitedClause


FindCheck = Callable[[Session, Action, str], OpenCheck]
FINDS: list[FindCheck] = []
_OF_ROWS = select(RestrictionCheck.restriction_id, RestrictionCheck.item_ref).where(RestrictionCheck.restriction_id.in_(KEYS))


def finds_check(find: FindCheck) -> FindCheck:
    """Names what the room of checks knows: the check of that reference, if a decision can rest on it now."""
    FINDS.append(find)
    return find


def check_said(session: Session, action: Action, own: OwnDays) -> dict[str, Any]:
    """What a statement says of the identity check that some of the decision rests on; nothing where it rests on none.

    Errors, at `rests_on`: `resting_order`, `resting_member`; those of whoever `finds_check`.
    """
    if own.check is None:
        return {}
    if action.nature == Nature.LEGAL:
        message = N_("What a law or an order asks for ends with it, and not with an identity check. Leave this empty.")
        raise RuleBroken("resting_order", message, field="rests_on")
    if action.member_id is not None:
        message = N_("The identity check is for an owner of the account. What is about one member does not rest on it.")
        raise RuleBroken("resting_member", message, field="rests_on")
    found = next(find(session, action, own.check) for find in FINDS)
    code = letter_language(session, action, owners_of(session, action.account_id)[0])
    other = same_clause_in(session, found.clause, code) if code != found.clause.language else None
    rule = {
        "number": found.clause.number, "heading": found.clause.heading, "path": found.clause.path,
        "translation": {"language": other.language, "heading": other.heading} if other is not None else None,
    }
    return {"identity_check": {"ref": found.ref, "kind": found.kind, "asked_at": found.asked_at, "rule": rule}}


def rest_on_check(work: Work, row: Restriction, check: str | None) -> list[Row]:
    """What is taken away, and the check that it rests on, where it does."""
    return [row, *([add(work, RestrictionCheck(restriction_id=row.id, item_ref=check))] if check else [])]


def goes_on(
    work: Work, old: Restriction, *, starts_at: datetime, ends_at: datetime | None, review_at: datetime | None
) -> tuple[Restriction, list[Row]]:
    """One of several things for another time than it was to last, and what is written for that; it rests on what it rested on."""
    row = add(work, Restriction(
        action_id=old.action_id, kind=old.kind, scope=old.scope, partial=old.partial, starts_at=starts_at, ends_at=ends_at,
        review_at=review_at,
    ))
    return row, rest_on_check(work, row, checks_of(work.db, [old.id]).get(old.id))


def checks_of(session: Session, restriction_ids: Collection[UUID]) -> dict[UUID, str]:
    """The check that each of these rests on; nothing for those that rest on none."""
    rows = session.execute(_OF_ROWS, {"ids": list(restriction_ids)}) if restriction_ids else ()
    return {key: item_ref for key, item_ref in rows}
