"""Looking again, by somebody else each time: reopened reviews, drawing again, released money, questions to the lead."""

from uuid import UUID

import pytest
from sqlalchemy import insert, select

from portal.appeals.models import AppealDecision
from portal.appeals.operations import withdraw_appeal
from portal.appeals.queries import files_of
from portal.cases.clocks import start_clock
from portal.cases.models import Case
from portal.core.ids import new_id
from portal.core.text import sha256
from portal.enforcement.models import RestrictionChange
from portal.enforcement.rules import State
from portal.log.operations import add
from tests.appeals.conftest import Bench
from tests.appeals.test_deciding import notices, state_of, violations
from tests.appeals.test_lapses import settle
from tests.factories.market import refused, usd
from tests.log.making import unguarded


def counted_later(bench: Bench) -> tuple[str, str]:
    """The first action and a later one whose step counted it."""
    first = bench.action_ref
    bench.later(days=30)
    bench.action_ref = bench.ready()
    bench.issue(bench.action_ref, ends_on=bench.market.day(-80).isoformat())
    return first, bench.action_ref


def overturn(bench: Bench, action_ref: str) -> None:
    """By whomever it was drawn for."""
    ref = bench.file(action_ref=action_ref)
    bench.decide(ref, "reversed", by=bench.story.rae)


def test_a_decided_appeal_is_opened_again_and_somebody_else_decides_it(bench: Bench) -> None:
    first, _later = counted_later(bench)
    ref = bench.file()
    bench.decide(ref)
    kim = bench.market.staff("Kim Sato")
    overturn(bench, first)
    appeal = bench.appeal(ref)
    assert (appeal.state, appeal.outcome, appeal.decided_at) == ("filed", None, None)
    assert bench.item(ref).assignee_id == kim.person.id  # type: ignore[union-attr]
    assert appeal.answer_by is not None and appeal.answer_by > bench.market.now
    assert refused(lambda: bench.decide(ref)) == "own_decision"
    bench.decide(ref, by=kim)
    with bench.office.database.read() as session:
        numbers = select(AppealDecision.n).where(AppealDecision.appeal_id == appeal.id).order_by(AppealDecision.n)
        assert list(session.scalars(numbers)) == [1, 2]
    assert violations(bench) == []


def test_who_is_not_made_smaller_is_told_that_we_look_again(bench: Bench) -> None:
    first = bench.action_ref
    bench.later(days=30)
    bench.action_ref = bench.ready()
    bench.issue(bench.action_ref)
    overturn(bench, first)
    with bench.office.database.read() as session:
        [review] = [one for one in bench.appeals(session) if one.state == "filed"]
    [told] = notices(bench, "appeal_opened")
    assert told.recipient_id == bench.story.tim.person.id and told.target == f"/appeals/{review.ref}"
    assert all(ref in (told.body or "") for ref in (first, bench.action_ref, review.ref))
    assert "You need not ask" in (told.body or "") and violations(bench) == []


def test_who_is_made_smaller_hears_it_once(bench: Bench) -> None:
    first, later = counted_later(bench)
    overturn(bench, first)
    tim = bench.story.tim.person.id
    told = [one for one in notices(bench, "action_changed") if (one.recipient_id, one.about_ref) == (tim, later)]
    assert len(told) == 1 and "is made smaller" in (told[0].subject or "")
    assert notices(bench, "appeal_opened") == []


@pytest.fixture
def late_again(bench: Bench) -> tuple[str, str]:
    """The later action, made smaller, and its review, to which our answer was late: the action is paused."""
    first, later = counted_later(bench)
    overturn(bench, first)
    with bench.office.database.read() as session:
        [review] = [one.ref for one in bench.appeals(session) if one.state == "filed"]
    bench.later(days=15)
    settle(bench)
    assert state_of(bench) is State.GOOD
    return later, review


def heard_now(bench: Bench, action_ref: str) -> dict[UUID, str]:
    """The newest of what each counterpart heard of that action at this instant."""
    found = [one for one in notices(bench, "action_changed") if one.about_ref == action_ref]
    tim, now = bench.story.tim.person.id, bench.market.now
    return {one.recipient_id: one.body or "" for one in found if one.created_at == now and one.recipient_id != tim}


def changes(bench: Bench) -> list[str]:
    with bench.office.database.read() as session:
        return list(session.scalars(select(RestrictionChange.kind).order_by(RestrictionChange.id)))


def test_what_was_made_smaller_and_paused_applies_again_once_it_stands(
    bench: Bench, late_again: tuple[str, str]
) -> None:
    """The earlier end that lies ahead is no answer to the pause: everybody who heard of the pause hears what follows."""
    later, review = late_again
    stacy, omar = bench.story.stacy.person.id, bench.story.omar.person.id
    assert set(heard_now(bench, later)) == {stacy, omar}
    bench.decide(review)
    assert (state_of(bench), changes(bench)[-2:]) == (State.SUSPENDED, ["paused", "resumed"])
    again = heard_now(bench, later)
    assert set(again) == {stacy, omar} and all("is not available until the end of" in body for body in again.values())
    assert "applies again" in (notices(bench, "appeal_decided")[-1].body or "") and violations(bench) == []


