"""What `flask verify` proves of appeals: each function names the rows that break a promise of DESIGN 2, and no others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.appeals import closing_checks, evidence_checks, mention_checks, pause_checks, reinstatement_checks
from portal.appeals.models import (
    LIVE,
    Appeal,
    AppealDecision,
    AppealFile,
    AppealKind,
    AppealMessage,
    AppealOutcome,
    AppealState,
    AppealWord,
)
from portal.cases.models import Clock, Closing, WorkItem
from portal.documents.models import Document, Exhibit
from portal.enforcement.disclosing import unshown
from portal.enforcement.models import Action, ChangeKind, Restriction, RestrictionChange, Signature, Statement
from portal.enforcement.replaced import as_weight
from portal.enforcement.succession import stands_for
from portal.enforcement.told import TOLD_OUTSIDE
from portal.ledger.extension_models import HoldExtension
from portal.ledger.models import Hold
from portal.log.models import Event
from portal.notices.models import Channel, Delivery, DeliveryResult, Informed, Notice

Check = Callable[[Session], Iterator[str]]
HEARD = (*LIVE, AppealState.DECIDED)


def somebody_else_decided(session: Session) -> Iterator[str]:
    """Who signed an action, or that its money is held longer, refused an appeal against it or decided one before has since only
    overturned it in full; and who closed a case answered a complaint about that only by opening it again."""
    other, earlier = aliased(Appeal), aliased(AppealDecision)
    less = select(Appeal.ref).join(AppealDecision, AppealDecision.appeal_id == Appeal.id).where(
        AppealDecision.outcome != AppealOutcome.REVERSED
    )
    refused = select(Appeal.ref).where(Appeal.refused_by.is_not(None))
    signed, by = Signature.action_id == Appeal.action_id, AppealDecision.decided_by
    twice = and_(other.action_id == Appeal.action_id, other.id != Appeal.id)
    before = and_(earlier.appeal_id == Appeal.id, earlier.n < AppealDecision.n, earlier.decided_by == by)
    longer = less.join(Action, Action.id == Appeal.action_id).join(
        Event, and_(Event.subject_ref == Action.ref, Event.kind == "action.issued")
    ).join(Hold, Hold.cause_event_id == Event.id).join(HoldExtension, and_(HoldExtension.hold_id == Hold.id, or_(
        and_(HoldExtension.proposed_by == by, HoldExtension.proposed_at <= AppealDecision.created_at),
        and_(HoldExtension.ended_by == by, HoldExtension.ended_at <= AppealDecision.created_at),
    )))
    found = (
        ("decided by somebody who signed the action", less.join(Signature, and_(signed, Signature.person_id == by))),
        ("decided by somebody who signed that its money is held longer", longer),
        ("decided by somebody who had refused it", less.join(other, and_(twice, other.refused_by == by))),
        ("decided by somebody who closed the case", less.where(Appeal.kind == AppealKind.INACTION).join(
            Closing, and_(Closing.case_id == Appeal.case_id, Closing.closed_by == by))),
        ("decided twice by the same person", less.join(earlier, before)),
        ("refused by somebody who signed the action", refused.join(
            Signature, and_(signed, Signature.person_id == Appeal.refused_by))),
        ("refused twice by the same person", refused.join(other, and_(twice, other.refused_by == Appeal.refused_by))),
    )
    for what, query in found:
        yield from (f"appeal {ref} was {what}" for ref in session.scalars(query.distinct().order_by(Appeal.ref)))


def decided_says_how(session: Session) -> Iterator[str]:
    """A decided appeal has a newest decision with the same outcome, and nothing of it waits any more."""
    newer = aliased(AppealDecision)
    newest = select(func.max(newer.n)).where(newer.appeal_id == Appeal.id).correlate(Appeal).scalar_subquery()
    rows = session.execute(
        select(Appeal, AppealDecision.outcome)
        .outerjoin(AppealDecision, and_(AppealDecision.appeal_id == Appeal.id, AppealDecision.n == newest))
        .where(Appeal.state == AppealState.DECIDED).order_by(Appeal.id)
    )
    for appeal, outcome in rows:
        if outcome != appeal.outcome:
            yield f"appeal {appeal.ref} and its decision say different things"
    waiting = select(Appeal.ref).join(WorkItem, WorkItem.subject_ref == Appeal.ref).where(
        Appeal.state.not_in(LIVE), WorkItem.closed_at.is_(None)
    )
    yield from (f"appeal {ref} is over and still waits in the queue" for ref in session.scalars(waiting))


def granted_means_shown(session: Session) -> Iterator[str]:
    """What was contested of a letter's withholding, and granted, is shown by a letter that names that."""
    granted = select(Appeal).where(Appeal.kind == AppealKind.WITHHELD, Appeal.outcome == AppealOutcome.REVERSED)
    for appeal in session.scalars(granted.order_by(Appeal.id)):
        letters = session.scalars(select(Statement.record).where(Statement.action_id == appeal.action_id, Statement.n > 1))
        said = [json.loads(one).get("changed") or {} for one in letters if one is not None]
        if not any(one.get("appeal") == appeal.ref and "disclosed" in one for one in said):
            yield f"what appeal {appeal.ref} contests is to be shown, and no letter shows it"


