"""Random sequences at the desk: whatever is asked, begun, issued, co-signed or left to time, what is promised holds."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from portal import worker
from portal.act import act
from portal.cases.clocks import due_scopes
from portal.cases.models import Case
from portal.core.access import WORKER
from portal.core.errors import Refusal
from portal.enforcement.operations import co_sign, propose_action, return_action
from portal.ledger.operations import request_payout
from portal.verify import REGISTRY
from tests.enforcement.conftest import Desk

KEYS = ["payment-for-nothing", "off-platform-payment", "abandoned-work", "one-account"]
MEASURES = ["warning", "restriction", "suspension", "termination"]


class DeskAtWork(RuleBasedStateMachine):
    """One desk that goes on from example to example; refusals are answers, never half-done acts."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk, self.actions = desk, [""]

    def tried(self, step: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return step(*args, **kwargs)
        except Refusal:
            return None

    @rule(key=st.sampled_from(KEYS))
    def ask_and_answer(self, key: str) -> None:
        asked = self.tried(self.desk.ask, key=key)
        if asked:
            self.tried(self.desk.answer, asked)

    @rule(key=st.sampled_from(KEYS))
    def begin(self, key: str) -> None:
        begun = self.tried(self.desk.start, key)
        self.actions += [begun] if begun else []

    @rule(data=st.data(), key=st.sampled_from(KEYS), measure=st.sampled_from(MEASURES), days=st.integers(-1, 100))
    def issue(self, data: Any, key: str, measure: str, days: int) -> None:
        wish = {"measure": measure, "ends_on": self.desk.market.day(-days).isoformat(), "scope": ["new_contracts"]}
        chosen = data.draw(st.sampled_from(self.actions))
        self.tried(self.desk.issue, chosen, clause_version_id=str(self.desk.clause(key)), **wish)

    @rule(data=st.data(), measure=st.sampled_from(MEASURES), second=st.booleans(), signs=st.booleans())
    def propose(self, data: Any, measure: str, second: bool, signs: bool) -> None:
        do, story, ref = self.desk.market.do, self.desk.story, data.draw(st.sampled_from(self.actions))
        fields = self.desk.form(measure=measure, ends_on=self.desk.market.day(-20).isoformat())
        self.tried(do, propose_action, story.rae.actor, action_ref=ref, version=1, fields=fields)
        other = story.ola if second else story.rae
        self.tried(do, co_sign if signs else return_action, other.actor, action_ref=ref, reason="Read and weighed.")

    @rule(amount=st.integers(1, 100_000))
    def withdraw(self, amount: int) -> None:
        story = self.desk.story
        self.tried(
            self.desk.market.do, request_payout, story.tim.actor, account_id=story.tim.account.id,
            destination_ref=story.destination, amount_minor=amount, currency="USD",
        )

    @rule(days=st.integers(1, 12))
    def time_passes(self, days: int) -> None:
        self.desk.later(days=days)
        office = self.desk.office
        with office.database.read() as session:
            scopes = due_scopes(office.work(session, WORKER))
            refs = [(session.get_one(Case, case).ref if case else None, account) for case, account in scopes]
        for case_ref, account_id in refs:
            act(office, worker.settle, WORKER, self.desk.market.key(), case_ref=case_ref, account_id=account_id)

    @invariant()
    def everything_promised_holds(self) -> None:
        with self.desk.office.database.read() as session:
            found = [f"{p.title}: {line}" for p in REGISTRY for query in p.queries for line in query(session)]
        assert found == []


def test_what_always_holds(desk: Desk) -> None:
    run_state_machine_as_test(
        lambda: DeskAtWork(desk),
        settings=settings(max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)),
    )
    with desk.office.database.read() as session:
        assert session.query(Case).count() >= 1
