"""Random sequences of what protects an account, or a law asks for, among decisions about conduct: what is promised holds.

The invariant is written from the design, beside what `flask verify` proves: no protection is longer than our promise or
renewed twice, no person hears of what an order forbids us to tell, and no order holds more money than it states.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from sqlalchemy import func, select

from portal.core.access import Role
from portal.enforcement.models import Action, ActionStatus, Nature, Silence
from portal.ledger.models import Hold
from portal.ledger.operations import request_payout
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.enforcement.natures import OtherNatures
from tests.enforcement.test_changing import settle
from tests.factories.drawn import draw
from tests.factories.market import Staff
from tests.factories.promised import Promised

SPAN = timedelta(hours=72)
SAID = (ActionStatus.ISSUED, ActionStatus.WITHDRAWN)


class OneDesk(OtherNatures):
    """One desk that goes on from example to example."""

    def __init__(self, desk: Desk, lead: Staff, others: list[str], promised: Promised) -> None:
        super().__init__(desk, lead, others)
        self.promised = promised

    @rule(amount=st.integers(1, 90_000))
    def pay_out(self, amount: int) -> None:
        story = self.desk.story
        place = {"account_id": story.tim.account.id, "destination_ref": story.destination}
        self.tried(request_payout, story.tim.actor, amount_minor=amount, currency="USD", **place)

    @rule(hours=st.sampled_from([1, 30, 71, 73, 500, 800]))
    def time_passes(self, hours: int) -> None:
        self.desk.later(hours=hours)
        settle(self.desk)

    @invariant()
    def everything_promised_holds(self) -> None:
        with self.desk.office.database.read() as session:
            said = session.scalars(select(Action).where(Action.status.in_(SAID)).order_by(Action.issued_at, Action.id)).all()
            silent = set(session.scalars(select(Silence.action_id).where(Silence.ended_at.is_(None))))
            told = set(session.scalars(select(Notice.about_ref).distinct()))
            held = session.scalar(select(func.coalesce(func.max(Hold.amount_minor), 0)).where(Hold.order_id.is_not(None)))
        assert self.promised.broken() == []
        protected = [one for one in said if one.nature == Nature.PROTECTIVE]
        assert len(protected) <= 2 and all(one.ends_at - one.effective_at <= SPAN * 2 for one in protected)  # type: ignore[operator]
        assert not [one.ref for one in said if one.id in silent and one.ref in told]
        assert (held or 0) <= 175_000 + 200_000


def test_what_always_holds_of_other_natures(desk: Desk) -> None:
    lee = desk.market.staff("Lee Marsh", Role.LEAD)
    promised = Promised(desk.office.database)
    machine = OneDesk(desk, lee, [], promised)
    machine.protect(alone=True, part=False)
    machine.order(silent=True, cents=90_000, ends=50)
    draw(lambda: OneDesk(desk, lee, machine.actions, promised), 5, 8)
    with desk.office.database.read() as session:
        natures = set(session.scalars(select(Action.nature).where(Action.status.in_(SAID))))
    assert natures == {"protective", "legal"}
