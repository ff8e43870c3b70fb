"""What happens when the time of an action or of a proposal is over."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Person
from portal.cases.clocks import on_due
from portal.cases.models import Case, Clock
from portal.core.ids import new_id
from portal.core.work import Work
from portal.enforcement.desk import give_back
from portal.enforcement.messages import available_text, ended_text
from portal.enforcement.models import Action, ActionStatus
from portal.enforcement.queries import account_of, action_by_ref, owners_of, standing
from portal.enforcement.rules import State
from portal.enforcement.telling import outside_of
from portal.log.operations import record
from portal.notices.models import Notice
from portal.notices.operations import tell
from portal.notices.queries import told_about

TOLD = "counterpart_action"
STILL = (State.RESTRICTED, State.SUSPENDED, State.TERMINATED)


@on_due("restriction_end")
def action_ended(work: Work, clock: Clock) -> None:
    """The action has ended by its own date: that is put on record, and told to the person and to those who were told.

    One message for each change (DESIGN 2.7). An action that was undone meanwhile ends silently: that was told already.
    """
    action = action_by_ref(work.db, clock.subject_ref)
    if action.status != ActionStatus.ISSUED or action.reversed_at or action.lifted_at:
        return
    case, event_id = work.db.get_one(Case, action.case_id), new_id()
    notices = _tell_ended(work, action, case, event_id)
    record(work, "action.ended", action.ref, case_ref=case.ref, rows=notices, event_id=event_id, ended_at=clock.due_at)


def _tell_ended(work: Work, action: Action, case: Case, event_id: UUID) -> list[Notice]:
    outside, account = outside_of(work.db, action), account_of(work.db, action)
    still = standing(work.db, action.account_id, work.now).state in STILL
    mine = tell(
        work, event_id=event_id, kind="action_changed", recipients=owners_of(work.db, action.account_id),
        account_id=account.id, about_ref=action.ref, case_ref=case.ref, target=f"/me/actions/{action.ref}",
        compose=ended_text(outside, still=still),
    )
    told = [each.notice for each in told_about(work.db, action.ref) if each.notice.kind == TOLD]
    people = {person.id: person for person in _people(work, told)}
    for before in told:
        person = people.get(before.recipient_id)
        if person is not None:
            mine += tell(
                work, event_id=event_id, kind="action_changed", recipients=[person], account_id=before.account_id,
                about_ref=action.ref, target=before.target, compose=available_text(outside, still=still),
                corrects={person.id: before}, after=mine[0] if mine else None,
            )
    return mine


def _people(work: Work, told: list[Notice]) -> list[Person]:
    keys = {notice.recipient_id for notice in told}
    return list(work.db.scalars(select(Person).where(Person.id.in_(keys), Person.erased_at.is_(None))))


@on_due("co_signature")
def co_signature_lapsed(work: Work, clock: Clock) -> None:
    """Nobody signed in time: the proposal is its proposer's draft again (promise "co_signature")."""
    action = action_by_ref(work.db, clock.subject_ref)
    if action.status == ActionStatus.PROPOSED:
        give_back(work, action, work.db.get_one(Case, action.case_id), "lapsed")
