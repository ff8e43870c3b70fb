"""Which cases and accounts an act touches, told from the references among its arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.appeals.models import Appeal
from portal.appeals.pause_models import PauseRequest
from portal.appeals.reinstatement_models import Reinstatement
from portal.cases.models import Case, Message, Report, WorkItem
from portal.cases.need_models import Need
from portal.contracts.models import Contract
from portal.disputes.chargeback_models import Chargeback
from portal.disputes.models import Dispute
from portal.enforcement.models import Action
from portal.enforcement.return_models import Lead
from portal.ledger.adjustment_models import Adjustment
from portal.ledger.models import Payout
from portal.ledger.queries import cases_of_holds
from portal.verification.models import Item, Request

Column = InstrumentedAttribute[UUID]
CASE_OF: dict[str, tuple[Column, InstrumentedAttribute[str]]] = {
    "case_ref": (Case.id, Case.ref),
    "action_ref": (Action.case_id, Action.ref),
    "lead_ref": (Lead.case_id, Lead.ref),
    "dispute_ref": (Dispute.case_id, Dispute.ref),
    "chargeback_ref": (Chargeback.case_id, Chargeback.ref),
    "appeal_ref": (Appeal.case_id, Appeal.ref),
    "item_ref": (Item.case_id, Item.ref),
    "request_ref": (Request.case_id, Request.ref),
    "message_ref": (Message.case_id, Message.ref),
    "report_ref": (Report.case_id, Report.ref),
    "returned_ref": (WorkItem.case_id, WorkItem.subject_ref),
    "adjustment_ref": (WorkItem.case_id, WorkItem.subject_ref),
    "pause_ref": (PauseRequest.case_id, PauseRequest.ref),
    "reinstatement_ref": (Reinstatement.case_id, Reinstatement.ref),
    "need_ref": (Need.case_id, Need.ref),
}
ACCOUNT_OF: dict[str, tuple[Column, InstrumentedAttribute[str]]] = {
    "payout_ref": (Payout.account_id, Payout.ref),
    "adjustment_ref": (Adjustment.account_id, Adjustment.ref),
    "contract_ref": (Contract.freelancer_id, Contract.ref),
}


_CASE_OF = {
    name: select(case_id, Case.about_account_id).where(ref == bindparam("ref"), case_id == Case.id)
    for name, (case_id, ref) in CASE_OF.items()
}
_ACCOUNT_OF = {name: select(account_id).where(ref == bindparam("ref")) for name, (account_id, ref) in ACCOUNT_OF.items()}


@dataclass(frozen=True, slots=True)
class Scope:
    """The cases and accounts whose lapsed promises are settled before an act."""

    case_ids: list[UUID]
    account_ids: list[UUID]


def scope_of(session: Session, args: dict[str, Any]) -> Scope:
    """What these arguments name, and what hangs on it; a reference to nothing names nothing.

    A case brings the account that it is about (whose holds run out), a contract the account whose money a claim on it
    holds, an account the cases of its open holds (whose lapses release or refund them): money is never moved before
    what was due has happened, wherever that was due.
    """
    cases: set[UUID] = set()
    accounts: set[UUID] = {args["account_id"]} if args.get("account_id") is not None else set()
    for name, query in _CASE_OF.items():
        for case_id, about in session.execute(query, {"ref": args[name]}) if isinstance(args.get(name), str) else ():
            cases.add(case_id)
            accounts.add(about)
    for name, owner in _ACCOUNT_OF.items():
        if isinstance(args.get(name), str):
            accounts |= set(session.scalars(owner, {"ref": args[name]}))
    if accounts:
        cases |= cases_of_holds(session, accounts)
    return Scope(sorted(cases), sorted(accounts))
