"""Reading identity checks: what was asked how often, what was sent, what was answered, and until when it holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from portal.cases.models import Case, Clock
from portal.core.errors import existing
from portal.rulebook.promised import number_since
from portal.rulebook.queries import CitedClause, cited_clause
from portal.verification.models import (
    Contest,
    Item,
    ItemState,
    Request,
    RequestSignature,
    Review,
    ReviewOutcome,
    SignatureOutcome,
    Submission,
)

_Before = aliased(Review)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: under which clause, and since when the person knows of it (None while a second person has it)."""

    request: Request
    clause: CitedClause
    case_ref: str
    signature: RequestSignature | None

    @property
    def asked_at(self) -> datetime | None:
        if not self.request.needs_signature:
            return self.request.written_at
        signed = self.signature is not None and self.signature.outcome == SignatureOutcome.SIGNED
        return self.signature.at if signed and self.signature else None

    @property
    def pending(self) -> bool:
        return self.request.needs_signature and self.signature is None


@dataclass(frozen=True, slots=True)
class Sent:
    """One submission with our answer, where there is one."""

    submission: Submission
    review: Review | None
    due_at: datetime | None = None
    before: Review | None = None
    """Our answer that it contests: what was turned down is looked at by somebody else."""

    @property
    def answer_by(self) -> datetime:
        """Until when we answer: the day that its receipt names, or a sooner one where a newer promise is better (DESIGN 2.12)."""
        return self.due_at or self.submission.answer_by

    @property
    def documents(self) -> list[str]:
        return [ref for ref, _sha256 in json.loads(self.submission.documents)]


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item with everything that was asked and answered, oldest first. Both sides' pages are made from it."""

    item: Item
    asked: tuple[Asked, ...]
    sent: tuple[Sent, ...]
    late: bool

    @property
    def requests(self) -> tuple[Asked, ...]:
        """The requests that reached the person."""
        return tuple(one for one in self.asked if one.asked_at is not None)

    @property
    def newest(self) -> Asked | None:
        return self.requests[-1] if self.requests else None

    @property
    def pending(self) -> Asked | None:
        return next((one for one in self.asked if one.pending), None)

    @property
    def last(self) -> Sent | None:
        return self.sent[-1] if self.sent else None

    @property
    def times_answered(self) -> int:
        """How often we answered what was sent."""
        return sum(one.review is not None for one in self.sent)

    @property
    def rejected(self) -> tuple[Sent, ...]:
        """What was turned down since the newest request: the tries."""
        since = self.newest.request.id if self.newest else None
        return tuple(
            one for one in self.sent
            if one.review and one.review.outcome == ReviewOutcome.REJECTED and one.submission.request_id == since
        )

    def holds(self, now: datetime) -> bool:
        """Whether something was accepted and has not expired."""
        return self.item.accepted_until is not None and self.item.accepted_until > now


def tries_before_a_talk(session: Session, view: ItemView, now: datetime) -> int:
    """After how many tries a person talks with whoever was asked: as promised when the newest request was sent, or fewer.

    Promise: identity_tries. Errors: KeyError where nothing is promised.
    """
    since = view.newest.asked_at if view.newest else None
    found = number_since(session, "identity_tries", since or now, now)
    if found is None:
        raise KeyError("identity_tries")
    return found


def item_by_ref(session: Session, item_ref: str) -> Item:
    """Errors: `NotFound`."""
    return existing(session.scalars(select(Item).where(Item.ref == item_ref)).one_or_none())


def request_by_ref(session: Session, request_ref: str) -> Request:
    """Errors: `NotFound`."""
    return existing(session.scalars(select(Request).where(Request.ref == request_ref)).one_or_none())


