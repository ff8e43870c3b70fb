"""What always holds (DESIGN 2.1 to 2.9), written anew from the design over plain rows: nothing here asks the product's own rules.

It is coarser than `flask verify` and shares no code with it, so that both would have to be wrong in the same way.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.models import Member
from portal.appeals.models import Appeal, AppealDecision
from portal.cases.models import Message
from portal.contracts.models import Earning
from portal.enforcement.models import (
    Action,
    Citation,
    CitationReversal,
    Nature,
    Restriction,
    RestrictionChange,
    Signature,
    Statement,
)
from portal.ledger.models import Book, Claim, Hold, Payout, Transfer
from portal.log.models import Event
from portal.notices.models import Delivery, Notice
from portal.rulebook.models import ClauseVersion, PolicyVersion
from tests.enforcement.oracle_ladder import counted
from tests.enforcement.oracle_natures import of_other_natures
from tests.enforcement.oracle_queue import forgotten

ORDER = ("good", "warned", "restricted", "suspended", "terminated")
STATE = dict(zip(("warning", "restriction", "suspension", "termination"), ORDER[1:], strict=True))


class Books:
    """Everything read once."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.now = now
        self.rows = {model: list(session.scalars(sa.select(model))) for model in (
            Action, Citation, CitationReversal, Restriction, RestrictionChange, Signature, Statement, Hold, Claim, Notice,
            Delivery, Appeal, AppealDecision, Message, Event,
        )}
        self.actions = {one.id: one for one in self.rows[Action]}
        self.said = [one for one in self.actions.values() if one.issued_at is not None]
        self.next = {one.supersedes_id: one for one in self.said if one.supersedes_id}
        self.fell = {one.citation_id: one.at for one in self.rows[CitationReversal]}
        self.cited: dict[Any, list[Citation]] = defaultdict(list)
        for cited in self.rows[Citation]:
            if cited.revision == self.actions[cited.action_id].revision and cited.id not in self.fell:
                self.cited[cited.action_id].append(cited)
        self.clause = dict(session.execute(sa.select(ClauseVersion.id, ClauseVersion.clause_id)).all())
        versions = sa.select(ClauseVersion.id, PolicyVersion.effective_on).join(
            PolicyVersion, ClauseVersion.version_id == PolicyVersion.id
        )
        self.in_force = dict(session.execute(versions).all())
        self.person = dict(session.execute(sa.select(Member.id, Member.person_id)).all())
        self.issue = {e.subject_ref: e.id for e in self.rows[Event] if e.kind == "action.issued"}

    def rules_at(self, action: Action, at: datetime) -> set[Any]:
        """The rules on which an action rested at that moment."""
        stood = [one for one in self.rows[Citation] if one.action_id == action.id and self.fell.get(one.id, at) >= at]
        revision = action.revision
        return {self.clause[one.clause_version_id] for one in stood if one.revision == revision or one.id in self.fell}

    def letters(self, action: Action) -> list[Statement]:
        return sorted((one for one in self.rows[Statement] if one.action_id == action.id), key=lambda one: one.n)

    def signed(self, action: Action, *roles: str) -> set[Any]:
        return {s.person_id for s in self.rows[Signature] if s.action_id == action.id and (not roles or s.signed_as in roles)}

    def heard(self, message: Message, member_id: Any) -> bool:
        """Whether a member was told of a question themselves."""
        return any(n.about_ref == message.ref and n.recipient_id == self.person[member_id] for n in self.rows[Notice])

    def over(self, action: Action) -> datetime | None:
        """Since when nothing of it can apply."""
        following = self.next.get(action.id)
        ends = [action.reversed_at, action.lifted_at, action.withdrawn_at, action.ends_at,
                following.issued_at if following is not None else None]
        return min((one for one in ends if one is not None), default=None)

    def applies(self, action: Action) -> bool:
        """Whether it takes something now, or warns."""
        over = self.over(action)
        if action.effective_at is None or self.now < action.effective_at or (over is not None and over <= self.now):
            return False
        taken = [one for one in self.rows[Restriction] if one.action_id == action.id]
        return not taken or any(self.restricts(one) for one in taken)

    def restricts(self, one: Restriction) -> bool:
        past = [c for c in self.rows[RestrictionChange] if c.restriction_id == one.id and c.at <= self.now]
        last = max(past, key=lambda c: (c.at, c.id), default=None)
        if any(c.kind in ("lifted", "reversed") for c in past) or (last is not None and last.kind == "paused"):
            return False
        end = one.ends_at or (one.review_at if one.scope != "account" else None)
        return one.starts_at <= self.now and (end is None or self.now < end)

    def standing(self, account_id: Any, member_id: Any = None) -> str:
        """The worst of what applies to an account, or to one member of it."""
        mine = [one for one in self.said if one.account_id == account_id and one.member_id in (None, member_id)]
        states = [STATE[one.measure] for one in mine if self.applies(one)]
        return max(states, key=ORDER.index, default="good")


