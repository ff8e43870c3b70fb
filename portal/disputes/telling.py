"""Telling one side of a dispute, and whose days count for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from portal.accounts.models import MemberRole, Person
from portal.accounts.queries import account_by_id, people_of
from portal.accounts.roles import holders_of
from portal.cases.models import Case
from portal.contracts.models import Contract
from portal.core.i18n import Language
from portal.core.money import Money
from portal.core.work import Work
from portal.disputes.messages import HeldBefore
from portal.disputes.models import Dispute
from portal.ledger.giving_way import GaveWay
from portal.log.models import Event
from portal.notices.models import Informed, Notice
from portal.notices.operations import Compose, Text, tell

OF_MONEY = "dispute_money"
MOVES = frozenset({
    "dispute_opened", "dispute_receipt", "dispute_unanswered", "dispute_decided", "dispute_reviewed", "dispute_ended",
    "dispute_settled", "dispute_closed", "dispute_withdrawn", "settlement_offered",
})
"""Of what concerns the money of a dispute, so that who looks after it hears too."""


def tell_side(
    work: Work, event_id: UUID, kind: str, account_id: UUID, case: Case, dispute_ref: str, compose: Compose
) -> list[Notice]:
    """One notice to each owner of that side, leading to the dispute; where it is about money one to each who looks after it,
    which says nothing of what was written. Only an owner counts as informed of the dispute."""
    def to(recipients: list[Person], of: str, text: Compose) -> list[Notice]:
        return tell(
            work, event_id=event_id, kind=of, recipients=recipients, account_id=account_id, about_ref=dispute_ref,
            target=f"/disputes/{dispute_ref}", case_ref=case.ref, compose=text,
        )

    told, rest = to(holders_of(work.db, account_id), kind, compose), holders_of(work.db, account_id, (MemberRole.FINANCE,))
    return [*told, *to(rest, OF_MONEY, _of_money(work, account_id, dispute_ref))] if kind in MOVES and rest else told


def _of_money(work: Work, account_id: UUID, dispute_ref: str) -> Compose:
    of = select(Contract.title).join(Dispute, Dispute.contract_id == Contract.id).where(Dispute.ref == dispute_ref)
    about = {"ref": dispute_ref, "title": work.db.scalar(of), "account": account_by_id(work.db, account_id).name}

    def compose(lang: Language, _person: Person) -> Text:
        first = lang.gettext("Something changed about the money of the dispute %(ref)s. It is about the contract “%(title)s” "
                             "of the account %(account)s.", **about)
        then = lang.gettext("On its page you see what is contested, what is on hold and until when, and what you can accept. "
                            "What both sides wrote is for the owners of the account.")
        return Text(lang.gettext("About the money of the dispute %(ref)s", **about), f"{first}\n\n{then}", first)

    return compose


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
