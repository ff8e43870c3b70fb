"""What `flask verify` proves of the notice before an account ends, and of what its end makes impossible."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from portal.contracts.choice_models import ChoiceEnd, ContractChoice, Way
from portal.contracts.models import Contract
from portal.core.clock import local_day
from portal.enforcement.models import Action, Measure, Signature, SignatureAs, Statement
from portal.enforcement.notice import EXCEPTIONS
from portal.rulebook.queries import promises

PROMISE = "termination_notice"


def short_notice_says_why(session: Session) -> Iterator[str]:
    """An account that ends before its notice is over ends by an exception: with ground and reason in the letter, co-signed."""
    cosigned = exists().where(Signature.action_id == Action.id, Signature.signed_as == SignatureAs.COSIGNER)
    rows = session.execute(
        select(Action, Statement.record, cosigned).join(Statement, Statement.action_id == Action.id)
        .where(Action.measure == Measure.TERMINATION, Action.issued_at.is_not(None), Statement.n == 1).order_by(Action.id)
    )
    for action, text, signed in rows:
        if action.issued_at is None or action.effective_at is None:
            continue
        time = promises(session, local_day(action.issued_at, "UTC")).get(PROMISE)
        if time is None or text is None or action.effective_at >= action.issued_at + timedelta(days=time.length):
            continue
        said = json.loads(text).get("notice_exception") or {}
        if not signed or said.get("kind") not in EXCEPTIONS or not (said.get("ground") and said.get("reason")):
            yield f"action {action.ref} ends an account before its notice is over, and does not say why"


def only_closings_make_impossible(session: Session) -> Iterator[str]:
    """A choice of how a contract goes on became impossible because the end of one of its accounts was in effect then."""
    closed = exists().where(
        Action.measure == Measure.TERMINATION, Action.issued_at.is_not(None), Action.effective_at <= ContractChoice.ended_at,
        or_(Action.account_id == Contract.client_id, Action.account_id == Contract.freelancer_id),
    )
    rows = session.execute(
        select(Contract.ref, ContractChoice.way, closed).join(ContractChoice, ContractChoice.contract_id == Contract.id)
        .where(ContractChoice.end_kind == ChoiceEnd.IMPOSSIBLE).order_by(ContractChoice.id)
    )
    for ref, way, is_closed in rows:
        if way != Way.FINISH or not is_closed:
            yield f"contract {ref}: a choice counts as impossible although no account of it was closed"


PROVES = {3: (short_notice_says_why, only_closings_make_impossible)}