def view_of(session: Session, item: Item) -> ItemView:
    """An item with all its requests, submissions and answers."""
    sent, missed = _sent(session, item.id), False
    if sent and sent[-1].review is None:
        ran = session.execute(
            select(Clock.due_at, Clock.result).where(
                Clock.subject_ref == item.ref, Clock.kind == "identity_review",
                Clock.started_at >= sent[-1].submission.sent_at,
            ).limit(1)
        ).one_or_none()
        missed = ran is not None and ran.result == "missed"
        sent[-1] = replace(sent[-1], due_at=ran.due_at if ran else None)
    return ItemView(item, tuple(_asked(session, item.id)), tuple(sent), missed)


def _asked(session: Session, item_id: UUID) -> list[Asked]:
    rows = session.execute(
        select(Request, Case.ref, RequestSignature).join(Case, Request.case_id == Case.id)
        .outerjoin(RequestSignature, RequestSignature.request_id == Request.id)
        .where(Request.item_id == item_id).order_by(Request.n)
    )
    found = []
    for request, case_ref, signature in rows:
        clause = cited_clause(session, request.clause_version_id)
        assert clause is not None
        found.append(Asked(request, clause, case_ref, signature))
    return found


def _sent(session: Session, item_id: UUID) -> list[Sent]:
    rows = session.execute(
        select(Submission, Review, _Before).outerjoin(Review, Review.submission_id == Submission.id)
        .outerjoin(Contest, Contest.submission_id == Submission.id)
        .outerjoin(_Before, _Before.submission_id == Contest.contested_id)
        .where(Submission.item_id == item_id).order_by(Submission.n)
    )
    return [Sent(submission, review, before=before) for submission, review, before in rows]


def rejected_before(sent: Sent) -> set[UUID]:
    """Who turned it down."""
    return {one.decided_by_id for one in (sent.review, sent.before) if one and one.outcome == ReviewOutcome.REJECTED}


def cannot_contest(view: ItemView) -> str | None:
    """Why nobody else can be asked to look at what was sent: "nothing" is turned down, or somebody has looked "once"."""
    last = view.last
    if view.item.state != ItemState.REJECTED or last is None or last.review is None:
        return "nothing"
    return "once" if last.before is not None else None


def items_of_account(session: Session, account_id: UUID, case_ref: str | None = None) -> list[ItemView]:
    """What an account was ever asked to show, newest first; `case_ref` limits it to what that case asked."""
    query = select(Item).where(Item.account_id == account_id, Item.asked_count > 0)
    if case_ref is not None:
        query = query.where(Item.case_id == select(Case.id).where(Case.ref == case_ref).scalar_subquery())
    return [view_of(session, item) for item in session.scalars(query.order_by(Item.id.desc()))]


def items_of_case(session: Session, case_id: UUID) -> list[ItemView]:
    """What was asked for in a case, as the desk sees it, what waits for a second person included."""
    of_case = select(Request.item_id).where(Request.case_id == case_id)
    query = select(Item).where(or_(Item.case_id == case_id, Item.id.in_(of_case))).order_by(Item.id)
    return [view_of(session, item) for item in session.scalars(query)]


def every_item_of(session: Session, account_id: UUID) -> list[ItemView]:
    """What of an account was asked for in any case: the desk reads it before it asks again."""
    query = select(Item).where(Item.account_id == account_id).order_by(Item.id)
    return [view_of(session, item) for item in session.scalars(query)]


def item_of(session: Session, account_id: UUID, kind: str) -> Item | None:
    """The item of that kind of an account, if it was ever asked for."""
    return session.scalars(select(Item).where(Item.account_id == account_id, Item.kind == kind)).one_or_none()


def subject_of(view: ItemView) -> str:
    """What the files of an item's next submission are uploaded for: each submission has its own room for documents."""
    return f"{view.item.ref}.{len(view.sent) + 1}"


def times_asked(asked: Sequence[Asked]) -> list[datetime]:
    """When each request reached the person."""
    return [one.asked_at for one in asked if one.asked_at is not None]


WAITING_FOR_PERSON = (ItemState.OPEN, ItemState.REJECTED)
WAITING_FOR_US = (ItemState.SUBMITTED, ItemState.IN_REVIEW)
