"""What was decided before in a case: nobody acts first twice."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.enforcement.models import Action, ActionStatus

_INTERIM = select(Action.ref).where(
    Action.case_id == bindparam("case_id"), Action.interim, Action.id != bindparam("besides"),
    Action.status.in_((ActionStatus.ISSUED, ActionStatus.WITHDRAWN)),
).order_by(Action.id).limit(1)


def acted_first(session: Session, case_id: UUID, besides: UUID) -> str | None:
    """The action by which we acted first in a case, whatever became of it: there is one in a case, not one after another."""
    return session.scalar(_INTERIM, {"case_id": case_id, "besides": besides})


def require_first_interim(session: Session, action: Action) -> None:
    """Errors: `interim_again` when we acted first in this case before."""
    before = acted_first(session, action.case_id, action.id)
    if before is not None:
        message = N_("We acted first in this case already, by %(earlier)s. Ask the person, then decide.")
        raise RuleBroken("interim_again", message, field="interim", earlier=before)
