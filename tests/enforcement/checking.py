"""The steps of one identity check on which decisions rest, for a machine over decisions."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from portal.core.errors import Refusal
from portal.verification.operations import withdraw_request
from tests.enforcement.natures import OtherNatures
from tests.verification.making import Checks

NOT_NEEDED = "The bank has confirmed who it is."
STEPS = ["ask", "ask", "send", "reject", "accept", "withdraw"]


class Checked(OtherNatures):
    """Asked for again whenever it is over, with a new reason where one is needed."""

    item = ""

    def resting(self, *scopes: str) -> dict[str, Any]:
        """What rests on the check; whether it can is for the operation to say."""
        return {"rests_on": self.item, "resting": list(scopes)} if self.item else {}

    @rule(how=st.sampled_from(STEPS))
    def check(self, how: str) -> None:
        desk, checks = self.desk, Checks.of(self.desk.market, self.desk.story, self.desk.case_ref)
        try:
            if how == "ask":
                self.item = str(checks.ask(new_reason="law_asks", new_words="Tax law, section 93, asks for a new copy.")["item"])
            elif how == "withdraw":
                desk.market.do(withdraw_request, desk.story.rae.actor, item_ref=self.item, reason=NOT_NEEDED)
            elif self.item:
                {"send": checks.send, "reject": checks.reject, "accept": checks.accept}[how](self.item)
        except Refusal:
            pass
        desk.later(minutes=1)
