"""Tim's suspension and a desk of three, for appeals made by the real operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.act import Office
from portal.app import create_app
from portal.appeals.models import Appeal
from portal.appeals.operations import attach_file, begin_review, decide_appeal, file_appeal
from portal.appeals.queries import appeal_by_ref, grounds_of
from portal.cases.models import Case, PartySide, ReportSource, WorkItem
from portal.cases.operations import add_report, open_case
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.text import canonical
from portal.core.work import Work
from portal.documents.intake import Taken
from portal.enforcement.evidence import put_exhibit
from portal.settings import load_settings
from tests.enforcement.conftest import SECOND, Desk, second, with_exhibit
from tests.factories.compiled import with_shared_templates
from tests.factories.market import Market, Staff, Story
from tests.factories.told import SECRET, told
from tests.web.conftest import Browser, Doors

BODY = "I was in hospital for two weeks and told Stacy so on the first day. The work is ready."


@dataclass
class Bench(Desk):
    """A desk with a suspension issued by Rae, and what happens to an appeal against it. Ola is the only other reviewer."""

    action_ref: str = ""
    _files: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))

    def file(self, **other: Any) -> str:
        args = {"action_ref": self.action_ref, "grounds": ["not_the_rule", "would_change:2"], "body": BODY} | other
        return str(self.market.do(file_appeal, self.story.tim.actor, **args)["appeal"])

    def attach(self, description: str = "The hospital's letter", actor: Any = None, **other: Any) -> dict[str, Any]:
        n = next(self._files)
        taken = Taken(f"letter-{n}.pdf", "application/pdf", 1000 + n, f"{n:064x}", f"key-{n:04}", b"sealed")
        args = {"action_ref": self.action_ref, "description": description, "taken": taken} | other
        return self.market.do(attach_file, actor or self.story.tim.actor, **args)

    def appeal(self, ref: str) -> Appeal:
        with self.office.database.read() as session:
            return appeal_by_ref(session, ref)

    def appeal_of(self, session: Session) -> Appeal:
        """The one appeal there is."""
        return session.scalars(select(Appeal)).one()

    def appeals(self, session: Session) -> list[Appeal]:
        return list(session.scalars(select(Appeal).order_by(Appeal.id)))

    def item(self, ref: str) -> WorkItem | None:
        with self.office.database.read() as session:
            query = select(WorkItem).where(WorkItem.subject_ref == ref, WorkItem.closed_at.is_(None))
            return session.scalars(query).one_or_none()

    def holder(self, ref: str) -> UUID | None:
        """With whom it waits."""
        item = self.item(ref)
        return item.assignee_id if item is not None else None

    def begin(self, ref: str, by: Staff | None = None) -> None:
        self.market.do(begin_review, (by or self.story.ola).actor, appeal_ref=ref, version=self.appeal(ref).version)

    def answers(self, ref: str) -> dict[str, str]:
        with self.office.database.read() as session:
            grounds = grounds_of(session, appeal_by_ref(session, ref))
        return {ground.key: f"We looked at this: {ground.key}." for ground in grounds}

    def decide(self, ref: str, outcome: str = "upheld", by: Staff | None = None, **other: Any) -> dict[str, Any]:
        args: dict[str, Any] = {
            "appeal_ref": ref, "version": self.appeal(ref).version, "outcome": outcome, "ground_answers": self.answers(ref),
            "exhibits_considered": {}, "reasons": "We read the letters and the messages of both sides.",
            "our_error": "We did not look at the message of the first day." if outcome == "reversed" else "",
        } | other
        return self.market.do(decide_appeal, (by or self.story.ola).actor, **args)


def opened_case(office: Office) -> str:
    with office.database.read() as session:
        return session.scalars(select(Case.ref)).one()


@pytest.fixture
def bench_maker(office: Office) -> Callable[..., Bench]:
    """Makes the bench: Rae asked, heard Tim and decided. Without a dispute the platform's own claim holds the $400."""

    def make(*, dispute: bool = True, **form: Any) -> Bench:
        return told(office, ("issued", office.clock(), dispute, canonical(form)), lambda: begin(dispute=dispute, **form))

    def begin(*, dispute: bool, **form: Any) -> Bench:
        market = Market(office)
        story = market.story()
        if dispute:
            market.dispute(story.stacy, story.contract, report=True)
        else:
            reported(market, story)
        made = Bench(market, story, opened_case(office))
        with_exhibit(made)
        made.action_ref = made.ready()
        made.issue(made.action_ref, **(form if dispute else made.hold() | form))
        return made

    return make


