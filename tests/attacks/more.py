"""What the filled world lacks, so that every address is open to somebody: where nobody gets in, being refused proves nothing."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.models import Person, StaffRole
from portal.act import Office, act
from portal.appeals.models import Appeal, AppealKind, AppealState
from portal.appeals.operations import attach_to_appeal
from portal.core.access import OPERATOR, Actor, Role
from portal.core.errors import Refusal
from portal.core.ids import new_token
from portal.documents.intake import Taken
from portal.enforcement.models import Action, ActionStatus
from portal.enforcement.operations import correct_action
from portal.ledger.models import Payout
from portal.ledger.operations import mark_payout
from portal.verification.models import Item, ItemState
from portal.verification.operations import take_review
from tests.attacks.files import Files

WORDS = {"fields": {"why": "Its work never came, on none of these days."}, "reason": "The day was wrong."}


def more(office: Office, files: Files) -> None:
    """A file with a complaint that waits, a check in somebody's hands, money that came back, and a correction that waits."""
    waits = sa.select(Appeal).where(Appeal.kind == AppealKind.INACTION, Appeal.state == AppealState.FILED)
    said = sa.select(Action).where(Action.status == ActionStatus.ISSUED).order_by(Action.id.desc())
    with office.database.read() as session:
        complaint, payout = session.scalars(waits).one(), session.scalars(sa.select(Payout).where(Payout.state == "sent")).one()
        check = session.scalars(sa.select(Item).where(Item.state == ItemState.SUBMITTED)).one()
        letters, ola, rae = session.scalars(said).all(), _reviewer(session, office, "Ola Brandt"), _reviewer(
            session, office, "Rae Lindqvist")
    by = Actor(f"person:{complaint.person_id}", frozenset({Role.PERSON}), complaint.person_id, frozenset({complaint.account_id}))
    taken = files.kept(Taken("message.png", "image/png", 900, "9" * 64, "", b""))
    assert _done(office, attach_to_appeal, by, appeal_ref=complaint.ref, description="His message", taken=taken)
    assert _done(office, take_review, ola, item_ref=check.ref, version=check.version)
    assert _done(office, mark_payout, OPERATOR, payout_ref=payout.ref, state="failed")
    assert any(_done(office, correct_action, rae, action_ref=one.ref, version=one.version, **WORDS) for one in letters)


def _reviewer(session: Session, office: Office, name: str) -> Actor:
    """A member of staff who has just shown that it is them."""
    key, handle = session.execute(
        sa.select(Person.id, StaffRole.handle).join(StaffRole, StaffRole.person_id == Person.id).where(Person.name == name)).one()
    return Actor(f"person:{key}", frozenset({Role.PERSON, Role.REVIEWER}), key, handle=handle, stepped_up_at=office.clock())


def _done(office: Office, operation: Any, by: Actor, **args: Any) -> bool:
    try:
        act(office, operation, by, new_token()[:40], **args)
    except Refusal:
        return False
    return True
