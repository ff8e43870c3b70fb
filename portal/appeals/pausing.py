"""Asking that a restriction waits until an appeal is answered: granted or refused by a person, or paused because we are late.

A refusal can be contested once: somebody else decides, in the same time. Whoever had a part in the decision, or refused, can
grant it and do nothing else. Source: DESIGN section 3, "any restriction can be asked to pause"; promise "pause_answer".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from portal.accounts.queries import person_by_id
from portal.appeals.desk import locked_matter, own_matter
from portal.appeals.filing import notify
from portal.appeals.matter import GONE
from portal.appeals.models import Appeal
from portal.appeals.own import addressed
from portal.appeals.pause_closing import ITEM, PAUSE, close_request
from portal.appeals.pause_messages import asked_text, granted_text, refused_text
from portal.appeals.pause_models import PauseOutcome, PauseRequest
from portal.appeals.pauses import may_answer, only_grants, pausing, request_by_ref, require_why
from portal.appeals.queries import item_of, zone_of
from portal.appeals.rules import MOST_TEXT
from portal.cases.clocks import start_clock
from portal.cases.drafts import drop_draft
from portal.cases.drawing import one_of
from portal.cases.models import Case, ClockResult, WorkItem
from portal.cases.operations import give_item, open_item, open_item_of
from portal.core.access import Permission, require_person
from portal.core.errors import Conflict, NotAllowed, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.text import clean
from portal.core.work import Work
from portal.enforcement.changing import pause
from portal.enforcement.desk import require_free
from portal.enforcement.models import Action
from portal.enforcement.queries import rules_cited
from portal.enforcement.succession import stands_for
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.notices.operations import Compose
from portal.rulebook.queries import promise

DRAFT_FORM = "pause"
WHY_NOT = {
    "over": N_("A pause lasts until an appeal is answered, and no appeal against this decision waits for an answer now."),
    "paused": N_("The decision is paused already. It has no effect until the appeal is answered."),
    "nothing": N_("Nothing of this decision takes anything away at the moment, so there is nothing that could wait."),
    "asked": N_("This was asked for already, and we have it."),
    "answered": N_("Two people have looked at this and said no. The appeal is not touched by that."),
    "taken_back": N_(
        "Somebody else was asked about a pause before the appeal was taken back. It cannot be asked again. The appeal is not "
        "touched by that."
    ),
}
OWN = N_("You had a part in this decision, or said no before. You can grant the pause, and do nothing else with it.")


def ask_pause(work: Work, *, appeal_ref: str, why: str = "") -> dict[str, Any]:
    """Asks that the decision waits until the appeal is answered; after a refusal, that somebody else decides about that.

    No reason has to be given. With a receipt, and the day by which we answer. Errors: `not_possible` (conflict; `WHY_NOT`),
    text limits, those of `own_matter`.
    """
    work.require(Permission.ANSWER_IN_CASE)
    appeal, case = own_matter(work, appeal_ref)
    found, text = pausing(work.db, appeal, work.now), clean(why, limit=MOST_TEXT, field="why")
    if found.why_not is not None:
        raise Conflict("not_possible", WHY_NOT[found.why_not])
    person = person_by_id(work.db, require_person(work.actor))
    request = add(work, PauseRequest(
        ref=new_ref("G"), case_id=case.id, appeal_id=appeal.id, n=_count(work, appeal) + 1, person_id=person.id,
        asked_at=work.now, contests_id=found.contests.request.id if found.contests else None, language=person.language,
        body=text, sha256="",
    ))
    request.sha256 = body_digest(request)
    time, action = promise(work, PAUSE), reached(work, appeal)
    clock = start_clock(
        work, PAUSE, request.ref, case=case, length=time.length, unit=time.unit, zone=zone_of(work.db, appeal.account_id),
        promise_id=time.clause_version_id,
    )
    work.db.flush()
    _put_before_somebody(work, appeal, case, request, open_item(
        work, case, ITEM, request.ref, clock.due_at, language=person.language
    ))
    drop_draft(work, DRAFT_FORM, appeal.ref)
    event_id = new_id()
    receipt = asked_text(request.ref, action.ref, clock.due_at, safety=is_safety(work, action))
    told = notify(work, appeal, case, event_id, "pause_asked", receipt)
    record(work, "pause.asked", request.ref, case_ref=case.ref, event_id=event_id, rows=[request, *told], appeal=appeal.ref)
    return {"request": request.ref, "answer_by": clock.due_at}


def _count(work: Work, appeal: Appeal) -> int:
    """How often it was asked in this appeal, also before it was taken back and sent again."""
    return work.db.scalar(select(func.count()).where(PauseRequest.appeal_id == appeal.id)) or 0


def reached(work: Work, appeal: Appeal) -> Action:
    """The decision that a pause reaches: the newest one that rests on the same."""
    return stands_for(work.db, work.db.get_one(Action, appeal.action_id, with_for_update=True))


def is_safety(work: Work, action: Action) -> bool:
    """Whether a rule of the decision protects people's safety: then nothing pauses because we are late."""
    return any(clause.data.safety for clause in rules_cited(work.db, action))


