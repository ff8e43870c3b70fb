"""Somebody of the demo whose payout came back two days ago: it waits at the desk, and the money is available again."""

from __future__ import annotations

from functools import partial

from sqlalchemy import select

from portal.cases.models import WorkItem
from portal.cases.queries import case_file
from portal.cli.demo.stage import USD, Player, Stage
from portal.core.access import Actor, Role
from portal.enforcement.evidence import take_case
from portal.ledger.models import Destination
from portal.ledger.operations import mark_payout, request_payout
from portal.ledger.returned import RETURNED, returned_money

ASKED, CAME_BACK, TAKEN = 4, 2, 1
"""Days before now."""
AMOUNT = 5_000


def play_bounced(stage: Stage, key: str) -> None:
    """They asked for $50, which did not arrive; a reviewer has it in hand."""
    stage.at(ASKED, partial(_ask, stage, key))
    stage.at(TAKEN, partial(_take, stage))
    stage.sights.append((f"{key}@example.com", "a payout came back: the money is available again, and somebody looks at why"))


def _ask(stage: Stage, key: str) -> None:
    player: Player = stage.players[key]
    with stage.office.database.read() as session:
        place = session.scalars(select(Destination.ref).where(Destination.account_id == player.account_id).limit(1)).one()
    actor = Actor(f"person:{player.person_id}", frozenset({Role.PERSON}), player.person_id, frozenset({player.account_id}))
    done = stage.act(
        request_payout, actor, account_id=player.account_id, destination_ref=place, amount_minor=AMOUNT, currency=USD
    )
    for days, state in ((ASKED - 1, "sent"), (CAME_BACK, "failed")):
        stage.at(days, partial(stage.act, mark_payout, payout_ref=done["payout"], state=state))


def _take(stage: Stage) -> None:
    with stage.office.database.read() as session:
        ref = session.scalars(select(WorkItem.subject_ref).where(WorkItem.kind == RETURNED).limit(1)).one()
        case = returned_money(session, ref).case_ref
        item = case_file(session, case).items[0]
    stage.act(take_case, stage.reviewer("Rae"), case_ref=case, item=str(item.id), version=str(item.version))
