"""A request that needs a second person: signed, returned with a reason, or lapsed; and taking back what we asked for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from portal.cases.clocks import on_due, stop_clock
from portal.cases.hands import signs
from portal.cases.models import Case, Clock, ClockResult
from portal.cases.operations import close_item
from portal.core.access import Permission
from portal.core.errors import Conflict, NotAllowed, existing
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.text import sha256
from portal.core.work import Work
from portal.enforcement.awaited_ending import end_with_check
from portal.enforcement.awaited_messages import WITHDRAWN
from portal.enforcement.desk import require_free
from portal.enforcement.evidence import names_writers
from portal.log.operations import add, record
from portal.verification import messages, rules
from portal.verification.asking import send_request
from portal.verification.holding import IDENTITY, require_line, why_not_theirs
from portal.verification.models import Item, ItemState, Request, RequestSignature, Review, SignatureOutcome, Submission
from portal.verification.queries import WAITING_FOR_PERSON, WAITING_FOR_US, Asked, view_of
from portal.verification.telling import locked_item, newest_check, tell_owners

WHY = N_("Write your reason: at least %(least)s characters, you wrote %(length)s.")


@names_writers
def who_asked(session: Session, request_ref: str) -> set[UUID]:
    """Who wrote a request: somebody else signs it."""
    return set(session.scalars(select(Request.asked_by_id).where(Request.ref == request_ref)))


@signs
def asked_or_answered(case_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """That somebody wrote or signed a request of the case, or answered what was sent for one."""
    asked = exists().where(Request.case_id == case_id, Request.asked_by_id == person_id)
    signed = exists().where(
        RequestSignature.request_id == Request.id, Request.case_id == case_id, RequestSignature.person_id == person_id
    )
    answered = exists().where(
        Review.submission_id == Submission.id, Submission.request_id == Request.id, Request.case_id == case_id,
        Review.decided_by_id == person_id,
    )
    return or_(asked, signed, answered)


def co_sign_request(work: Work, *, request_ref: str, reason: str) -> dict[str, Any]:
    """Signs somebody else's third request for one item in 12 months, with a reason; it reaches the person now.

    Errors: `own_request`, `answered` when it is no longer waiting, `with_somebody_else`, `too_short`, `conflicted`,
    `NotFound`. Source: DESIGN 2.6.
    """
    work.require(Permission.REVIEW_IDENTITY)
    asked, item, case, person_id = _waiting(work, request_ref)
    why = _reason(reason)
    signature = _sign(work, asked.request, SignatureOutcome.SIGNED, person_id, why)
    stop_clock(work, request_ref, "identity_signature", ClockResult.KEPT)
    close_item(work, request_ref, "cosignature", "signed")
    signed = Asked(asked.request, asked.clause, case.ref, signature)
    send_request(work, item, signed, case, [signature], signed_because=why)
    return {"item": item.ref, "request": request_ref}


def return_request(work: Work, *, request_ref: str, reason: str) -> dict[str, Any]:
    """Returns somebody else's request with a reason: the person is not asked. Errors: as `co_sign_request`."""
    work.require(Permission.REVIEW_IDENTITY)
    asked, item, case, person_id = _waiting(work, request_ref)
    why = _reason(reason)
    signature = _sign(work, asked.request, SignatureOutcome.RETURNED, person_id, why)
    stop_clock(work, request_ref, "identity_signature", ClockResult.KEPT)
    close_item(work, request_ref, "cosignature", "returned")
    item.version += 1
    record(work, "identity.returned", item.ref, case_ref=case.ref, rows=[signature], request=request_ref, reason=why)
    return {"item": item.ref, "request": request_ref}


def withdraw_request(work: Work, *, item_ref: str, reason: str) -> dict[str, Any]:
    """Takes back what we asked for: the person needs to do nothing and hears why; what rests on it ends.

    Only for whoever has the check or the case in hand; where nobody has, for who asked for it, or a lead. Errors:
    `nothing_asked` when nothing is open, `too_short`, `conflicted`, `with_somebody_else`, `with_nobody`, `NotFound`.
    """
    work.require(Permission.WORK_CASE)
    item, case = locked_item(work, item_ref)
    require_free(work, case)
    view, check = newest_check(work, item)
    refusal = why_not_theirs(work.db, work.actor, case, view)
    if refusal is not None:
        raise refusal
    if item.state not in (*WAITING_FOR_PERSON, *WAITING_FOR_US):
        raise Conflict("nothing_asked", N_("Nothing of this is open, so there is nothing to take back."))
    why = _reason(reason)
    item.state, item.version = ItemState.WITHDRAWN, item.version + 1
    stop_clock(work, item.ref, "identity_review", ClockResult.VOID)
    for kind in IDENTITY:
        close_item(work, item.ref, kind, "withdrawn")
    event_id = new_id()
    notices = tell_owners(work, event_id, "identity_withdrawn", item, case, messages.withdrawn(check, why))
    record(work, "identity.withdrawn", item.ref, case_ref=case.ref, event_id=event_id, rows=notices, reason=why)
    end_with_check(work, item.ref, WITHDRAWN, work.now)
    return {"item": item.ref}


def _reason(text: str) -> str:
    return rules.words(text, "reason", WHY)


def _waiting(work: Work, request_ref: str) -> tuple[Asked, Item, Case, UUID]:
    """A request that waits for a second person, item and case locked, and the acting person, who now has it in hand."""
    found = existing(work.db.execute(
        select(Request.case_id, Request.item_id).where(Request.ref == request_ref)
    ).one_or_none())
    case = work.db.scalars(select(Case).where(Case.id == found.case_id).with_for_update()).one()
    item = work.db.get_one(Item, found.item_id, with_for_update=True, populate_existing=True)
    person_id = require_free(work, case)
    asked = next((one for one in view_of(work.db, item).asked if one.request.ref == request_ref and one.pending), None)
    if asked is None:
        raise Conflict("answered", N_("This request no longer waits for a signature."))
    if asked.request.asked_by_id == person_id:
        raise NotAllowed("own_request", N_("You wrote this request, so somebody else signs or returns it."))
    require_line(work, case, request_ref, "cosignature")
    return asked, item, case, person_id


def _sign(
    work: Work, request: Request, outcome: SignatureOutcome, person_id: UUID | None, reason: str
) -> RequestSignature:
    return add(work, RequestSignature(
        request_id=request.id, asked_by_id=request.asked_by_id, person_id=person_id, outcome=outcome, at=work.now,
        reason_sha256=sha256(reason),
    ))


@on_due("identity_signature")
def signature_lapsed(work: Work, clock: Clock) -> None:
    """Nobody signed in time (promise "co_signature"): the request is not sent, and can be written anew."""
    request = work.db.scalars(select(Request).where(Request.ref == clock.subject_ref)).one()
    item, case = work.db.get_one(Item, request.item_id), work.db.get_one(Case, request.case_id)
    signature = _sign(work, request, SignatureOutcome.LAPSED, None, "")
    close_item(work, request.ref, "cosignature", "lapsed")
    item.version += 1
    record(work, "identity.returned", item.ref, case_ref=case.ref, rows=[signature], request=request.ref)
