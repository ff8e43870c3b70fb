"""Reading the log: leaves in their one order, the newest signed head, and proofs."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.log.models import Checkpoint, Leaf
from portal.log.tree import inclusion_proof

READ_AT_ONCE = 5000


def log_size(session: Session) -> int:
    """How many leaves the log has."""
    last = session.scalar(select(func.max(Leaf.seq)))
    return 0 if last is None else last + 1


def leaves(session: Session, start: int, end: int | None = None) -> Iterator[tuple[int, str]]:
    """(place, leaf hash) from `start` up to, not including, `end`, in order, read in portions."""
    while end is None or start < end:
        stop = start + READ_AT_ONCE if end is None else min(start + READ_AT_ONCE, end)
        rows = session.execute(
            select(Leaf.seq, Leaf.leaf_hash).where(Leaf.seq >= start, Leaf.seq < stop).order_by(Leaf.seq)
        ).all()
        yield from ((row.seq, row.leaf_hash) for row in rows)
        if not rows:
            return
        start = stop


def newest_checkpoint(session: Session) -> Checkpoint | None:
    """The newest signed tree head."""
    return session.scalars(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)).one_or_none()


def inclusion(session: Session, place: int, size: int) -> list[bytes]:
    """The proof that the leaf at `place` is in the tree of that size (RFC 6962, section 2.1.1)."""
    return inclusion_proof([bytes.fromhex(digest) for _, digest in leaves(session, 0, size)], place)
