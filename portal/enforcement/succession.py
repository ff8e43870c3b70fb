"""Decisions that replace one another: which came after which, and which of them still stands for the same conduct."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.enforcement.models import Action

_REPLACED_BY = select(Action).where(Action.supersedes_id == bindparam("action_id")).limit(1)


def superseded_by(session: Session, action: Action) -> Action | None:
    """The action that replaced this one, whatever became of it: what was replaced stays replaced."""
    return session.scalars(_REPLACED_BY, {"action_id": action.id}).one_or_none()
