"""ISSUE, APPEAL and DECIDE: the operation through `act`, beside the statements that it issued."""

from __future__ import annotations

import hashlib
import io
import os
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pikepdf
from sqlalchemy import select

from portal.act import act
from portal.appeals.operations import attach_file, begin_review, decide_appeal, file_appeal
from portal.appeals.queries import files_of
from portal.cases.models import WorkItem
from portal.core.sealing import new_secret, public_of, seal
from portal.core.store import FolderStore, new_store_key
from portal.documents.intake import Intake, Taken
from portal.documents.operations import open_document
from portal.enforcement.operations import issue_action
from tests.appeals.conftest import BODY
from tests.benchmarks.measuring import ROUNDS, Failed, Line, Rounds, together
from tests.benchmarks.preparing import People, Prepared
from tests.benchmarks.replaying import Recorder, Replayer, Step
from tests.benchmarks.stage import Stage
from tests.documents.making import pdf

TWO_MEGABYTES = 2 * 1024 * 1024
THREADS = (1, 4)
GROUNDS = ["not_the_rule", "would_change:2"]


@dataclass
class Acts:
    """The prepared cases on their way through issue, appeal and decision, on the product's database and on its twin."""

    stage: Stage
    people: People
    ready: list[Prepared]
    recorder: Recorder
    replayer: Replayer
    issued: list[Prepared] = field(default_factory=list)
    appealed: list[Prepared] = field(default_factory=list)

    def do(self, operation: Callable[..., dict[str, Any]], actor: Any, **args: Any) -> dict[str, Any]:
        return act(self.stage.office, operation, actor, os.urandom(12).hex(), **args)

    def issue(self, one: Prepared) -> None:
        self.do(issue_action, self.people.staff[0].actor, action_ref=one.bench.action_ref, version=1, fields=one.form)
        self.issued.append(one)

    def appeal(self, one: Prepared, take: Callable[[], Taken]) -> None:
        """Adds a file and files the appeal: two acts, as the form does them."""
        actor, ref = one.tim.actor, one.bench.action_ref
        self.do(attach_file, actor, action_ref=ref, description="The hospital's letter", taken=take())
        one.appeal_ref = str(self.do(file_appeal, actor, action_ref=ref, grounds=GROUNDS, body=BODY)["appeal"])
        self.appealed.append(one)

    def decide(self, one: Prepared) -> None:
        """Overturns in full: restrictions end, the action's own hold is released, five people are told again."""
        self.do(decide_appeal, one.reviewer, **one.form)

    def begin(self, one: Prepared) -> None:
        """The reviewer for whom it was drawn begins; the form of the decision is filled in."""
        one.reviewer = self._drawn(one)
        self.do(begin_review, one.reviewer, appeal_ref=one.appeal_ref, version=one.bench.appeal(one.appeal_ref).version)
        for document in self._files(one):
            self.do(open_document, one.reviewer, document_ref=document, purpose="appeal")
        one.form = {
            "appeal_ref": one.appeal_ref, "version": one.bench.appeal(one.appeal_ref).version, "outcome": "reversed",
            "ground_answers": one.bench.answers(one.appeal_ref),
            "exhibits_considered": {"2": "considered"}, "reasons": "We read the letters and the messages of both sides.",
            "our_error": "We did not look at the message of the first day.",
        }

    def _files(self, one: Prepared) -> list[str]:
        with self.stage.database.read() as session:
            return [shown.document.ref for shown in files_of(session, one.bench.appeal(one.appeal_ref).id)]

    def _drawn(self, one: Prepared) -> Any:
        query = select(WorkItem.assignee_id).where(WorkItem.subject_ref == one.appeal_ref, WorkItem.closed_at.is_(None))
        with self.stage.database.read() as session:
            drawn = session.scalars(query).one()
        return next(staff for staff in self.people.staff if staff.person.id == drawn).actor

    def take(self, pool: list[Prepared], count: int) -> list[Prepared]:
        if len(pool) < count:
            raise Failed("not enough cases left: what came before this failed")
        return [pool.pop() for _ in range(count)]

    def bring(self, name: str) -> None:
        """Brings cases to where this benchmark begins, the same way on both databases."""
        if name in ("APPEAL", "DECIDE"):
            for one in self.take(self.ready, len(self.ready)):
                self._both(partial(self.issue, one))
        if name == "DECIDE":
            intake = Intake(FolderStore(self.stage.folder / "documents"), public_of(new_secret()))
            for one in self.take(self.issued, len(self.issued)):
                self._both(partial(self.appeal, one, lambda: intake.take(io.BytesIO(pdf()), "letter.pdf")))
            for one in self.appealed:
                self._both(partial(self.begin, one))

    def _both(self, step: Callable[[], Any]) -> None:
        self.replayer.both(self.recorder, step)