def nothing_upheld_is_hidden(session: Session) -> Iterator[str]:
    """Whatever rule stayed after an appeal, or what was contested of a withholding, was answered, was shown to its person."""
    rows = session.execute(
        select(Appeal, Action, AppealDecision.created_at).join(Action, Appeal.action_id == Action.id)
        .join(AppealDecision, AppealDecision.appeal_id == Appeal.id)
        .where(AppealDecision.outcome != AppealOutcome.REVERSED).order_by(AppealDecision.id)
    )
    for appeal, action, at in rows:
        newest = stands_for(session, action) if appeal.kind == AppealKind.ACTION else action
        reached = newest if newest.issued_at is not None and newest.issued_at <= at else action
        for one in unshown(session, reached, at):
            yield f"appeal {appeal.ref} upheld rule {one.number}, which rests only on what its person could not see"


def overturned_means_undone(session: Session) -> Iterator[str]:
    """An overturned action is reversed: nothing of it restricts, its own holds have ended."""
    overturned = select(Appeal.action_id).where(
        Appeal.outcome == AppealOutcome.REVERSED, Appeal.kind == AppealKind.ACTION
    )
    missed = select(Action.ref).where(Action.id.in_(overturned), Action.reversed_at.is_(None))
    yield from (f"action {ref} was overturned and is not reversed" for ref in session.scalars(missed))
    undone = aliased(RestrictionChange)
    still = (
        select(Action.ref).join(Restriction, Restriction.action_id == Action.id)
        .outerjoin(undone, and_(
            undone.restriction_id == Restriction.id, undone.kind.in_((ChangeKind.REVERSED, ChangeKind.LIFTED)),
            undone.at <= Action.reversed_at,
        ))
        .where(Action.reversed_at.is_not(None), undone.id.is_(None),
               func.coalesce(Restriction.ends_at, Restriction.review_at) > Action.reversed_at)
    )
    yield from (f"action {ref} is reversed and a restriction of it is not" for ref in session.scalars(still.distinct()))
    held = (
        select(Action.ref, Hold.ref).join(Event, and_(Event.subject_ref == Action.ref, Event.kind == "action.issued"))
        .join(Hold, Hold.cause_event_id == Event.id).where(Action.reversed_at.is_not(None), Hold.ended_at.is_(None))
    )
    yield from (f"action {ref} is reversed and its hold {hold} has not ended" for ref, hold in session.execute(held))


