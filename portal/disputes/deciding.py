"""The decision of a dispute, and its one review by somebody else: a frozen row, and both sides told in the same act."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from portal.accounts.models import Person
from portal.accounts.queries import people_of, person_by_id
from portal.cases.clocks import start_clock, stop_clock
from portal.cases.models import ClockResult
from portal.cases.operations import close_item, open_item_of
from portal.core.access import Permission, require_lead
from portal.core.clock import local_day
from portal.core.errors import Conflict, RuleBroken
from portal.core.i18n import N_, language
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.text import written_reason
from portal.core.work import Work
from portal.disputes import decision_messages as words
from portal.disputes.executing import carry_out
from portal.disputes.matter import (
    DECIDED,
    Matter,
    decisions_of,
    draw_reviewer,
    live_proposal,
    locked_matter,
    matter_of,
    require_apart,
    require_reviewer,
    reviews_of,
    stage_of,
    tell_both,
)
from portal.disputes.models import Dispute, DisputeDecision, DisputeState
from portal.disputes.queries import dispute_by_ref, facts_of, open_question
from portal.disputes.reminding import start_reminding
from portal.disputes.rules import acceptance_due, needs_second_reader
from portal.disputes.ruling import Ruling, read_ruling
from portal.disputes.telling import zone_of
from portal.log.operations import add, record
from portal.log.rules import body_digest
from portal.notices.operations import Text
from portal.rulebook.queries import promise, promises


def decide_dispute(
    work: Work, *, dispute_ref: str, version: int, outcome: str, refund_minor: int, cites: str, reasons: str
) -> dict[str, Any]:
    """Decides a dispute: who gets what is on hold, by which words, and why. Both sides hear of it in the same act.

    `refund_minor`: what goes back to the client, in minor units: all that is on hold for "refund", nothing for "release",
    a part for "split". `cites`: "term:<number>" or "clause:<clause version>". It is carried out when both have accepted
    it, else after 7 days, or after its review. Errors: `conflicted`, `with_somebody_else`, `decided`, `stale`,
    `dispute_over` (conflicts), `not_answered`, those of `read_ruling`, and `needs_second_reader` above the amount of the
    promise second_reader (then `propose_decision`). Promises: dispute_decision, dispute_acceptance, review_ask.
    """
    return _decide(work, 1, dispute_ref, version, outcome, refund_minor, cites, reasons)


def review_dispute(
    work: Work, *, dispute_ref: str, version: int, outcome: str, refund_minor: int, cites: str, reasons: str
) -> dict[str, Any]:
    """The one review of a decision, by somebody who had no part in it; it is carried out at once.

    Arguments as in `decide_dispute`. Errors: also `own_decision`, `not_asked`. Promise: review_answer.
    """
    return _decide(work, 2, dispute_ref, version, outcome, refund_minor, cites, reasons)


def draw_review_again(work: Work, *, dispute_ref: str, version: int, reason: str) -> dict[str, Any]:
    """A lead gives a review away again: to somebody else who may make it, at random; why is kept in the event.

    Errors: `not_lead`, `conflicted`, `own_decision` for a lead who had a part, `not_asked`, `dispute_over`, `decided` when
    it changed since, `proposed` while it waits for a second reader, `reason_missing`. Promise: dispute_reviewer.
    """
    work.require(Permission.WORK_CASE)
    require_lead(work.actor)
    matter = locked_matter(work, dispute_ref)
    require_apart(work, matter)
    dispute, item = matter.dispute, open_item_of(work, dispute_ref, "dispute")
    if stage_of(matter, version) == 1 or not reviews_of(work.db, dispute.id) or item is None:
        raise RuleBroken("not_asked", N_("Nobody has asked for a review of this."))
    if live_proposal(work.db, dispute.id) is not None:
        raise Conflict("proposed", N_("A decision waits for its second reader already."))
    text = written_reason(reason, "draw_reason")
    found = draw_reviewer(work, matter, item, besides=item.assignee_id)
    dispute.version += 1
    record(work, "dispute.drawn", dispute.ref, case_ref=matter.case.ref, reason=text)
    return {"dispute": dispute.ref, "found": found}


def _decide(
    work: Work, n: int, dispute_ref: str, version: int, outcome: str, refund_minor: int, cites: str, reasons: str
) -> dict[str, Any]:
    matter, person_id = locked_for_deciding(work, n, dispute_ref, version)
    ruling = read_ruling(
        work.db, matter, outcome=outcome, refund_minor=refund_minor, cites=cites, reasons=reasons
    )
    if second_reader_needed(work, matter.dispute):
        raise _needs_second_reader(second_reader_limit(work, matter.dispute))
    return put_decision(work, matter, ruling, n, decided_by=person_id)


def locked_for_deciding(work: Work, n: int, dispute_ref: str, version: int) -> tuple[Matter, UUID]:
    """The dispute, locked, whose first (1) or second (2) decision is due, and the reviewer who may make it."""
    work.require(Permission.DECIDE)
    matter = locked_matter(work, dispute_ref)
    stage = stage_of(matter, version)
    if n == 2 and (stage == 1 or not reviews_of(work.db, matter.dispute.id)):
        raise RuleBroken("not_asked", N_("Nobody has asked for a review of this."))
    if stage != n:
        raise Conflict("decided", DECIDED)
    if open_question(work.db, matter.dispute.id) is not None:
        raise RuleBroken("not_answered", N_("The client has not answered our question yet and still has time for it."))
    return matter, require_reviewer(work, matter)


def _needs_second_reader(limit: Money | None) -> RuleBroken:
    message = N_("No amount is published for this currency, so a second person reads this decision before it is made.")
    if limit is None:
        return RuleBroken("needs_second_reader", message)
    message = N_("More than %(limit)s is contested, so a second person reads this decision before it is made.")
    return RuleBroken("needs_second_reader", message, limit=limit)


def second_reader_limit(work: Work, dispute: Dispute) -> Money | None:
    """Above which amount two people read a decision; None where none is published for its currency. Promise: second_reader."""
    return promises(work.db, local_day(work.now, "UTC"))["second_reader"].amount_in(dispute.currency)


def second_reader_needed(work: Work, dispute: Dispute) -> bool:
    return needs_second_reader(Money(dispute.amount_minor, dispute.currency), second_reader_limit(work, dispute))


def put_decision(
    work: Work, matter: Matter, ruling: Ruling, n: int, *, decided_by: UUID, read_by: UUID | None = None
) -> dict[str, Any]:
    """Freezes a decision; the first is told and waits for both sides, the review is carried out."""
    dispute = matter.dispute
    row = _freeze(work, matter, ruling, n, decided_by, read_by)
    dispute.state, dispute.outcome, dispute.refund_minor = DisputeState.DECIDED, ruling.outcome, ruling.back.amount_minor
    dispute.decided_at, dispute.version = work.now, dispute.version + 1
    for kind in ("dispute_decision", "dispute_reviewer", "review_answer", "dispute_reading"):
        stop_clock(work, dispute.ref, kind, ClockResult.KEPT)
    close_item(work, dispute.ref, "dispute", "decided" if n == 1 else "reviewed")
    work.db.flush()
    if n == 1:
        _tell_decided(work, matter, ruling, row)
    else:
        record(work, "dispute.reviewed", dispute.ref, case_ref=matter.case.ref, rows=[row], outcome=row.outcome)
        carry_out(work, matter, "review")
    return {"dispute": dispute.ref, "n": n}


def _freeze(
    work: Work, matter: Matter, ruling: Ruling, n: int, decided_by: UUID, read_by: UUID | None
) -> DisputeDecision:
    row = DisputeDecision(
        dispute_id=matter.dispute.id, n=n, decided_by=decided_by, read_by=read_by, outcome=ruling.outcome,
        refund_minor=ruling.back.amount_minor, contract_term_id=ruling.term.id if ruling.term else None,
        clause_version_id=ruling.clause.id if ruling.clause else None, decided_at=work.now, reasons=ruling.reasons,
        language=person_by_id(work.db, decided_by).language, sha256="",
    )
    row.sha256 = body_digest(row)
    return add(work, row)


def _tell_decided(work: Work, matter: Matter, ruling: Ruling, row: DisputeDecision) -> None:
    dispute, facts, event_id = matter.dispute, facts_of(work.db, matter.dispute, work.now), new_id()
    time = promise(work, "dispute_acceptance")
    due_at = _due(work, matter, time.length, time.unit)
    running = start_clock(
        work, "dispute_acceptance", dispute.ref, case=matter.case, length=time.length, unit=time.unit,
        zone=zone_of(work, matter.contract.freelancer_id), promise_id=time.clause_version_id, due_at=due_at,
    )
    start_reminding(work, dispute, matter.case, running)
    notices = tell_both(work, matter, event_id, "dispute_decided", partial(words.decided, facts, ruling, due_at))
    record(work, "dispute.decided", dispute.ref, case_ref=matter.case.ref, rows=[row, *notices], event_id=event_id,
           outcome=row.outcome, refund_minor=row.refund_minor)


def _due(work: Work, matter: Matter, length: int, unit: str) -> datetime:
    zones = [zone_of(work, side) for side in matter.contract.sides]
    return acceptance_due(work.now, length, unit, zones, work.country)


def read_ahead(
    work: Work, *, dispute_ref: str, outcome: str, refund_minor: int, cites: str, reasons: str
) -> list[tuple[Person, Text]]:
    """What one person of each side would read if it were decided so, made by the functions that the decision uses.

    Only reads: `work` may be a reading session's. Errors: those of `read_ruling`.
    """
    matter = matter_of(work.db, dispute_by_ref(work.db, dispute_ref))
    ruling = read_ruling(work.db, matter, outcome=outcome, refund_minor=refund_minor, cites=cites, reasons=reasons)
    facts, time, shown = facts_of(work.db, matter.dispute, work.now), promise(work, "dispute_acceptance"), []
    earlier = decisions_of(work.db, matter.dispute.id)
    for account_id, to_client in matter.contract.each_side:
        person = people_of(work.db, account_id)[0]
        if earlier:
            same = (earlier[0].outcome, earlier[0].refund_minor) == (ruling.outcome, ruling.back.amount_minor)
            compose = words.reviewed(facts, ruling, changed=not same, to_client=to_client)
        else:
            compose = words.decided(facts, ruling, _due(work, matter, time.length, time.unit), to_client=to_client)
        shown.append((person, compose(language(person.language), person)))
    return shown
