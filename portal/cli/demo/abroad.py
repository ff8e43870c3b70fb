"""Somebody of the demo who is paid in yen and in dinars: no decimals and three, a late payout, and a correction to be signed."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import select

from portal.cli.demo.stage import Stage
from portal.contracts.operations import record_contract
from portal.contracts.queries import contract_by_external_id
from portal.ledger.models import Destination
from portal.ledger.operations import mark_payout, propose_adjustment, record_earning, request_payout

KEY, JOINED, BEGAN = "yuki", 240, 100
ARRIVED, LATE, CORRECTED = 40, 8, 0.3
"""Days before now on which they asked for what arrived, and for what did not, and on which a lead proposed a correction."""
TERMS = [{"number": "1", "text": "The work is delivered through the marketplace and paid for each milestone."}]
JOBS: tuple[tuple[str, str, str, tuple[tuple[int, float], ...]], ...] = (
    ("yen", "Station signs", "JPY", ((180_000, 60), (95_000, 20))),
    ("dinar", "Museum audio guide", "KWD", ((450_500, 30), (212_750, 2))),
)
"""Each contract with its currency, and what was released of it, in minor units, so many days ago."""
WHY = "The first part was put on record without the 5.250 dinars that were agreed for its second language."


def play_abroad(stage: Stage, client: str) -> None:
    """What they have is free in one currency and partly being cleared in the other."""
    stage.at(JOINED, partial(stage.join, "Yuki", language="en", zone="Asia/Tokyo", days_ago=JOINED, key=KEY))
    stage.at(JOINED - 1, lambda: stage.destination(stage.players[KEY], JOINED - 1, "4090"))
    for name, title, currency, parts in JOBS:
        stage.at(BEGAN, partial(_agree, stage, name, title, client, currency, parts))
        for number, (amount, released) in enumerate(parts, 1):
            stage.at(released, partial(_release, stage, name, number, amount, currency, released))
    stage.at(ARRIVED, partial(_ask, stage, 150_000, (("sent", ARRIVED - 1), ("paid", ARRIVED - 2))))
    stage.at(LATE, partial(_ask, stage, 60_000, ()))
    stage.at(CORRECTED, partial(_correct, stage))
    stage.sights.append((
        f"{KEY}@example.com", "paid in yen and in dinars: a payout is overdue, and a correction waits for a second signature"))


def _external(name: str) -> str:
    return f"c-{KEY}-{name}"


def _agree(stage: Stage, name: str, title: str, client: str, currency: str, parts: tuple[tuple[int, float], ...]) -> None:
    stage.act(
        record_contract, external_id=_external(name), title=title, client_external_id=f"mp-{client}",
        freelancer_external_id=f"mp-{KEY}", started_on=stage.day(BEGAN), ended_on=None, terms=TERMS,
        milestones=[{"number": n, "title": f"Part {n}", "amount_minor": amount, "currency": currency, "state": "released"}
                    for n, (amount, _released) in enumerate(parts, 1)],
    )


def _release(stage: Stage, name: str, number: int, amount: int, currency: str, released: float) -> None:
    stage.act(
        record_earning, source_key=f"{_external(name)}:{number}", contract_external_id=_external(name), amount_minor=amount,
        milestone_number=number, currency=currency, released_at=stage.ago(released),
    )


def _ask(stage: Stage, amount: int, follows: tuple[tuple[str, float], ...]) -> None:
    """They ask for yen; the marketplace says what became of it on its days, or nothing."""
    player = stage.players[KEY]
    with stage.office.database.read() as session:
        place = session.scalars(select(Destination.ref).where(Destination.account_id == player.account_id)).one()
    told: dict[str, Any] = {"destination_ref": place, "amount_minor": amount, "currency": "JPY"}
    done = stage.act(request_payout, player.actor, account_id=player.account_id, **told)
    for state, days in follows:
        stage.at(days, partial(stage.act, mark_payout, payout_ref=done["payout"], state=state))


def _correct(stage: Stage) -> None:
    with stage.office.database.read() as session:
        contract = contract_by_external_id(session, _external("dinar")).ref
    stage.act(
        propose_adjustment, stage.reviewer("Lee"), contract_ref=contract, milestone_number=1, kind="added", amount_minor=5_250,
        currency="KWD", reason=WHY,
    )
