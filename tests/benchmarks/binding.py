"""BINDS: which version bound an account on a day, with a million rows of what was told and accepted, beside the statement.

Both run inside an open transaction, as they do where a decision is issued.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.core.clock import MovedClock
from portal.rulebook.binding import Binds
from portal.rulebook.queries import TERMS, what_binds
from tests.benchmarks.bulk import fill
from tests.benchmarks.filling import people, ref
from tests.benchmarks.measuring import ROUNDS, Line, Rounds
from tests.benchmarks.preparing import settle_in, town_of
from tests.benchmarks.replaying import Recorder, run
from tests.benchmarks.stage import DurableCluster, Stage, raise_stage

ASKED = 500


def binding(
    engine: str, rows: int, folder: Path, clock: MovedClock, cluster: DurableCluster | None, seconds: float
) -> Iterator[Line]:
    """So many rows; accounts all over the data are asked about, in an order of chance."""
    stage = raise_stage(engine, rows, folder, clock, cluster)
    try:
        town = town_of(stage, settle_in(stage))
        town = type(town)(max(rows // len(town.versions) * 4 // 3, 40), town.now, town.clauses, town.staff, town.versions, 1)
        filled = fill(stage, people(town))
        stage.settle()
        yield from _measure(stage, town.accounts, filled, max(int(seconds * 2), 1))
    finally:
        stage.close()


def _measure(stage: Stage, accounts: int, filled: int, turns: int) -> Iterator[Line]:
    chance, recorder = random.Random(7), Recorder(stage.database)
    refs = [ref("P", chance.randrange(accounts)) for _ in range(ASKED)]
    with stage.database.read() as session:
        asked = [session.scalars(select(Account).where(Account.ref == one)).one() for one in refs]
        steps = []
        for one in asked:
            with recorder.steps() as issued:
                _ask(session, stage, one)
            steps.append(list(issued))
    rounds, mine, bare = Rounds(), list[float](), list[float]()
    with stage.driver(stage.url) as connection, stage.database.read() as session:
        cursor = connection.cursor()
        for _ in range(ROUNDS):
            product = _timed([partial(_ask, session, stage, one) for one in asked] * turns)
            raw = _timed([partial(run, cursor, one) for one in steps] * turns)
            rounds.add(1 / median(product), raw=1 / median(raw))
            mine, bare = [*mine, *product], [*bare, *raw]
    note = f"p50 {median(mine) * 1e3:.3f} ms, statement alone {median(bare) * 1e3:.3f} ms, {filled} rows filled"
    yield from rounds.lines("BINDS", stage.engine, stage.cases, 1, {"raw": None}, stage.bytes() / 1e6, note)


def _ask(session: Session, stage: Stage, account: Account) -> None:
    assert isinstance(what_binds(session, account, TERMS, stage.clock().date()), Binds)


def _timed(tasks: Sequence[Callable[[], object]]) -> list[float]:
    """How many seconds each took, alone."""
    spent = []
    for task in tasks:
        started = time.perf_counter()
        task()
        spent.append(time.perf_counter() - started)
    return spent
