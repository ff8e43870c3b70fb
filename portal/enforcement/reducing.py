"""Later actions whose step counted an overturned one: what they took too much is given back at once (DESIGN 2.9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.core.clock import end_of_day, last_day, local_day
from portal.core.ids import new_id
from portal.core.work import Work
from portal.enforcement.before import conduct_of
from portal.enforcement.change_messages import reduced_text
from portal.enforcement.changing import running, shorten
from portal.enforcement.models import Action, ActionStatus, Citation, Measure
from portal.enforcement.queries import citations_of, earlier_actions, restrictions_of
from portal.enforcement.rules import Permitted, ladder
from portal.enforcement.telling import outside_of
from portal.log.operations import record
from portal.rulebook.queries import cited_clause, promises


def fair_end(work: Work, later: Action, zone: str) -> datetime | None:
    """When this action ends at the latest now that an earlier one no longer counts; None: nothing was too much.

    At once, when its measure would not have been permitted; else after the longest suspension for that time.
    """
    steps = permitted_then(work.db, later, citations_of(work.db, later))
    if not steps or later.effective_at is None:
        return None
    permitting = [one for one in steps if later.measure in one.measures]
    if not permitting:
        return work.now
    longest = longest_suspension(later, permitting, zone)
    return max(longest, work.now) if longest is not None else None


def longest_suspension(action: Action, permitting: Sequence[Permitted], zone: str) -> datetime | None:
    """When a suspension ends that lasts longer than these rules permit; None where it does not."""
    if action.measure != Measure.SUSPENSION or action.ends_at is None or action.effective_at is None:
        return None
    longest = local_day(action.effective_at, zone) + timedelta(days=max(one.max_days for one in permitting))
    return end_of_day(longest, zone) if last_day(action.ends_at, zone) > longest else None


def permitted_then(session: Session, action: Action, citations: Sequence[Citation]) -> list[Permitted]:
    """What each rule of an action permitted when it was issued, with what counts as earlier as it stands now."""
    found, besides = [], [one for one in (action.id, action.supersedes_id) if one is not None]
    for cited in citations if action.issued_at is not None else ():
        clause = cited_clause(session, cited.clause_version_id)
        if clause is not None and action.issued_at is not None:
            earlier = earlier_actions(session, action.account_id, clause.clause_id, before=action.issued_at, besides=besides,
                                      member_id=action.member_id)
            day = local_day(action.issued_at, "UTC")
            most = promises(session, day).get("suspension_max")
            found.append(ladder(clause.data, earlier, day, conduct_of(cited), promise=most))
    return found


def reduce_later(
    work: Work, later: Action, overturned: Action, case_ref: str, zone: str, review_ref: str, how: str = ""
) -> bool:
    """Makes a later action as small as it would have been allowed to be; one event of its own. False: it was not too much.

    `review_ref`: where somebody else decides all of it again. `how`: what became of the other, if it was not overturned as a
    whole: "taken_back", or "a_rule" of it no longer stands.
    """
    ends_at, pairs = fair_end(work, later, zone), restrictions_of(work.db, [later.id])[later.id]
    if ends_at is None or not running(pairs, work.now):
        return False
    event_id = new_id()
    changed: dict[str, Any] = {"at": work.now, "because_of": overturned.ref, "ends_at_before": later.ends_at, "ends_at": ends_at}
    how = how or ("taken_back" if overturned.status == ActionStatus.WITHDRAWN else "")
    if how:
        changed[how] = True
    mine = reduced_text(outside_of(work.db, later), overturned.ref, review_ref, how)
    rows = shorten(work, later, event_id, ends_at, mine, changed)
    record(work, "action.reduced", later.ref, case_ref=case_ref, event_id=event_id, rows=rows, because_of=overturned.ref)
    return True
