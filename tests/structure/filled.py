"""A database in which much has happened: an overturned action, an upheld one, disputes decided and open, identity checks,
cases closed and complained about, rules corrected and new rules told.

Everything is made by the real operations. Nobody may change it: whoever breaks something does so in a transaction that is
rolled back.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import worker
from portal.accounts.flaggers import trust_flagger
from portal.accounts.throttles import ask_for_link
from portal.act import Office
from portal.appeals.operations import answer_pause, ask_pause, contest_withheld, decide_withheld, save_appeal_draft
from portal.cases.models import Case
from portal.contracts.running import choose_way
from portal.core.access import OPERATOR, Role
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.keys import Keyring
from portal.disputes.chargebacks import mark_chargeback, record_chargeback
from portal.disputes.operations import (
    accept_settlement,
    answer_our_question,
    ask_client,
    decline_settlement,
    offer_settlement,
    propose_decision,
    second_decision,
    show_file,
)
from portal.documents.intake import Taken
from portal.enforcement.needing import add_to_need, answer_need, close_need, say_need
from portal.enforcement.noticing import report_detections, report_what_i_saw
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
from portal.enforcement.receiving import report_somebody, sort_report
from portal.enforcement.reporting import report_account
from portal.enforcement.returning import answer_lead
from portal.ledger.operations import mark_payout, propose_adjustment, sign_adjustment
from portal.notices.mailer import FileMailer
from portal.notices.operations import opening
from portal.notices.outgoing import SECRET_SEAL, set_endpoint
from portal.rulebook.operations import publish
from portal.settings import Settings, load_settings
from portal.verification.operations import co_sign_request
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
from tests.factories.market import Market, Party, Staff, Story
from tests.factories.promising import promise_anew
from tests.factories.told import SECRET
from tests.verification.making import Checks

BEFORE = timedelta(days=60)
"""How long before the story an account was closed."""
ELSEWHERE = {"weight": "not_considered", "why": "It is about another month."}
NEW = {"new_reason": "law_asks", "new_words": "Tax law, section 93, asks for a new copy."}


class Known(Market):
    """A market whose staff are hired once: who closed an account long before works at the desk of the story too."""

    def staff(self, name: str, role: Role = Role.REVIEWER) -> Staff:
        hired: dict[str, Staff] = self.__dict__.setdefault("hired", {})
        if name not in hired:
            hired[name] = super().staff(name, role)
        return hired[name]


@dataclass(frozen=True)
class Filled:
    """The office of the filled database and the settings of its worker."""

    office: Office
    settings: Settings

    @property
    def folder(self) -> Path:
        """Where the signed notes of the log are copied."""
        return Path(self.settings.checkpoints_url)

    @contextmanager
    def unguarded(self, *without: str) -> Iterator[Session]:
        """What the owner of the database can do: no trigger, foreign key or check stops them. Rolled back at the end.

        `without`: "table.name" of constraints and unique indexes that are taken away too.
        """
        with self.office.database.writer.connect() as connection:
            if self.office.database.is_sqlite:
                _pragmas(connection, on=False)
            try:
                with Session(connection) as session:
                    _take_away(session, without)
                    yield session
                    session.rollback()
            finally:
                if self.office.database.is_sqlite:
                    _pragmas(connection, on=True)

    @contextmanager
    def guarded(self) -> Iterator[Session]:
        """Somebody who writes plain SQL, with every guard in place. Rolled back at the end."""
        with Session(self.office.database.writer) as session:
            yield session
            session.rollback()


def _pragmas(connection: sa.Connection, *, on: bool) -> None:
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
    raw.execute(f"PRAGMA ignore_check_constraints={'OFF' if on else 'ON'}")


def _take_away(session: Session, without: tuple[str, ...]) -> None:
    sqlite = session.get_bind().dialect.name == "sqlite"
    if sqlite:
        for name in session.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(sa.text(f"DROP TRIGGER {name}"))
    else:
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))
    for table, name in (one.split(".") for one in without):
        if name.startswith("uq_"):
            session.execute(sa.text(f"DROP INDEX {name}"))
        elif not sqlite:
            session.execute(sa.text(f'ALTER TABLE "{table}" DROP CONSTRAINT {name}'))


def fill(database: Database, clock: MovedClock, folder: Path) -> Filled:
    """Tells the whole story, delivers, sequences and signs."""
    office = Office(database, clock, Keyring(SECRET))
    url = database.url.render_as_string(hide_password=False)
    settings = load_settings({"PORTAL_INSTANCE": str(folder), "PORTAL_DATABASE_URL": url, "PORTAL_SECRET_KEY": SECRET})
    made = Filled(office, settings)
    market = Known(office)
    _returned(made, market)
    story = market.story()
    _actions(made, market, story)
    _disputes(market, story, market.staff("Lee Marsh", Role.LEAD))
    _checks(market, story)
    _paid_out(market, story)
    _closing(market, story)
    _incoming(market, story)
    _needs(market, story)
    _protection(made, market, story)
    _many(market, story)
    _orders(made, market, story)
    _rules(made, market)
    clock.advance(hours=25)
    _round(made)
    market.do(ask_for_link, email="somebody@example.org")
    return made


def _round(made: Filled) -> None:
    worker.run_once(made.office, FileMailer(made.settings.instance / "mail"), made.settings)


def _returned(made: Filled, market: Market) -> None:
    """Long before: an account is closed; two others have its place for payouts. One lead is answered, one is relied on."""
    market.publish()
    rae, ola = market.staff("Rae Lindqvist"), market.staff("Ola Brandt")
    old, new, other = (market.party(name) for name in ("Max Orr", "Una Bell", "Cai Wen"))
    story = SimpleNamespace(rae=rae, ola=ola, contract=SimpleNamespace(ref=""))
    desk = Desk(market, cast(Any, story), "")
    back = Return(desk, old, new, closed(market, desk, old))
    back.file(old)
    _round(made)
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
    _round(made)
    _silent(made, market, rae)
    cast(MovedClock, made.office.clock).move_to(NOON)


def _silent(made: Filled, market: Market, rae: Staff) -> None:
    """A dispute that nobody answered, and in which somebody reviews the refund that follows."""
    client, freelancer = market.party("Ida Holm"), market.party("Ben Oduya")
    logo = market.contract(client, freelancer, "Logo", [9_000], released={1: 2}, started=12)
    one = Dispute(market, cast(Any, SimpleNamespace(rae=rae)), str(market.dispute(client, logo, 9_000)["dispute"]), rae)
    market.do(opening, freelancer.actor, about_ref=one.ref)
    one.days_pass(8)
    one.ask(freelancer.actor)
    _round(made)


def _actions(made: Filled, market: Market, story: Story) -> None:
    """Three suspensions (one with a hold of its own is overturned, one stands after an appeal, one waits for its answer), and
    beside them what we ended ourselves."""
    reported(market, story)
    bench = Bench(market, story, _newest_case(made))
    with_exhibit(bench)
    for outcome, days in (("reversed", 12), ("upheld", 9), ("", 6)):
        bench.action_ref = bench.ready()
        conduct = {"conduct_from": market.day(days).isoformat(), "conduct_to": market.day(days - 2).isoformat()}
        bench.issue(bench.action_ref, **conduct, **(bench.hold() if outcome == "reversed" else {}))
        _round(made)
        bench.attach(actor=story.tim.actor)
        ref = bench.file()
        _paused(bench, ref, {"reversed": "granted", "upheld": "refused"}.get(outcome))
        if outcome:
            bench.begin(ref)
            bench.decide(ref, outcome, exhibits_considered=dict.fromkeys(map(str, range(1, 20)), ELSEWHERE))
        if outcome == "upheld":
            _corrected(made, bench)
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


def _newest_case(made: Filled) -> str:
    with made.office.database.read() as session:
        return session.scalars(sa.select(Case.ref).order_by(Case.id.desc())).first() or ""


def _corrected(made: Filled, bench: Bench) -> None:
    """Another one, whose letter is corrected with a second signature."""
    market, story, ref = bench.market, bench.story, bench.ready()
    bench.issue(ref, conduct_from=market.day(19).isoformat(), conduct_to=market.day(17).isoformat())
    _round(made)
    said = {"fields": {"why": "Its work never came, and nobody was told why."}, "reason": "The reason named another milestone."}
    market.do(correct_action, story.rae.actor, action_ref=ref, version=bench.action(ref).version, **said)
    market.do(sign_correction, story.ola.actor, action_ref=ref, reason="I have read both letters.")


def _replaced(made: Filled, bench: Bench) -> None:
    """One more, and a shorter one in its place."""
    market, rae, old = bench.market, bench.story.rae.actor, bench.ready()
    bench.issue(old, conduct_from=market.day(24).isoformat(), conduct_to=market.day(22).isoformat())
    _round(made)
    new = market.do(start_amendment, rae, action_ref=old)["action"]
    days = {"conduct_from": market.day(24).isoformat(), "conduct_to": market.day(22).isoformat()}
    bench.issue(new, **days, ends_on=market.day(-9).isoformat(), supersedes=old)
    _round(made)


def _a_rule_fell(made: Filled, bench: Bench) -> None:
    """One under two rules, with a hold under the first, which falls on appeal."""
    market, ref = bench.market, bench.ready()
    bench.answer(bench.ask(key=SECOND))
    days = {"conduct_from": market.day(30).isoformat(), "conduct_to": market.day(28).isoformat()}
    other = {f"{name}_2": value for name, value in days.items()}
    held = bench.hold(5_000, hold_contract_ref=bench.story.other_contract.ref, hold_milestone="1")
    bench.issue(ref, **days, **{**second(bench), **other}, **held)
    _round(made)
    appeal = bench.file(action_ref=ref)
    bench.decide(appeal, "partially_reversed", exhibits_considered=dict.fromkeys(map(str, range(1, 20)), ELSEWHERE),
                 fallen={str(bench.clause()): "The work was there all the time."})
    _round(made)


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
        _round(made)
        if operation is lift_action:
            _longer(bench, ref)
        market.do(operation, rae, action_ref=ref, version=bench.action(ref).version, reason="The work has come.")
    decided(bench, joined(bench, "Mia Lund")[1], measure="warning", ends_on="")
    _round(made)


def _longer(bench: Bench, ref: str) -> None:
    """What it holds is held longer, with a second signature."""
    said = {"action_ref": ref, "reason": "The files arrive next week, and only they show who drew what."}
    bench.market.do(propose_extension, bench.story.rae.actor, **said)
    bench.market.do(sign_extension, bench.story.ola.actor, **said)


def _disputes(market: Market, story: Story, lee: Staff) -> None:
    """One is decided, reviewed and carried out; a large one by two; one is settled; two wait for an answer."""
    small = Dispute(market, story, str(market.dispute(story.stacy, story.contract)["dispute"]), lee)
    shop = market.contract(story.stacy, story.tim, "Shop", [150_000], released={1: 8}, started=12)
    large = Dispute(market, story, str(market.dispute(story.stacy, shop, 150_000)["dispute"]), lee)
    _settled(market, story)
    _asked(market, story, lee)
    _called_back(market, story)
    for party in (story.stacy, story.tim):
        market.do(choose_way, party.actor, contract_ref=story.contract.ref, way="settle", release_minor=0, words="Let us stop.")
    book = market.contract(story.omar, story.tim, "Cookbook", [60_000], released={1: 3}, started=12)
    market.dispute(story.omar, book, 30_000)
    for party in (story.omar, story.tim):
        market.do(choose_way, party.actor, contract_ref=book.ref, way="finish")
    for one in (small, large):
        one.answer()
    _heard(market, story, small)
    small.decide()
    small.ask(story.tim.actor)
    small.review(small.drawn())
    market.do(propose_decision, story.rae.actor, **large.choice())
    market.do(second_decision, story.ola.actor, dispute_ref=large.ref, version=large.dispute.version)
    _fees(market, story, lee)


def _fees(market: Market, story: Story, lee: Staff) -> None:
    """Money paid in for a milestone is released with our fee, and a lead's correction of it is signed."""
    menu = market.contract(story.omar, story.tim, "Menu", [50_000, 10_000], started=12)
    for number in (1, 2):
        market.pay_in(menu, number, 10_000)
    market.earn(menu, 1, 9_000, days_ago=1, fee_minor=1_000)
    told = {"contract_ref": menu.ref, "milestone_number": 1, "kind": "added", "amount_minor": 500, "currency": "USD"}
    reason = "The milestone was put on record with a wrong amount."
    made = market.do(propose_adjustment, lee.actor, reason=reason, **told)
    market.do(sign_adjustment, story.ola.actor, adjustment_ref=made["adjustment"], outcome="signed")


