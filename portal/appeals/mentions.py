"""Whether an appeal is mentioned outside: only while it waits, and only if its person wants that (DESIGN 2.7)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from portal.appeals.mention_models import AppealMention
from portal.appeals.models import LIVE, Appeal, AppealKind
from portal.appeals.queries import filed_message
from portal.enforcement.models import Action
from portal.enforcement.queries import restrictions_of
from portal.enforcement.rules import tells_counterparts
from portal.enforcement.succession import stands_for
from portal.enforcement.told import held_from


@dataclass(frozen=True, slots=True)
class Mention:
    """What can be said of an appeal outside: whether anybody there may know of its decision (`possible`), and since when it is
    said."""

    possible: bool
    since: datetime | None


def mention_of(session: Session, appeal: Appeal) -> Mention:
    """Whether this appeal can be mentioned now, and whether it is."""
    newest = wanted(session, appeal)
    return Mention(appeal.state in LIVE and mentionable(session, appeal), newest.at if newest is not None else None)


def mentionable(session: Session, appeal: Appeal) -> bool:
    """Whether somebody outside may know of the decision, and the appeal is the person's own: we mention none of ours."""
    filed = filed_message(session, appeal.id)
    return filed is not None and filed.person_id == appeal.person_id and known_outside(session, appeal)


def known_outside(session: Session, appeal: Appeal) -> bool:
    """Whether those on the other side of a contract may know of the decision that the appeal is against."""
    if appeal.kind != AppealKind.ACTION or appeal.action_id is None:
        return False
    return told_of(session, session.get_one(Action, appeal.action_id))


def told_of(session: Session, action: Action) -> bool:
    """Whether those on the other side of a contract are told of this decision, or of what stands in its place."""
    now = stands_for(session, action)
    scopes = [row.scope for row, _span in restrictions_of(session, [now.id])[now.id]]
    return now.member_id is None and tells_counterparts(now.measure, scopes, holds=bool(held_from(session, now)))


def wanted(session: Session, appeal: Appeal) -> AppealMention | None:
    """That its person wants it said, since it was sent last; None where they never did or do no longer."""
    newest = session.scalars(
        select(AppealMention).where(said_since(appeal)).order_by(AppealMention.n.desc()).limit(1)
    ).one_or_none()
    return newest if newest is not None and newest.wanted else None


def said_since(appeal: Appeal) -> ColumnElement[bool]:
    """What its person wanted since it was sent last: before that it was another time."""
    return and_(AppealMention.appeal_id == appeal.id, AppealMention.at >= (appeal.filed_at or appeal.created_at))


def pending_against(session: Session, account_ids: Collection[UUID]) -> set[UUID]:
    """The decisions about these accounts against which an appeal is pending that its person wants mentioned."""
    said = select(AppealMention.appeal_id).where(AppealMention.wanted)
    query = select(Appeal).where(
        Appeal.account_id.in_(account_ids), Appeal.kind == AppealKind.ACTION, Appeal.state.in_(LIVE), Appeal.id.in_(said)
    )
    live = [appeal for appeal in session.scalars(query) if wanted(session, appeal) is not None]
    return {stands_for(session, session.get_one(Action, appeal.action_id)).id for appeal in live}
