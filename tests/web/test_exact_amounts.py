"""Every form that takes an amount, in a currency without decimals and in one with three: what is typed is taken exactly as it
is read, or refused at its field; nothing is rounded, and what was taken is shown with its currency in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.cases.models import LegalOrder
from portal.contracts.choice_models import ContractChoice
from portal.contracts.models import Contract
from portal.contracts.operations import record_contract
from portal.core.access import Role
from portal.core.clock import MovedClock
from portal.core.database import Database
from portal.core.i18n import language
from portal.core.money import Money
from portal.disputes.models import Dispute, DisputeDecision, SettlementOffer
from portal.disputes.operations import answer_dispute
from portal.disputes.queries import dispute_by_ref
from portal.ledger.adjustment_models import Adjustment
from portal.ledger.models import Claim, Payout
from tests.factories.market import TERMS
from tests.web.conftest import Browser, Doors
from tests.web.desk_support import Desk, open_desk, words_of
from tests.web.test_desk_ordering import begun, typed

AGREED, CONTESTED = 1_000_000, 100_000
REFUSED = {
    "JPY": {"1.234": "This can be read in two ways. If you mean ¥1,234 JPY, write it without the point.",
            "1.2345": "Write an amount above zero, without decimals, for example ¥400 JPY."},
    "KWD": {"1.2345": "Write an amount above zero, with at most 3 decimals, for example 400.000 KWD.", "1,234": ""},
}
"""What is refused where at most 1,000.000 KWD are there, with its words; "1,234" is 1,234.000 KWD, and too much everywhere."""
TAKEN = {"JPY": "1,234", "KWD": "1.234"}
"""Both are 1,234 minor units."""


@dataclass
class Place:
    """Stacy's contract with Tim in one currency, its first milestone released; `desk` is Rae's."""

    desk: Desk
    doors: Doors
    contract: Contract
    currency: str

    @property
    def stacy(self) -> Browser:
        return self.doors.open(self.desk.story.stacy.person)

    @property
    def tim(self) -> Browser:
        return self.doors.open(self.desk.story.tim.person)

    def disputed(self, **other: Any) -> dict[str, Any]:
        return self.desk.market.dispute(
            self.desk.story.stacy, self.contract, CONTESTED, currency=self.currency, **other)


Send = Callable[[str], Any]


@pytest.fixture(params=["JPY", "KWD"])
def place(request: pytest.FixtureRequest, sqlite_database: Database, clock: MovedClock, tmp_path: Path) -> Place:
    desk = open_desk(sqlite_database, clock, tmp_path)
    story, currency = desk.story, request.param
    contract = desk.market.contract(story.stacy, story.tim, "Shop", [AGREED, AGREED], released={1: 8}, currency=currency)
    return Place(desk, Doors(desk.app, desk.market), contract, currency)


def payout(place: Place) -> Send:
    account = place.desk.story.tim.account.ref
    tim, prefix = place.tim, f"{account}-{place.currency}-"
    return lambda amount: tim.post("/me/funds", **{
        "account": account, "currency": place.currency, "step": "send", f"{prefix}amount": amount,
        f"{prefix}destination": place.desk.story.destination,
    })


def dispute(place: Place) -> Send:
    stacy = place.stacy
    return lambda amount: stacy.post(
        "/disputes/new", contract=place.contract.ref, milestone="1", amount=amount, term="3", asks_for="refund",
        agreed="A first version within ten days.", happened="One drawing, then nothing.", step="send")


def offer(place: Place) -> Send:
    here, tim = f"/disputes/{place.disputed()['dispute']}/settlement", place.tim
    return lambda amount: tim.post(here, amount=amount, days="7", text="I keep the drawing.", step="send")


def settling(place: Place) -> Send:
    """The second milestone is paid in, and both sides say how the contract ends."""
    story, contract, tim = place.desk.story, place.contract, place.tim
    place.desk.market.do(
        record_contract, external_id=contract.external_id, title="Shop", terms=TERMS, started_on=contract.started_on,
        client_external_id=story.stacy.account.external_id, freelancer_external_id=story.tim.account.external_id,
        milestones=[{"number": n, "title": f"Part {n}", "amount_minor": AGREED, "currency": place.currency, "state": state}
                    for n, state in enumerate(("released", "funded"), 1)],
    )
    return lambda amount: tim.post(
        f"/contracts/{contract.ref}", way="settle", amount=amount, words="For what exists.", step="send")


def decision(place: Place) -> Send:
    made, desk = place.disputed(), place.desk
    desk.market.do(answer_dispute, desk.story.tim.actor, dispute_ref=made["dispute"], answer="It is the first version.")
    desk.take(str(made["case"]))
    with desk.market.office.database.read() as session:
        version = dispute_by_ref(session, made["dispute"]).version
    return lambda amount: desk.send(f"/desk/disputes/{made['dispute']}/decide", {
        "version": version, "outcome": "split", "amount": amount, "cites": "term:2", "rule": "",
        "reasons": "One drawing was delivered in time. The version that term 2 speaks of never came.",
    })


def correction(place: Place) -> Send:
    lee = place.doors.open(place.desk.market.staff("Lee Marsh", Role.LEAD).person, fresh=True)
    return lambda amount: lee.post(
        "/desk/corrections", contract_ref=place.contract.ref, number="1", kind="taken", amount=amount,
        reason="The milestone was put on record with a wrong amount.")


def hold(place: Place) -> Send:
    """A decision about the account that also holds money of the milestone."""
    desk, case = place.desk, str(place.disputed(report=True)["case"])
    desk.heard(case)
    draft, ends_on = desk.drafted(case), (desk.market.day() + timedelta(days=22)).isoformat()

    def send(amount: str) -> Any:
        fields = desk.decision(measure="suspension", ends_on=ends_on, hold_place=f"{place.contract.ref}:1:{place.currency}",
                               hold_amount=amount, objects=[f"contract:{place.contract.ref}"])
        seen = desk.send(f"/desk/actions/{draft}/preview", fields)
        return desk.send(f"/desk/actions/{draft}/issue", fields) if seen.status_code == 200 else seen

    return send


FORMS: dict[str, tuple[Callable[[Place], Send], Any]] = {
    "payout": (payout, select(Payout.amount_minor, Payout.currency)),
    "dispute": (dispute, select(Dispute.amount_minor, Dispute.currency)),
    "offer": (offer, select(SettlementOffer.refund_minor, SettlementOffer.currency)),
    "settling": (settling, select(ContractChoice.release_minor, ContractChoice.currency)),
    "decision": (decision, select(DisputeDecision.refund_minor, Dispute.currency).join(
        Dispute, DisputeDecision.dispute_id == Dispute.id)),
    "correction": (correction, select(Adjustment.amount_minor, Adjustment.currency)),
    "hold": (hold, select(Claim.amount_minor, Claim.currency).where(Claim.claimant == "platform")),
}


def stored(place: Place, query: Any) -> list[tuple[int, str]]:
    with place.desk.market.office.database.read() as session:
        return [tuple(row) for row in session.execute(query)]


@pytest.mark.parametrize("name", FORMS)
def test_typed_amounts_are_taken_exactly_or_refused(place: Place, name: str) -> None:
    begin, query = FORMS[name]
    send = begin(place)
    for amount, words in REFUSED[place.currency].items():
        answer = send(amount)
        assert answer.status_code in (409, 422), amount
        assert words in words_of(answer.text)
        assert f'value="{amount}"' in answer.text, "what was typed is kept"
    assert stored(place, query) == []
    taken = send(TAKEN[place.currency])
    assert taken.status_code == 303, words_of(taken.text)[:600]
    assert stored(place, query) == [(1_234, place.currency)]


def test_an_order_states_any_amount_in_any_currency(place: Place) -> None:
    """An order may state more than is there; what it states is kept to the last decimal."""
    desk = place.desk
    ref = begun(desk, desk.taken())
    for amount, words in REFUSED[place.currency].items():
        fields = typed(desk, ref, measure="restriction", block_amount=amount, block_currency=place.currency)
        answer = desk.send(f"/desk/actions/{ref}/preview", fields)
        assert answer.status_code == (422 if words else 200), amount
        assert (words or "1,234.000 KWD") in words_of(answer.text)
    fields = typed(desk, ref, measure="restriction", block_amount=TAKEN[place.currency], block_currency=place.currency)
    assert desk.send(f"/desk/actions/{ref}/propose", fields).status_code == 303
    assert stored(place, select(LegalOrder.amount_minor, LegalOrder.currency)) == [(1_234, place.currency)]


@pytest.mark.parametrize("code", ["en", "es"])
def test_both_read_it_in_their_language_with_its_currency(place: Place, code: str) -> None:
    assert offer(place)(TAKEN[place.currency]).status_code == 303
    shown = language(code).money(Money(1_234, place.currency))
    ref = stored(place, select(Dispute.ref, Dispute.currency))[0][0]
    stacy = place.stacy
    stacy.post("/language", language=code, next="/")
    page = words_of(stacy.page(f"/disputes/{ref}/settlement"))
    assert shown in page
    assert place.currency in shown
