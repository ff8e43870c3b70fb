"""Reports that name somebody by a reference or a listing: taken alike whoever is named, put into a case afterwards.

Taking one looks nobody up, so neither what it answers nor what it asks of the database says whether there is such an account.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.accounts.flaggers import flags
from portal.accounts.models import Account, Person
from portal.accounts.queries import person_by_id
from portal.accounts.throttles import count_try
from portal.cases.models import Case, CaseParty, PartySide, Report, ReportSource
from portal.cases.operations import add_report, open_case, open_report
from portal.cases.reading import go_on_in_case, promise_to_read, was_read
from portal.cases.report_models import IncomingReport, SortedReport
from portal.cases.writers import by_actor, readers_of, wrote
from portal.core.access import Permission, require_account, require_person
from portal.core.clock import deadline
from portal.core.errors import Conflict, RuleBroken, existing
from portal.core.i18n import N_, Language
from portal.core.ids import new_id, new_ref
from portal.core.text import clean_line
from portal.core.work import Work
from portal.disputes.pressure import pressed_in_report
from portal.enforcement.reporting import report_words
from portal.ledger.returned import of_money
from portal.log.operations import add, record, vouch_next
from portal.log.rules import body_digest
from portal.notices.operations import Compose, Text, tell
from portal.rulebook.queries import promise

LONGEST_NAME, LONGEST_REF = 300, 24


def report_somebody(work: Work, *, account_id: Any, named: str, happened: str, pressed: bool = False) -> dict[str, Any]:
    """Reports somebody with whom one has no contract, by a reference or a listing's address; the reporter gets a receipt.

    Nobody is looked up here. `pressed`: they were pressured or threatened because of a report or a dispute: that stands in the
    case, under the rule against it, once the report is in one. The same words again, while it is not in a case yet, give the
    same receipt. Errors: `NotFound` for an account of others, `nobody_named`, `empty`, `too_short`, text limits, `too_many`
    from one person at once. Source: DESIGN section 3, report; promise "client_question".
    """
    work.require(Permission.REPORT)
    require_account(work.actor, account_id)
    text, name = report_words(happened), _name(named)
    if not name:
        message = N_("Say whom or what it is about: a reference, or the address of a listing.")
        raise RuleBroken("nobody_named", message, field="named")
    person = person_by_id(work.db, require_person(work.actor))
    known = work.db.scalars(_unsorted().where(
        IncomingReport.reporter_account_id == account_id, IncomingReport.named == name, IncomingReport.body == text,
        by_actor(work, IncomingReport),
    ).limit(1)).first()
    if known is not None:
        return {"report": known.ref}
    count_try(work, "report_somebody", str(person.id))
    row = _keep(work, account_id, person, name, text, pressed=pressed)
    event_id = new_id()
    notices = tell(
        work, event_id=event_id, kind="report_receipt", recipients=[person], account_id=account_id, about_ref=row.ref,
        target=f"/reports/{row.ref}", compose=incoming_text(row.ref, row.due_at),
    )
    record(work, "report.incoming", row.ref, event_id=event_id, rows=[row, (row, "said"), wrote(work, row.ref), *notices])
    return {"report": row.ref}


def _name(named: str) -> str:
    """As it was typed; what can be a reference, in capitals."""
    name = clean_line(named, limit=LONGEST_NAME, field="named")
    return name.upper() if len(name) <= LONGEST_REF and name.replace("-", "").isalnum() and name.isascii() else name


def _keep(work: Work, account_id: Any, person: Person, name: str, text: str, *, pressed: bool) -> IncomingReport:
    flagger, length = flags(work.db, account_id, work.now), promise(work, "client_question")
    due_at = deadline(work.now, 1 if flagger else length.length, length.unit, person.zone, work.country)
    row = IncomingReport(
        ref=new_ref("R"), source=ReportSource.TRUSTED_FLAGGER if flagger else ReportSource.USER,
        reporter_account_id=account_id, language=person.language, received_at=work.now, due_at=due_at, named=name, body=text,
        sha256="", pressed=pressed,
    )
    row.sha256 = body_digest(row)
    promise_to_read(work, row.ref, person.zone, account_id=account_id)
    return add(work, row)


def _unsorted() -> Any:
    sorted_already = select(SortedReport.id).where(SortedReport.incoming_id == IncomingReport.id).exists()
    return select(IncomingReport).where(~sorted_already).order_by(IncomingReport.id)


def incoming_text(ref: str, due_at: datetime) -> Compose:
    """The receipt: the same whoever was named."""

    def compose(lang: Language, person: Person) -> Text:
        subject = lang.gettext(N_("We have your report (%(ref)s)"), ref=ref)
        first = lang.gettext(N_("We have your report %(ref)s. Thank you."), ref=ref)
        until = lang.gettext(N_("A person reads it by the end of %(day)s."), day=lang.last_day(due_at, person.zone))
        nobody = lang.gettext(N_("Whoever you named is told nothing by this: not that you reported, and not what you wrote."))
        then = lang.gettext(N_(
            "In the end you hear under which rule we looked at it, and whether it applied; or that we could not find out whom "
            "you mean. We tell you nothing else about others."
        ))
        return Text(subject, "\n\n".join([first, until, nobody, then]), first)

    return compose


def sort_by_reference(work: Work, *, limit: int = 100) -> dict[str, Any]:
    """Puts reports that name an account by its reference into a case; what names something else waits for a person."""
    work.require(Permission.RUN_CLOCKS)
    rows = work.db.execute(
        select(IncomingReport, Account).join(Account, Account.ref == IncomingReport.named)
        .where(IncomingReport.id.in_(_unsorted().with_only_columns(IncomingReport.id).order_by(None)))
        .order_by(IncomingReport.id).limit(limit)
    ).all()
    done = [put_in_case(work, row, about) for row, about in rows if about.id != row.reporter_account_id]
    return {"sorted": len(done)}


def sort_report(work: Work, *, incoming_ref: str, about_ref: str) -> dict[str, Any]:
    """A reviewer says which account a report is about, or, with no reference, that nobody could be found: then its reporter
    is told so. Errors: `sorted` (conflict), `no_account`, `own_account`, `NotFound`."""
    work.require(Permission.WORK_CASE)
    row = _locked(work, incoming_ref)
    name = clean_line(about_ref, limit=24, field="about_ref").upper()
    if not name:
        return _nobody(work, row)
    about = work.db.scalars(select(Account).where(Account.ref == name)).one_or_none()
    if about is None:
        raise RuleBroken("no_account", N_("There is no account with this reference."), field="about_ref")
    if about.id == row.reporter_account_id:
        message = N_("This is the account that reported. Choose the one that the report is about.")
        raise RuleBroken("own_account", message, field="about_ref")
    return {"case": put_in_case(work, row, about).ref}


def _locked(work: Work, ref: str) -> IncomingReport:
    row = existing(work.db.scalars(select(IncomingReport).where(IncomingReport.ref == ref).with_for_update()).one_or_none())
    if work.db.scalar(select(SortedReport.id).where(SortedReport.incoming_id == row.id)) is not None:
        raise Conflict("sorted", N_("This report is in a case already, or answered. Reload the page."))
    return row


def case_on(work: Work, about: Account) -> Case:
    """The newest open case about an account, else a new one: several reports on one conduct make one case; one about what
    somebody needs, or about their money alone, is about no conduct, and whoever works on that reads no report."""
    work.db.execute(select(Account.id).where(Account.id == about.id).with_for_update(key_share=True))
    query = select(Case).where(
        Case.about_account_id == about.id, Case.closed_at.is_(None), Case.hardship.is_(False), ~of_money(about.id)
    ).order_by(Case.id.desc())
    return work.db.scalars(query.limit(1).with_for_update()).first() or open_case(work, about.id, [])


def put_in_case(work: Work, row: IncomingReport, about: Account) -> Case:
    """The report as it came, under its own reference, in the case about that account, and its place in the queue."""
    case = case_on(work, about)
    known = select(CaseParty.id).where(CaseParty.case_id == case.id, CaseParty.account_id == row.reporter_account_id)
    if work.db.scalar(known.limit(1)) is None:
        party = add(work, CaseParty(case_id=case.id, account_id=row.reporter_account_id, side=PartySide.REPORTER))
        vouch_next(work, [party])
    report = add_report(
        work, case, source=ReportSource(row.source), reporter_account_id=row.reporter_account_id, body=row.body or "",
        language=row.language, ref=row.ref, received_at=row.received_at,
    )
    said = pressed_in_report(work, case, row.reporter_account_id, row.language) if row.pressed else None
    go_on_in_case(work, case, open_report(work, case, report, row.due_at, clause_id=said))
    _sorted(work, row, report, case.ref)
    return case


def _sorted(work: Work, row: IncomingReport, report: Report | None, case_ref: str | None, **more: Any) -> None:
    done = add(work, SortedReport(
        incoming_id=row.id, report_id=report.id if report else None, sorted_by=work.actor.person_id, sorted_at=work.now
    ))
    record(work, "report.sorted", row.ref, case_ref=case_ref, rows=[done, *more.pop("notices", ())], **more)


def _nobody(work: Work, row: IncomingReport) -> dict[str, Any]:
    event_id = new_id()
    notices = tell(
        work, event_id=event_id, kind="report_nobody", account_id=row.reporter_account_id, about_ref=row.ref,
        recipients=[person for person, _ref in readers_of(work.db, row.reporter_account_id, [row.ref])],
        target=f"/reports/{row.ref}", compose=_nobody_text(row.ref),
    )
    was_read(work, row.ref)
    _sorted(work, row, None, None, event_id=event_id, notices=notices)
    return {"case": ""}


def _nobody_text(ref: str) -> Compose:
    def compose(lang: Language, _person: Person) -> Text:
        subject = lang.gettext(N_("What became of your report"))
        mail = lang.gettext(N_("We have answered your report %(ref)s."), ref=ref)
        first = lang.gettext(N_("A person read your report %(ref)s. We could not find out whom it is about."), ref=ref)
        more = lang.gettext(N_("If you know more, for example the address of a page, please report it again."))
        return Text(subject, f"{first}\n\n{more}", mail)

    return compose
