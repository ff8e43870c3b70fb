"""Deciding: by somebody else, each point answered, and what follows from stands, changed and overturned."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from portal.appeals import checks
from portal.appeals.models import AppealDecision
from portal.appeals.operations import decide_appeal
from portal.appeals.queries import decision_of
from portal.core.errors import Conflict
from portal.core.text import sha256
from portal.enforcement.models import RestrictionChange, Statement
from portal.enforcement.queries import standing, statement_of
from portal.enforcement.rules import State
from portal.log.models import Event
from portal.log.operations import add
from portal.notices.models import Notice
from tests.appeals.conftest import Bench
from tests.factories.drawn import many
from tests.factories.market import refused, usd

CALLERS = many(20, 200)


def state_of(bench: Bench) -> State:
    with bench.office.database.read() as session:
        return standing(session, bench.story.tim.account.id, bench.market.now).state


def notices(bench: Bench, kind: str) -> list[Notice]:
    with bench.office.database.read() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.id)))


def violations(bench: Bench) -> list[str]:
    with bench.office.database.read() as session:
        return [line for check in checks.CHECKS for line in check(session)]


def test_stands_needs_an_answer_to_every_point(bench: Bench) -> None:
    ref = bench.file()
    assert refused(lambda: bench.decide(ref, ground_answers={})) == "ground_unanswered"
    assert refused(lambda: bench.decide(ref, reasons=" ")) == "reasons_missing"
    assert refused(lambda: bench.decide(ref, outcome="approved")) == "unknown_outcome"
    bench.decide(ref)
    appeal = bench.appeal(ref)
    assert (appeal.state, appeal.outcome, appeal.decided_at) == ("decided", "upheld", bench.market.now)
    assert state_of(bench) is State.SUSPENDED and bench.item(ref) is None
    assert "The decision stands." in (notices(bench, "appeal_decided")[0].body or "")


def test_every_exhibit_is_considered_or_says_why_not(bench: Bench) -> None:
    bench.attach()
    ref, number = bench.file(), "2"
    assert refused(lambda: bench.decide(ref)) == "exhibit_unanswered"
    assert refused(lambda: bench.decide(ref, exhibits_considered={number: "not_considered"})) == "exhibit_unanswered"
    bench.decide(ref, exhibits_considered={number: {"weight": "not_considered", "why": "It is about another contract."}})
    with bench.office.database.read() as session:
        record = (decision_of(session, bench.appeal(ref).id) or ({}, None))[0] or {}
    assert record["exhibits"][0] | {"sha256": "", "description": ""} == {
        "number": 2, "weight": "not_considered", "why": "It is about another contract.", "sha256": "", "description": "",
    }


@pytest.mark.parametrize("outcome", ["upheld", "partially_reversed"])
def test_the_first_reviewer_can_only_overturn_in_full(bench: Bench, outcome: str) -> None:
    ref, day = bench.file(), bench.market.day(-3)
    assert refused(lambda: bench.decide(ref, outcome, by=bench.story.rae, new_ends_on=day)) == "own_decision"
    assert refused(lambda: bench.begin(ref, by=bench.story.rae)) == "own_decision"
    bench.decide(ref, "reversed", by=bench.story.rae)
    assert bench.appeal(ref).outcome == "reversed" and violations(bench) == []


def test_the_database_itself_refuses_a_signer(bench: Bench) -> None:
    appeal = bench.appeal(bench.file())
    row = {"appeal_id": appeal.id, "n": 1, "decided_by": bench.story.rae.person.id, "outcome": "upheld", "language": "en",
           "record": "{}", "sha256": sha256("{}")}
    with pytest.raises(DBAPIError, match="who had a part can only overturn in full"):
        bench.market.make(lambda work: (add(work, AppealDecision(**row)), work.db.flush()))


def test_only_whom_it_was_drawn_for_decides(bench: Bench) -> None:
    ref, kim = bench.file(), bench.market.staff("Kim Sato")
    assert refused(lambda: bench.decide(ref, by=kim)) == "with_somebody_else"
    assert bench.item(ref).assignee_id == bench.story.ola.person.id  # type: ignore[union-attr]


def test_staff_with_an_account_of_the_case_are_never_drawn(bench: Bench) -> None:
    bench.join(bench.story.ola, bench.story.stacy)
    ref = bench.file()
    assert bench.item(ref).assignee_id is None  # type: ignore[union-attr]
    assert refused(lambda: bench.decide(ref)) == "conflicted"


def test_overturned_undoes_everything_in_one_act(bench: Bench) -> None:
    ref, before = bench.file(), bench.market.funds(bench.story.tim)
    bench.decide(ref, "reversed")
    assert state_of(bench) is State.GOOD
    action = bench.action(bench.action_ref)
    assert (action.reversed_at, action.status) == (bench.market.now, "issued")
    with bench.office.database.read() as session:
        assert list(session.scalars(select(RestrictionChange.kind))) == ["reversed"]
    after = bench.market.funds(bench.story.tim)
    assert (before.held, after.held, after.available) == (usd(40_000), usd(40_000), before.available)
    assert violations(bench) == []


def test_apology_names_our_error_and_corrections_go_to_exactly_those_told(bench: Bench) -> None:
    told = {notice.recipient_id: notice.id for notice in notices(bench, "counterpart_action")}
    ref = bench.file()
    bench.decide(ref, "reversed")
    mine, corrected = notices(bench, "appeal_decided"), notices(bench, "action_changed")
    assert [notice.recipient_id for notice in mine] == [bench.story.tim.person.id]
    assert "We did not look at the message of the first day." in (mine[0].body or "") and "sorry" in (mine[0].body or "")
    assert "first day" not in (mine[0].mail_body or "")
    assert {notice.recipient_id: notice.corrects_id for notice in corrected} == told and len(corrected) == len(told) == 2
    for notice in corrected:
        assert "our mistake" in (notice.body or "") and "ppeal" not in (notice.body or "")
        assert notice.after_id in (mine[0].id, notice.corrects_id)


def test_a_platform_hold_is_released_by_the_reversal(desk_without_dispute: Bench) -> None:
    bench = desk_without_dispute
    assert bench.market.funds(bench.story.tim).held == usd(40_000)
    bench.decide(bench.file(), "reversed")
    left = bench.market.funds(bench.story.tim)
    assert (left.held, left.available) == (usd(0), usd(215_000))
    assert "$400.00" in (notices(bench, "appeal_decided")[0].body or "")
    mine = [n for n in notices(bench, "action_changed") if n.recipient_id == bench.story.stacy.person.id]
    assert "$400.00" in (mine[0].body or "") and violations(bench) == []


@pytest.fixture
def desk_without_dispute(bench_maker: object) -> Bench:
    made: Bench = bench_maker(dispute=False)  # type: ignore[operator]
    return made


def test_changed_is_an_earlier_end_and_a_new_statement(bench: Bench) -> None:
    ref, day = bench.file(), bench.market.day(-5)
    assert refused(lambda: bench.decide(ref, "partially_reversed")) == "nothing_changed"
    assert refused(lambda: bench.decide(ref, "partially_reversed", new_ends_on=bench.market.day(-25))) == "not_shorter"
    bench.decide(ref, "partially_reversed", new_ends_on=day)
    with bench.office.database.read() as session:
        record, row = statement_of(session, bench.action_ref)
        old = session.scalars(select(Statement).where(Statement.n == 1)).one()
        now = standing(session, bench.story.tim.account.id, bench.market.now)
    assert (row.n, row.supersedes_id, (record or {})["supersedes"]) == (2, old.id, old.sha256)
    assert now.until == bench.action(bench.action_ref).ends_at == bench.market.now.replace(hour=0) + timedelta(days=6)
    bench.later(days=7)
    assert state_of(bench) is State.GOOD and violations(bench) == []


def test_changed_changes_something(bench: Bench) -> None:
    ref = bench.file()
    assert refused(lambda: bench.decide(ref, "partially_reversed", release_hold=True)) == "nothing_changed"
    assert bench.appeal(ref).state == "filed" and notices(bench, "appeal_decided") == []
    bench.decide(ref, "partially_reversed", release_hold=True, new_ends_on=bench.market.day(-5))
    assert bench.appeal(ref).outcome == "partially_reversed"


def test_changed_to_end_today_ends_now(bench: Bench) -> None:
    ref = bench.file()
    bench.decide(ref, "partially_reversed", new_ends_on=bench.market.day())
    assert state_of(bench) is State.GOOD
    assert bench.action(bench.action_ref).lifted_at == bench.market.now
    assert all("available again" in (notice.body or "") for notice in notices(bench, "action_changed"))


def test_an_overturned_action_no_longer_counts(bench: Bench) -> None:
    bench.decide(bench.file(), "reversed")
    second, day = bench.ready(), bench.market.day
    bench.issue(second, conduct_from=day(40).isoformat(), conduct_to=day(30).isoformat())
    assert bench.action(second).occurrence == 1


def test_a_later_action_that_counted_it_is_reduced_and_decided_again(bench: Bench) -> None:
    bench.later(days=30)
    later = bench.ready()
    bench.issue(later, ends_on=bench.market.day(-80).isoformat())
    assert bench.action(later).occurrence == 2
    ref = bench.file()
    done = bench.decide(ref, "reversed")
    assert done["later"] == [later]
    action = bench.action(later)
    assert action.ends_at == bench.market.now.replace(hour=0) + timedelta(days=61)
    with bench.office.database.read() as session:
        review = next(one for one in bench.appeals(session) if one.action_id == action.id)
    assert review.state == "filed" and bench.item(review.ref) is not None and violations(bench) == []


@pytest.mark.parametrize("_case", range(many(1, 50)))
def test_of_many_decisions_at_once_one_counts(bench: Bench, _case: int) -> None:
    ref = bench.file()
    version, answers = bench.appeal(ref).version, bench.answers(ref)

    def once(n: int) -> str | None:
        outcome = "reversed" if n % 2 else "upheld"
        return refused(lambda: bench.decide(ref, outcome, version=version, ground_answers=answers))

    with ThreadPoolExecutor(CALLERS) as pool:
        codes = list(pool.map(once, range(CALLERS)))
    assert codes.count(None) == 1 and set(codes) - {None} <= {"decided", "stale", "met"}
    with bench.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AppealDecision)) == 1
        assert session.scalar(select(func.count()).where(Event.kind == "appeal.decided")) == 1
        told = Counter(session.scalars(select(Notice.recipient_id).where(Notice.kind == "appeal_decided")))
    assert set(told.values()) == {1} and violations(bench) == []


def test_an_old_page_decides_nothing(bench: Bench) -> None:
    ref = bench.file()
    version = bench.appeal(ref).version
    bench.begin(ref)
    with pytest.raises(Conflict) as stale:
        bench.market.do(
            decide_appeal, bench.story.ola.actor, appeal_ref=ref, version=version, outcome="upheld", reasons="x",
            ground_answers=bench.answers(ref), exhibits_considered={},
        )
    assert stale.value.code == "stale"


def test_decision_record_is_frozen_and_names_no_person(bench: Bench) -> None:
    ref = bench.file()
    bench.decide(ref)
    with bench.office.database.read() as session:
        record, row = decision_of(session, bench.appeal(ref).id) or ({}, None)
    text = json.dumps(record)
    assert bench.story.ola.handle in text and "Ola" not in text and row is not None
    with pytest.raises(DBAPIError, match="kept as they are"):
        bench.market.make(lambda work: work.db.execute(update(AppealDecision).values(outcome="reversed")))


def test_a_warning_can_be_overturned_too(bench_maker: object) -> None:
    bench: Bench = bench_maker(measure="warning", ends_on="")  # type: ignore[operator]
    assert state_of(bench) is State.WARNED
    ref = bench.file()
    assert refused(lambda: bench.decide(ref, "partially_reversed", new_ends_on=bench.market.day(-3))) == "nothing_to_shorten"
    bench.decide(ref, "reversed")
    assert state_of(bench) is State.GOOD
    assert [notice.subject for notice in notices(bench, "action_changed")] == ["A correction: what became of your report"]