def _asked(market: Market, story: Story, lee: Staff) -> None:
    """In another one we asked the client, and wait for the answer."""
    flyer = market.contract(story.omar, story.tim, "Flyer", [30_000], released={1: 6}, started=12)
    one = Dispute(market, story, str(market.dispute(story.omar, flyer, 20_000)["dispute"]), lee)
    one.answer()
    args = {"dispute_ref": one.ref, "version": one.dispute.version, "question": "Which version is it about?"}
    market.do(ask_client, story.rae.actor, **args)


def _called_back(market: Market, story: Story) -> None:
    """A bank calls a contested milestone back, and we answer it; another one gives a part back that is not there any more."""
    sign = market.contract(story.omar, story.tim, "Sign", [30_000], released={1: 9}, started=12)
    market.dispute(story.omar, sign, 20_000)
    menu = market.contract(story.omar, story.tim, "Menu", [30_000], released={1: 90}, started=95)
    market.pay_out(story.tim, story.destination, 20_000)
    door = market.contract(story.omar, story.tim, "Door", [30_000], started=12)
    market.pay_in(door, 1, 30_000)
    for contract, stage in ((sign, "contested"), (menu, "lost"), (door, "won")):
        made = market.do(
            record_chargeback, external_id=f"bank-{contract.ref}", contract_ref=contract.ref, milestone_number=1,
            amount_minor=30_000, currency="USD", received_at=market.now, reason="Services not provided",
        )
        market.do(mark_chargeback, chargeback_ref=made["chargeback"], stage=stage)


