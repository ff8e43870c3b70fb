"""What both sides say to a decision: accept it, or ask once that somebody else reviews it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from portal.accounts.queries import account_by_id, person_by_id
from portal.cases.clocks import start_clock, stop_clock
from portal.cases.models import ClockResult
from portal.cases.operations import open_item, open_item_of
from portal.core.access import Permission, require_person
from portal.core.errors import Conflict
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.text import TEXT_LIMIT, needed
from portal.core.work import Work
from portal.disputes import decision_messages as words
from portal.disputes.executing import carry_out
from portal.disputes.matter import (
    OVER,
    Matter,
    acceptances_of,
    decisions_of,
    draw_reviewer,
    own_matter,
    own_money,
    reviews_of,
)
from portal.disputes.models import DisputeAcceptance, DisputeDecision, DisputeReview, DisputeState
from portal.disputes.queries import facts_of
from portal.disputes.reminding import stop_reminding
from portal.disputes.silence import decide_by_silence
from portal.disputes.telling import tell_side, zone_of
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.rulebook.queries import promise

MOST_REASON = TEXT_LIMIT


def accept_decision(work: Work, *, dispute_ref: str) -> dict[str, Any]:
    """One side accepts the decision; once both have, it is carried out in the same act.

    By an owner or a finance member of the account, also in a link session of the case. Errors: `not_decided`,
    `dispute_over`, `accepted`, `under_review` (conflicts), those of `own_money`. Promise: dispute_acceptance.
    """
    matter, side = own_money(work, dispute_ref, Permission.ANSWER_IN_CASE)
    _require_decided(matter)
    decision = decisions_of(work.db, matter.dispute.id)[-1]
    sides = {one.account_id for one in acceptances_of(work.db, decision.id)}
    if side in sides:
        raise Conflict("accepted", N_("You have accepted this decision already."))
    if reviews_of(work.db, matter.dispute.id):
        raise Conflict("under_review", N_("Somebody else reviews this decision now. You hear from us."))
    row = add(work, DisputeAcceptance(
        decision_id=decision.id, account_id=side, person_id=require_person(work.actor), accepted_at=work.now
    ))
    matter.dispute.version += 1
    record(work, "dispute.accepted", matter.dispute.ref, case_ref=matter.case.ref, rows=[row])
    both = {matter.contract.client_id, matter.contract.freelancer_id} == {*sides, side}
    if both:
        carry_out(work, matter, "accepted")
    return {"dispute": matter.dispute.ref, "carried_out": both}


def _require_decided(matter: Matter) -> None:
    if matter.dispute.ended_at is not None:
        raise Conflict("dispute_over", OVER)
    if matter.dispute.state != DisputeState.DECIDED:
        raise Conflict("not_decided", N_("This dispute is not decided yet."))


def ask_review(work: Work, *, dispute_ref: str, reason: str) -> dict[str, Any]:
    """One side asks, once and with a reason, that somebody else reviews the decision; nothing moves until the answer.

    Who did not answer in time asks so for a review of the refund that follows; then that refund is the decision. Errors:
    `not_decided`, `nothing_held` where silence gives nothing back, `dispute_over`, `accepted` (who accepted cannot ask), `asked`
    (conflicts), `reason_missing`, `NotFound`. Promises: review_ask, review_answer, dispute_refund_delay.
    """
    matter, side = own_matter(work, dispute_ref, Permission.ANSWER_IN_CASE)
    silent, asked = _of_silence(matter, side), reviews_of(work.db, matter.dispute.id)
    if not silent:
        _require_decided(matter)
        _require_unsaid(work, matter, side)
    text = needed(reason, N_("Write why somebody should look at this."), code="reason_missing", limit=MOST_REASON, field="reason")
    decided = [decide_by_silence(work, matter)] if silent else []
    row = _put_review(work, matter, side, text)
    matter.dispute.version += 1
    if not asked:
        _start_review(work, matter)
    _tell_asked(work, matter, side, row, decided)
    return {"dispute": matter.dispute.ref}


def _of_silence(matter: Matter, side: UUID) -> bool:
    """Whether it is the freelancer who did not answer, and something would go back. Errors: `nothing_held` (conflict)."""
    if matter.dispute.state != DisputeState.UNANSWERED or side != matter.contract.freelancer_id:
        return False
    if matter.hold.ended_at is not None or not matter.hold.amount_minor:
        raise Conflict("nothing_held", N_("Nothing is on hold for this dispute any more, so nothing goes back for silence."))
    return True


def _require_unsaid(work: Work, matter: Matter, side: UUID) -> None:
    """That this side has neither accepted the decision nor asked for its review. Errors: `accepted`, `asked` (conflicts)."""
    decision = decisions_of(work.db, matter.dispute.id)[-1]
    if side in {one.account_id for one in acceptances_of(work.db, decision.id)}:
        raise Conflict("accepted", N_("You have accepted this decision already."))
    if side in {one.account_id for one in reviews_of(work.db, matter.dispute.id)}:
        raise Conflict("asked", N_("You have already asked for a review. Your reason is on record."))


def _put_review(work: Work, matter: Matter, side: UUID, reason: str) -> DisputeReview:
    person = person_by_id(work.db, require_person(work.actor))
    row = DisputeReview(
        dispute_id=matter.dispute.id, account_id=side, person_id=person.id, language=person.language, asked_at=work.now,
        reason=reason, sha256="",
    )
    row.sha256 = body_digest(row)
    return add(work, row)


def _start_review(work: Work, matter: Matter) -> None:
    """The decision waits for its review: our clock runs, and somebody who had no part in it gets it."""
    dispute, time = matter.dispute, promise(work, "review_answer")
    stop_clock(work, dispute.ref, "dispute_acceptance", ClockResult.VOID)
    stop_reminding(work, dispute.ref)
    clock = start_clock(
        work, "review_answer", dispute.ref, case=matter.case, length=time.length, unit=time.unit,
        zone=zone_of(work, matter.contract.freelancer_id), promise_id=time.clause_version_id,
    )
    item = open_item(
        work, matter.case, "dispute", dispute.ref, clock.due_at, stake=Money(dispute.amount_minor, dispute.currency),
        language=dispute.language,
    )
    draw_reviewer(work, matter, item)
    work.db.flush()


def _tell_asked(
    work: Work, matter: Matter, side: UUID, row: DisputeReview, decided: Sequence[DisputeDecision]
) -> None:
    dispute, facts, event_id = matter.dispute, facts_of(work.db, matter.dispute, work.now), new_id()
    item, name, rows = open_item_of(work, dispute.ref, "dispute"), account_by_id(work.db, side).name, list[Row]([*decided, row])
    answer_by = item.due_at if item is not None else work.now
    for account_id in matter.contract.sides:
        compose = words.review_asked(
            facts, row.reason or "", answer_by, asked_by=name, by_reader=account_id == side, of_silence=bool(decided)
        )
        kind = "dispute_review_asked" if account_id != side else "dispute_review_receipt"
        rows += tell_side(work, event_id, kind, account_id, matter.case, dispute.ref, compose)
    record(work, "dispute.review_asked", dispute.ref, case_ref=matter.case.ref, rows=rows, event_id=event_id)
