"""Newer versions of our own promises for tests: the newest text once more, with other times or consequences."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.cases.models import Clock
from portal.cases.newer_models import NewerPromise
from portal.rulebook.operations import publish
from portal.settings import ROOT
from portal.verify import REGISTRY
from tests.factories.market import Market
from tests.factories.worker import settle_all

PROMISES = ROOT / "policies" / "our-promises"


Changes = Mapping[str, Mapping[str, Any] | None]


def promise_anew(market: Market, folder: Path, changes: Changes, *, ahead: int = 2) -> date:
    """Publishes a version of our promises that takes effect in so many days.

    In it some, by name, have another `length`, `unit` or `consequence` (None: none), or are promised no longer (None).
    """
    effective_on = market.day(-ahead)
    newest = max(path for path in PROMISES.glob("*.md") if len(path.suffixes) == 1)
    for path in PROMISES.iterdir():
        (folder / "our-promises").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / "our-promises" / path.name)
    text = newest.read_text(encoding="utf-8")
    text = re.sub(r"^published_on: .*$", f"published_on: {effective_on - timedelta(days=60)}", text, flags=re.MULTILINE)
    text = re.sub(r"^effective_on: .*$", f"effective_on: {effective_on}", text, flags=re.MULTILINE)
    (folder / "our-promises" / f"{effective_on}.md").write_text(text, encoding="utf-8")
    data = newest.with_suffix("").with_suffix(".clauses.toml").read_text(encoding="utf-8")
    for name, change in changes.items():
        data = _changed(data, name, change)
    (folder / "our-promises" / f"{effective_on}.clauses.toml").write_text(data, encoding="utf-8")
    market.do(publish, folder=str(folder))
    return effective_on


def _changed(data: str, name: str, change: Mapping[str, Any] | None) -> str:
    head, found, rest = data.partition(f'promise = "{name}"\n')
    assert found, f"no promise is called {name}"
    table, gap, others = rest.partition("\n[")
    if change is None:
        return head.rpartition("[")[0] + gap.lstrip() + others
    for key, value in change.items():
        written = "" if value is None else f"{key} = {value!r}\n".replace("'", '"')
        table, count = re.subn(rf"^{key} = .*\n?", written, table, flags=re.MULTILINE)
        assert count, f"{name} has no {key}"
    return head + found + table + gap + others


def later(market: Market, **delta: float) -> None:
    """Time passes, and then the worker does what is due."""
    market.office.clock.advance(**delta)  # type: ignore[attr-defined]
    settle_all(market)


def rows(market: Market, query: Any) -> list[Any]:
    with market.office.database.read() as session:
        return list(session.scalars(query))


def clock_of(market: Market, kind: str) -> Clock:
    """The newest clock of that kind."""
    found = rows(market, select(Clock).where(Clock.kind == kind).order_by(Clock.id.desc()))[0]
    assert isinstance(found, Clock)
    return found


def taken(market: Market) -> list[NewerPromise]:
    """The newer promises that count."""
    return rows(market, select(NewerPromise).order_by(NewerPromise.id))


def proven(market: Market) -> list[str]:
    """What `flask verify` would name."""
    with market.office.database.read() as session:
        return [line for promise in REGISTRY for query in promise.queries for line in query(session)]
