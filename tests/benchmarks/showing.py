"""What is printed: a line for each measurement, how flat each page is, and where the time goes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import partial

from portal.core.sealing import new_secret, public_of
from portal.core.store import FolderStore
from portal.documents.intake import Intake
from tests.benchmarks.acts import Acts, document
from tests.benchmarks.fanout import prepare_due, work_off
from tests.benchmarks.measuring import Line
from tests.benchmarks.pages import Pages, check_pages, product, queue_pages
from tests.benchmarks.profiling import profile
from tests.benchmarks.rules import rules_pages

HEAD = f"{'name':27}{'engine':11}{'cases':>8}{'thr':>4}{'product/s':>11}{'beside':>10}{'/s':>10}{'ratio':>7}{'goal':>6}"
FLAT = {"QUEUE": 1.3}
"""How many times slower a page may be with the most than with the fewest; `money` measures its own in turns."""


def shown(line: Line) -> str:
    goal = f"{line.target:.2f}" if line.target is not None else "-"
    return (
        f"{line.name:27}{line.engine:11}{line.cases:8}{line.threads:4}{line.product:11.1f}{line.beside:>10}{line.other:10.1f}"
        f"{line.ratio:7.2f}{goal:>6}  {line.verdict:8}{line.megabytes:6.0f} MB  load {line.load:.1f}  {line.note}"
    )


def flatness(lines: Sequence[Line]) -> Iterator[str]:
    """How many times slower each thing is with the most cases than with the fewest, alone; and what it is compared with.

    Where both are slower it is the database that has to look through more: a good ratio says nothing then.
    """
    for name, engine, beside in dict.fromkeys((line.name, line.engine, line.beside) for line in lines):
        same = [line for line in lines if (line.name, line.engine, line.beside, line.threads) == (name, engine, beside, 1)]
        few, many = min(same, key=lambda line: line.cases), max(same, key=lambda line: line.cases)
        if few is not many:
            slower = few.product / many.product
            most = FLAT.get(name)
            goal = f"; goal at most {most}: {'reached' if slower <= most else 'missed'}" if most else ""
            yield (f"# {name}, {engine}: {slower:.2f} times slower at {many.cases} cases than at {few.cases}, "
                   f"{beside} {few.other / many.other:.2f} times{goal}")


def profiles(acts: Acts, pages: Pages, names: Sequence[str], notices: int) -> Iterator[str]:
    """Where the time goes, one thing after the other."""
    if "CHECK" in names:
        yield profile("CHECK", [product(pages, page) for page in check_pages(pages)])
    if "QUEUE" in names:
        yield profile("QUEUE", [product(pages, page) for page in queue_pages(pages)] * 8)
    if "RULES" in names:
        yield profile("RULES", [product(pages, page) for page in rules_pages(pages).values()] * 8)
    if "ISSUE" in names:
        yield profile("ISSUE", [partial(acts.issue, one) for one in acts.take(acts.ready, len(acts.ready))])
    if "APPEAL" in names:
        acts.bring("APPEAL")
        intake, content = Intake(FolderStore(acts.stage.folder / "documents"), public_of(new_secret())), document()
        issued = acts.take(acts.issued, len(acts.issued))
        yield profile("APPEAL", [
            partial(acts.appeal, one, lambda: intake.take(io.BytesIO(content), "letter.pdf")) for one in issued
        ])
    if "DECIDE" in names:
        acts.bring("DECIDE")
        yield profile("DECIDE", [partial(acts.decide, one) for one in acts.take(acts.appealed, len(acts.appealed))])
    if "FAN-OUT" in names:
        for _ in range(2):
            prepare_due(acts.stage, pages.town, notices, twin=False)
        yield profile(f"FAN-OUT of {notices}", [lambda: None, lambda: work_off(acts.stage)])
