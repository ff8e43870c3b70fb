"""Decisions that a law or an order asks for: two people sign them, they say of no rule that it was broken, and never count.

They end on the day that the order itself says; else after the promised time, unless somebody looks at the order again and
says that it still obliges us. Source: DESIGN 2, nature of an action.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.cases.clocks import start_clock
from portal.cases.models import Case, LegalOrder
from portal.cases.operations import open_item
from portal.core.clock import deadline, end_of_day, local_day
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.core.ids import new_ref
from portal.core.money import Money
from portal.core.work import Work
from portal.enforcement.decision import OTHER_NATURES, Decision
from portal.enforcement.holding import money_record
from portal.enforcement.lasting import Times, own_times
from portal.enforcement.models import Action, ActionOrder, ActionStatus, Nature, RestrictionKind, Silence
from portal.enforcement.natures import Scene, decision_of, read_scene
from portal.enforcement.orders import Order, read_order
from portal.enforcement.own_days import Within
from portal.enforcement.queries import owner_zone
from portal.enforcement.statement import restrictions_record
from portal.enforcement.timing import start_end
from portal.ledger.blocks import open_block, there_of
from portal.ledger.queries import funds
from portal.log.operations import Row, add
from portal.rulebook.queries import Promise, promise

PROMISE, SILENCE = "legal_review", "silence_review"
SECOND = "law"
CATEGORY = "legal_order"
"""What the public register calls it: never one of the categories for what somebody did."""


def gather_legal(session: Session, action: Action, posted: Mapping[str, Any], now: datetime, country: str) -> Decision:
    """A decision that a law or an order asks for, from its form. It begins now, or with the first of what it takes.

    Its days are those since the order; what it is about is the order itself. Errors: `hold_needs_more`, those of `read_order`,
    `read_scene` and `own_times`.
    """
    order = read_order(posted, local_day(now, owner_zone(session, action.account_id)))
    since = order.dated_on.isoformat()
    whole = {**posted, "conduct_from": since, "conduct_to": since, "objects": [f"seen:{order.reference}"]}
    scene = read_scene(session, action, whole, now, PROMISE)
    if order.amount is not None and action.member_id is not None:
        message = N_("The money is the account's. A decision about one member holds none of it.")
        raise RuleBroken("hold_needs_more", message, field="block_amount_minor")
    times = _times(order, scene, country)
    said = {"category": CATEGORY, "order": {**order.record(), "review_every_days": scene.promise.length}}
    decision = decision_of(
        session, scene, times, country, signed_twice=SECOND, said=said, order=order,
    )
    return decision if order.amount is None else replace(decision, said={**said, **block_said(session, decision, order.amount)})


def _times(order: Order, scene: Scene, country: str) -> Times:
    """From when to when: what it takes may begin later and end earlier, each on days of its own.

    Errors: those of `own_times`; `order_missing` where everything has a last day, and so the order has one.
    """
    fields = scene.fields
    ends_at = end_of(order, scene.promise, scene.zone, scene.now, country)
    if order.ends_on is None and order.amount is None and fields.scope and set(fields.scope) <= set(fields.own.last):
        message = N_("Everything here has a last day. Give the latest of them as the last day that the order says.")
        raise RuleBroken("order_missing", message, field="order_ends_on")
    whole = Within(scene.now, ends_at, scene.zone, scene.action.status == ActionStatus.PROPOSED)
    return own_times(fields, whole, to_the_end=order.amount is not None)


def block_said(session: Session, decision: Decision, amount: Money) -> dict[str, Any]:
    """What the statement says of the money that the order asks us to hold: as much of it as is there now."""
    there, cleared = there_of(session, decision.account.id, amount, decision.now)
    money, until = money_record(funds(session, decision.account.id, decision.now), None, None), decision.times.ends_at
    for name, part in (("available", cleared.amount_minor), ("pending", there.amount_minor - cleared.amount_minor)):
        for one in money[name]:
            one["amount_minor"] -= part if one["currency"] == amount.currency else 0
    held = {"amount_minor": there.amount_minor, "currency": there.currency}
    money["held"].append({
        "amount": held, "claim": None, "contract": None, "contract_title": "", "until": until, "because_of_this_action": True,
    })
    taken = restrictions_record(decision, None)
    taken.append({
        "kind": RestrictionKind.MONETARY.value, "scope": "", "partial": True, "starts_at": decision.now, "ends_at": until,
        "review_at": None,
    })
    return {"money": money, "restrictions": taken}


def block_money(work: Work, decision: Decision, event_id: UUID) -> list[Row]:
    """Holds the money that the order asks for, until the decision ends."""
    order = order_of(work.db, decision.action)
    if order is None or order.amount_minor is None or decision.times.ends_at is None:
        return []
    ours = promise(work, PROMISE)
    _hold, rows = open_block(
        work, order, event_id=event_id, until=decision.times.ends_at, length=ours.length, promise_id=ours.clause_version_id,
        zone=decision.zone,
    )
    return rows


def end_of(order: Order, review: Promise, zone: str, now: datetime, country: str) -> datetime:
    """When it ends: on the day that the order says, else when our promise to look at it again runs out."""
    return end_of_day(order.ends_on, zone) if order.ends_on else deadline(now, review.length, review.unit, zone, country)


def name_order(work: Work, decision: Decision) -> list[Row]:
    """Writes which law or order this revision names, before the status may leave draft (a trigger looks it up)."""
    order, action = decision.order, decision.action
    if order is None:
        return []
    row = add(work, LegalOrder(
        ref=new_ref("O"), case_id=action.case_id, account_id=action.account_id, authority=order.authority,
        reference=order.reference, dated_on=order.dated_on, provision=order.provision, territory=order.territory,
        ends_on=order.ends_on, amount_minor=order.amount.amount_minor if order.amount else None,
        currency=order.amount.currency if order.amount else None,
    ))
    work.db.flush()
    named = add(work, ActionOrder(action_id=action.id, revision=action.revision, order_id=row.id))
    work.db.flush()
    return [row, named]


_ORDER = select(LegalOrder).join(ActionOrder, ActionOrder.order_id == LegalOrder.id).where(
    ActionOrder.action_id == bindparam("action_id"), ActionOrder.revision == bindparam("revision")
)


def order_of(session: Session, action: Action) -> LegalOrder | None:
    """The law or order that an action names; None for one that names none."""
    return session.scalars(_ORDER, {"action_id": action.id, "revision": action.revision}).one_or_none()


def begin_silence(work: Work, decision: Decision) -> list[Row]:
    """Where the order forbids us to tell the person: from now on the statement waits, which somebody else looks at in time."""
    if decision.order is None or decision.order.silence is None:
        return []
    row = add(work, Silence(action_id=decision.action.id, provision=decision.order.silence))
    start_silence_review(work, decision.action)
    return [row]


def start_order(work: Work, decision: Decision) -> None:
    """The clocks of a decision that an order asks for: its own end, if the order says one, and our next look at it."""
    action = decision.action
    if decision.order is not None and decision.order.ends_on is not None and decision.times.ends_at is not None:
        start_end(work, action, decision.case, decision.times.ends_at, decision.zone)
    start_order_review(work, action)


def start_order_review(work: Work, action: Action) -> datetime:
    """By when we look at the order again (promise "legal_review"): that instant, and it waits in the queue."""
    due_at, case = _start(work, action, PROMISE), work.db.get_one(Case, action.case_id)
    open_item(work, case, PROMISE, action.ref, due_at)
    return due_at


def start_silence_review(work: Work, action: Action) -> None:
    """By when somebody else looks at whether the statement still has to wait (promise "silence_review")."""
    due_at, case = _start(work, action, SILENCE), work.db.get_one(Case, action.case_id)
    open_item(work, case, SILENCE, action.ref, due_at)


def _start(work: Work, action: Action, name: str) -> datetime:
    ours = promise(work, name)
    clock = start_clock(
        work, name, action.ref, case=work.db.get_one(Case, action.case_id), length=ours.length, unit=ours.unit,
        zone=owner_zone(work.db, action.account_id), promise_id=ours.clause_version_id,
    )
    return clock.due_at


OTHER_NATURES[Nature.LEGAL] = gather_legal
