"""Many at once over HTTP: a file is sent, what is wrong is listed and kept, drafts are shown, interim ones confirmed together."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.core.ids import new_token
from portal.enforcement import many
from portal.enforcement.many_file import COLUMNS, read_file
from portal.enforcement.many_models import Batch, BatchConfirmation
from portal.enforcement.models import Action, Statement
from tests.enforcement import test_many as made
from tests.enforcement.conftest import Desk as Bench
from tests.factories.market import Party
from tests.web.desk_support import CSRF, Desk, words_of


@pytest.fixture
def people(desk: Desk) -> list[Party]:
    return [desk.market.party(name) for name in ("Ana Ruiz", "Bo Lind", "Cai Wen")]


@pytest.fixture
def bench(desk: Desk) -> Bench:
    return Bench(desk.market, desk.story, "")


def send(desk: Desk, content: bytes, name: str = "many.csv") -> TestResponse:
    data: dict[str, Any] = {"csrf_token": CSRF, "form_key": new_token()[:40], "file": (io.BytesIO(content), name)}
    return desk.browser.post("/desk/many/new", data=data, base_url="https://localhost")


def sent(desk: Desk, rows: list[dict[str, str]]) -> str:
    answer = send(desk, made.as_csv(rows))
    assert answer.status_code == 303, words_of(answer.text)
    return str(answer.headers["Location"])


def ticks(page: str) -> list[str]:
    return re.findall(r'name="line" value="([^"]+)"', page)


def count(desk: Desk, table: Any) -> int:
    with desk.market.office.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_desk_leads_to_it_and_it_says_what_a_file_has_to_hold(desk: Desk) -> None:
    assert 'href="/desk/many/new"' in desk.get("/desk")
    page = words_of(desk.get("/desk/many/new"))
    assert "At most 500 lines and 2 MB" in page
    assert all(name in page for name in COLUMNS)


def test_it_is_asked_who_it_is_before_a_file_is_chosen(desk: Desk) -> None:
    desk.clock.advance(minutes=31)
    answer = desk.browser.get("/desk/many/new", base_url="https://localhost")
    assert answer.headers["Location"].startswith("/step-up?next=")


def test_nobody_else_is_there(desk: Desk, people: list[Party], bench: Bench) -> None:
    ref = sent(desk, [made.row(bench, people[0])])
    assert desk.visit_as(desk.story.tim, "/desk/many/new").status_code == 404
    assert desk.sign_in(desk.story.ola).get(ref, base_url="https://localhost").status_code == 404


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_the_example_can_be_read_as_it_is(desk: Desk, kind: str) -> None:
    answer = desk.browser.get(f"/desk/many/example.{kind}", base_url="https://localhost")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    read = read_file(answer.data)
    assert (read.format, len(read.lines), read.refused) == (kind, 2, ())
    assert [line.says("interim") for line in read.lines] == [False, True]


def test_what_is_wrong_is_listed_and_can_be_kept_as_a_file(desk: Desk, people: list[Party], bench: Bench) -> None:
    rows = [made.row(bench, people[0]), made.row(bench, people[1], facts="Too short."), made.row(bench, people[2], account="?")]
    answer = send(desk, made.as_csv(rows))
    assert answer.status_code == 422
    page = words_of(answer.text)
    assert "2 lines are refused" in page
    assert "3 facts Say what happened, with days and amounts: at least 40 characters, you wrote 10." in page
    assert "4 account There is no account of this number or reference." in page
    assert (count(desk, Batch), count(desk, Action)) == (0, 0)
    sheet = re.findall(r'name="sheet" value="([^"]+)"', answer.text)[0].replace("&#34;", '"')
    kept = desk.send("/desk/many/refusals.csv", {"sheet": sheet})
    listed = list(csv.reader(io.StringIO(kept.data.decode("utf-8-sig"))))
    assert [row[:2] for row in listed] == [["line", "column"], ["3", "facts"], ["4", "account"]]


def test_a_file_that_was_interrupted_says_how_far_it_is_and_goes_on(
    desk: Desk, people: list[Party], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = made.as_csv([made.row(bench, one) for one in people])
    monkeypatch.setattr(many, "PORTION_SECONDS", 0.0)
    monkeypatch.setattr(many, "sleep", stops(3 + 2))
    assert send(desk, content).status_code == 500
    with desk.market.office.database.read() as session:
        ref = session.scalars(select(Batch.ref)).one()
    page = desk.get(f"/desk/many/{ref}")
    assert "2 of 3 lines are drafts so far" in words_of(page) and 'href="/desk/many/new"' in page
    assert "2 of 3 lines are drafts so far" in words_of(desk.get("/desk/many/new"))
    monkeypatch.setattr(many, "sleep", lambda _seconds: None)
    again = send(desk, content, "other name.csv").headers["Location"]
    assert again == f"/desk/many/{ref}?again=1"
    page = words_of(desk.get(again))
    assert "You sent this file before" in page and "so far" not in page
    assert "3 drafts" in words_of(desk.get("/desk/many/new"))


def stops(after: int) -> Callable[[float], None]:
    """A breath between portions that is the last one after so many."""
    left = [after]

    def breathe(_seconds: float) -> None:
        left[0] -= 1
        if not left[0]:
            raise InterruptedError

    return breathe


def test_a_line_that_is_wrong_by_then_stands_on_the_page_of_its_file(
    desk: Desk, people: list[Party], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [made.row(bench, one) for one in people]
    monkeypatch.setattr(many, "look_at_lines", lambda work, *, lines, **_: (len(lines), []))
    answer = send(desk, made.as_csv([*rows, made.row(bench, people[0], account="m-nobody")]))
    assert answer.status_code == 409
    page = words_of(answer.text)
    assert "Something changed while this file was taken in" in page
    assert "Line 5 is refused: There is no account of this number or reference." in page
    assert "3 of 4 lines are drafts so far" in page


@pytest.mark.parametrize("sheet", ["", "nonsense", "[1]", '[["a", "b", "c"]]', "[" * 100_000, '[[1e400, "a", "b"]]'])
def test_a_list_that_is_none_is_an_empty_one(desk: Desk, sheet: str) -> None:
    assert desk.send("/desk/many/refusals.csv", {"sheet": sheet}).data.decode("utf-8-sig") == "line,column,what is wrong\r\n"


def test_no_cell_of_the_list_is_a_formula(desk: Desk) -> None:
    kept = desk.send("/desk/many/refusals.csv", {"sheet": '[[1, "=cmd", "@sum"]]'})
    assert "'=cmd,'@sum" in kept.data.decode("utf-8-sig")


def test_without_a_file_the_page_says_so(desk: Desk) -> None:
    answer = desk.send("/desk/many/new", {})
    assert answer.status_code == 422
    assert "Choose a file first." in words_of(answer.text)


def test_each_draft_is_listed_and_opens_in_the_ordinary_editor(desk: Desk, people: list[Party], bench: Bench) -> None:
    path = sent(desk, [made.row(bench, people[0]), made.first(bench, people[1])])
    page = desk.get(path)
    assert "2 decisions from one file" in words_of(page)
    assert "2 Ana Ruiz" in words_of(page)
    assert "suspension, at most 72 hours" in words_of(page)
    draft = re.findall(r'href="(/desk/actions/[^"]+)"><bdi>Ana Ruiz', page)[0]
    assert made.FACTS in desk.get(draft)


def test_what_is_interim_is_confirmed_together_and_the_rest_is_not_offered(
    desk: Desk, people: list[Party], bench: Bench
) -> None:
    path = sent(desk, [made.first(bench, people[0]), made.first(bench, people[1]), made.row(bench, people[2])])
    page = desk.get(f"{path}?show=first")
    boxes = ticks(page)
    assert len(boxes) == 2
    assert "checked" not in page
    assert "Nobody else is told." in words_of(page)
    answer = desk.send(f"{path}/confirm", {"line": boxes})
    assert answer.status_code == 303
    assert "issued, confirmed together" in words_of(desk.get(answer.headers["Location"]))
    assert (count(desk, Statement), count(desk, BatchConfirmation)) == (2, 2)


def test_one_is_refused_meanwhile_and_named_and_the_others_go_on(desk: Desk, people: list[Party], bench: Bench) -> None:
    path = sent(desk, [made.first(bench, people[0]), made.first(bench, people[1])])
    boxes = ticks(desk.get(f"{path}?show=first"))
    gone = boxes[0].split(".")[0]
    desk.send(f"/desk/actions/{gone}/discard", {"reason": ""})
    answer = desk.send(f"{path}/confirm", {"line": boxes})
    assert answer.status_code == 409
    page = words_of(answer.text)
    assert "1 was issued" in page
    assert f"{gone}: This decision is not waiting for that any more." in page
    assert count(desk, Statement) == 1


def test_the_same_press_twice_is_one_and_so_is_a_second_press(desk: Desk, people: list[Party], bench: Bench) -> None:
    path = sent(desk, [made.first(bench, people[0]), made.first(bench, people[1])])
    boxes, key = ticks(desk.get(f"{path}?show=first")), new_token()[:40]
    for _ in range(2):
        assert desk.send(f"{path}/confirm", {"line": boxes, "form_key": key}).status_code == 303
    assert desk.send(f"{path}/confirm", {"line": boxes}).status_code == 409
    assert count(desk, Statement) == 2


def test_somebody_who_sends_what_was_not_offered_issues_nothing(desk: Desk, people: list[Party], bench: Bench) -> None:
    path = sent(desk, [made.row(bench, people[0])])
    with desk.market.office.database.read() as session:
        ref = session.scalars(select(Action.ref)).one()
    assert desk.send(f"{path}/confirm", {"line": [f"{ref}.1.1"]}).status_code == 409
    assert desk.send(f"{path}/confirm", {"line": ["nonsense", "A-2222.x.1"]}).status_code == 422
    assert desk.send(f"{path}/confirm", {"line": [f"A-{n}.1.1" for n in range(1000, 1101)]}).status_code == 422
    assert count(desk, Statement) == 0


def test_a_line_that_cannot_be_confirmed_says_why_and_has_no_box(desk: Desk, people: list[Party], bench: Bench) -> None:
    path = sent(desk, [made.first(bench, people[0]), made.first(bench, people[0])])
    boxes = ticks(desk.get(f"{path}?show=first"))
    desk.send(f"{path}/confirm", {"line": boxes[:1]})
    page = desk.get(f"{path}?show=first")
    assert ticks(page) == []
    assert "decided this already" in words_of(page)
    assert desk.browser.get(f"{path}?show=nonsense", base_url="https://localhost").status_code == 404
