"""The demo is believable: what its decisions say is what happened in it, and fits the rule that they name."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.act import Office
from portal.cases.models import Case, Report, WorkItem
from portal.cli.demo import cases, make_demo, plots, story
from portal.cli.demo.abroad import play_abroad
from portal.cli.demo.crowd import _contracts
from portal.cli.demo.obliged import ordered, ordered_in_part, ordered_silently, protected, protected_in_part
from portal.cli.demo.reported import acted_first, noticed_alone, told_by_many
from portal.cli.demo.stage import Stage
from portal.cli.demo.studio import play_studio
from portal.contracts.choice_models import ContractChoice
from portal.contracts.models import Earning, Milestone
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.i18n import language
from portal.core.keys import Keyring
from portal.disputes.models import Dispute, SettlementOffer
from portal.enforcement.corrected import waiting_correction
from portal.enforcement.linked import Tie, linked_reporters, reported_by
from portal.enforcement.members import own_member
from portal.enforcement.models import Action, Statement
from portal.enforcement.queries import restrictions_of, standing, statement_of
from portal.ledger.extension_models import HoldExtension
from portal.ledger.models import Book, Hold
from portal.ledger.payout_queries import destinations_of, payouts_of
from portal.ledger.queries import funds
from portal.notices.models import Notice
from portal.settings import load_settings
from tests.conftest import NOON
from tests.factories.told import SECRET


@pytest.fixture
def stage(sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> Stage:
    """Two clients and a Spanish freelancer, before anything happens."""
    settings = load_settings({"PORTAL_INSTANCE": str(tmp_path), "PORTAL_SECRET_KEY": SECRET})
    made = Stage(Office(sqlite_database, clock, Keyring(SECRET)), settings, "password")
    made.open()
    for name, speech in (("Ann", "en"), ("Hana", "es")):
        made.at(300, partial(made.join, name, language=speech, zone="Europe/Madrid", days_ago=300))
    made.at(100, partial(_contracts, made, "hana", ["ann"], 0))
    made.at(99, lambda: made.destination(made.players["hana"], 99, "4002"))
    return made


def played(stage: Stage, begin: Callable[[cases.Plot], None], turn: int = 0) -> tuple[cases.Plot, dict[str, Any]]:
    """One case of the demo to its end, and the record of its statement."""
    plot = cases.Plot(stage, "hana", 9.5, turn)
    begin(plot)
    stage.at(plot.begins + cases.SILENT, partial(cases.release_third, plot))
    stage.run()
    with stage.office.database.read() as session:
        return plot, (statement_of(session, plot.refs["action"])[0] or {}) if "action" in plot.refs else {}


@pytest.mark.parametrize(("begin", "measure"), [(cases.suspended, "suspension"), (cases.warned, "warning")])
def test_a_decision_says_what_happened(stage: Stage, begin: Callable[[cases.Plot], None], measure: str) -> None:
    plot, record = played(stage, begin)
    paid, then = stage.day(plot.begins + cases.SILENT), stage.day(plot.begins)
    assert (record["measure"], record["conduct_from"], record["conduct_to"]) == (measure, paid.isoformat(), then.isoformat())
    days = (then - paid).days
    assert days > 14 and f"{days} days later" in record["facts"] and language("en").day(paid) in record["facts"]
    assert ("lightest" in record["weighed"]) == (measure == "warning"), "the heaviest measure is not called the lightest"
    with stage.office.database.read() as session:
        dispute = session.query(Dispute).one()
    assert dispute.happened == cases.HAPPENED.en and "drawing" not in cases.HAPPENED.en and "third part" in record["facts"]
    assert cases.ANSWER.es in str(record), "who reads Spanish writes it too"


def test_a_place_for_payouts_is_called_in_its_owners_language(stage: Stage) -> None:
    stage.run()
    with stage.office.database.read() as session:
        [place] = destinations_of(session, stage.players["hana"].account_id)
    assert language("es").place(place.hint) == "Cuenta terminada en 4002"


def test_money_of_every_kind_of_currency_is_there(stage: Stage) -> None:
    """No decimals and three; one payout arrived and one is late; some is being cleared; a correction waits in the queue."""
    play_abroad(stage, "ann")
    stage.run()
    with stage.office.database.read() as session:
        yuki = stage.players["yuki"].account_id
        mine = {one.currency: [language("en").money(part) for part in (one.pending, one.available, one.under_way, one.paid_out)]
                for one in funds(session, yuki, stage.now)}
        assert mine == {"JPY": ["¥0 JPY", "¥65,000 JPY", "¥60,000 JPY", "¥210,000 JPY"],
                        "KWD": ["212.750 KWD", "450.500 KWD", "0.000 KWD", "0.000 KWD"]}
        assert {one.payout.state for one in payouts_of(session, yuki)} == {"paid", "overdue"}
        assert session.scalars(select(WorkItem.kind).where(WorkItem.closed_at.is_(None))).all() == ["cosignature"]


def test_what_is_released_is_on_record_on_that_day(stage: Stage) -> None:
    """A page that shows the day of the release and one that shows when it was put down say the same."""
    story.prepare(stage)
    played(stage, cases.contested)
    with stage.office.database.read() as session:
        released = session.query(Earning).all()
        assert len(released) == 6 and all(one.created_at.date() == one.released_at.date() for one in released)
        days = {one.id: one.released_on for one in session.query(Milestone)}
        assert all(days[one.milestone_id] == one.released_at.date() for one in released)
        assert session.query(Dispute).one().opened_at > max(one.released_at for one in released)


@pytest.mark.parametrize(("turn", "refund"), [(0, 10_000), (1, 15_000)])
def test_an_offer_to_settle_waits_for_the_other_side(stage: Stage, turn: int, refund: int) -> None:
    played(stage, plots.offered, turn)
    with stage.office.database.read() as session:
        offer = session.query(SettlementOffer).one()
        assert (offer.refund_minor, offer.ended_at) == (refund, None) and offer.answer_by > stage.now


@pytest.mark.parametrize(("turn", "waits", "letters"), [(0, True, 1), (1, False, 2)])
def test_a_letter_is_corrected_or_waits_for_a_second_person(stage: Stage, turn: int, waits: bool, letters: int) -> None:
    played(stage, plots.corrected, turn)
    with stage.office.database.read() as session:
        assert (waiting_correction(session, session.query(Action).one()) is not None) == waits
        assert session.query(Statement).count() == letters


def test_a_shorter_suspension_takes_the_place_of_the_first(stage: Stage) -> None:
    plot, record = played(stage, plots.replaced)
    with stage.office.database.read() as session:
        [now] = standing(session, plot.freelancer.account_id, stage.now).actions
        old = session.query(Action).where(Action.ref != now.ref).one()
    assert record["replaces"] == old.ref and now.ends_at and old.ends_at and now.ends_at < old.ends_at


def test_a_longer_hold_waits_for_a_second_person(stage: Stage) -> None:
    played(stage, plots.held_longer)
    with stage.office.database.read() as session:
        hold = session.query(Hold).filter(Hold.amount_minor == 10_000).one()
        assert hold.ended_at is None and session.query(HoldExtension).one().hold_id == hold.id


def test_a_client_waits_for_somebody_suspended(stage: Stage) -> None:
    plot, _ = played(stage, plots.waited_for)
    with stage.office.database.read() as session:
        choice = session.query(ContractChoice).one()
        assert (choice.way, choice.ended_at) == ("finish", None)
        assert standing(session, plot.freelancer.account_id, stage.now).actions


def test_a_decision_is_about_one_member_of_a_company(stage: Stage) -> None:
    play_studio(stage, "ann")
    stage.run()
    owner, worker = stage.players["nora"], stage.players["luis"]
    with stage.office.database.read() as session:
        [action] = session.query(Action).all()
        member = own_member(session, worker.account_id, worker.person_id)
        assert (action.member_id, action.measure, action.status) == (member, "restriction", "issued")
        assert not standing(session, owner.account_id, stage.now).actions
        assert [one.ref for one in standing(session, owner.account_id, stage.now, member).actions] == [action.ref]
        read = session.query(Notice.recipient_id).where(Notice.about_ref == action.ref, Notice.kind == "statement")
        assert {row.recipient_id for row in read} == {owner.person_id, worker.person_id}
    assert {address for address, _ in stage.sights} >= {"nora@example.com", "luis@example.com"}


@pytest.mark.parametrize(("begin", "nature", "letters"), [(protected, "protective", 1), (ordered, "legal", 2)])
def test_what_is_about_nobodys_conduct_is_in_force(
    stage: Stage, begin: Callable[[cases.Plot], None], nature: str, letters: int
) -> None:
    plot, _ = played(stage, begin)
    with stage.office.database.read() as session:
        [action] = standing(session, plot.freelancer.account_id, stage.now).actions
        waits = session.query(WorkItem).where(WorkItem.subject_ref == action.ref, WorkItem.closed_at.is_(None)).count()
        assert (action.nature, session.query(Statement).count()) == (nature, letters) and waits == (nature == "legal")


@pytest.mark.parametrize(("begin", "applies", "ahead"), [
    (protected_in_part, {"new_places", "new_messages"}, set()), (ordered_in_part, {"new_contracts"}, {"new_offers"}),
])
def test_each_thing_has_days_of_its_own(
    stage: Stage, begin: Callable[[cases.Plot], None], applies: set[str], ahead: set[str]
) -> None:
    plot, _ = played(stage, begin)
    with stage.office.database.read() as session:
        [action] = standing(session, plot.freelancer.account_id, stage.now).actions
        spans = restrictions_of(session, [action.id])[action.id]
    assert {row.scope for row, span in spans if span.in_effect(stage.now)} == applies
    assert {row.scope for row, _span in spans if row.starts_at > stage.now} == ahead


def test_what_a_contract_says_is_paid_in_is_in_the_books(stage: Stage) -> None:
    played(stage, protected)
    with stage.office.database.read() as session:
        said = session.query(Milestone.id).filter_by(state="funded").all()
        kept = session.query(Book.milestone_id).filter(Book.kind == "escrow", Book.balance_minor > 0).all()
    assert said and set(said) == set(kept), "a client reads the same on the page of the contract and on that of their money"


def test_everybody_who_can_tell_us_of_a_conduct_reports_one(stage: Stage) -> None:
    """By contracts some of them are linked; whoever it is about had reported the client before."""
    stage.at(99, lambda: stage.join("Teo", language="en", zone="Europe/Madrid", days_ago=99))
    stage.at(98, partial(_contracts, stage, "teo", ["ann"], 0))
    told_by_many(cases.Plot(stage, "hana", 0))
    stage.run()
    ann, hana, teo = (stage.players[name].account_id for name in ("ann", "hana", "teo"))
    with stage.office.database.read() as session:
        about = session.query(Report).join(Case, Report.case_id == Case.id).filter(Case.about_account_id == hana).all()
        assert sorted(one.source for one in about) == ["counterpart", "detection", "reviewer", "trusted_flagger", "user"]
        assert len({one.case_id for one in about}) == 1, "one conduct, one case"
        [linked] = linked_reporters(session, stage.office.keyring, [one.reporter_account_id for one in about])
        assert ({linked.first, linked.second}, linked.ties) == ({ann, teo}, (Tie.CONTRACT,))
        assert [one for one, _at in reported_by(session, hana, {ann}, stage.ago(90))] == [ann]


@pytest.mark.parametrize(("begin", "status", "interim", "waits"), [
    (acted_first, "issued", True, {"interim"}), (noticed_alone, "proposed", False, {"cosignature"}),
    (ordered_silently, "issued", False, {"report", "legal_review", "silence_review"}),
])
def test_what_is_urgent_alone_or_silent_has_its_stage(
    stage: Stage, begin: Callable[[cases.Plot], None], status: str, interim: bool, waits: set[str]
) -> None:
    begin(cases.Plot(stage, "hana", 0))
    stage.run()
    with stage.office.database.read() as session:
        action = session.query(Action).one()
        assert (action.status, action.interim) == (status, interim)
        assert {one.kind for one in session.query(WorkItem).where(WorkItem.closed_at.is_(None))} == waits
        told = session.query(Notice).where(Notice.about_ref == action.ref, Notice.kind == "statement").count()
        assert told == (begin is acted_first)


def test_a_second_run_says_of_which_day_the_data_are(stage: Stage) -> None:
    stage.run()
    notes = stage.settings.instance / "demo.txt"
    notes.parent.mkdir(parents=True, exist_ok=True)
    notes.write_text("Sign in here", encoding="utf-8")
    os.utime(notes, (NOON.timestamp(), NOON.timestamp()))
    first, second = make_demo(stage.office, stage.settings)
    assert first.startswith("Continuing with the data of Sunday 22 November 2026.") and second == "Sign in here"