def reported(market: Market, story: Story) -> None:
    """Stacy only reports: there is a case and no dispute."""

    def step(work: Work) -> None:
        about, reporter = story.tim.account.id, story.stacy.account.id
        case = open_case(work, about, [(reporter, PartySide.COUNTERPART)])
        add_report(
            work, case, source=ReportSource.COUNTERPART, reporter_account_id=reporter, body="He is silent.", language="en"
        )

    market.make(step)


@pytest.fixture
def bench(bench_maker: Callable[..., Bench]) -> Bench:
    """Stacy disputed and reported; Tim is suspended for 20 days. The dispute holds $400."""
    return bench_maker()


@pytest.fixture
def app(tmp_path: Path, clock: MovedClock, sqlite_database: Database) -> Flask:
    settings = load_settings({"PORTAL_INSTANCE": str(tmp_path / "instance"), "PORTAL_SECRET_KEY": SECRET})
    return with_shared_templates(create_app(settings, clock=clock, database=sqlite_database))


@pytest.fixture
def shop(app: Flask) -> Bench:
    office: Office = app.extensions["office"]
    return told(office, ("shop", office.clock()), lambda: _set_up(office))


def _set_up(office: Office) -> Bench:
    market = Market(office)
    story = market.story()
    case_ref = market.dispute(story.stacy, story.contract, report=True)["case"]
    made = Bench(market, story, case_ref)
    with_exhibit(made)
    made.action_ref = made.ready()
    made.issue(made.action_ref)
    return made


@pytest.fixture
def doors(app: Flask, shop: Bench) -> Doors:
    return Doors(app, shop.market)


@pytest.fixture
def tim(doors: Doors, shop: Bench) -> Browser:
    return doors.open(shop.story.tim.person)


@pytest.fixture
def two_rules(office: Office) -> Callable[..., Bench]:
    """Makes a bench whose decision applies two rules; money is held on the platform's claim under the first."""

    def make(key: str = "off-platform-payment", **form: Any) -> Bench:
        return told(office, ("two rules", office.clock(), key, str(sorted(form.items()))), lambda: begin(key, form))

    def begin(key: str, form: dict[str, Any]) -> Bench:
        market = Market(office)
        story = market.story()
        reported(market, story)
        made = Bench(market, story, opened_case(office))
        with_exhibit(made)
        made.answer(made.ask(key=key))
        made.action_ref = made.ready()
        days = {"ends_on": market.day(-form.pop("days")).isoformat()} if "days" in form else {}
        made.issue(made.action_ref, **{**made.hold(), **second(made, key=key), **days, **form})
        return made

    return make


@pytest.fixture
def withholding(office: Office) -> Callable[..., Bench]:
    """A suspension that rests on somebody else's message, which is shown as withheld."""

    def make(*, second_rule: dict[str, Any] | None = None, **form: Any) -> Bench:
        key = ("withholding", office.clock(), canonical([second_rule, form]))
        return told(office, key, lambda: begin(second_rule, form))

    def begin(second_rule: dict[str, Any] | None, form: dict[str, Any]) -> Bench:
        market = Market(office)
        story = market.story()
        market.dispute(story.stacy, story.contract, report=True)
        made = with_exhibit(Bench(market, story, opened_case(office)))
        assert isinstance(made, Bench)
        if second_rule:
            made.answer(made.ask(key=SECOND))
        made.action_ref = made.ready()
        for quoted in ("Where is it?", "Pay me elsewhere."):
            market.do(
                put_exhibit, story.rae.actor, case_ref=made.case_ref, kind="pasted", named=story.stacy.account.ref,
                description="A message of 14 November", quoted=quoted, ground="protects_other_person",
            )
        more = second(made, **second_rule) if second_rule else {}
        made.issue(made.action_ref, **{"exhibits": ["1", "2"]} | more | form)
        return made

    return make
