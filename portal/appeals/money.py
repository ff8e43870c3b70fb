"""Contesting only the money that a decision holds: an appeal with that reason alone, which leaves the way against the rest open.

Source: DESIGN section 3, an appeal is against any hold too; DESIGN 2.5.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from portal.appeals.models import Appeal, AppealMessage, AppealWord
from portal.appeals.rules import MONEY, NEW, ticked
from portal.core.errors import RuleBroken
from portal.core.i18n import N_
from portal.enforcement.models import Action
from portal.enforcement.told import issue_event
from portal.ledger.extension_models import ExtensionEnd, HoldExtension
from portal.ledger.models import Hold

REST = "rest"
"""Of an appeal that was answered: what can still be contested is everything but the money."""
ANSWERED = N_("We have answered this about the money already. Choose what else of the decision is not right.")
ONLY_LONGER = N_(
    "We have answered your appeal against this decision. Since then only its money was put on hold for longer, so only that can "
    "be contested."
)
NOTHING_HELD = N_("This decision holds no money of yours any more, so none can be released. Choose what else is not right.")


def about_money_alone(session: Session, appeal: Appeal) -> bool:
    """Whether what was filed last contests only the money, also where it was opened again on something new about that."""
    filed = select(AppealMessage.grounds).where(
        AppealMessage.appeal_id == appeal.id, AppealMessage.kind == AppealWord.FILED
    ).order_by(AppealMessage.n.desc()).limit(1)
    return {key for key, _item, _how in ticked(json.loads(session.scalar(filed) or "[]"))} - {NEW} == {MONEY}


def left_after(session: Session, action: Action, appeal: Appeal) -> str:
    """What can still be contested once this appeal was answered: all but the money (`REST`) where it was about that alone, the
    money (`MONEY`) where it was held longer since; "" for nothing."""
    if about_money_alone(session, appeal):
        return REST
    longer = exists().where(
        HoldExtension.hold_id == Hold.id, HoldExtension.end_kind == ExtensionEnd.SIGNED,
        HoldExtension.ended_at > appeal.decided_at,
    )
    held = select(Hold.id).where(Hold.cause_event_id == issue_event(session, action), longer)
    return MONEY if session.scalar(held.limit(1)) is not None and holds_money(session, action) else ""


_LONGER = select(HoldExtension.proposed_by, HoldExtension.ended_by).join(Hold, HoldExtension.hold_id == Hold.id).where(
    Hold.cause_event_id == bindparam("event_id")
)


def signed_longer(session: Session, action: Action) -> set[UUID]:
    """Who proposed, signed or returned that money of an action is held longer: they had a part in it (DESIGN 2.8)."""
    rows = session.execute(_LONGER, {"event_id": issue_event(session, action)})
    return {one for row in rows for one in row if one is not None}


def holds_money(session: Session, action: Action) -> bool:
    """Whether an action holds money now, for a claim of ours or because of a law or an order."""
    held = select(Hold.id).where(
        Hold.cause_event_id == issue_event(session, action), Hold.ended_at.is_(None), Hold.amount_minor > 0
    )
    return session.scalar(held.limit(1)) is not None


def offered_of(keys: Collection[str], only: str) -> list[str]:
    """Which of these reasons can be ticked where only the money, or all but it, can be contested any more."""
    return [key for key in keys if not only or (key == MONEY) == (only == MONEY)]


def require_contestable(session: Session, action: Action, keys: Collection[str], only: str) -> None:
    """Errors: `money_answered`, `only_money`, `nothing_held`, each at the reasons, saying why not."""
    if only == REST and MONEY in keys:
        raise RuleBroken("money_answered", ANSWERED, field="grounds")
    if only == MONEY and set(keys) != {MONEY}:
        raise RuleBroken("only_money", ONLY_LONGER, field="grounds")
    if set(keys) == {MONEY} and not holds_money(session, action):
        raise RuleBroken("nothing_held", NOTHING_HELD, field="grounds")