def broken(session: Session, now: datetime) -> list[str]:
    """Every sentence of the design that does not hold, with the row."""
    books = Books(session, now)
    checks = (is_cited, is_said, proportionate, finite, are_told, someone_else, undone, partly_undone)
    found = [f"{check.__name__}: {line}" for check in checks for line in check(books)]
    return [*found, *counted(books, session), *disputed(books, session), *of_other_natures(books, session), *forgotten(session)]


def is_cited(b: Books) -> Iterator[str]:
    for action in b.said:
        if not b.cited[action.id]:
            yield f"{action.ref} cites nothing"
        for one in b.cited[action.id]:
            # What protects, or the law asks for, cites the promise of ours by which we act: the one of the day on which we do.
            day = one.conduct_from if action.nature == Nature.CONDUCT else action.issued_at.date()
            if b.in_force[one.clause_version_id] > day:
                yield f"{action.ref} cites what was not in force"
            shown = action.nature == "legal" or (json.loads(one.objects) and (json.loads(one.exhibits) or one.no_exhibit))
            if not (one.facts and one.why and shown):
                yield f"{action.ref} does not say what happened, why, or what shows it"


def is_said(b: Books) -> Iterator[str]:
    for action in b.said:
        letters = b.letters(action)
        if not letters or action.effective_at is None or letters[0].created_at > action.effective_at:
            yield f"{action.ref} took effect unsaid"
        if any(new.supersedes_id != old.id for old, new in pairwise(letters)):
            yield f"{action.ref} has a letter that supersedes nothing"
        told = any(n.event_id == b.issue.get(action.ref) and n.kind == "statement" for n in b.rows[Notice])
        if not told and action.nature != "legal":
            yield f"{action.ref} was told to nobody"


def proportionate(b: Books) -> Iterator[str]:
    for action in b.said:
        first, second = b.signed(action, "proposer", "issuer"), b.signed(action, "cosigner")
        if not first or first & second:
            yield f"{action.ref} is not signed as it should be"
        if action.measure == "termination" and not second:
            yield f"{action.ref} ends an account by one person"
        if action.interim or action.nature != "conduct":
            continue
        for one in b.cited[action.id]:
            asked = [
                m for m in b.rows[Message]
                if m.case_id == action.case_id and m.kind == "question" and m.sent_at <= action.issued_at
                and (action.member_id is None or b.heard(m, action.member_id))
                and b.clause.get(m.clause_version_id) == b.clause[one.clause_version_id]
            ]
            if not asked:
                yield f"{action.ref} came without a question about its rule"
        old = b.actions.get(action.supersedes_id)
        heavier = old is not None and not old.interim and ORDER.index(STATE[action.measure]) > ORDER.index(STATE[old.measure])
        if heavier and not second:
            yield f"{action.ref} is heavier than what it replaced and signed by one"
        filed = [a.filed_at for a in b.rows[Appeal] if old is not None and a.action_id == old.id and a.filed_at]
        if heavier and any(at < action.issued_at for at in filed):
            yield f"{action.ref} makes worse what was appealed against"


def finite(b: Books) -> Iterator[str]:
    for one in b.rows[Restriction]:
        action = b.actions[one.action_id]
        if (one.ends_at is None) == (one.review_at is None):
            yield f"{action.ref} has a restriction without an end"
        if action.interim and one.ends_at and one.ends_at - one.starts_at > timedelta(hours=72):
            yield f"{action.ref} acted first for too long"
        if action.measure == "suspension" and one.ends_at and one.ends_at - one.starts_at > timedelta(days=91):
            yield f"{action.ref} suspends for too long"
        if b.over(action) is not None and b.over(action) <= b.now and b.restricts(one):  # type: ignore[operator]
            yield f"{action.ref} is over and restricts"


