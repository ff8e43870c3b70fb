"""What holds of protections, of laws and orders, and of decisions about one member (DESIGN 2.1 to 2.9, natures), from plain rows.

Beside `oracle.py`, and like it without a rule of the product.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.models import Member
from portal.cases.models import LegalOrder
from portal.enforcement.models import Action, ActionOrder, Restriction, Silence
from portal.ledger.models import Hold
from portal.log.models import Event
from portal.notices.models import Notice

if TYPE_CHECKING:
    from tests.enforcement.oracle import Books

HOURS_72, DAYS_31 = timedelta(hours=72), timedelta(days=31)


def of_other_natures(b: Books, session: Session) -> Iterator[str]:
    """Every sentence about protections, orders and members that does not hold, with the row."""
    silent = {one.action_id: one for one in session.scalars(sa.select(Silence))}
    for check in (protects, obeys, keeps_days):
        yield from (f"{check.__name__}: {line}" for line in check(b, session))
    yield from (f"keeps_silent: {line}" for line in keeps_silent(b, silent))
    yield from (f"concerns_one: {line}" for line in concerns_one(b, session))


def protects(b: Books, _session: Session) -> Iterator[str]:
    """A protection lasts 72 hours, is renewed once and by two, accuses nobody, holds nothing and takes no step of the ladder."""
    mine = [one for one in b.said if one.nature == "protective"]
    for case_id, many in Counter(one.case_id for one in mine).items():
        if many > 2:
            yield f"the account of case {case_id} was protected {many} times"
    for action in mine:
        before = [one for one in mine if one.case_id == action.case_id and one.id < action.id]
        begun = before[0].effective_at if before else action.effective_at
        if action.ends_at is None or action.ends_at - begun > HOURS_72 * (1 + bool(before)):
            yield f"{action.ref} protects for too long"
        if before and not b.signed(action, "cosigner"):
            yield f"{action.ref} goes on by one person"
        if action.measure not in ("restriction", "suspension") or action.occurrence != 1:
            yield f"{action.ref} is no protection"
    for hold in b.rows[Hold]:
        if hold.cause_event_id in {b.issue.get(one.ref) for one in mine}:
            yield f"hold {hold.ref} rests on a protection"


def keeps_days(b: Books, _session: Session) -> Iterator[str]:
    """Nothing begins before its decision or lasts longer than a protection may; only a protection limits places for payouts."""
    by_id = {one.id: one for one in b.said}
    for row in b.rows[Restriction]:
        action = by_id.get(row.action_id)
        if action is None:
            continue
        if row.starts_at < action.effective_at or action.effective_at < action.issued_at:
            yield f"{action.ref} takes {row.scope} before it was said"
        if action.nature == "protective" and (row.ends_at is None or row.ends_at - row.starts_at > HOURS_72 * 2):
            yield f"{action.ref} takes {row.scope} for too long"
        if row.scope == "new_places" and (action.nature != "protective" or action.member_id is not None):
            yield f"{action.ref} limits places and protects no account"


def obeys(b: Books, session: Session) -> Iterator[str]:
    """A law or an order is named, signed by two, looked at again, and blocks no more money than it states."""
    named = {(one.action_id, one.revision): one.order_id for one in session.scalars(sa.select(ActionOrder))}
    orders = {one.id: one for one in session.scalars(sa.select(LegalOrder))}
    for action in (one for one in b.said if one.nature == "legal"):
        order = orders.get(named.get((action.id, action.revision)))
        if order is None or not b.signed(action, "cosigner") - b.signed(action, "proposer", "issuer"):
            yield f"{action.ref} names no order, or one person obeyed it"
        theirs = [one for one in b.rows[Restriction] if one.action_id == action.id and b.restricts(one)]
        if b.applies(action) and any((one.review_at or one.ends_at) - b.now > DAYS_31 for one in theirs if one.review_at):
            yield f"{action.ref} is not looked at again in time"
    for order in orders.values():
        held = [one.amount_minor for one in b.rows[Hold] if one.order_id == order.id and one.ended_at is None]
        if sum(held) > (order.amount_minor or 0):
            yield f"order {order.id} blocks {sum(held)}, and states {order.amount_minor}"


def keeps_silent(b: Books, silent: dict[Any, Silence]) -> Iterator[str]:
    """Nobody hears while an order forbids it; the person hears when it ends; only an order can be silent."""
    told = {one.about_ref for one in b.rows[Notice] if one.kind == "statement"}
    named = {one.about_ref for one in b.rows[Notice]}
    for action_id, silence in silent.items():
        action = b.actions[action_id]
        if action.nature != "legal":
            yield f"{action.ref} is silent without an order"
        if silence.ended_at is None and action.ref in named:
            yield f"{action.ref} was told against its order"
        if silence.ended_at is not None and action in b.said and action.ref not in told:
            yield f"{action.ref} stays unsaid after its silence"
        if silence.ended_at is None and action in b.said and b.now - action.issued_at > DAYS_31 and not _kept(b, action):
            yield f"{action.ref} is silent and nobody looked"


def _kept(b: Books, action: Action) -> bool:
    kept = [one.created_at for one in b.rows[Event] if one.subject_ref == action.ref and one.kind == "silence.kept"]
    return any(b.now - at <= DAYS_31 for at in kept)


def concerns_one(b: Books, session: Session) -> Iterator[str]:
    """A decision about one member is of that account, holds no money, is told to no counterpart, and counts only theirs."""
    members = {one.id: one for one in session.scalars(sa.select(Member))}
    owners = {(one.account_id, one.person_id) for one in members.values() if one.role == "owner"}
    refs = {one.ref: one for one in b.said}
    for action in b.said:
        for one in (refs[ref] for ref in json.loads(b.letters(action)[0].record or "{}").get("earlier", [])):
            if one.member_id != action.member_id or one.account_id != action.account_id or one.nature != "conduct":
                yield f"{action.ref} counted {one.ref}, which was about somebody or something else"
        if action.member_id is None:
            continue
        member = members[action.member_id]
        if member.account_id != action.account_id or member.role == "owner":
            yield f"{action.ref} is about a member of another account"
        if any(one.cause_event_id == b.issue.get(action.ref) for one in b.rows[Hold]):
            yield f"{action.ref} holds what is not that member's"
        for notice in (n for n in b.rows[Notice] if n.about_ref == action.ref and n.account_id == action.account_id):
            if notice.recipient_id != member.person_id and (action.account_id, notice.recipient_id) not in owners:
                yield f"{action.ref} was told to another member"
