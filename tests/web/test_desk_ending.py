"""Lifting a decision early and taking one back, over HTTP: what everybody will read stands there before it is done."""

from typing import Any

from portal.enforcement.operations import co_sign, issue_action, propose_action
from portal.enforcement.queries import action_by_ref
from tests.web.desk_support import Desk, hidden, words_of

WHY = "Tim has sent all the drawings, and Stacy has confirmed it."


def decided(desk: Desk, **other: Any) -> str:
    """Rae's suspension, or, with a second signature, the end of the account."""
    case = desk.taken()
    desk.heard(case)
    ref, fields = desk.drafted(case), desk.decision(**{"measure": "suspension", "ends_on": "2026-12-20", **other})
    del fields["version"]
    fields["would_change"] = str(fields["would_change"]).split("\n")
    do, story = desk.market.do, desk.story
    if fields["measure"] == "termination":
        do(propose_action, story.rae.actor, action_ref=ref, version=1, fields=fields)
        do(co_sign, story.ola.actor, action_ref=ref, reason="I read all of it and agree.")
    else:
        do(issue_action, story.rae.actor, action_ref=ref, version=1, fields=fields)
    desk.clock.advance(days=2)
    return ref


def action_of(desk: Desk, ref: str) -> Any:
    with desk.market.office.database.read() as session:
        return action_by_ref(session, ref)


def test_lifting_shows_what_everybody_reads_and_then_does_it(desk: Desk) -> None:
    ref = decided(desk)
    here = f"/desk/actions/{ref}/lift"
    desk.browser = desk.sign_in(desk.story.rae)
    assert f'href="{here}"' in desk.get(f"/desk/actions/{ref}")
    page = desk.get(here)
    assert "Lift this suspension of Tim Okafor now?" in words_of(page) and "Lift this suspension now" not in words_of(page)
    version = hidden(page, here)["version"]
    read = words_of(desk.send(here, {"reason": WHY, "go": "look", "version": version}).text)
    assert read.count(WHY) == 2 and read.count("Tim Okafor is available again.") == 2
    assert "Stays on hold: $400.00 USD" in read and "The account is then: in good standing" in read
    assert action_of(desk, ref).lifted_at is None
    done = desk.send(here, {"reason": WHY, "go": "do", "version": version})
    assert done.status_code == 303 and action_of(desk, ref).lifted_at is not None
    shown = desk.get(f"/desk/actions/{ref}")
    assert "is in good standing now" in words_of(shown) and f'href="{here}"' not in shown
    assert "Nothing of this decision is left to lift." in words_of(desk.get(here))


def test_a_reason_is_needed_and_a_stale_page_changes_nothing(desk: Desk) -> None:
    ref = decided(desk)
    here, desk.browser = f"/desk/actions/{ref}/lift", desk.sign_in(desk.story.rae)
    empty = desk.send(here, {"reason": " ", "go": "do", "version": "2"})
    assert empty.status_code == 422 and "Say in writing why. The person reads it." in words_of(empty.text)
    stale = desk.send(here, {"reason": WHY, "go": "do", "version": "1"})
    assert stale.status_code == 409 and WHY in stale.text and action_of(desk, ref).lifted_at is None


def test_termination_is_taken_back_and_its_person_reads_why(desk: Desk) -> None:
    ref = decided(desk, measure="termination", ends_on="")
    here, desk.browser = f"/desk/actions/{ref}/withdraw", desk.sign_in(desk.story.rae)
    assert f'href="{here}"' in desk.get(f"/desk/actions/{ref}")
    assert words_of(desk.get(f"/desk/actions/{ref}")).count("waits until the decision takes effect") == 2
    read = words_of(desk.send(here, {"reason": WHY, "go": "look", "version": "3"}).text)
    assert "Nobody but Tim Okafor is told" in read and "Your account will not be closed because of it." in read
    version = str(action_of(desk, ref).version)
    assert desk.send(here, {"reason": WHY, "go": "do", "version": version}).status_code == 303
    shown = words_of(desk.get(f"/desk/actions/{ref}"))
    assert "Taken back" in shown and shown.count("not told held back: it was no longer true") == 2
    letter = words_of(desk.visit_as(desk.story.tim, f"/me/actions/{ref}").text)
    assert "We took this decision back before it took effect" in letter
    mine = words_of(desk.visit_as(desk.story.tim, "/me").text)
    assert "We took the decision back before it took effect." in mine and "Your account is closed" not in mine


def test_earlier_last_day_is_shown_before_it_is_given(desk: Desk) -> None:
    ref = decided(desk)
    here, desk.browser = f"/desk/actions/{ref}/shorten", desk.sign_in(desk.story.rae)
    assert f'href="{here}"' in desk.get(f"/desk/actions/{ref}")
    version = hidden(desk.get(here), here)["version"]
    late = desk.send(here, {"reason": WHY, "new_ends_on": "2026-12-24", "go": "do", "version": version})
    assert late.status_code == 422 and "More is a new decision." in words_of(late.text) and WHY in late.text
    sent = {"reason": WHY, "new_ends_on": "2026-12-01", "version": version}
    read = words_of(desk.send(here, {**sent, "go": "look"}).text)
    assert "now ends with the end of Tuesday 1 December 2026" in read
    assert read.count("Tim Okafor is not available until the end of Tuesday 1 December 2026.") == 2
    assert desk.send(here, {**sent, "go": "do"}).status_code == 303
    letter = words_of(desk.visit_as(desk.story.tim, f"/me/actions/{ref}").text)
    assert "we changed the end of this decision from Sunday 20 December 2026 to Tuesday 1 December 2026" in letter


def test_others_see_no_such_page(desk: Desk) -> None:
    ref = decided(desk)
    ola = desk.sign_in(desk.story.ola)
    assert ola.get(f"/desk/actions/{ref}/lift", base_url="https://localhost").status_code == 403
    assert desk.visit_as(desk.story.tim, f"/desk/actions/{ref}/lift").status_code in (403, 404)
