"""What somebody says of pressure because of a report or a dispute: a fact of the case for its reviewer, without any effect."""

from __future__ import annotations

from uuid import UUID

from portal.accounts.models import Person
from portal.cases.models import Case, Message, MessageKind
from portal.core.clock import local_day
from portal.core.i18n import N_, language
from portal.core.ids import new_ref
from portal.core.work import Work
from portal.log.operations import add, record
from portal.log.rules import body_digest
from portal.rulebook.queries import cited_clause
from portal.rulebook.roles import RETALIATION, clause_that_plays

SAID = "dispute.pressure_said"
PRESSED = N_("I was pressured or threatened because of a report or a dispute.")


def retaliation_clause(work: Work) -> UUID | None:
    """The rule against answering a report with revenge, as it is in force; None where the terms have no such rule."""
    found = clause_that_plays(work.db, RETALIATION, local_day(work.now, "UTC"))
    return found.id if found else None


def pressed_in_report(work: Work, case: Case, account_id: UUID, code: str, person_id: UUID | None = None) -> UUID | None:
    """Puts on record what a tick on the form of a report says, in the language of `code`; which rule the queue names then."""
    message = _message(case, account_id, person_id, code, language(code).gettext(PRESSED), work)
    record(work, "report.pressure_said", message.ref, case_ref=case.ref, rows=[add(work, message)])
    clause = cited_clause(work.db, message.clause_version_id) if message.clause_version_id else None
    return clause.clause_id if clause else None


def pressed_in_dispute(work: Work, case: Case, dispute_ref: str, account_id: UUID, person: Person, text: str) -> None:
    """Puts on record what somebody says, in their own words, of pressure in this dispute."""
    message = _message(case, account_id, person.id, person.language, text, work)
    record(work, SAID, dispute_ref, case_ref=case.ref, rows=[add(work, message)])


def _message(case: Case, account_id: UUID, person_id: UUID | None, code: str, text: str, work: Work) -> Message:
    message = Message(
        ref=new_ref("Q"), case_id=case.id, kind=MessageKind.RECORDED, from_account_id=account_id, from_person_id=person_id,
        clause_version_id=retaliation_clause(work), language=code, sent_at=work.now, sha256="", body=text,
    )
    message.sha256 = body_digest(message)
    return message