def _heard(market: Market, story: Story, contested: Dispute) -> None:
    """Before it is decided: the freelancer shows a file and the client answers a question."""
    taken = Taken("drawing.pdf", "application/pdf", 1000, "d" * 64, "key-heard", b"sealed")
    market.do(show_file, story.tim.actor, dispute_ref=contested.ref, description="The drawing", taken=taken)
    asked = market.do(ask_client, story.rae.actor, dispute_ref=contested.ref, version=contested.dispute.version, question="When?")
    args = {"dispute_ref": contested.ref, "question_ref": asked["question"], "answer": "On Friday."}
    market.do(answer_our_question, story.stacy.actor, **args)


def _settled(market: Market, story: Story) -> None:
    """Another one both sides settle: an offer is declined, the other side's is accepted."""
    poster = market.contract(story.omar, story.tim, "Poster", [30_000], released={1: 6}, started=12)
    ref = str(market.dispute(story.omar, poster, 20_000)["dispute"])
    for by, other, back, end in (
        (story.omar, story.tim, 19_000, decline_settlement), (story.tim, story.omar, 8_000, accept_settlement),
    ):
        made = market.do(offer_settlement, by.actor, dispute_ref=ref, refund_minor=back, days=7, text="Let us share it.")
        market.do(end, other.actor, dispute_ref=ref, offer_ref=made["offer"])


