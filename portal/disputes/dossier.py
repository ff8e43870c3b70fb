"""What the bank is told about a chargeback: made of the record alone, so that nothing in it can be invented for the bank."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, Earning, Milestone
from portal.contracts.queries import terms_of
from portal.core.text import canonical
from portal.disputes.chargeback_models import Chargeback
from portal.disputes.chargeback_queries import words_for_bank
from portal.disputes.models import Dispute
from portal.disputes.queries import questions_of, refunds_on
from portal.disputes.showing import shown_in

VERSION = 4
"""Since 4 it holds what the freelancer said for the bank. Since 3 what was released is what the client paid of it, as is what
went back; before, it was less our fee."""


def dossier_of(session: Session, row: Chargeback) -> dict[str, Any]:
    """Contract and terms as agreed, what was released and refunded when, and what both sides said and showed in disputes.

    Nothing of account actions, reports, questions of other cases or other contracts is in it: both sides read it.
    """
    contract, milestone = session.get_one(Contract, row.contract_id), session.get_one(Milestone, row.milestone_id)
    return {
        "v": VERSION, "ref": row.ref, "bank_reference": row.external_id, "received_at": row.received_at,
        "amount": {"amount_minor": row.amount_minor, "currency": row.currency}, "reason": row.reason,
        "contract": {
            "ref": contract.ref, "title": contract.title, "started_on": contract.started_on, "ended_on": contract.ended_on,
            "terms": [
                {"number": one.number, "agreed_on": one.agreed_on, "text": one.text, "sha256": one.sha256}
                for one in terms_of(session, contract.id)
            ],
        },
        "milestone": {
            "number": milestone.number, "title": milestone.title, "state": milestone.state,
            "amount": {"amount_minor": milestone.amount_minor, "currency": milestone.currency},
        },
        "released": [
            {"at": one.released_at, "amount_minor": one.amount_minor + one.fee_minor, "fee_minor": one.fee_minor,
             "reference": one.source_key}
            for one in session.scalars(select(Earning).where(Earning.milestone_id == milestone.id).order_by(Earning.released_at))
        ],
        "refunded": [
            {"at": at, "amount_minor": amount, "state": state} for at, amount, state in refunds_on(session, milestone.id)
        ],
        "disputes": list(_disputes(session, milestone)),
        "freelancer": [
            {"said_at": one.said_at, "language": one.language, "text": one.text} for one in words_for_bank(session, row.id)
        ],
    }


def dossier_as_sent(session: Session, row: Chargeback) -> dict[str, Any]:
    """What the bank would be told at this moment, in the form in which it is kept and read."""
    made: dict[str, Any] = json.loads(canonical(dossier_of(session, row)))
    return made


def _disputes(session: Session, milestone: Milestone) -> Iterator[dict[str, Any]]:
    query = select(Dispute).where(Dispute.milestone_id == milestone.id).order_by(Dispute.opened_at, Dispute.id)
    for one in session.scalars(query):
        yield {
            "ref": one.ref, "opened_at": one.opened_at, "amount_minor": one.amount_minor, "agreed": one.agreed,
            "happened": one.happened, "answered_at": one.answered_at, "answer": one.answer, "state": one.state,
            "outcome": one.outcome, "refund_minor": one.refund_minor,
            "questions": [{"question": asked.question, "answer": asked.answer} for asked in questions_of(session, one.id)],
            "exhibits": [
                {"number": shown.exhibit.number, "description": shown.exhibit.description, "sha256": shown.document.sha256}
                for shown in shown_in(session, one.id)
            ],
        }
