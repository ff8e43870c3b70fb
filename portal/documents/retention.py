"""Until when a document is kept: said by the marketplace's operator, on record, and trusted by the worker that erases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.cases.models import Case
from portal.core.access import Permission
from portal.core.clock import end_of_day, local_day
from portal.core.errors import Conflict, RuleBroken, existing
from portal.core.i18n import N_
from portal.core.work import Work
from portal.documents.models import Document
from portal.log.operations import record

LAST_ZONE = "Etc/GMT+12"
"""Where a day ends last on earth: by then it is over for whoever the document belongs to."""


def set_retention(work: Work, *, document_ref: str, until: date | None, legal_hold: bool) -> dict[str, Any]:
    """Keeps a document until the end of a day, or as long as its record (None); `legal_hold`: a law or an order keeps it.

    Errors: `NotFound`; `erased_document`, `past_day`; `case_open` where a day is named while its case still needs it.
    """
    work.require(Permission.SET_RETENTION)
    document = existing(work.db.scalars(select(Document).where(Document.ref == document_ref).with_for_update()).one_or_none())
    if document.wrapped_key is None:
        raise RuleBroken("erased_document", "This document was erased. Only its number and its hash remain.")
    if until is not None and until <= local_day(work.now, "UTC"):
        raise RuleBroken("past_day", N_("Name a day that is still to come."), field="until")
    case = work.db.get_one(Case, document.case_id) if document.case_id else None
    if until is not None and case is not None and case.closed_at is None:
        message = N_("The case of this document is open. Say how long it is kept once the case is closed.")
        raise Conflict("case_open", message)
    keep_document(work, document, retain_until=end_of_day(until, LAST_ZONE) if until else None, legal_hold=legal_hold)
    return {"document": document.ref, "until": until.isoformat() if until else None}


def keep_document(work: Work, document: Document, *, retain_until: datetime | None, legal_hold: bool) -> None:
    """Says until when a document is kept, or that a law or an order keeps it, under an event of its own.

    Nothing else changes these two, since retention trusts only what is on record.
    """
    document.retain_until, document.legal_hold = retain_until, legal_hold
    case = work.db.get_one(Case, document.case_id) if document.case_id else None
    record(work, "document.kept", document.ref, case_ref=case.ref if case else None, rows=[(document, "kept")],
           until=retain_until, legal_hold=legal_hold)
