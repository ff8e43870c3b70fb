"""Whose an appeal, or a request to come back, is: whoever reads the decision that it is about; a complaint about a report, its
sender and the owners."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import MemberRole, Person
from portal.accounts.queries import person_by_id
from portal.accounts.roles import OWNERS, holds_role, owners_only
from portal.appeals.models import Appeal
from portal.appeals.queries import filed_message, my_action
from portal.appeals.reinstatement_models import Reinstatement
from portal.cases.models import Case
from portal.core.access import Permission, require_person
from portal.core.errors import NotAllowed, NotFound
from portal.core.i18n import N_, Language
from portal.core.work import Work
from portal.enforcement.desk import locked_action
from portal.enforcement.members import reads, require_reads, told_of
from portal.enforcement.models import Action
from portal.enforcement.queries import owners_of
from portal.notices.operations import Compose, Text

Matter = Appeal | Reinstatement
TO_ANOTHER = N_("We wrote the following to %(name)s, who sent this. You read it because you belong to the same account.")


def reads_appeal(session: Session, sent: Matter, person_id: UUID | None) -> bool:
    """Whether somebody reads what was sent: who reads its decision; a complaint is about none."""
    if sent.action_id is not None:
        return reads(session, sent.action_id, person_id)
    return holds_role(session, sent.account_id, person_id, tuple(MemberRole) if sent.person_id == person_id else OWNERS)


def require_reads_appeal(session: Session, sent: Matter, person_id: UUID | None) -> None:
    """Errors: `owners_only` for members who may know of what it is about and do not read it; `NotFound` for everybody else."""
    if sent.action_id is not None:
        require_reads(session, session.get_one(Action, sent.action_id), person_id)
    elif not reads_appeal(session, sent, person_id):
        raise owners_only(session, sent.account_id) if holds_role(
            session, sent.account_id, person_id, tuple(MemberRole)) else NotFound


def require_own(work: Work, sent: Matter, case: Case) -> None:
    """Errors: those of `require_reads_appeal`, and `NotFound` for a link of another case."""
    require_reads_appeal(work.db, sent, work.actor.person_id)
    require_session(work, case)


def own_action(work: Work, action_ref: str) -> tuple[Action, Case, UUID]:
    """An action that the acting person reads, locked with its case, and who they are.

    Errors: those of `my_action`; `NotFound` also for another case's link.
    """
    work.require(Permission.ANSWER_IN_CASE)
    person_id = require_person(work.actor)
    my_action(work.db, action_ref, person_id)
    action, case = locked_action(work, action_ref)
    require_session(work, case)
    return action, case, person_id


def people_told(session: Session, sent: Matter) -> list[Person]:
    """Who hears of it: the account's owners, the member whom its decision is about, and whoever sent it, while they read it."""
    about = session.get_one(Action, sent.action_id) if sent.action_id is not None else None
    told = owners_of(session, sent.account_id) if about is None else told_of(session, about)
    also = sent.person_id not in {one.id for one in told} and reads_appeal(session, sent, sent.person_id)
    return [*told, person_by_id(session, sent.person_id)] if also else told


def addressed(session: Session, sent: Matter, compose: Compose) -> Compose:
    """`written_to` whoever sent it. What we opened ourselves nobody sent: it is written to all of them."""
    if isinstance(sent, Appeal):
        filed = filed_message(session, sent.id)
        if filed is None or filed.person_id != sent.person_id:
            return compose
    return written_to(person_by_id(session, sent.person_id), compose)


def written_to(sender: Person, compose: Compose) -> Compose:
    """What is written to a sender, as each reads it who hears of it: others are told first to whom it is written."""

    def to_each(lang: Language, person: Person) -> Text:
        text = compose(lang, person)
        if sender.id == person.id:
            return text
        first = lang.gettext(TO_ANOTHER, name=sender.name)
        return Text(text.subject, f"{first}\n\n{text.body}", f"{first}\n\n{text.mail_body}")

    return to_each


def may_take_back(session: Session, sent: Matter, person_id: UUID | None) -> bool:
    """Whether this person may take something back, or have it mentioned: whoever sent it, or an owner; others only read it."""
    return sent.person_id == person_id or holds_role(session, sent.account_id, person_id)


def require_take_back(work: Work, sent: Matter) -> None:
    """Errors: `not_yours` for a member of the account who neither sent it nor owns the account."""
    if not may_take_back(work.db, sent, work.actor.person_id):
        raise NotAllowed("not_yours", N_("Only whoever sent this, or an owner of the account, can do this."))


def require_session(work: Work, case: Case) -> None:
    """Errors: `NotFound` in a session that a link opened for another case."""
    if work.actor.case_ref is not None and work.actor.case_ref != case.ref:
        raise NotFound
