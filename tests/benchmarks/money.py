"""FUNDS and TRANSFER: one freelancer with so many transfers in their past opens /me/funds, and asks for payouts.

The page is compared with itself at fewer transfers (goal: at most 1.2 times slower), a payout with the statements that it
issues, replayed by the plain driver on a twin of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from portal.act import act
from portal.core.clock import MovedClock
from portal.ledger.models import Movement
from portal.ledger.movements import TOTALS, newest
from portal.ledger.operations import mark_payout, request_payout
from portal.web.person import funds as funds_page
from portal.web.person import funds_history
from tests.benchmarks.bulk import Line as Row
from tests.benchmarks.bulk import Sheet, fill
from tests.benchmarks.filling import SPREAD, instant, key
from tests.benchmarks.measuring import ROUNDS, Line, Rounds, for_seconds, together
from tests.benchmarks.pages import Page, Pages, beside_bare, product
from tests.benchmarks.preparing import People, settle_in, town_of
from tests.benchmarks.replaying import Recorder, Replayer, Step
from tests.benchmarks.stage import DurableCluster, Stage, raise_stage
from tests.factories.market import DAY

THREADS = (1, 4)
SLOWER, TURNS = 1.2, 9
"""How many times slower the page may be with the most transfers than with the fewest, and in how many turns that is measured."""
EACH = 3
"""Transfers of one turn: something is earned, drawn for a payout, and paid."""


@dataclass(frozen=True)
class Past:
    """A freelancer with so many transfers in their past, and what is needed to open their page and to ask for payouts."""

    stage: Stage
    people: People
    pages: Pages
    recorder: Recorder
    filled: int


def money(
    engine: str, sizes: Sequence[int], folder: Path, clock: MovedClock, cluster: DurableCluster | None, seconds: float
) -> Iterator[Line]:
    """Everything of one engine. All sizes stand at once, so that the page at the largest and the smallest is measured in turns:
    minutes later the machine is another."""
    stages = [raise_stage(engine, transfers, folder / str(transfers), clock, cluster) for transfers in sizes]
    try:
        pasts = [_past(stage) for stage in stages]
        if len(pasts) > 1:
            few, many = (pick(pasts, key=lambda one: one.stage.cases) for pick in (min, max))
            yield from _in_turns(few, many, seconds)
        for one in pasts:
            yield from _funds(one.pages, seconds, one.filled)
            yield from _transfers(one.stage, one.people, one.recorder, max(int(seconds * 20), 20))
    finally:
        for stage in stages:
            stage.close()


def _past(stage: Stage) -> Past:
    people = settle_in(stage)
    last = _one_turn(people)
    filled = fill(stage, _turns(stage, people, last, stage.cases // EACH))
    stage.copy()
    recorder = Recorder(stage.database)
    return Past(stage, people, Pages.open(stage, people, town_of(stage, people), recorder), recorder, filled)


def _in_turns(few: Past, many: Past, seconds: float) -> Iterator[Line]:
    """The page at the most transfers beside itself at the fewest."""
    tasks = [[product(one.pages, _funds_page(one.pages))] for one in (many, few)]
    rounds = Rounds()
    for _ in range(TURNS):
        large, small = (for_seconds(todo, 1, seconds / 4) for todo in tasks)
        rounds.add(large, fewest=small)
    stage = many.stage
    yield from rounds.lines("FUNDS in turns", stage.engine, stage.cases, 1, {"fewest": 1 / SLOWER}, stage.bytes() / 1e6,
                            f"beside {few.stage.cases} transfers; {1 / rounds.ratio('fewest'):.2f} of its time, at most {SLOWER}")


def _funds_page(pages: Pages) -> Page:
    return pages.page("/me/funds", pages.people.story.tim.person.id, funds_page.show)


def _one_turn(people: People) -> Movement:
    """The rows that others are copied from: an earning that was paid out whole. Then money for the payouts that are measured."""
    market, story = people.market, people.story
    contract = market.contract(story.stacy, story.tim, "Large job", [10**9] * 2)
    market.earn(contract, 1, 5, days_ago=400)
    ref = market.pay_out(story.tim, story.destination, 5)["payout"]
    for state in ("sent", "paid"):
        market.do(mark_payout, payout_ref=ref, state=state)
    market.earn(contract, 2, 10**8, fee_minor=10**7, days_ago=390)
    with market.office.database.read() as session:
        last = newest(session, story.tim.account.id, "USD")
    assert last is not None
    return last


def _turns(stage: Stage, people: People, last: Movement, turns: int) -> Iterator[Sheet]:
    """So many more turns of one cent each, in every table that they would have written, over the last two years."""
    mine, every = people.story.tim.account.id.hex, range(turns)
    step = 700 * DAY / SPREAD
    days = [instant(stage.clock() - 700 * DAY + step * n) for n in range(SPREAD)]
    at = [days[i * SPREAD // max(turns, 1)] for i in every] if turns < 10**7 else days
    yield Sheet("earning", ("id", "source_key", "amount_minor"), ((key("earning", i), f"t-{i}", 1) for i in every))
    yield Sheet("payout", ("id", "ref", "account_id", "amount_minor", "requested_at"), (
        (key("request_key", i), f"W-{i:010d}", mine, 1, at[i]) for i in every
    ), "state = 'paid'")
    for kind, name, named in (("earning", "book", "earning_id"), ("payout", "hold", "payout_id")):
        of = "earning" if kind == "earning" else "request_key"
        rows = ((key(name, i), mine, key(of, i), 0) for i in every)
        yield Sheet("book", ("id", "owner_id", named, "balance_minor"), rows, f"kind = '{kind}' AND balance_minor = 0")
    for n, kind in enumerate(("earning", "payout", "payout_paid")):
        shift = range(n, EACH * turns, EACH)
        yield Sheet("entry", ("id", "source_key", "created_at"), (
            (key("entry", j), f"t-{j}", at[j // EACH]) for j in shift
        ), f"kind = '{kind}'")
        yield Sheet("transfer", ("id", "entry_id", "amount_minor", *_sides(n)), (
            (key("transfer", j), key("entry", j), 1, *_books(n, j // EACH)) for j in shift
        ), f"entry_id IN (SELECT id FROM entry WHERE kind = '{kind}')")
        yield Sheet("movement", ("id", "entry_id", "account_id", "n", "created_at", *TOTALS), (
            (key("leaf", j), key("entry", j), mine, last.n + 1 + j, at[j // EACH], *_totals(last, n, j // EACH)) for j in shift
        ), "currency = 'USD'")


def _sides(n: int) -> tuple[str, ...]:
    return (("credit_id",), ("debit_id", "credit_id"), ("debit_id",))[n]


def _books(n: int, turn: int) -> Row:
    earning, payout = key("book", turn), key("hold", turn)
    return ((earning,), (earning, payout), (payout,))[n]


def _totals(last: Movement, n: int, turn: int) -> Row:
    """What the account is left with: the cent is free, then under way, then paid."""
    now = {part: getattr(last, part) for part in TOTALS}
    now["paid_minor"] += turn
    now[("free_minor", "under_way_minor", "paid_minor")[n]] += 1
    return tuple(now[part] for part in TOTALS)


def _funds(pages: Pages, seconds: float, filled: int) -> Iterator[Line]:
    tim = pages.people.story.tim
    page = _funds_page(pages)
    path = f"/me/funds/history?account={tim.account.ref}&currency=USD"
    spent = {}
    for name, address in (("history", path), ("its middle", f"{path}&before={max(pages.stage.cases // 2, 2)}")):
        task = product(pages, pages.page(address, tim.person.id, funds_history.show))
        task()
        spent[name] = median(1000 / together([task], 1) for _ in range(15))
    note = ", ".join(f"{name} {ms:.1f} ms" for name, ms in spent.items())
    yield from beside_bare(pages, "FUNDS", [page], seconds, note=f"{note}; {filled} rows filled")


def _transfers(stage: Stage, people: People, recorder: Recorder, count: int) -> Iterator[Line]:
    """Payouts of a cent: with their event, notice, clock and movement; beside their statements alone."""
    replayer, story = Replayer(stage), people.story
    asked = {"account_id": story.tim.account.id, "destination_ref": story.destination, "amount_minor": 1, "currency": "USD"}
    for threads in THREADS:
        rounds, sizes = Rounds(), list[int]()
        for _ in range(ROUNDS):
            scripts: list[list[Step]] = []
            tasks = [partial(_recorded, recorder, scripts, partial(
                act, stage.office, request_payout, story.tim.actor, people.market.key(), **asked)) for _ in range(count)]
            mine = together(tasks, threads)
            raw = together([partial(replayer.replay, steps) for steps in scripts], threads)
            rounds.add(mine, raw=raw)
            sizes += [len(steps) for steps in scripts]
        note = f"{median(sizes):.0f} statements for each"
        yield from rounds.lines("TRANSFER", stage.engine, stage.cases, threads, {"raw": None}, stage.bytes() / 1e6, note)


def _recorded(recorder: Recorder, scripts: list[list[Step]], step: Callable[[], Any]) -> None:
    with recorder.steps() as steps:
        step()
    scripts.append(list(steps))
