"""What waits to be told when an action takes effect, written anew once a rule that it names was overturned."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from portal.contracts.queries import counterparts_of
from portal.core.work import Work
from portal.enforcement.messages import Outside, counterpart_text
from portal.enforcement.models import Action, ChangeKind
from portal.enforcement.queries import owners_of
from portal.enforcement.reported_messages import report_answered_text
from portal.enforcement.stakes import HeldOn
from portal.enforcement.telling import each_once, outside_of
from portal.enforcement.told import recipients_of, said_in, to_be_told
from portal.enforcement.undoing import freed, own_holds
from portal.enforcement.unsent import COUNTERPART, hold_back, queued_again
from portal.notices.models import Notice
from portal.notices.operations import Compose, tell


def tell_anew(work: Work, action: Action, event_id: UUID, after: Notice | None) -> list[Notice]:
    """Holds back what others were to hear of an action and writes it anew with the rules that are left, for the same day.

    So nobody is told first of a rule that does not apply, and then that it does not. `after`: the notice of the person
    concerned. The rows belong into the caller's event.
    """
    ahead = to_be_told(work.db, action, work.now, queued_again(work))
    outside = replace(outside_of(work.db, action), held=_held(work, action))
    if not ahead or not outside.decided:
        return []
    hold_back(work, said_in(work.db, action), ChangeKind.REVERSED)
    written, people, texts = list[Notice](), recipients_of(work.db, ahead), _texts(work, action, outside)
    plain, answered = counterpart_text(outside, ()), report_answered_text(outside.clauses)
    for notice in ahead:
        person = people[notice.recipient_id]
        if person.erased_at is not None:
            continue
        compose = texts.get(person.id, plain) if notice.kind == COUNTERPART else answered
        written += tell(
            work, event_id=event_id, kind=notice.kind, recipients=[person], account_id=notice.account_id,
            about_ref=notice.about_ref, target=notice.target, compose=compose, after=after,
            not_before=max(work.now, notice.not_before),
        )
    return written


def _texts(work: Work, action: Action, outside: Outside) -> dict[UUID, Compose]:
    """What each person on the other side of a contract is to hear, by person."""
    owners = {person.id for person in owners_of(work.db, action.account_id)}
    near = counterparts_of(work.db, action.account_id, work.now)
    found = each_once(work.db, action.account_id, near, owners, work.now)
    return {each.person.id: counterpart_text(outside, each.contracts, each.stakes) for each in found}


def _held(work: Work, action: Action) -> HeldOn | None:
    """The money of a contract that the action still holds."""
    for hold in own_holds(work.db, action):
        one = freed(work.db, hold)
        if hold.claim_id is not None and hold.amount_minor:
            return HeldOn(one.contract_id, one.amount, one.milestone, hold.expires_at)
    return None
