"""What somebody says of pressure because of a report or a dispute: a fact of the case for its reviewer, without any effect."""

from __future__ import annotations

from uuid import UUID

from portal.cases.models import Case, Message, MessageKind
from portal.core.clock import local_day
from portal.core.i18n import N_, language
from portal.core.ids import new_ref
from portal.core.work import Work
from portal.log.operations import add, record
from portal.log.rules import body_digest
from portal.rulebook.queries import cited_clause, terms_clause

RETALIATION = "retaliation"
"""The key of the rule against answering a report with revenge, in the marketplace's terms."""
SAID = "report.pressure_said"
"""The event by which a tick on a report's form is put on record."""
PRESSED = N_("I was pressured or threatened because of a report or a dispute.")


def retaliation_clause(work: Work) -> UUID | None:
    """The rule against answering a report with revenge, as it is in force; None where the terms have no such rule."""
    found = terms_clause(work.db, RETALIATION, local_day(work.now, "UTC"))
    return found.id if found else None


def put_pressure(
    work: Work, case: Case, kind: str, account_id: UUID, code: str, text: str = "", person_id: UUID | None = None
) -> UUID | None:
    """Puts on record in a case that an account was pressured or threatened, under the rule against it; which rule that is.

    `text`: their own words in the language of `code`; without any, what the tick on a form says. `kind`: of the event.
    """
    version_id = retaliation_clause(work)
    message = Message(
        ref=new_ref("Q"), case_id=case.id, kind=MessageKind.RECORDED, from_account_id=account_id, from_person_id=person_id,
        clause_version_id=version_id, language=code, sent_at=work.now, sha256="",
        body=text or language(code).gettext(PRESSED),
    )
    message.sha256 = body_digest(message)
    record(work, kind, message.ref, case_ref=case.ref, rows=[add(work, message)])
    clause = cited_clause(work.db, version_id) if version_id else None
    return clause.clause_id if clause else None
