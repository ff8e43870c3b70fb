"""One process of a race: threads that pay out, hold, end, mark, earn, contest, settle and call back at random, and write down
every answer.

`python -m tests.battery.hammer FACTS.json SECONDS SEED OUT.ndjson`
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import portal.rooms
from portal.act import Office, act
from portal.core.access import OPERATOR, Actor
from portal.core.errors import Busy, Refusal
from portal.disputes.chargeback_models import Chargeback
from portal.disputes.chargebacks import mark_chargeback, record_chargeback
from portal.disputes.models import Dispute, SettlementOffer
from portal.disputes.operations import open_dispute, withdraw_dispute
from portal.disputes.settling import accept_settlement, offer_settlement
from portal.ledger.models import Claim, Claimant, Hold, Payout
from portal.ledger.operations import mark_payout, record_earning, request_payout
from tests.battery.ground import PARTS, SMALL, actor_of, office_of
from tests.ledger.steps import hold_money, let_go

assert portal.rooms.LOADED
THREADS, LEAST = 4, 15
"""However slow the machine is, each thread does so many things."""
RUNNING = sa.select(Dispute.ref).where(Dispute.ended_at.is_(None))
OFFERED = (
    sa.select(Dispute.ref, SettlementOffer.ref.label("offer_ref")).join(Dispute, SettlementOffer.dispute_id == Dispute.id)
    .where(SettlementOffer.ended_at.is_(None))
)
Step = tuple[str, Callable[..., dict[str, Any]], Actor, dict[str, Any]]


class Hammer:
    """One thread."""

    def __init__(self, office: Office, facts: dict[str, str], name: str) -> None:
        self.office, self.facts, self.name, self.draw, self.count = office, facts, name, Random(name), 0

    def pay_out(self) -> Step:
        asked = {"account_id": UUID(self.facts["account"]), "destination_ref": self.facts["place"], "currency": "USD"}
        return "pay_out", request_payout, actor_of(self.facts), asked | {"amount_minor": self.draw.randint(1, WIDE)}

    def hold(self) -> Step:
        number = self.draw.randint(1, 8)
        asked = {"contract_ref": self.facts["contract"], "number": number, "amount_minor": self.draw.randint(1, WIDE)}
        return "hold", hold_money, OPERATOR, asked

    def end(self) -> Step | None:
        ours = sa.select(Hold.ref).join(Claim, Hold.claim_id == Claim.id).where(Claim.claimant == Claimant.PLATFORM)
        ref = self.any_of(ours.where(Hold.ended_at.is_(None)))
        kind = self.draw.choice(["released", "refunded", "expired"])
        return ("end", let_go, OPERATOR, {"hold_ref": ref, "kind": kind}) if ref else None

    def mark(self) -> Step | None:
        ref = self.any_of(sa.select(Payout.ref).where(Payout.state.in_(("requested", "sent"))))
        state = self.draw.choice(["sent", "paid", "failed"])
        return ("mark", mark_payout, OPERATOR, {"payout_ref": ref, "state": state}) if ref else None

    def earn(self) -> Step:
        told = {"contract_external_id": self.facts["contract_id"], "milestone_number": self.draw.randint(1, 8), "currency": "USD"}
        at = self.office.clock() - timedelta(days=self.draw.randint(0, 9))
        amounts = {"amount_minor": self.draw.randint(1, 900), "fee_minor": self.draw.randint(0, 90)}
        return "earn", record_earning, OPERATOR, told | amounts | {"source_key": f"h-{self.name}-{self.count}", "released_at": at}

    @property
    def client(self) -> Actor:
        return actor_of(self.facts, "client_person", "client")

    def contest(self) -> Step:
        asked = {
            "account_id": UUID(self.facts["client"]), "contract_ref": self.facts["parts"], "currency": "USD", "term_number": "3",
            "milestone_number": self.draw.randint(1, PARTS), "amount_minor": self.draw.randint(1, SMALL), "asks_for": "refund",
            "agreed": "A drawing within ten days.", "happened": "Nothing came.",
        }
        return "put_dispute", open_dispute, self.client, asked

    def take_back(self) -> Step | None:
        ref = self.any_of(RUNNING)
        return ("take_back", withdraw_dispute, self.client, {"dispute_ref": ref}) if ref else None

    def offer(self) -> Step | None:
        ref, back = self.any_of(RUNNING), self.draw.randint(0, 2_000)
        asked = {"dispute_ref": ref, "refund_minor": back, "days": 3, "text": "Let us share it."}
        return ("put_offer", offer_settlement, actor_of(self.facts), asked) if ref else None

    def accept(self) -> Step | None:
        """Takes an offer at random, also one that somebody else takes, or that is over."""
        with self.office.database.read() as session:
            open_ones = session.execute(OFFERED.limit(20)).all()
        one = self.draw.choice(open_ones) if open_ones else None
        asked = {"dispute_ref": one.ref, "offer_ref": one.offer_ref} if one else {}
        return ("accept", accept_settlement, self.client, asked) if one else None

    def call_back(self) -> Step:
        asked = {
            "external_id": f"b-{self.name}-{self.count}", "contract_ref": self.facts["parts"], "reason": "Not received",
            "milestone_number": self.draw.randint(1, PARTS), "amount_minor": self.draw.randint(1, SMALL), "currency": "USD",
            "received_at": self.office.clock() - timedelta(hours=1),
        }
        return "put_chargeback", record_chargeback, OPERATOR, asked

    def bank_says(self) -> Step | None:
        ref = self.any_of(sa.select(Chargeback.ref).order_by(sa.func.random()))
        stage = self.draw.choice(["won", "lost"])
        return ("bank_says", mark_chargeback, OPERATOR, {"chargeback_ref": ref, "stage": stage}) if ref else None

    def any_of(self, query: Any) -> str | None:
        with self.office.database.read() as session:
            refs = list(session.scalars(query.limit(40)))
        return str(self.draw.choice(refs)) if refs else None

    def strike(self) -> tuple[str, str, dict[str, Any]] | None:
        """One request, now and then sent twice; its answer, or None when it was refused."""
        self.count += 1
        step = self.draw.choice([
            self.pay_out, self.pay_out, self.hold, self.end, self.mark, self.earn,
            self.contest, self.contest, self.take_back, self.offer, self.offer, self.accept, self.accept, self.call_back,
            self.bank_says,
        ])()
        if step is None:
            return None
        what, operation, who, asked = step
        key = f"{self.name}-{self.count}"
        try:
            answer = act(self.office, operation, who, key, **asked)
            if self.draw.random() < 0.1:
                assert act(self.office, operation, who, key, **asked) == answer, "the same request has the same answer"
        except (Refusal, Busy):
            return None
        return what, key, answer


WIDE = 3_000


def main(facts_file: str, seconds: str, seed: str, out: str) -> None:
    facts = json.loads(Path(facts_file).read_text(encoding="utf-8"))
    office, until, lock = office_of(facts), time.monotonic() + float(seconds), threading.Lock()
    with Path(out).open("w", encoding="utf-8") as file:

        def run(n: int) -> None:
            hammer = Hammer(office, facts, f"{seed}x{n}")
            while time.monotonic() < until or hammer.count < LEAST:
                answer = hammer.strike()
                if answer is not None:
                    with lock:
                        file.write(json.dumps(answer) + "\n")

        threads = [threading.Thread(target=run, args=(n,)) for n in range(THREADS)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
