"""Random sequences of what protects an account, or a law asks for, among decisions about conduct: what is promised holds.

The invariant is written from the design, beside what `flask verify` proves: no protection is longer than our promise or
renewed twice, no person hears of what an order forbids us to tell, and no order holds more money than it states.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from portal.core.access import Role
from portal.core.errors import Refusal
from portal.enforcement.models import Action, ActionStatus, Nature, Silence
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
from portal.ledger.models import Hold
from portal.ledger.operations import request_payout
from portal.notices.models import Notice
from portal.verify import REGISTRY
from tests.enforcement.conftest import Desk
from tests.enforcement.test_changing import settle
from tests.enforcement.test_ordering import SILENT, legal_form
from tests.enforcement.test_protecting import protective_form
from tests.factories.market import Staff

SPAN = timedelta(hours=72)
PICKS = st.integers(0, 30)
SAID = (ActionStatus.ISSUED, ActionStatus.WITHDRAWN)


class OtherNatures(RuleBasedStateMachine):
    """One desk that goes on from example to example; refusals are answers, never half-done acts."""

    def __init__(self, desk: Desk, lee: Staff, actions: list[str]) -> None:
        super().__init__()
        self.desk, self.lee, self.actions = desk, lee, actions

    def tried(self, operation: Any, by: Staff, **args: Any) -> Any:
        try:
            return self.desk.market.do(operation, by.actor, **args)
        except Refusal:
            return None

    def picked(self, pick: int) -> dict[str, Any]:
        ref = self.actions[pick % len(self.actions)]
        return {"action_ref": ref, "version": self.desk.action(ref).version}

    def begun(self, nature: str, key: str) -> str:
        story, made = self.desk.story, {"case_ref": self.desk.case_ref, "clause_version_id": self.desk.clause(key)}
        found = self.tried(start_action, story.rae, nature=nature, **made)
        self.actions += [str(found["action"])] if found else []
        return str(found["action"]) if found else ""

    @rule(alone=st.booleans(), part=st.booleans())
    def protect(self, alone: bool, part: bool) -> None:
        ref, more = self.begun("protective", "protecting-accounts"), {"measure": "restriction", "scope": ["search"]}
        fields = protective_form(self.desk, **(more if part else {}))
        if not ref:
            return
        operation = issue_action if alone else propose_action
        if not self.tried(operation, self.desk.story.rae, action_ref=ref, version=1, fields=fields):
            self.tried(discard_action, self.desk.story.rae, action_ref=ref)
        elif not alone:
            self.tried(co_sign, self.desk.story.ola, action_ref=ref, reason="It still looks so.")

    @rule(silent=st.booleans(), cents=st.sampled_from([0, 1, 90_000, 10**9]), ends=st.sampled_from([None, 3, 50]))
    def order(self, silent: bool, cents: int, ends: int | None) -> None:
        ref = self.begun("legal", "legal-orders")
        if not ref:
            return
        money = {"block_amount_minor": str(cents), "block_currency": "USD", "measure": "restriction"} if cents else {}
        last = {"order_ends_on": self.desk.market.day(-ends).isoformat()} if ends else {}
        fields = legal_form(self.desk, **money, **last, **(SILENT if silent else {}))
        self.tried(propose_action, self.desk.story.rae, action_ref=ref, version=1, fields=fields)
        self.tried(co_sign, self.desk.story.ola, action_ref=ref, reason="I have read the order.")

    @rule(pick=PICKS, look=st.sampled_from(["order", "keep", "tell", "lift"]), signer=st.booleans())
    def look(self, pick: int, look: str, signer: bool) -> None:
        one, by = self.picked(pick), self.desk.story.rae if signer else self.lee
        operation = {"order": confirm_order, "keep": keep_silence, "tell": end_silence, "lift": lift_action}[look]
        version = {} if look in ("keep", "tell") else {"version": one["version"]}
        self.tried(operation, by, action_ref=one["action_ref"], reason="I have looked.", **version)

    @rule(amount=st.integers(1, 90_000))
    def pay_out(self, amount: int) -> None:
        story = self.desk.story
        place = {"account_id": story.tim.account.id, "destination_ref": story.destination}
        try:
            self.desk.market.do(request_payout, story.tim.actor, amount_minor=amount, currency="USD", **place)
        except Refusal:
            return

    @rule(hours=st.sampled_from([1, 30, 71, 73, 500, 800]))
    def time_passes(self, hours: int) -> None:
        self.desk.later(hours=hours)
        settle(self.desk)

    @invariant()
    def everything_promised_holds(self) -> None:
        with self.desk.office.database.read() as session:
            found = [f"{p.title}: {line}" for p in REGISTRY for query in p.queries for line in query(session)]
            said = session.scalars(select(Action).where(Action.status.in_(SAID)).order_by(Action.issued_at, Action.id)).all()
            silent = set(session.scalars(select(Silence.action_id).where(Silence.ended_at.is_(None))))
            told = set(session.scalars(select(Notice.about_ref).distinct()))
            held = session.scalar(select(func.coalesce(func.max(Hold.amount_minor), 0)).where(Hold.order_id.is_not(None)))
        assert found == []
        protected = [one for one in said if one.nature == Nature.PROTECTIVE]
        assert len(protected) <= 2 and all(one.ends_at - one.effective_at <= SPAN * 2 for one in protected)  # type: ignore[operator]
        assert not [one.ref for one in said if one.id in silent and one.ref in told]
        assert (held or 0) <= 175_000 + 200_000


def test_what_always_holds_of_other_natures(desk: Desk) -> None:
    lee = desk.market.staff("Lee Marsh", Role.LEAD)
    machine = OtherNatures(desk, lee, [])
    machine.protect(alone=True, part=False)
    machine.order(silent=True, cents=90_000, ends=50)
    run_state_machine_as_test(
        lambda: OtherNatures(desk, lee, machine.actions),
        settings=settings(max_examples=5, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)),
    )
    with desk.office.database.read() as session:
        natures = set(session.scalars(select(Action.nature).where(Action.status.in_(SAID))))
    assert natures == {"protective", "legal"}
