"""Replacing a decision over HTTP: begun from what it says, read before it is issued, and shown to its person as one change."""


from tests.web.desk_support import Desk, hidden, words_of
from tests.web.test_desk_ending import action_of, decided


def test_lesser_decision_is_begun_read_and_issued(desk: Desk) -> None:
    old, then = decided(desk), {"conduct_from": desk.market.day(12).isoformat(), "conduct_to": desk.market.day(2).isoformat()}
    here, desk.browser = f"/desk/actions/{old}/replace", desk.sign_in(desk.story.rae)
    assert f'href="{here}"' in desk.get(f"/desk/actions/{old}")
    page = desk.get(here)
    assert "Replace this suspension of Tim Okafor by a new decision" in words_of(page) and page.count('type="radio"') == 1
    assert desk.send(here, {"rule": ""}).status_code == 422
    begun = desk.send(here, {"rule": str(desk.clause().id)}).headers["Location"]
    editor = desk.get(begun)
    assert "This replaces a decision that stands" in words_of(editor) and "This was decided already" not in editor
    assert hidden(editor, f"{begun}/preview")["supersedes"] == [old]
    form = desk.decision(measure="suspension", ends_on=desk.market.day(-3).isoformat(), supersedes=old, **then)
    seen = desk.send(f"{begun}/preview", form)
    assert seen.status_code == 200 and f"It replaces our decision {old}" in words_of(seen.text)
    assert words_of(seen.text).count("This takes the place of what we told you before.") == 2
    assert desk.send(f"{begun}/issue", form).status_code == 303
    new = begun.rpartition("/")[2]
    assert action_of(desk, new).supersedes_id == action_of(desk, old).id
    assert f'href="/desk/actions/{new}"' in desk.get(f"/desk/actions/{old}") and here not in desk.get(f"/desk/actions/{old}")
    assert "There is nothing to do here" in words_of(desk.get(here))
    mine, me = (words_of(desk.visit_as(desk.story.tim, path).text) for path in (f"/me/actions/{old}", "/me"))
    assert "Another decision replaced this one" in mine and f"Read decision {new}" in mine and "paused" not in mine
    assert f"The decision {old} was replaced by {new}." in me


def test_heavier_says_what_it_needs(desk: Desk) -> None:
    old, then = decided(desk), {"conduct_from": desk.market.day(12).isoformat(), "conduct_to": desk.market.day(2).isoformat()}
    desk.browser = desk.sign_in(desk.story.rae)
    begun = desk.send(f"/desk/actions/{old}/replace", {"rule": str(desk.clause().id)}).headers["Location"]
    form = desk.decision(measure="termination", ends_on="", supersedes=old, **then)
    seen = desk.send(f"{begun}/preview", form)
    assert seen.status_code == 422 and "Ask about this first" in words_of(seen.text) and old in seen.text
