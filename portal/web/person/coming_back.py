"""The way to come back after a termination, as the account's own page and the letter name it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g

from portal.accounts.queries import person_by_id
from portal.appeals.reinstatement_models import LIVE, Reinstatement, ReinstatementState
from portal.appeals.reinstatements import Asking, asking, decision_record, is_safety, requests_about
from portal.core.i18n import N_
from portal.enforcement.models import Action
from portal.web.shell import guard
from portal.web.shell.context import lang

LATELY = timedelta(days=30)
BACK = (ReinstatementState.GRANTED, ReinstatementState.CONDITIONAL, ReinstatementState.LAPSED)
ENDED = {
    ReinstatementState.GRANTED: N_("We said yes: you are back."),
    ReinstatementState.CONDITIONAL: N_("We said yes, under conditions: you are back."),
    ReinstatementState.DECLINED: N_("We answered your request to come back: not now."),
    ReinstatementState.WITHDRAWN: N_("The request to come back was taken back."),
    ReinstatementState.LAPSED: N_("We were late with your request to come back, so you are back."),
    ReinstatementState.OVER: N_("The decision ended in another way, so nothing of your request waits."),
}


@dataclass(frozen=True, slots=True)
class WayBack:
    """What can be asked after one termination, what was asked last, and under which conditions somebody came back."""

    asking: Asking
    sent: tuple[Reinstatement, ...]
    conditions: str
    safety: bool

    @property
    def last(self) -> Reinstatement | None:
        return self.sent[0] if self.sent else None

    @property
    def live(self) -> Reinstatement | None:
        return self.last if self.last is not None and self.last.state in LIVE else None

    @property
    def can_ask(self) -> bool:
        return self.asking.why_not is None

    @property
    def begun(self) -> bool:
        return self.asking.open_one is not None and self.live is None

    @property
    def waits_for_me(self) -> bool:
        return self.live is not None and self.live.state == ReinstatementState.WAITING

    @property
    def back(self) -> Reinstatement | None:
        """The request that brought them back, lately or under conditions, which stay to be read."""
        if self.last is None or self.last.state not in BACK or self.last.ended_at is None:
            return None
        return self.last if self.conditions or g.now - self.last.ended_at < LATELY else None


def way_back(action: Action) -> WayBack | None:
    """None for what closed nothing, and where nothing can be asked any more and nothing was."""
    found, sent = asking(g.db, action, g.now), tuple(requests_about(g.db, action.id))
    if found.why_not == "no_closing" or (not sent and found.why_not in ("not_promised", "over")):
        return None
    under = bool(sent) and sent[0].state == ReinstatementState.CONDITIONAL
    record = decision_record(g.db, sent[0].id) if under else None
    return WayBack(found, sent, (record or {}).get("conditions", ""), is_safety(g.db, action))


def moments(way: WayBack) -> list[tuple[datetime, str, str]]:
    """What happened to requests, each in the reader's words and with its reference."""
    found, say = [], lang().gettext
    for one in way.sent:
        if one.filed_at is not None:
            asked = N_("You asked to come back.") if one.person_id == guard.person().id else N_("%(name)s asked to come back.")
            found.append((one.filed_at, say(asked, name=person_by_id(g.db, one.person_id).name), one.ref))
        if one.ended_at is not None:
            found.append((one.ended_at, say(ENDED[ReinstatementState(one.state)]), one.ref))
    return found
