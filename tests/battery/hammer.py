"""One process of a race: threads that pay out, hold, end, release, mark and earn at random, and write down every answer.

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
from portal.ledger.models import Hold, Payout
from portal.ledger.operations import mark_payout, record_earning, request_payout
from tests.battery.ground import actor_of, office_of
from tests.ledger.steps import hold_money, let_go

assert portal.rooms.LOADED
THREADS, LEAST = 4, 15
"""However slow the machine is, each thread does so many things."""
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
        ref = self.any_of(sa.select(Hold.ref).where(Hold.ended_at.is_(None)))
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

    def any_of(self, query: Any) -> str | None:
        with self.office.database.read() as session:
            refs = list(session.scalars(query.limit(40)))
        return str(self.draw.choice(refs)) if refs else None

    def strike(self) -> tuple[str, str, dict[str, Any]] | None:
        """One request, now and then sent twice; its answer, or None when it was refused."""
        self.count += 1
        step = self.draw.choice([self.pay_out, self.pay_out, self.hold, self.end, self.mark, self.earn])()
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
