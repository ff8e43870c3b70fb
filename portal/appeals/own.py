"""Whose an appeal is: every member of its account, but where it is about one member only those who read that decision."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.accounts.queries import person_by_id
from portal.appeals.models import Appeal
from portal.appeals.queries import filed_message
from portal.appeals.reinstatement_models import Reinstatement
from portal.cases.models import Case
from portal.core.access import require_account
from portal.core.errors import NotAllowed, NotFound
from portal.core.i18n import N_, Language
from portal.core.work import Work
from portal.enforcement.members import reads, told_of
from portal.enforcement.models import Action
from portal.enforcement.queries import owners_of
from portal.notices.operations import Compose, Text

TO_ANOTHER = N_("We wrote the following to %(name)s, who sent this. You read it because you belong to the same account.")


def reads_appeal(session: Session, appeal: Appeal, person_id: UUID | None) -> bool:
    """Whether this member of its account may read an appeal: whoever may read the decision; a complaint is about none."""
    return appeal.action_id is None or reads(session, appeal.action_id, person_id)


def require_own(work: Work, appeal: Appeal, case: Case) -> None:
    """Errors: `NotFound` for another's account, for a decision about another member of it, and for a link of another case."""
    require_account(work.actor, appeal.account_id)
    if not reads_appeal(work.db, appeal, work.actor.person_id):
        raise NotFound
    require_session(work, case)


def people_told(session: Session, appeal: Appeal) -> list[Person]:
    """Who hears of an appeal: the account's owners, the member whom its decision is about, and whoever sent it."""
    about = session.get_one(Action, appeal.action_id) if appeal.action_id is not None else None
    told = owners_of(session, appeal.account_id) if about is None else told_of(session, about)
    return told if appeal.person_id in {one.id for one in told} else [*told, person_by_id(session, appeal.person_id)]


def addressed(session: Session, appeal: Appeal, compose: Compose) -> Compose:
    """`written_to` whoever sent an appeal. What we opened ourselves nobody sent: it is written to all of them."""
    filed = filed_message(session, appeal.id)
    if filed is None or filed.person_id != appeal.person_id:
        return compose
    return written_to(person_by_id(session, appeal.person_id), compose)


def written_to(sender: Person, compose: Compose) -> Compose:
    """What is written to a sender, as each reads it who hears of it: others are told first to whom it is written."""

    def to_each(lang: Language, person: Person) -> Text:
        text = compose(lang, person)
        if sender.id == person.id:
            return text
        first = lang.gettext(TO_ANOTHER, name=sender.name)
        return Text(text.subject, f"{first}\n\n{text.body}", f"{first}\n\n{text.mail_body}")

    return to_each


def may_take_back(session: Session, sent: Appeal | Reinstatement, person_id: UUID | None) -> bool:
    """Whether this person may take something back: whoever sent it, or an owner of the account; others only read it."""
    return person_id is not None and person_id in {sent.person_id, *(one.id for one in owners_of(session, sent.account_id))}


def require_take_back(work: Work, sent: Appeal | Reinstatement) -> None:
    """Errors: `not_yours` for a member of the account who neither sent it nor owns the account."""
    if not may_take_back(work.db, sent, work.actor.person_id):
        raise NotAllowed("not_yours", N_("Only whoever sent this, or an owner of the account, can take it back."))


def require_session(work: Work, case: Case) -> None:
    """Errors: `NotFound` in a session that a link opened for another case."""
    if work.actor.case_ref is not None and work.actor.case_ref != case.ref:
        raise NotFound
