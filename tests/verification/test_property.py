"""Whatever people do with identity checks, in any order: nothing is asked for twice without a reason, all is on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from portal.core.access import WORKER
from portal.core.errors import Refusal
from portal.log import checks as log
from portal.log.sequencer import sequence
from portal.verification.operations import co_sign_request, return_request, withdraw_request
from portal.worker import settle
from tests.verification.making import Checks

STEPS = ("ask", "ask", "new", "new", "sign", "return", "send", "send", "reject", "accept", "accept", "withdraw", "later")
NEW = {"new_reason": "law_asks", "new_words": "Tax law, section 93, asks for a new copy."}
WHY = "I have read the letter of the tax office."


@dataclass
class Model:
    """What a careful person would note down beside: until when something holds, and when it was asked for."""

    checks: Checks
    draw: Random
    item: str = "V-NONE"
    request: str = "J-NONE"
    holds_until: datetime | None = None
    asked_at: list[datetime] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.checks.market.now

    def step(self, name: str) -> None:
        """One thing that somebody does; what is refused changes nothing."""
        market, story = self.checks.market, self.checks.story
        steps: dict[str, Callable[[], Any]] = {
            "ask": self.ask, "new": lambda: self.ask(**NEW), "sign": self.sign, "accept": self.accept, "later": self.later,
            "send": lambda: self.checks.send(self.item), "reject": lambda: self.checks.reject(self.item),
            "return": lambda: market.do(return_request, story.ola.actor, request_ref=self.request, reason=WHY),
            "withdraw": lambda: market.do(withdraw_request, story.rae.actor, item_ref=self.item, reason=WHY),
        }
        steps[name]()

    def ask(self, **new: str) -> None:
        made = self.checks.ask(**new)
        self.item, self.request = made["item"], made["request"]
        assert new or self.holds_until is None or self.holds_until <= self.now, "asked again for what was accepted"
        recent = [at for at in self.asked_at if self.now - at < timedelta(days=365)]
        assert made["needs_signature"] == (len(recent) >= 2)
        if not made["needs_signature"]:
            self.asked_at.append(self.now)

    def sign(self) -> None:
        self.checks.market.do(co_sign_request, self.checks.story.ola.actor, request_ref=self.request, reason=WHY)
        self.asked_at.append(self.now)

    def accept(self) -> None:
        day = (self.now + timedelta(days=self.draw.choice((20, 200, 500)))).date()
        self.checks.accept(self.item, day)
        self.holds_until = datetime(day.year, day.month, day.day, tzinfo=self.now.tzinfo) + timedelta(days=1)

    def later(self) -> None:
        self.checks.market.office.clock.advance(days=self.draw.choice((1, 6, 30, 150)))  # type: ignore[attr-defined]
        self.checks.market.do(settle, WORKER, case_ref=self.checks.case_ref)


@pytest.mark.parametrize("seed", range(6))
def test_what_always_holds(checks: Checks, seed: int, tmp_path: Path) -> None:
    draw, refusals = Random(seed), 0
    model = Model(checks, draw)
    for _ in range(45):
        try:
            model.step(draw.choice(STEPS))
        except Refusal:
            refusals += 1
    view = checks.view(model.item)
    assert [one.asked_at for one in view.requests] == model.asked_at
    assert view.item.accepted_until == model.holds_until
    assert 0 < refusals < 45
    assert checks.violations() == []
    sequence(checks.market.office)
    with checks.market.office.database.read() as session:
        assert list(log.check(session, checks.market.office.keyring, tmp_path)) == []
