"""What `flask verify` proves of decisions that follow one another: asked first, decided once, held once more at the most."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from uuid import UUID

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Member
from portal.cases.models import Case, Clock, Message, MessageKind, WorkItem
from portal.contracts.models import Earning
from portal.enforcement.before import conduct_of
from portal.enforcement.desk import WAITING_KINDS
from portal.enforcement.holding import MOST_HOLDS
from portal.enforcement.issuing import OWN
from portal.enforcement.models import Action, ActionStatus, Citation, CitationReversal, Nature, Signature, SignatureAs
from portal.ledger.models import Book, BookKind, Claim, Claimant, Hold
from portal.log.models import Event
from portal.notices.models import Notice
from portal.rulebook.models import ClauseVersion

SAID = (ActionStatus.ISSUED, ActionStatus.WITHDRAWN)
FARTHEST = timedelta(hours=14)
"""How far the earliest zone on earth is ahead: a person's zone is not on record, and no other could have made it later."""

_CITED = (
    select(Action, Citation, ClauseVersion.clause_id, Member.person_id, CitationReversal.at)
    .outerjoin(Member, Action.member_id == Member.id).join(Citation, Citation.action_id == Action.id)
    .outerjoin(CitationReversal, CitationReversal.citation_id == Citation.id)
    .join(ClauseVersion, Citation.clause_version_id == ClauseVersion.id)
    .where(Action.status.in_(SAID), Action.nature == Nature.CONDUCT, Action.issued_at.is_not(None),
           or_(Citation.revision == Action.revision, CitationReversal.id.is_not(None)))
    .order_by(Action.issued_at, Action.id)
)


@dataclass(frozen=True, slots=True)
class Said:
    """A conduct action that was said, with its citation, its rule, the member whom it is about, and since when this rule of it
    is overturned alone."""

    action: Action
    citation: Citation
    clause_id: UUID
    replaced: bool
    person_id: UUID | None = None
    fell_at: datetime | None = None

    @property
    def overturned_at(self) -> datetime | None:
        """When it was overturned, as a whole or as to this rule."""
        return self.action.reversed_at or self.fell_at

    @property
    def issued_at(self) -> datetime:
        assert self.action.issued_at is not None
        return self.action.issued_at

    @property
    def decides(self) -> bool:
        """Whether it decides its conduct: in full, and neither overturned nor withdrawn nor replaced."""
        action = self.action
        return not self.replaced and not action.interim and self.overturned_at is None and action.status == ActionStatus.ISSUED

    @property
    def matter(self) -> tuple[UUID, UUID | None, UUID]:
        """Where it is compared with others: the account, the member whom it is about, and the rule."""
        return self.action.account_id, self.action.member_id, self.clause_id


@dataclass(frozen=True, slots=True)
class Asking:
    """A question of ours: about which rule, when, until when, and when it was answered."""

    clause_id: UUID
    sent_at: datetime
    answer_by: datetime | None
    answered_at: datetime | None
    people: frozenset[UUID] = frozenset()

    def heard(self, one: Said, after: datetime | None = None) -> bool:
        """Whether it was about the rule of this action, after what happened, and over before it was issued; a member whom
        the action is about was asked themselves."""
        if one.person_id is not None and one.person_id not in self.people:
            return False
        over = [at for at in (self.answer_by, self.answered_at) if at is not None]
        in_time = self.clause_id == one.clause_id and _latest_day(self.sent_at) >= one.citation.conduct_to
        return in_time and (after is None or self.sent_at > after) and min(over, default=one.issued_at) <= one.issued_at


def _latest_day(at: datetime) -> date:
    return (at + FARTHEST).date()


def _said(session: Session) -> list[Said]:
    replaced = set(session.scalars(select(Action.supersedes_id).where(Action.supersedes_id.is_not(None))))
    return [
        Said(action, citation, clause_id, action.id in replaced, person_id, fell_at)
        for action, citation, clause_id, person_id, fell_at in session.execute(_CITED)
    ]


def _same_conduct(session: Session) -> Iterator[tuple[Said, Said]]:
    """Each pair of actions about the same conduct, the earlier one first."""
    of: dict[tuple[UUID, UUID | None, UUID], list[Said]] = defaultdict(list)
    for one in _said(session):
        of[one.matter].append(one)
    for listed in of.values():
        for first, second in combinations(listed, 2):
            if first.action.id != second.action.id and conduct_of(first.citation).same_as(conduct_of(second.citation)):
                yield first, second


def _asked(session: Session) -> dict[UUID, list[Asking]]:
    """Our questions to whom a case is about, by case."""
    answer, found, people = aliased(Message), defaultdict[UUID, list[Asking]](list), defaultdict[str, set[UUID]](set)
    for ref, recipient_id in session.execute(
        select(Notice.about_ref, Notice.recipient_id).where(Notice.kind == "question")
    ):
        people[ref].add(recipient_id)
    rows = session.execute(
        select(Message.ref, Message.case_id, ClauseVersion.clause_id, Message.sent_at, Message.answer_by, answer.sent_at)
        .join(Case, (Message.case_id == Case.id) & (Message.to_account_id == Case.about_account_id))
        .join(ClauseVersion, Message.clause_version_id == ClauseVersion.id)
        .outerjoin(answer, answer.answers_id == Message.id).where(Message.kind == MessageKind.QUESTION)
    )
    for ref, case_id, clause_id, sent_at, answer_by, answered_at in rows:
        found[case_id].append(Asking(clause_id, sent_at, answer_by, answered_at, frozenset(people[ref])))
    return found


