"""A decided appeal opened again, over HTTP: its person's pages and the desk's."""

from __future__ import annotations

import io
from typing import Any

import pytest

from portal.appeals.queries import files_of
from tests.appeals.anew import SAME, SHOWS, WHY, Anew, hired
from tests.appeals.conftest import Bench
from tests.appeals.pages import picture, said, staff_browser
from tests.documents.making import SAMPLES
from tests.web.conftest import Browser, Doors


@pytest.fixture
def anew(shop: Bench, tim: Browser) -> Anew:
    """Tim sent a picture with his appeal; the decision stands."""
    tim.post("/appeals/new", **said(shop, "add", file=picture(), description="The letter"))
    ref = shop.file()
    with shop.office.database.read() as session:
        number = next(one.exhibit.number for one in files_of(session, shop.appeal(ref).id) if one.exhibit)
    shop.decide(ref, exhibits_considered={str(number): {"weight": "not_considered", "why": "It is about another month."}})
    shop.later(hours=1)
    return Anew(shop, ref, hired(shop))


def form(step: str = "send", **other: Any) -> dict[str, Any]:
    return {"why": WHY, "body": SHOWS, "step": step} | other


def at(anew: Anew) -> str:
    return f"/appeals/{anew.ref}/again"


def other_picture() -> Any:
    """Another picture than the one that was sent with the appeal."""
    return io.BytesIO(SAMPLES["image/jpeg"]), "new.jpg"


def test_it_is_offered_where_the_answer_is_read(anew: Anew, tim: Browser, doors: Doors) -> None:
    for path in (f"/appeals/{anew.ref}", "/me", f"/me/actions/{anew.bench.action_ref}"):
        assert f'href="{at(anew)}"' in tim.page(path), path
    assert "You can do this once, until the end of Saturday 22 May 2027" in tim.page(at(anew))
    anew.bench.later(days=40)
    tim = doors.open(anew.bench.story.tim.person)
    assert f'href="{at(anew)}"' not in tim.page("/me") and f'href="{at(anew)}"' in tim.page(f"/appeals/{anew.ref}")


def test_files_and_words_are_kept_and_it_is_opened_once(anew: Anew, tim: Browser) -> None:
    known = tim.post(at(anew), **form("add", file=picture("again.png"), description="The same"))
    assert known.status_code == 303 and "We have this already" in tim.page(at(anew))
    refused = tim.post(at(anew), **form())
    assert refused.status_code == 422 and "was not in this case before" in refused.text and WHY in refused.text
    page = tim.page(at(anew))
    ref = page.split("remove:")[1].split('"')[0]
    assert tim.post(at(anew), **form(f"remove:{ref}")).status_code == 303 and "again.png" not in tim.page(at(anew))
    assert tim.post(at(anew), **form("add", file=other_picture(), description="The second letter")).status_code == 303
    assert all(words in tim.page(at(anew)) for words in (WHY, SHOWS, "new.jpg"))
    assert "new.jpg" not in tim.page(f"/appeals/{anew.ref}"), "it is not sent yet"
    assert "Go on with what is new in your appeal" in tim.page("/me")
    places = {tim.post(at(anew), **form()).headers["Location"] for _ in range(4)}
    assert places == {f"/appeals/{anew.ref}"} and len(anew.openings()) == 1
    page = tim.page(f"/appeals/{anew.ref}")
    for words in ("Your appeal is open again. You get our answer by", WHY, SHOWS, "new.jpg", "Our earlier answer, of"):
        assert words in page
    assert tim.get(at(anew)).headers["Location"] == f"/appeals/{anew.ref}"
    assert "You opened your appeal again, with something new." in tim.page("/me")
    assert "Take back what I sent anew" in page and tim.post(f"/appeals/{anew.ref}/withdraw").status_code == 303
    page = tim.page(f"/appeals/{anew.ref}")
    assert "Taken back on" in page and "The decision stands" in page and "Show something new" in page
    assert "You took back what you sent anew." in tim.page("/me")


def test_nobody_else_finds_it(anew: Anew, doors: Doors) -> None:
    stacy, astray = doors.open(anew.bench.story.stacy.person), doors.open(anew.bench.story.tim.person, "C-OTHER")
    linked = doors.open(anew.bench.story.tim.person, anew.bench.case_ref)
    assert linked.get(at(anew)).status_code == 200
    for browser in (stacy, astray):
        assert browser.get(at(anew)).status_code == browser.post(at(anew), **form()).status_code == 404


def test_the_desk_reads_what_is_new_beside_the_earlier_answer(anew: Anew, tim: Browser, doors: Doors) -> None:
    tim.post(at(anew), **form("add", file=other_picture(), description="The second letter"))
    tim.post(at(anew), **form())
    shop, here = anew.bench, f"/desk/appeals/{anew.ref}"
    by = anew.holder()
    browser = staff_browser(doors, shop, by)
    page = browser.page(here)
    for words in ("opened again on new evidence", "Why it is new, in their words", WHY, SHOWS, "How it was answered before",
                  "We read the letters and the messages of both sides.", "new, of this appeal", "Nothing in it is new"):
        assert words in page, words
    assert page.count("new, of this appeal") == 1
    missing = browser.post(f"{here}/refuse", version=str(shop.appeal(anew.ref).version), reason="")
    assert missing.status_code == 422
    assert browser.post(f"{here}/refuse", version=str(shop.appeal(anew.ref).version), reason=SAME).status_code == 303
    mine = tim.page(f"/appeals/{anew.ref}")
    assert "Why we did not open it again" in mine and SAME in mine and "Show something new" in mine
    assert SAME in browser.page(here)
    again = tim.page(at(anew))
    assert "Sent before, still new" in again and SAME in again
    tim.post(at(anew), **form())
    second = anew.holder()
    assert second is not by
    anew.decide(by=second, ground_answers={one: "It is the same." for one in anew.bench.answers(anew.ref)})
    mine = tim.page(f"/appeals/{anew.ref}")
    assert "Our earlier answer, of" in mine and "was opened again once, and answered again" in mine
    cannot = tim.page(at(anew))
    assert "This cannot be opened again" in cannot and "Open my appeal again" not in cannot
    assert tim.post(at(anew), **form()).status_code == 409
    assert mine.count("There is something new that shows otherwise.") >= 1
    history = tim.page("/me")
    assert history.count("We answered your appeal: the decision stands.") == 2
