"""Random sequences at the desk: whatever is asked, begun, issued, co-signed or left to time, what is promised holds."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import func, select

from portal import worker
from portal.act import act
from portal.appeals.operations import decide_appeal, file_appeal
from portal.cases.clocks import due_scopes
from portal.cases.models import Case
from portal.core.access import WORKER, Role
from portal.core.errors import Refusal
from portal.enforcement.models import Action
from portal.enforcement.operations import co_sign, lift_action, propose_action, return_action, shorten_action, withdraw_action
from portal.ledger.operations import request_payout
from tests.appeals.conftest import BODY
from tests.enforcement.conftest import Desk
from tests.enforcement.test_checks import break_it
from tests.factories.drawn import draw
from tests.factories.market import Staff
from tests.factories.promised import Promised

KEYS = ["payment-for-nothing", "off-platform-payment", "threats"]
MEASURES = ["warning", "restriction", "suspension", "termination"]
PICKS, AGO = st.integers(0, 50), st.integers(0, 25)


class DeskAtWork(RuleBasedStateMachine):
    """One desk that goes on from example to example; refusals are answers, never half-done acts."""

    def __init__(self, desk: Desk, kim: Staff, lee: Staff, actions: list[str], promised: Promised) -> None:
        super().__init__()
        self.desk, self.kim, self.lee, self.actions, self.promised = desk, kim, lee, actions, promised

    def tried(self, step: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return step(*args, **kwargs)
        except Refusal:
            return None

    def picked(self, pick: int) -> str:
        """One of the actions that were begun, in this example or before: the last one may still be a draft."""
        return self.actions[pick % len(self.actions)]

    def form(self, key: str, measure: str, ago: int, more: bool) -> dict[str, Any]:
        """Some days of the last month, with a hold or on another contract, under a rule that may not fit the question."""
        day, story = self.desk.market.day, self.desk.story
        contract = story.other_contract if more else story.contract
        money = self.desk.hold(85_000, hold_contract_ref=contract.ref, hold_milestone="2") if more and ago % 2 else {}
        return {
            "measure": measure, "ends_on": day(-20).isoformat(), "scope": ["new_contracts"], "interim": not ago % 5,
            "clause_version_id": str(self.desk.clause(key)), "conduct_from": day(ago + 6).isoformat(),
            "conduct_to": day(ago).isoformat(), "objects": [f"contract:{contract.ref}"], **money,
        }

    @rule(key=st.sampled_from(KEYS))
    def ask_and_answer(self, key: str) -> None:
        asked = self.tried(self.desk.ask, key=key)
        if asked:
            self.tried(self.desk.answer, asked)

    @rule(key=st.sampled_from(KEYS))
    def begin(self, key: str) -> None:
        begun = self.tried(self.desk.start, key)
        self.actions += [begun] if begun else []

    @rule(pick=PICKS, key=st.sampled_from(KEYS), measure=st.sampled_from(MEASURES), ago=AGO, more=st.booleans())
    def issue(self, pick: int, key: str, measure: str, ago: int, more: bool) -> None:
        self.tried(self.desk.issue, self.picked(pick), **self.form(key, measure, ago, more))

    @rule(key=st.sampled_from(KEYS), measure=st.sampled_from(MEASURES), ago=AGO, more=st.booleans())
    def decide(self, key: str, measure: str, ago: int, more: bool) -> None:
        self.ask_and_answer(key)
        self.begin(key)
        self.issue(len(self.actions) - 1, key, measure, ago, more)

    @rule(pick=PICKS, key=st.sampled_from(KEYS), ago=AGO, more=st.booleans(), signs=st.booleans())
    def propose(self, pick: int, key: str, ago: int, more: bool, signs: bool) -> None:
        do, story, ref = self.desk.market.do, self.desk.story, self.picked(pick)
        by, other = (story.rae, story.ola) if pick % 2 else (story.ola, self.kim)
        fields = self.desk.form(**self.form(key, "suspension", ago, more) | {"interim": False})
        self.tried(do, propose_action, by.actor, action_ref=ref, version=1, fields=fields)
        self.tried(do, co_sign if signs else return_action, other.actor, action_ref=ref, reason="Read and weighed.")

    @rule(pick=PICKS)
    def overturn(self, pick: int) -> None:
        do, ref = self.desk.market.do, self.picked(pick)
        filed = self.tried(do, file_appeal, self.desk.story.tim.actor, action_ref=ref, grounds=["other"], body=BODY)
        if filed:
            self.tried(
                do, decide_appeal, self.desk.story.rae.actor, appeal_ref=filed["appeal"], version=2, outcome="reversed",
                ground_answers={}, exhibits_considered={}, reasons="He was ill.", our_error="We did not read his letter.",
            )
            self.desk.later(minutes=1)

    @rule(pick=PICKS, lead=st.booleans(), end=st.sampled_from([lift_action, withdraw_action]))
    def end(self, pick: int, lead: bool, end: Any) -> None:
        ref = self.picked(pick)
        by, version = self.lee if lead else self.desk.story.rae, self.desk.action(ref).version if ref else 1
        self.tried(self.desk.market.do, end, by.actor, action_ref=ref, version=version, reason="The work has come.")

    @rule(pick=PICKS, ahead=st.integers(0, 25))
    def shorten(self, pick: int, ahead: int) -> None:
        ref, day = self.picked(pick), self.desk.market.day(-ahead)
        version = self.desk.action(ref).version if ref else 1
        self.tried(self.desk.market.do, shorten_action, self.lee.actor, action_ref=ref, version=version, new_ends_on=day,
                   reason="A part of the work has come.")

    @rule(key=st.sampled_from(KEYS), ago=AGO, more=st.booleans(), waits=st.integers(0, 40))
    def close_and_take_back(self, key: str, ago: int, more: bool, waits: int) -> None:
        """The end of an account, and what becomes of it before or after its notice period."""
        do, story = self.desk.market.do, self.desk.story
        self.ask_and_answer(key)
        self.begin(key)
        ref, fields = self.actions[-1], self.form(key, "termination", ago, more) | {"interim": False, "ends_on": ""}
        self.tried(do, propose_action, story.rae.actor, action_ref=ref, version=1, fields=self.desk.form(**fields))
        self.tried(do, co_sign, self.kim.actor, action_ref=ref, reason="Read and weighed.")
        if waits % 2:
            self.time_passes(waits)
        self.end(len(self.actions) - 1, lead=True, end=lift_action if waits > 30 else withdraw_action)

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
        assert self.promised.broken() == []


def test_what_always_holds(desk: Desk) -> None:
    actions, kim, lee = [""], desk.market.staff("Kim Sato"), desk.market.staff("Lee Marsh", Role.LEAD)
    promised = Promised(desk.office.database)
    DeskAtWork(desk, kim, lee, actions, promised).close_and_take_back(KEYS[0], 1, more=False, waits=0)
    draw(lambda: DeskAtWork(desk, kim, lee, actions, promised), 12, 12)
    with desk.office.database.read() as session:
        assert session.query(Case).count() >= 1
        ended = select(func.count()).select_from(Action).where(Action.lifted_at.is_not(None) | Action.withdrawn_at.is_not(None))
        assert session.scalar(ended)


def test_what_a_step_broke_is_found_after_it(desk: Desk) -> None:
    """Also where all was well when it was asked before."""
    promised, action = Promised(desk.office.database), desk.ready()
    desk.issue(action)
    assert promised.broken() == []
    break_it(desk, "action", "UPDATE action SET ends_at = NULL")
    assert [line for line in promised.broken() if action in line]
