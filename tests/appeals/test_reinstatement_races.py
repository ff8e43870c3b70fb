"""Many at once about coming back: one request, one answer, whoever was faster."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.act import Office, act
from portal.appeals.operations import ask_to_come_back, decide_request
from portal.appeals.reinstatement_models import Reinstatement, ReinstatementDecision
from portal.enforcement.models import RestrictionChange
from tests.appeals.coming_back import DIFFERENT, HAPPENED, REASONS, closed
from tests.enforcement.test_races import MANY, together
from tests.factories.promising import proven


def test_twenty_ask_and_one_request_waits(office: Office) -> None:
    desk = closed(office)
    actor, words = desk.story.tim.actor, {"action_ref": desk.action_ref, "different": DIFFERENT}
    found = together([
        lambda n=n: act(office, ask_to_come_back, actor, f"ask-{n}", happened=f"{HAPPENED} ({n})", **words)
        for n in range(MANY)
    ])
    assert found.count("done") == 1 and set(found) == {"done", "waits"}
    with office.database.read() as session:
        assert session.scalar(select(func.count(Reinstatement.id))) == 1
    assert proven(desk.market) == []


def test_yes_or_no_and_not_both(office: Office) -> None:
    desk = closed(office)
    ref = desk.come_back()
    by, version, day = desk.holder(ref), desk.request(ref).version, desk.day_in(60)
    found = together([
        lambda n=n: act(
            office, decide_request, (by if n % 2 else desk.story.rae).actor, f"answer-{n}", reinstatement_ref=ref,
            version=version, outcome="declined" if n % 2 else "granted", reasons=REASONS, next_on=day if n % 2 else None)
        for n in range(MANY)
    ])
    assert found.count("done") == 1 and set(found) == {"done", "decided"}
    with office.database.read() as session:
        outcomes = list(session.scalars(select(ReinstatementDecision.outcome)))
        lifted = session.scalar(select(func.count(RestrictionChange.id)))
    assert len(outcomes) == 1 and bool(lifted) == (outcomes == ["granted"]) and proven(desk.market) == []
