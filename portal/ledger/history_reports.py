"""Beside the lines of a history: what the marketplace said of what it reported, for files that accountants read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, Earning, Milestone
from portal.ledger.escrow import return_key
from portal.ledger.history import PORTION, Line
from portal.ledger.models import Entry, Funding
from portal.ledger.refund_models import EscrowReturn

RELEASE, PAYMENT = "earning:", "funding:"


@dataclass(frozen=True, slots=True)
class Reported:
    """When something happened, and of a release our fee for it, which the client paid besides."""

    happened_at: datetime
    fee_minor: int = 0


def with_reports(session: Session, account_id: UUID, lines: Iterable[Line]) -> Iterator[tuple[Line, Reported | None]]:
    """Each line of an account's history, and what was reported of it; None for what the marketplace does not report."""
    returns, left = _returns_to(session, account_id), iter(lines)
    while part := list(islice(left, PORTION)):
        entries = select(Entry.id, Entry.source_key).where(Entry.id.in_([line.entry_id for line in part]))
        keys = {one: key for one, key in session.execute(entries)}
        told = returns | _releases_and_payments(session, list(keys.values()))
        yield from ((line, told.get(keys[line.entry_id])) for line in part)


def _returns_to(session: Session, client_id: UUID) -> dict[str, Reported]:
    """By the key of its entry: what went back to a client before it was released."""
    query = select(EscrowReturn.source_key, EscrowReturn.returned_at).join(Milestone, EscrowReturn.milestone_id == Milestone.id)
    query = query.join(Contract, Milestone.contract_id == Contract.id).where(Contract.client_id == client_id)
    return {return_key(key): Reported(at) for key, at in session.execute(query)}


def _releases_and_payments(session: Session, source_keys: list[str]) -> dict[str, Reported]:
    """The same of what was released and paid in."""
    released, paid_in = (
        [UUID(key.removeprefix(kind)) for key in source_keys if key.startswith(kind)] for kind in (RELEASE, PAYMENT)
    )
    releases = session.execute(select(Earning.id, Earning.released_at, Earning.fee_minor).where(Earning.id.in_(released)))
    payments = session.execute(select(Funding.id, Funding.funded_at).where(Funding.id.in_(paid_in)))
    found = {f"{RELEASE}{one}": Reported(at, fee) for one, at, fee in releases}
    return found | {f"{PAYMENT}{one}": Reported(at) for one, at in payments}
