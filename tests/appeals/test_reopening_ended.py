"""What was opened again ends in another way: nothing new, taken back, or the decision falls elsewhere; and many at once."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from portal.act import Office, act
from portal.appeals.evidence_models import AppealReopening
from portal.appeals.models import AppealDecision
from portal.appeals.operations import file_appeal, refuse_appeal, reopen_appeal, withdraw_appeal
from portal.appeals.queries import appeal_by_ref, item_of
from portal.core.text import sha256
from portal.enforcement.models import RestrictionChange
from portal.enforcement.rules import State
from portal.log.operations import add
from portal.notices.operations import opening
from tests.appeals.anew import SAME, SHOWS, WHY, Anew, answered, hired
from tests.appeals.coming_back import closed
from tests.appeals.conftest import Bench
from tests.appeals.test_deciding import notices, state_of
from tests.appeals.test_lapses import settle
from tests.enforcement.test_amending import amend, shorter
from tests.enforcement.test_races import MANY, together
from tests.factories.market import refused
from tests.factories.promising import proven


@pytest.fixture
def anew(office: Office, bench_maker: Callable[..., Bench]) -> Anew:
    return answered(office, bench_maker)


def test_nothing_new_leaves_the_earlier_answer_and_can_be_contested_once(anew: Anew) -> None:
    bench, before = anew.bench, anew.bench.appeal(anew.ref)
    anew.open()
    first = anew.holder()
    assert refused(lambda: anew.turn_down(first, " ")) == "reason_missing"
    anew.turn_down(first)
    after = bench.appeal(anew.ref)
    assert (after.state, after.outcome, after.decided_at) == ("decided", "upheld", before.decided_at)
    assert SAME in (notices(bench, "appeal_decided")[-1].body or "") and bench.item(anew.ref) is None
    assert "You can ask once more" in (notices(bench, "appeal_decided")[-1].body or "")
    anew.open(shown=False, body="It names other days: the two weeks before, of which you spoke.")
    second = anew.holder()
    assert second is not first and refused(lambda: anew.turn_down(first)) == "own_decision"
    anew.turn_down(second)
    assert "once more" not in (notices(bench, "appeal_decided")[-1].body or "")
    assert anew.way().why_not == "refused" and refused(anew.show) == "not_possible"
    assert [one.end_kind for one in anew.openings()] == ["refused", "refused"] and proven(bench.market) == []


def test_who_found_nothing_new_decides_it_only_by_overturning(anew: Anew) -> None:
    bench = anew.bench
    anew.open()
    first = anew.holder()
    anew.turn_down(first)
    anew.open(shown=False)
    assert refused(lambda: anew.decide(by=first)) == "own_decision"
    row = {"appeal_id": bench.appeal(anew.ref).id, "n": 2, "decided_by": first.person.id, "outcome": "upheld",
           "language": "en", "record": "{}", "sha256": sha256("{}")}
    with pytest.raises(DBAPIError, match="only overturn in full"):
        bench.market.make(lambda work: add(work, AppealDecision(**row)))
    anew.decide("reversed", by=first)
    assert bench.appeal(anew.ref).outcome == "reversed" and proven(bench.market) == []


def test_taken_back_it_is_what_it_was_and_can_be_opened_again(anew: Anew) -> None:
    bench, tim = anew.bench, anew.bench.story.tim.actor
    anew.open()
    bench.later(days=15)
    settle(bench)
    assert state_of(bench) is State.GOOD, "we were late, so it was paused"
    bench.market.do(withdraw_appeal, tim, appeal_ref=anew.ref)
    assert (bench.appeal(anew.ref).outcome, state_of(bench)) == ("upheld", State.SUSPENDED)
    assert "Our earlier answer stays" in (notices(bench, "appeal_withdrawn")[-1].body or "")
    assert refused(bench.file) == "decided", "it is not open to be sent without anything new"
    anew.open(shown=False)
    anew.decide()
    assert [one.end_kind for one in anew.openings()] == ["withdrawn", "answered"] and proven(bench.market) == []


def test_it_cannot_be_opened_and_taken_back_for_ever(anew: Anew) -> None:
    """Each time tells everybody of the account, and draws somebody anew; sending the appeal itself counts too."""
    anew.show()
    for _ in range(4):
        anew.open(shown=False)
        anew.bench.market.do(withdraw_appeal, anew.bench.story.tim.actor, appeal_ref=anew.ref)
    assert refused(lambda: anew.open(shown=False)) == "too_many"


def test_a_late_appeal_that_is_not_taken_pauses_nothing_any_more(office: Office) -> None:
    """What was paused because we were late with it applies again."""
    desk = closed(office, passes=False)
    desk.market.do(opening, desk.story.tim.actor, about_ref=desk.action_ref)
    desk.passes(days=31)
    desk.passes(days=185)
    args = {"action_ref": desk.action_ref, "grounds": ["other"], "body": SHOWS, "late_reason": "I was ill for half a year."}
    ref = str(desk.market.do(file_appeal, desk.story.tim.actor, **args)["appeal"])
    desk.passes(days=15)
    assert desk.state() is State.GOOD
    with office.database.read() as session:
        item, version = item_of(session, ref), appeal_by_ref(session, ref).version
    by = next(one for one in (desk.kim, desk.lee) if item is not None and one.person.id == item.assignee_id)
    desk.market.do(refuse_appeal, by.actor, appeal_ref=ref, version=version, reason="Nothing says why it came only now.")
    assert desk.state() is State.TERMINATED and proven(desk.market) == []


@pytest.fixture
def replaced(bench: Bench) -> tuple[Anew, str]:
    """A decision that waits for an answer to its appeal was replaced by a shorter one, whose own appeal is answered; and the
    reference of the first appeal."""
    first, old = bench.file(), bench.action_ref
    bench.later(hours=1)
    bench.action_ref = amend(bench, old, **shorter(bench, 10))
    ref = bench.file()
    made = Anew(bench, ref, hired(bench))
    made.decide(by=bench.story.ola)
    bench.later(hours=1)
    return made, first


def test_what_fell_by_another_way_is_not_opened_again(replaced: tuple[Anew, str]) -> None:
    anew, first = replaced
    anew.show()
    anew.bench.decide(first, "reversed", by=anew.bench.story.rae)
    assert anew.way().why_not == "overturned" and refused(lambda: anew.open(shown=False)) == "not_possible"
    assert proven(anew.bench.market) == []


def test_opened_again_and_fallen_by_another_way_it_can_only_be_granted(replaced: tuple[Anew, str]) -> None:
    anew, first = replaced
    anew.open()
    anew.bench.decide(first, "reversed", by=anew.bench.story.rae)
    assert refused(anew.decide) == "overturned"
    anew.decide("reversed")
    assert anew.bench.appeal(anew.ref).outcome == "reversed" and proven(anew.bench.market) == []


def test_opened_again_while_it_falls_by_another_way(replaced: tuple[Anew, str]) -> None:
    """Whoever is faster: what is overturned stays so, and what was opened again is still answered."""
    anew, first = replaced
    anew.show()
    bench, rae = anew.bench, anew.bench.story.rae
    version = bench.appeal(first).version
    found = together([
        (lambda: anew.open(shown=False)) if n % 2 else (lambda: bench.decide(first, "reversed", by=rae, version=version))
        for n in range(MANY)
    ])
    assert set(found) <= {"done", "decided", "not_possible"} and bench.appeal(first).outcome == "reversed"
    if anew.openings():
        anew.decide("reversed")
    assert proven(bench.market) == []


def test_twenty_open_it_and_one_waits(anew: Anew) -> None:
    anew.show()
    actor, office = anew.bench.story.tim.actor, anew.bench.office
    found = together([
        lambda n=n: act(office, reopen_appeal, actor, f"open-{n}", appeal_ref=anew.ref, why=WHY, body=f"{SHOWS} ({n})")
        for n in range(MANY)
    ])
    assert found.count("done") == 1 and set(found) == {"done", "already_open"}
    with office.database.read() as session:
        assert session.scalar(select(func.count(AppealReopening.id))) == 1
    assert proven(anew.bench.market) == []


def test_answered_or_turned_down_and_not_both(anew: Anew) -> None:
    bench = anew.bench
    anew.open()
    by, version = anew.holder(), bench.appeal(anew.ref).version
    found = together([
        (lambda: anew.turn_down(by)) if n % 2 else (lambda: anew.decide(by=by, version=version)) for n in range(MANY)
    ])
    assert found.count("done") == 1 and set(found) == {"done", "decided"}
    [one] = anew.openings()
    with bench.office.database.read() as session:
        answers = session.scalar(select(func.count(AppealDecision.id)))
        changes = session.scalar(select(func.count(RestrictionChange.id)))
    assert (answers == 2) == (one.end_kind == "answered") and changes == 0 and proven(bench.market) == []
