"""Reading files that proposed many decisions: who sent which, and how each of their drafts stands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.hands import READS_ALL
from portal.cases.models import Case, Draft
from portal.core.access import Actor
from portal.core.errors import NotFound
from portal.enforcement.issuing import DRAFT_FORM
from portal.enforcement.many_models import Batch, BatchConfirmation, BatchLine
from portal.enforcement.models import Action, ActionStatus

NEWEST = 20


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A line of a file as it stands now. `fields` and `draft`: what is typed in it by whoever asks, and its version."""

    line: int
    action: Action
    case: Case
    account: Account
    fields: dict[str, Any] | None
    draft: int
    together: bool

    @property
    def waits(self) -> bool:
        """Whether it is a draft in the hands of whoever asks."""
        return self.action.status == ActionStatus.DRAFT and self.fields is not None

    @property
    def interim(self) -> bool:
        return bool(self.fields.get("interim")) if self.waits and self.fields else self.action.interim


def batch_of(session: Session, action_id: UUID) -> Batch | None:
    """The file whose line began this action."""
    query = select(Batch).join(BatchLine, BatchLine.batch_id == Batch.id).where(BatchLine.action_id == action_id)
    return session.scalars(query).one_or_none()


def batch_by_ref(session: Session, actor: Actor, ref: str) -> Batch:
    """For whoever sent it, leads and auditors. Errors: `NotFound` for everybody else."""
    batch = session.scalars(select(Batch).where(Batch.ref == ref)).one_or_none()
    if batch is None or not (batch.person_id == actor.person_id or actor.roles & READS_ALL):
        raise NotFound
    return batch


def newest_batches(session: Session, actor: Actor, limit: int = NEWEST) -> list[Batch]:
    """The files that this member of staff sent, newest first; leads and auditors see everybody's."""
    query = select(Batch).order_by(Batch.id.desc()).limit(limit)
    return list(session.scalars(query if actor.roles & READS_ALL else query.where(Batch.person_id == actor.person_id)))


def begun_of(session: Session, batches: Sequence[Batch]) -> dict[UUID, int]:
    """How many lines of each of these files are drafts, or what became of them: by the file's key."""
    ids = [one.id for one in batches]
    counts = select(BatchLine.batch_id, func.count()).where(BatchLine.batch_id.in_(ids)).group_by(BatchLine.batch_id)
    return dict.fromkeys(ids, 0) | dict(session.execute(counts).all())


def batch_rows(session: Session, batch: Batch, person_id: UUID) -> list[BatchRow]:
    """Every line of a file in its order, with the drafts of that member of staff."""
    mine = (Draft.person_id == person_id) & (Draft.form == DRAFT_FORM) & (Draft.subject_ref == Action.ref)
    rows = session.execute(
        select(BatchLine.line, Action, Case, Account, Draft.body, Draft.version, BatchConfirmation.id)
        .join(Action, BatchLine.action_id == Action.id).join(Case, Action.case_id == Case.id)
        .join(Account, Action.account_id == Account.id).outerjoin(Draft, mine)
        .outerjoin(BatchConfirmation, BatchConfirmation.action_id == Action.id)
        .where(BatchLine.batch_id == batch.id).order_by(BatchLine.line)
    )
    return [
        BatchRow(line, action, case, account, json.loads(body) if body else None, version or 0, confirmed is not None)
        for line, action, case, account, body, version, confirmed in rows
    ]


def among(rows: Sequence[BatchRow], refs: Sequence[str]) -> list[BatchRow]:
    """Those of these actions, in the order of the file."""
    return [row for row in rows if row.action.ref in refs]
