"""Whom a decision is about, and who reads it. Another member's money and record are untouched (DESIGN 1).

A decision about one member counts for that member alone, takes only from that member, and is told to the owners and to them.
One about a whole account is told to the owners; other members know that there is one, not what it says.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Member, MemberRole, Person
from portal.accounts.roles import holds_role, owners_only
from portal.cases.models import Message
from portal.cases.queries import Question, questions_for_account
from portal.core.errors import NotFound, RuleBroken
from portal.core.i18n import N_
from portal.enforcement.models import Action, ActionStatus
from portal.enforcement.queries import owners_of
from portal.enforcement.silence import may_be_told
from portal.notices.models import Notice


def members_of(session: Session, account_id: UUID) -> list[tuple[Member, Person]]:
    """The live members of an account that has more than one, oldest first; nobody where one person is the account."""
    rows = session.execute(
        select(Member, Person).join(Person, Member.person_id == Person.id)
        .where(Member.account_id == account_id, Member.ended_at.is_(None), Person.erased_at.is_(None))
        .order_by(Member.created_at, Member.id)
    ).all()
    return [(member, person) for member, person in rows] if len(rows) > 1 else []


def require_member(session: Session, account_id: UUID, member_id: UUID) -> None:
    """Errors: `unknown_member` for somebody who is no live member of an account with several."""
    if member_id not in {member.id for member, _person in members_of(session, account_id)}:
        raise RuleBroken("unknown_member", N_("Choose the account, or one of its members."), field="member")


def member_person(session: Session, action: Action) -> Person | None:
    """The one member whom an action is about; None when it is about the whole account."""
    if action.member_id is None:
        return None
    return session.get_one(Person, session.get_one(Member, action.member_id).person_id)


def letter_language(session: Session, action: Action, owner: Person) -> str:
    """In which language a letter quotes what is published: that of the one member whom it is about, else of the owner."""
    return (member_person(session, action) or owner).language


def told_of(session: Session, action: Action) -> list[Person]:
    """Who is told of an action first: the owners of its account, and the member whom it is about."""
    owners, member = owners_of(session, action.account_id), member_person(session, action)
    others = member is None or member.erased_at is not None or member.id in {owner.id for owner in owners}
    return owners if others or member is None else [*owners, member]


def with_member(session: Session, account_id: UUID, member_id: UUID) -> list[Person]:
    """The owners of an account, and one member of it. Errors: those of `require_member`."""
    require_member(session, account_id, member_id)
    owners, person = owners_of(session, account_id), session.get_one(Person, session.get_one(Member, member_id).person_id)
    return owners if person.id in {owner.id for owner in owners} else [*owners, person]


def own_member(session: Session, account_id: UUID, person_id: UUID) -> UUID | None:
    """The place of that person in an account."""
    return session.scalar(select(Member.id).where(
        Member.account_id == account_id, Member.person_id == person_id, Member.ended_at.is_(None)
    ))


def seen_by(person_id: UUID | None) -> ColumnElement[bool]:
    """That this person reads an action of the query, and all that was said of it: as an owner of its account now, or because
    it is about them as one member of it, also after they left."""
    if person_id is None:
        return false()
    return exists().where(
        Member.person_id == person_id, Member.account_id == Action.account_id,
        or_(Member.id == Action.member_id, and_(Member.role == MemberRole.OWNER, Member.ended_at.is_(None))),
    )


def known_by(person_id: UUID) -> ColumnElement[bool]:
    """That this person may know of an action of the query: whoever reads it; and of one about the whole account every member
    of it, who reads which rule was applied, what it takes away until when, and whom to ask."""
    member = exists().where(
        Member.person_id == person_id, Member.account_id == Action.account_id, Member.ended_at.is_(None)
    )
    return or_(and_(Action.member_id.is_(None), member), seen_by(person_id))


def seen_among(session: Session, actions: Iterable[Action], person_id: UUID) -> list[Action]:
    """Those of these actions that this person reads."""
    return _among(session, actions, person_id, seen_by(person_id))


def known_among(session: Session, actions: Iterable[Action], person_id: UUID) -> list[Action]:
    """Those of these actions that this person may know of."""
    return _among(session, actions, person_id, known_by(person_id))


def _among(session: Session, actions: Iterable[Action], person_id: UUID, which: ColumnElement[bool]) -> list[Action]:
    """Owners read everything of their accounts: only the rest is asked for."""
    listed = list(actions)
    rest = [one.id for one in listed if not holds_role(session, one.account_id, person_id)]
    found = set(session.scalars(select(Action.id).where(Action.id.in_(rest), which))) if rest else set()
    return [one for one in listed if one.id in found or one.id not in rest]


def reads(session: Session, action_id: UUID, person_id: UUID | None) -> bool:
    """Whether this person reads an action."""
    return session.scalar(select(Action.id).where(Action.id == action_id, seen_by(person_id))) is not None


def require_reads(session: Session, action: Action, person_id: UUID | None) -> None:
    """Errors: `owners_only` for members of the account who may only know of an action; `NotFound` for everybody else."""
    if reads(session, action.id, person_id):
        return
    if person_id is None or not known_among(session, [action], person_id):
        raise NotFound
    raise owners_only(session, action.account_id)


def was_theirs(session: Session, account_id: UUID, person_id: UUID) -> list[Action]:
    """Decisions about this person as one member of an account, newest first."""
    query = select(Action).join(Member, Member.id == Action.member_id).where(
        Action.account_id == account_id, Member.person_id == person_id, may_be_told(),
        Action.status.in_((ActionStatus.ISSUED, ActionStatus.WITHDRAWN)),
    )
    return list(session.scalars(query.order_by(Action.id.desc())))


def was_asked(session: Session, question: Message, person_id: UUID) -> bool:
    """Whether our question was put to that person."""
    return question.ref in set(session.scalars(_put_to([question], person_id)))


def reads_question(session: Session, question: Message, person_id: UUID | None) -> bool:
    """Whether this person may read, and answer, a question to an account: an owner of it now, or the member whom it was put
    to, also after they left; an owner who left reads nothing of it."""
    account_id = question.to_account_id
    if person_id is None or account_id is None:
        return False
    return holds_role(session, account_id, person_id) or bool(_asked_among(session, account_id, [question], person_id))


def questions_to(session: Session, account_id: UUID, person_id: UUID) -> list[Question]:
    """What we asked an account, newest first, as far as this member of it may read it."""
    found = questions_for_account(session, account_id)
    if not found or holds_role(session, account_id, person_id):
        return found
    theirs = _asked_among(session, account_id, [one.message for one in found], person_id)
    return [one for one in found if one.message.ref in theirs]


def _asked_among(session: Session, account_id: UUID, questions: Iterable[Message], person_id: UUID) -> set[str]:
    member = exists().where(
        Member.account_id == account_id, Member.person_id == person_id,
        or_(Member.ended_at.is_(None), Member.role != MemberRole.OWNER),
    )
    return set(session.scalars(_put_to(questions, person_id).where(member)))


def _put_to(questions: Iterable[Message], person_id: UUID) -> Select[str]:
    """The references of those of these questions that were put to that person."""
    return select(Notice.about_ref).where(
        Notice.kind == "question", Notice.about_ref.in_([one.ref for one in questions]), Notice.recipient_id == person_id
    )
