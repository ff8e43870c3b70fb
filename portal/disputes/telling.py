"""Telling one side of a dispute, and whose days count for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from portal.accounts.queries import people_of
from portal.cases.models import Case
from portal.contracts.models import Contract
from portal.core.money import Money
from portal.core.work import Work
from portal.disputes.messages import HeldBefore
from portal.disputes.models import Dispute
from portal.ledger.giving_way import GaveWay
from portal.log.models import Event
from portal.notices.models import Informed, Notice
from portal.notices.operations import Compose, tell


def tell_side(
    work: Work, event_id: UUID, kind: str, account_id: UUID, case: Case, dispute_ref: str, compose: Compose
) -> list[Notice]:
    """One notice to each member of that side, leading to the dispute."""
    return tell(
        work, event_id=event_id, kind=kind, recipients=people_of(work.db, account_id), account_id=account_id,
        about_ref=dispute_ref, target=f"/disputes/{dispute_ref}", case_ref=case.ref, compose=compose,
    )


def zone_of(work: Work, account_id: UUID) -> str:
    """The time zone of an account's first owner: days end there."""
    people = people_of(work.db, account_id)
    return people[0].zone if people else "UTC"


def informed_of(work: Work, dispute: Dispute, contract: Contract) -> datetime | None:
    """When the first of the freelancer's people was informed of the dispute."""
    found: datetime | None = work.db.scalar(
        select(func.min(Informed.at)).join(Notice, Informed.notice_id == Notice.id).where(
            Notice.about_ref == dispute.ref, Notice.kind == "dispute_opened", Notice.account_id == contract.freelancer_id
        )
    )
    return found


def held_before(work: Work, gave: GaveWay) -> HeldBefore:
    """What we held of a milestone, and because of which decision of ours."""
    left = Money(gave.successor.amount_minor, gave.successor.currency) if gave.successor is not None else None
    cause = work.db.get_one(Event, gave.hold.cause_event_id)
    return HeldBefore(cause.subject_ref, gave.taken, left, gave.hold.expires_at)


def instead_of(gave: Sequence[GaveWay]) -> list[dict[str, Any]]:
    """The holds of ours that gave way to a claim, as its event names them."""
    return [{"hold": one.hold.ref, "amount_minor": one.taken.amount_minor} for one in gave]
