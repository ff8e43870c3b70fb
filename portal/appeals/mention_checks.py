"""What `flask verify` proves of appeals that are mentioned outside: only if the person says so, only to who was told."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session, aliased

from portal.appeals.mention_models import AppealMention
from portal.appeals.mentioning import MENTIONED, OVER
from portal.enforcement.unsent import COUNTERPART
from portal.notices.models import Notice


def mentioned_only_if_wanted(session: Session) -> Iterator[str]:
    """Nobody is told that an appeal is pending, or is so no longer, unless its person wanted it said; and nobody who was
    not told of the decision."""
    before, pending = aliased(Notice), aliased(Notice)
    asked = exists().where(AppealMention.cause_event_id == Notice.event_id, AppealMention.wanted)
    told = exists().where(
        before.kind == COUNTERPART, before.recipient_id == Notice.recipient_id, before.about_ref == Notice.about_ref
    )
    heard = exists().where(and_(pending.id == Notice.corrects_id, pending.kind == MENTIONED))
    found = (
        ("says that an appeal is pending, and its person did not want that", MENTIONED, asked),
        ("says that an appeal is pending, to somebody who was not told of the decision", MENTIONED, told),
        ("says that an appeal is over, to somebody who had not heard of it", OVER, heard),
    )
    for what, kind, holds in found:
        missing = select(Notice.id).where(Notice.kind == kind, ~holds).order_by(Notice.id)
        yield from (f"notice {notice_id} {what}" for notice_id in session.scalars(missing))


PROVES = {7: (mentioned_only_if_wanted,)}
