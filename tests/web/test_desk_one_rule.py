"""One of two rules falls on appeal: the reviewer's page, what is read before, and what both sides read after."""

import json
import re

import pytest

from portal.appeals.operations import file_appeal
from portal.notices.delivery import release
from tests.enforcement.conftest import ELSEWHERE, FACTS, SECOND, Desk, second
from tests.web.conftest import Doors

WHY = "The bank's letter shows that the money came through the marketplace."
BODY = "I was in hospital for two weeks and told Stacy so on the first day."


@pytest.fixture
def refs(contested: Desk) -> tuple[str, str]:
    """A suspension under two rules, and Tim's appeal against it."""
    contested.answer(contested.ask(key=SECOND))
    ref = contested.ready()
    contested.issue(ref, **second(contested))
    made = contested.market.do(file_appeal, contested.story.tim.actor, action_ref=ref, grounds=["not_the_rule"], body=BODY)
    return ref, str(made["appeal"])


def test_it_is_chosen_read_before_and_said_to_everybody(doors: Doors, contested: Desk, refs: tuple[str, str]) -> None:
    ref, appeal = refs
    ola, path = doors.open(contested.story.ola.person, fresh=True), f"/desk/appeals/{appeal}"
    falls = f"falls_{contested.clause(SECOND)}"
    page = ola.page(path)
    assert ELSEWHERE in page and FACTS in page and f'name="{falls}"' in page and page.count('name="falls_') == 2
    version = re.findall(r'name="version" value="(\d+)"', page)[-1]
    sent = {"version": version, "outcome": "partially_reversed", "reasons": "We read all of it.", falls: WHY,
            "ground_not_the_rule": "For the second rule you are right."}
    check = ola.post(f"{path}/check", go="check", **sent)
    assert check.status_code == 200 and "What will change" in check.text and "Its end stays as it is." in check.text
    assert "That was our mistake: it does not." in check.text and "no longer stands" in check.text
    for name in (contested.story.stacy.person.name, contested.story.omar.person.name):
        assert f"What {name} reads" in check.text
    assert ola.post(f"{path}/decide", **sent).status_code == 303
    done = ola.page(path)
    assert "What no longer stands" in done and WHY.replace("'", "&#39;") in done

    tim = doors.open(contested.story.tim.person)
    answer = tim.page(f"/appeals/{appeal}")
    assert "What no longer stands" in answer and WHY.replace("'", "&#39;") in answer
    letter = tim.page(f"/me/actions/{ref}")
    assert "What no longer stands" in letter and ELSEWHERE not in letter and FACTS in letter
    record = json.loads(tim.page(f"/me/actions/{ref}.json"))
    assert record["more"] == [] and [one["why"] for one in record["changed"]["overturned"]] == [WHY]
    fell = record["changed"]["overturned"][0]
    number, heading = fell["number"], fell["heading"]
    for shown in (answer, done, check.text):
        assert f'<bdi lang="en">{number} {heading}</bdi>' in shown
    assert fell["language"] == "en" and f'Rule {number}, <bdi lang="en">{heading}</bdi>, no longer stands' in letter
    contested.later(hours=25)
    release(contested.office)
    stacy = doors.open(contested.story.stacy.person)
    other = stacy.page(f"/collaborators/{contested.story.tim.account.ref}")
    told = re.sub(r"<[^>]+>", " ", other)
    assert f"rule {record['rule']['number']}" in told and number not in told


def test_all_of_them_are_refused_at_their_field(doors: Doors, contested: Desk, refs: tuple[str, str]) -> None:
    ola, path = doors.open(contested.story.ola.person, fresh=True), f"/desk/appeals/{refs[1]}"
    falls = {f"falls_{contested.clause(key)}": WHY for key in ("payment-for-nothing", SECOND)}
    version = re.findall(r'name="version" value="(\d+)"', ola.page(path))[-1]
    sent = {"version": version, "outcome": "partially_reversed", "reasons": "We read it.", "ground_not_the_rule": "Yes.", **falls}
    for step in ("check", "decide"):
        refused = ola.post(f"{path}/{step}", go="check", **sent)
        assert refused.status_code == 422 and "Overturn it as a whole." in refused.text
        assert WHY.replace("'", "&#39;") in refused.text


def test_under_one_rule_there_is_nothing_to_choose(doors: Doors, contested: Desk) -> None:
    ref = contested.ready()
    contested.issue(ref)
    made = contested.market.do(file_appeal, contested.story.tim.actor, action_ref=ref, grounds=["not_the_rule"], body=BODY)
    assert 'name="falls_' not in doors.open(contested.story.ola.person).page(f"/desk/appeals/{made['appeal']}")
