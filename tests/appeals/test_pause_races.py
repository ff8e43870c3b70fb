"""Many at once about a pause: one request, one answer, whoever was faster."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.act import act
from portal.appeals.operations import answer_pause, ask_pause
from portal.appeals.pause_models import PauseAnswer, PauseRequest
from tests.appeals.conftest import Bench
from tests.appeals.test_pausing import REFUSED, ask
from tests.enforcement.test_races import MANY, together
from tests.factories.promising import proven


def test_twenty_ask_and_one_request_waits(bench: Bench) -> None:
    ref, actor = bench.file(), bench.story.tim.actor
    found = together([lambda n=n: act(bench.office, ask_pause, actor, f"ask-{n}", appeal_ref=ref) for n in range(MANY)])
    assert found.count("done") == 1 and set(found) == {"done", "not_possible"}
    with bench.office.database.read() as session:
        assert session.scalar(select(func.count(PauseRequest.id))) == 1
    assert proven(bench.market) == []


def test_granted_or_refused_and_not_both(bench: Bench) -> None:
    request, actor = ask(bench, bench.file()), bench.story.ola.actor
    found = together([
        lambda n=n: act(bench.office, answer_pause, actor, f"answer-{n}", pause_ref=request,
                        outcome="granted" if n % 2 else "refused", reasons=REFUSED)
        for n in range(MANY)
    ])
    assert found.count("done") == 1 and set(found) == {"done", "answered"}
    with bench.office.database.read() as session:
        assert session.scalar(select(func.count(PauseAnswer.id))) == 1
    assert proven(bench.market) == []
