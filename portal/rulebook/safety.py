"""Whether a clause protects people's safety, as its newest version says."""

from __future__ import annotations

import json
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.core.database import once
from portal.rulebook.clause_data import from_canonical
from portal.rulebook.models import ClauseVersion, PolicyVersion

_NEWEST = (
    select(ClauseVersion.data).join(PolicyVersion, ClauseVersion.version_id == PolicyVersion.id)
    .where(ClauseVersion.clause_id == bindparam("clause_id"), PolicyVersion.binding)
    .order_by(PolicyVersion.effective_on.desc()).limit(1)
)


def protects_safety(session: Session, clause_id: UUID) -> bool:
    """Whether it is marked as a safety rule (DESIGN 2): what waits under it is shown as such."""
    def read() -> bool:
        data = session.scalar(_NEWEST, {"clause_id": clause_id})
        return data is not None and from_canonical(json.loads(data)).safety

    return once(session, ("protects safety", clause_id), read)
