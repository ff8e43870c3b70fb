"""Every page that exists, as those who can read it find it by its links, on a phone: axe finds nothing, nothing is too wide."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import exists, func, literal, select
from werkzeug.exceptions import HTTPException

from portal.accounts.models import Member, MemberRole, Person
from portal.appeals.models import Appeal
from portal.appeals.reinstatement_models import Reinstatement
from portal.cases.models import Case, Report, WorkItem
from portal.core.database import Database
from portal.enforcement.looking import NOT_APPLIED
from portal.enforcement.models import (
    Action,
    ActionStatus,
    Citation,
    Measure,
    Nature,
    Restriction,
    Signature,
    SignatureAs,
    Statement,
)
from portal.ledger.extension_models import HoldExtension
from portal.ledger.models import Hold
from portal.log.models import Event
from portal.notices.models import Notice
from tests.factories.demo import Demo
from tests.factories.told import put_back, serialized
from tests.journeys.conftest import Live, Visitor
from tests.journeys.stage import OURS, Stage, on_stage
from tests.journeys.without_dispute import report

PHONE = {"viewport": {"width": 360, "height": 740}}
NO_PAGES = {
    "static", "public.healthz", "public.readyz", "public.feed", "public.as_json", "public.transparency_record",
    "person.statement_record", "person.earlier_record", "person.appeal_file",
    "person.cited_exhibit", "person.identity_document", "person.dispute_exhibit",
    "person.reinstatement_file", "desk.reinstatement_file",
    "desk.appeal_file", "desk.complaint_file", "desk.case_exhibit", "desk.identity_document",
    "person.statement_paper", "person.earlier_paper", "desk.paper", "desk.many_example_csv", "desk.many_example_ndjson",
}
"""What answers with a file or a record instead of a page."""
HUBS = {"person.me", "person.statement", "person.inbox", "person.record", "person.collaborators", "desk.queue", "desk.case"}
"""Pages that lead to others: several of a kind are opened."""
OF_EACH_HUB = 6
STATUS = "performance.getEntriesByType('navigation')[0].responseStatus"
"""With what a page was answered: where a reader is told that something is in other hands, they have not seen it."""
READERS = 8
THEIR_OWN = ("/me/inbox", "/collaborators", "/reports/new")
"""Where anybody goes on from the menu."""
TOLD = (
    "chargeback_received", "settlement_offered", "contract_choice", "identity_receipt", "need_received", "reinstatement_filed",
    "reinstatement_decided",
)
"""Of what few of the demo were told, and what their notice leads to."""


@dataclass
class Walk:
    """One walk over the links: which kinds of page were seen, and by how many."""

    live: Live
    seen: dict[str, int] = field(default_factory=dict)

    def kind(self, path: str) -> str | None:
        """Which page an address leads to; None for no page, or none of ours."""
        try:
            endpoint, _ = self.live.app.url_map.bind("localhost").match(urlsplit(path).path)
        except HTTPException:
            return None
        return None if endpoint in NO_PAGES else str(endpoint)

    def wanted(self, path: str) -> bool:
        kind = self.kind(path)
        return kind is not None and self.seen.get(kind, 0) < (OF_EACH_HUB if kind in HUBS else 1)

    def by(self, visitor: Visitor, *starts: str, also: tuple[str, ...] = ()) -> Visitor:
        """Everything that this reader finds from these pages, and from those also that too few have looked at, and that nobody
        has looked at yet."""
        ahead, known, refused = [*starts, *also], {*starts, *also}, set[str | None]()
        while ahead:
            path = ahead.pop(0)
            if path not in starts and (self.kind(path) in refused or not self.wanted(path)):
                continue
            visitor.go(path)
            if self.kind(path) not in HUBS and visitor.page.evaluate(STATUS) >= 400:
                refused.add(self.kind(path))
                continue
            self.note(path, visitor.page.url)
            if self.seen.get(str(self.kind(visitor.page.url))) == 1:
                visitor.picture(f"every-{self.kind(visitor.page.url)}")
            fresh = [link for link in links_on(visitor) if link not in known]
            known.update(fresh)
            ahead += fresh
        return visitor

    def note(self, *paths: str) -> None:
        """Where a reader went, and where that led them."""
        for kind in {self.kind(path) for path in paths} - {None}:
            self.seen[str(kind)] = self.seen.get(str(kind), 0) + 1

    def missing(self) -> set[str]:
        rules = self.live.app.url_map.iter_rules()
        return {rule.endpoint for rule in rules if "GET" in (rule.methods or ())} - NO_PAGES - set(self.seen)


def links_on(visitor: Visitor) -> list[str]:
    found: list[str] = visitor.page.eval_on_selector_all("a[href^='/']", "links => links.map(a => a.getAttribute('href'))")
    return list(dict.fromkeys(link.split("#")[0] for link in found))


def readers(live: Live) -> list[tuple[str, str]]:
    """Who of the demo begins where: those who were told most, who can appeal, whose statement was replaced, who
    reported, who was told that no rule applied, of a chargeback, of an offer, or how a contract goes on, and who can come back
    once."""
    owner = select(Person.email, literal("/me")).join(Member, Member.person_id == Person.id)
    owner = owner.where(Member.role == MemberRole.OWNER)
    told = (
        select(Person.email, literal("/me")).join(Notice, Notice.recipient_id == Person.id)
        .where(Person.email.like("%@example.com")).group_by(Person.id)
        .order_by(func.count(func.distinct(Notice.kind)).desc(), Person.id).limit(READERS)
    )
    answered = owner.with_only_columns(
        Person.email, literal("/appeals/") + Appeal.ref, maintain_column_froms=True
    ).join(Appeal, Appeal.account_id == Member.account_id)
    letter = owner.with_only_columns(Person.email, literal("/me/actions/") + Action.ref, maintain_column_froms=True).join(
        Action, Action.account_id == Member.account_id).where(Action.issued_at.is_not(None))
    queries = (
        told, letter.where(Action.reversed_at.is_(None), ~exists().where(Appeal.action_id == Action.id)).limit(1),
        letter.join(Statement, Statement.action_id == Action.id).where(Statement.n > 1).limit(1),
        answered.where(Appeal.outcome != "reversed", Appeal.kind == "action").limit(1),
        owner.join(Report, Report.reporter_account_id == Member.account_id).limit(1),
        owner.with_only_columns(Person.email, Notice.target + "/complaint", maintain_column_froms=True).join(
            Notice, Notice.recipient_id == Person.id
        ).where(Notice.kind == NOT_APPLIED, ~exists().where(Appeal.account_id == Member.account_id)).limit(1),
        *(owner.with_only_columns(Person.email, Notice.target, maintain_column_froms=True).join(
            Notice, Notice.recipient_id == Person.id).where(Notice.kind == kind).limit(1) for kind in TOLD),
    )
    queries += (letter.join(Citation, Citation.action_id == Action.id).where(Citation.no_exhibit.is_not(None)).limit(2),)
    gone = letter.where(Action.measure == Measure.TERMINATION, Action.nature == Nature.CONDUCT, Action.reversed_at.is_(None))
    queries += (gone.where(~exists().where(Reinstatement.action_id == Action.id)).limit(1),)
    with live.office.database.read() as session:
        return [(str(email), str(start)) for query in queries for email, start in session.execute(query)]


def decisions(live: Live) -> list[tuple[str, str]]:
    """What each of the desk has in front of them: money that came back, what somebody contests, and of a decision: one that is
    being written, one that an order asks for, one that protects, one that can be corrected, one whose corrected letter, and
    one whose longer hold, waits for a second person."""
    held = (
        select(Person.email, literal("/desk/actions/") + Action.ref).join(WorkItem, WorkItem.assignee_id == Person.id)
        .join(Action, Action.ref == WorkItem.subject_ref).where(WorkItem.closed_at.is_(None), WorkItem.kind == "action")
    )
    signed = (
        select(Person.email, literal("/desk/actions/") + Action.ref).join(Signature, Signature.person_id == Person.id)
        .join(Action, Action.id == Signature.action_id)
        .where(Signature.signed_as == SignatureAs.ISSUER, Action.status == ActionStatus.ISSUED, Action.lifted_at.is_(None),
               Action.reversed_at.is_(None), Action.ends_at > live.office.clock())
    )
    waits = exists().where(WorkItem.subject_ref == Action.ref, WorkItem.closed_at.is_(None), WorkItem.kind == "cosignature")
    contested, asked = (
        select(Person.email, literal(place) + WorkItem.subject_ref).join(WorkItem, WorkItem.assignee_id == Person.id)
        .where(WorkItem.closed_at.is_(None), WorkItem.kind == kind)
        for kind, place in (("withheld", "/desk/withheld/"), ("reinstatement", "/desk/reinstatements/"))
    )
    longer = (
        select(Person.email).select_from(HoldExtension).join(Person, Person.id == HoldExtension.proposed_by)
        .join(Hold, Hold.id == HoldExtension.hold_id).join(Event, Event.id == Hold.cause_event_id)
    )
    returned = (
        select(Person.email, literal("/desk/returned/") + WorkItem.subject_ref)
        .join(WorkItem, WorkItem.assignee_id == Person.id).where(WorkItem.closed_at.is_(None), WorkItem.kind == "money_returned")
    )
    queries = (
        returned, contested, asked, held.where(Action.status == ActionStatus.DRAFT), signed.where(Action.nature == Nature.LEGAL),
        signed.where(Action.nature == Nature.PROTECTIVE),
        signed.with_only_columns(
            Person.email, literal("/desk/actions/") + Action.ref + "/correct", maintain_column_froms=True
        ).where(Action.nature == Nature.CONDUCT, ~waits, ~exists().where(Appeal.action_id == Action.id)),
        signed.where(Action.nature == Nature.CONDUCT, waits),
        longer.with_only_columns(Person.email, literal("/desk/extensions/") + HoldExtension.ref),
        longer.with_only_columns(Person.email, literal("/desk/actions/") + Event.subject_ref + "/extend"),
    )
    with live.office.database.read() as session:
        return [(str(email), str(start)) for query in queries for email, start in session.execute(query.limit(1))]


def ask_somebody(walk: Walk, rae: Visitor) -> None:
    """The question's page comes after a rule was picked, in a case that is in one's hands."""
    newest = select(Case.ref).join(Report, Report.case_id == Case.id).order_by(Report.received_at.desc()).limit(1)
    with walk.live.office.database.read() as session:
        rae.go(f"/desk/cases/{session.scalars(newest).one()}")
    rae.press("Take this case")
    rae.leads_on(rae.page.get_by_role("link", name=re.compile("^Pick (a|the) rule")).first)
    rae.page.get_by_label(OURS.label).check()
    rae.press("Ask the person first")
    walk.note(rae.page.url)


def end_something(walk: Walk, stage: Stage) -> None:
    """Whoever issued a suspension finds on its page how to end it; the page for taking it back says that nothing is."""
    issued = (
        select(Action.ref, Person.email).join(Signature, Signature.action_id == Action.id)
        .join(Person, Signature.person_id == Person.id)
        .where(Signature.signed_as == SignatureAs.ISSUER, Action.status == ActionStatus.ISSUED, Action.lifted_at.is_(None),
               Action.reversed_at.is_(None), Action.measure == Measure.SUSPENSION, Action.ends_at > walk.live.office.clock())
        .order_by(Action.id.desc())
    )
    with walk.live.office.database.read() as session:
        found = [(ref, str(email).split("@")[0]) for ref, email in session.execute(issued)]
        cited = session.scalars(select(Citation.clause_version_id).order_by(Citation.id).limit(1)).one()
    name = found[0][1]
    visitor = stage.reviewer(name, **PHONE)
    walk.by(visitor, f"/desk/rules/{cited}/decisions")
    for ref in [ref for ref, by in found if by == name]:
        visitor.go(f"/desk/actions/{ref}")
        ways = [link for link in links_on(visitor) if walk.kind(link) in ("desk.lift", "desk.shorten")]
        walk.by(visitor, *ways, f"/desk/actions/{ref}/withdraw", f"/desk/actions/{ref}/review")
        if len(ways) == 2:
            return


def give_back_a_part(walk: Walk, stage: Stage) -> None:
    """Whoever issued a decision that takes several things finds on its page how to give one back."""
    several = (
        select(Action.ref, Person.email).join(Signature, Signature.action_id == Action.id)
        .join(Person, Signature.person_id == Person.id).join(Restriction, Restriction.action_id == Action.id)
        .where(Signature.signed_as == SignatureAs.ISSUER, Action.nature == Nature.PROTECTIVE, Action.lifted_at.is_(None),
               Action.ends_at > walk.live.office.clock())
        .group_by(Action.ref, Person.email).having(func.count(Restriction.id) > 1)
    )
    with walk.live.office.database.read() as session:
        ref, email = session.execute(several).first() or ("", "")
    visitor = stage.reviewer(str(email).split("@")[0], **PHONE)
    visitor.go(f"/desk/actions/{ref}")
    walk.by(visitor, *(link for link in links_on(visitor) if walk.kind(link) == "desk.lift_part"))


@pytest.fixture
def database(demo: Demo, sqlite_database: Database, tmp_path: Path) -> Database:
    """The demo's, with its keys and documents beside it. How a page looks does not depend on the database."""
    put_back(sqlite_database, serialized(demo.database))
    shutil.copytree(demo.instance, tmp_path / "instance")
    return sqlite_database


@pytest.mark.timeout(900)
def test_every_page_can_be_read_on_a_phone(live: Live, demo: Demo) -> None:
    stage, walk = on_stage(live, OURS, demo), Walk(live)
    walk.by(
        live.person(**PHONE), "/", "/rules", "/rules/terms-of-service", "/sign-in", "/transparency", "/log", "/menu",
        "/rules/search?q=pay",
    )
    for name in stage.secrets:
        theirs = [start for email, start in decisions(live) if email.startswith(f"{name}@")]
        ways = ("/desk", "/desk?filter=lead", "/desk/find?q=a", "/step-up?next=/desk", *theirs)
        walk.by(stage.reviewer(name, **PHONE), *ways).go_away()
    report(stage.person("stacy"))
    ask_somebody(walk, stage.reviewer(next(iter(stage.secrets)), **PHONE))
    end_something(walk, stage)
    give_back_a_part(walk, stage)
    for address, start in readers(live):
        walk.by(stage.person(address.split("@")[0], **PHONE), start, also=THEIR_OWN).go_away()
    live.work()
    walk.by(live.person(**PHONE), live.link_in(live.mails("@example.com")[-1]))
    assert walk.missing() == set()
