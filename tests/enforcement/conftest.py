"""The story with a reported dispute, and a desk that asks, drafts and decides in it by the real operations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.accounts.models import Member, MemberRole
from portal.act import Office
from portal.cases.models import Case
from portal.core.clock import MovedClock
from portal.core.errors import Refusal
from portal.documents.models import Exhibit as ExhibitRow
from portal.documents.models import ExhibitKind
from portal.documents.operations import add_exhibit
from portal.enforcement.models import Action
from portal.enforcement.operations import (
    answer_question,
    ask_first,
    issue_action,
    start_action,
)
from portal.enforcement.queries import standing
from portal.enforcement.rules import State
from portal.log.operations import add, record
from portal.rulebook.models import Clause, ClauseVersion, PolicyVersion
from tests.factories.market import Market, Party, Staff, Story
from tests.factories.promising import proven
from tests.factories.told import told

FACTS = "Stacy paid the first milestone of $400 on 12 November. One drawing came, and no message was answered since."
ELSEWHERE = "He asked Stacy on 14 November to pay the rest of the work by bank transfer and not through the marketplace."
SECOND = "off-platform-payment"


@dataclass
class Desk:
    """One case about Tim, and shortcuts to what a reviewer does in it."""

    market: Market
    story: Story
    case_ref: str

    @property
    def office(self) -> Office:
        return self.market.office

    def clause(self, key: str = "payment-for-nothing", year: int = 2026) -> UUID:
        """The English clause version of that key in the newest version of that year."""
        query = (
            select(ClauseVersion.id).join(Clause, ClauseVersion.clause_id == Clause.id)
            .join(PolicyVersion, ClauseVersion.version_id == PolicyVersion.id)
            .where(Clause.key == key, PolicyVersion.binding)
        )
        with self.office.database.read() as session:
            found = session.execute(query.add_columns(PolicyVersion.effective_on)).all()
        return max((row.effective_on, row.id) for row in found if row.effective_on.year == year)[1]

    def ask(self, days: int = 5, key: str = "payment-for-nothing", by: Staff | None = None, **whom: Any) -> str:
        asked = self.market.do(
            ask_first, (by or self.story.rae).actor, case_ref=self.case_ref, clause_version_id=self.clause(key),
            question="What happened after the first drawing?", days=days, **whom,
        )
        return str(asked["message"])

    def answer(self, message_ref: str) -> None:
        self.market.do(answer_question, self.story.tim.actor, message_ref=message_ref, answer="I was ill for two weeks.")

    def start(self, key: str = "payment-for-nothing", by: Staff | None = None) -> str:
        started = self.market.do(
            start_action, (by or self.story.rae).actor, case_ref=self.case_ref, clause_version_id=self.clause(key)
        )
        return str(started["action"])

    def ready(self, key: str = "payment-for-nothing") -> str:
        """Asked, answered, begun: the reference of an action whose form can be sent."""
        self.answer(self.ask(key=key))
        return self.start(key)

    def form(self, **other: Any) -> dict[str, Any]:
        """A form that can be issued: a suspension of 20 days for what Tim did in the last ten."""
        day = self.market.day
        return {
            "measure": "suspension", "ends_on": day(-20).isoformat(), "conduct_from": day(10).isoformat(),
            "conduct_to": day(1).isoformat(), "clause_version_id": str(self.clause()), "exhibits": ["1"], "facts": FACTS,
            "why": "The milestone was paid and its work never came.", "spoke_for": "Three good years.",
            "weighed": "A suspension, and no more.", "would_change": ["The work is delivered.", "Proof of an illness."],
            "objects": [f"contract:{self.story.contract.ref}"],
        } | other

    def hold(self, amount_minor: int = 40_000, **other: Any) -> dict[str, Any]:
        return {
            "hold_amount_minor": str(amount_minor), "hold_currency": "USD", "hold_contract_ref": self.story.contract.ref,
            "hold_milestone": "1",
        } | other

    def issue(self, action_ref: str, by: Staff | None = None, version: int = 1, **other: Any) -> dict[str, Any]:
        return self.market.do(
            issue_action, (by or self.story.rae).actor, action_ref=action_ref, version=version, fields=self.form(**other)
        )

    def action(self, action_ref: str) -> Action:
        with self.office.database.read() as session:
            return session.scalars(select(Action).where(Action.ref == action_ref)).one()

    def join(self, staff: Staff, party: Party) -> None:
        """Makes a member of staff a member of somebody's account."""
        member = {"account_id": party.account.id, "person_id": staff.person.id, "role": MemberRole.WORKER}
        self.market.make(lambda work: add(work, Member(**member)))

    def later(self, **delta: float) -> None:
        clock = self.office.clock
        assert isinstance(clock, MovedClock)
        clock.advance(**delta)


def second(desk: Desk, n: int = 2, key: str = SECOND, **other: Any) -> dict[str, Any]:
    """One more rule: some days of its own, in the same contract."""
    day = desk.market.day
    parts = {
        "clause_version_id": str(desk.clause(key)), "conduct_from": day(8).isoformat(), "conduct_to": day(6).isoformat(),
        "objects": [f"contract:{desk.story.contract.ref}"], "exhibits": [], "no_exhibit": "no_longer_exists",
        "facts": ELSEWHERE, "why": "The rule asks for payment through the marketplace.",
    } | other
    return {f"{name}_{n}": value for name, value in parts.items()}


def with_exhibit(desk: Desk) -> Desk:
    def step(work: Any) -> None:
        case = work.db.scalars(select(Case).where(Case.ref == desk.case_ref)).one()
        row = add_exhibit(
            work, case, kind=ExhibitKind.CONTRACT, contract_id=desk.story.contract.id, description="The contract's terms."
        )
        record(work, "exhibit.added", case.ref, case_ref=case.ref, rows=[row])

    with desk.office.database.read() as session:
        known = session.scalars(select(Case.id).where(Case.ref == desk.case_ref)).one()
        from_dispute = session.execute(select(ExhibitRow).where(ExhibitRow.case_id == known)).first()
    if from_dispute is None:
        desk.market.make(step)
    return desk


@pytest.fixture
def desk(office: Office) -> Desk:
    """Stacy disputed her milestone and reported it: the case that Rae and Ola work on."""
    return opened(office, 40_000)


def opened(office: Office, disputed_minor: int) -> Desk:
    return told(office, ("opened", office.clock(), disputed_minor), lambda: _open(office, disputed_minor))


def _open(office: Office, disputed_minor: int) -> Desk:
    market = Market(office)
    story = market.story()
    market.dispute(story.stacy, story.contract, disputed_minor, report=True)
    with office.database.read() as session:
        case_ref = session.scalars(select(Case.ref)).one()
    return with_exhibit(Desk(market, story, case_ref))


@pytest.fixture
def people(desk: Desk) -> list[Party]:
    return [desk.market.party(name) for name in ("Ana Ruiz", "Bo Lind", "Cai Wen")]


def state_of(desk: Desk) -> State:
    """Where Tim's account stands."""
    with desk.office.database.read() as session:
        return standing(session, desk.story.tim.account.id, desk.market.now).state


@contextmanager
def refusal(code: str) -> Iterator[None]:
    """What is done inside is refused with this code."""
    with pytest.raises(Refusal) as met:
        yield
    assert met.value.code == code


def violations(desk: Desk) -> list[str]:
    """What `flask verify` would name."""
    return proven(desk.market)
