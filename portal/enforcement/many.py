"""Many at once: a file becomes as many drafts as it has lines; each is then decided by a person.

The whole file is looked at before a line of it is stored. Then the drafts are made in portions, each an act of its own, so that
nobody waits for long; what was interrupted goes on with the next line when the same file is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.core.access import Permission, require_person
from portal.core.errors import Conflict, NotAllowed, NotFound, Refusal, RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_ref, new_token
from portal.core.text import clean_line
from portal.core.work import Work
from portal.enforcement.many_begin import Cases, begin_line
from portal.enforcement.many_file import Line, Read, Refused, read_file
from portal.enforcement.many_line import proposed
from portal.enforcement.many_models import Batch, BatchLine
from portal.enforcement.models import Action
from portal.log.operations import add, record
from portal.log.rules import body_digest

PORTION_SECONDS, BREATH_SECONDS = 0.2, 0.05
"""How long one portion keeps others waiting, beside its last line; and how long they have before the next one."""
LONGEST_NAME = 120
COLUMN_OF = {"clause_version_id": "clause"}
REFUSED = (RuleBroken, Conflict, NotAllowed, NotFound)
Do = Callable[..., dict[str, Any]]
"""Carries out an operation in an act of its own, under the given key: `do(operation, key, **args)`."""
Look = Callable[..., Any]
"""Says what an operation would answer, and takes it back: `look(operation, **args)`."""


class RefusedLines(RuleBroken):
    """Lines of a file that cannot become decisions: nothing of what was asked for was stored."""

    def __init__(self, refused: Iterable[Refused]) -> None:
        message = N_("Something in this file cannot become a decision. Nothing of it was stored.")
        super().__init__("refused_lines", message, field="file")
        self.refused = tuple(sorted(refused, key=lambda one: one.line))


class LinesLeft(Conflict):
    """Lines that were right when the file was looked at, and are not any more: all others are drafts of the file `batch`."""

    def __init__(self, batch: str, refused: Iterable[Refused]) -> None:
        message = N_("Something changed while this file was taken in, so these lines did not become drafts. All others did.")
        super().__init__("lines_left", message)
        self.batch, self.refused = batch, tuple(sorted(refused, key=lambda one: one.line))


def send_file(do: Do, look: Look, *, name: str, content: bytes) -> dict[str, Any]:
    """Makes a draft of each line of a file, in the open case of that conduct or in one of its own.

    Each is checked like one decision, but for whether the person was asked, which comes between draft and decision. The
    drafts wait in the queue, in the hands of whoever sent the file. `name` is the sender's, and shown as such. The same file
    of the same sender again (`again`) goes on where it stopped, and makes nothing twice.
    Errors: `RefusedLines` with every line that is refused and why, before anything was stored; `LinesLeft`.
    """
    read = read_file(content)
    known = look(known_file, read=read)
    if known is None:
        _look_at_all(look, read)
    received = do(receive_file, f"file:{read.sha256}", name=name, read=read) if known is None else {"batch": known}
    _begin_all(do, str(received["batch"]), read)
    return {"batch": received["batch"], "lines": len(read.lines), "again": known is not None}


def _look_at_all(look: Look, read: Read) -> None:
    refused, rest, cases = list(read.refused), list(read.lines), Cases()
    while rest:
        done, found = look(look_at_lines, read=read, lines=rest, cases=cases)
        refused, rest = [*refused, *found], rest[done:]
        sleep(BREATH_SECONDS)
    if refused:
        raise RefusedLines(refused)


def _begin_all(do: Do, batch_ref: str, read: Read) -> None:
    refused, left = dict[int, Refused](), 1
    while left:
        try:
            left = do(begin_lines, new_token()[:40], batch_ref=batch_ref, read=read, besides=sorted(refused))["left"]
        except RefusedLines as error:
            refused |= {one.line: one for one in error.refused}
        sleep(BREATH_SECONDS)
    if refused:
        raise LinesLeft(batch_ref, refused.values())


def known_file(work: Work, *, read: Read) -> str | None:
    """The reference of this file where this person has sent it before."""
    work.require(Permission.DECIDE)
    query = select(Batch.ref).where(Batch.person_id == require_person(work.actor), Batch.file_sha256 == read.sha256)
    return work.db.scalar(query.order_by(Batch.id.desc()).limit(1))


def look_at_lines(work: Work, *, read: Read, lines: Sequence[Line], cases: Cases) -> tuple[int, list[Refused]]:
    """How many of these lines were looked at before the time of a portion was over, and which of them are refused.

    `cases` carries what earlier portions would have opened or taken.
    """
    work.require(Permission.DECIDE)
    return _portion(work, _batch(work, "", read), lines, cases)


def receive_file(work: Work, *, name: str, read: Read) -> dict[str, Any]:
    """Puts on record that a file was sent; none of its lines is a draft yet."""
    known = known_file(work, read=read)
    if known is not None:
        return {"batch": known}
    batch = _batch(work, name, read)
    record(work, "batch.received", batch.ref, rows=[batch], lines=batch.lines)
    return {"batch": batch.ref}


def begin_lines(work: Work, *, batch_ref: str, read: Read, besides: Sequence[int] = ()) -> dict[str, Any]:
    """Makes drafts of the next lines of a file that was received, until the time of a portion is over.

    Answers how many are drafts by now (`begun`) and how many are `left`, without those at `besides`. Errors: `NotFound` for
    another person's file, or other lines than were received; `RefusedLines`, and then none of this portion is a draft.
    """
    work.require(Permission.DECIDE)
    batch = work.db.scalars(select(Batch).where(Batch.ref == batch_ref).with_for_update()).one_or_none()
    if batch is None or (batch.person_id, batch.file_sha256) != (require_person(work.actor), read.sha256):
        raise NotFound
    cases = Cases(_begun(work, batch))
    rest = [line for line in read.lines if line.line not in {*cases.taken.values(), *besides}]
    done, refused = _portion(work, batch, rest, cases)
    if refused:
        raise RefusedLines(refused)
    begun = len(cases.taken)
    if rest and begun == batch.lines:
        record(work, "batch.finished", batch.ref, lines=begun)
    return {"batch": batch.ref, "begun": begun, "left": len(rest) - done}


def _begun(work: Work, batch: Batch) -> dict[UUID, int]:
    """The lines that are drafts already, by the case of their decision."""
    rows = select(Action.case_id, BatchLine.line).join(Action, BatchLine.action_id == Action.id)
    return dict(work.db.execute(rows.where(BatchLine.batch_id == batch.id)).all())


def _portion(work: Work, batch: Batch, lines: Sequence[Line], cases: Cases) -> tuple[int, list[Refused]]:
    """The drafts of as many lines as there is time for, at least of one; how many, and what is wrong with which."""
    refused, until, done = list[Refused](), monotonic() + PORTION_SECONDS, 0
    for line in lines:
        try:
            begin_line(work, batch, proposed(work, line), cases)
        except REFUSED as error:
            refused.append(_refused(line, error))
        done += 1
        if monotonic() >= until:
            break
    return done, refused


def _batch(work: Work, name: str, read: Read) -> Batch:
    batch = Batch(
        ref=new_ref("M"), person_id=require_person(work.actor), format=read.format, lines=len(read.lines),
        received_at=work.now, file_sha256=read.sha256, name=_shown(name), sha256="",
    )
    batch.sha256 = body_digest(batch)
    return add(work, batch)


def _shown(name: str) -> str:
    """The file's name as far as it can be shown; nothing is refused for it."""
    try:
        return clean_line(name[:LONGEST_NAME])
    except RuleBroken:
        return ""


def _refused(line: Line, error: Refusal) -> Refused:
    field = error.field or ""
    return Refused(line.line, COLUMN_OF.get(field, field), error)
