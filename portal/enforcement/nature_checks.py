"""What `flask verify` proves of decisions that are not about conduct: whom they bind, how long they last, who signed them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.core.clock import local_day
from portal.enforcement.before_checks import SAID
from portal.enforcement.models import Action, Citation, Measure, Nature, Restriction, Statement
from portal.enforcement.ordering import PROMISE as LAW
from portal.enforcement.protecting import PROMISE, span_of
from portal.enforcement.rules import TO_PROTECT
from portal.rulebook.clause_data import from_canonical
from portal.rulebook.models import ClauseVersion
from portal.rulebook.queries import promises

_PROMISED = (
    select(Action, ClauseVersion.id, ClauseVersion.data)
    .join(Citation, (Citation.action_id == Action.id) & (Citation.revision == Action.revision))
    .join(ClauseVersion, Citation.clause_version_id == ClauseVersion.id)
    .where(Action.status.in_(SAID), Action.nature != Nature.CONDUCT).order_by(Action.issued_at, Action.id)
)
NAMES: dict[str, str] = {Nature.PROTECTIVE: PROMISE, Nature.LEGAL: LAW}


def others_cite_our_promise(session: Session) -> Iterator[str]:
    """Every issued action that is not about conduct cites the promise of ours that was in force on the day of its issue."""
    data = cache(lambda text: from_canonical(json.loads(text)))
    for action, cited, text in session.execute(_PROMISED):
        name, day = NAMES.get(action.nature), local_day(action.issued_at or action.created_at, "UTC")
        known = promises(session, day).get(name or "")
        if data(text).promise != name or known is None or known.clause_version_id != cited:
            yield f"action {action.ref} cites something else than the promise that bound us on {day}"


def protection_ends_soon(session: Session) -> Iterator[str]:
    """A measure that protects lasts as long as our promise says, is renewed once at most, and is no warning and no end."""
    seen = Counter[object]()
    for action, _cited, _text in session.execute(_PROMISED.where(Action.nature == Nature.PROTECTIVE)):
        seen[action.case_id] += 1
        first = session.get_one(Action, action.supersedes_id) if action.supersedes_id else None
        if _too_long(session, action, first):
            yield f"action {action.ref} protects for longer than our promise permits"
        if seen[action.case_id] > 1 and not _renews(action, first):
            yield f"action {action.ref} protects once more than our promise permits"
        if action.measure not in (Measure.RESTRICTION, Measure.SUSPENSION) or action.interim:
            yield f"action {action.ref} protects by a {action.measure}"


def _too_long(session: Session, action: Action, first: Action | None) -> bool:
    begins, issued_at = first.ends_at if first is not None else action.effective_at, action.issued_at
    if begins is None or issued_at is None or action.ends_at is None:
        return True
    found = promises(session, local_day(issued_at, "UTC")).get(PROMISE)
    return found is None or action.ends_at > begins + span_of(found)


def _renews(action: Action, first: Action | None) -> bool:
    """Whether it renews the first of its case, in time."""
    if first is None or first.supersedes_id is not None or first.ends_at is None or action.issued_at is None:
        return False
    return first.nature == Nature.PROTECTIVE and first.ends_at >= action.issued_at


def places_are_limited_to_protect(session: Session) -> Iterator[str]:
    """Only a measure that protects a whole account limits to which places its money goes."""
    wrong = select(Action.ref).join(Restriction, Restriction.action_id == Action.id).where(
        Action.status.in_(SAID), Restriction.scope.in_(TO_PROTECT),
        or_(Action.nature != Nature.PROTECTIVE, Action.member_id.is_not(None)),
    )
    yield from (f"action {ref} limits places for payouts and protects no account" for ref in session.scalars(wrong.distinct()))


def only_conduct_is_counted(session: Session) -> Iterator[str]:
    """What is not about conduct is no time on any ladder: its own statement counts nothing, and no other counts it."""
    other = set(session.scalars(select(Action.ref).where(Action.nature != Nature.CONDUCT, Action.status.in_(SAID))))
    if not other:
        return
    rows = session.execute(select(Action, Statement.record).join(Statement, Statement.action_id == Action.id))
    for action, text in rows:
        earlier = set(json.loads(text).get("earlier") or ()) if text else set[str]()
        if earlier & other or (action.ref in other and (earlier or action.occurrence != 1)):
            yield f"action {action.ref} counts what is never counted"


PROVES = {
    1: (others_cite_our_promise,), 3: (only_conduct_is_counted,), 4: (protection_ends_soon,), 5: (places_are_limited_to_protect,),
}
