"""Reporting the other side of a contract that one has: the case, the queue, and the receipt. Nobody else hears of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.flaggers import flags
from portal.accounts.models import Account, Person
from portal.accounts.queries import account_by_id, person_by_id
from portal.accounts.throttles import count_try
from portal.cases.models import Case, PartySide, Report, ReportSource
from portal.cases.operations import add_report, open_case, open_case_about, open_report
from portal.cases.reading import promise_to_read
from portal.cases.writers import by_actor
from portal.contracts.models import Contract
from portal.core.access import Permission, require_account, require_person
from portal.core.clock import deadline
from portal.core.errors import NotFound, RuleBroken
from portal.core.i18n import N_, Language
from portal.core.ids import new_id
from portal.core.text import TEXT_LIMIT, needed, seen_length
from portal.core.work import Work
from portal.disputes.pressure import pressed_in_report
from portal.log.operations import record
from portal.notices.operations import Compose, Text, tell
from portal.rulebook.queries import promise

LEAST = 20
MOST = TEXT_LIMIT


def report_account(work: Work, *, account_id: UUID, contract_ref: str, happened: str, pressed: bool = False) -> dict[str, Any]:
    """Reports the other side of a contract of one's own account, in either direction; the reporter gets a receipt.

    It joins the open case about that account in which the reporter is a party, else it opens one. The other side is told
    nothing by this. `pressed`: they were pressured or threatened because of a report or a dispute: that stands in the
    case, under the rule against it, and has no effect by itself. The same words again in an open case give the same
    receipt. Errors: `NotFound` for a contract of others, `own_account`, `empty`, `too_short`, text limits, `too_many` from
    one account at once. Source: DESIGN section 3, report; promise "client_question".
    """
    work.require(Permission.REPORT)
    require_account(work.actor, account_id)
    contract = _own_contract(work, contract_ref, account_id)
    about = account_by_id(work.db, contract.other_side(account_id))
    if about.id in work.actor.account_ids:
        raise RuleBroken("own_account", N_("Both sides of this contract are yours. There is nobody to report."))
    text = report_words(happened)
    case = open_case_about(work, about.id, account_id) or open_case(work, about.id, [(account_id, PartySide.COUNTERPART)])
    known = _same(work, case, account_id, text)
    if known is None:
        count_try(work, "report", str(account_id))
    report = known or _put(work, case, about, account_id, text, pressed=pressed)
    return {"report": report.ref}


def _own_contract(work: Work, contract_ref: str, account_id: UUID) -> Contract:
    """The contract, locked: two reports at once about the same contract make one case. Errors: `NotFound`."""
    contract = work.db.scalars(select(Contract).where(Contract.ref == contract_ref).with_for_update()).one_or_none()
    if contract is None or account_id not in contract.sides:
        raise NotFound
    return contract


def report_words(happened: str) -> str:
    """What somebody says happened. Errors: `empty`, `too_short`, text limits."""
    text = needed(happened, N_("Write what happened."), limit=MOST, field="happened")
    if seen_length(text) < LEAST:
        message = N_("Write a little more, so that somebody who was not there can follow: at least %(least)s characters.")
        raise RuleBroken("too_short", message, field="happened", least=LEAST)
    return text


def _same(work: Work, case: Case, account_id: UUID, text: str) -> Report | None:
    """What this person said before in the case, for this account, in the same words."""
    query = select(Report).where(
        Report.case_id == case.id, Report.reporter_account_id == account_id, Report.body == text, by_actor(work, Report)
    )
    return work.db.scalars(query.limit(1)).first()


def _put(work: Work, case: Case, about: Account, account_id: UUID, text: str, *, pressed: bool) -> Report:
    """The report in its case, its place in the queue, and the receipt."""
    person = person_by_id(work.db, require_person(work.actor))
    flagger = flags(work.db, account_id, work.now)
    report = add_report(
        work, case, source=ReportSource.TRUSTED_FLAGGER if flagger else ReportSource.COUNTERPART,
        reporter_account_id=account_id, body=text, language=person.language, by_actor=True,
    )
    length = promise(work, "client_question")
    due_at = deadline(work.now, 1 if flagger else length.length, length.unit, person.zone, work.country)
    clause_id = pressed_in_report(work, case, account_id, person.language, person.id) if pressed else None
    open_report(work, case, report, due_at, clause_id=clause_id)
    promise_to_read(work, report.ref, person.zone, case=case)
    event_id = new_id()
    notices = tell(
        work, event_id=event_id, kind="report_receipt", recipients=[person], account_id=account_id, about_ref=report.ref,
        target=f"/reports/{report.ref}", compose=receipt_text(report.ref, about.name, due_at),
    )
    record(work, "report.confirmed", report.ref, case_ref=case.ref, event_id=event_id, rows=notices)
    return report


def receipt_text(report_ref: str, name: str, due_at: datetime) -> Compose:
    """The receipt: that it is here, by when a person has read it, and what we can and cannot tell afterwards."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We have your report (%(ref)s)"), ref=report_ref)
        first = lang.gettext(N_("We have your report %(ref)s. Thank you."), ref=report_ref)
        about = lang.gettext(N_("It is about your work with %(name)s."), name=name)
        until = lang.gettext(N_("A person reads it by the end of %(day)s."), day=lang.last_day(due_at, person.zone))
        nobody = lang.gettext(N_("%(name)s is told nothing by this: not that you reported, and not what you wrote."), name=name)
        then = lang.gettext(N_(
            "In the end you hear under which rule we looked at it, and whether it applied. "
            "What else we find stays between us and the other side."
        ))
        return Text(subject, "\n\n".join([first, about, until, nobody, then]), first)

    return compose
