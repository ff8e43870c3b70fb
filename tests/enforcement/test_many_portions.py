"""A file of many decisions is taken in portions: looked at whole before, gone on with after a kill, never twice, among others."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from threading import Event as Flag
from time import process_time
from typing import Any

import pytest
from sqlalchemy import select

from portal.act import Office, by
from portal.core.access import Actor
from portal.core.database import Database
from portal.core.errors import NotFound
from portal.enforcement import many
from portal.enforcement.many import LinesLeft, RefusedLines, begin_lines, receive_file, send_file
from portal.enforcement.many_file import read_file
from portal.enforcement.many_models import Batch, BatchLine
from portal.enforcement.many_queries import batch_by_ref, begun_of
from portal.log.models import Event
from portal.verify import REGISTRY
from tests.enforcement.conftest import Desk
from tests.enforcement.many import as_csv, counted, row, sent
from tests.factories.market import Party, refused

Do = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for each portion."""
    monkeypatch.setattr(many, "PORTION_SECONDS", 0.0)
    monkeypatch.setattr(many, "BREATH_SECONDS", 0.0)


def lines(desk: Desk, count: int, party: Party | None = None) -> bytes:
    """Each about the same account, in a case of its own."""
    return as_csv([row(desk, party or desk.story.omar, case="new", weighed=f"Line {n}.") for n in range(count)])


def begun(office: Office) -> list[int]:
    """The lines that are drafts, of all files, in the order in which they became so."""
    with office.database.read() as session:
        return list(session.scalars(select(BatchLine.line).order_by(BatchLine.id)))


def holds(office: Office) -> list[str]:
    with office.database.read() as session:
        return [line for promise in REGISTRY for query in promise.queries for line in query(session)]


def _send_and_die(url: str, office: Office, actor: Actor, content: bytes, after: int) -> None:
    """Sends a file in this process, which is killed when so many acts are done."""
    do, look = by(Office(Database(url), office.clock, office.keyring), actor)
    left = [after]

    def counted_do(*args: Any, **more: Any) -> dict[str, Any]:
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return do(*args, **more)

    send_file(counted_do, look, name="many.csv", content=content)


def killed(desk: Desk, content: bytes, after: int) -> None:
    url = desk.office.database.url.render_as_string(hide_password=False)
    child = get_context("fork").Process(
        target=_send_and_die, args=(url, desk.office, desk.story.rae.actor, content, after)
    )
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("after", [0, 1, 3])
def test_what_was_killed_between_two_portions_goes_on(desk: Desk, after: int) -> None:
    """Nothing, the file alone, or the first lines are there; the rest follows when the same file is sent again."""
    content = lines(desk, 5)
    killed(desk, content, after)
    assert begun(desk.office) == [2, 3, 4, 5, 6][:max(0, after - 1)]
    assert holds(desk.office) == []
    batch = sent(desk, content)
    assert begun(desk.office) == [2, 3, 4, 5, 6]
    with desk.office.database.read() as session:
        assert session.scalars(select(Batch.ref)).all() == [batch]
        kinds = session.scalars(select(Event.kind).where(Event.subject_ref == batch).order_by(Event.id)).all()
    assert kinds == ["batch.received", "batch.finished"]
    assert holds(desk.office) == []


def test_the_same_file_again_makes_nothing_twice(desk: Desk) -> None:
    content = lines(desk, 3)
    first, before = sent(desk, content), counted(desk.office)
    answer = send_file(*by(desk.office, desk.story.rae.actor), name="renamed.csv", content=content)
    assert answer == {"batch": first, "lines": 3, "again": True}
    assert counted(desk.office) == before
    assert sent(desk, content + b"\n") != first, "other bytes are another file"


def test_two_who_press_at_once_make_one_file(desk: Desk) -> None:
    content = lines(desk, 6)
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: sent(desk, content), range(4)))
    assert len(made) == 1
    assert sorted(begun(desk.office)) == [2, 3, 4, 5, 6, 7]
    assert holds(desk.office) == []


