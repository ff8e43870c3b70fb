"""Whatever people do with appeals, in any order: what always holds still holds, and the log vouches for every record."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appeals import checks
from portal.appeals.models import LIVE, AppealState
from portal.appeals.operations import add_to_appeal, ask_appellant, draw_again, refuse_appeal, withdraw_appeal
from portal.cases import checks as cases
from portal.core.access import Role
from portal.core.errors import Refusal
from portal.disputes import checks as disputes
from portal.enforcement import checks as enforcement
from portal.enforcement.changing import paused_among, running
from portal.enforcement.models import Action, ActionStatus
from portal.enforcement.operations import return_action
from portal.enforcement.queries import restrictions_of
from portal.ledger import checks as ledger
from portal.log import checks as log
from portal.log.sequencer import sequence
from portal.notices.delivery import release
from tests.appeals.anew import Anew
from tests.appeals.conftest import Bench
from tests.appeals.test_lapses import settle
from tests.enforcement.test_cosigning import propose, sign
from tests.factories.market import Staff

STEPS = (
    "file", "file", "file", "attach", "add", "ask", "withdraw", "hours", "days", "month", "again", "upheld",
    "partially_reversed", "release", "reversed", "reversed", "terminate", "terminate", "propose", "sign", "refuse", "redraw",
    "late_again", "reopen", "reopen", "not_new",
)
ELSEWHERE = {"weight": "not_considered", "why": "It is about another month."}


@dataclass
class Hands:
    """Everybody who does something: Tim, two reviewers and a lead; `proposed` waits for a second signature."""

    bench: Bench
    draw: Random
    lee: Staff
    proposed: str = "A-NONE"

    def step(self, name: str) -> None:
        """One thing that somebody does; what is not possible just then is refused and changes nothing."""
        bench, tim, ola = self.bench, self.bench.story.tim.actor, self.bench.story.ola.actor
        with bench.office.database.read() as session:
            live = [appeal.ref for appeal in bench.appeals(session) if appeal.state in LIVE]
        ref = self.draw.choice(live) if live else "Z-NONE"
        seen = {"appeal_ref": ref, "version": bench.appeal(ref).version if live else 1}
        steps: dict[str, Callable[[], Any]] = {
            "file": lambda: bench.file(body=f"I want this to be looked at again, please: {self.draw.random()}"),
            "attach": bench.attach, "again": self.suspend_again, "propose": self.propose, "sign": self.sign,
            "add": lambda: bench.market.do(add_to_appeal, tim, appeal_ref=ref, body="One more thing."),
            "ask": lambda: bench.market.do(ask_appellant, ola, **seen, question="Which day?", days=5),
            "withdraw": lambda: bench.market.do(withdraw_appeal, tim, appeal_ref=ref),
            "hours": lambda: self.pass_time(hours=self.draw.randint(1, 30)),
            "days": lambda: self.pass_time(days=self.draw.randint(1, 9)), "month": lambda: self.pass_time(days=30),
            "refuse": lambda: bench.market.do(return_action, ola, action_ref=self.proposed, reason="The facts are too thin."),
            "terminate": self.terminate, "late_again": self.late_again,
            "reopen": self.reopen,
            "not_new": lambda: bench.market.do(refuse_appeal, ola, **seen, reason="It is the letter that we know."),
            "redraw": lambda: bench.market.do(draw_again, self.lee.actor, **seen, reason="They are away for a month."),
        }
        steps.get(name, lambda: self.decide(ref, name))()

    def reopen(self) -> None:
        """A decided one is opened again, mostly with something new."""
        with self.bench.office.database.read() as session:
            decided = [one.ref for one in self.bench.appeals(session) if one.state == AppealState.DECIDED]
        anew = Anew(self.bench, self.draw.choice(decided) if decided else "Z-NONE", (self.lee,))
        anew.open(shown=self.draw.random() < 0.8)

    def pass_time(self, **span: float) -> None:
        """As the worker sees it: what is due first, then what waits to be released."""
        self.bench.later(**span)
        settle(self.bench)
        release(self.bench.office)

    def some_days(self) -> dict[str, str]:
        """What happened in the last months; sometimes it was decided, or overturned, before."""
        ago, day = self.draw.randint(0, 150), self.bench.market.day
        return {"conduct_from": day(ago + 4).isoformat(), "conduct_to": day(ago).isoformat()}

    def suspend_again(self, **form: Any) -> None:
        self.bench.action_ref = self.bench.ready()
        self.bench.issue(self.bench.action_ref, **self.some_days(), **form)

    def late_again(self) -> None:
        """An earlier decision is overturned, our second look at the later one that counted it is late, and it stands."""
        first = self.bench.action_ref
        self.suspend_again(ends_on=self.bench.market.day(-80).isoformat())
        self.bench.decide(self.bench.file(action_ref=first), "reversed", by=self.bench.story.rae)
        self.pass_time(days=15)
        with self.bench.office.database.read() as session:
            later = session.scalars(select(Action.id).where(Action.ref == self.bench.action_ref)).one()
            ref = next(one.ref for one in self.bench.appeals(session) if one.action_id == later)
        self.decide(ref, "upheld")

    def propose(self) -> None:
        """A termination: it begins 30 days after its statement, so there is time between issue and effect."""
        self.proposed = propose(self.bench, **self.some_days())

    def terminate(self) -> None:
        self.propose()
        self.sign()

    def sign(self) -> None:
        sign(self.bench, self.proposed)
        self.bench.action_ref = self.proposed

    def decide(self, ref: str, outcome: str) -> None:
        """Mostly by whom it was drawn for. Naming more exhibits than there are does no harm."""
        item, staff = self.bench.item(ref), (self.bench.story.ola, self.bench.story.rae, self.lee)
        drawn = [one for one in staff if item is not None and one.person.id == item.assignee_id]
        money = outcome == "release"
        ends_on = None if money else self.bench.market.day(-self.draw.randint(0, 25))
        self.bench.decide(
            ref, "partially_reversed" if money else outcome, new_ends_on=ends_on, release_hold=money,
            by=self.draw.choice((*drawn * 4, *staff)),
            exhibits_considered=dict.fromkeys(map(str, range(1, 40)), ELSEWHERE),
        )


@pytest.mark.parametrize("seed", range(4))
def test_what_always_holds(bench_maker: Any, seed: int, tmp_path: Path) -> None:
    draw, bench = Random(seed), bench_maker(dispute=bool(seed % 2))
    hands, done = Hands(bench, draw, bench.market.staff("Lee Marsh", Role.LEAD)), 0
    for _ in range(60):
        try:
            hands.step(draw.choice(STEPS))
            done += 1
        except Refusal:
            continue
    assert done > 10
    assert found(bench, tmp_path) == []


def found(bench: Bench, folder: Path) -> list[str]:
    """Every violation of the promises that appeals touch, and of the log."""
    settle(bench)
    sequence(bench.office, whole=True)
    with bench.office.database.read() as session:
        lines = list(log.check(session, bench.office.keyring, folder))
    with bench.office.database.read() as session:
        rooms = (checks.CHECKS, cases.CHECKS, enforcement.CHECKS, ledger.CHECKS, disputes.CHECKS)
        lines += waits_for_nothing(session, bench)
        return lines + [line for room in rooms for check in room for line in check(session)]


def waits_for_nothing(session: Session, bench: Bench) -> Iterator[str]:
    """What is paused waits for an answer of ours; where none is awaited, it applies again or is over."""
    now, awaited = bench.market.now, {one.action_id for one in bench.appeals(session) if one.state in LIVE}
    for action in session.scalars(select(Action).where(Action.id.not_in(awaited), Action.status == ActionStatus.ISSUED)):
        pairs = restrictions_of(session, [action.id])[action.id]
        if {row.id for row in running(pairs, now)} & paused_among(pairs, now):
            yield f"{action.ref} is paused and nobody looks at it"
