"""What `flask verify` proves of letters about what rests on an identity check: they name it, and exactly what rests on it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.enforcement.models import Action, Nature, Restriction, RestrictionCheck, Statement

_SAID = select(Action, Statement.record).join(Statement, Statement.action_id == Action.id).where(
    Statement.record.is_not(None)
).order_by(Action.id, Statement.n)
_RESTS = select(Restriction.action_id, Restriction.scope, RestrictionCheck.item_ref).join(
    RestrictionCheck, RestrictionCheck.restriction_id == Restriction.id
)


def letters_name_what_they_rest_on(session: Session) -> Iterator[str]:
    """Every letter names the identity check that something rests on and what that is, as it was decided; money on hold, what is
    about one member, and what a law or an order asks for rest on none."""
    rests = defaultdict[UUID, dict[str, str]](dict)
    for action_id, scope, item_ref in session.execute(_RESTS):
        rests[action_id][scope] = item_ref
    for action, text in session.execute(_SAID):
        record, decided = json.loads(text or "{}"), rests.get(action.id, {})
        said = {one["scope"]: one["rests_on"] for one in record.get("restrictions", []) if one.get("rests_on")}
        named = (record.get("identity_check") or {}).get("ref")
        if said != decided or set(decided.values()) != ({named} - {None}):
            yield f"a letter about action {action.ref} says otherwise which identity check it rests on, or what does"
    for action in session.scalars(select(Action).where(Action.id.in_(list(rests))).order_by(Action.id)):
        if action.nature == Nature.LEGAL or action.member_id is not None or action.interim:
            yield f"action {action.ref} rests on an identity check and cannot"


PROVES = {2: (letters_name_what_they_rest_on,)}
