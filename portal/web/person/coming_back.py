"""The way to come back after a termination, as the account's own page and the letter name it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from flask import g

from portal.accounts.queries import person_by_id
from portal.appeals.reinstatement_models import LIVE, SAFETY, Reinstatement, ReinstatementState
from portal.appeals.reinstatements import Asking, asking, decision_record, is_safety, requests_about
from portal.cases.drawing import a_lead_has
from portal.cases.queries import runs_until
from portal.core.i18n import N_
from portal.enforcement.models import Action
from portal.web.person.moment import Moment
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
ENDED_OF = {
    ReinstatementState.GRANTED: N_("We said yes to the request of %(name)s: the account is back."),
    ReinstatementState.CONDITIONAL: N_("We said yes to the request of %(name)s, under conditions: the account is back."),
    ReinstatementState.DECLINED: N_("We answered the request of %(name)s to come back: not now."),
    ReinstatementState.LAPSED: N_("We were late with the request of %(name)s to come back, so the account is back."),
    ReinstatementState.OVER: N_("The decision ended in another way, so nothing of the request of %(name)s waits."),
}
"""The same to the others of the account, who did not ask."""


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
    def by(self) -> str:
        """Who else of the account than the reader asked last; empty where the reader did."""
        return asked_by(self.last) if self.last is not None else ""

    @property
    def overdue(self) -> bool:
        """Whether we were late under a safety rule, and have the promised days more, once."""
        return self.live is not None and is_overdue(self.live)

    @property
    def with_lead(self) -> bool:
        """Whether a lead has it then."""
        return self.live is not None and a_lead_has(g.db, self.live.ref, self.live.item_kind)

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


def asked_by(one: Reinstatement) -> str:
    """Who else of the account than the reader asked; empty where the reader did."""
    return "" if one.person_id == guard.person().id else person_by_id(g.db, one.person_id).name


def is_overdue(one: Reinstatement) -> bool:
    """Whether we were late with it under a safety rule, and the later date runs."""
    return runs_until(g.db, SAFETY, one.ref) is not None


def requests(way: WayBack) -> Iterator[Moment]:
    """What happened to requests, each in the reader's words, and until when an answer comes: theirs or ours."""
    say = lang().gettext
    for one in way.sent:
        by, href, link = asked_by(one), f"/reinstatements/{one.ref}", say("Request %(ref)s", ref=one.ref)
        if one.filed_at is not None:
            asked = N_("%(name)s asked to come back.") if by else N_("You asked to come back.")
            yield Moment(one.filed_at, say(asked, name=by), href, link)
        if one.ended_at is not None:
            state = ReinstatementState(one.state)
            yield Moment(one.ended_at, say((ENDED_OF if by else ENDED).get(state, ENDED[state]), name=by), href, link)
    live, by = way.live, way.by
    if live is not None and live.answer_by is not None and not way.waits_for_me:
        ours = N_("Our answer to the request of %(name)s to come back comes") if by else N_("We answer your request to come back")
        yield Moment(live.answer_by, say(ours, name=by), due=True)
    elif live is not None and way.waits_for_me and live.waiting_until is not None:
        theirs = N_("Until then our question about the request of %(name)s to come back can be answered")
        yield Moment(live.waiting_until, say(theirs if by else N_("You answer our question"), name=by), due=True)
    elif way.asking.why_not == "too_early" and way.asking.from_at is not None:
        yield Moment(way.asking.from_at, say("You can ask to come back"), due=True, first=True)
