"""A client who disputes often: four facts for the reviewer, and a case of its own under the rule. Never by itself.

Source: DSA 23(3), as DESIGN asks it: the number, the share, the gravity and, where it is known, the intention. What may
follow begins with a warning, which can be appealed against like any account action.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.queries import account_by_id
from portal.cases.hands import require_reader
from portal.cases.models import Message, MessageKind, PartySide, ReportSource
from portal.cases.operations import add_report, open_case, open_case_about, open_item
from portal.contracts.models import Contract, Earning, Milestone
from portal.core.access import Permission
from portal.core.clock import deadline
from portal.core.errors import Conflict
from portal.core.i18n import N_, language
from portal.core.money import Money
from portal.core.work import Work
from portal.disputes.matter import locked_matter, require_reviewer
from portal.disputes.models import SILENCE, Dispute, DisputeDecision, DisputeState, Outcome
from portal.disputes.pressure import SAID
from portal.log.models import Event
from portal.log.operations import record
from portal.rulebook.queries import promise

YEAR = timedelta(days=365)
NOTED = "dispute.misuse_noted"


@dataclass(frozen=True, slots=True)
class Habits:
    """The disputes of one client in the last twelve months. `paid`: milestones of theirs released in that time; `unanswered`:
    ended because the freelancer did not answer, so that nobody decided for either side."""

    opened: int
    paid: int
    contested: tuple[Money, ...]
    for_freelancer: int
    for_client: int
    settled: int
    unanswered: int
    taken_back: int
    unanswered_by_client: int
    pressure_said: int


def habits_of(session: Session, client_id: UUID, now: datetime) -> Habits:
    """The four criteria, as far as they are on record: number, share, gravity, and what freelancers said of pressure."""
    since = now - YEAR
    rows = list(session.scalars(select(Dispute).where(Dispute.opened_by_account_id == client_id, Dispute.opened_at >= since)))
    sums: dict[str, int] = {}
    for one in rows:
        sums[one.currency] = sums.get(one.currency, 0) + one.amount_minor
    paid = session.scalar(
        select(func.count(func.distinct(Earning.milestone_id))).join(Milestone, Earning.milestone_id == Milestone.id)
        .join(Contract, Milestone.contract_id == Contract.id)
        .where(Contract.client_id == client_id, Earning.released_at >= since)
    )
    cases = {one.ref: one.case_id for one in rows}
    said = session.execute(
        select(Event.subject_ref, Message.case_id).join(Message, Message.sent_at == Event.at).where(
            Event.kind == SAID, Event.subject_ref.in_(list(cases)), Message.kind == MessageKind.RECORDED,
            Message.from_person_id.is_not(None), Message.from_account_id != client_id,
            Message.case_id.in_(set(cases.values()))))
    pressed = len({ref for ref, case_id in said if cases[ref] == case_id})
    decided = set(session.scalars(select(DisputeDecision.dispute_id).where(
        DisputeDecision.n != SILENCE, DisputeDecision.dispute_id.in_([one.id for one in rows]))))
    ours = [one.outcome for one in rows if one.id in decided]
    return Habits(
        len(rows), int(paid or 0), tuple(Money(total, currency) for currency, total in sorted(sums.items())),
        sum(outcome == Outcome.RELEASE for outcome in ours),
        sum(outcome in (Outcome.REFUND, Outcome.SPLIT) for outcome in ours),
        sum(one.state == DisputeState.SETTLED for one in rows),
        sum(one.outcome is not None and one.ended_at is not None and one.id not in decided for one in rows),
        sum(one.state == DisputeState.WITHDRAWN for one in rows),
        sum(one.closed_because == "client_silent" for one in rows), pressed,
    )


def note_misuse(work: Work, *, dispute_ref: str) -> dict[str, Any]:
    """A reviewer has the client's disputes looked at: a case about the client, with the four facts, like any report.

    Nothing follows by itself: the rule is picked, the client is asked first, and a warning comes before anything else.
    Errors: `noted` (conflict) when it was done from this dispute already, those of `require_reviewer` and `require_reader`.
    """
    work.require(Permission.WORK_CASE)
    matter = locked_matter(work, dispute_ref)
    require_reviewer(work, matter)
    require_reader(work.db, work.actor, matter.case.ref, dispute_ref)
    if was_noted(work.db, dispute_ref):
        raise Conflict("noted", N_("This was put before the desk already."))
    client, freelancer = matter.contract.client_id, matter.contract.freelancer_id
    case = open_case_about(work, client, freelancer) or open_case(work, client, [(freelancer, PartySide.COUNTERPART)])
    report = add_report(
        work, case, source=ReportSource.REVIEWER, reporter_account_id=None, language="en",
        body=facts_in_words(habits_of(work.db, client, work.now), account_by_id(work.db, client).name, dispute_ref),
    )
    time = promise(work, "client_question")
    open_item(work, case, "report", report.ref, deadline(work.now, time.length, time.unit, "UTC", work.country))
    record(work, NOTED, dispute_ref, case_ref=matter.case.ref, report=report.ref)
    return {"case": case.ref, "report": report.ref}


def was_noted(session: Session, dispute_ref: str) -> bool:
    return session.scalar(select(Event.id).where(Event.kind == NOTED, Event.subject_ref == dispute_ref).limit(1)) is not None


def facts_in_words(habits: Habits, name: str, dispute_ref: str) -> str:
    """The four facts as they stand in the case, counted and not judged."""
    lang = language("en")
    paid = "no milestone paid" if not habits.paid else f"{habits.paid} milestone{'s' * (habits.paid > 1)} paid"
    amounts = ", ".join(lang.money(one) for one in habits.contested) or "nothing"
    return (
        f"Noted by a reviewer in the dispute {dispute_ref}. In the last twelve months {name} opened {habits.opened} "
        f"dispute{'s' * (habits.opened != 1)} for {paid}, over {amounts}. Decided for the freelancer: "
        f"{habits.for_freelancer}; for the client, in full or in part: {habits.for_client}; settled between both: "
        f"{habits.settled}; not answered by the freelancer: {habits.unanswered}; taken back: {habits.taken_back}; "
        f"closed because our question was not answered: {habits.unanswered_by_client}. Freelancers told us of pressure: "
        f"{habits.pressure_said}. Nothing else about the "
        "intention is known. These are facts to weigh, and decide nothing by themselves."
    )
