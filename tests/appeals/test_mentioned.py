"""An appeal is mentioned outside only if its person says so: in fixed words, each change once, and to who was told alone."""

from __future__ import annotations

import pytest

from portal.appeals.mention_messages import OVER, OVER_WHAT, PENDING
from portal.appeals.models import Appeal
from portal.appeals.operations import answer_pause, ask_pause, keep_to_oneself, mention_appeal, withdraw_appeal
from portal.core.errors import Conflict, NotFound
from portal.core.migrate import migrate, schema_of
from tests.appeals.conftest import BODY, Bench
from tests.appeals.test_deciding import notices
from tests.cases.test_migrating import kept
from tests.factories.promising import proven
from tests.web.conftest import Doors
from tests.web.desk_support import words_of

SAID, DONE = "appeal_mentioned", "appeal_mention_over"


def heard(bench: Bench, kind: str) -> list[str]:
    return [one.body or "" for one in notices(bench, kind)]


def say(bench: Bench, ref: str) -> None:
    bench.market.do(mention_appeal, bench.story.tim.actor, appeal_ref=ref)


def hush(bench: Bench, ref: str) -> None:
    bench.market.do(keep_to_oneself, bench.story.tim.actor, appeal_ref=ref)


def told(bench: Bench) -> set[str]:
    return {str(one.recipient_id) for one in notices(bench, "counterpart_action")}


def test_nobody_hears_of_it_by_default(bench: Bench) -> None:
    bench.later(days=1)
    ref = bench.file()
    bench.decide(ref)
    assert heard(bench, SAID) == heard(bench, DONE) == [] and proven(bench.market) == []


def test_whoever_was_told_hears_once_that_it_is_pending_and_once_that_it_is_over(bench: Bench) -> None:
    bench.later(days=1)
    ref = bench.file(mention=True)
    say(bench, ref)
    said = notices(bench, SAID)
    assert {str(one.recipient_id) for one in said} == told(bench) and len(said) == len(told(bench)) == 2
    assert all((one.body or "").startswith(PENDING) and BODY not in (one.body or "") for one in said)
    bench.decide(ref)
    assert heard(bench, DONE) == [OVER % {"name": "Tim Okafor"}] * 2 and len(heard(bench, SAID)) == 2
    assert heard(bench, "action_changed") == [] and proven(bench.market) == []


def test_taken_back_nothing_more_is_said_and_said_again_nobody_hears_it_twice(bench: Bench) -> None:
    bench.later(days=1)
    ref = bench.file()
    say(bench, ref)
    hush(bench, ref)
    hush(bench, ref)
    assert len(heard(bench, SAID)) == 2
    say(bench, ref)
    assert len(heard(bench, SAID)) == 2
    hush(bench, ref)
    bench.market.do(withdraw_appeal, bench.story.tim.actor, appeal_ref=ref)
    assert heard(bench, DONE) == []
    with pytest.raises(Conflict, match="closed"):
        say(bench, ref)
    bench.later(hours=1)
    bench.file(mention=True)
    assert len(heard(bench, SAID)) == 4, "sent again it is pending again"
    bench.market.do(withdraw_appeal, bench.story.tim.actor, appeal_ref=ref)
    assert len(heard(bench, DONE)) == 2 and proven(bench.market) == []


@pytest.mark.parametrize("outcome", ["upheld", "reversed"])
def test_whoever_hears_of_a_change_hears_that_alone(bench: Bench, outcome: str) -> None:
    bench.later(days=1)
    ref = bench.file(mention=True)
    request = bench.market.do(ask_pause, bench.story.tim.actor, appeal_ref=ref, why="")["request"]
    bench.market.do(answer_pause, bench.story.ola.actor, pause_ref=request, outcome="granted", reasons="")
    before = len(heard(bench, "action_changed"))
    bench.decide(ref, outcome)
    assert len(heard(bench, "action_changed")) >= before + 2 and heard(bench, DONE) == [] and proven(bench.market) == []


