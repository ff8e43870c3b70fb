"""Proves what always holds (DESIGN, section 2): a registry of promises, each with its constraint, query and test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from portal.act import Office
from portal.disputes import checks as disputes
from portal.enforcement import checks as enforcement
from portal.ledger import checks as ledger
from portal.log import checks as log
from portal.log.sequencer import sequence
from portal.settings import Settings

Query = Callable[[Session], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Holds:
    """One thing that always holds: what guards it in the database, what proves it, what tries to break it."""

    number: int
    title: str
    guard: str
    queries: tuple[Query, ...]
    property_test: str


REGISTRY: tuple[Holds, ...] = ()


def violations(office: Office, settings: Settings) -> Iterator[str]:
    """Every violation, one line each, naming the promise and the row. The log is put in order first."""
    sequence(office)
    with office.database.read() as session:
        for promise in REGISTRY:
            for query in promise.queries:
                yield from (f"{promise.number}. {promise.title}: {line}" for line in query(session))
        yield from (f"log: {line}" for line in log.check(session, office.keyring, Path(settings.checkpoints_url)))


__all__ = ["REGISTRY", "disputes", "enforcement", "ledger", "violations"]
