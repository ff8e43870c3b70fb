"""A case that was opened by an act which put it on record."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from portal.cases.models import Case
from portal.cases.operations import Party, open_case
from portal.core.work import Work
from portal.log.operations import record


def on_record(work: Work, about_account_id: UUID, parties: Iterable[Party]) -> Case:
    """Opens a case as a report or a dispute does: the event of the same act vouches for it."""
    case = open_case(work, about_account_id, parties)
    record(work, "case.taken", case.ref, case_ref=case.ref)
    return case