def _put_before_somebody(work: Work, appeal: Appeal, case: Case, request: PauseRequest, item: WorkItem) -> None:
    """Whoever has the appeal in hand, where they may answer; else who had the request before the appeal was taken back, or
    somebody at random; where there is nobody, it waits with nobody, and its time runs all the same."""
    free, with_appeal = may_answer(work.db, appeal, request), item_of(work.db, appeal.ref)
    holder = with_appeal.assignee_id if with_appeal is not None else None
    if free:
        earlier = select(PauseRequest.ref).where(PauseRequest.appeal_id == appeal.id, PauseRequest.n < request.n)
        chosen = holder if holder in free else one_of(work.db, item, free, work.db.scalars(earlier).all())
        give_item(work, item, chosen, "new")


def answer_pause(work: Work, *, pause_ref: str, outcome: str, reasons: str) -> dict[str, Any]:
    """Grants the pause, with or without reasons, or refuses it with reasons; the person hears it, and of a pause those who were
    told of the decision.

    Errors: `own_decision` for who can only grant it and refuses; `with_somebody_else`, `conflicted`, `answered` (conflict),
    `unknown_outcome`, `reasons_missing`, text limits.
    """
    work.require(Permission.DECIDE)
    request = request_by_ref(work.db, pause_ref)
    appeal, case = locked_matter(work, work.db.get_one(Appeal, request.appeal_id).ref)
    person_id, chosen = _answerer(work, appeal, case, request), _outcome(outcome)
    text = clean(reasons, limit=MOST_TEXT, field="reasons")
    if chosen is PauseOutcome.REFUSED and person_id in only_grants(work.db, appeal, request):
        raise NotAllowed("own_decision", OWN)
    require_why(chosen, text)
    close_request(work, request, chosen, ClockResult.KEPT, reasons=text, by=person_id)
    event_id, action = new_id(), reached(work, appeal)
    if chosen is PauseOutcome.REFUSED:
        mine = refused_text(request.ref, action.ref, text, again=request.contests_id is None)
        told: list[Row] = list(notify(work, appeal, case, event_id, "pause_answered", mine))
        record(work, "pause.refused", request.ref, case_ref=case.ref, event_id=event_id, rows=told, appeal=appeal.ref)
        return {"request": request.ref, "outcome": chosen.value}
    told = carry_out(work, appeal, case, event_id, "pause_answered", lambda paused: granted_text(
        request.ref, action.ref, text, paused=paused))
    record(work, "pause.granted", request.ref, case_ref=case.ref, event_id=event_id, rows=told, appeal=appeal.ref)
    return {"request": request.ref, "outcome": chosen.value}


def carry_out(work: Work, appeal: Appeal, case: Case, event_id: UUID, kind: str, said: Callable[[bool], Compose]) -> list[Row]:
    """Pauses what the appeal is against; where nothing of it takes anything away any more, the person hears that alone.

    `said`: what the person reads, told whether something is paused now.
    """
    place = {"kind": kind, "about_ref": appeal.ref, "target": f"/appeals/{appeal.ref}"}
    rows = pause(work, reached(work, appeal), event_id, addressed(work.db, appeal, said(True)), **place)
    return rows or list(notify(work, appeal, case, event_id, kind, said(False)))


def _answerer(work: Work, appeal: Appeal, case: Case, request: PauseRequest) -> UUID:
    person_id, item = require_free(work, case), open_item_of(work, request.ref, ITEM)
    if item is None:
        raise Conflict("answered", GONE)
    if item.assignee_id not in (None, person_id) and person_id not in only_grants(work.db, appeal, request):
        message = N_("This request was given to somebody else at random.")
        raise NotAllowed("with_somebody_else", message)
    return person_id


def _outcome(outcome: str) -> PauseOutcome:
    if outcome not in (PauseOutcome.GRANTED, PauseOutcome.REFUSED):
        raise RuleBroken("unknown_outcome", N_("Choose whether the decision waits."), field="outcome")
    return PauseOutcome(outcome)
