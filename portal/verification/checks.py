"""What `flask verify` proves of identity checks: each function names the rows that break a rule, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import Clock
from portal.notices.models import Notice
from portal.verification import resting_checks
from portal.verification.models import Item, ItemState, Review, ReviewOutcome, Submission
from portal.verification.queries import Asked, ItemView, rejected_before, view_of
from portal.verification.rules import needs_signature

Check = Callable[[Session], Iterator[str]]


def _views(session: Session) -> Iterator[ItemView]:
    for item in session.scalars(select(Item).order_by(Item.id)):
        yield view_of(session, item)


def asked_once(session: Session) -> Iterator[str]:
    """What was accepted and had not expired was not asked for again without a named new reason."""
    for view in _views(session):
        for asked in view.requests:
            if asked.request.new_reason is None and _held(view, asked):
                yield f"request {asked.request.ref} asks again for what was accepted ({view.item.ref})"


def _held(view: ItemView, asked: Asked) -> bool:
    """Whether an answer from before this request was written still held then."""
    at = asked.request.written_at
    before = [one.review for one in view.sent if one.review and one.review.decided_at < at]
    last = before[-1].accepted_until if before else None
    return last is not None and last > at


def third_time_signed(session: Session) -> Iterator[str]:
    """A third request for one item in 12 months reached the person only with somebody else's signature."""
    for view in _views(session):
        earlier: list[datetime] = []
        for asked in view.requests:
            signed = asked.signature is not None and asked.signature.person_id not in (None, asked.request.asked_by_id)
            if needs_signature(earlier, asked.request.written_at) and not signed:
                yield f"request {asked.request.ref} is at least the third in 12 months and nobody else signed it"
            earlier.append(asked.asked_at or asked.request.written_at)


def every_submission_has_a_receipt(session: Session) -> Iterator[str]:
    """Whoever sent something was given a receipt in the same act, and a clock ran for our answer."""
    rows = session.execute(
        select(Submission, Item.ref).join(Item, Submission.item_id == Item.id).order_by(Submission.id)
    )
    for submission, item_ref in rows:
        notice = select(Notice.id).where(
            Notice.about_ref == item_ref, Notice.kind == "identity_receipt", Notice.recipient_id == submission.person_id,
            Notice.created_at == submission.created_at,
        )
        if session.scalar(notice.limit(1)) is None:
            yield f"submission {submission.ref} has no receipt"
        clock = select(Clock.id).where(
            Clock.subject_ref == item_ref, Clock.kind == "identity_review", Clock.started_at == submission.sent_at
        )
        if session.scalar(clock.limit(1)) is None:
            yield f"submission {submission.ref} has no time for an answer"


def rejections_say_what_was_wrong(session: Session) -> Iterator[str]:
    """Each rejection has a code from the list, says what to do and names what would do instead (until it is erased)."""
    query = select(Review, Submission.ref).join(Submission, Review.submission_id == Submission.id)
    for review, ref in session.execute(query.where(Review.outcome == ReviewOutcome.REJECTED).order_by(Review.id)):
        said = review.code and review.what_to_fix and review.alternatives
        if not said and review.erased_at is None:
            yield f"the answer to submission {ref} does not say what was wrong, what to do, or what would do instead"


def states_follow(session: Session) -> Iterator[str]:
    """The state, the count and the date of an item are what its frozen rows say."""
    for view in _views(session):
        item = view.item
        if item.asked_count != len(view.requests):
            yield f"item {item.ref} counts {item.asked_count} requests, there are {len(view.requests)}"
        accepted = [one.review.accepted_until for one in view.sent if one.review and one.review.accepted_until]
        if item.accepted_until != (accepted[-1] if accepted else None):
            yield f"item {item.ref} is accepted until another day than its answer says"
        if item.state not in _possible(view):
            yield f"item {item.ref} is {item.state}, and its requests and answers say otherwise"


def _possible(view: ItemView) -> set[str]:
    """The states that an item's newest request and what was sent for it allow."""
    if view.newest is None:
        return {ItemState.OPEN}
    last = view.last
    if last is None or last.submission.request_id != view.newest.request.id:
        return {ItemState.OPEN, ItemState.WITHDRAWN}
    if last.review is None:
        return {ItemState.SUBMITTED, ItemState.IN_REVIEW, ItemState.WITHDRAWN}
    if last.review.outcome == ReviewOutcome.ACCEPTED:
        return {ItemState.ACCEPTED}
    return {ItemState.REJECTED, ItemState.WITHDRAWN}


def turned_down_by_others(session: Session) -> Iterator[str]:
    """What was contested was a rejection of the same item, and whoever made it turned nothing of it down again."""
    for view in _views(session):
        known = [one.submission.documents for one in view.sent]
        for sent in view.sent:
            if sent.before is not None and sent.review is not None and sent.before.decided_by_id in rejected_before(
                replace(sent, before=None)
            ):
                yield f"submission {sent.submission.ref} was turned down twice by the same person"
            if sent.before is not None and known.count(sent.submission.documents) < 2:
                yield f"submission {sent.submission.ref} contests something else than what was sent"


PROVES: dict[int, tuple[Check, ...]] = {
    4: resting_checks.PROVES[4],
    6: (asked_once, third_time_signed, rejections_say_what_was_wrong, states_follow), 8: (turned_down_by_others,),
    10: (every_submission_has_a_receipt,),
}
CHECKS: tuple[Check, ...] = tuple(check for checks in PROVES.values() for check in checks)
