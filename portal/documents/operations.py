"""Adding exhibits to a case."""

from __future__ import annotations

from uuid import UUID

from portal.cases.models import Case
from portal.core.errors import RuleBroken
from portal.core.text import clean
from portal.core.work import Work
from portal.documents.models import Exhibit, ExhibitKind
from portal.documents.queries import next_number
from portal.log.operations import add
from portal.log.rules import body_digest


def add_exhibit(
    work: Work, case: Case, *, kind: ExhibitKind, contract_id: UUID | None = None, message_id: UUID | None = None,
    by_account_id: UUID | None = None, ground: str | None = None, description: str, quoted: str | None = None,
) -> Exhibit:
    """Adds the next numbered exhibit to a case that this act has locked; the caller names it in its event.

    `ground` is the published reason why a part is withheld, if one is. Errors: `nothing_shown` when it names neither a
    contract nor a message, text limits of `core.text.clean`.
    """
    if (contract_id if kind is ExhibitKind.CONTRACT else message_id) is None:
        raise RuleBroken("nothing_shown", "Say which contract or message this exhibit shows.", field="exhibits")
    exhibit = Exhibit(
        case_id=case.id, number=next_number(work.db, case.id), kind=kind, contract_id=contract_id, message_id=message_id,
        by_account_id=by_account_id, ground=ground, description=clean(description, field="description"),
        quoted=clean(quoted, field="quoted") if quoted is not None else None, sha256="",
    )
    exhibit.sha256 = body_digest(exhibit)
    add(work, exhibit)
    work.db.flush()
    return exhibit