def nothing_heavier_after_an_appeal(session: Session) -> Iterator[str]:
    """No decision replaced one that was appealed against by then and takes more than it."""
    new = aliased(Action)
    rows = session.execute(
        select(Action, new).join(new, new.supersedes_id == Action.id).join(Appeal, Appeal.action_id == Action.id)
        .where(Appeal.filed_at < new.issued_at, Action.interim.is_(False)).order_by(new.id)
    )
    for old, following in rows:
        at = following.issued_at
        if at is not None and as_weight(session, following, at).heavier_than(as_weight(session, old, at)):
            yield f"action {following.ref} takes more than {old.ref}, against which an appeal was filed"


def corrections_reach_those_told(session: Session) -> Iterator[str]:
    """Each notice by which somebody was told of an overturned action has a correction, and nobody else got one.

    Told: due by then, and not held back. What was held back never arrived: its way into the inbox was closed before, no
    mail of it went out and nobody counts as informed of it. What was still on its way arrives with its correction. Whoever
    heard since of a decision that replaced it has the correction of that newer notice.
    """
    correction, newer, its = aliased(Notice), aliased(Notice), aliased(Notice)
    told_anew = exists().where(
        newer.corrects_id == Notice.id, its.corrects_id == newer.id, its.created_at >= Action.reversed_at
    ).correlate(Notice, Action)
    arrived = exists().where(
        Delivery.notice_id == Notice.id,
        (Delivery.delivered_at.is_not(None))
        | ((Delivery.channel == Channel.INBOX) & (Delivery.result != DeliveryResult.FAILED)),
    )
    read = exists().where(Informed.notice_id == Notice.id)
    missing = (
        select(Notice.id, Action.ref).join(Event, Notice.event_id == Event.id)
        .join(Action, and_(Action.ref == Event.subject_ref, Event.kind == "action.issued"))
        .outerjoin(correction, and_(correction.corrects_id == Notice.id, correction.created_at >= Action.reversed_at))
        .where(Action.reversed_at.is_not(None), Notice.kind.in_(TOLD_OUTSIDE), Notice.not_before <= Action.reversed_at,
               correction.id.is_(None), ~told_anew, arrived | read)
    )
    yield from (f"notice {key} about action {ref} was not corrected" for key, ref in session.execute(missing))
    original = aliased(Notice)
    astray = (
        select(Notice.id).join(original, Notice.corrects_id == original.id)
        .where(Notice.recipient_id != original.recipient_id)
    )
    yield from (f"notice {key} corrects what somebody else was told" for key in session.scalars(astray))


def filed_appeals_have_a_clock(session: Session) -> Iterator[str]:
    """Every appeal that waits has what was filed on record and is in the queue, our promise to answer ran for it, and while it
    waits for its person the time for that runs."""
    said = select(AppealMessage.appeal_id).where(AppealMessage.kind == AppealWord.FILED)
    empty = select(Appeal.ref).where(Appeal.state != AppealState.DRAFT, Appeal.id.not_in(said))
    yield from (f"appeal {ref} was filed and nothing was said in it" for ref in session.scalars(empty))
    runs = select(Clock.subject_ref).where(Clock.kind == "appeal_answer")
    still = select(Appeal.ref).where(Appeal.state.in_(LIVE), Appeal.ref.not_in(runs))
    yield from (f"appeal {ref} waits and no promise runs for it" for ref in session.scalars(still))
    at_desk = exists().where(WorkItem.subject_ref == Appeal.ref, WorkItem.closed_at.is_(None))
    unseen = select(Appeal.ref).where(Appeal.state.in_(LIVE), ~at_desk).order_by(Appeal.id)
    yield from (f"appeal {ref} waits and nobody at the desk sees it" for ref in session.scalars(unseen))
    asked = exists().where(
        Clock.subject_ref == Appeal.ref, Clock.kind == "appeal_question", Clock.ended_at.is_(None),
        Clock.due_at == Appeal.waiting_until,
    )
    endless = select(Appeal.ref).where(Appeal.state == AppealState.WAITING, ~asked).order_by(Appeal.id)
    yield from (f"appeal {ref} waits for its person, and no clock runs until then" for ref in session.scalars(endless))


