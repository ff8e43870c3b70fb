"""What `flask verify` proves of decisions about one member of an account: theirs alone, and told to them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Member, Person
from portal.enforcement.before_checks import SAID
from portal.enforcement.models import Action, Silence
from portal.ledger.models import Hold
from portal.log.models import Event
from portal.notices.models import Notice


def members_read_of_themselves(session: Session) -> Iterator[str]:
    """An action about one member is about somebody of its account, was told to that member, and holds no money."""
    told = exists().where(
        Notice.about_ref == Action.ref, Notice.kind == "statement", Notice.recipient_id == Member.person_id
    )
    waits = exists().where(Silence.action_id == Action.id)
    held = exists().where(Hold.cause_event_id == Event.id, Event.subject_ref == Action.ref, Event.kind == "action.issued")
    reachable = exists().where(Person.id == Member.person_id, Person.erased_at.is_(None))
    wrong = (
        select(Action.ref).outerjoin(Member, Member.id == Action.member_id)
        .where(Action.status.in_(SAID), Action.member_id.is_not(None), or_(
            Member.account_id != Action.account_id, Member.id.is_(None), and_(~told, ~waits, reachable), held,
        )).order_by(Action.id)
    )
    yield from (f"action {ref} is about one member, and not theirs alone or not told to them" for ref in session.scalars(wrong))


PROVES = {2: (members_read_of_themselves,)}
