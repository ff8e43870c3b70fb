"""A day for a second look, in the editor and in the letter; the look itself, and what its person reads before and after."""


from sqlalchemy import select

from portal.enforcement.models import Action
from tests.web.desk_support import Desk, words_of
from tests.web.test_desk_again import ahead, begun

CHOSEN = {
    "measure": "restriction", "scope": ["profile", "new_offers"], "ends_on": "2026-12-20", "review_on_profile": "2026-12-01",
}
UNLESS = "Then it comes back by itself, unless we have looked at it again by then and write to you why it stays"
WHY = "Two clients still wait for work that was promised in the same week."


def said(desk: Desk) -> str:
    case = desk.taken()
    desk.heard(case)
    here = begun(desk, case)
    status, page, _text = ahead(desk, here, **CHOSEN)
    assert status == 200 and UNLESS in page and "Taken away until the end of Tuesday 1 December 2026" in page
    assert 'value="2026-12-01"' in desk.get(here), "the draft keeps the day"
    assert desk.send(f"{here}/issue", desk.decision(**CHOSEN)).status_code == 303
    return here


def test_it_is_said_and_looked_at_and_said_again(desk: Desk) -> None:
    here = said(desk)
    assert UNLESS in words_of(desk.get(here)) and f"{here}/review" in desk.get(here)
    mine = words_of(desk.visit_as(desk.story.tim, "/me").text)
    assert "Free again, unless we look at it again and write to you why it stays: the whole profile" in mine
    desk.browser = desk.sign_in(desk.story.rae)
    early = words_of(desk.get(f"{here}/review"))
    assert "There is nothing to do here" in early and "It can be looked at from" in early
    desk.clock.advance(days=5)
    desk.browser = desk.sign_in(desk.story.rae)
    assert "Second look at a restriction" in words_of(desk.get("/desk"))
    with desk.market.office.database.read() as session:
        version = str(session.scalars(select(Action.version)).one())
    typed = {"parts": "profile", "reason": WHY, "review_on": "", "version": version}
    assert desk.send(f"{here}/review", typed | {"reason": "", "go": "look"}).status_code == 422
    assert desk.send(f"{here}/review", typed | {"review_on": "2026-12-20", "go": "look"}).status_code == 422
    shown = words_of(desk.send(f"{here}/review", typed | {"go": "look"}).text)
    assert "This stays: the whole profile." in shown and WHY in shown
    assert desk.send(f"{here}/review", typed | {"go": "do"}).status_code == 303
    letter = words_of(desk.visit_as(desk.story.tim, here.replace("/desk/", "/me/")).text)
    assert "What we looked at again" in letter and WHY in letter and UNLESS not in letter
    assert "Nobody else sees it before Monday 21 December 2026" in letter
    assert "We looked again at what the decision" in words_of(desk.visit_as(desk.story.tim, "/me").text)


def test_both_an_end_and_a_look_are_refused_at_the_look(desk: Desk) -> None:
    case = desk.taken()
    desk.heard(case)
    status, page, text = ahead(desk, begun(desk, case), **CHOSEN | {"ends_on_profile": "2026-12-01"})
    assert status == 422 and "not both" in page and 'href="#review_on_profile"' in text
