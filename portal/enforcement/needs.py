"""Reading what people say of danger or need: theirs, what was said, and what a reviewer can do about it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.need_models import Need, NeedMessage
from portal.core.access import Actor
from portal.core.errors import NotFound, existing
from portal.enforcement.models import Action
from portal.enforcement.queries import standing
from portal.enforcement.silence import silent_among
from portal.ledger.queries import Funds, funds

MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Relief:
    """What could be done at once: money that can be paid out and that is on hold, and what restricts the account."""

    funds: tuple[Funds, ...]
    actions: tuple[Action, ...]


def needs_of(session: Session, actor: Actor, account_id: UUID | None = None) -> list[Need]:
    """What the acting person said, newest first; a session by a link sees what belongs to its case, or was said in it."""
    query = select(Need).where(Need.person_id == actor.person_id)
    if account_id is not None:
        query = query.where(Need.account_id == account_id)
    if actor.case_ref is not None:
        its_case = select(Case.id).where(Case.ref == actor.case_ref)
        query = query.where(or_(Need.said_in == actor.case_ref, Need.case_id.in_(its_case)))
    return list(session.scalars(query.order_by(Need.id.desc()).limit(MOST_LISTED)))


def own_need(session: Session, actor: Actor, ref: str) -> Need:
    """Errors: `NotFound` for whom it is not theirs, and in a session by a link of another case."""
    found = session.scalars(select(Need).where(Need.ref == ref, Need.person_id == actor.person_id)).one_or_none()
    if found is None or actor.case_ref not in (None, found.said_in, session.get_one(Case, found.case_id).ref):
        raise NotFound
    return found


def need_by_ref(session: Session, ref: str) -> Need:
    """Errors: `NotFound`."""
    return existing(session.scalars(select(Need).where(Need.ref == ref)).one_or_none())


def need_of_case(session: Session, case_id: UUID) -> Need | None:
    """What a case is about that is about somebody's need."""
    return session.scalars(select(Need).where(Need.case_id == case_id)).one_or_none()


def need_open_to(session: Session, account_id: UUID, person_id: UUID) -> Need | None:
    """What a person told us for an account, and did not close."""
    return session.scalars(
        select(Need).where(Need.account_id == account_id, Need.person_id == person_id, Need.closed_at.is_(None))
    ).one_or_none()


def case_of_open_need(session: Session, account_id: UUID, person_id: UUID) -> UUID | None:
    """The case of what a person told us for an account, and did not close."""
    return session.scalar(
        select(Need.case_id).where(Need.account_id == account_id, Need.person_id == person_id, Need.closed_at.is_(None))
    )


def said_in_need(session: Session, need_id: UUID) -> Sequence[NeedMessage]:
    """Everything that was said, oldest first."""
    return session.scalars(select(NeedMessage).where(NeedMessage.need_id == need_id).order_by(NeedMessage.n)).all()


def relief(session: Session, account_id: UUID, now: datetime) -> Relief:
    """What could help an account at once, as it is now. What must not be spoken of is not named."""
    actions = standing(session, account_id, now).actions
    silent = silent_among(session, [one.id for one in actions])
    return Relief(tuple(funds(session, account_id, now)), tuple(one for one in actions if one.id not in silent))