def people_were_asked_first(session: Session) -> Iterator[str]:
    """Before each conduct action that is not interim the person was asked about its rule, after what happened."""
    asked = _asked(session)
    for one in _said(session):
        if not one.action.interim and not any(asking.heard(one) for asking in asked[one.action.case_id]):
            yield f"action {one.action.ref} was issued before the person was asked about it"


def nothing_is_decided_twice(session: Session) -> Iterator[str]:
    """No two full actions about the same conduct stand: same rule, days that overlap, a contract or message in common."""
    for first, second in _same_conduct(session):
        if first.decides and second.decides:
            yield f"action {second.action.ref} is about what {first.action.ref} had decided"


def overturned_is_decided_by_others(session: Session) -> Iterator[str]:
    """What follows an overturned action about the same conduct: others signed it, two of them, and the person was asked again."""
    signed, asked = defaultdict[UUID, list[Signature]](list), _asked(session)
    for signature in session.scalars(select(Signature)):
        signed[signature.action_id].append(signature)
    for first, second in _same_conduct(session):
        overturned_at, ref = first.overturned_at, second.action.ref
        with_it = second.action.supersedes_id == first.action.id and first.fell_at in (None, second.issued_at)
        if overturned_at is None or second.issued_at < overturned_at or with_it:
            continue
        mine = signed[second.action.id]
        if {one.person_id for one in signed[first.action.id]} & {one.person_id for one in mine}:
            yield f"action {ref} is signed by somebody who had signed the overturned {first.action.ref}"
        if all(one.signed_as != SignatureAs.COSIGNER for one in mine):
            yield f"action {ref} follows the overturned {first.action.ref} without a second person's signature"
        if not any(asking.heard(second, overturned_at) for asking in asked[second.action.case_id]):
            yield f"action {ref} follows the overturned {first.action.ref}, and the person was not asked again"


def nobody_acts_first_twice(session: Session) -> Iterator[str]:
    """No case has two interim actions."""
    seen = set[UUID]()
    interim = select(Action.ref, Action.case_id).where(Action.interim, Action.status.in_(SAID))
    for ref, case_id in session.execute(interim.order_by(Action.issued_at, Action.id)):
        if case_id in seen:
            yield f"action {ref} acts first in a case in which that was done before"
        seen.add(case_id)


def what_came_first_is_decided(session: Session) -> Iterator[str]:
    """What came first waits in the queue of an open case, or its person is asked, until it is decided in full or overturned."""
    full = aliased(Action)
    decided = exists().where(
        full.case_id == Action.case_id, full.nature == Nature.CONDUCT, ~full.interim, full.issued_at >= Action.issued_at
    )
    waits = exists().where(
        WorkItem.case_id == Action.case_id, WorkItem.kind.in_((*WAITING_KINDS, *OWN)), WorkItem.closed_at.is_(None)
    )
    asked = exists().where(Clock.case_id == Action.case_id, Clock.kind == "question", Clock.ended_at.is_(None))
    lost = select(Action.ref).join(Case, Action.case_id == Case.id).where(
        Action.interim, Action.nature == Nature.CONDUCT, Action.status == ActionStatus.ISSUED, Action.reversed_at.is_(None),
        Case.closed_at.is_(None), ~decided, ~waits, ~asked,
    )
    found = session.scalars(lost.order_by(Action.id))
    yield from (f"action {ref} came first, and nothing of it waits to be decided" for ref in found)


def holds_are_made_once_more(session: Session) -> Iterator[str]:
    """The platform holds money of a milestone twice at the most, whatever it claims, the second time with a second signature.

    A hold that follows another one until a later day is a second time: who signed that is proven where money is.
    """
    cosigned = select(Event.id).join(Action, Event.subject_ref == Action.ref).join(
        Signature, (Signature.action_id == Action.id) & (Signature.signed_as == SignatureAs.COSIGNER)
    ).where(Event.kind == "action.issued")
    signed, times = set(session.scalars(cosigned)), Counter[UUID | None]()
    before = aliased(Hold)
    holds = (
        select(Hold, Earning.milestone_id).distinct().join(Claim, Hold.claim_id == Claim.id)
        .join(Book, and_(Book.hold_id == Hold.id, Book.kind == BookKind.HELD)).join(Earning, Book.earning_id == Earning.id)
        .outerjoin(before, Hold.successor_of_id == before.id)
        .where(Claim.claimant == Claimant.PLATFORM, Hold.amount_minor > 0,
               or_(before.id.is_(None), before.expires_at < Hold.expires_at)).order_by(Hold.id)
    )
    for hold, milestone_id in session.execute(holds):
        times[milestone_id] += 1
        time = times[milestone_id]
        if time > MOST_HOLDS:
            yield f"hold {hold.ref} holds money of one milestone for the platform for time number {time}"
        elif time > 1 and hold.successor_of_id is None and hold.cause_event_id not in signed:
            yield f"hold {hold.ref} holds money of one milestone again without a second person's signature"
