"""The steps of what protects an account, or of what a law asks for, that machines over decisions share.

A machine that takes them says which `desk` they are done at, who leads, and where the references of `actions` are kept.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from portal.core.errors import Refusal
from portal.enforcement.operations import (
    co_sign,
    confirm_order,
    discard_action,
    end_silence,
    issue_action,
    keep_silence,
    lift_action,
    lift_part,
    propose_action,
    start_action,
)
from tests.enforcement.conftest import Desk
from tests.enforcement.test_ordering import SILENT, legal_form
from tests.enforcement.test_protecting import protective_form
from tests.factories.market import Staff

PICKS = st.integers(0, 30)


class OtherNatures(RuleBasedStateMachine):
    """Refusals are answers, never half-done acts."""

    def __init__(self, desk: Desk, lee: Staff, actions: list[str]) -> None:
        super().__init__()
        self.desk, self.lee, self.actions = desk, lee, actions

    def tried(self, operation: Any, actor: Any, **args: Any) -> Any:
        try:
            return self.desk.market.do(operation, actor, **args)
        except Refusal:
            return None

    def other(self, pick: int) -> dict[str, Any]:
        ref = self.actions[pick % len(self.actions)]
        return {"action_ref": ref, "version": self.desk.action(ref).version}

    def begun(self, nature: str, key: str) -> str:
        story, made = self.desk.story, {"case_ref": self.desk.case_ref, "clause_version_id": self.desk.clause(key)}
        found = self.tried(start_action, story.rae.actor, nature=nature, **made)
        self.actions += [str(found["action"])] if found else []
        return str(found["action"]) if found else ""

    def in_part(self, scope: list[str], first: int, last: int) -> dict[str, Any]:
        """Several things, of which the last has days of its own: so many days from now; 0: the decision's."""
        named, day = scope[-1], self.desk.market.day
        own = {f"starts_on_{named}": day(-first).isoformat() if first else "",
               f"ends_on_{named}": day(-last).isoformat() if last else ""}
        return {"measure": "restriction", "scope": scope, **own}

    @rule(alone=st.booleans(), part=st.booleans(), first=st.integers(0, 2), last=st.integers(0, 4))
    def protect(self, alone: bool, part: bool, first: int = 0, last: int = 0) -> None:
        ref, more = self.begun("protective", "protecting-accounts"), self.in_part(["search", "new_places"], first, last)
        fields = protective_form(self.desk, **(more if part else {}))
        if not ref:
            return
        operation = issue_action if alone else propose_action
        if not self.tried(operation, self.desk.story.rae.actor, action_ref=ref, version=1, fields=fields):
            self.tried(discard_action, self.desk.story.rae.actor, action_ref=ref)
        elif not alone:
            self.tried(co_sign, self.desk.story.ola.actor, action_ref=ref, reason="It still looks so.")

    @rule(silent=st.booleans(), cents=st.sampled_from([0, 1, 90_000, 10**9]), ends=st.sampled_from([None, 3, 50]),
          part=st.booleans(), first=st.integers(0, 9), last=st.integers(0, 32))
    def order(
        self, silent: bool, cents: int, ends: int | None, part: bool = False, first: int = 0, last: int = 0
    ) -> None:
        ref = self.begun("legal", "legal-orders")
        if not ref:
            return
        money = {"block_amount_minor": str(cents), "block_currency": "USD", "measure": "restriction"} if cents else {}
        until = {"order_ends_on": self.desk.market.day(-ends).isoformat()} if ends else {}
        parts = self.in_part(["search", "new_contracts"], first, last) if part else {}
        fields = legal_form(self.desk, **money | parts, **until, **(SILENT if silent else {}))
        self.tried(propose_action, self.desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
        if not self.tried(co_sign, self.desk.story.ola.actor, action_ref=ref, reason="I have read the order."):
            self.tried(discard_action, self.desk.story.rae.actor, action_ref=ref)

    @rule(pick=PICKS, scopes=st.lists(st.sampled_from(["search", "new_contracts", "new_places"]), unique=True))
    def give_back(self, pick: int, scopes: list[str]) -> None:
        self.tried(lift_part, self.lee.actor, **self.other(pick), parts=scopes, reason="It is not needed any more.")

    @rule(pick=PICKS, look=st.sampled_from(["order", "keep", "tell", "lift"]), signer=st.booleans())
    def look(self, pick: int, look: str, signer: bool) -> None:
        one, by = self.other(pick), self.desk.story.rae if signer else self.lee
        operation = {"order": confirm_order, "keep": keep_silence, "tell": end_silence, "lift": lift_action}[look]
        version = {} if look in ("keep", "tell") else {"version": one["version"]}
        self.tried(operation, by.actor, action_ref=one["action_ref"], reason="I have looked.", **version)
