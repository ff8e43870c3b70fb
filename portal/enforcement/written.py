"""A decision that was said, as the form that would say the same: what a correction or a superseding decision begins with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, Milestone
from portal.core.clock import last_day, local_day
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.enforcement.models import Action, Citation, Measure
from portal.enforcement.queries import citations_of, statement_of
from portal.enforcement.rules import SCOPES, WHOLE
from portal.ledger.models import Claim, Hold
from portal.log.models import Event

_HOLD = (
    select(Hold.amount_minor, Hold.currency, Contract.ref, Milestone.number).join(Claim, Hold.claim_id == Claim.id)
    .join(Contract, Claim.contract_id == Contract.id).outerjoin(Milestone, Claim.milestone_id == Milestone.id)
    .join(Event, Hold.cause_event_id == Event.id)
    .where(Event.kind == "action.issued", Event.subject_ref == bindparam("ref"), Hold.ended_at.is_(None), Hold.amount_minor > 0)
)
LASTS = (Measure.RESTRICTION, Measure.SUSPENSION)


def as_form(session: Session, action: Action, now: datetime) -> dict[str, Any]:
    """The fields of the form, as the newest statement of an action says them; what has ended is taken no more.

    Errors: `erased` once its words are gone.
    """
    record, _row = statement_of(session, action.ref)
    cited = citations_of(session, action)
    if record is None or not cited or any(one.erased_at is not None for one in cited):
        raise RuleBroken("erased", N_("The words of this decision were erased as the law asks. It cannot be written anew."))
    takes = [one for one in record["restrictions"] if (one["kind"] != "monetary" or one["scope"] in SCOPES) and _lasts(one, now)]
    scope = [one["scope"] for one in takes]
    lasts = action.measure in LASTS and not action.interim and action.ends_at is not None
    return {
        "measure": action.measure, "interim": action.interim,
        "ends_on": last_day(action.ends_at, record["zone"]).isoformat() if lasts and action.ends_at else "",
        "scope": scope if action.measure == Measure.RESTRICTION else [],
        **{f"ends_on_{one['scope']}": _last_day(one["ends_at"], record) for one in takes
           if one["scope"] in SCOPES and _own(one, record)},
        **{f"review_on_{one['scope']}": _last_day(one["review_at"], record) for one in takes
           if one["scope"] in SCOPES and one["review_at"]},
        **{f"starts_on_{one['scope']}": _first_day(one, record) for one in takes if one["scope"] in SCOPES and _ahead(one, now)},
        **_rests(takes, record),
        **{name: record.get(name) or "" for name in ("spoke_for", "weighed")}, "would_change": list(record["would_change"]),
        **{name: record["detection"][name] for name in ("automated_detection", "automated_decision", "source")},
        **{name if n == 1 else f"{name}_{n}": value for n, one in enumerate(cited, 1) for name, value in _cited(one).items()},
    }


def _rests(takes: Sequence[Mapping[str, Any]], record: Mapping[str, Any]) -> dict[str, Any]:
    """The identity check that some of it rests on, and what; nothing where nothing does."""
    resting = [one["scope"] for one in takes if one.get("rests_on")]
    return {"rests_on": record["identity_check"]["ref"], "resting": resting} if resting else {}


def _lasts(one: Mapping[str, Any], now: datetime) -> bool:
    until = one["ends_at"] or (one["review_at"] if one["scope"] in SCOPES else None)
    return until is None or datetime.fromisoformat(until) > now


def _own(one: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether it ends before the decision does."""
    return bool(one["ends_at"]) and bool(record["ends_at"]) and one["ends_at"] < record["ends_at"]


def _ahead(one: Mapping[str, Any], now: datetime) -> bool:
    """Whether it begins on a first day of its own that is still to come."""
    return datetime.fromisoformat(one["starts_at"]) > now


def _first_day(one: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    return local_day(datetime.fromisoformat(one["starts_at"]), record["zone"]).isoformat()


def _last_day(end: str, record: Mapping[str, Any]) -> str:
    return last_day(datetime.fromisoformat(end), record["zone"]).isoformat()


def with_its_hold(session: Session, action: Action, now: datetime) -> dict[str, Any]:
    """The same with the money that the action holds now, for a decision that is to replace it."""
    row = session.execute(_HOLD, {"ref": action.ref}).first()
    held = {} if row is None else {
        "hold_amount_minor": str(row.amount_minor), "hold_currency": row.currency, "hold_contract_ref": row.ref,
        "hold_milestone": str(row.number) if row.number is not None else WHOLE,
    }
    return as_form(session, action, now) | held


def _cited(citation: Citation) -> dict[str, Any]:
    return {
        "clause_version_id": str(citation.clause_version_id), "conduct_from": citation.conduct_from.isoformat(),
        "conduct_to": citation.conduct_to.isoformat(), "objects": json.loads(citation.objects),
        "exhibits": [str(number) for number in json.loads(citation.exhibits)], "no_exhibit": citation.no_exhibit or "",
        "facts": citation.facts or "", "why": citation.why or "",
    }
