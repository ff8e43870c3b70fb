"""What can be contested of a milestone, in plain numbers: what was released and paid for, and not decided or settled."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.disputes.at_banks import AtBanks
from tests.disputes.matter import WINDOW, Matter, in_days
from tests.ledger.model import Part


@dataclass
class Contestable(AtBanks):
    """One freelancer's money, with the disputes about it by their reference."""

    matters: dict[str, Matter] = field(default_factory=dict)

    def decided(self, part: Part) -> Matter | None:
        """The newest that somebody decided there, or both settled."""
        about = [
            one for one in self.matters.values()
            if one.part == part and one.state != "closed" and (one.ruled or one.state == "settled")
        ]
        return about[-1] if about else None

    def fresh(self, part: Part) -> int:
        """From which earning on can be contested after a decision; 0 where nobody decided, or nothing was released since."""
        decided = self.decided(part)
        after = range(decided.known, len(self.earned)) if decided else ()
        return next((n for n in after if self.earned[n].part == part), 0)

    def held_from(self, part: Part, now: datetime) -> int:
        """From which earning on money is held: what can be contested, as long as the time of those who held some of it before
        runs; then what was released since they claimed it."""
        since = self.fresh(part)
        if self.until(False, part, now, since) > now:
            return since
        contested = max(known for known, at in self.limits[part] if at <= now)
        return next((n for n in range(contested, len(self.earned)) if self.earned[n].part == part), since)

    def contestable(self, part: Part) -> int:
        """What can be contested: no more than was released since, where we had decided about what was released before."""
        paid, first = self.paid(part), self.fresh(part)
        if not first:
            return paid
        left = sum(one.whole + one.fee for one in self.earned[first:] if one.part == part)
        left -= sum(one.amount for one in self.backs.get(part, []) if one.known > first)
        left -= sum(one.claimed for one in self.called.values() if one.part == part and one.end != "won" and one.known > first)
        return max(min(left, paid), 0)

    def no_dispute(self, part: Part, amount: int, now: datetime) -> str | None:
        """Why a client cannot contest so much of a milestone now."""
        released, paid = [one.released_at for one in self.earned if one.part == part], self.contestable(part)
        about = [one for one in self.matters.values() if one.part == part]
        final = self.decided(part) if not self.fresh(part) else None
        at_banks, left = [one for one in self.called.values() if one.part == part], self.paid(part)
        for code, holds in {
            "called_back": any(one.end is None or (one.end == "lost" and one.claimed and not left) for one in at_banks),
            "not_paid": not paid,
            "more_than_paid": amount > paid,
            "window_over": bool(released) and now >= in_days(max(released, default=now), WINDOW),
            "already_disputed": any(not one.over for one in about),
            "settled_before": final is not None and final.state == "settled",
            "decided_before": final is not None,
        }.items():
            if holds:
                return code
        return None
