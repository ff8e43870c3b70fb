"""In every standing people are heard: what they send arrives once, whole, however often it is pressed or cut off."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from portal.act import act
from portal.appeals.operations import add_to_appeal, attach_file, file_appeal, save_appeal_draft
from portal.core.text import canonical
from portal.core.work import Operation, Work
from portal.disputes.models import Dispute
from portal.disputes.operations import answer_dispute
from portal.documents.intake import Taken
from portal.enforcement.queries import standing
from portal.ledger.operations import request_payout
from portal.tables import metadata
from tests.appeals.conftest import BODY, Bench
from tests.appeals.test_lapses import settle
from tests.appeals.test_property import found
from tests.enforcement.test_cosigning import propose, sign


class Cut(Exception):
    """The power fails after everything was done and before it was kept."""


def cut(operation: Operation) -> Operation:
    def half(work: Work, **args: Any) -> dict[str, Any]:
        operation(work, **args)
        work.db.flush()
        raise Cut

    half.__name__ = operation.__name__
    return half


def rows(bench: Bench) -> tuple[Any, ...]:
    """How many rows every table has."""
    counts = [select(sa.func.count()).select_from(table).scalar_subquery() for table in metadata.sorted_tables]
    with bench.office.database.read() as session:
        return tuple(session.execute(select(*counts)).one())


def send(bench: Bench, operation: Operation, **args: Any) -> dict[str, Any]:
    """Tim sends it; it is cut off and leaves nothing half; he presses again, and once more: one act, one answer."""
    before, key, tim = rows(bench), bench.market.key(), bench.story.tim.actor
    with pytest.raises(Cut):
        act(bench.office, cut(operation), tim, key, **args)
    assert rows(bench) == before
    answer = act(bench.office, operation, tim, key, **args)
    after = rows(bench)
    assert after != before
    assert act(bench.office, operation, tim, key, **args) == json.loads(canonical(answer))
    assert rows(bench) == after
    return answer


def as_it_is(bench: Bench) -> None:
    """The first action is what it is."""


def terminated(bench: Bench) -> None:
    day = bench.market.day
    bench.action_ref = propose(bench, conduct_from=day(40).isoformat(), conduct_to=day(30).isoformat())
    sign(bench, bench.action_ref)
    bench.later(days=31)
    settle(bench)


def over(bench: Bench) -> None:
    bench.later(days=25)
    settle(bench)


STANDINGS: dict[str, tuple[dict[str, Any], Callable[[Bench], None]]] = {
    "good": ({}, over), "warned": ({"measure": "warning", "ends_on": ""}, as_it_is), "suspended": ({}, as_it_is),
    "restricted": ({"measure": "restriction", "scope": ["search"]}, as_it_is), "terminated": ({}, terminated),
}


@pytest.mark.parametrize("state", STANDINGS)
def test_in_every_standing_everything_arrives_once(bench_maker: Any, state: str, tmp_path: Path) -> None:
    form, then = STANDINGS[state]
    bench = bench_maker(**form)
    then(bench)
    with bench.office.database.read() as session:
        dispute = session.scalars(select(Dispute.ref)).one()
        now = standing(session, bench.story.tim.account.id, bench.market.now).state
    assert now == state
    draw, action = Random(state), {"action_ref": bench.action_ref}
    first: list[tuple[Operation, dict[str, Any]]] = [
        (save_appeal_draft, action | {"fields": {"body": BODY}}), (attach_file, action | letter(1)),
        (answer_dispute, {"dispute_ref": dispute, "answer": "It is what we agreed."}), (request_payout, money(bench)),
    ]
    for operation, args in draw.sample(first, len(first)):
        send(bench, operation, **args)
    appeal = send(bench, file_appeal, **action, grounds=["other"], body=BODY)["appeal"]
    send(bench, add_to_appeal, appeal_ref=appeal, body="One more thing.")
    send(bench, attach_file, **action, **letter(2))
    assert found(bench, tmp_path) == []


def letter(n: int) -> dict[str, Any]:
    taken = Taken(f"letter-{n}.pdf", "application/pdf", 1000 + n, f"{n:064x}", f"key-{n:04}", b"sealed")
    return {"description": "The hospital's letter", "taken": taken}


def money(bench: Bench) -> dict[str, Any]:
    story = bench.story
    return {"account_id": story.tim.account.id, "destination_ref": story.destination, "amount_minor": 500, "currency": "USD"}
