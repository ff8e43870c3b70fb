"""One machine over two accounts: asked, proposed, signed, issued, corrected, replaced, shortened, lifted, taken back, appealed
against, overturned and left to time in any order. After every step the design holds, by `flask verify` and by an oracle.

`PORTAL_BATTERY=1` runs it long.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from portal import worker
from portal.act import act
from portal.appeals.models import LIVE, Appeal
from portal.appeals.operations import decide_appeal, file_appeal
from portal.appeals.queries import grounds_of
from portal.cases.clocks import due_scopes
from portal.cases.models import Case, Draft
from portal.core.access import WORKER, Role
from portal.core.errors import Refusal
from portal.enforcement.models import Action
from portal.enforcement.operations import (
    co_sign,
    correct_action,
    discard_action,
    issue_action,
    lift_action,
    propose_action,
    return_action,
    return_correction,
    shorten_action,
    sign_correction,
    start_amendment,
    withdraw_action,
)
from portal.enforcement.queries import standing
from portal.enforcement.reporting import report_account
from portal.notices.delivery import release
from portal.verify import REGISTRY
from tests.appeals.conftest import BODY
from tests.enforcement.conftest import Desk, with_exhibit
from tests.enforcement.oracle import Books, broken
from tests.factories.market import Staff

LONG = bool(os.environ.get("PORTAL_BATTERY"))
RULES = ["payment-for-nothing", "off-platform-payment"]
MEASURES = ["warning", "suspension", "suspension", "termination"]
PICK, DAYS = st.integers(0, 40), st.integers(0, 25)


class Desks(RuleBasedStateMachine):
    """Two cases, about either side of one contract, and four members of staff. A refusal changes nothing."""

    def __init__(self, desks: list[Desk], staff: list[Staff], refs: list[str]) -> None:
        super().__init__()
        self.desks, self.staff, self.refs, self.market = desks, staff, refs, desks[0].market

    def tried(self, operation: Callable[..., Any], actor: Any, **args: Any) -> Any:
        try:
            return self.market.do(operation, actor, **args)
        except Refusal:
            return None

    def by(self, pick: int) -> Any:
        return self.staff[pick % len(self.staff)].actor

    def picked(self, pick: int) -> Action | None:
        with self.market.office.database.read() as session:
            found = session.scalars(select(Action).order_by(Action.id.desc()).limit(6)).all()
        return found[pick % len(found)] if found else None

    def kept(self, ref: str) -> dict[str, Any]:
        with self.market.office.database.read() as session:
            body = session.scalar(select(Draft.body).where(Draft.subject_ref == ref, Draft.form == "action").limit(1))
        return json.loads(body) if body else {}

    def form(self, desk: Desk, key: str, measure: str, ago: int, pick: int) -> dict[str, Any]:
        """A decision of some days; sometimes first, sometimes under both rules, sometimes with money."""
        day, second = self.market.day, RULES[1 - RULES.index(key)]
        both = {} if pick % 3 else {f"{name}_2": value for name, value in {
            **desk.form(), "clause_version_id": str(desk.clause(second)), "conduct_from": day(ago + 3).isoformat(),
            "conduct_to": day(ago).isoformat(),
        }.items() if name in ("clause_version_id", "conduct_from", "conduct_to", "objects", "exhibits", "facts", "why")}
        money = desk.hold() if pick % 4 == 1 and desk is self.desks[0] else {}
        return desk.form(
            measure=measure, clause_version_id=str(desk.clause(key)), conduct_from=day(ago + 4).isoformat(),
            conduct_to=day(ago).isoformat(), ends_on=day(-10 - pick % 9).isoformat() if measure == "suspension" else "",
            interim=pick % 7 == 6, **both, **money,
        )

    @rule(pick=PICK, key=st.sampled_from(RULES), measure=st.sampled_from(MEASURES), ago=DAYS, signs=st.booleans())
    def decide(self, pick: int, key: str, measure: str, ago: int, signs: bool) -> None:
        """Both rules are asked about, a draft is begun, and it is issued, or proposed and then signed or returned."""
        desk = self.desks[pick % 2]
        for one in RULES:
            try:
                desk.answer(desk.ask(key=one))
            except Refusal:
                continue
        try:
            ref = desk.start(key)
        except Refusal:
            return
        fields = self.form(desk, key, measure, ago, pick)
        if not self.tried(issue_action, self.by(0), action_ref=ref, version=1, fields=fields):
            self.tried(propose_action, self.by(0), action_ref=ref, version=1, fields=fields)
            other = co_sign if signs else return_action
            if not self.tried(other, self.by(1 + pick % 3), action_ref=ref, reason="Read and weighed.") or not signs:
                self.tried(discard_action, self.by(0), action_ref=ref)

    @rule(pick=PICK, days=DAYS, heavy=st.booleans(), measure=st.sampled_from(MEASURES))
    def amend(self, pick: int, days: int, heavy: bool, measure: str) -> None:
        old = self.picked(pick)
        begun = self.tried(start_amendment, self.by(0), action_ref=old.ref) if old is not None else None
        if not begun:
            return
        ends = "" if measure in ("warning", "termination") else self.market.day(-days - (20 if heavy else 1)).isoformat()
        fields = self.kept(begun["action"]) | {"measure": measure, "ends_on": ends}
        args = {"action_ref": begun["action"], "version": 1, "fields": fields}
        if not self.tried(issue_action, self.by(0), **args):
            self.tried(propose_action, self.by(0), **args)
            if not self.tried(co_sign, self.by(1 + pick % 3), action_ref=begun["action"], reason="Read and weighed."):
                self.tried(discard_action, self.by(0), action_ref=begun["action"])

    @rule(pick=PICK, facts=st.booleans(), signs=st.booleans())
    def correct(self, pick: int, facts: bool, signs: bool) -> None:
        action = self.picked(pick)
        if action is None:
            return
        fields = {"why": f"Its work never came, and nobody was told why ({pick})."} if facts else {"weighed": f"So much, {pick}."}
        self.tried(correct_action, self.by(pick), action_ref=action.ref, version=action.version, fields=fields, reason="A slip.")
        other = sign_correction if signs else return_correction
        self.tried(other, self.by(pick + 1), action_ref=action.ref, reason="Both read.")

    @rule(pick=PICK, how=st.sampled_from([lift_action, withdraw_action, shorten_action]), days=DAYS)
    def end(self, pick: int, how: Any, days: int) -> None:
        action = self.picked(pick)
        more = {"new_ends_on": self.market.day(-days)} if how is shorten_action else {}
        if action is not None:
            self.tried(how, self.by(3), action_ref=action.ref, version=action.version, reason="The work has come.", **more)

    @rule(pick=PICK)
    def appeal(self, pick: int) -> None:
        action = self.picked(pick)
        for desk in self.desks if action is not None else ():
            if action is not None and desk.story.tim.account.id == action.account_id:
                self.tried(file_appeal, desk.story.tim.actor, action_ref=action.ref, grounds=["other"], body=BODY)

    @rule(pick=PICK, outcome=st.sampled_from(["upheld", "partially_reversed", "reversed"]), days=DAYS)
    def answer(self, pick: int, outcome: str, days: int) -> None:
        with self.market.office.database.read() as session:
            live = session.scalars(select(Appeal).where(Appeal.state.in_(LIVE)).order_by(Appeal.id)).all()
            one = live[pick % len(live)] if live else None
            answers = {ground.key: "We looked at this." for ground in grounds_of(session, one)} if one is not None else {}
        for staff in self.staff if one is not None else ():
            if one is not None and self.tried(
                decide_appeal, staff.actor, appeal_ref=one.ref, version=one.version, outcome=outcome, ground_answers=answers,
                exhibits_considered={}, reasons="We read all of it.", our_error="An error." if outcome == "reversed" else "",
                new_ends_on=self.market.day(-days),
            ):
                break
        self.desks[0].later(minutes=1)

    @rule(days=st.integers(1, 16))
    def time_passes(self, days: int) -> None:
        office = self.market.office
        self.desks[0].later(days=days)
        with office.database.read() as session:
            scopes = due_scopes(office.work(session, WORKER))
            refs = [(session.get_one(Case, case).ref if case else None, account) for case, account in scopes]
        for case_ref, account_id in refs:
            act(office, worker.settle, WORKER, self.market.key(), case_ref=case_ref, account_id=account_id)
        release(office)

    @invariant()
    def design_holds(self) -> None:
        now = self.market.now
        with self.market.office.database.read() as session:
            found = broken(session, now)
            found += [f"{one.title}: {line}" for one in REGISTRY for query in one.queries for line in query(session)]
            books = Books(session, now)
            for account in (desk.story.tim.account for desk in self.desks):
                told, derived = standing(session, account.id, now).state, books.standing(account.id)
                found += [f"{account.ref} is {told} by its pages and {derived} by its rows"] if told != derived else []
        assert found == []


def two_desks(desk: Desk) -> list[Desk]:
    """The desk of the story, and one about the other side of the same contract, reported by whom the first is about."""
    market, story = desk.market, desk.story
    said = {"contract_ref": story.contract.ref, "happened": "She does not answer and threatens me with a bad review."}
    ref = market.do(report_account, story.tim.actor, account_id=story.tim.account.id, **said)["report"]
    with desk.office.database.read() as session:
        case_ref = session.scalars(select(Case.ref).where(Case.about_account_id == story.stacy.account.id)).one()
    assert ref
    return [desk, with_exhibit(Desk(market, replace(story, tim=story.stacy, stacy=story.tim), case_ref))]


def test_the_design_holds_whatever_is_done(desk: Desk) -> None:
    desks, market = two_desks(desk), desk.market
    staff = [desk.story.rae, desk.story.ola, market.staff("Kim Sato"), market.staff("Lee Marsh", Role.LEAD)]
    machine, refs = Desks(desks, staff, []), list[str]()
    machine.decide(0, RULES[0], "suspension", 1, signs=True)
    machine.amend(0, 3, heavy=False, measure="suspension")
    machine.design_holds()
    run_state_machine_as_test(
        lambda: Desks(desks, staff, refs),
        settings=settings(max_examples=60 if LONG else 4, stateful_step_count=40 if LONG else 12, deadline=None,
                          suppress_health_check=list(HealthCheck)),
    )
    with desk.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Action).where(Action.supersedes_id.is_not(None)))
