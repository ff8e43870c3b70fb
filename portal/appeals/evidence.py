"""New evidence after an appeal was answered: whether it can be opened once more and until when, and what of it is new.

Source: DESIGN section 3, "decided may be reopened once on new evidence"; promise 2.1.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, select
from sqlalchemy.orm import Session

from portal.appeals.evidence_models import AppealReopening, ReopeningEnd
from portal.appeals.models import Appeal, AppealDecision, AppealKind, AppealState
from portal.appeals.queries import Shown, files_of, filing, zone_of
from portal.appeals.rules import Window, window
from portal.cases.hands import signs
from portal.core.clock import deadline
from portal.core.database import once
from portal.core.work import Work
from portal.documents.models import Document, Exhibit
from portal.enforcement.models import Action
from portal.log.operations import vouch_next
from portal.notices.queries import informed_first, told_about
from portal.rulebook.promised import window_promise

MOST_REFUSED = 2
WINDOW = "appeal_window"
UNTIL = "reopen_until_at_least"
"""How the record of an answer calls the day until which its appeal can at least be opened again."""
_APPEAL: BindParameter[UUID] = bindparam("appeal_id")
_REOPENINGS = select(AppealReopening).where(AppealReopening.appeal_id == _APPEAL).order_by(AppealReopening.n)
_DECISIONS = select(AppealDecision).where(AppealDecision.appeal_id == _APPEAL).order_by(AppealDecision.n.desc())
_KNOWN = select(Document.sha256).join(Exhibit, Exhibit.document_id == Document.id).where(
    Exhibit.case_id == bindparam("case_id"), Exhibit.by_account_id == bindparam("account_id"),
    Exhibit.id < bindparam("decision_id"),
)


@signs
def turned_down(case_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """That somebody said of an appeal of the case that nothing new was shown."""
    return exists().where(
        AppealReopening.appeal_id == Appeal.id, Appeal.case_id == case_id, AppealReopening.ended_by == person_id,
        AppealReopening.end_kind == ReopeningEnd.REFUSED,
    )


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to an appeal: its record (None once erased) and its row."""

    record: dict[str, Any] | None
    row: AppealDecision


@dataclass(frozen=True, slots=True)
class Again:
    """Whether an appeal can be opened once more on new evidence, told before anything is written.

    `why_not`: "undecided", "overturned", "appeal" (it can be sent again without anything new), "answered" (it was opened again
    once) or "refused" (two people found nothing new). `window`: from being informed of our answer; None while there is none.
    `late`: it is over, so a reason is asked for. `refused`: the one refusal that the next time contests.
    """

    window: Window | None
    why_not: str | None
    late: bool
    refused: AppealReopening | None


def answers_of(session: Session, appeal_id: UUID) -> list[Answered]:
    """Every answer to an appeal, the newest first."""
    rows = session.scalars(_DECISIONS, {"appeal_id": appeal_id})
    return [Answered(json.loads(row.record) if row.record is not None else None, row) for row in rows]


def reopenings_of(session: Session, appeal_id: UUID) -> list[AppealReopening]:
    """How often an appeal was opened once more, and what became of each, the first one first."""
    found: list[AppealReopening] = once(
        session, ("reopenings", appeal_id), lambda: list(session.scalars(_REOPENINGS, {"appeal_id": appeal_id})))
    return found


def open_reopening(session: Session, appeal_id: UUID) -> AppealReopening | None:
    """The one that waits for our answer."""
    return next((one for one in reopenings_of(session, appeal_id) if one.ended_at is None), None)


def way_again(session: Session, appeal: Appeal, person_id: UUID | None, now: datetime) -> Again:
    """Whether this person can open an appeal against an action once more, and until when."""
    before = reopenings_of(session, appeal.id)
    refused = [one for one in before if one.end_kind == ReopeningEnd.REFUSED]
    time = _window(session, appeal, person_id) if appeal.decided_at is not None else None
    why_not = _why_not(session, appeal, before, refused, person_id, now)
    return Again(time, why_not, time is not None and time.over(now), refused[0] if len(refused) == 1 else None)


def _why_not(
    session: Session, appeal: Appeal, before: Collection[AppealReopening], refused: Collection[AppealReopening],
    person_id: UUID | None, now: datetime,
) -> str | None:
    if appeal.state != AppealState.DECIDED or appeal.kind != AppealKind.ACTION:
        return "undecided"
    action = session.get_one(Action, appeal.action_id)
    if action.reversed_at is not None:
        return "overturned"
    if any(one.end_kind == ReopeningEnd.ANSWERED for one in before):
        return "answered"
    if len(refused) >= MOST_REFUSED:
        return "refused"
    found = filing(session, action, person_id, now)
    return "appeal" if found.why_not is None and not found.only else None


def _window(session: Session, appeal: Appeal, person_id: UUID | None) -> Window:
    """The window of an appeal, from the day of being informed of our answer. What that answer named stays."""
    assert appeal.decided_at is not None
    told = [
        each for each in told_about(session, appeal.ref)
        if each.notice.kind == "appeal_decided" and each.notice.created_at == appeal.decided_at
    ]
    informed_at, zone = informed_first(told, person_id), zone_of(session, appeal.account_id)
    length = window_promise(session, WINDOW, appeal.decided_at, informed_at or appeal.decided_at, zone)
    newest = answers_of(session, appeal.id)[0]
    least = (newest.record or {}).get(UNTIL)
    return window(
        appeal.decided_at, informed_at, length.length, length.unit, zone, datetime.fromisoformat(least) if least else None
    )


def offered_until(session: Session, appeal: Appeal, now: datetime) -> datetime | None:
    """Until when an appeal that is answered now can at least be opened once more; None where that was answered, or is now."""
    ends = [one.end_kind for one in reopenings_of(session, appeal.id)]
    if None in ends or ReopeningEnd.ANSWERED in ends or ends.count(ReopeningEnd.REFUSED) >= MOST_REFUSED:
        return None
    zone = zone_of(session, appeal.account_id)
    length = window_promise(session, WINDOW, now, now, zone)
    return deadline(now, length.length, length.unit, zone)


def new_files(session: Session, appeal: Appeal) -> list[Shown]:
    """The files of an appeal that its account had not put into the case, by their content, when we answered last.

    An appeal that was never answered has none: nothing in it is newer than something else.
    """
    answered = answers_of(session, appeal.id)
    if not answered:
        return []
    given = {"case_id": appeal.case_id, "account_id": appeal.account_id, "decision_id": answered[0].row.id}
    known = set(session.scalars(_KNOWN, given))
    return [one for one in files_of(session, appeal.id) if one.document.sha256 not in known]


def end_reopening(
    work: Work, appeal: Appeal, end: ReopeningEnd, by: UUID, reason: str | None = None
) -> AppealReopening | None:
    """Puts on record what became of the one that waits; the next event of this act vouches for it. None where none waits.

    But where it was answered, the appeal is again what it was: decided as before.
    """
    opened = open_reopening(work.db, appeal.id)
    if opened is None:
        return None
    opened.ended_at, opened.end_kind, opened.ended_by, opened.reason = work.now, end, by, reason
    if end is not ReopeningEnd.ANSWERED:
        before = work.db.get_one(AppealDecision, opened.decision_id)
        appeal.state, appeal.outcome, appeal.decided_at = AppealState.DECIDED, before.outcome, before.created_at
        appeal.waiting_until = None
        vouch_next(work, [(appeal, "decided")])
    vouch_next(work, [(opened, "ended")])
    return opened
