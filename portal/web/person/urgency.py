"""What a person's page begins with: the account that needs them most, and of it the one thing that its heading names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask import g

from portal.web.person.overview import Overview


def appeal_first(part: Overview) -> bool:
    """Whether it begins with an appeal: one that waits for the person, or for us while nothing else waits for them."""
    live = part.live_appeals
    return bool(live) and (live[0].waits_for_me or not _due(part))


def due_first(part: Overview) -> bool:
    """Whether it begins with what the person can do by a date, also before what applies to the account: they have appealed,
    so they know that, and an answer of ours is nothing that they could be late with."""
    return bool(part.live_appeals) and not appeal_first(part)


def choice_first(part: Overview) -> bool:
    """Whether it begins with our decision in a dispute that this side can accept or ask to have looked at again: nothing
    weighs more, nothing is due for an answer."""
    return bool(part.to_choose) and not _more_urgent(part)


def offer_first(part: Overview) -> bool:
    """Whether it begins with the other side's offer to settle a dispute."""
    return bool(part.heard.to_settle) and not (part.to_choose or _more_urgent(part))


def _asked(part: Overview) -> bool:
    return bool(part.contested or part.heard.to_reply or any(not one.late for one in part.to_answer))


def _due(part: Overview) -> bool:
    """Whether anything but an appeal waits for the person until a day."""
    return bool(_asked(part) or part.to_choose or part.heard.to_settle)


def _more_urgent(part: Overview) -> bool:
    heavier = part.standing.state in ("suspended", "terminated") or part.closes is not None
    return appeal_first(part) or _asked(part) or ((heavier or part.only_me) and not due_first(part))


def worst_first(parts: Iterable[Overview]) -> list[Overview]:
    """The account that needs its person most comes first."""
    order = ["good", "warned", "restricted", "suspended", "terminated"]

    def weight(part: Overview) -> tuple[int, datetime]:
        dues = [one.question.answer_by for one in part.to_answer if one.question.answer_by]
        dues += [view.dispute.answer_by for view in part.contested]
        dues += [one.due for one in part.live_appeals if one.due]
        dues += part.heard.dues
        dues += [one.outcome.accept_by for one in part.to_choose if one.outcome.accept_by]
        return -order.index(part.standing.state), min(dues, default=datetime.max.replace(tzinfo=g.now.tzinfo))

    return sorted(parts, key=weight)
