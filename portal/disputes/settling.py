"""Settling a dispute by agreement: an offer, and what the other side says to it. Accepted, the money moves in the same act.

Only what is on hold can be settled: an agreement of the two sides never makes the platform pay.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.queries import account_by_id, person_by_id
from portal.accounts.throttles import count_try
from portal.cases.clocks import on_due, start_clock
from portal.cases.models import Clock, ClockResult
from portal.core.access import Permission, require_person
from portal.core.clock import deadline
from portal.core.errors import Conflict, RuleBroken, existing
from portal.core.i18n import N_
from portal.core.ids import new_id, new_ref
from portal.core.text import TEXT_LIMIT, clean
from portal.core.work import Work
from portal.disputes import settling_messages as words
from portal.disputes.executing import divide, end_everything
from portal.disputes.fees import fee_back
from portal.disputes.matter import OVER, Matter, locked_matter, own_money
from portal.disputes.models import Dispute, DisputeState, OfferEnd, SettlementOffer
from portal.disputes.offers import can_be_settled, end_offer, end_offers, open_offers, parts_of
from portal.disputes.proposing import drop_proposal
from portal.disputes.queries import facts_of
from portal.disputes.telling import tell_side, zone_of
from portal.log.operations import Row, add, record
from portal.log.rules import body_digest
from portal.notices.operations import Compose
from portal.rulebook.queries import promise

GONE = N_("This offer is no longer open. Reload the page to see what changed.")
NOTHING_HELD = N_("Nothing is on hold for this dispute, so there is no money that you two could divide here.")


def offer_settlement(work: Work, *, dispute_ref: str, refund_minor: int, days: int, text: str) -> dict[str, Any]:
    """One side offers: so much (minor units) goes back to the client, the rest on hold is released; open for so many days.

    Errors: `dispute_over`, `nothing_held`, `offered` while an offer of the same side is open (conflicts), `too_much` above
    what is on hold, `other_days` outside 1 and the promise's days, `too_many`, text limits, those of `own_money`.
    Promise: settlement_offer.
    """
    matter, side = own_money(work, dispute_ref, Permission.ANSWER_IN_CASE)
    _require_open(matter)
    if any(one.by_account_id == side for one in open_offers(work.db, matter.dispute.id)):
        raise Conflict("offered", N_("You have an open offer already. Take it back before you make another one."))
    if not 0 <= refund_minor <= matter.hold.amount_minor:
        raise RuleBroken("too_much", N_("This is more than is on hold for this dispute."), field="amount")
    most = promise(work, "settlement_offer")
    if not 1 <= days <= most.length:
        raise RuleBroken("other_days", N_("An offer is open for 1 to %(days)s days."), field="days", days=most.length)
    count_try(work, "settlement_offer", f"{dispute_ref} {side}")
    offer = _put(work, matter, side, refund_minor, days, clean(text, limit=TEXT_LIMIT, field="text"))
    start_clock(
        work, "settlement_offer", offer.ref, case=matter.case, length=days, unit="days", zone=_zone(work, matter, side),
        promise_id=most.clause_version_id, due_at=offer.answer_by,
    )
    matter.dispute.version += 1
    event_id = new_id()
    rows = _tell(work, matter, event_id, "settlement_offered", lambda mine: words.offered(_facts(work, matter, offer), mine=mine),
                 side)
    record(work, "settlement.offered", matter.dispute.ref, case_ref=matter.case.ref, rows=[offer, *rows], event_id=event_id,
           offer=offer.ref, refund_minor=refund_minor)
    return {"dispute": matter.dispute.ref, "offer": offer.ref}


def _require_open(matter: Matter) -> None:
    if matter.dispute.ended_at is not None:
        raise Conflict("dispute_over", OVER)
    if not can_be_settled(matter.dispute, matter.hold):
        raise Conflict("nothing_held", NOTHING_HELD)


def _zone(work: Work, matter: Matter, side: UUID) -> str:
    """Days of an offer are those of who can accept it."""
    return zone_of(work, matter.contract.other_side(side))


def _put(work: Work, matter: Matter, side: UUID, refund_minor: int, days: int, text: str) -> SettlementOffer:
    person = person_by_id(work.db, require_person(work.actor))
    until = deadline(work.now, days, "days", _zone(work, matter, side), work.country)
    offer = SettlementOffer(
        ref=new_ref("S"), dispute_id=matter.dispute.id, by_account_id=side, by_person_id=person.id, refund_minor=refund_minor,
        currency=matter.hold.currency, language=person.language, offered_at=work.now,
        answer_by=min(until, matter.hold.expires_at), words=text, sha256="",
    )
    offer.sha256 = body_digest(offer)
    return add(work, offer)


def _facts(work: Work, matter: Matter, offer: SettlementOffer) -> words.Offered:
    back, kept = parts_of(offer, matter.hold)
    by = account_by_id(work.db, offer.by_account_id).name
    fee = fee_back(work.db, matter.hold, back) if back else back
    return words.Offered(facts_of(work.db, matter.dispute, work.now), by, back, fee, kept, offer.answer_by, offer.words or "")


def _tell(work: Work, matter: Matter, event_id: UUID, kind: str, compose: Any, side: UUID) -> list[Row]:
    """One notice to each side; `compose` is asked with whether it is for `side`."""
    rows: list[Row] = []
    for account_id in matter.contract.sides:
        made: Compose = compose(account_id == side)
        own = f"{kind}_receipt" if account_id == side and kind == "settlement_offered" else kind
        rows += tell_side(work, event_id, own, account_id, matter.case, matter.dispute.ref, made)
    return rows


def _open_offer(work: Work, dispute_ref: str, offer_ref: str) -> tuple[Matter, UUID, SettlementOffer]:
    matter, side = own_money(work, dispute_ref, Permission.ANSWER_IN_CASE)
    query = select(SettlementOffer).where(
        SettlementOffer.ref == offer_ref, SettlementOffer.dispute_id == matter.dispute.id
    ).with_for_update()
    offer = existing(work.db.scalars(query).one_or_none())
    if matter.dispute.ended_at is not None:
        raise Conflict("dispute_over", OVER)
    if offer.ended_at is not None:
        raise Conflict("offer_gone", GONE)
    return matter, side, offer


def accept_settlement(work: Work, *, dispute_ref: str, offer_ref: str) -> dict[str, Any]:
    """The other side accepts: the dispute is settled by both, the money moves as offered, in this act.

    Errors: `own_offer`, `offer_gone`, `nothing_held`, `dispute_over` (conflicts), those of `own_money`.
    """
    matter, side, offer = _open_offer(work, dispute_ref, offer_ref)
    if offer.by_account_id == side:
        raise Conflict("own_offer", N_("This is your own offer. The other side can accept it."))
    _require_open(matter)
    dispute, event_id = matter.dispute, new_id()
    facts = _facts(work, matter, offer)
    rows = [*end_offer(work, offer, OfferEnd.ACCEPTED), *divide(work, matter, facts.back, event_id)]
    dispute.state, dispute.outcome, dispute.decided_at = DisputeState.SETTLED, None, None
    dispute.refund_minor, dispute.ended_at, dispute.version = offer.refund_minor, work.now, dispute.version + 1
    work.db.flush()
    rows += [*drop_proposal(work, dispute), *end_everything(work, matter, "settled")]
    client = matter.contract.client_id
    rows += _tell(work, matter, event_id, "dispute_settled", lambda to_client: words.settled(facts, to_client=to_client), client)
    record(work, "dispute.settled", dispute.ref, case_ref=matter.case.ref, rows=[(dispute, "ended"), *rows],
           event_id=event_id, offer=offer.ref, refund_minor=offer.refund_minor)
    return {"dispute": dispute.ref}


def decline_settlement(work: Work, *, dispute_ref: str, offer_ref: str) -> dict[str, Any]:
    """The other side says no: the dispute goes on. Errors: `own_offer`, `offer_gone`, `dispute_over` (conflicts), those
    of `own_money`."""
    matter, side, offer = _open_offer(work, dispute_ref, offer_ref)
    if offer.by_account_id == side:
        raise Conflict("own_offer", N_("This is your own offer. The other side can accept it."))
    return _no_longer(work, matter, offer, OfferEnd.DECLINED)


def take_offer_back(work: Work, *, dispute_ref: str, offer_ref: str) -> dict[str, Any]:
    """Who made an offer takes it back. Errors: `not_your_offer`, `offer_gone`, `dispute_over` (conflicts), those of
    `own_money`."""
    matter, side, offer = _open_offer(work, dispute_ref, offer_ref)
    if offer.by_account_id != side:
        raise Conflict("not_your_offer", N_("This is the other side's offer. You can decline it."))
    return _no_longer(work, matter, offer, OfferEnd.TAKEN_BACK)


@on_due("settlement_offer")
def offer_time_over(work: Work, clock: Clock) -> None:
    """Nobody accepted it in time: the offer lapses and nothing else changes (promise settlement_offer, `offer_lapses`)."""
    clock.result = ClockResult.KEPT
    offer = work.db.scalars(select(SettlementOffer).where(SettlementOffer.ref == clock.subject_ref).with_for_update()).one()
    matter = locked_matter(work, work.db.scalars(select(Dispute.ref).where(Dispute.id == offer.dispute_id)).one())
    if offer.ended_at is None:
        _no_longer(work, matter, offer, OfferEnd.LAPSED)


def _no_longer(work: Work, matter: Matter, offer: SettlementOffer, kind: OfferEnd) -> dict[str, Any]:
    """An offer ended without an agreement; both sides hear of it and the dispute goes on."""
    facts, event_id = _facts(work, matter, offer), new_id()
    rows = end_offer(work, offer, kind)
    matter.dispute.version += 1
    rows += _tell(work, matter, event_id, "settlement_ended", lambda mine: words.ended(facts, kind, mine=mine),
                  offer.by_account_id)
    record(work, "settlement.ended", matter.dispute.ref, case_ref=matter.case.ref, rows=rows, event_id=event_id,
           offer=offer.ref, how=kind)
    return {"dispute": matter.dispute.ref}


__all__ = ["accept_settlement", "decline_settlement", "end_offers", "offer_settlement", "take_offer_back"]
