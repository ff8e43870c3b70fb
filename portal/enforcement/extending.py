"""Making a hold of ours longer: once, with a written reason that the person reads, and the signature of somebody else.

The money is never free between the two: the hold ends and its successor begins in one act (promise "hold_extension").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.queries import account_by_id, person_by_id
from portal.accounts.roles import MONEY, holders_of
from portal.cases.clocks import on_due, start_clock
from portal.cases.hands import ELSEWHERE, OutOfReach, holder_of_item
from portal.cases.models import Case, Clock
from portal.cases.operations import open_item, open_item_of, take_item
from portal.contracts.models import Contract, Milestone
from portal.core.access import Permission, require_person
from portal.core.clock import deadline
from portal.core.errors import Conflict, NotAllowed, existing
from portal.core.i18n import N_, language
from portal.core.ids import new_id, new_ref
from portal.core.money import Money
from portal.core.text import written_reason
from portal.core.work import Work
from portal.enforcement.desk import SIGNED_ALREADY, locked_action, require_free, take_turn
from portal.enforcement.ending import require_in_hand
from portal.enforcement.evidence import names_writers
from portal.enforcement.extending_messages import Longer, held_longer, held_longer_outside
from portal.enforcement.holding import MOST_HOLDS, held_before, milestones_in
from portal.enforcement.models import Action, ActionStatus
from portal.enforcement.queries import action_by_ref, owner_zone, owners_of, rules_cited
from portal.enforcement.telling import LOOK_UP
from portal.enforcement.told import issue_event, recipients_of, told_outside
from portal.enforcement.unsent import COUNTERPART
from portal.ledger.extension_ends import SECOND, SIGNING, end_extension
from portal.ledger.extension_models import ExtensionEnd, HoldExtension
from portal.ledger.models import Claim, Hold
from portal.ledger.successors import hold_longer
from portal.log.models import Event
from portal.log.operations import add, record
from portal.log.rules import body_digest
from portal.notices.models import Notice
from portal.notices.operations import Text, tell
from portal.rulebook.newer import INSTANT
from portal.rulebook.queries import Promise, promise

NOTHING = N_("No hold of this decision can be made longer: it has ended, or its money was held longer once already.")
NOT_WAITING = N_("This longer hold no longer waits for a second person. Reload the page to see what happened.")


@dataclass(frozen=True, slots=True)
class Extendable:
    """A hold of ours that can be made longer, with what it is on."""

    hold: Hold
    contract: Contract
    milestone: Milestone | None

    def facts(self, action_ref: str, until: datetime, reason: str, zone: str) -> Longer:
        number = self.milestone.number if self.milestone is not None else None
        amount = Money(self.hold.amount_minor, self.hold.currency)
        return Longer(action_ref, amount, self.contract.title, number, self.hold.expires_at, until, reason, zone)


def can_extend(session: Session, action: Action, now: datetime) -> Extendable | None:
    """The hold of an action that can be made longer now: open, of money that is really there, and for the first time."""
    if action.status != ActionStatus.ISSUED:
        return None
    row = session.execute(
        select(Hold, Claim).join(Claim, Hold.claim_id == Claim.id).where(
            Hold.cause_event_id == issue_event(session, action), Hold.ended_at.is_(None), Hold.amount_minor > 0,
            Hold.expires_at > now,
        )
    ).one_or_none()
    if row is None or held_before(session, milestones_in(session, row.Hold)) >= MOST_HOLDS:
        return None
    milestone = session.get_one(Milestone, row.Claim.milestone_id) if row.Claim.milestone_id is not None else None
    return Extendable(row.Hold, session.get_one(Contract, row.Claim.contract_id), milestone)


def waiting_extension(session: Session, hold: Hold) -> HoldExtension | None:
    """What waits for a second person to make a hold longer."""
    query = select(HoldExtension).where(HoldExtension.hold_id == hold.id, HoldExtension.ended_at.is_(None))
    return session.scalars(query).one_or_none()


def extension_by_ref(session: Session, ref: str) -> tuple[HoldExtension, Action]:
    """A longer hold that was proposed, and the action whose hold it is. Errors: `NotFound`."""
    row = existing(session.execute(
        select(HoldExtension, Event.subject_ref).join(Hold, HoldExtension.hold_id == Hold.id)
        .join(Event, Hold.cause_event_id == Event.id).where(HoldExtension.ref == ref)
    ).one_or_none())
    return row.HoldExtension, action_by_ref(session, row.subject_ref)


def longer_until(session: Session, action: Action, hold: Hold, time: Promise, country: str = "") -> datetime:
    """Until when it would be held: the published time, counted from the day on which the hold would have ended."""
    return deadline(hold.expires_at - INSTANT, time.length, time.unit, owner_zone(session, action.account_id), country)


def preview_extension(
    session: Session, action: Action, found: Extendable, until: datetime, reason: str, now: datetime
) -> tuple[Text, list[tuple[str, Text]]]:
    """What the person, and each client who had heard of the hold, would read. Reads only."""
    facts = found.facts(action.ref, until, reason, owner_zone(session, action.account_id))
    owner, told = owners_of(session, action.account_id)[0], _heard(session, action, found, now)
    read = [(one.name, held_longer_outside(facts)(language(one.language), one))
            for one in recipients_of(session, told).values() if one.erased_at is None]
    return held_longer(facts)(language(owner.language), owner), read


def _heard(session: Session, action: Action, found: Extendable, now: datetime) -> list[Notice]:
    """By what those who look after the money of that contract's client had heard of the decision. Source: DESIGN 2.7."""
    money = {one.id for one in holders_of(session, found.contract.client_id, MONEY)}
    return [one for one in told_outside(session, action, now)
            if one.kind == COUNTERPART and one.account_id == found.contract.client_id and one.recipient_id in money]


