"""A restriction of Tim's account of which something rests on an identity check that his case asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.core.access import WORKER
from portal.enforcement.queries import standing, statement_of
from portal.enforcement.rules import State
from portal.verification.operations import withdraw_request
from portal.worker import settle
from tests.enforcement.conftest import Desk
from tests.enforcement.test_others_in_parts import sound
from tests.enforcement.test_own_ends import changes, in_effect
from tests.verification.making import Checks

THREE = ["search", "new_contracts", "new_offers"]
UNTIL_SHOWN = ["new_contracts", "new_offers"]
NOT_NEEDED = "The bank has confirmed who owns the account."


@dataclass
class Awaited:
    """The decision, the check, and what is known of both."""

    desk: Desk
    checks: Checks
    item: str
    ref: str = ""

    @property
    def left(self) -> set[str]:
        return in_effect(self.desk, self.ref)

    @property
    def said(self) -> list[str]:
        return changes(self.desk, self.ref)

    @property
    def outside(self) -> list[str]:
        return changes(self.desk, self.ref, corrects=True)

    @property
    def sound(self) -> bool:
        return sound(self.desk) and self.checks.violations() == []

    @property
    def state(self) -> State:
        with self.desk.office.database.read() as session:
            return standing(session, self.desk.story.tim.account.id, self.desk.market.now).state

    @property
    def letter(self) -> dict[str, Any]:
        with self.desk.office.database.read() as session:
            return statement_of(session, self.ref)[0] or {}

    def form(self, **other: Any) -> dict[str, Any]:
        return {
            "measure": "restriction", "scope": THREE, "ends_on": self.desk.market.day(-20).isoformat(),
            "rests_on": self.item, "resting": UNTIL_SHOWN,
        } | other

    def decide(self, **other: Any) -> Awaited:
        self.ref = self.desk.ready()
        self.desk.issue(self.ref, **self.form(**other))
        self.desk.later(hours=1)
        return self

    def settle(self) -> None:
        self.desk.market.do(settle, WORKER, case_ref=self.desk.case_ref)

    def over(self, how: str) -> None:
        """What becomes of the check: it is accepted, taken back, or we are late."""
        if how == "withdrawn":
            self.desk.market.do(withdraw_request, self.desk.story.rae.actor, item_ref=self.item, reason=NOT_NEEDED)
            return
        self.checks.send(self.item)
        if how == "accepted":
            self.desk.later(hours=1)
            self.checks.accept(self.item)
        else:
            self.desk.later(days=6)
            self.settle()


def asked(desk: Desk) -> Awaited:
    """The case has asked for an identity document."""
    checks = Checks.of(desk.market, desk.story, desk.case_ref)
    return Awaited(desk, checks, str(checks.ask()["item"]))


def awaited(desk: Desk, **other: Any) -> Awaited:
    return asked(desk).decide(**other)
