"""A decision that was said, as the form that would say the same: what a correction or a superseding decision begins with."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.orm import Session

from portal.core.clock import last_day
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.enforcement.models import Action, Citation, Measure
from portal.enforcement.queries import citations_of, statement_of

LASTS = (Measure.RESTRICTION, Measure.SUSPENSION)


def as_form(session: Session, action: Action) -> dict[str, Any]:
    """The fields of the form, as the newest statement of an action says them. Errors: `erased` once its words are gone."""
    record, _row = statement_of(session, action.ref)
    cited = citations_of(session, action)
    if record is None or not cited or any(one.erased_at is not None for one in cited):
        raise RuleBroken("erased", N_("The words of this decision were erased as the law asks. It cannot be written anew."))
    scope = [one["scope"] for one in record["restrictions"] if one["kind"] != "monetary"]
    lasts = action.measure in LASTS and not action.interim and action.ends_at is not None
    return {
        "measure": action.measure, "interim": action.interim,
        "ends_on": last_day(action.ends_at, record["zone"]).isoformat() if lasts and action.ends_at else "",
        "scope": scope if action.measure == Measure.RESTRICTION else [],
        **{name: record.get(name) or "" for name in ("spoke_for", "weighed")}, "would_change": list(record["would_change"]),
        **{name: record["detection"][name] for name in ("automated_detection", "automated_decision", "source")},
        **_cited(cited[0]),
    }


def _cited(citation: Citation) -> dict[str, Any]:
    return {
        "clause_version_id": str(citation.clause_version_id), "conduct_from": citation.conduct_from.isoformat(),
        "conduct_to": citation.conduct_to.isoformat(), "objects": json.loads(citation.objects),
        "exhibits": [str(number) for number in json.loads(citation.exhibits)], "no_exhibit": citation.no_exhibit or "",
        "facts": citation.facts or "", "why": citation.why or "",
    }
