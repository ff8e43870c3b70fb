"""Whatever people do with appeals, in any order: what always holds still holds, and the log vouches for every record."""

from pathlib import Path
from random import Random

import pytest

from portal.appeals import checks
from portal.appeals.models import LIVE
from portal.appeals.operations import add_to_appeal, ask_appellant, withdraw_appeal
from portal.core.errors import Refusal
from portal.disputes import checks as disputes
from portal.enforcement import checks as enforcement
from portal.ledger import checks as ledger
from portal.log import checks as log
from portal.log.sequencer import sequence
from tests.appeals.conftest import Bench
from tests.appeals.test_lapses import settle

STEPS = ("file", "attach", "add", "ask", "withdraw", "later", "month", "again", "upheld", "partially_reversed", "reversed")


def step(bench: Bench, name: str, draw: Random) -> None:
    """One thing that somebody does; what is not possible just then is refused and changes nothing."""
    with bench.office.database.read() as session:
        live = [appeal.ref for appeal in bench.appeals(session) if appeal.state in LIVE]
    ref, tim = live[0] if live else "Z-NONE", bench.story.tim.actor
    version = bench.appeal(ref).version if live else 1
    steps = {
        "file": lambda: bench.file(body=f"I want this to be looked at again, please: {draw.random()}"),
        "attach": bench.attach,
        "add": lambda: bench.market.do(add_to_appeal, tim, appeal_ref=ref, body="One more thing."),
        "ask": lambda: bench.market.do(
            ask_appellant, bench.story.ola.actor, appeal_ref=ref, version=version, question="Which day?", days=5
        ),
        "withdraw": lambda: bench.market.do(withdraw_appeal, tim, appeal_ref=ref),
        "later": lambda: pass_time(bench, draw.randint(1, 9)),
        "month": lambda: pass_time(bench, 30),
        "again": lambda: suspend_again(bench),
    }
    steps.get(name, lambda: decide(bench, ref, name, draw))()


def pass_time(bench: Bench, days: int) -> None:
    bench.later(days=days)
    settle(bench)


def suspend_again(bench: Bench) -> None:
    bench.action_ref = bench.ready()
    bench.issue(bench.action_ref)


def decide(bench: Bench, ref: str, outcome: str, draw: Random) -> None:
    """Naming more exhibits than there are does no harm."""
    bench.decide(
        ref, outcome, by=draw.choice((bench.story.ola, bench.story.rae)), new_ends_on=bench.market.day(-draw.randint(0, 25)),
        exhibits_considered={str(number): "considered" for number in range(1, 40)},
    )


@pytest.mark.parametrize("seed", range(4))
def test_what_always_holds(bench_maker: object, seed: int, tmp_path: Path) -> None:
    draw, bench = Random(seed), bench_maker(dispute=bool(seed % 2))  # type: ignore[operator]
    done = 0
    for _ in range(24):
        try:
            step(bench, draw.choice(STEPS), draw)
            done += 1
        except Refusal:
            continue
    assert done > 5
    assert found(bench, tmp_path) == []


def found(bench: Bench, folder: Path) -> list[str]:
    """Every violation of the promises that appeals touch, and of the log."""
    settle(bench)
    sequence(bench.office, whole=True)
    with bench.office.database.read() as session:
        lines = list(log.check(session, bench.office.keyring, folder))
    with bench.office.database.read() as session:
        rooms = (checks.CHECKS, enforcement.CHECKS, ledger.CHECKS, disputes.CHECKS)
        return lines + [line for room in rooms for check in room for line in check(session)]
