"""Ending the decision that a new one replaces, in the act that issues the new one; who was told of it hears one change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from portal.accounts.models import Person
from portal.core.work import Work
from portal.enforcement.changing import change, paused_among
from portal.enforcement.decision import Decision
from portal.enforcement.messages import available_text
from portal.enforcement.models import Action, ChangeKind
from portal.enforcement.queries import restrictions_of
from portal.enforcement.remaining import remaining
from portal.enforcement.telling import outside_of
from portal.enforcement.timing import stop_all
from portal.enforcement.told import issue_event, recipients_of, told_outside
from portal.enforcement.unsent import COUNTERPART
from portal.ledger.holds import hold_ends_of_event
from portal.log.operations import Row
from portal.notices.models import Notice
from portal.notices.operations import Compose, tell


def heard_before(work: Work, decision: Decision) -> dict[UUID, Notice]:
    """By person, the notice by which somebody on the other side of a contract heard of the decision that is replaced."""
    if decision.replaces is None:
        return {}
    told = told_outside(work.db, decision.replaces, work.now)
    return {notice.recipient_id: notice for notice in told if notice.kind == COUNTERPART}


def answered_before(work: Work, decision: Decision) -> dict[UUID, Notice]:
    """By person, the notice that answered a report with the decision that is replaced."""
    if decision.replaces is None:
        return {}
    told = told_outside(work.db, decision.replaces, work.now)
    return {notice.recipient_id: notice for notice in told if notice.kind != COUNTERPART}


def end_replaced(work: Work, decision: Decision, event_id: UUID) -> list[Row]:
    """The decision that is replaced takes nothing from now on: restrictions, holds and clocks end. What is not told yet is
    not told. Source: DESIGN 2.5, 2.9."""
    old = decision.replaces
    if old is None:
        return []
    rows: list[Row] = list(change(work, old, ChangeKind.LIFTED, event_id))
    rows += hold_ends_of_event(work, issue_event(work.db, old), event_id=event_id)
    old.version += 1
    stop_all(work, old)
    return rows


def tell_left(
    work: Work, decision: Decision, event_id: UUID, heard: Mapping[UUID, Notice], told: list[Notice], was_paused: bool
) -> list[Notice]:
    """Whoever heard of the decision that ended, and hears nothing of the new one now, hears that it has ended.

    So nobody goes on believing that somebody is unavailable, for example while the notice period of a termination runs.
    `told`: what this act told, the person's own first. Source: DESIGN 2.7.
    """
    now, notices = {notice.recipient_id for notice in told if notice.not_before <= work.now}, list[Notice]()
    for before, person, text in left_with(work, decision, heard, now, was_paused):
        notices += tell(
            work, event_id=event_id, kind="action_changed", recipients=[person], account_id=before.account_id,
            about_ref=before.about_ref, target=before.target, compose=text, corrects={person.id: before}, after=told[0],
        )
    return notices


def left_with(
    work: Work, decision: Decision, heard: Mapping[UUID, Notice], told: Collection[UUID], was_paused: bool
) -> list[tuple[Notice, Person, Compose]]:
    """Who would hear that the decision that is replaced has ended, and the words; `told`: who hears of the new one now."""
    left = [notice for person_id, notice in heard.items() if person_id not in told]
    if decision.replaces is None or not left:
        return []
    left_over = remaining(work.db, decision.replaces, work.now, decision.action)
    text = available_text(outside_of(work.db, decision.replaces), still=left_over.unavailable, paused=was_paused)
    people = recipients_of(work.db, left)
    return [(one, people[one.recipient_id], text) for one in left if people[one.recipient_id].erased_at is None]


def is_paused(work: Work, action: Action | None) -> bool:
    """Whether those who were told of it know that it was without effect for now."""
    return action is not None and bool(paused_among(restrictions_of(work.db, [action.id])[action.id], work.now))
