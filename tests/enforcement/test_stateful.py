"""One machine over two accounts, with members in one: asked, proposed, signed, issued, corrected, replaced, shortened, lifted,
taken back, protected, ordered, kept silent, made to rest on an identity check, appealed against, overturned and left to time in
any order. After every step the
design holds, by `flask verify` and by an oracle, and everybody reads the same: the people concerned, the other side of their
contracts, the desk and the marketplace.

In the battery it goes on for longer, with stories of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from sqlalchemy import select

from portal.accounts.models import Account
from portal.act import Office
from portal.appeals.models import LIVE, Appeal
from portal.appeals.operations import decide_appeal, file_appeal
from portal.appeals.queries import grounds_of
from portal.cases.models import Draft
from portal.core.access import Role
from portal.core.clock import MovedClock
from portal.core.database import Database
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
    start_action,
    start_amendment,
    withdraw_action,
)
from portal.enforcement.queries import standing
from portal.notices.delivery import release
from tests.appeals.conftest import BODY
from tests.conftest import NOON
from tests.enforcement.agreeing import Readers
from tests.enforcement.checking import Checked
from tests.enforcement.conftest import Desk, opened
from tests.enforcement.oracle import Books, broken
from tests.enforcement.staging import Joined, readers_of, seen, two_desks
from tests.enforcement.test_members import as_member, joined
from tests.enforcement.touring import RULES, tour
from tests.factories.drawn import draw
from tests.factories.market import Staff
from tests.factories.promised import Promised
from tests.factories.worker import settle_all

MEASURES = ["warning", "restriction", "suspension", "suspension", "termination"]
TAKEN = ["profile", "new_contracts", "new_offers"]
PICK, DAYS = st.integers(0, 40), st.integers(0, 25)


class Desks(Checked):
    """Two cases, about either side of one contract, two members beside the first owner, and four members of staff."""

    def __init__(
        self, desks: list[Desk], staff: list[Staff], members: list[Joined], others: list[str], readers: Readers,
        promised: Promised,
    ) -> None:
        super().__init__(desks[0], staff[3], others)
        self.desks, self.staff, self.members, self.market = desks, staff, members, desks[0].market
        self.readers, self.promised, self.applied, self.over = readers, promised, frozenset[UUID](), False

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

    def form(self, desk: Desk, key: str, measure: str, ago: int, more: Collection[str], days: int) -> dict[str, Any]:
        """A decision for so many days; with `more` before anybody was asked, under both rules, or with money."""
        day, second = self.market.day, RULES[1 - RULES.index(key)]
        both = {} if "both" not in more else {f"{name}_2": value for name, value in {
            **desk.form(), "clause_version_id": str(desk.clause(second)), "conduct_from": day(ago + 3).isoformat(),
            "conduct_to": day(ago).isoformat(),
        }.items() if name in ("clause_version_id", "conduct_from", "conduct_to", "objects", "exhibits", "facts", "why")}
        money = desk.hold(20_000) if {"money", "elsewhere"} & set(more) else {}
        money |= {"hold_contract_ref": desk.story.other_contract.ref} if "elsewhere" in more else {}
        rests = measure == "restriction" and desk is self.desks[0] and not {"member", "first"} & set(more)
        ends = day(-days).isoformat() if measure in ("suspension", "restriction") else ""
        return desk.form(
            measure=measure, clause_version_id=str(desk.clause(key)), conduct_from=day(ago + 4).isoformat(),
            conduct_to=day(ago).isoformat(), ends_on=ends, interim="first" in more, **both, **money,
            **(self.taken() if measure == "restriction" else {}),
            **(self.resting("new_contracts", "new_offers") if rests else {}),
        )

    def taken(self) -> dict[str, Any]:
        """Three things, two of which end before the rest."""
        day = self.market.day
        return {"scope": TAKEN, "ends_on_profile": day(-4).isoformat(), "ends_on_new_contracts": day(-8).isoformat()}

    @rule(pick=PICK, key=st.sampled_from(RULES), measure=st.sampled_from(MEASURES), ago=DAYS, signs=st.booleans(),
          more=st.sets(st.sampled_from(["member", "both", "money", "elsewhere", "first"]), max_size=2))
    def decide(self, pick: int, key: str, measure: str, ago: int, signs: bool, more: Collection[str] = ()) -> None:
        """Both rules are asked about, a draft is begun, and it is issued, or proposed and then signed or returned."""
        desk = self.desks[0 if "member" in more else pick % 2]
        member_id = self.members[pick % 2][1] if "member" in more else None
        for one in RULES:
            try:
                desk.answer(desk.ask(key=one, member_id=member_id))
            except Refusal:
                continue
        begun = self.tried(start_action, self.by(0), case_ref=desk.case_ref, clause_version_id=desk.clause(key),
                           member_id=member_id)
        if not begun:
            return
        ref = str(begun["action"])
        fields = self.form(desk, key, measure, ago, more, 40 if pick % 4 > 1 else 12)
        if not self.tried(issue_action, self.by(0), action_ref=ref, version=1, fields=fields):
            self.tried(propose_action, self.by(0), action_ref=ref, version=1, fields=fields)
            self.tried(co_sign, self.by(0), action_ref=ref, reason="My own.")
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
        fields |= {"scope": TAKEN[pick % 2:]} if measure == "restriction" else {"rests_on": "", "resting": []}
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

    def holders(self, action: Action) -> list[Any]:
        """Who may appeal: the member whom it is about and their owner, else whose account it is."""
        owners = [desk.story.tim.actor for desk in self.desks if desk.story.tim.account.id == action.account_id]
        theirs = [as_member(self.desk, party) for party, member_id in self.members if member_id == action.member_id]
        return theirs + owners

    @rule(pick=PICK)
    def appeal(self, pick: int) -> None:
        action = self.picked(pick)
        for actor in self.holders(action) if action is not None else ():
            self.tried(file_appeal, actor, action_ref=action.ref, grounds=["other"], body=BODY)

    @rule(pick=PICK, outcome=st.sampled_from(["upheld", "partially_reversed", "partially_reversed", "reversed"]), days=DAYS,
          falls=st.sampled_from([None, *RULES]))
    def answer(self, pick: int, outcome: str, days: int, falls: str | None = None) -> None:
        """By whoever may; sometimes one of two rules falls, and nothing else is chosen."""
        fell = {str(self.desks[0].clause(falls)): "It was somebody else."} if falls else {}
        with self.market.office.database.read() as session:
            live = session.scalars(select(Appeal).where(Appeal.state.in_(LIVE)).order_by(Appeal.id)).all()
            one = live[pick % len(live)] if live else None
            answers = {ground.key: "We looked at this." for ground in grounds_of(session, one)} if one is not None else {}
        for staff in self.staff if one is not None else ():
            if one is not None and self.tried(
                decide_appeal, staff.actor, appeal_ref=one.ref, version=one.version, outcome=outcome, ground_answers=answers,
                exhibits_considered={}, reasons="We read all of it.", our_error="An error." if outcome == "reversed" else "",
                new_ends_on=None if falls else self.market.day(-days), fallen=fell,
            ):
                break
        self.desks[0].later(minutes=1)

    @rule(days=st.integers(1, 16))
    def time_passes(self, days: int) -> None:
        self.desks[0].later(days=days)
        settle_all(self.market)
        release(self.market.office)
        self.over = True

    def whose(self) -> list[tuple[Account, UUID | None]]:
        theirs = [(self.desk.story.tim.account, member_id) for _, member_id in self.members]
        return [*((desk.story.tim.account, None) for desk in self.desks), *theirs]

    @invariant()
    def design_holds(self) -> None:
        """By the rows, and as everybody reads them: whole when something ended or was overturned, and when time has passed."""
        now = self.market.now
        with self.market.office.database.read() as session:
            found = broken(session, now) + self.promised.broken()
            books = Books(session, now)
            for account, member_id in self.whose():
                told, derived = standing(session, account.id, now, member_id).state, books.standing(account.id, member_id)
                found += [f"{account.ref} is {told} by its function and {derived} by its rows"] if told != derived else []
            applied = frozenset(one.id for one in books.said if books.applies(one))
            ended = self.over or not self.applied <= applied
            found += self.readers.differ(session, books, changed=applied != self.applied, whole=ended)
        self.applied, self.over = applied, False
        assert found == []

    def teardown(self) -> None:
        self.over = True
        self.design_holds()


def staged(office: Office, folder: Path) -> Desks:
    """The machine over a story that has just begun."""
    desk = opened(office, 10_000)
    desks, market = two_desks(desk), desk.market
    staff = [desk.story.rae, desk.story.ola, market.staff("Kim Sato"), market.staff("Lee Marsh", Role.LEAD)]
    members = [joined(desk, "Mia Lund"), joined(desk, "Bo Lind")]
    return Desks(desks, staff, members, [], readers_of(desk, members, staff[3], folder), Promised(office.database))


@pytest.mark.timeout(7200)
def test_the_design_holds_whatever_is_done(office: Office, databases: Callable[[], Database], tmp_path: Path) -> None:
    machine = staged(office, tmp_path)
    for _step in tour(machine):
        machine.design_holds()
    assert seen(office) == {
        "conduct", "protective", "legal", "member", "money", "replaced", "lifted", "withdrawn", "reversed", "upheld", "silent",
        "partially_reversed", "own ends", "paused", "shown",
    }

    last = [office.database]

    def anew() -> Desks:
        last.append(databases())
        last.pop(0).dispose()
        return staged(Office(last[0], MovedClock(NOON), office.keyring), tmp_path)

    def further() -> Desks:
        return Desks(machine.desks, machine.staff, machine.members, machine.actions, machine.readers, machine.promised)

    draw(further, 2, 10, anew)
