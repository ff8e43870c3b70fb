"""Which cases an act touches, told from the references among its arguments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.appeals.models import Appeal
from portal.cases.models import Case, Message
from portal.disputes.models import Dispute
from portal.enforcement.models import Action
from portal.verification.models import Item, Request

BY_ARGUMENT: dict[str, tuple[InstrumentedAttribute[UUID], InstrumentedAttribute[str]]] = {
    "case_ref": (Case.id, Case.ref),
    "action_ref": (Action.case_id, Action.ref),
    "dispute_ref": (Dispute.case_id, Dispute.ref),
    "appeal_ref": (Appeal.case_id, Appeal.ref),
    "item_ref": (Item.case_id, Item.ref),
    "request_ref": (Request.case_id, Request.ref),
    "message_ref": (Message.case_id, Message.ref),
}


def case_ids_in(session: Session, args: dict[str, Any]) -> list[UUID]:
    """The keys of the cases that these arguments name; a reference to nothing names none."""
    found = set()
    for name, (case_id, ref) in BY_ARGUMENT.items():
        if isinstance(args.get(name), str):
            found |= set(session.scalars(select(case_id).where(ref == args[name])))
    return sorted(found)