def disputed(b: Books, session: Session) -> Iterator[str]:
    claims, held = {one.id: one for one in b.rows[Claim]}, defaultdict[Any, int](int)
    gone = [one for one in b.said if one.reversed_at or one.lifted_at or one.withdrawn_at or one.id in b.next]
    over = {b.issue.get(one.ref): one.ref for one in gone}
    for hold in b.rows[Hold]:
        if hold.ended_at is not None or hold.claim_id is None:
            continue
        claim = claims[hold.claim_id]
        held[claim.milestone_id] += hold.amount_minor
        if hold.amount_minor > claim.amount_minor or claim.ended_at is not None:
            yield f"disputed: hold {hold.ref} is more than its claim"
        if hold.cause_event_id in over:
            yield f"disputed: hold {hold.ref} goes on without its decision {over[hold.cause_event_id]}"
    for milestone_id, amount in held.items():
        if amount > sum(c.amount_minor for c in claims.values() if c.milestone_id == milestone_id and c.ended_at is None):
            yield "disputed: a milestone holds more than is claimed there"
    moved = defaultdict[Any, int](int)
    for one in session.scalars(sa.select(Transfer)):
        moved[one.debit_id] -= one.amount_minor
        moved[one.credit_id] += one.amount_minor
    for book in session.scalars(sa.select(Book).where(Book.owner_id.is_not(None))):
        if book.balance_minor != moved[book.id] or moved[book.id] < 0:
            yield f"disputed: book {book.id} says {book.balance_minor}, moved were {moved[book.id]}"
    assert session.scalar(sa.select(sa.func.count()).select_from(Earning)) is not None
    assert session.scalar(sa.select(sa.func.count()).select_from(Payout)) is not None


def are_told(b: Books) -> Iterator[str]:
    arrived = {d.notice_id: d.delivered_at for d in b.rows[Delivery] if d.channel == "inbox" and d.delivered_at is not None}
    by_event = defaultdict[Any, list[Notice]](list)
    for notice in b.rows[Notice]:
        by_event[notice.event_id].append(notice)
    for action in b.said:
        notices = by_event[b.issue.get(action.ref)]
        mine = [arrived.get(n.id) for n in notices if n.kind == "statement"]
        for notice in (n for n in notices if n.kind == "counterpart_action" and n.id in arrived):
            if None in mine or arrived[notice.id] <= max(at for at in mine if at is not None):
                yield f"{action.ref} was told to others before its person"
            if any((one.facts or "?") in (notice.body or "") for one in b.cited[action.id]):
                yield f"{action.ref} told others what happened"
    for listed in by_event.values():
        for person_id in {n.recipient_id for n in listed}:
            theirs = [n for n in listed if n.recipient_id == person_id and n.kind in ("counterpart_action", "action_changed")]
            if len([n for n in theirs if n.not_before <= n.created_at]) > 1:
                yield f"one change was told twice to {person_id}"


def someone_else(b: Books) -> Iterator[str]:
    appeals = {one.id: one for one in b.rows[Appeal]}
    for decision in b.rows[AppealDecision]:
        action = b.actions.get(appeals[decision.appeal_id].action_id)
        if action is not None and decision.outcome != "reversed" and decision.decided_by in b.signed(action):
            yield f"{action.ref} was answered by somebody who signed it"


def undone(b: Books) -> Iterator[str]:
    for appeal in b.rows[Appeal]:
        action = b.actions.get(appeal.action_id)
        if appeal.outcome == "reversed" and action is not None and action.reversed_at is None:
            yield f"{action.ref} was overturned and is not"
    for action in (one for one in b.said if one.reversed_at is not None):
        if b.applies(action):
            yield f"{action.ref} is overturned and applies"
        following = b.next.get(action.id)
        if following is not None and following.reversed_at is None and not action.interim and _same(b, action, following):
            yield f"{following.ref} rests on what was overturned with {action.ref}"


def partly_undone(b: Books) -> Iterator[str]:
    """A rule that fell is in no newest letter, holds no money, and left its decision another one."""
    claims = {one.id: one for one in b.rows[Claim]}
    for cited in (one for one in b.rows[Citation] if one.id in b.fell):
        action = b.actions[cited.action_id]
        if not b.cited[action.id] or action.issued_at is None or b.fell[cited.id] < action.issued_at:
            yield f"{action.ref} lost its last rule, or one before it was issued"
        letters = [json.loads(one.record or "{}") for one in b.letters(action)]
        said = [(part["facts"], part["conduct_from"]) for part in (letters[-1], *letters[-1].get("more", []))]
        named = (cited.facts, cited.conduct_from.isoformat()) in said and len(said) > len(b.cited[action.id])
        if named and action.id not in b.next:
            yield f"{action.ref} still says what fell"
        for hold in b.rows[Hold]:
            under = hold.claim_id is not None and claims[hold.claim_id].clause_version_id == cited.clause_version_id
            if under and hold.cause_event_id == b.issue[action.ref] and hold.ended_at is None:
                yield f"{action.ref} holds {hold.ref} under a rule that fell"


def _same(b: Books, one: Action, other: Action) -> bool:
    def same(first: Citation, second: Citation) -> bool:
        days = first.conduct_from <= second.conduct_to and second.conduct_from <= first.conduct_to
        things = set(json.loads(first.objects)) & set(json.loads(second.objects))
        return b.clause[first.clause_version_id] == b.clause[second.clause_version_id] and days and bool(things)

    return all(any(same(first, second) for first in b.cited[one.id]) for second in b.cited[other.id])