def appeals_are_answered_by_their_clock(session: Session) -> Iterator[str]:
    """The day by which an appeal is to be answered is the one on which the promise that ran last for it is due."""
    clocks: dict[str, Clock] = {}
    for clock in session.scalars(select(Clock).where(Clock.kind.in_(Appeal.answer_clocks)).order_by(Clock.created_at, Clock.id)):
        clocks[clock.subject_ref] = clock
    for appeal in session.scalars(select(Appeal).where(Appeal.answer_by.is_not(None)).order_by(Appeal.id)):
        clock_of = clocks.get(appeal.ref)
        if clock_of is not None and clock_of.due_at != appeal.answer_by:
            yield f"appeal {appeal.ref} is to be answered at another time than its promise runs out"


def what_was_sent_is_kept(session: Session) -> Iterator[str]:
    """Every file of an appeal that was filed is a numbered exhibit, or was taken away by its sender and erased; what came after
    our answer is one once the appeal is sent, or opened, again."""
    missing = (
        select(Document.ref, Appeal.ref).join(AppealFile, AppealFile.document_id == Document.id)
        .join(Appeal, AppealFile.appeal_id == Appeal.id).outerjoin(Exhibit, AppealFile.exhibit_id == Exhibit.id)
        .where(Appeal.state.in_(HEARD), AppealFile.removed_at.is_(None), Exhibit.id.is_(None), or_(
            Appeal.decided_at.is_(None), Document.received_at <= Appeal.decided_at
        )).order_by(Document.id)
    )
    yield from (f"document {ref} of appeal {appeal} is no exhibit" for ref, appeal in session.execute(missing))
    left = (
        select(Document.ref).join(AppealFile, AppealFile.document_id == Document.id)
        .where(AppealFile.removed_at.is_not(None), Document.erased_at.is_(None)).order_by(Document.id)
    )
    yield from (f"document {ref} was taken away by its sender and is not erased" for ref in session.scalars(left))


def filings_have_a_receipt(session: Session) -> Iterator[str]:
    """Whoever filed an appeal was given a receipt in the same act."""
    receipt = exists().where(
        Notice.about_ref == Appeal.ref, Notice.kind == "appeal_filed", Notice.recipient_id == AppealMessage.person_id,
        Notice.created_at == AppealMessage.said_at,
    )
    missing = (
        select(Appeal.ref, AppealMessage.n).join(AppealMessage, AppealMessage.appeal_id == Appeal.id)
        .where(AppealMessage.kind == AppealWord.FILED, AppealMessage.person_id == Appeal.person_id, ~receipt)
    )
    yield from (f"appeal {ref} was filed (message {n}) without a receipt" for ref, n in session.execute(missing))


PROVES: dict[int, tuple[Check, ...]] = {
    4: reinstatement_checks.PROVES[4],
    7: mention_checks.PROVES[7],
    8: (
        *pause_checks.PROVES[8], somebody_else_decided, decided_says_how, granted_means_shown, nothing_upheld_is_hidden,
        *closing_checks.PROVES[8], *reinstatement_checks.PROVES[8], *evidence_checks.PROVES[8],
    ),
    9: (
        overturned_means_undone, corrections_reach_those_told, nothing_heavier_after_an_appeal, *evidence_checks.PROVES[9],
    ),
    10: (
        filed_appeals_have_a_clock, appeals_are_answered_by_their_clock, what_was_sent_is_kept, filings_have_a_receipt,
        *closing_checks.PROVES[10], *pause_checks.PROVES[10], *reinstatement_checks.PROVES[10],
        *evidence_checks.PROVES[10],
    ),
    11: closing_checks.PROVES[11],
    12: (*pause_checks.PROVES[12], *reinstatement_checks.PROVES[12]),
}
CHECKS: tuple[Check, ...] = tuple(check for checks in PROVES.values() for check in checks)
