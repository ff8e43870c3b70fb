"""Our answer to a request to come back: yes, yes under conditions, or no and from which day again; one frozen record.

A yes lifts the termination in the same act: it still counts, and those who were told hear "available again". Source: DESIGN 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.accounts.queries import person_by_id
from portal.appeals.answering import as_recorded, decider, weigh_exhibits
from portal.appeals.filing import notify
from portal.appeals.matter import OWN, require_live, require_reviewer
from portal.appeals.own import written_to
from portal.appeals.queries import Shown, zone_of
from portal.appeals.reinstatement_desk import finish, locked_request
from portal.appeals.reinstatement_messages import FURTHER, declined_text, granted_text
from portal.appeals.reinstatement_models import (
    GRANTS,
    Reinstatement,
    ReinstatementDecision,
    ReinstatementOutcome,
    ReinstatementState,
)
from portal.appeals.reinstatements import files_of, first_instant, latest_again
from portal.appeals.rules import LEAST_BODY, MOST_TEXT
from portal.cases.clocks import stop_clock
from portal.cases.models import Case, ClockResult
from portal.core.access import Permission
from portal.core.clock import local_day
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import N_, language
from portal.core.ids import new_id
from portal.core.text import canonical, needed
from portal.core.work import Work
from portal.enforcement.desk import locked_action, take_turn
from portal.enforcement.ending import Ahead, Said, carry_out, preview_ending
from portal.enforcement.models import Action
from portal.enforcement.queries import rule_of
from portal.enforcement.timing import OPENS, start_opening
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.notices.operations import Text

VERSION = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """The form of the decision, read and checked."""

    outcome: ReinstatementOutcome
    reasons: str
    conditions: str
    next_on: date | None
    exhibits: tuple[tuple[Shown, str, str], ...] = ()


def read_answer(
    session: Session, request: Reinstatement, now: datetime, *, outcome: str, reasons: str, conditions: str = "",
    next_on: date | None = None,
) -> Answer:
    """What was decided, but for the exhibits, as `decide_request` describes its arguments and names its errors."""
    if outcome not in set(ReinstatementOutcome):
        raise RuleBroken("unknown_outcome", N_("Choose whether the person comes back."), field="outcome")
    chosen = ReinstatementOutcome(outcome)
    missing = N_("Write your reasons: at least %(least)s characters. The person reads them.")
    why = needed(reasons, missing, code="reasons_missing", field="reasons", limit=MOST_TEXT, least=LEAST_BODY)
    under = ""
    if chosen is ReinstatementOutcome.CONDITIONAL:
        missing = N_("Write the conditions: at least %(least)s characters. The person has to be able to keep them.")
        under = needed(conditions, missing, code="conditions_missing", field="conditions", limit=MOST_TEXT, least=LEAST_BODY)
    declined = chosen is ReinstatementOutcome.DECLINED
    return Answer(chosen, why, under, _again(session, request, next_on, now) if declined else None)


def _again(session: Session, request: Reinstatement, day: date | None, now: datetime) -> date:
    zone = zone_of(session, request.account_id)
    last = latest_again(session, now, zone)
    if last is None:
        message = N_("Our promises name no time any more after which one can ask again. Without it nobody hears no.")
        raise RuleBroken("not_promised", message, field="outcome")
    if day is None:
        raise RuleBroken("next_missing", N_("Say from which day the person can ask again."), field="next_on")
    if not local_day(now, zone) < day <= last:
        message = N_("Choose a day after today, and not after %(day)s: that is what we promise.")
        raise RuleBroken("next_unpromised", message, field="next_on", day=last)
    return day


def decide_request(
    work: Work, *, reinstatement_ref: str, version: int, outcome: str, reasons: str, conditions: str = "",
    next_on: date | None = None, exhibits_considered: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Answers a request and does what follows from it, in one act.

    `outcome`: "granted", "granted_with_conditions" (`conditions` in words) or "declined" (`next_on`: from when again, at the
    latest after the promised time; each exhibit weighed as in an appeal). Who had a part in the termination, or said no before,
    grants it without conditions and does nothing else. Errors: `own_decision`, `with_somebody_else`, `conflicted`, `decided`,
    `stale`, `waiting` (conflicts); `unknown_outcome`, `reasons_missing`, `conditions_missing`, `not_promised`, `next_missing`,
    `next_unpromised`, `exhibit_unanswered`, `unopened`, text limits. Source: DESIGN 2.8, 3.
    """
    work.require(Permission.DECIDE)
    request, case = locked_request(work, reinstatement_ref)
    action, _case = locked_action(work, work.db.get_one(Action, request.action_id).ref)
    person_id, first = require_reviewer(work, request, case)
    require_live(request, version)
    answer = read_answer(
        work.db, request, work.now, outcome=outcome, reasons=reasons, conditions=conditions, next_on=next_on
    )
    if first and answer.outcome is not ReinstatementOutcome.GRANTED:
        raise NotAllowed("own_decision", OWN[request.item_kind])
    if request.state == ReinstatementState.WAITING and answer.outcome is ReinstatementOutcome.DECLINED:
        raise Conflict("waiting", N_("We asked the person something. Wait for the answer, or until its time is over."))
    weights, needed = exhibits_considered or {}, answer.outcome is ReinstatementOutcome.DECLINED
    answer = replace(answer, exhibits=weigh_exhibits(work, files_of(work.db, request.id), weights, needed=needed))
    decision = _freeze(work, request, action, case, answer, person_id, first=first)
    request.next_on = answer.next_on
    finish(work, request, ReinstatementState(answer.outcome.value), ClockResult.KEPT)
    work.db.flush()
    follow = _let_back if answer.outcome in GRANTS else _decline
    return {"reinstatement": request.ref, "outcome": answer.outcome.value} | follow(
        work, request, action, case, answer, [decision, (request, "ended")])


