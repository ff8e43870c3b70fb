"""A person wants it said that their appeal is pending, or no longer: who was told of the decision hears each change once.

Nobody is told by default. They read the fixed words of `mention_messages` and nothing of what is in the appeal. Source: DESIGN
2.7, "an appeal is mentioned only if the person says so".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from portal.appeals.desk import own_appeal
from portal.appeals.matter import require_open
from portal.appeals.mention_messages import over_text, pending_text
from portal.appeals.mention_models import AppealMention
from portal.appeals.mentions import mentionable, said_since, wanted
from portal.appeals.models import Appeal
from portal.appeals.own import require_take_back
from portal.core.access import Permission, require_person
from portal.core.errors import Conflict
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.work import Work
from portal.enforcement.models import Action
from portal.enforcement.succession import stands_for
from portal.enforcement.telling import outside_of
from portal.enforcement.told import recipients_of, told_outside
from portal.enforcement.unsent import COUNTERPART
from portal.log.operations import Row, add, record
from portal.notices.models import Notice
from portal.notices.operations import tell

MENTIONED, OVER = "appeal_mentioned", "appeal_mention_over"
NOBODY = N_("Nobody outside your account is told of this decision, so there is nobody to whom the appeal could be mentioned.")


def mention_appeal(work: Work, *, appeal_ref: str) -> dict[str, Any]:
    """Those who were told of the decision are told that an appeal is pending; whoever may look the decision up reads it there.

    Errors: `closed`, `not_yours`, `nobody_told` (conflict), `NotFound`.
    """
    work.require(Permission.ANSWER_IN_CASE)
    appeal, action, case = own_appeal(work, appeal_ref)
    require_take_back(work, appeal)
    require_open(appeal)
    event_id = new_id()
    if wanted(work.db, appeal) is None:
        rows = say_pending(work, appeal, action, event_id)
        record(work, "appeal.mentioned", appeal.ref, case_ref=case.ref, event_id=event_id, rows=rows)
    return {"appeal": appeal.ref}


def keep_to_oneself(work: Work, *, appeal_ref: str) -> dict[str, Any]:
    """From now on nothing more is said of the appeal; what was said stays said, and nobody hears of this.

    Errors: `closed`, `not_yours`, `NotFound`.
    """
    work.require(Permission.ANSWER_IN_CASE)
    appeal, _action, case = own_appeal(work, appeal_ref)
    require_take_back(work, appeal)
    require_open(appeal)
    event_id = new_id()
    if wanted(work.db, appeal) is not None:
        rows: list[Row] = [_write(work, appeal, event_id, wanted=False)]
        record(work, "appeal.unmentioned", appeal.ref, case_ref=case.ref, event_id=event_id, rows=rows)
    return {"appeal": appeal.ref}


def say_pending(work: Work, appeal: Appeal, action: Action, event_id: UUID) -> list[Row]:
    """That its person wants it said, and the notices to whoever was told of the decision and not yet of this appeal.

    The rows belong into the caller's event. Errors: `nobody_told`.
    """
    work.db.flush()
    if not mentionable(work.db, appeal):
        raise Conflict("nobody_told", NOBODY)
    now = stands_for(work.db, action)
    heard = {notice.recipient_id for notice in _heard(work, appeal)}
    told = [
        each for each in told_outside(work.db, now, work.now)
        if each.kind == COUNTERPART and each.recipient_id not in heard
    ]
    rows, people = [_write(work, appeal, event_id, wanted=True)], recipients_of(work.db, told)
    notices, outside = list[Notice](), outside_of(work.db, now)
    for each in told:
        person = people[each.recipient_id]
        notices += tell(
            work, event_id=event_id, kind=MENTIONED, recipients=[person] if person.erased_at is None else [],
            account_id=each.account_id, about_ref=now.ref, target=each.target, compose=pending_text(outside), after=each,
        )
    return [*rows, *notices]


def say_over(work: Work, appeal: Appeal, action: Action, event_id: UUID, rows: Sequence[Row]) -> list[Row]:
    """Whoever heard that the appeal is pending hears that it is so no longer, unless `rows` of this act tell them of a change;
    where its person wants nothing more said of it, nobody hears anything."""
    told = [row for row in rows if isinstance(row, Notice)]
    if wanted(work.db, appeal) is None:
        return []
    besides, outside = {notice.recipient_id for notice in told}, outside_of(work.db, stands_for(work.db, action))
    heard = {one.recipient_id: one for one in _heard(work, appeal) if one.recipient_id not in besides}
    people, written = recipients_of(work.db, heard.values()), list[Row]()
    for person_id, notice in heard.items():
        person = people[person_id]
        written += tell(
            work, event_id=event_id, kind=OVER, recipients=[person] if person.erased_at is None else [],
            account_id=notice.account_id, about_ref=notice.about_ref, target=notice.target, compose=over_text(outside),
            after=next(iter(told), None), corrects={person_id: notice},
        )
    return written


def _write(work: Work, appeal: Appeal, event_id: UUID, *, wanted: bool) -> AppealMention:
    count = work.db.scalar(select(func.count()).where(AppealMention.appeal_id == appeal.id)) or 0
    return add(work, AppealMention(
        appeal_id=appeal.id, n=count + 1, wanted=wanted, person_id=require_person(work.actor), at=work.now,
        cause_event_id=event_id,
    ))


def _heard(work: Work, appeal: Appeal) -> list[Notice]:
    """The notices by which somebody heard that this appeal is pending, since it was sent last."""
    events = select(AppealMention.cause_event_id).where(said_since(appeal))
    return list(work.db.scalars(select(Notice).where(Notice.event_id.in_(events), Notice.kind == MENTIONED).order_by(Notice.id)))