def propose_extension(work: Work, *, action_ref: str, reason: str) -> dict[str, Any]:
    """Puts a longer hold before a second person, who has the promised time. Until it is signed the hold ends as it was said.

    Errors: `reason_missing`, `nothing_to_extend`, `waiting`, those of `require_in_hand`. Sources: DESIGN section 4; promises
    "hold_extension", "co_signature".
    """
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    require_in_hand(work, case)
    text, person_id = written_reason(reason), require_person(work.actor)
    take_turn(work, action)
    found = _require(work, action)
    if waiting_extension(work.db, found.hold) is not None:
        raise Conflict("waiting", N_("A longer hold waits for a second person already. Sign or return that one first."))
    time, signing = promise(work, "hold_extension"), promise(work, "co_signature")
    row = HoldExtension(
        ref=new_ref("F"), hold_id=found.hold.id, until=longer_until(work.db, action, found.hold, time, work.country),
        proposed_by=person_id, proposed_at=work.now, language=person_by_id(work.db, person_id).language, reason=text, sha256="",
    )
    row.sha256 = body_digest(row)
    add(work, row)
    clock = start_clock(
        work, SIGNING, row.ref, case=case, length=signing.length, unit=signing.unit,
        promise_id=signing.clause_version_id,
    )
    open_item(
        work, case, SECOND, row.ref, clock.due_at, stake=Money(found.hold.amount_minor, found.hold.currency),
        clause_id=rules_cited(work.db, action)[0].clause_id,
    )
    record(work, "hold.extension_proposed", found.hold.ref, case_ref=case.ref, rows=[row], until=row.until)
    return {"action": action.ref, "extension": row.ref}


def _require(work: Work, action: Action) -> Extendable:
    found = can_extend(work.db, action, work.now)
    if found is None:
        raise Conflict("nothing_to_extend", NOTHING)
    return found


