"""Answering what somebody contests of a letter's withholding: the reviewer reads it as the person will, then it is done."""

import re

from portal.appeals.operations import contest_withheld
from portal.enforcement.evidence import put_exhibit
from portal.enforcement.queries import statement_of
from tests.enforcement.conftest import Desk
from tests.web.conftest import Doors

BODY = "I cannot answer what I have not read. It may be about somebody else."
SHOWN = "Twelve equal messages within one hour."


def contested_letter(desk: Desk) -> tuple[str, str]:
    """A letter that names no exhibit, and what Tim says to that."""
    ref = desk.ready()
    desk.issue(ref, exhibits=[], no_exhibit="shows_detection")
    return ref, str(desk.market.do(contest_withheld, desk.story.tim.actor, action_ref=ref, body=BODY)["appeal"])


def letters(desk: Desk, ref: str) -> int:
    with desk.office.database.read() as session:
        return statement_of(session, ref)[1].n


def test_what_is_read_before_is_what_is_read_after(doors: Doors, contested: Desk) -> None:
    ref, appeal = contested_letter(contested)
    ola, path = doors.open(contested.story.ola.person, fresh=True), f"/desk/withheld/{appeal}"
    page = ola.page(path)
    assert "Show what they will read" in page and "Answer: it is shown" not in page
    version = re.findall(r'name="version" value="(\d+)"', page)[-1]
    sent = {"version": version, "outcome": "reversed", "reasons": "It gives nobody away."}
    nothing = ola.post(f"{path}/decide", **sent, shown="", go="look")
    assert nothing.status_code == 422 and "Write what was withheld" in nothing.text
    seen = ola.post(f"{path}/decide", **sent, shown=SHOWN, go="look")
    assert seen.status_code == 200 and "Answer: it is shown" in seen.text and letters(contested, ref) == 1
    assert "reads in the inbox" in seen.text and "reads in the new letter" in seen.text and "What is shown now" in seen.text
    assert seen.text.count(SHOWN) == 2
    assert ola.post(f"{path}/decide", **sent, shown=SHOWN, go="decide").status_code == 303 and letters(contested, ref) == 2
    read = doors.open(contested.story.tim.person).page(f"/me/actions/{ref}")
    assert SHOWN in read and "What is shown now" in read


def test_what_a_rule_rests_on_alone_can_only_be_shown(doors: Doors, contested: Desk) -> None:
    ref, appeal = contested_letter(contested)
    ola, path = doors.open(contested.story.ola.person, fresh=True), f"/desk/withheld/{appeal}"
    version = re.findall(r'name="version" value="(\d+)"', ola.page(path))[-1]
    sent = {"version": version, "outcome": "upheld", "reasons": "It would say how we notice it.", "shown": ""}
    for go in ("look", "decide"):
        answer = ola.post(f"{path}/decide", **sent, go=go)
        assert answer.status_code == 422 and "It would say how we notice it." in answer.text and letters(contested, ref) == 1


def test_that_it_stays_withheld_is_read_before_too(doors: Doors, contested: Desk) -> None:
    ref, story = contested.ready(), contested.story
    contested.market.do(
        put_exhibit, story.rae.actor, case_ref=contested.case_ref, kind="pasted", named=story.stacy.account.ref,
        description="A message of 14 November", quoted="Pay me elsewhere.", ground="protects_other_person",
    )
    contested.issue(ref, exhibits=["1", "2"])
    appeal = str(contested.market.do(contest_withheld, contested.story.tim.actor, action_ref=ref, body=BODY)["appeal"])
    ola, path = doors.open(contested.story.ola.person, fresh=True), f"/desk/withheld/{appeal}"
    version = re.findall(r'name="version" value="(\d+)"', ola.page(path))[-1]
    sent = {"version": version, "outcome": "upheld", "reasons": "It would say how we notice it.", "shown": ""}
    seen = ola.post(f"{path}/decide", **sent, go="look")
    assert seen.status_code == 200 and "It stays withheld." in seen.text and "reads in the new letter" not in seen.text
    assert ola.post(f"{path}/decide", **sent, go="decide").status_code == 303 and letters(contested, ref) == 1
