"""A case that Rae closed without action, and what becomes of Stacy's complaint about that. Ola and Lee did not close it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Person, StaffRole
from portal.act import Office
from portal.appeals.closing import close_case
from portal.appeals.models import Appeal
from portal.appeals.operations import attach_to_complaint, decide_complaint, file_complaint
from portal.appeals.queries import appeal_by_ref
from portal.cases.clocks import run_due
from portal.cases.closing import what_came_in
from portal.cases.models import Case, Report, ReportSource, WorkItem
from portal.cases.operations import add_report, case_by_ref
from portal.cases.queries import case_file
from portal.core.access import Role
from portal.documents.intake import Taken
from portal.enforcement.reporting import report_account
from portal.notices.models import Notice
from portal.notices.operations import confirm_read
from tests.enforcement.conftest import Desk, with_exhibit
from tests.factories.market import Market, Party, Staff
from tests.factories.told import told

WORDS = "He asked me twice to pay him outside the marketplace, on 3 and 5 November."
REASON = "I read both sides' messages. Nothing was asked for outside the marketplace."
BODY = "You did not look at his message of 5 November, in which he names his bank account."
STANDS = "We read the messages of both days. He names no account in them, and asks for no payment."


@dataclass
class Complaints(Desk):
    """The desk with the report that was answered, and what can be done about the answer."""

    report_ref: str = ""
    action_ref: str = ""
    lee: Staff | None = None
    _files: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))

    def report(self, by: Party, happened: str = WORDS) -> str:
        contract = self.story.contract if by is self.story.stacy else self.story.other_contract
        said = {"account_id": by.account.id, "contract_ref": contract.ref, "happened": happened}
        return str(self.market.do(report_account, by.actor, **said)["report"])

    def close(self, by: Staff | None = None, **other: Any) -> None:
        with self.office.database.read() as session:
            seen = what_came_in(case_file(session, self.case_ref))
        args = {"case_ref": self.case_ref, "seen": seen, "rules": [str(self.clause())], "reason": REASON} | other
        self.market.do(close_case, (by or self.story.rae).actor, **args)

    def complain(self, by: Party | None = None, report_ref: str = "", body: str = BODY) -> str:
        who = by or self.story.stacy
        return str(self.market.do(file_complaint, who.actor, report_ref=report_ref or self.report_ref, body=body)["appeal"])

    def attach(self, description: str = "His message of 5 November") -> dict[str, Any]:
        n = next(self._files)
        taken = Taken(f"message-{n}.png", "image/png", 1000 + n, f"{n:064x}", f"key-{n:04}", b"sealed")
        return self.market.do(
            attach_to_complaint, self.story.stacy.actor, report_ref=self.report_ref, description=description, taken=taken
        )

    def complaint(self, ref: str) -> Appeal:
        with self.office.database.read() as session:
            return appeal_by_ref(session, ref)

    def item(self, subject_ref: str) -> WorkItem | None:
        with self.office.database.read() as session:
            query = select(WorkItem).where(WorkItem.subject_ref == subject_ref, WorkItem.closed_at.is_(None))
            return session.scalars(query).one_or_none()

    def holder(self, subject_ref: str) -> Staff:
        """With whom something is."""
        item = self.item(subject_ref)
        assert item is not None
        named = [one for one in (self.story.rae, self.story.ola, self.lee) if one and one.person.id == item.assignee_id]
        return named[0] if named else self._staff(item.assignee_id)

    def _staff(self, person_id: Any) -> Staff:
        """Somebody of the desk whom the story does not name."""
        with self.office.database.read() as session:
            row = session.execute(
                select(Person, StaffRole).join(StaffRole, StaffRole.person_id == Person.id).where(Person.id == person_id)
            ).one()
        return Staff(row[0], row[1].handle, "", Role(row[1].role), self.office)

    def decide(self, ref: str, outcome: str = "upheld", by: Staff | None = None, **other: Any) -> dict[str, Any]:
        args = {
            "appeal_ref": ref, "version": self.complaint(ref).version, "outcome": outcome, "exhibits_considered": {},
            "reasons": STANDS if outcome == "upheld" else "We had not read the message of 5 November. Now somebody does.",
        } | other
        return self.market.do(decide_complaint, (by or self.holder(ref)).actor, **args)

    def settle(self) -> None:
        """What is due in the case happens."""
        case_id = self.case().id
        self.market.make(lambda work: run_due(work, [case_id], []))

    def read(self, notice: Notice, by: Party) -> None:
        self.market.do(confirm_read, by.actor, notice_id=notice.id)

    def reports(self, by: Party) -> list[str]:
        with self.office.database.read() as session:
            return list(session.scalars(select(Report.ref).where(Report.reporter_account_id == by.account.id)))

    def case(self) -> Case:
        with self.office.database.read() as session:
            return session.scalars(select(Case).where(Case.ref == self.case_ref)).one()

    def notices(self, kind: str, to: Party | None = None) -> list[Notice]:
        query = select(Notice).where(Notice.kind == kind).order_by(Notice.id)
        if to is not None:
            query = query.where(Notice.recipient_id == to.person.id)
        with self.office.database.read() as session:
            return list(session.scalars(query))


def closed_case(office: Office, *, both: bool = False) -> Complaints:
    """Stacy (and in the same case Omar) reported Tim, and Rae closed the case without action."""
    return told(office, ("closed without action", office.clock(), both), lambda: _close(office, both=both))


def _close(office: Office, *, both: bool) -> Complaints:
    market = Market(office)
    story = market.story()
    lee = market.staff("Lee Marsh", Role.LEAD)
    said = {"account_id": story.stacy.account.id, "contract_ref": story.contract.ref, "happened": WORDS}
    market.do(report_account, story.stacy.actor, **said)
    with office.database.read() as session:
        case_ref, report_ref = session.scalars(select(Case.ref)).one(), session.scalars(select(Report.ref)).one()
    made = Complaints(market, story, case_ref, report_ref=report_ref, lee=lee)
    with_exhibit(made)
    if both:
        market.make(lambda work: add_report(
            work, case_by_ref(work, case_ref), source=ReportSource.COUNTERPART, reporter_account_id=story.omar.account.id,
            body=WORDS, language="en",
        ))
    made.close()
    return made
