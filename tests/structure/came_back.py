"""Of the filled database: three accounts were closed long before; one waits for our answer, one is back under conditions, and one
heard no and asks again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.appeals.operations import ask_requester, ask_to_come_back, attach_to_request, decide_request
from portal.appeals.reinstatement_models import Reinstatement
from portal.cases.models import WorkItem
from portal.documents.intake import Taken
from portal.enforcement.operations import co_sign
from tests.appeals.coming_back import CONDITIONS, DIFFERENT, HAPPENED, REASONS
from tests.enforcement.conftest import Desk
from tests.enforcement.returning import proposed
from tests.factories.market import Market, Party, Staff

Closed = tuple[Party, str]


def close_three(market: Market, desk: Desk) -> list[Closed]:
    """Three terminations, signed by two, which take effect a month later."""
    found = []
    for name in ("Eva Sand", "Finn Mora", "Gil Aoki"):
        party = market.party(name)
        ref = proposed(market, desk, party)
        market.do(co_sign, desk.story.ola.actor, action_ref=ref, reason="I have read all of it.")
        found.append((party, ref))
    return found


def ask_back(market: Market, hired: dict[str, Staff], three: list[Closed]) -> None:
    """All three ask; one is asked something, one hears yes, and one hears no."""
    refs = []
    for n, (party, action) in enumerate(three):
        if n == 0:
            taken = Taken("note.pdf", "application/pdf", 4001, "4" * 64, "key-back-1", b"sealed")
            said = {"description": "Her note", "taken": taken}
            market.do(attach_to_request, party.actor, action_ref=action, **said)
        refs.append(_ask(market, party, action))
    _act(market, hired, refs[0], ask_requester, question="Which contracts are open now?", days=9)
    _act(market, hired, refs[1], decide_request, outcome="granted_with_conditions", reasons=REASONS, conditions=CONDITIONS)
    tomorrow = (market.now + timedelta(days=1)).date()
    _act(market, hired, refs[2], decide_request, outcome="declined", reasons=REASONS, next_on=tomorrow)


def ask_again(market: Market, three: list[Closed]) -> None:
    """Who heard no asks again, a day later."""
    _ask(market, *three[2])


def _ask(market: Market, party: Party, action: str) -> str:
    said = {"action_ref": action, "happened": HAPPENED, "different": DIFFERENT}
    return str(market.do(ask_to_come_back, party.actor, **said)["reinstatement"])


def _act(market: Market, hired: dict[str, Staff], ref: str, operation: Any, **args: Any) -> None:
    """By whomever it was drawn for."""
    with market.office.database.read() as session:
        holder = session.scalars(select(WorkItem.assignee_id).where(WorkItem.subject_ref == ref)).one()
        version = session.scalars(select(Reinstatement.version).where(Reinstatement.ref == ref)).one()
    by = next(one for one in hired.values() if one.person.id == holder)
    market.do(operation, by.actor, reinstatement_ref=ref, version=version, **args)
