"""Whether somebody whose account we closed came back: a match is a lead for a reviewer, and never does anything by itself.

Compared are numbers of verified identity documents and places that money is paid to; never a device or an address.
"""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.queries import person_by_id
from portal.cases.hands import require_reader
from portal.cases.models import Case
from portal.cases.operations import close_item, locked_case, open_case, open_item, open_item_of
from portal.core.access import Permission, require_person
from portal.core.errors import Conflict, existing
from portal.core.i18n import N_
from portal.core.ids import new_ref
from portal.core.text import written_reason
from portal.core.work import Work
from portal.enforcement.desk import require_hands, usual_due
from portal.enforcement.fingerprints import of_instrument, require_made
from portal.enforcement.lead_queries import lead_by_ref
from portal.enforcement.models import Action, Measure
from portal.enforcement.queries import standing
from portal.enforcement.return_models import Fingerprint, FingerprintKind, Lead, LeadAnswer, LeadMatch, LeadOutcome
from portal.ledger.earnings import follows_destination
from portal.ledger.models import Destination
from portal.log.operations import Row, add, record, vouch_next
from portal.log.rules import body_digest


def keep_fingerprint(work: Work, account_id: UUID, kind: FingerprintKind, value: str, source_ref: str) -> None:
    """Keeps a fingerprint of an account, once, and looks whether it matches one of an account that we closed.

    The act's next event vouches for it. Nothing else of the act depends on it, and nothing follows from a match but a lead.
    """
    known = select(Fingerprint.id).where(
        Fingerprint.account_id == account_id, Fingerprint.kind == kind, Fingerprint.value == require_made(value)
    )
    if work.db.scalar(known) is not None:
        return
    mine = Fingerprint(
        account_id=account_id, kind=kind, source_ref=source_ref, taken_at=work.now, value=value, salt=secrets.token_hex(16),
        sha256="",
    )
    mine.sha256 = body_digest(mine)
    vouch_next(work, [add(work, mine)])
    same = select(Fingerprint).where(
        Fingerprint.value == value, Fingerprint.kind == kind, Fingerprint.account_id != account_id
    ).order_by(Fingerprint.id)
    for earlier in work.db.scalars(same).all():
        for action in standing(work.db, earlier.account_id, work.now).actions:
            if action.measure == Measure.TERMINATION:
                _match(work, mine, earlier, action)


@follows_destination
def _of_destination(work: Work, destination: Destination, details: str) -> None:
    value = of_instrument(work.keyring, details)
    if value is not None:
        keep_fingerprint(work, destination.account_id, FingerprintKind.PAYOUT_INSTRUMENT, value, destination.ref)


def _match(work: Work, mine: Fingerprint, earlier: Fingerprint, action: Action) -> None:
    """Puts a match on record, in the lead that there is about these two accounts or in a new one, and into the queue."""
    leads = list(work.db.scalars(select(Lead).where(Lead.account_id == mine.account_id).order_by(Lead.id.desc())))
    lead, rows = next((one for one in leads if one.action_id == action.id), None), list[Row]()
    if lead is None:
        case = _case(work, mine.account_id, leads)
        lead = add(work, Lead(
            ref=new_ref("T"), case_id=case.id, account_id=mine.account_id, action_id=action.id, found_at=work.now
        ))
        rows.append(lead)
    case = work.db.get_one(Case, lead.case_id)
    match = add(work, LeadMatch(lead_id=lead.id, fingerprint_id=mine.id, earlier_id=earlier.id, at=work.now))
    if open_item_of(work, lead.ref, "lead") is None:
        open_item(work, case, "lead", lead.ref, usual_due(work))
    record(work, "lead.found", lead.ref, case_ref=case.ref, rows=[*rows, match], matched=mine.kind)


def _case(work: Work, account_id: UUID, leads: list[Lead]) -> Case:
    """The open case in which this account has a lead already, else one of its own: it is about nothing else."""
    for one in leads:
        case = locked_case(work, one.case_id)
        if case.closed_at is None:
            return case
    return open_case(work, account_id, [])


def see_lead(work: Work, *, lead_ref: str) -> dict[str, Any]:
    """Puts on record that somebody looks at a lead; only after this act is it shown. Errors: of `require_reader`."""
    work.require(Permission.READ_DESK)
    lead = lead_by_ref(work.db, lead_ref)
    case = work.db.get_one(Case, lead.case_id)
    require_reader(work.db, work.actor, case.ref, lead.ref)
    record(work, "lead.seen", lead.ref, case_ref=case.ref)
    return {"lead": lead.ref}


def answer_lead(work: Work, *, lead_ref: str, reason: str) -> dict[str, Any]:
    """Says that nothing follows from a lead, and why, for the record. The person hears nothing of it.

    Errors: `not_waiting` when it was answered already, `reason_missing`, those of `require_hands`.
    """
    work.require(Permission.DECIDE)
    lead = lead_by_ref(work.db, lead_ref)
    case = locked_case(work, lead.case_id)
    person_id = require_hands(work, case)
    if open_item_of(work, lead.ref, "lead") is None:
        raise Conflict("not_waiting", N_("This lead was answered already. It is shown as it is now."))
    answer = _answered(work, lead, LeadOutcome.NOTHING_FOLLOWS, person_id, reason=written_reason(reason))
    record(work, "lead.answered", lead.ref, case_ref=case.ref, rows=[answer])
    return {"lead": lead.ref}


def rely_on(work: Work, leads: tuple[Lead, ...], action: Action, person_id: UUID) -> list[Row]:
    """A decision that relies on these leads answers them; its event vouches for that, and its statement says it."""
    return [_answered(work, lead, LeadOutcome.RELIED_ON, person_id, action=action) for lead in leads]


def _answered(
    work: Work, lead: Lead, outcome: LeadOutcome, person_id: UUID, *, reason: str = "", action: Action | None = None
) -> LeadAnswer:
    before = list(work.db.scalars(select(LeadAnswer.n).where(LeadAnswer.lead_id == lead.id)))
    answer = LeadAnswer(
        lead_id=lead.id, n=len(before) + 1, outcome=outcome, person_id=person_id, action_id=action.id if action else None,
        at=work.now, language=person_by_id(work.db, require_person(work.actor)).language, reason=reason, sha256="",
    )
    answer.sha256 = body_digest(answer)
    close_item(work, lead.ref, "lead", outcome)
    return add(work, answer)


def forget_account(work: Work, *, account_ref: str) -> dict[str, Any]:
    """Erases the fingerprints of an account when its owner asks for that. Errors: `NotFound`."""
    work.require(Permission.SET_RETENTION)
    account = existing(work.db.scalars(select(Account).where(Account.ref == account_ref)).one_or_none())
    return {"account": account.ref, "forgotten": forget_fingerprints(work, account.id, account.ref)}


def forget_fingerprints(work: Work, account_id: UUID, account_ref: str) -> int:
    """Erases the fingerprints of an account with the rest of its record; how many there were. What matched stays on record."""
    rows = list(work.db.scalars(
        select(Fingerprint).where(Fingerprint.account_id == account_id, Fingerprint.erased_at.is_(None)).with_for_update()
    ))
    for row in rows:
        row.value, row.salt, row.erased_at = None, None, work.now
    if rows:
        record(work, "fingerprint.erased", account_ref, rows=[(row, "erased") for row in rows])
    return len(rows)
