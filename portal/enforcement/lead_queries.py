"""Reading leads: what matched, how much that says, what innocent explanations there are, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.cases.models import Case, WorkItem
from portal.core.access import Actor
from portal.core.errors import RuleBroken, existing
from portal.core.i18n import N_
from portal.enforcement.models import Action
from portal.enforcement.return_models import Fingerprint, FingerprintKind, Lead, LeadAnswer, LeadMatch, Strength
from portal.log.models import Event

EXPLANATIONS: dict[FingerprintKind, tuple[str, ...]] = {
    FingerprintKind.IDENTITY_NUMBER: (
        N_("The number was mistyped, here or at the earlier account."),
        N_("Some countries give a number to somebody else after some years."),
        N_("Two people of the same name were taken for one, and one showed the other's document."),
    ),
    FingerprintKind.PAYOUT_INSTRUMENT: (
        N_("A family or a household shares one bank account."),
        N_("An agency or an employer is paid for several people."),
        N_("The bank gave the number to somebody else since."),
        N_("The number was mistyped, here or at the earlier account."),
    ),
}


@dataclass(frozen=True, slots=True)
class Match:
    """One thing that is the same: of which kind, and when each of the two accounts showed or filed it."""

    kind: FingerprintKind
    taken_at: datetime
    earlier_at: datetime


def strength(kinds: Iterable[str]) -> Strength:
    """An identity number says much; one place for payouts little, two of them more. Source: DESIGN 2 and issue 3."""
    listed = list(kinds)
    if FingerprintKind.IDENTITY_NUMBER in listed:
        return Strength.STRONG
    return Strength.STRONGER if len(listed) > 1 else Strength.WEAK


def explanations(kinds: Iterable[str]) -> list[str]:
    """Every innocent explanation of these kinds of match, each once."""
    return list(dict.fromkeys(one for kind in kinds for one in EXPLANATIONS[FingerprintKind(kind)]))


def lead_by_ref(session: Session, lead_ref: str) -> Lead:
    """Errors: `NotFound`."""
    return existing(session.scalars(select(Lead).where(Lead.ref == lead_ref)).one_or_none())


def matches_of(session: Session, lead_id: UUID) -> list[Match]:
    """What is the same, in the order in which it was found."""
    mine, earlier = aliased(Fingerprint), aliased(Fingerprint)
    rows = session.execute(
        select(mine.kind, mine.taken_at, earlier.taken_at).join(LeadMatch, LeadMatch.fingerprint_id == mine.id)
        .join(earlier, LeadMatch.earlier_id == earlier.id).where(LeadMatch.lead_id == lead_id).order_by(LeadMatch.id)
    )
    return [Match(FingerprintKind(kind), taken_at, earlier_at) for kind, taken_at, earlier_at in rows]


def answers_of(session: Session, lead_id: UUID) -> list[LeadAnswer]:
    return list(session.scalars(select(LeadAnswer).where(LeadAnswer.lead_id == lead_id).order_by(LeadAnswer.n)))


def open_leads(session: Session, case_id: UUID) -> list[Lead]:
    """Those that wait for a reviewer."""
    waits = select(WorkItem.subject_ref).where(
        WorkItem.case_id == case_id, WorkItem.kind == "lead", WorkItem.closed_at.is_(None)
    )
    return list(session.scalars(select(Lead).where(Lead.case_id == case_id, Lead.ref.in_(waits)).order_by(Lead.id)))


def still_stands(action: Action) -> bool:
    """Whether the closing of the earlier account was neither overturned nor lifted nor taken back since."""
    return not (action.reversed_at or action.lifted_at or action.withdrawn_at)


def relied_on(session: Session, case: Case, refs: Sequence[str]) -> tuple[Lead, ...]:
    """The leads that a decision says it relies on. Errors: `unknown_lead` for one that does not wait in this case."""
    waiting = {lead.ref: lead for lead in (open_leads(session, case.id) if refs else ())}
    if any(ref not in waiting for ref in refs):
        message = N_("A decision relies only on a lead of its own case that is not answered yet.")
        raise RuleBroken("unknown_lead", message, field="leads")
    for ref in refs:
        if not still_stands(session.get_one(Action, waiting[ref].action_id)):
            message = N_("The closing of the earlier account does not stand any more. Nothing can rest on this lead.")
            raise RuleBroken("lead_gone", message, field="leads")
    return tuple(waiting[ref] for ref in refs)


def was_seen(session: Session, lead_ref: str, actor: Actor) -> bool:
    """Whether it is on record that they looked at it before."""
    seen = select(Event.id).where(Event.subject_ref == lead_ref, Event.kind == "lead.seen", Event.actor == actor.name)
    return session.scalar(seen.limit(1)) is not None


def compared(session: Session, leads: Sequence[Lead]) -> list[dict[str, str]]:
    """What the statement says was compared: kinds alone. Neither a value nor anything of the earlier account."""
    kinds = dict.fromkeys(match.kind.value for lead in leads for match in matches_of(session, lead.id))
    return [{"kind": kind} for kind in kinds]