def _checks(market: Market, story: Story) -> None:
    """One item was turned down, accepted, and asked for twice more with a reason; a second person signed the third time."""
    checks = Checks.begin(market, story)
    item = str(checks.ask()["item"])
    checks.send(item)
    checks.reject(item)
    checks.send(item)
    checks.accept(item)
    market.office.clock.advance(hours=1)  # type: ignore[attr-defined]
    checks.accepted(**NEW)
    market.office.clock.advance(hours=1)  # type: ignore[attr-defined]
    market.do(co_sign_request, story.ola.actor, request_ref=checks.ask(**NEW)["request"], reason="I have read the law.")
    checks.send(str(checks.ask(item="address")["item"]))


def _paid_out(market: Market, story: Story) -> None:
    """One payout is on its way, one arrived; the marketplace had an address for messages and has another one now."""
    refs = [market.pay_out(story.tim, story.destination, 1_000)["payout"] for _ in range(2)]
    market.do(mark_payout, payout_ref=refs[0], state="sent")
    for number in (1, 2):
        sealed = market.office.keyring.seal(SECRET_SEAL, b"whsec_" + b"QUJD" * 8)
        market.do(set_endpoint, OPERATOR, name="main", url=f"https://203.0.113.{number}/hooks", sealed_secret=sealed)


def _closing(market: Market, story: Story) -> None:
    """Somebody reports and Tim is asked and answers; then the case is closed without action, and its reporter complains.

    Nina's complaint stands, Otto's opens the case again, and whoever did not close it closes it again; Pia's waits.
    """
    for name, outcome in (("Nina Falk", "upheld"), ("Otto Lind", "reversed"), ("Pia Kern", "")):
        made = _closed(market, story, name)
        ref = made.complain(made.party)
        if outcome:
            made.decide(ref, outcome)
        if outcome == "reversed":
            market.office.clock.advance(minutes=1)  # type: ignore[attr-defined]
            made.close(made.holder(made.report_ref))


