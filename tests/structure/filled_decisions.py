"""What the filled database has of decisions: overturned, upheld, corrected, replaced, ended, protective, ordered, many."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa

from portal.appeals.operations import answer_pause, ask_pause, contest_withheld, decide_withheld, save_appeal_draft
from portal.cases.models import Case
from portal.core.clock import MovedClock
from portal.documents.operations import open_document
from portal.enforcement.operations import (
    co_sign,
    correct_action,
    issue_action,
    lift_action,
    propose_action,
    propose_extension,
    sign_correction,
    sign_extension,
    start_amendment,
    withdraw_action,
)
from portal.enforcement.reporting import report_account
from portal.enforcement.returning import answer_lead
from portal.notices.operations import opening
from tests.appeals.complaining import Complaints
from tests.appeals.conftest import Bench, reported
from tests.conftest import NOON
from tests.disputes.deciding import Bench as Dispute
from tests.enforcement.conftest import SECOND, Desk, second, with_exhibit
from tests.enforcement.many import confirm, first, refs, send
from tests.enforcement.returning import Return, closed, decide
from tests.enforcement.test_members import decided, joined
from tests.enforcement.test_ordering import SILENT, propose_legal
from tests.enforcement.test_protecting import begin, protective_form
from tests.factories.market import Market, Staff, Story
from tests.structure.owner import Filled, newest_case, work_round
from tests.verification.making import Checks

BEFORE, RETURNED = timedelta(days=250), timedelta(days=60)
"""How long before the story the first accounts were closed, and the one whose people came back under other names."""
ELSEWHERE = {"weight": "not_considered", "why": "It is about another month."}


def returned(made: Filled, market: Market) -> None:
    """Long before: an account is closed; two others have its place for payouts. One lead is answered, one is relied on."""
    rae, desk = market.staff("Rae Lindqvist"), at_an_empty_desk(market)
    old, new, other = (market.party(name) for name in ("Max Orr", "Una Bell", "Cai Wen"))
    back = Return(desk, old, new, closed(market, desk, old))
    back.file(old)
    work_round(made)
    for party in (new, other):
        back.file(party)
    first, second = back.leads()
    for lead in (first, second):
        with made.office.database.read() as session:
            case_ref = session.get_one(Case, lead.case_id).ref
        market.take(rae, case_ref)
        if lead is first:
            market.do(answer_lead, rae.actor, lead_ref=lead.ref, reason="They are sisters and share the account.")
        else:
            decide(back, case_ref, lead.ref)
    work_round(made)
    _silent(made, market, rae)
    cast(MovedClock, made.office.clock).move_to(NOON)


def at_an_empty_desk(market: Market) -> Desk:
    """Rae and Ola at a desk without a story."""
    rae, ola = market.staff("Rae Lindqvist"), market.staff("Ola Brandt")
    return Desk(market, cast(Any, SimpleNamespace(rae=rae, ola=ola, contract=SimpleNamespace(ref=""))), "")


def _silent(made: Filled, market: Market, rae: Staff) -> None:
    """A dispute that nobody answered, and in which somebody reviews the refund that follows."""
    client, freelancer = market.party("Ida Holm"), market.party("Ben Oduya")
    logo = market.contract(client, freelancer, "Logo", [9_000], released={1: 2}, started=12)
    one = Dispute(market, cast(Any, SimpleNamespace(rae=rae)), str(market.dispute(client, logo, 9_000)["dispute"]), rae)
    market.do(opening, freelancer.actor, about_ref=one.ref)
    one.days_pass(8)
    one.ask(freelancer.actor)
    work_round(made)


def actions(made: Filled, market: Market, story: Story) -> None:
    """Three suspensions (one with a hold of its own is overturned, one stands after an appeal, one waits for its answer), and
    beside them what we ended ourselves."""
    reported(market, story)
    bench = Bench(market, story, newest_case(made))
    with_exhibit(bench)
    for outcome, days in (("reversed", 12), ("upheld", 9), ("", 6)):
        bench.action_ref = bench.ready()
        conduct = {"conduct_from": market.day(days).isoformat(), "conduct_to": market.day(days - 2).isoformat()}
        bench.issue(bench.action_ref, **conduct, **(bench.hold() if outcome == "reversed" else {}))
        work_round(made)
        document = str(bench.attach(actor=story.tim.actor)["document"])
        ref = bench.file(mention=outcome == "upheld")
        _paused(bench, ref, {"reversed": "granted", "upheld": "refused"}.get(outcome))
        if outcome:
            bench.begin(ref)
            bench.decide(ref, outcome, exhibits_considered=dict.fromkeys(map(str, range(1, 20)), ELSEWHERE))
        if outcome == "upheld":
            _corrected(made, bench, document)
            _replaced(made, bench)
            _a_rule_fell(made, bench)
    _ended(made, bench)
    market.do(save_appeal_draft, story.tim.actor, action_ref=bench.action_ref, fields={"body": "And what I wrote on Monday"})


def _paused(bench: Bench, ref: str, outcome: str | None) -> None:
    """It is asked that the decision waits; granted, refused, or not answered yet."""
    market, story = bench.market, bench.story
    request = market.do(ask_pause, story.tim.actor, appeal_ref=ref, why="My only client leaves on Friday.")["request"]
    if outcome:
        market.do(answer_pause, story.ola.actor, pause_ref=request, outcome=outcome, reasons="We have read what you wrote to us.")


def _corrected(made: Filled, bench: Bench, document: str) -> None:
    """Another one, which rests on a file too, and whose letter is corrected with a second signature."""
    market, story, ref = bench.market, bench.story, bench.ready()
    days = {"conduct_from": market.day(19).isoformat(), "conduct_to": market.day(17).isoformat()}
    for one in (story.rae, story.ola):
        market.do(open_document, one.actor, document_ref=document, purpose="case")
    bench.issue(ref, **days, exhibits=["1", "3"])
    work_round(made)
    said = {"fields": {"why": "Its work never came, and nobody was told why."}, "reason": "The reason named another milestone."}
    market.do(correct_action, story.rae.actor, action_ref=ref, version=bench.action(ref).version, **said)
    market.do(sign_correction, story.ola.actor, action_ref=ref, reason="I have read both letters.")


def _replaced(made: Filled, bench: Bench) -> None:
    """One more, and a shorter one in its place."""
    market, rae, old = bench.market, bench.story.rae.actor, bench.ready()
    bench.issue(old, conduct_from=market.day(24).isoformat(), conduct_to=market.day(22).isoformat())
    work_round(made)
    new = market.do(start_amendment, rae, action_ref=old)["action"]
    days = {"conduct_from": market.day(24).isoformat(), "conduct_to": market.day(22).isoformat()}
    bench.issue(new, **days, ends_on=market.day(-9).isoformat(), supersedes=old)
    work_round(made)


def _a_rule_fell(made: Filled, bench: Bench) -> None:
    """One under two rules, with a hold under the first, which falls on appeal."""
    market, ref = bench.market, bench.ready()
    bench.answer(bench.ask(key=SECOND))
    days = {"conduct_from": market.day(30).isoformat(), "conduct_to": market.day(28).isoformat()}
    other = {f"{name}_2": value for name, value in days.items()}
    held = bench.hold(5_000, hold_contract_ref=bench.story.other_contract.ref, hold_milestone="1")
    bench.issue(ref, **days, **{**second(bench), **other}, **held)
    work_round(made)
    appeal = bench.file(action_ref=ref)
    bench.decide(appeal, "partially_reversed", exhibits_considered=dict.fromkeys(map(str, range(1, 20)), ELSEWHERE),
                 fallen={str(bench.clause()): "The work was there all the time."})
    work_round(made)


def _ended(made: Filled, bench: Bench) -> None:
    """Beside them: the end of the account, taken back before it took effect, and a suspension with a longer hold, lifted."""
    market, rae = bench.market, bench.story.rae.actor
    for operation, days in ((withdraw_action, 15), (lift_action, 3)):
        ref, form = bench.ready(), {"conduct_from": market.day(days).isoformat(), "conduct_to": market.day(days - 2).isoformat()}
        if operation is lift_action:
            bench.issue(ref, **form, **bench.hold(85_000, hold_contract_ref=bench.story.other_contract.ref, hold_milestone="2"))
        else:
            fields = bench.form(**form, measure="termination", ends_on="")
            market.do(propose_action, rae, action_ref=ref, version=1, fields=fields)
            market.do(co_sign, bench.story.ola.actor, action_ref=ref, reason="I have read all of it.")
        work_round(made)
        if operation is lift_action:
            _longer(bench, ref)
        market.do(operation, rae, action_ref=ref, version=bench.action(ref).version, reason="The work has come.")
    decided(bench, joined(bench, "Mia Lund")[1], measure="warning", ends_on="")
    work_round(made)


def _longer(bench: Bench, ref: str) -> None:
    """What it holds is held longer, with a second signature."""
    said = {"action_ref": ref, "reason": "The files arrive next week, and only they show who drew what."}
    made = bench.market.do(propose_extension, bench.story.rae.actor, **said)
    bench.market.do(sign_extension, bench.story.ola.actor, **said, extension_ref=made["extension"])


def protection(made: Filled, market: Market, story: Story) -> None:
    """Somebody else seems to use the account of a client: it is protected, and the one renewal waits for a second person."""
    said = {"contract_ref": story.other_contract.ref, "happened": "Somebody writes in Omar's name. It is not Omar."}
    market.do(report_account, story.tim.actor, account_id=story.tim.account.id, **said)
    with made.office.database.read() as session:
        desk = Desk(market, story, session.scalars(sa.select(Case.ref).order_by(Case.id.desc())).first() or "")
    fields, refs = protective_form(desk) | {"exhibits": [], "no_exhibit": "shows_detection"}, []
    for operation in (issue_action, propose_action):
        refs.append(begin(desk))
        market.do(operation, story.rae.actor, action_ref=refs[-1], version=1, fields=fields)
        market.office.clock.advance(hours=1)  # type: ignore[attr-defined]
    body = "I cannot say whether it was me without knowing what you noticed."
    ref = str(market.do(contest_withheld, story.omar.actor, action_ref=refs[0], body=body)["appeal"])
    by = Complaints(market, story, desk.case_ref).holder(ref)
    market.do(decide_withheld, by.actor, appeal_ref=ref, version=2, outcome="reversed",
              reasons="It gives nobody away.", shown="A sign-in from another country.")


def until_shown(market: Market, story: Story) -> None:
    """Somebody seems to use another client's account: payouts to new places wait until she shows who she is, which she does."""
    vera = market.party("Vera Holt")
    contract = market.contract(vera, story.tim, "Letterheads", [20_000], started=20)
    said = {"contract_ref": contract.ref, "happened": "Somebody writes in Vera's name. It is not Vera."}
    market.do(report_account, story.tim.actor, account_id=story.tim.account.id, **said)
    with market.office.database.read() as session:
        desk = Desk(market, story, session.scalars(sa.select(Case.ref).order_by(Case.id.desc())).first() or "")
    checks = Checks.of(market, story, desk.case_ref)
    item = str(checks.ask()["item"])
    shown = {"exhibits": [], "no_exhibit": "shows_detection", "measure": "restriction", "scope": ["new_places", "new_messages"],
             "rests_on": item, "resting": ["new_places"]}
    ref = begin(desk)
    market.do(issue_action, story.rae.actor, action_ref=ref, version=1, fields=protective_form(desk) | shown)
    market.office.clock.advance(hours=1)  # type: ignore[attr-defined]
    checks.send(item, replace(vera.actor, stepped_up_at=market.now))
    checks.accept(item)


