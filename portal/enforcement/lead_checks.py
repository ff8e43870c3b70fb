"""What `flask verify` proves of leads: they rest on what is the same, and whoever is decided about because of one reads that."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.enforcement.models import Action, Measure, Statement
from portal.enforcement.return_models import Fingerprint, Lead, LeadAnswer, LeadMatch, LeadOutcome

Mine, Earlier, Decided = aliased(Fingerprint), aliased(Fingerprint), aliased(Action)


def leads_rest_on_a_match(session: Session) -> Iterator[str]:
    """Each lead rests on fingerprints that are the same, of its account and of one whose closing was in effect then."""
    rows = session.execute(
        select(Lead, Action, Mine, Earlier).join(Action, Lead.action_id == Action.id)
        .outerjoin(LeadMatch, LeadMatch.lead_id == Lead.id).outerjoin(Mine, LeadMatch.fingerprint_id == Mine.id)
        .outerjoin(Earlier, LeadMatch.earlier_id == Earlier.id).order_by(Lead.id)
    )
    for lead, action, mine, earlier in rows:
        if mine is None or earlier is None:
            yield f"lead {lead.ref} rests on no match"
        elif not _same(mine, earlier) or (mine.account_id, earlier.account_id) != (lead.account_id, action.account_id):
            yield f"lead {lead.ref} rests on fingerprints that are not the same, or of other accounts"
        if not _in_effect(action, lead):
            yield f"lead {lead.ref} names an account whose closing was not in effect"


def _same(mine: Fingerprint, earlier: Fingerprint) -> bool:
    erased = mine.value is None or earlier.value is None
    return mine.kind == earlier.kind and (erased or mine.value == earlier.value)


def _in_effect(action: Action, lead: Lead) -> bool:
    over = [at for at in (action.reversed_at, action.lifted_at, action.withdrawn_at, action.ends_at) if at is not None]
    begun = action.effective_at is not None and action.effective_at <= lead.found_at
    return action.measure == Measure.TERMINATION and begun and all(at > lead.found_at for at in over)


def reliance_is_said(session: Session) -> Iterator[str]:
    """A decision's statement says what was compared exactly when it relies on a lead of its own case and account."""
    newest = select(Statement.action_id, func.max(Statement.n).label("n")).group_by(Statement.action_id).subquery()
    rows = session.execute(
        select(Decided, Lead, Statement.record).join(Statement, Statement.action_id == Decided.id)
        .join(newest, (newest.c.action_id == Statement.action_id) & (newest.c.n == Statement.n))
        .outerjoin(LeadAnswer, (LeadAnswer.action_id == Decided.id) & (LeadAnswer.outcome == LeadOutcome.RELIED_ON))
        .outerjoin(Lead, LeadAnswer.lead_id == Lead.id).order_by(Decided.id)
    )
    for action, lead, record in rows:
        said = record is None or bool(json.loads(record).get("compared"))
        if record is not None and said != (lead is not None):
            yield f"action {action.ref} relies on a lead and does not say so, or says so and does not"
        if lead is not None and not action.automated_detection:
            yield f"action {action.ref} relies on a lead and says that no machine took part in noticing it"
        if lead is not None and (lead.case_id, lead.account_id) != (action.case_id, action.account_id):
            yield f"action {action.ref} relies on a lead of another case"
