"""Correcting the letter about a decision over HTTP: read before it is sent, signed by somebody else, shown to its person."""


from sqlalchemy import select

from portal.cases.models import Case
from portal.enforcement.queries import statement_of
from tests.web.desk_support import Desk, hidden, taking, words_of
from tests.web.test_desk_ending import action_of, decided

WHY = "The first letter named the wrong day. Nothing else changes."
FACTS = "Stacy paid the first milestone of $400 on 11 November. One drawing came, and then nothing for ten days."


def letter_number(desk: Desk, ref: str) -> int:
    with desk.market.office.database.read() as session:
        return statement_of(session, ref)[1].n


def case_of(desk: Desk) -> str:
    with desk.market.office.database.read() as session:
        return session.scalars(select(Case.ref)).one()


def filled(desk: Desk, page: str, here: str, **other: str) -> dict[str, object]:
    """The form as the page offers it, with what is changed."""
    then = {"conduct_from": desk.market.day(12).isoformat(), "conduct_to": desk.market.day(2).isoformat()}
    record = desk.decision(measure="suspension", **then)
    kept = ("conduct_from", "conduct_to", "objects", "exhibits", "no_exhibit", "facts", "why", "spoke_for", "weighed",
            "would_change")
    return {name: record[name] for name in kept if name in record} | {
        one: hidden(page, here)[one] for one in ("version", "rules")
    } | other


def test_facts_are_corrected_by_two_and_the_person_reads_why(desk: Desk) -> None:
    ref = decided(desk)
    here, signing, desk.browser = f"/desk/actions/{ref}/correct", f"/desk/actions/{ref}/correction", desk.sign_in(desk.story.rae)
    assert f'href="{here}"' in desk.get(f"/desk/actions/{ref}")
    page = desk.get(here)
    assert "Correct the letter to Tim Okafor" in words_of(page) and "Send it to a second person" not in page
    missing = desk.send(here, filled(desk, page, here, facts=FACTS, reason=" ", go="look"))
    assert missing.status_code == 422 and FACTS in missing.text
    read = desk.send(here, filled(desk, page, here, facts=FACTS, reason=WHY, go="look")).text
    assert "Send it to a second person" in read and words_of(read).count(WHY) == 2 and "What was corrected" in read
    assert desk.send(here, filled(desk, page, here, facts=FACTS, reason=WHY, go="do")).status_code == 303
    assert letter_number(desk, ref) == 1 and f'href="{signing}"' in desk.get(f"/desk/actions/{ref}")
    assert "It has to be signed or returned first." in words_of(desk.get(here))
    own = words_of(desk.get(signing))
    assert "Take it back" in own and "Sign and send the new letter" not in own
    desk.browser = desk.sign_in(desk.story.ola)
    page = desk.browser.get(signing, base_url="https://localhost").text
    assert "Would you write the same?" not in page
    desk.send(f"/desk/cases/{case_of(desk)}/take", taking(page))
    assert "Sign and send the new letter" in words_of(desk.get(signing))
    done = desk.send(signing, {"reason": "I have read both letters.", "go": "sign"})
    assert done.status_code == 303 and letter_number(desk, ref) == 2
    mine, before, me = (
        words_of(desk.visit_as(desk.story.tim, path).text)
        for path in (f"/me/actions/{ref}", f"/me/actions/{ref}/statements/1", "/me")
    )
    assert "This letter was corrected" in mine and WHY in mine and FACTS in mine
    assert "This letter was replaced by a newer one" in before and FACTS not in before
    assert "We corrected the letter about the decision" in me


def test_returned_correction_changes_nothing(desk: Desk) -> None:
    ref = decided(desk)
    here, signing, desk.browser = f"/desk/actions/{ref}/correct", f"/desk/actions/{ref}/correction", desk.sign_in(desk.story.rae)
    desk.send(here, filled(desk, desk.get(here), here, facts=FACTS, reason=WHY, go="do"))
    assert desk.send(signing, {"reason": " ", "go": "return"}).status_code == 422
    assert desk.send(signing, {"reason": "I looked again.", "go": "return"}).status_code == 303
    assert letter_number(desk, ref) == 1 and action_of(desk, ref).revision == 1
    late = desk.send(signing, {"reason": "I looked again.", "go": "sign"})
    assert late.status_code == 409 and "I looked again." in late.text
