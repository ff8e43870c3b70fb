"""New evidence after an appeal was answered: once, on something new, in the window, to somebody else, and never for the worse."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.act import Office
from portal.appeals.evidence import answers_of
from portal.appeals.operations import add_to_appeal, ask_pause, draw_again, file_appeal, remove_evidence
from portal.appeals.queries import eligible, grounds_of, had_a_part
from portal.appeals.rules import NEW
from portal.appeals.similar import precedents
from portal.core.errors import NotFound
from portal.documents.rules import MOST_FOR_ONE_THING
from portal.enforcement.models import RestrictionChange
from portal.enforcement.rules import State
from portal.notices.operations import opening
from portal.rulebook.queries import cited_clause
from tests.appeals.anew import WHY, Anew, answered
from tests.appeals.conftest import BODY, Bench
from tests.appeals.test_deciding import notices, state_of
from tests.appeals.test_lapses import settle
from tests.enforcement.test_correcting import NEW_FACTS, correct, sign_it
from tests.factories.market import refused
from tests.factories.promising import proven


@pytest.fixture
def anew(office: Office, bench_maker: Callable[..., Bench]) -> Anew:
    return answered(office, bench_maker)


def test_it_is_open_again_for_somebody_else_with_a_receipt_and_the_promised_day(anew: Anew) -> None:
    bench, done = anew.bench, anew.open()
    appeal = bench.appeal(anew.ref)
    assert (appeal.state, appeal.outcome, appeal.decided_at) == ("filed", None, None)
    assert done["answer_by"] == appeal.answer_by == bench.market.now.replace(hour=0) + timedelta(days=15)
    assert anew.holder() in anew.others
    receipt = notices(bench, "appeal_filed")[-1]
    assert "is open again" in (receipt.subject or "") and "1 new exhibit." in (receipt.body or "")
    with bench.office.database.read() as session:
        assert grounds_of(session, appeal)[0].key == NEW
        apart = {bench.story.rae.person.id, bench.story.ola.person.id}
        assert had_a_part(session, appeal) == apart and apart.isdisjoint(eligible(session, appeal))
    [one] = anew.openings()
    assert (one.why, one.opened_at, one.ended_at) == (WHY, bench.market.now, None)
    assert proven(bench.market) == []


def test_its_person_is_told_beforehand_whether_and_until_when(anew: Anew) -> None:
    """In the answer, which freezes the day, and on every day after it; the window counts from being informed."""
    bench = anew.bench
    told = notices(bench, "appeal_decided")[-1]
    for text in (told.body, told.mail_body):
        assert "opened again once, at least until the end of Saturday 22 May 2027" in (text or "")
    with bench.office.database.read() as session:
        record = answers_of(session, bench.appeal(anew.ref).id)[0].record or {}
    assert record["reopen_until_at_least"] == "2027-05-23T00:00:00.000000Z"
    before = anew.way()
    assert before.window is not None and (before.why_not, before.late, before.window.until) == (None, False, None)
    bench.later(days=40)
    bench.market.do(opening, bench.story.tim.actor, about_ref=anew.ref)
    after = anew.way().window
    assert after is not None and after.until is not None and after.informed_at == bench.market.now
    assert after.last > before.window.last
    bench.later(days=(after.last - bench.market.now).days + 1)
    assert anew.way().late
    anew.show()
    assert refused(lambda: anew.open(shown=False)) == "late_reason_missing"
    anew.open(shown=False, late_reason="The hospital took eight months to write.")
    assert bench.appeal(anew.ref).late and proven(bench.market) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [({"why": "New."}, "why_missing"), ({"why": " "}, "why_missing"), ({"body": "See file."}, "body_missing"),
     ({"shown": False}, "nothing_new")],
)
def test_what_is_missing_is_named_and_nothing_is_opened(anew: Anew, change: dict[str, object], code: str) -> None:
    assert refused(lambda: anew.open(**change)) == code  # type: ignore[arg-type]
    assert anew.bench.appeal(anew.ref).outcome == "upheld" and anew.openings() == []


def test_what_we_knew_is_not_new_whatever_it_is_called(anew: Anew) -> None:
    [known] = anew.digests()
    anew.show(digest=known)
    assert refused(lambda: anew.open(shown=False)) == "nothing_new"
    anew.show(description="Something else")
    anew.open(shown=False)
    assert proven(anew.bench.market) == []


def test_a_file_can_be_taken_away_before_it_is_sent_and_not_after(anew: Anew) -> None:
    tim, first, second = anew.bench.story.tim.actor, anew.show()["document"], anew.show()["document"]
    taken = {"appeal_ref": anew.ref}
    anew.bench.market.do(remove_evidence, tim, **taken, document_ref=first)
    anew.open(shown=False)
    assert refused(lambda: anew.bench.market.do(remove_evidence, tim, **taken, document_ref=second)) == "on_record"
    assert proven(anew.bench.market) == []


def test_as_many_files_can_be_sent_as_the_first_time(anew: Anew) -> None:
    for _ in range(MOST_FOR_ONE_THING):
        anew.show()
    assert refused(lambda: anew.show()) == "too_many_documents"


def test_nobody_else_opens_it(anew: Anew) -> None:
    with pytest.raises(NotFound):
        anew.open(anew.bench.story.stacy.actor, shown=False)
    with pytest.raises(NotFound):
        anew.show(anew.bench.story.stacy.actor)
    assert anew.openings() == []


def test_pressing_four_times_opens_it_once_and_other_words_are_not_lost(anew: Anew) -> None:
    anew.show()
    assert len({str(anew.open(shown=False)) for _ in range(4)}) == 1 and len(anew.openings()) == 1
    assert refused(lambda: anew.open(shown=False, body="Something quite different that I want to say.")) == "already_open"


def test_who_decided_before_grants_in_full_and_nothing_else(anew: Anew) -> None:
    bench, ola = anew.bench, anew.bench.story.ola
    anew.open()
    assert refused(lambda: anew.decide(by=ola)) == refused(lambda: anew.turn_down(ola)) == "own_decision"
    anew.decide("reversed", by=ola)
    assert (bench.appeal(anew.ref).outcome, state_of(bench)) == ("reversed", State.GOOD)
    assert anew.openings()[0].end_kind == "answered" and proven(bench.market) == []


def test_it_is_answered_anew_once_and_both_answers_stay(anew: Anew) -> None:
    bench = anew.bench
    anew.open()
    assert refused(lambda: anew.decide(ground_answers={"not_the_rule": "No.", "would_change:2": "No."})) == "ground_unanswered"
    anew.decide()
    with bench.office.database.read() as session:
        second, first = answers_of(session, bench.appeal(anew.ref).id)
    assert (first.row.n, second.row.n) == (1, 2) and first.record and second.record
    assert second.record["reopened"]["new"] == [3] and "reopen_until_at_least" not in second.record
    assert [one["number"] for one in second.record["exhibits"]] == [2, 3]
    assert "opened again" not in (notices(bench, "appeal_decided")[-1].body or "")
    assert anew.way().why_not == "answered" and refused(lambda: anew.open(shown=False)) == "not_possible"
    assert refused(anew.show) == "not_possible" and refused(bench.file) == "decided" and proven(bench.market) == []


def test_what_is_changed_is_told_once_to_those_who_were_told(anew: Anew) -> None:
    bench = anew.bench
    anew.open()
    assert notices(bench, "action_changed") == [], "that it is open again is nobody else's business"
    anew.decide("partially_reversed", new_ends_on=bench.market.day(-4))
    told = Counter(one.recipient_id for one in notices(bench, "action_changed"))
    assert told == {bench.story.stacy.person.id: 1, bench.story.omar.person.id: 1} and proven(bench.market) == []


def test_what_was_changed_before_stays_changed(office: Office, bench_maker: Callable[..., Bench]) -> None:
    anew = answered(office, bench_maker, "partially_reversed")
    bench, ends_at = anew.bench, anew.bench.action(anew.bench.action_ref).ends_at
    anew.open()
    later = bench.market.day(-15)
    assert refused(lambda: anew.decide("partially_reversed", new_ends_on=later)) == "not_shorter"
    anew.decide()
    assert bench.action(bench.action_ref).ends_at == ends_at
    with bench.office.database.read() as session:
        clause = cited_clause(session, bench.clause())
        assert clause is not None
        past = precedents(session, clause.clause_id)
    assert (past.answered, past.newest[0].appeal) == (1, "partially_reversed") and proven(bench.market) == []


def test_while_it_is_open_again_its_answer_so_far_counts_once(anew: Anew) -> None:
    anew.open()
    with anew.bench.office.database.read() as session:
        clause = cited_clause(session, anew.bench.clause())
        assert clause is not None
        past = precedents(session, clause.clause_id)
    assert (past.decisions, past.answered, past.newest[0].appeal) == (1, 1, "upheld")


def test_an_overturned_one_is_not_opened_again(office: Office, bench_maker: Callable[..., Bench]) -> None:
    anew = answered(office, bench_maker, "reversed")
    assert anew.way().why_not == "overturned" and refused(lambda: anew.open(shown=False)) == "not_possible"


def test_late_it_is_paused_and_applies_again_once_it_is_answered(anew: Anew) -> None:
    bench = anew.bench
    anew.open()
    bench.later(days=15)
    settle(bench)
    assert state_of(bench) is State.GOOD
    anew.decide()
    with bench.office.database.read() as session:
        kinds = list(session.scalars(select(RestrictionChange.kind).order_by(RestrictionChange.id)))
    assert (state_of(bench), kinds) == (State.SUSPENDED, ["paused", "resumed"]) and proven(bench.market) == []


def test_a_pause_can_be_asked_for_again_and_something_added(anew: Anew) -> None:
    bench, tim = anew.bench, anew.bench.story.tim.actor
    anew.open()
    assert bench.market.do(ask_pause, tim, appeal_ref=anew.ref)["request"]
    bench.market.do(add_to_appeal, tim, appeal_ref=anew.ref, body="And this is what I wrote on that day.")
    version = bench.appeal(anew.ref).version
    args = {"appeal_ref": anew.ref, "version": version, "reason": "They are away for a month."}
    bench.market.do(draw_again, anew.others[2].actor, **args)
    assert anew.holder() in anew.others and proven(bench.market) == []


def test_a_corrected_letter_needs_nothing_new(anew: Anew) -> None:
    """Where the appeal can be sent again as it is, also with a file, that is said, and nothing new is asked for."""
    bench = anew.bench
    correct(bench, bench.action_ref, fields={"facts": NEW_FACTS})
    sign_it(bench, bench.action_ref, by=anew.others[1])
    assert anew.way().why_not == "appeal" and refused(lambda: anew.open(shown=False)) == "not_possible"
    bench.attach()
    again = {"action_ref": bench.action_ref, "grounds": ["other"], "body": f"{BODY} Again."}
    bench.market.do(file_appeal, bench.story.tim.actor, **again)
    assert bench.appeal(anew.ref).state == "filed" and proven(bench.market) == []