def test_of_an_interim_decision_nobody_was_told_so_none_is_spoken_of(bench: Bench) -> None:
    """They read that nothing has been decided: what is pending is about that, until the decision that follows is told."""
    bench.action_ref = bench.start("threats")
    bench.issue(bench.action_ref, interim=True, clause_version_id=str(bench.clause("threats")))
    bench.later(days=1, minutes=1)
    ref = bench.file(grounds=["not_the_rule"], mention=True)
    said = notices(bench, SAID)
    assert len(said) == 2
    assert {one.subject for one in said} == {"About your work with Tim Okafor: an appeal is pending"}
    assert all("about what we told you of Tim Okafor" in (one.body or "") and "decision" not in (one.body or "") for one in said)
    bench.market.do(withdraw_appeal, bench.story.tim.actor, appeal_ref=ref)
    assert heard(bench, DONE) == [OVER_WHAT % {"name": "Tim Okafor"}] * 2
    assert {one.subject for one in notices(bench, DONE)} == {"About your work with Tim Okafor: the appeal is no longer pending"}
    assert proven(bench.market) == []


def test_a_warning_is_told_to_nobody_and_neither_is_the_appeal(bench_maker: object) -> None:
    bench: Bench = bench_maker(measure="warning", ends_on=None)  # type: ignore[operator]
    bench.later(days=1)
    with pytest.raises(Conflict, match="nobody_told"):
        bench.file(mention=True)
    ref = bench.file()
    with pytest.raises(Conflict, match="nobody_told"):
        say(bench, ref)
    with pytest.raises(NotFound):
        bench.market.do(mention_appeal, bench.story.stacy.actor, appeal_ref=ref)


def test_on_the_pages(doors: Doors, shop: Bench) -> None:
    shop.later(days=1, hours=1)
    tim, stacy, place = doors.open(shop.story.tim.person), doors.open(shop.story.stacy.person), (
        f"/collaborators/{shop.story.tim.account.ref}"
    )
    form = tim.page(f"/appeals/new?action={shop.action_ref}")
    assert PENDING in words_of(form) and 'name="mention" value="y" aria-describedby' in form, "it is said before, and not ticked"
    sent = {"action": shop.action_ref, "grounds": ["not_the_rule"], "body": BODY, "mention": "y"}
    checked = tim.post("/appeals/new", step="check", **sent)
    assert "What the people you work with read" in checked.text and 'name="mention" value="y"' in checked.text
    tim.post("/appeals/new", step="send", **sent)
    with shop.office.database.read() as session:
        appeal: Appeal = shop.appeal_of(session)
    here = f"/appeals/{appeal.ref}"
    assert PENDING in words_of(stacy.page(place)) and "Since " in words_of(tim.page(here))
    tim.post(f"{here}/unmention")
    assert PENDING not in words_of(stacy.page(place)) and "Tell them that an appeal is pending" in tim.page(here)
    tim.post(f"{here}/mention")
    assert PENDING in words_of(stacy.page(place))
    shop.decide(appeal.ref)
    assert PENDING not in words_of(stacy.page(place)) and "What the people you work with read" not in tim.page(here)


def test_no_step_back_takes_away_what_somebody_wanted_said(bench: Bench) -> None:
    bench.later(days=1)
    bench.file(mention=True)
    before, here = kept(bench.market), schema_of(bench.office.database)
    with pytest.raises(RuntimeError, match="cannot keep what is in appeal_mention, so nothing was changed"):
        migrate(bench.office.database, "0062")
    assert (kept(bench.market), schema_of(bench.office.database)) == (before, here)
    migrate(bench.office.database, "0063")
    migrate(bench.office.database)
    assert kept(bench.market) == before and proven(bench.market) == []


def test_the_page_before_sending_says_what_was_chosen(doors: Doors, shop: Bench) -> None:
    tim, form = doors.open(shop.story.tim.person), {"action": shop.action_ref, "grounds": ["other"], "body": BODY}
    check = words_of(tim.post("/appeals/new", **form, step="check", mention="y").text)
    assert "You want it said that an appeal is pending." in check and "unless you want us to" not in check
    assert "You want it said" not in tim.post("/appeals/new", **form, step="check").text
