"""What `flask verify` proves of holds that were made longer: two people stand for each, once, and no more is held by it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from portal.ledger.extension_models import ExtensionEnd, HoldExtension
from portal.ledger.models import Hold


def longer_holds_were_signed(session: Session) -> Iterator[str]:
    """A hold on a claim that ends later than the one it follows was signed until that day by somebody else, and holds as much
    of the same claim from the moment at which the old one ended; each one that was signed is held so. What an order holds goes
    on with the decision that obeys it."""
    after = aliased(Hold)
    signed = and_(HoldExtension.hold_id == Hold.id, HoldExtension.end_kind == ExtensionEnd.SIGNED)
    rows = session.execute(
        select(Hold, after, HoldExtension).join(after, after.successor_of_id == Hold.id).outerjoin(HoldExtension, signed)
        .order_by(Hold.id)
    ).all()
    for hold, later, row in rows:
        if row is None and later.expires_at > hold.expires_at and hold.order_id is None:
            yield f"hold {later.ref} ends later than hold {hold.ref} that it follows, and nobody signed that"
        elif row is not None and not _as_signed(hold, later, row):
            yield f"hold {later.ref} is not what was signed as longer hold {row.ref}"
    carried_out = {row.id for _hold, _later, row in rows if row is not None}
    query = select(HoldExtension).where(HoldExtension.end_kind == ExtensionEnd.SIGNED).order_by(HoldExtension.id)
    yield from (
        f"longer hold {row.ref} was signed, and nothing is held longer"
        for row in session.scalars(query) if row.id not in carried_out
    )


def _as_signed(hold: Hold, later: Hold, row: HoldExtension) -> bool:
    same = (hold.claim_id, hold.amount_minor, hold.currency, hold.cause_event_id)
    return (
        row.ended_by not in (None, row.proposed_by) and row.until == later.expires_at and hold.ended_at == row.ended_at
        and same == (later.claim_id, later.amount_minor, later.currency, later.cause_event_id)
    )