def test_a_pause_and_the_answer_that_ends_it_may_come_in_one_act(bench: Bench) -> None:
    """Nobody looked since our answer was late: the act that answers pauses first, and then it applies again."""
    ref = bench.file()
    bench.later(days=15)
    bench.decide(ref)
    assert (state_of(bench), changes(bench)) == (State.SUSPENDED, ["paused", "resumed"])


def test_what_is_paused_is_not_paused_once_more(bench: Bench, late_again: tuple[str, str]) -> None:
    _later, review = late_again
    told, before = len(notices(bench, "action_changed")), changes(bench)
    with_clock = {"kind": "eligible_reviewer", "length": 5, "unit": "days", "due_at": bench.market.now}
    bench.market.make(lambda work: start_clock(work, subject_ref=review, case=work.db.scalars(select(Case)).one(), **with_clock))
    settle(bench)
    assert (changes(bench), len(notices(bench, "action_changed"))) == (before, told)


def test_who_heard_of_the_pause_hears_of_the_earlier_end(bench: Bench, late_again: tuple[str, str]) -> None:
    later, _review = late_again
    end = bench.action(later).ends_at
    assert end is not None
    bench.later(seconds=(end - bench.market.now).total_seconds())
    settle(bench)
    assert set(heard_now(bench, later)) == {bench.story.stacy.person.id, bench.story.omar.person.id}
    assert all("that we told you of has ended" in body for body in heard_now(bench, later).values())


def test_files_of_a_draft_are_exhibits_once_we_open_it(bench: Bench) -> None:
    first, later = counted_later(bench)
    bench.attach(action_ref=later)
    overturn(bench, first)
    with bench.office.database.read() as session:
        [review] = [one for one in bench.appeals(session) if one.state == "filed"]
        assert [shown.exhibit is not None for shown in files_of(session, review.id)] == [True]
    assert violations(bench) == []


def test_an_appeal_that_was_taken_back_is_opened_again(bench: Bench) -> None:
    first, _later = counted_later(bench)
    ref = bench.file()
    bench.market.do(withdraw_appeal, bench.story.tim.actor, appeal_ref=ref)
    overturn(bench, first)
    appeal = bench.appeal(ref)
    assert (appeal.state, appeal.withdrawn_at) == ("filed", None) and bench.item(ref) is not None
    bench.decide(ref)
    assert violations(bench) == []


def test_the_check_names_who_decided_twice(bench: Bench) -> None:
    ref = bench.file()
    bench.decide(ref)
    appeal_id, ola = bench.appeal(ref).id, bench.story.ola.person.id
    again = {"appeal_id": appeal_id, "n": 2, "decided_by": ola, "outcome": "upheld", "language": "en", "record": "{}"}
    with unguarded(bench.office) as connection:
        row = {**again, "id": new_id(), "created_at": bench.market.now, "sha256": sha256("{}")}
        connection.execute(insert(AppealDecision).values(row))
    assert violations(bench) == [f"appeal {ref} was decided twice by the same person"]


def test_only_the_newest_decision_is_compared(bench: Bench) -> None:
    ref = bench.file()
    bench.decide(ref)
    rae = bench.story.rae.person.id
    row = {"appeal_id": bench.appeal(ref).id, "n": 2, "decided_by": rae, "outcome": "reversed", "language": "en",
           "record": "{}", "sha256": sha256("{}")}
    bench.market.make(lambda work: add(work, AppealDecision(**row)))
    assert violations(bench) == [f"appeal {ref} and its decision say different things"]


@pytest.fixture
def with_platform_hold(bench_maker: object) -> Bench:
    made: Bench = bench_maker(dispute=False)  # type: ignore[operator]
    return made


def test_releasing_only_the_money_of_a_paused_action_tells_everybody_that_it_applies(with_platform_hold: Bench) -> None:
    bench = with_platform_hold
    ref = bench.file()
    bench.later(days=15)
    settle(bench)
    told = {n.recipient_id for n in notices(bench, "action_changed")} - {bench.story.tim.person.id}
    assert state_of(bench) is State.GOOD and len(told) == 2
    bench.decide(ref, "partially_reversed", release_hold=True)
    assert state_of(bench) is State.SUSPENDED and bench.market.funds(bench.story.tim).held == usd(0)
    again = {n.recipient_id: n.body or "" for n in notices(bench, "action_changed") if n.created_at == bench.market.now}
    again.pop(bench.story.tim.person.id, None)
    heard = {key: body for key, body in again.items() if "is not available until the end of" in body}
    assert set(heard) == told
    assert "$400.00" in heard[bench.story.stacy.person.id] and "$400.00" not in heard[bench.story.omar.person.id]
    assert "applies again" in (notices(bench, "appeal_decided")[0].body or "") and violations(bench) == []


def test_releasing_money_of_what_is_in_effect_tells_only_whose_money_it_is(with_platform_hold: Bench) -> None:
    bench = with_platform_hold
    bench.decide(bench.file(), "partially_reversed", release_hold=True)
    changed = notices(bench, "action_changed")
    assert [notice.recipient_id for notice in changed] == [bench.story.stacy.person.id]
    assert "not available" not in (changed[0].body or "") and "$400.00" in (changed[0].body or "")
