"""Of the filled database: an appeal was opened again twice, the first time with nothing new in it; another one is open again."""

from __future__ import annotations

from tests.appeals.anew import Anew
from tests.appeals.conftest import Bench, reported
from tests.enforcement.conftest import with_exhibit
from tests.factories.market import Market, Staff, Story
from tests.structure.owner import Filled, newest_case, work_round


def found_anew(made: Filled, market: Market, story: Story) -> None:
    """Two more decisions that stood after an appeal."""
    reported(market, story)
    bench = Bench(market, story, newest_case(made), _files=iter(range(5_000, 6_000)))
    with_exhibit(bench)
    for name in ("Nia Cole", "Joy Park", "Yan Wu"):
        market.staff(name)
    everybody: dict[str, Staff] = market.__dict__["hired"]
    for turned_down, days in ((True, 45), (False, 40)):
        bench.action_ref = bench.ready()
        conduct = {"conduct_from": market.day(days).isoformat(), "conduct_to": market.day(days - 2).isoformat()}
        bench.issue(bench.action_ref, **conduct)
        work_round(made)
        one = Anew(bench, bench.file(), tuple(everybody.values()))
        one.decide()
        bench.later(minutes=1)
        work_round(made)
        one.open()
        if turned_down:
            one.turn_down(one.holder())
            one.open(shown=False)
            one.decide()
    work_round(made)
