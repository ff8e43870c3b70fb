"""Both sides are heard: reminders before silence, our question to the client, files of both, what only we read."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from portal.cases.models import Clock, Message, WorkItem
from portal.core.clock import end_of_day
from portal.core.errors import NotFound
from portal.disputes.hearing_models import DisputeQuestion
from portal.disputes.operations import (
    answer_dispute,
    answer_our_question,
    ask_client,
    open_shown,
    show_file,
    withdraw_dispute,
)
from portal.disputes.queries import pressure_said, questions_of
from portal.disputes.rules import reminder_after
from portal.disputes.showing import shown_in
from portal.documents.intake import Taken
from portal.notices.models import Notice
from portal.notices.operations import opening
from tests.conftest import NOON
from tests.disputes.deciding import Bench
from tests.factories.market import Market, Story, refused, usd
from tests.ledger.steps import touch


def taken(key: str = "k1") -> Taken:
    return Taken(name="drawing.pdf", media_type="application/pdf", size=9, sha256="0" * 64, store_key=key, wrapped_key=b"x")


def ask(bench: Bench, text: str = "When did you tell Tim that the drawing was not enough?") -> str:
    args = {"dispute_ref": bench.ref, "version": bench.dispute.version, "question": text}
    return str(bench.market.do(ask_client, bench.story.rae.actor, **args)["question"])


def reply(bench: Bench, ref: str, actor: Any = None) -> Any:
    return bench.market.do(answer_our_question, actor or bench.story.stacy.actor, dispute_ref=bench.ref, question_ref=ref,
                           answer="On Friday, by message.")


def clock(bench: Bench, kind: str) -> Clock | None:
    with bench.market.office.database.read() as session:
        return session.scalars(sa.select(Clock).where(Clock.kind == kind, Clock.ended_at.is_(None))).one_or_none()


def reminders(market: Market) -> list[Any]:
    with market.office.database.read() as session:
        return list(session.scalars(sa.select(Notice).where(Notice.kind == "dispute_reminder").order_by(Notice.created_at)))


def test_when_we_remind() -> None:
    start, due = NOON, end_of_day((NOON + timedelta(days=7)).date(), "UTC")
    half, last = start + (due - start) / 2, due - timedelta(days=1)
    assert reminder_after(start, start, due) == half
    assert reminder_after(half, start, due) == last
    assert reminder_after(last, start, due) is None
    assert reminder_after(start, start, start + timedelta(hours=20)) == start + timedelta(hours=10)


def test_the_freelancer_is_reminded_twice_before_silence(market: Market, story: Story) -> None:
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    market.do(opening, story.tim.actor, about_ref=ref)
    counts = []
    for _ in range(8):
        market.office.clock.advance(days=1)  # type: ignore[attr-defined]
        market.do(touch, dispute_ref=ref)
        counts.append(len(reminders(market)))
    assert counts == [0, 0, 0, 1, 1, 1, 2, 2]
    assert {one.recipient_id for one in reminders(market)} == {story.tim.person.id}
    assert "You have until Sunday 29 November 2026." in reminders(market)[0].body
    assert "You have until today, Sunday 29 November 2026." in reminders(market)[1].body


def test_whoever_was_not_informed_yet_has_at_least_until_then(market: Market, story: Story) -> None:
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    market.office.clock.advance(days=4)  # type: ignore[attr-defined]
    market.do(touch, dispute_ref=ref)
    market.office.clock.advance(days=3, hours=6)  # type: ignore[attr-defined]
    market.do(touch, dispute_ref=ref)
    first, last = (one.body for one in reminders(market))
    assert "You have at least until Sunday 29 November 2026: your time to answer runs from the day on which" in first
    assert "You have at least until today, Sunday 29 November 2026: your time to answer runs" in last


def test_who_has_answered_is_not_reminded(bench: Bench) -> None:
    bench.days_pass(7)
    assert reminders(bench.market) == []
    assert bench.violations() == []


def test_who_says_nothing_to_our_decision_is_reminded_before_it_is_carried_out(bench: Bench) -> None:
    """Who has accepted it is not, and nobody once it is reviewed."""
    bench.decide()
    bench.accept(bench.story.stacy.actor)
    for expected in (0, 0, 0, 0, 1, 1, 1, 2):
        assert len(reminders(bench.market)) == expected
        bench.days_pass(1)
    told = reminders(bench.market)
    assert {one.recipient_id for one in told} == {bench.story.tim.person.id}
    for words in ("Until Sunday 29 November 2026 you can accept it, or ask once", "it is carried out after that"):
        assert words in told[0].body and words in (told[0].mail_body or "")
    assert "$" not in (told[0].mail_body or "") and bench.violations() == []


def test_nobody_is_reminded_of_a_decision_that_is_reviewed(bench: Bench) -> None:
    bench.decide()
    bench.ask(bench.story.tim.actor)
    bench.days_pass(8)
    assert reminders(bench.market) == []


def test_a_late_look_reminds_nobody_of_what_is_over(market: Market, story: Story) -> None:
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    market.do(opening, story.tim.actor, about_ref=ref)
    market.office.clock.advance(days=30)  # type: ignore[attr-defined]
    market.do(touch, dispute_ref=ref)
    assert reminders(market) == []


def test_our_time_waits_for_the_clients_answer_and_begins_anew(bench: Bench) -> None:
    ref = ask(bench)
    assert clock(bench, "dispute_decision") is None
    waits = clock(bench, "dispute_client_answer")
    assert waits is not None
    assert waits.due_at == end_of_day((NOON + timedelta(days=7)).date(), "UTC")
    for who in ("stacy", "tim"):
        assert "When did you tell Tim" in bench.told("dispute_asked")[who]
    bench.days_pass(5)
    assert [one.recipient_id for one in reminders(bench.market)] == [bench.story.stacy.person.id]
    reply(bench, ref)
    begun = clock(bench, "dispute_decision")
    assert begun is not None
    assert begun.due_at == end_of_day((NOON + timedelta(days=19)).date(), "UTC")
    assert "On Friday, by message." in bench.told("dispute_question_answered")["tim"]
    bench.decide()
    assert bench.violations() == []


def test_while_we_wait_nothing_is_decided_and_nothing_else_asked(bench: Bench) -> None:
    ref = ask(bench)
    assert refused(bench.decide) == "not_answered"
    assert refused(lambda: ask(bench)) == "asked_already"
    assert refused(lambda: reply(bench, ref, bench.story.tim.actor)) == "not_found"
    with bench.market.office.database.read() as session:
        item = session.scalars(sa.select(WorkItem).where(WorkItem.subject_ref == bench.ref)).one()
    assert item.waiting_on == "client"
    reply(bench, ref)
    assert bench.stage == "answered"
    assert refused(lambda: reply(bench, ref)) == "answered"
    ask(bench, "And what did he say?")


def test_a_silent_client_closes_the_dispute_and_the_hold_ends(bench: Bench) -> None:
    before = bench.market.funds(bench.story.tim).available
    ask(bench)
    bench.days_pass(8)
    dispute, now = bench.dispute, bench.market.funds(bench.story.tim)
    assert (dispute.state, dispute.closed_because) == ("closed", "client_silent")
    assert (dispute.outcome, dispute.refund_minor) == (None, None)
    assert (now.held, now.available - before) == (usd(0), usd(40_000))
    assert "You did not answer our question" in bench.told("dispute_closed")["stacy"]
    assert "Stacy Moreno did not answer our question" in bench.told("dispute_closed")["tim"]
    assert bench.violations() == []
    assert not [text for text in bench.mails({"dispute_closed", "dispute_asked"}) if "When did" in text]


def test_what_ends_the_dispute_ends_the_question(bench: Bench) -> None:
    ref = ask(bench)
    bench.market.do(withdraw_dispute, bench.story.stacy.actor, dispute_ref=bench.ref)
    with bench.market.office.database.read() as session:
        assert [one.end_kind for one in questions_of(session, bench.dispute.id)] == ["overtaken"]
    assert refused(lambda: reply(bench, ref)) == "answered"
    bench.days_pass(30)
    assert (bench.dispute.state, bench.violations()) == ("withdrawn", [])


def test_after_a_decision_nothing_is_asked(bench: Bench) -> None:
    bench.decide()
    assert refused(lambda: ask(bench)) == "decided"


@pytest.mark.parametrize("change", [{"answer_by": NOON}, {"ended_at": None}, {"answer_sha256": "0" * 64}, {"asked_at": NOON}])
def test_the_database_keeps_a_question_and_its_answer(bench: Bench, change: dict[str, Any]) -> None:
    ref = ask(bench)
    bench.days_pass(1)
    reply(bench, ref)
    if "asked_at" in change:
        change = {"asked_at": bench.market.now}
    for statement in (sa.update(DisputeQuestion).values(change), sa.delete(DisputeQuestion)):
        with pytest.raises(DBAPIError, match="kept as they are"), bench.market.office.database.writer.begin() as connection:
            connection.execute(statement)


def test_both_sides_show_files_and_open_each_others(bench: Bench) -> None:
    market, story = bench.market, bench.story
    made = [
        market.do(show_file, who.actor, dispute_ref=bench.ref, description="The drawing of Friday", taken=taken(key))
        for who, key in ((story.tim, "a"), (story.stacy, "b"))
    ]
    with market.office.database.read() as session:
        files = shown_in(session, bench.dispute.id)
    assert [one.account_id for one in files] == [story.tim.account.id, story.stacy.account.id]
    assert "Tim Okafor added exhibit" in bench.told("dispute_shown")["stacy"]
    for one in made:
        for actor in (story.tim.actor, story.stacy.actor):
            assert market.do(open_shown, actor, dispute_ref=bench.ref, number=one["exhibit"])["document"] == one["document"]
        with pytest.raises(NotFound):
            market.do(open_shown, story.omar.actor, dispute_ref=bench.ref, number=one["exhibit"])
    assert refused(lambda: market.do(open_shown, story.tim.actor, dispute_ref=bench.ref, number=1)) == "not_found"


def test_a_file_says_what_it_shows_and_none_comes_when_it_is_over(bench: Bench) -> None:
    market, tim = bench.market, bench.story.tim.actor
    nothing = {"dispute_ref": bench.ref, "description": " ", "taken": taken()}
    assert refused(lambda: market.do(show_file, tim, **nothing)) == "description_missing"
    market.do(withdraw_dispute, bench.story.stacy.actor, dispute_ref=bench.ref)
    late = nothing | {"description": "Too late"}
    assert refused(lambda: market.do(show_file, tim, **late)) == "dispute_over"


def test_pressure_goes_to_the_case_under_its_rule_and_not_to_the_client(market: Market, story: Story) -> None:
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    said = "She wrote that she would report me if I did not pay everything back."
    market.do(answer_dispute, story.tim.actor, dispute_ref=ref, answer="It is what we agreed.", pressed=said)
    bench = Bench(market, story, ref, story.rae)
    with market.office.database.read() as session:
        (message,) = pressure_said(session, bench.dispute, story.tim.account.id)
        assert message.body == said
        number = session.scalars(sa.text("SELECT number FROM clause_version WHERE id = :id").bindparams(
            sa.bindparam("id", message.clause_version_id, sa.Uuid))).one()
        assert number == "5.3"
        assert session.scalars(sa.select(Message.kind)).all() == ["recorded"]
        told = [text or "" for text in session.scalars(sa.select(Notice.body))]
    assert not [text for text in told if "report me" in text]


def test_the_work_can_be_asked_for_again(market: Market, story: Story) -> None:
    ref = str(market.dispute(story.stacy, story.contract, asks_for="redo")["dispute"])
    assert Bench(market, story, ref, story.rae).dispute.asks_for == "redo"
