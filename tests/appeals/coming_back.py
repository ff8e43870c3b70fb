"""Tim's account was closed; the day has come on which he can ask to come back, and a desk that answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.act import Office
from portal.appeals.operations import add_to_request, ask_requester, ask_to_come_back, begin_request, decide_request
from portal.appeals.queries import item_of
from portal.appeals.reinstatement_models import Reinstatement
from portal.appeals.reinstatements import Asking, asking
from portal.cases.models import Case, Clock, WorkItem
from portal.core.access import Actor, Role
from portal.core.clock import MovedClock
from portal.enforcement.queries import standing
from portal.enforcement.rules import State
from portal.notices.delivery import release
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk, with_exhibit
from tests.enforcement.test_cosigning import propose, sign
from tests.factories.market import Market, Party, Staff
from tests.factories.promising import rows
from tests.factories.told import told
from tests.factories.worker import settle_all

HAPPENED = "I have finished the work that Stacy paid for, and she confirmed it in our messages on 4 March."
DIFFERENT = "I take two projects at a time, and tell a client on the first day when I fall ill."
REASONS = "The work was finished, and the client has confirmed it. Nothing like it happened elsewhere."
CONDITIONS = "For six months: at most two open contracts at a time, and an answer to each message within three days."


@dataclass
class Closed(Desk):
    """A termination, signed by Rae and Ola; besides them Kim and, as a lead, Lee are at the desk."""

    action_ref: str = ""
    kim: Staff = field(default=None)  # type: ignore[assignment]
    lee: Staff = field(default=None)  # type: ignore[assignment]

    def come_back(self, actor: Actor | None = None, **other: Any) -> str:
        args = {"action_ref": self.action_ref, "happened": HAPPENED, "different": DIFFERENT} | other
        return str(self.market.do(ask_to_come_back, actor or self.story.tim.actor, **args)["reinstatement"])

    def request(self, ref: str) -> Reinstatement:
        return rows(self.market, select(Reinstatement).where(Reinstatement.ref == ref))[0]  # type: ignore[no-any-return]

    def holder(self, ref: str) -> Staff:
        """For whom a request was drawn."""
        with self.office.database.read() as session:
            item = item_of(session, ref)
        assert item is not None
        return next(one for one in (self.kim, self.lee, self.story.rae, self.story.ola) if one.person.id == item.assignee_id)

    def begin(self, ref: str, by: Staff | None = None) -> None:
        by = by or self.holder(ref)
        self.market.do(begin_request, by.actor, reinstatement_ref=ref, version=self.request(ref).version)

    def question(self, ref: str, text: str = "Which of your contracts are open now?", days: int = 7) -> None:
        self.market.do(
            ask_requester, self.holder(ref).actor, reinstatement_ref=ref, version=self.request(ref).version, question=text,
            days=days,
        )

    def add(self, ref: str, body: str = "Here is what I wrote to her.", actor: Actor | None = None) -> None:
        self.market.do(add_to_request, actor or self.story.tim.actor, reinstatement_ref=ref, body=body)

    def decide(self, ref: str, outcome: str = "granted", by: Staff | None = None, **other: Any) -> dict[str, Any]:
        args: dict[str, Any] = {
            "reinstatement_ref": ref, "version": self.request(ref).version, "outcome": outcome, "reasons": REASONS,
            "conditions": CONDITIONS if outcome == "granted_with_conditions" else "",
            "next_on": self.day_in(60) if outcome == "declined" else None,
        } | other
        return self.market.do(decide_request, (by or self.holder(ref)).actor, **args)

    def day_in(self, days: int) -> date:
        return (self.market.now + timedelta(days=days)).date()

    def asking(self) -> Asking:
        with self.office.database.read() as session:
            return asking(session, self.action(self.action_ref), self.market.now)

    def state(self) -> State:
        with self.office.database.read() as session:
            return standing(session, self.story.tim.account.id, self.market.now).state

    def clocks(self, ref: str) -> list[tuple[str, str | None]]:
        found = rows(self.market, select(Clock).where(Clock.subject_ref == ref).order_by(Clock.id))
        return [(one.kind, one.result) for one in found]

    def items(self, ref: str) -> list[WorkItem]:
        return rows(self.market, select(WorkItem).where(WorkItem.subject_ref == ref).order_by(WorkItem.id))

    def notices(self, kind: str) -> list[Notice]:
        return rows(self.market, select(Notice).where(Notice.kind == kind).order_by(Notice.created_at, Notice.id))

    def said_to(self, party: Party) -> list[str]:
        """What somebody of the other side was told of a change, oldest first."""
        return [one.body for one in self.notices("action_changed") if one.recipient_id == party.person.id]

    def passes(self, **delta: float) -> None:
        """Time passes; what is due happens first, then what waits to be told is told."""
        self.later(**delta)
        settle_all(self.market)
        for _ in range(2):
            self.later(hours=25)
            release(self.office)
            settle_all(self.market)


def closed(office: Office, *, safety: bool = False, passes: bool = True) -> Closed:
    """`safety`: the case is about people's safety; `passes`: until the day has come on which one can ask."""
    def tell() -> tuple[Closed, datetime]:
        market = Market(office)
        story = market.story()
        case = market.dispute(story.stacy, story.contract, report=True)["case"]
        made = Closed(market, story, case, kim=market.staff("Kim Soto"), lee=market.staff("Lee Marsh", Role.LEAD))
        with_exhibit(made)
        made.action_ref = propose(made)
        sign(made, made.action_ref)
        if safety:
            market.make(lambda work: setattr(work.db.scalars(select(Case)).one(), "safety", True))
        if passes:
            made.passes(days=31)
            day = made.asking().from_at
            assert day is not None
            made.passes(seconds=(day - market.now).total_seconds())
        return made, market.now

    clock = office.clock
    assert isinstance(clock, MovedClock)
    made, now = told(office, ("closed", clock(), safety, passes), tell)
    clock.move_to(max(now, clock()))
    return made
