"""What `flask verify` proves of documents: each function names the rows that break a rule, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.documents.models import Document

Check = Callable[[Session], Iterator[str]]


def documents_can_be_opened(session: Session) -> Iterator[str]:
    """Whatever was taken and not erased still has its name and its own sealed secret."""
    gone = or_(Document.wrapped_key.is_(None), Document.name.is_(None))
    lost = select(Document.ref).where(Document.erased_at.is_(None), gone).order_by(Document.id)
    yield from (f"document {ref} was not erased and cannot be opened any more" for ref in session.scalars(lost))


PROVES: dict[int, tuple[Check, ...]] = {10: (documents_can_be_opened,)}
