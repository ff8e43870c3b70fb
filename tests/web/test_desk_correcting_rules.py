"""Correcting the letter about a decision under several rules: each has its own part of the form."""

import re

from portal.enforcement.operations import sign_correction
from portal.enforcement.queries import statement_of
from tests.enforcement.conftest import ELSEWHERE, SECOND, Desk, second
from tests.web.conftest import Doors

WHY = "The first letter named the wrong day. Nothing else changes."
FACTS = "He asked on 15 November to be paid by bank transfer, and wrote it to her twice in one day."


def test_the_words_of_a_further_rule_are_corrected_too(doors: Doors, contested: Desk) -> None:
    """Nothing is mixed up when one of the rules is overturned while somebody writes."""
    contested.answer(contested.ask(key=SECOND))
    ref = contested.ready()
    contested.issue(ref, **second(contested))
    rae, here = doors.open(contested.story.rae.person, fresh=True), f"/desk/actions/{ref}/correct"
    page = rae.page(here)
    assert 'name="r2-facts"' in page and ELSEWHERE in page and 'name="r3-facts"' not in page
    own = {name.removesuffix("_2"): value for name, value in second(contested).items() if name != "clause_version_id_2"}
    first = contested.form(would_change="The work is delivered.\nProof of an illness.", no_exhibit="")
    version, rules = (re.findall(rf'name="{name}" value="([^"]+)"', page)[-1] for name in ("version", "rules"))
    sent = {**first, **{f"r2-{name}": value for name, value in own.items()}, "r2-facts": FACTS, "reason": WHY,
            "version": version, "rules": rules}
    read = rae.post(here, **sent, go="look")
    assert read.status_code == 200 and FACTS in read.text and "Send it to a second person" in read.text
    short = rae.post(here, **sent | {"r2-facts": "Too short."}, go="do")
    assert short.status_code == 422 and 'href="#r2-facts"' in short.text
    other = rae.post(here, **sent | {"rules": rules.split(",")[1] + "," + rules.split(",")[0]}, go="do")
    assert other.status_code == 409 and FACTS in other.text
    assert rae.post(here, **sent, go="do").status_code == 303
    contested.market.do(sign_correction, contested.story.ola.actor, action_ref=ref, reason="I have read both letters.")
    with contested.office.database.read() as session:
        record = statement_of(session, ref)[0] or {}
    assert record["more"][0]["facts"] == FACTS and record["changed"]["corrected"] == ["facts_2"]
