"""What `flask verify` proves of decisions of which a rule was overturned: it permits, holds and says nothing any more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from portal.enforcement.models import Action, Citation, CitationReversal, Statement
from portal.enforcement.overturning import PART, cited_ever, cited_in, latest_end
from portal.enforcement.succession import superseded_by
from portal.enforcement.told import TOLD_OUTSIDE
from portal.ledger.models import Claim, Hold
from portal.log.models import Event
from portal.notices.models import Informed, Notice
from portal.notices.queries import not_held_back
from portal.rulebook.queries import cited_clause

Left, Issued = aliased(Citation), aliased(Event)
_FELL = (
    select(Action, Citation, CitationReversal).join(Citation, Citation.action_id == Action.id)
    .join(CitationReversal, CitationReversal.citation_id == Citation.id).order_by(CitationReversal.id)
)


def overturned_rules_leave_others(session: Session) -> Iterator[str]:
    """A decision of which a rule was overturned rests on another one, and an appeal that changed it said so."""
    gone = aliased(CitationReversal)
    rests = exists().where(
        Left.action_id == Action.id, Left.revision == Action.revision, ~exists().where(gone.citation_id == Left.id)
    )
    for ref in session.scalars(_FELL.where(~rests).with_only_columns(Action.ref).distinct().order_by(None)):
        yield f"action {ref} rests on no rule any more, and was not overturned"
    answered = exists().where(Event.id == CitationReversal.cause_event_id, Event.kind == "appeal.decided",
                              Event.at == CitationReversal.at)
    for ref in session.scalars(_FELL.where(~answered).with_only_columns(Action.ref).order_by(None)):
        yield f"a rule of action {ref} was overturned by nobody"


def overturned_rules_hold_nothing(session: Session) -> Iterator[str]:
    """No money is on hold by a decision under a rule of it that was overturned."""
    held = (
        _FELL.join(Issued, and_(Issued.subject_ref == Action.ref, Issued.kind == "action.issued"))
        .join(Hold, Hold.cause_event_id == Issued.id).join(Claim, Hold.claim_id == Claim.id)
        .where(Claim.clause_version_id == Citation.clause_version_id,
               or_(Hold.ended_at.is_(None), Hold.ended_at > CitationReversal.at))
    )
    for ref, hold in session.execute(held.with_only_columns(Action.ref, Hold.ref).order_by(None)):
        yield f"hold {hold} goes on under a rule of action {ref} that was overturned"


def overturned_rules_permit_nothing(session: Session) -> Iterator[str]:
    """What only a rule that was overturned permitted has ended with it."""
    fell: dict[Action, datetime] = {action: reversal.at for action, _citation, reversal in session.execute(_FELL)}
    for action, at in fell.items():
        left = cited_in(session, action)
        if left and latest_end(session, action, cited_ever(session, action), left, at) is not None:
            yield f"action {action.ref} takes more than the rules permit that are left of it"


def overturned_rules_left_the_letter(session: Session) -> Iterator[str]:
    """The newest letter of a decision does not apply a rule that was overturned; a letter says that it fell, and is the one
    before it in everything else that it says of its rules."""
    for action, citation, _reversal in session.execute(_FELL):
        rule = cited_clause(session, citation.clause_version_id)
        letters = session.scalars(select(Statement).where(Statement.action_id == action.id).order_by(Statement.n)).all()
        if rule is None or superseded_by(session, action) is not None or any(one.record is None for one in letters):
            continue
        records = [json.loads(one.record or "{}") for one in letters]
        if rule.path in {part["rule"]["path"] for part in _parts(records[-1])}:
            yield f"the letter of action {action.ref} applies rule {rule.number}, which was overturned"
        if not any(_says(old, new, rule.path) for old, new in pairwise(records)):
            yield f"no letter of action {action.ref} says that rule {rule.number} was overturned"


def _parts(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{name: part.get(name) for name in PART} for part in (record, *record.get("more", []))]


def only_rules_fell(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a letter says of its rules what the one before it said, without those of which it says that they fell."""
    fell = {one["path"] for one in (new.get("changed") or {}).get("overturned", [])}
    return bool(fell) and _parts(new) == [part for part in _parts(old) if part["rule"]["path"] not in fell]


def _says(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> bool:
    said = (new.get("changed") or {}).get("overturned", [])
    return any(one["path"] == path and one["why"] for one in said) and only_rules_fell(old, new)


def those_told_hear_that_a_rule_fell(session: Session) -> Iterator[str]:
    """Whoever had heard of a rule of a decision that was overturned has a message since then which corrects that."""
    new = aliased(Notice)
    for action, citation, reversal in session.execute(_FELL):
        rule = cited_clause(session, citation.clause_version_id)
        same = {one.clause.number for one in cited_in(session, action)}
        if rule is None or rule.data.counterparts == "category" or rule.number in same or action.interim \
                or superseded_by(session, action) is not None:
            continue
        told = (
            select(Notice.id).join(Issued, Notice.event_id == Issued.id)
            .where(Issued.kind == "action.issued", Issued.subject_ref == action.ref, Notice.kind.in_(TOLD_OUTSIDE),
                   Notice.not_before <= reversal.at, or_(not_held_back(), exists().where(Informed.notice_id == Notice.id)),
                   ~exists().where(new.corrects_id == Notice.id, new.created_at >= reversal.at))
        )
        yield from (f"notice {key} names rule {rule.number} of action {action.ref}, which was overturned, and nobody said so"
                    for key in session.scalars(told))


PROVES = {
    5: (overturned_rules_hold_nothing,),
    7: (those_told_hear_that_a_rule_fell,),
    9: (overturned_rules_leave_others, overturned_rules_permit_nothing, overturned_rules_left_the_letter),
}