def _let_back(
    work: Work, request: Reinstatement, action: Action, case: Case, answer: Answer, rows: list[Row]
) -> dict[str, Any]:
    take_turn(work, action)
    said, asker = said_of(request, answer), person_by_id(work.db, request.person_id)
    told = carry_out(
        work, action, case, "lift", answer.reasons, said=lambda inner: written_to(asker, said(inner)), also=[asker],
        kind="reinstatement_decided", about_ref=request.ref, target=f"/reinstatements/{request.ref}",
    )
    record(work, "reinstatement.granted", request.ref, case_ref=case.ref, rows=rows, outcome=answer.outcome, action=action.ref)
    return {"notices": told}


def _decline(
    work: Work, request: Reinstatement, action: Action, case: Case, answer: Answer, rows: list[Row]
) -> dict[str, Any]:
    event_id = new_id()
    mine = declined_text(request.ref, action.ref, answer.reasons, answer.next_on or local_day(work.now, "UTC"))
    rows += notify(work, request, case, event_id, "reinstatement_decided", mine)
    record(work, "reinstatement.declined", request.ref, case_ref=case.ref, event_id=event_id, rows=rows, action=action.ref)
    _open_again(work, request, action, case)
    return {"next_on": answer.next_on}


def preview_answer(session: Session, request: Reinstatement, answer: Answer, now: datetime) -> tuple[Text, Ahead | None]:
    """What the person would read, and of a yes what would be given back and what those who were told would read; made by the
    functions that do it. Reads only."""
    action = session.get_one(Action, request.action_id)
    if answer.outcome in GRANTS:
        ahead = preview_ending(session, action, "lift", answer.reasons, now, said_of(request, answer))
        return ahead.mine, ahead
    mine = declined_text(request.ref, action.ref, answer.reasons, answer.next_on or local_day(now, "UTC"))
    reader = person_by_id(session, request.person_id)
    return mine(language(reader.language), reader), None


def said_of(request: Reinstatement, answer: Answer) -> Said:
    """What the person reads of a yes, made from what is read of a decision that is lifted."""
    return lambda inner: granted_text(request.ref, answer.conditions, inner)


def _open_again(work: Work, request: Reinstatement, action: Action, case: Case) -> None:
    """On the day that a no names the person hears once more that they can ask."""
    if request.next_on is not None:
        zone = zone_of(work.db, request.account_id)
        stop_clock(work, action.ref, OPENS, ClockResult.VOID)
        work.db.flush()
        start_opening(work, action, case, first_instant(request.next_on, zone), zone)


def _freeze(
    work: Work, request: Reinstatement, action: Action, case: Case, answer: Answer, person_id: UUID, *, first: bool
) -> ReinstatementDecision:
    clause, decided = rule_of(work.db, action), decider(work.db, person_id)
    text = {
        "v": VERSION, "reinstatement": request.ref, "action": action.ref, "case": case.ref, "decided_at": work.now,
        "account_ref": work.db.get_one(Account, request.account_id).ref, "outcome": answer.outcome.value,
        **decided, "had_a_part": first,
        "rule": {"number": clause.number, "heading": clause.heading, "path": clause.path} if clause else None,
        "exhibits": as_recorded(answer.exhibits),
        "reasons": answer.reasons, "conditions": answer.conditions, "next_on": answer.next_on, "redress": FURTHER,
    }
    decision = ReinstatementDecision(
        request_id=request.id, decided_by=person_id, outcome=answer.outcome, language=decided["language"], record=canonical(text),
        sha256="",
    )
    decision.sha256 = body_digest(decision)
    return add(work, decision)