def test_every_line_is_looked_at_before_the_first_is_stored(desk: Desk) -> None:
    """Also what only shows beside an earlier line, which was in another portion."""
    about, other = f"contract:{desk.story.other_contract.ref}", f"contract:{desk.story.contract.ref}"
    rows = [
        row(desk, desk.story.tim, objects=about), row(desk, desk.story.omar), row(desk, desk.story.tim, objects=about),
        row(desk, desk.story.tim, objects=other), row(desk, desk.story.tim, objects=other),
        row(desk, desk.story.omar, account="m-nobody"), row(desk, desk.story.omar, case="new", objects=about),
        row(desk, desk.story.omar, objects=about),
    ]
    before = counted(desk.office)
    with pytest.raises(RefusedLines) as error:
        sent(desk, as_csv(rows))
    found = [(one.line, one.error.code, one.error.params.get("earlier")) for one in error.value.refused]
    assert found == [(4, "same_case", 2), (6, "same_case", 5), (7, "unknown_account", None), (9, "same_case", 8)]
    assert counted(desk.office) == before


def test_a_line_that_is_wrong_by_then_is_named_and_the_others_go_on(desk: Desk) -> None:
    about = f"contract:{desk.story.contract.ref}"
    rows = [row(desk, desk.story.omar), row(desk, desk.story.tim, objects=about), row(desk, desk.story.omar, case="new")]
    content = as_csv(rows)
    do, look = by(desk.office, desk.story.rae.actor)

    def taken_meanwhile(operation: Any, key: str, **args: Any) -> dict[str, Any]:
        if operation is receive_file:
            desk.ask(by=desk.story.ola)
        return do(operation, key, **args)

    with pytest.raises(LinesLeft) as error:
        send_file(taken_meanwhile, look, name="many.csv", content=content)
    assert [(one.line, one.error.code) for one in error.value.refused] == [(3, "with_somebody_else")]
    assert begun(desk.office) == [2, 4]
    assert holds(desk.office) == []
    with pytest.raises(LinesLeft):
        sent(desk, content)
    with desk.office.database.read() as session:
        batch = batch_by_ref(session, desk.story.rae.actor, error.value.batch)
        assert begun_of(session, [batch]) == {batch.id: 2}


def test_nobody_goes_on_with_the_file_of_another_or_with_other_lines(desk: Desk) -> None:
    read, other = read_file(lines(desk, 2)), read_file(lines(desk, 3))
    ref = desk.market.do(receive_file, desk.story.rae.actor, name="x", read=read)["batch"]
    for who, what in ((desk.story.ola, read), (desk.story.rae, other)):
        assert refused(lambda who=who, what=what: desk.market.do(  # type: ignore[misc]
            begin_lines, who.actor, batch_ref=ref, read=what)) == NotFound().code
    assert begun(desk.office) == []


def test_twenty_others_write_meanwhile(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them waits for the file: they are done between its lines, and nobody waits for longer than a few portions.
    What else this machine does is not counted."""
    monkeypatch.setattr(many, "PORTION_SECONDS", 0.0)
    market, content, over = desk.market, lines(desk, 24), Flag()

    def write(n: int) -> list[float]:
        waits = []
        while not over.is_set():
            began = process_time()
            market.do(_note, desk.story.rae.actor, n=n)
            waits.append(process_time() - began)
            over.wait(0.05)
        return waits

    with ThreadPoolExecutor(20) as pool:
        writers = [pool.submit(write, n) for n in range(20)]
        try:
            batch = sent(desk, content)
        finally:
            over.set()
        waits = [wait for one in writers for wait in one.result()]
    assert len(begun(desk.office)) == 24
    with desk.office.database.read() as session:
        ends = session.scalars(select(Event.id).where(Event.subject_ref == batch).order_by(Event.id)).all()
        between = session.scalars(
            select(Event.id).where(Event.kind == "test.noted", Event.id > ends[0], Event.id < ends[1])
        ).all()
    assert len(between) >= 20
    assert max(waits) < 3.0, "of five seconds, after which they would be told that we are busy"


def _note(work: Any, *, n: int) -> dict[str, Any]:
    """The smallest act there is."""
    many.record(work, "test.noted", f"N-{n}")
    return {}