def _incoming(market: Market, story: Story) -> None:
    """A trusted flagger names Omar by his reference, somebody else a listing that nobody finds; a machine and Rae see more."""
    quinn, happened = market.party("Quinn Roth"), "The pictures of this listing are mine. I made them in May."
    market.do(trust_flagger, account_ref=quinn.account.ref, area="Pictures", since_on=market.day())
    for named in (story.omar.account.ref, "https://northlight.example/listing/9", "https://northlight.example/listing/10"):
        said = {"account_id": quinn.account.id, "named": named, "happened": happened}
        ref = market.do(report_somebody, quinn.actor, **said)["report"]
        if named.endswith("9"):
            market.do(sort_report, story.ola.actor, incoming_ref=ref, about_ref="")
    market.do(report_detections, facts=[{
        "source_key": "d-1", "account": "m-omar", "happened": happened, "detector": "Equal pictures 2",
        "accuracy": "Of 100 checked hits, 97 were right.", "signals": "Equal to 99 of 100.", "withheld": True, "language": "en",
    }])
    market.do(report_what_i_saw, story.ola.actor, about_ref=story.omar.account.ref, happened=happened)


def _needs(market: Market, story: Story) -> None:
    """Somebody in need is answered and writes again; somebody else's is over; a third person waits."""
    for name, more in (("Runa Dahl", "answered"), ("Sven Ek", "over"), ("Tove Lie", "")):
        party = market.party(name)
        ref = str(market.do(say_need, party.actor, account_id=party.account.id, food=True, words="Nothing is left.")["need"])
        if more == "over":
            market.do(close_need, party.actor, need_ref=ref)
        if more == "answered":
            market.do(answer_need, story.ola.actor, need_ref=ref, version=2, answer="You can take out what is available.")
            market.do(add_to_need, party.actor, need_ref=ref, words="It arrived.")
            market.do(answer_need, story.ola.actor, need_ref=ref, version=4, answer="Good.")


@dataclass
class _Closed(Complaints):
    party: Party | None = None


def _closed(market: Market, story: Story, name: str) -> _Closed:
    party = market.party(name)
    contract = market.contract(party, story.tim, f"Logo for {name}", [20_000], started=20)
    said = {"contract_ref": contract.ref, "happened": "He is silent again, for ten days now."}
    report = market.do(report_account, party.actor, account_id=party.account.id, **said)["report"]
    with market.office.database.read() as session:
        case_ref = session.scalars(sa.select(Case.ref).order_by(Case.id.desc())).first() or ""
    made = _Closed(market, story, case_ref, report_ref=str(report), party=party)
    made.answer(made.ask())
    made.close()
    return made


def _protection(made: Filled, market: Market, story: Story) -> None:
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


def _many(market: Market, story: Story) -> None:
    """A file of two lines; one acts first and is confirmed as of a group, and lifted a day later."""
    desk, rae = Desk(market, story, ""), story.rae
    about = [market.party(name) for name in ("Ana Ruiz", "Bo Lind")]
    batch = send(desk, [first(desk, one) for one in about])
    ref = refs(desk, batch)[0]
    confirm(desk, batch, ref)
    market.do(lift_action, rae.actor, action_ref=ref, version=desk.action(ref).version, reason="The danger is over.")


def _orders(made: Filled, market: Market, story: Story) -> None:
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


def _rules(made: Filled, market: Market) -> None:
    """The rules in force are corrected in wording today, new rules come in a month; tomorrow we promise to answer sooner."""
    folder = made.settings.instance / "policies"
    shutil.copytree(market.policies, folder)
    terms = folder / "terms-of-service"
    text = (terms / "2026-03-01.md").read_text(encoding="utf-8").split("---\n", 2)[2]
    for day, front, body in (
        (market.day(), "editorial: true\n", text.replace("They are an agreement", "They form an agreement")),
        (market.day(-30), "", text.replace("two years", "three years")),
    ):
        head = f"title: Terms of Service\npublished_on: {market.day()}\neffective_on: {day}\nlanguage: en\nchanges: Some words.\n"
        (terms / f"{day}.md").write_text(f"---\n{head}{front}---\n{body}", encoding="utf-8")
        shutil.copy(terms / "2026-03-01.clauses.toml", terms / f"{day}.clauses.toml")
    market.do(publish, folder=str(folder))
    promise_anew(market, folder, {"appeal_answer": {"length": 10}}, ahead=1)