def issue(acts: Acts, count: int) -> Iterator[Line]:
    """ISSUE: cite, hold, ledger, audit, five notices, one transaction."""
    return _beside_raw(acts, "ISSUE", acts.ready, acts.issue, count, 0.3)


def decide(acts: Acts, count: int) -> Iterator[Line]:
    """DECIDE: overturn, release, correct."""
    return _beside_raw(acts, "DECIDE", acts.appealed, acts.decide, count, 0.3)


def _beside_raw(
    acts: Acts, name: str, pool: list[Prepared], step: Callable[[Prepared], Any], count: int, target: float
) -> Iterator[Line]:
    for threads in THREADS:
        rounds, sizes = Rounds(), []
        for _ in range(ROUNDS):
            scripts: list[list[Step]] = []
            try:
                product = together([_recorded(acts, step, one, scripts) for one in acts.take(pool, count)], threads)
            except Failed:
                for steps in scripts:
                    acts.replayer.replay(steps)
                raise
            raw = together([partial(acts.replayer.replay, steps) for steps in scripts], threads)
            rounds.add(product, raw=raw)
            sizes += [len(steps) for steps in scripts]
        note = f"{statistics.median(sizes):.0f} statements"
        yield from _lines(acts, rounds, name, threads, {"raw": target}, note)


def _lines(acts: Acts, rounds: Rounds, name: str, threads: int, targets: dict[str, float | None], note: str) -> list[Line]:
    stage = acts.stage
    return rounds.lines(name, stage.engine, stage.cases, threads, targets, stage.bytes() / 1e6, note)


def _recorded(acts: Acts, step: Callable[[Prepared], Any], one: Prepared, scripts: list[list[Step]]) -> Callable[[], None]:
    def task() -> None:
        with acts.recorder.steps() as steps:
            step(one)
        scripts.append(steps)

    return task


def appeal(acts: Acts, count: int) -> Iterator[Line]:
    """APPEAL with a document of 2 MB; beside it: hashed, encrypted, synced, and the statements. Also without examining."""
    folder, master = acts.stage.folder / "documents", public_of(new_secret())
    content = document()
    examined = Intake(FolderStore(folder), master)
    plain = Intake(FolderStore(folder), master, examine=lambda _content: "application/pdf")
    kinds = {"APPEAL 2 MB": examined, "APPEAL 2 MB, not examined": plain}
    for threads in THREADS:
        for name, intake in kinds.items():
            rounds = Rounds()
            for _ in range(ROUNDS):
                scripts: list[list[Step]] = []
                step = _filing(acts, intake, content)
                product = together([_recorded(acts, step, one, scripts) for one in acts.take(acts.issued, count)], threads)
                bare = _bare_upload(acts.replayer, FolderStore(folder), content)
                rounds.add(product, bare=together([partial(bare, steps) for steps in scripts], threads))
            yield from _lines(acts, rounds, name, threads, {"bare": None}, f"{len(scripts[0])} statements in 2 acts")


def _filing(acts: Acts, intake: Intake, content: bytes) -> Callable[[Prepared], None]:
    return lambda one: acts.appeal(one, lambda: intake.take(io.BytesIO(content), "letter.pdf"))


def _bare_upload(replayer: Replayer, store: FolderStore, content: bytes) -> Callable[[list[Step]], None]:
    def work(steps: list[Step]) -> None:
        hashlib.sha256(content).hexdigest()
        store.put(new_store_key(), seal(content, public_of(new_secret())))
        middle = next(n for n, step in enumerate(steps) if "INTO request_key" in step[0]) + 1
        replayer.replay(steps[:middle])
        replayer.replay(steps[middle:])

    return work


def document() -> bytes:
    """A PDF of 2 MB that cannot be squeezed."""
    made, whole = io.BytesIO(), pikepdf.new()
    whole.add_blank_page(page_size=(200, 200))
    whole.Root.Letter = whole.make_stream(os.urandom(TWO_MEGABYTES))
    whole.save(made)
    return made.getvalue()
