"""Reading appeals: whether one can be filed and until when, what was said in it, who may decide it, how it ended."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, CompoundSelect, bindparam, select, union
from sqlalchemy.orm import Session

from portal.appeals.evidence_models import AppealReopening, ReopeningEnd
from portal.appeals.models import (
    COMPLAINTS,
    LIVE,
    WITHHELD,
    Appeal,
    AppealDecision,
    AppealFile,
    AppealKind,
    AppealMessage,
    AppealState,
    AppealWord,
)
from portal.appeals.money import left_after, signed_longer
from portal.appeals.reinstatement_models import ITEM, ReinstatementFile
from portal.appeals.rules import MONEY, Window, ground_words, ticked, window
from portal.cases import drawing
from portal.cases.closing import closers_of
from portal.cases.models import Case, WorkItem
from portal.core.database import KEYS
from portal.core.errors import existing
from portal.documents.models import Document, Exhibit
from portal.enforcement.corrected import answers, contested, corrected_at
from portal.enforcement.looking import said_action
from portal.enforcement.members import member_person, require_reads
from portal.enforcement.models import Action, Signature
from portal.enforcement.queries import owners_of, statement_of
from portal.enforcement.succession import appealed, predecessors, successors
from portal.notices.queries import informed_first, told_about
from portal.rulebook.promised import window_promise

_ACTION: BindParameter[UUID] = bindparam("action_id")
_REFUSED_BY = select(Appeal.refused_by).where(Appeal.action_id == _ACTION, Appeal.refused_by.is_not(None))
_DECIDED_BY = (
    select(AppealDecision.decided_by).join(Appeal, AppealDecision.appeal_id == Appeal.id).where(Appeal.action_id == _ACTION)
)
_TURNED_DOWN = select(AppealReopening.ended_by).join(Appeal, AppealReopening.appeal_id == Appeal.id).where(
    Appeal.action_id == _ACTION, AppealReopening.end_kind == ReopeningEnd.REFUSED
)
_ANSWERED: CompoundSelect[Any] = union(_REFUSED_BY, _DECIDED_BY, _TURNED_DOWN)
_HAD_A_PART: CompoundSelect[Any] = union(
    select(Signature.person_id).where(Signature.action_id == _ACTION), _REFUSED_BY, _DECIDED_BY, _TURNED_DOWN
)


@dataclass(frozen=True, slots=True)
class Filing:
    """Whether an appeal against an action can be filed now, told before anything is written.

    `why_not`: "overturned", "decided" or "refused" (twice); `late`: the window is over, so a reason is asked for. `appeal`: the
    one there is. `only`: what alone is left of an answered one (`money.left_after`).
    """

    action: Action
    window: Window
    why_not: str | None
    late: bool
    appeal: Appeal | None
    only: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground of an appeal, as it was ticked; how it applies, as far as the person said so."""

    key: str
    text: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A file of an appeal, or of a request to come back, with its document and, once it was sent, its exhibit."""

    file: AppealFile | ReinstatementFile
    document: Document
    exhibit: Exhibit | None


def appeal_by_ref(session: Session, ref: str) -> Appeal:
    """Errors: `NotFound`."""
    return existing(session.scalars(select(Appeal).where(Appeal.ref == ref)).one_or_none())


def appeal_against(session: Session, action_id: UUID, kind: AppealKind = AppealKind.ACTION) -> Appeal | None:
    """The one appeal against an action, also a draft, a withdrawn or a decided one; not one that was refused.

    `kind`: against the action, or only against what its statement withholds.
    """
    query = select(Appeal).where(
        Appeal.action_id == action_id, Appeal.kind == kind, Appeal.state != AppealState.INADMISSIBLE
    )
    return session.scalars(query).one_or_none()


def appeals_of_account(
    session: Session, account_id: UUID, limit: int = 100, kind: AppealKind = AppealKind.ACTION
) -> list[Appeal]:
    """What an account has filed of that kind, newest first."""
    query = select(Appeal).where(
        Appeal.account_id == account_id, Appeal.kind == kind, Appeal.state != AppealState.DRAFT
    )
    return list(session.scalars(query.order_by(Appeal.id.desc()).limit(limit)))


def appeals_of_case(session: Session, case_id: UUID) -> list[Appeal]:
    """The appeals of a case, of every kind, that were filed, newest first."""
    query = select(Appeal).where(Appeal.case_id == case_id, Appeal.state != AppealState.DRAFT)
    return list(session.scalars(query.order_by(Appeal.id.desc())))


def my_action(session: Session, ref: str, person_id: UUID | None) -> Action:
    """An action that this person reads. Errors: `NotFound`; `owners_only` for members who may only know of it."""
    action = existing(said_action(session, ref))
    require_reads(session, action, person_id)
    return action


def filing(session: Session, action: Action, person_id: UUID | None, now: datetime) -> Filing:
    """Whether this person can appeal against an action that was said, and until when."""
    time, appeal = window_of(session, action, person_id), appeal_against(session, action.id)
    why_not, only = "overturned" if action.reversed_at is not None else None, ""
    if appeal is not None and appeal.state == AppealState.DECIDED and not corrected_since(session, action, appeal):
        only = left_after(session, action, appeal)
        why_not = why_not or (None if only else "decided")
    elif appeal is None and _refusals(session, action.id) > 1:
        why_not = "refused"
    return Filing(action, time, why_not, time.over(now) and only != MONEY, appeal, only)


def corrected_since(session: Session, action: Action, appeal: Appeal) -> bool:
    """Whether the letter was corrected after its appeal was decided: then that can be appealed against once more."""
    at = corrected_at(session, action)
    return at is not None and appeal.decided_at is not None and at > appeal.decided_at


@contested
def waits_for_answer(session: Session, action: Action) -> bool:
    """Whether an appeal against an action waits for its answer."""
    appeal = appeal_against(session, action.id)
    return appeal is not None and appeal.state in LIVE


@appealed
def was_appealed(session: Session, action: Action) -> bool:
    """Whether an appeal against an action was ever filed, whatever became of it."""
    filed = select(Appeal.id).where(Appeal.action_id == action.id, Appeal.state != AppealState.DRAFT)
    return session.scalar(filed.limit(1)) is not None


@answers
def answered_by(session: Session, action: Action) -> set[UUID]:
    """Who answered, or refused to take, an appeal against an action, or has one in hand that waits."""
    appeal = appeal_against(session, action.id)
    item = item_of(session, appeal.ref) if appeal is not None else None
    found = {one for one in session.scalars(_ANSWERED, {"action_id": action.id}) if one is not None}
    return found | ({item.assignee_id} if item is not None and item.assignee_id else set())


def _refusals(session: Session, action_id: UUID) -> int:
    """How often a late appeal against this action was refused; that can be appealed once."""
    query = select(Appeal.id).where(
        Appeal.action_id == action_id, Appeal.kind == AppealKind.ACTION, Appeal.state == AppealState.INADMISSIBLE
    )
    return len(session.scalars(query.limit(2)).all())


def window_of(session: Session, action: Action, person_id: UUID | None) -> Window:
    """The window from the day on which this person was informed; for others, on which the first of the owners was.

    Of the newest letter: where one was corrected the window begins anew.
    """
    told = [each for each in told_about(session, action.ref) if each.notice.kind == "statement"]
    told = [each for each in told if each.notice.event_id == told[-1].notice.event_id]
    member = member_person(session, action)
    informed_at = informed_first(told, person_id, apart=member.id if member is not None else None)
    record = statement_of(session, action.ref)[0] or {}
    least = record.get("redress", {}).get("appeal_until_at_least")
    issued_at = action.issued_at or action.created_at
    zone = zone_of(session, action.account_id)
    length = window_promise(session, "appeal_window", issued_at, informed_at or issued_at, zone)
    return window(
        issued_at, informed_at, length.length, length.unit, zone,
        datetime.fromisoformat(least) if least else None,
    )


def zone_of(session: Session, account_id: UUID) -> str:
    """Days of an account end in the zone of its first owner."""
    people = owners_of(session, account_id)
    return people[0].zone if people else "UTC"


def messages_of(session: Session, appeal_id: UUID) -> list[AppealMessage]:
    """Everything that was said in an appeal, oldest first."""
    query = select(AppealMessage).where(AppealMessage.appeal_id == appeal_id)
    return list(session.scalars(query.order_by(AppealMessage.n)))


_APPEAL: BindParameter[UUID] = bindparam("appeal_id")
_FILED = select(AppealMessage).where(
    AppealMessage.appeal_id == _APPEAL, AppealMessage.kind == AppealWord.FILED
).order_by(AppealMessage.n.desc()).limit(1)


def filed_message(session: Session, appeal_id: UUID) -> AppealMessage | None:
    """What was filed: the newest, when it was withdrawn and filed again."""
    return session.scalars(_FILED, {"appeal_id": appeal_id}).one_or_none()


def grounds_of(session: Session, appeal: Appeal) -> list[Ground]:
    """The grounds that were ticked, in words (those of ours as catalogue keys)."""
    filed = filed_message(session, appeal.id)
    action = session.get_one(Action, appeal.action_id)
    kept = ticked(json.loads(filed.grounds) if filed is not None and filed.grounds else [])
    listed = list((statement_of(session, action.ref)[0] or {}).get("would_change", []))
    return [Ground(key, item or ground_words(key, listed) or key, how) for key, item, how in kept]


_FILES = (
    select(AppealFile, Document, Exhibit).join(Document, AppealFile.document_id == Document.id)
    .outerjoin(Exhibit, AppealFile.exhibit_id == Exhibit.id)
    .where(AppealFile.appeal_id == _APPEAL, AppealFile.removed_at.is_(None)).order_by(AppealFile.id)
)
_DECISION = select(AppealDecision).where(AppealDecision.appeal_id == _APPEAL).order_by(AppealDecision.n.desc()).limit(1)


def files_of(session: Session, appeal_id: UUID) -> list[Shown]:
    """The files of an appeal that were not taken away, in the order in which they came."""
    return [Shown(*row) for row in session.execute(_FILES, {"appeal_id": appeal_id})]


def decision_of(session: Session, appeal_id: UUID) -> tuple[dict[str, Any] | None, AppealDecision] | None:
    """The newest decision of an appeal: its record (None once erased) and its row."""
    row = session.scalars(_DECISION, {"appeal_id": appeal_id}).one_or_none()
    return None if row is None else (json.loads(row.record) if row.record is not None else None, row)


def item_of(session: Session, ref: str) -> WorkItem | None:
    """The open work item of an appeal, or of a request to come back."""
    query = select(WorkItem).where(
        WorkItem.subject_ref == ref, WorkItem.kind.in_(("appeal", COMPLAINTS, WITHHELD, ITEM)), WorkItem.closed_at.is_(None)
    )
    return session.scalars(query).one_or_none()


_SIGNED = select(Signature.person_id).where(Signature.action_id.in_(KEYS))


def had_a_part(session: Session, appeal: Appeal) -> set[UUID]:
    """Who can overturn in full and do nothing else here: who signed the action, refused an appeal, decided one before or
    turned its new evidence down; and who signed what replaced it, or what it replaced: the answer reaches those too.

    Of a complaint: who closed the case, whenever. Source: DESIGN 2.8, promise 8: somebody else looks.
    """
    if appeal.kind == AppealKind.INACTION:
        return closers_of(session, appeal.case_id)
    action = session.get_one(Action, appeal.action_id)
    chain = [one.id for one in (*successors(session, action), *predecessors(session, action))]
    found = {one for one in session.scalars(_HAD_A_PART, {"action_id": appeal.action_id}) if one is not None}
    found |= signed_longer(session, action)
    return found | set(session.scalars(_SIGNED, {"ids": chain}) if chain else ())


def eligible(session: Session, appeal: Appeal, among: ColumnElement[bool] = drawing.DECIDERS) -> list[UUID]:
    """Who `among` these may decide an appeal: had no part before, and belongs to no account of its case."""
    return drawing.eligible(session, appeal.case_id, had_a_part(session, appeal), among)


def live_appeals(session: Session, case: Case) -> list[Appeal]:
    """The appeals of a case that wait for a decision."""
    query = select(Appeal).where(Appeal.case_id == case.id, Appeal.state.in_(LIVE))
    return list(session.scalars(query.order_by(Appeal.id)))
