"""How somebody contests exactly the money that we hold, from where they see it; and where they cannot, why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import g

from portal.appeals.models import LIVE
from portal.appeals.queries import filing, my_action
from portal.core.errors import NotAllowed, NotFound
from portal.enforcement.silence import silent_refs
from portal.ledger.models import Claimant
from portal.ledger.queries import HoldView
from portal.web.person.scope import sees_case
from portal.web.shell import guard


@dataclass(frozen=True, slots=True)
class HoldContest:
    """What can be done against one hold of ours. `appeal_ref`: what was filed; `state`: open, live, answered or refused."""

    state: str
    action_ref: str
    appeal_ref: str
    until: datetime


def contests_of_holds(holds: Iterable[HoldView]) -> dict[str, HoldContest]:
    """By the reference of a decision that holds money: how its money is contested; nothing for what we may not tell of yet."""
    refs = {one.cause_ref: one for one in holds if one.claimant != Claimant.COUNTERPART and sees_case(one.case_ref)}
    silent = silent_refs(g.db, set(refs)) if refs else set()
    found = {ref: _contest(ref) for ref in refs if ref not in silent}
    return {ref: one for ref, one in found.items() if one is not None}


def _contest(action_ref: str) -> HoldContest | None:
    try:
        action = my_action(g.db, action_ref, guard.person().id)
    except (NotAllowed, NotFound):
        return None
    way = filing(g.db, action, guard.person().id, g.now)
    appeal_ref = way.appeal.ref if way.appeal is not None else ""
    if way.appeal is not None and way.appeal.state in LIVE:
        state = "live"
    elif way.why_not == "refused":
        state = "refused"
    else:
        state = "answered" if way.why_not == "decided" or way.only == "rest" else "open"
    return HoldContest(state, action_ref, appeal_ref, way.window.last)
