"""Who of an account hears of a request to come back, and that what has to be said in it is there to be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.accounts.models import MemberRole
from portal.act import Office
from portal.appeals.operations import withdraw_request
from portal.enforcement.rules import State
from tests.appeals.coming_back import Closed, closed
from tests.enforcement.test_members import as_member, joined
from tests.factories.market import refused
from tests.factories.promising import promise_anew, proven


@pytest.fixture
def desk(office: Office) -> Closed:
    return closed(office)


@pytest.fixture
def desk_before(office: Office) -> Closed:
    return closed(office, passes=False)


@pytest.mark.parametrize("late", [False, True])
def test_an_owner_who_asked_hears_the_answer_and_the_other_reads_to_whom_it_is_written(desk: Closed, late: bool) -> None:
    mia, _place = joined(desk, "Mia Lund", MemberRole.OWNER)
    ref = desk.come_back(as_member(desk, mia))
    desk.passes(days=16) if late else desk.decide(ref)
    for kind in ("reinstatement_filed", "reinstatement_decided"):
        said = {one.recipient_id: one.body for one in desk.notices(kind)}
        assert set(said) == {desk.story.tim.person.id, mia.person.id}
        assert said[desk.story.tim.person.id].startswith("We wrote the following to Mia Lund, who sent this.")
        assert "to Mia Lund" not in said[mia.person.id]
    assert proven(desk.market) == []


@pytest.mark.parametrize("field", ["happened", "different"])
def test_what_nobody_sees_fills_no_field(desk: Closed, field: str) -> None:
    assert refused(lambda: desk.come_back(**{field: "Yes." + "\u200b" * 60})) == f"{field}_missing"


def test_reasons_and_conditions_are_there_to_be_read(desk: Closed) -> None:
    ref = desk.come_back()
    for field in ("reasons", "conditions"):
        unseen = {field: "Yes." + "\u2800" * 60}
        assert refused(lambda: desk.decide(ref, "granted_with_conditions", **unseen)) == f"{field}_missing"  # noqa: B023


def test_who_asked_before_the_day_of_their_letter_waits_for_no_clock_after_it(desk_before: Closed, tmp_path: Path) -> None:
    """A newer promise lets them ask sooner; the day of the letter comes while they wait, and they take it back."""
    desk = desk_before
    desk.passes(days=31)
    day = desk.asking().from_at
    assert day is not None
    promise_anew(desk.market, tmp_path, {"reinstatement": {"length": 3}})
    desk.passes(seconds=(day - desk.market.now).total_seconds() - 5 * 86_400)
    ref = desk.come_back()
    desk.passes(days=5)
    assert desk.notices("reinstatement_opens") == [] and proven(desk.market) == []
    desk.market.do(withdraw_request, desk.story.tim.actor, reinstatement_ref=ref)
    assert proven(desk.market) == []
    desk.passes(days=5)
    assert desk.state() is State.TERMINATED and proven(desk.market) == []


def test_where_asking_again_is_promised_no_longer_nobody_hears_no(desk: Closed, tmp_path: Path) -> None:
    ref = desk.come_back()
    promise_anew(desk.market, tmp_path, {"reinstatement": None})
    desk.passes(days=3)
    for day in (None, desk.day_in(60)):
        assert refused(lambda day=day: desk.decide(ref, "declined", next_on=day)) == "not_promised"
    desk.decide(ref, "granted_with_conditions")
    assert desk.state() is State.GOOD and proven(desk.market) == []