def sign_extension(work: Work, *, action_ref: str, extension_ref: str, reason: str) -> dict[str, Any]:
    """Signs a longer hold that somebody else proposed: it is carried out in this act, and both sides are told.

    `extension_ref`: the proposal that was read, so that no newer one is signed unread. Errors: `own_proposal`, `not_waiting`,
    `nothing_to_extend`, `reason_missing`, `with_somebody_else`. Source: DESIGN 2.3.
    """
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    take_turn(work, action)
    found = _require(work, action)
    row, person_id = _require_waiting(work, case, found, extension_ref), require_free(work, case)
    if person_id == row.proposed_by:
        raise NotAllowed("own_proposal", SIGNED_ALREADY)
    text, event_id = written_reason(reason), new_id()
    rows = end_extension(work, row, ExtensionEnd.SIGNED, person_id)
    facts = found.facts(action.ref, row.until, row.reason or "", owner_zone(work.db, action.account_id))
    after, moved = hold_longer(work, found.hold, row.until, event_id=event_id)
    rows += [*moved, *_tell(work, action, case, found, facts, event_id)]
    record(
        work, "hold.extended", found.hold.ref, case_ref=case.ref, rows=rows, event_id=event_id, successor=after.ref,
        until=row.until, reason=text,
    )
    return {"action": action.ref, "hold": after.ref}


def return_extension(work: Work, *, action_ref: str, extension_ref: str, reason: str) -> dict[str, Any]:
    """Does not sign the longer hold that was read, or takes one's own back, with a written reason: it ends as it was said to.

    Errors: `not_waiting`, `nothing_to_extend`, `reason_missing`, `with_somebody_else`.
    """
    work.require(Permission.DECIDE)
    action, case = locked_action(work, action_ref)
    found = _require(work, action)
    row, text = _require_waiting(work, case, found, extension_ref), written_reason(reason)
    rows = end_extension(work, row, ExtensionEnd.RETURNED, require_person(work.actor))
    record(work, "hold.extension_dropped", found.hold.ref, case_ref=case.ref, rows=rows, why="returned", reason=text)
    return {"action": action.ref}


def _require_waiting(work: Work, case: Case, found: Extendable, extension_ref: str) -> HoldExtension:
    row, person_id = waiting_extension(work.db, found.hold), require_free(work, case)
    if row is None or row.ref != extension_ref:
        raise Conflict("not_waiting", NOT_WAITING)
    item = open_item_of(work, row.ref, SECOND)
    holder = holder_of_item(work.db, item)
    if person_id != row.proposed_by:
        if holder is not None and holder.person_id != person_id:
            raise OutOfReach("with_somebody_else", ELSEWHERE, case.ref, row.ref, holder)
        if item is not None:
            take_item(work, item)
    return row


def _tell(work: Work, action: Action, case: Case, found: Extendable, facts: Longer, event_id: UUID) -> list[Notice]:
    """The owners with the reason, and after them the client who had heard of the hold and its day, without it."""
    mine = tell(
        work, event_id=event_id, kind="hold_extended", recipients=owners_of(work.db, action.account_id),
        account_id=action.account_id, about_ref=action.ref, case_ref=case.ref, target=f"/me/actions/{action.ref}",
        compose=held_longer(facts),
    )
    person = account_by_id(work.db, action.account_id).ref
    people = list(recipients_of(work.db, _heard(work.db, action, found, work.now)).values())
    theirs = tell(
        work, event_id=event_id, kind="hold_extended", recipients=people, account_id=found.contract.client_id,
        about_ref=action.ref, target=f"{LOOK_UP}{person}", after=mine[0], compose=held_longer_outside(facts),
    ) if people and mine else []
    return [*mine, *theirs]


@on_due(SIGNING)
def extension_lapsed(work: Work, clock: Clock) -> None:
    """Nobody signed in time (promise "co_signature"): the hold ends when it was said to. It can be proposed again."""
    row = work.db.scalars(select(HoldExtension).where(HoldExtension.ref == clock.subject_ref)).one()
    hold = work.db.get_one(Hold, row.hold_id)
    case = work.db.get_one(Case, clock.case_id)
    record(work, "hold.extension_dropped", hold.ref, case_ref=case.ref, rows=end_extension(work, row, ExtensionEnd.LAPSED),
           why="lapsed")


@names_writers
def _proposed(session: Session, subject_ref: str) -> set[UUID]:
    """Who proposed a longer hold signs nothing of it."""
    return set(session.scalars(select(HoldExtension.proposed_by).where(HoldExtension.ref == subject_ref)))
