"""What banks, and the marketplace that sends refunds, do in the machine of contested money."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.disputes.agreeing import Agreeing
from tests.ledger.model import Part
from tests.ledger.purse import AMOUNT, PARTS

X, SHARE = st.integers(0, 10_000), st.sampled_from([1, 30, 50, 100, 100, 101])


class Banks(Agreeing):
    """Banks call back and decide; refunds are sent, fail, and come back."""

    def contested(self, part: Part) -> bool:
        return any(one.part == part and not one.over for one in self.model.matters.values())

    def report_of_refund(self, x: int) -> None:
        """Anything that a marketplace can say of any refund: of a sending that it had told of or not, in any order, of all or a
        part, or once more."""
        part = list(self.model.backs)[x % len(self.model.backs)] if self.model.backs else None
        if part is None:
            return
        found = self.refunds(part)
        ref, back = found[x % len(found)]
        known = [*back.sendings, self.market.key()]
        state = ("sent", "failed", "sent", "stopped")[x // 7 % 4]
        amount = None if x % 2 or state != "sent" else max(back.amount * (x % 101) // 100, 1)
        self.report(part, ref, back, known[x // 3 % len(known)], state, amount)

    @rule(x=X)
    def marketplace_says(self, x: int) -> None:
        self.report_of_refund(x)

    @rule(part=PARTS, share=SHARE)
    def bank_calls(self, part: Part, share: int) -> None:
        if share < 100 and self.contested(part):
            return  # or banks would end nearly every dispute
        there = self.model.paid(part) + self.model.there(part)
        self.call_back(part, max(there * share // 100, 1))

    @rule(part=PARTS, amount=AMOUNT, share=SHARE, end=st.sampled_from(["won", "lost"]))
    def bank_calls_what_was_paid_in(self, part: Part, amount: int, share: int, end: str) -> None:
        """Paid in, called back, and meanwhile the work is off: whatever the bank says, it goes back once."""
        if share < 101 and self.contested(part):
            return
        self.pay_in(part, amount)
        ref = self.call_back(part, max(amount * share // 100, 1))
        self.give_up(part)
        if ref:
            self.earn(part, amount, 0, 0)
            self.bank_decides(ref, end)
            self.give_up(part)

    @rule(part=PARTS, whole=st.booleans(), back=st.booleans())
    def marketplace_sends(self, part: Part, whole: bool, back: bool) -> None:
        """All that goes back of a milestone, also what is stopped: it had been sent before that was known. Or what it was asked
        for. Some of it comes back."""
        self.send_back(part, whole=whole)
        if back:
            self.come_back_from(part)

    @rule(part=PARTS, share=SHARE, end=st.sampled_from(["won", "lost", "lost"]), late=st.booleans())
    def bank_calls_what_was_sent(self, part: Part, share: int, end: str, late: bool) -> None:
        """It was sent when the bank came, and comes back before the bank decides or afterwards."""
        self.send_back(part, whole=True)
        ref = self.call_back(part, max((self.model.paid(part) + self.model.refunded.get(part, 0)) * share // 100, 1))
        steps = [lambda: self.come_back_from(part), lambda: self.bank_decides(ref, end) if ref else None]
        for step in steps[::-1 if late else 1]:
            step()

    @rule(x=X, end=st.sampled_from(["won", "lost", "lost"]))
    def bank_says(self, x: int, end: str) -> None:
        known = list(self.model.called)
        if known:
            self.bank_decides(known[x % len(known)], end)
