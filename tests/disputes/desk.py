"""Steps of the machine at the desk: decisions that hold money, what a law asks for, both looked at again, made longer, lifted and
overturned, by the operations that staff use."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.appeals.operations import decide_appeal, file_appeal
from portal.appeals.queries import appeal_by_ref, grounds_of
from portal.cases.operations import open_case
from portal.core.work import Work
from portal.enforcement.operations import (
    co_sign,
    confirm_order,
    discard_action,
    issue_action,
    lift_action,
    propose_action,
    propose_extension,
    return_extension,
    sign_extension,
    start_action,
)
from portal.ledger.models import Hold
from portal.ledger.operations import propose_adjustment, sign_adjustment
from portal.log.models import Event
from portal.log.operations import record
from tests.disputes.decided import LASTS, Decided
from tests.disputes.matters import Contest
from tests.enforcement.conftest import Desk
from tests.enforcement.test_ordering import legal_form
from tests.factories.market import Market, Staff, Story, refused
from tests.ledger.model import Part

WHY, READ = "The other files arrive next week, and only they show who drew what.", "I read all of it and agree."


def begin_case(work: Work, *, account_id: Any) -> dict[str, Any]:
    """A case about one conduct of an account, which nobody has in hand yet."""
    case = open_case(work, account_id, [])
    record(work, "case.opened", case.ref, case_ref=case.ref)
    return {"case": case.ref}


class Deciding(Contest):
    """The first of the desk writes, the second signs, the last leads."""

    model: Decided

    def __init__(self, market: Market, story: Story, lead: Staff, desk: list[Staff]) -> None:
        super().__init__(market, story, lead, desk)
        self.model, self.conduct, self.proposed, self.longer = Decided(), 0, list[str](), dict[str, str]()

    def at_desk(self, n: int) -> Desk:
        """A case of its own about this freelancer, of that contract."""
        case_ref = self.market.do(begin_case, account_id=self.tim.account.id)["case"]
        return Desk(self.market, replace(self.story, tim=self.tim, contract=self.contracts[n]), case_ref)

    def _newest_hold(self, action_ref: str) -> str:
        query = select(Hold.ref).join(Event, Hold.cause_event_id == Event.id).where(Event.subject_ref == action_ref)
        with self.market.office.database.read() as session:
            return session.scalars(query.order_by(Hold.id.desc())).first() or ""

    def decide_to_hold(self, part: Part, amount: int) -> str:
        """A suspension for what was done on a day that nothing was decided about; with it money of a milestone is held."""
        desk, expected = self.at_desk(part[0]), self.model.no_hold(part)
        second, ref, self.conduct = self.model.times.get(part, 0) > 0, desk.ready(), self.conduct + 1
        day = (self.market.now - timedelta(days=200 - self.conduct)).date().isoformat()
        fields = desk.form(
            conduct_from=day, conduct_to=day, ends_on=self.market.day(-LASTS).isoformat(), exhibits=[],
            no_exhibit="no_longer_exists", hold_amount_minor=str(amount), hold_currency=self.currencies[part[0]],
            hold_contract_ref=self.contracts[part[0]].ref, hold_milestone=str(part[1]),
        )
        args = {"action_ref": ref, "version": 1, "fields": fields}
        first = "needs_cosignature" if second and expected is None else expected
        self.said(first, issue_action, self.story.rae.actor, **args)
        if expected is not None:
            self.market.do(discard_action, self.story.rae.actor, action_ref=ref)
            return ""
        if second:
            self.said(None, propose_action, self.story.rae.actor, **args)
            self.said(None, co_sign, self.story.ola.actor, action_ref=ref, reason=READ)
        self.model.decide_to_hold(ref, self._newest_hold(ref), part, amount, self.market.now)
        return ref

    def law_asks(self, n: int, amount: int, last: int | None) -> str:
        """A law or an order, with a last day or without one, states an amount in the currency of a contract."""
        desk = self.at_desk(n)
        begun = {"case_ref": desk.case_ref, "clause_version_id": desk.clause("legal-orders"), "nature": "legal"}
        ref = self.market.do(start_action, self.story.rae.actor, **begun)["action"]
        fields = legal_form(
            desk, measure="restriction", block_amount_minor=str(amount), block_currency=self.currencies[n],
            order_ends_on=self.market.day(-last).isoformat() if last else "", exhibits=[], no_exhibit="no_longer_exists",
        )
        self.said(None, propose_action, self.story.rae.actor, action_ref=ref, version=1, fields=fields)
        self.said(None, co_sign, self.story.ola.actor, action_ref=ref, reason=READ)
        self.model.block(ref, self._newest_hold(ref), n, amount, last, self.market.now)
        return str(ref)

    def look(self, ref: str) -> None:
        """The order still obliges us."""
        expected, version = self.model.no_look(ref, self.market.now), self._version(ref)
        if self.said(expected, confirm_order, self.story.rae.actor, action_ref=ref, version=version, reason=READ):
            self.model.look(ref, self._newest_hold(ref), self.market.now)

    def _version(self, ref: str) -> int:
        return Desk(self.market, self.story, "").action(ref).version

    def lift(self, ref: str) -> None:
        args = {"action_ref": ref, "version": self._version(ref), "reason": "It is not needed any more."}
        self.said(self.model.lift(ref, self.market.now), lift_action, self.lead.actor, **args)

    def overturn(self, ref: str) -> None:
        """An appeal against it is granted, by whoever has to answer it."""
        filed = {"action_ref": ref, "grounds": ["other"], "body": "It was not me, and this money is my own."}
        expected = "overturned" if self.model.decisions[ref].overturned else None
        made = self.said(expected, file_appeal, self.tim.actor, **filed)
        if made is None:
            return
        with self.market.office.database.read() as session:
            appeal = appeal_by_ref(session, made["appeal"])
            answers = {ground.key: "We looked at this." for ground in grounds_of(session, appeal)}
        args = {"appeal_ref": appeal.ref, "version": appeal.version, "outcome": "reversed", "ground_answers": answers,
                "exhibits_considered": {}, "reasons": READ, "our_error": "We took one file for another."}
        codes = []
        for by in self.desk:
            codes.append(refused(lambda by=by: self.market.do(decide_appeal, by.actor, **args)))  # type: ignore[misc]
            if codes[-1] is None:
                break
        assert codes[-1] is None, codes
        self.model.overturn(ref, self.market.now)

    def propose_correction(self, part: Part, amount: int, kind: str) -> None:
        """A lead proposes it; nothing moves before somebody else has signed."""
        told = {"contract_ref": self.contracts[part[0]].ref, "milestone_number": part[1], "kind": kind, "reason": WHY}
        money = {"amount_minor": amount, "currency": self.currencies[part[0]]}
        made = self.said(self.model.no_correction(part, kind, amount), propose_adjustment, self.lead.actor, **told, **money)
        if made:
            self.model.propose_correction(made["adjustment"], part, kind, amount, self.market.now)
            self.proposed.append(made["adjustment"])

    def answer_correction(self, x: int, *, signed: bool) -> None:
        """One that was proposed is signed or returned, whatever became of it."""
        if self.proposed:
            ref, outcome = self.proposed[-1 - x % min(len(self.proposed), 2)], "signed" if signed else "returned"
            expected = self.model.answer_correction(ref, self.market.now, signed=signed)
            self.said(expected, sign_adjustment, self.story.ola.actor, adjustment_ref=ref, outcome=outcome)

    def propose_longer(self, ref: str) -> None:
        expected = self.model.no_proposal(ref, self.market.now)
        made = self.said(expected, propose_extension, self.story.rae.actor, action_ref=ref, reason=WHY)
        if made:
            self.model.propose_longer(ref, self.market.now)
            self.longer[ref] = made["extension"]

    def _longer(self, ref: str) -> dict[str, str]:
        """What was proposed last, as the second person read it."""
        return {"action_ref": ref, "extension_ref": self.longer.get(ref, ""), "reason": READ}

    def sign_longer(self, ref: str) -> None:
        """Signed by somebody else; its proposer cannot."""
        expected, args = self.model.no_signature(ref, self.market.now), self._longer(ref)
        self.said(expected or "own_proposal", sign_extension, self.story.rae.actor, **args)
        made = self.said(expected, sign_extension, self.story.ola.actor, **args)
        if made:
            self.model.sign_longer(ref, made["hold"], self.market.now)

    def return_longer(self, ref: str) -> None:
        expected = self.model.no_signature(ref, self.market.now)
        if self.said(expected, return_extension, self.story.ola.actor, **self._longer(ref)):
            self.model.drop_longer(ref, self.market.now)
