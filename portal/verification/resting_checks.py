"""What `flask verify` proves of what rests on an identity check: the case had asked for it, and it ended with the check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from portal.enforcement.models import Action, Restriction, RestrictionCheck
from portal.enforcement.queries import restrictions_of
from portal.log.models import Event
from portal.verification.models import Item, Request

OVER = ("identity.accepted", "identity.withdrawn", "identity.late")
Ended = aliased(Event)
_FIRST_END = (
    select(RestrictionCheck.restriction_id, func.min(Ended.at).label("at"))
    .join(Ended, and_(Ended.subject_ref == RestrictionCheck.item_ref, Ended.at > RestrictionCheck.created_at))
    .where(Ended.kind.in_(OVER)).group_by(RestrictionCheck.restriction_id).subquery()
)
_RESTING = (
    select(Action, RestrictionCheck, _FIRST_END.c.at).join(Restriction, Restriction.action_id == Action.id)
    .join(RestrictionCheck, RestrictionCheck.restriction_id == Restriction.id)
    .outerjoin(_FIRST_END, _FIRST_END.c.restriction_id == Restriction.id).order_by(RestrictionCheck.id)
)
_ASKED = select(Item.ref, Request.case_id, Item.account_id, func.min(Request.written_at)).join(
    Request, Request.item_id == Item.id
).group_by(Item.ref, Request.case_id, Item.account_id)


def what_rests_on_a_check_ends_with_it(session: Session) -> Iterator[str]:
    """Whatever rests on an identity check was over once the check was accepted, taken back, or not answered in time."""
    rows = session.execute(_RESTING).all()
    spans = {row.id: span for pairs in restrictions_of(session, {one[0].id for one in rows}).values() for row, span in pairs}
    for action, rest, ended_at in rows:
        over = spans[rest.restriction_id].over_at
        if ended_at is not None and (over is None or over > ended_at):
            yield f"restriction {rest.restriction_id} of {action.ref} rests on check {rest.item_ref}, which is over, and goes on"


def what_rests_on_a_check_was_asked_for(session: Session) -> Iterator[str]:
    """What something rests on is a check of the same account, for which the same case had asked before."""
    asked: dict[tuple[object, ...], datetime] = {(ref, case, account): at for ref, case, account, at in session.execute(_ASKED)}
    for action, rest, _ended_at in session.execute(_RESTING):
        since = asked.get((rest.item_ref, action.case_id, action.account_id))
        if since is None or since > rest.created_at:
            yield f"restriction {rest.restriction_id} rests on check {rest.item_ref}, for which its case had not asked"


PROVES = {4: (what_rests_on_a_check_ends_with_it, what_rests_on_a_check_was_asked_for)}
