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

    @rule(alone=st.booleans(), part=st.booleans())
    def protect(self, alone: bool, part: bool) -> None:
        ref, more = self.begun("protective", "protecting-accounts"), {"measure": "restriction", "scope": ["search"]}
        fields = protective_form(self.desk, **(more if part else {}))
        if not ref:
            return
        operation = issue_action if alone else propose_action
        if not self.tried(operation, self.desk.story.rae.actor, action_ref=ref, version=1, fields=fields):
            self.tried(discard_action, self.desk.story.rae.actor, action_ref=ref)
        elif not alone:
            self.tried(co_sign, self.desk.story.ola.actor, action_ref=ref, reason="It still looks so.")

    @rule(silent=st.booleans(), cents=st.sampled_from([0, 1, 90_000, 10**9]), ends=st.sampled_from([None, 3, 50]))
    def order(self, silent: bool, cents: int, ends: int | None) -> None:
        ref = self.begun("legal", "legal-orders")
        if not ref:
            return
        money = {"block_amount_minor": str(cents), "block_currency": "USD", "measure": "restriction"} if cents else {}
        last = {"order_ends_on": self.desk.market.day(-ends).isoformat()} if ends else {}
        fields = legal_form(self.desk, **money, **last, **(SILENT if silent else {}))
        self.tried(propose_action, self.desk.story.rae.actor, action_ref=ref, version=1, fields=fields)
        if not self.tried(co_sign, self.desk.story.ola.actor, action_ref=ref, reason="I have read the order."):
            self.tried(discard_action, self.desk.story.rae.actor, action_ref=ref)

    @rule(pick=PICKS, look=st.sampled_from(["order", "keep", "tell", "lift"]), signer=st.booleans())
    def look(self, pick: int, look: str, signer: bool) -> None:
        one, by = self.other(pick), self.desk.story.rae if signer else self.lee
        operation = {"order": confirm_order, "keep": keep_silence, "tell": end_silence, "lift": lift_action}[look]
        version = {} if look in ("keep", "tell") else {"version": one["version"]}
        self.tried(operation, by.actor, action_ref=one["action_ref"], reason="I have looked.", **version)
