"""Giving one thing that a restriction takes away an earlier day, in the editor: what everybody reads before and after."""


from tests.web.desk_support import Desk, words_of
from tests.web.test_desk_again import ahead, begun

CHOSEN = {
    "measure": "restriction", "scope": ["profile", "new_offers"], "ends_on": "2026-12-20", "ends_on_profile": "2026-12-01",
}
SAID = (
    "Nobody else sees it before Wednesday 2 December 2026", "This limits who sees the profile",
    "You can send offers again from Monday 21 December 2026", "This limits what can be done here, in part",
)


def test_each_day_stands_in_the_preview_and_in_the_letter(desk: Desk) -> None:
    case = desk.taken()
    desk.heard(case)
    here = begun(desk, case)
    status, page, _text = ahead(desk, here, **CHOSEN)
    assert status == 200 and all(one in page for one in SAID)
    assert "The whole profile This limits who sees the profile, in part" not in page
    assert 'value="2026-12-01"' in desk.get(here), "the draft keeps the day"
    assert desk.send(f"{here}/issue", desk.decision(**CHOSEN)).status_code == 303
    assert all(one in words_of(desk.get(here)) for one in SAID)


def test_a_day_after_the_last_is_refused_at_its_field(desk: Desk) -> None:
    case = desk.taken()
    desk.heard(case)
    status, page, text = ahead(desk, begun(desk, case), **CHOSEN | {"ends_on_profile": "2026-12-21"})
    assert status == 422 and "Nothing lasts longer than the decision" in page and 'href="#ends_on_profile"' in text