def many(market: Market, story: Story) -> None:
    """A file of two lines; one acts first and is confirmed as of a group, and lifted a day later."""
    desk, rae = Desk(market, story, ""), story.rae
    about = [market.party(name) for name in ("Ana Ruiz", "Bo Lind")]
    batch = send(desk, [first(desk, one) for one in about])
    ref = refs(desk, batch)[0]
    confirm(desk, batch, ref)
    market.do(lift_action, rae.actor, action_ref=ref, version=desk.action(ref).version, reason="The danger is over.")


def orders(made: Filled, market: Market, story: Story) -> None:
    """A court orders something about another client and forbids us to tell; one more order waits for a second person."""
    said = {"contract_ref": story.contract.ref, "happened": "She asks me to work outside the contract."}
    market.do(report_account, story.tim.actor, account_id=story.tim.account.id, **said)
    with made.office.database.read() as session:
        desk = Desk(market, story, session.scalars(sa.select(Case.ref).order_by(Case.id.desc())).first() or "")
    shown = {"exhibits": [], "no_exhibit": "protects_other_person"}
    ref = propose_legal(desk, **shown, **SILENT, block_amount_minor="70000", block_currency="USD")
    market.do(co_sign, story.ola.actor, action_ref=ref, reason="I have read the order.")
    market.office.clock.advance(hours=1)  # type: ignore[attr-defined]
    propose_legal(desk, **shown)
