"""Whom a decision is about: a whole account, or one member of it. Another member's money and record are untouched (DESIGN 1).

A decision about one member counts for that member alone, takes only from that member, and is told to the owners and to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Member, MemberRole, Person
from portal.cases.models import Message
from portal.cases.queries import Question, questions_for_account
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.enforcement.models import Action
from portal.enforcement.queries import owners_of
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
    """That an action of the query is about the whole account, or about this person, or about a member of one they own."""
    whole = Action.member_id.is_(None)
    if person_id is None:
        return whole
    mine = exists().where(Member.person_id == person_id, Member.account_id == Action.account_id, Member.ended_at.is_(None),
                          or_(Member.id == Action.member_id, Member.role == MemberRole.OWNER))
    return or_(whole, mine)


def seen_among(session: Session, actions: Iterable[Action], person_id: UUID) -> list[Action]:
    """Those of these actions that this person may read."""
    listed = list(actions)
    about = [one.id for one in listed if one.member_id is not None]
    if not about:
        return listed
    seen = set(session.scalars(select(Action.id).where(Action.id.in_(about), seen_by(person_id))))
    return [one for one in listed if one.member_id is None or one.id in seen]


def reads(session: Session, action_id: UUID, person_id: UUID | None) -> bool:
    """Whether this person may read an action of an account in which they are a member."""
    return session.scalar(select(Action.id).where(Action.id == action_id, seen_by(person_id))) is not None


def was_asked(session: Session, question: Message, person_id: UUID) -> bool:
    """Whether our question was put to that person."""
    return question.ref in _asked_among(session, [question], person_id)


def reads_question(session: Session, question: Message, person_id: UUID | None) -> bool:
    """Whether this person may read, and answer, a question to an account of theirs: an owner, or whoever it was put to."""
    if person_id is None or question.to_account_id is None:
        return False
    return was_asked(session, question, person_id) or _owns(session, question.to_account_id, person_id)


def questions_to(session: Session, account_id: UUID, person_id: UUID) -> list[Question]:
    """What we asked an account, newest first, as far as this member of it may read it."""
    found = questions_for_account(session, account_id)
    if not found or _owns(session, account_id, person_id):
        return found
    theirs = _asked_among(session, [one.message for one in found], person_id)
    return [one for one in found if one.message.ref in theirs]


def _owns(session: Session, account_id: UUID, person_id: UUID) -> bool:
    return person_id in {owner.id for owner in owners_of(session, account_id)}


def _asked_among(session: Session, questions: Iterable[Message], person_id: UUID) -> set[str]:
    return set(session.scalars(select(Notice.about_ref).where(
        Notice.kind == "question", Notice.about_ref.in_([one.ref for one in questions]), Notice.recipient_id == person_id
    )))
