"""What the filled database has of money: disputes, fees, chargebacks, settlements, payouts."""

from __future__ import annotations

from portal.contracts.running import choose_way
from portal.core.access import OPERATOR
from portal.disputes.bank_words import say_to_bank
from portal.disputes.chargebacks import mark_chargeback, record_chargeback
from portal.disputes.operations import (
    accept_settlement,
    answer_our_question,
    ask_client,
    decline_settlement,
    offer_settlement,
    propose_decision,
    second_decision,
    show_file,
)
from portal.documents.intake import Taken
from portal.ledger.operations import mark_payout, mark_refund, propose_adjustment, sign_adjustment
from portal.ledger.refund_queries import refunds_of
from portal.notices.outgoing import SECRET_SEAL, set_endpoint
from tests.disputes.deciding import Bench as Dispute
from tests.factories.market import Market, Staff, Story


def disputes(market: Market, story: Story, lee: Staff) -> None:
    """One is decided, reviewed and carried out; a large one by two; one is settled; two wait for an answer."""
    small = Dispute(market, story, str(market.dispute(story.stacy, story.contract)["dispute"]), lee)
    shop = market.contract(story.stacy, story.tim, "Shop", [150_000], released={1: 8}, started=12)
    large = Dispute(market, story, str(market.dispute(story.stacy, shop, 150_000)["dispute"]), lee)
    _settled(market, story)
    _asked(market, story, lee)
    _called_back(market, story)
    _stopped(market, story)
    for party in (story.stacy, story.tim):
        market.do(choose_way, party.actor, contract_ref=story.contract.ref, way="settle", release_minor=0, words="Let us stop.")
    book = market.contract(story.omar, story.tim, "Cookbook", [60_000], released={1: 3}, started=12)
    market.dispute(story.omar, book, 30_000)
    market.contract(story.omar, story.tim, "Preface", [20_000], released={1: 2}, started=12)
    for party in (story.omar, story.tim):
        market.do(choose_way, party.actor, contract_ref=book.ref, way="finish")
    for one in (small, large):
        one.answer()
    _heard(market, story, small)
    small.decide()
    small.ask(story.tim.actor)
    small.review(small.drawn())
    market.do(propose_decision, story.rae.actor, **large.choice())
    market.do(second_decision, story.ola.actor, dispute_ref=large.ref, version=large.dispute.version)
    _fees(market, story, lee)


def _fees(market: Market, story: Story, lee: Staff) -> None:
    """Money paid in for a milestone is released with our fee, some of another goes back, and a lead's correction is signed."""
    menu = market.contract(story.omar, story.tim, "Menu", [50_000, 10_000], started=12)
    for number in (1, 2):
        market.pay_in(menu, number, 10_000)
    market.earn(menu, 1, 9_000, days_ago=1, fee_minor=1_000)
    market.give_up(menu, 2, amount_minor=1_000, currency="USD", returned_at=market.now)
    told = {"contract_ref": menu.ref, "milestone_number": 1, "kind": "added", "amount_minor": 500, "currency": "USD"}
    reason = "The milestone was put on record with a wrong amount."
    made = market.do(propose_adjustment, lee.actor, reason=reason, **told)
    market.do(sign_adjustment, story.ola.actor, adjustment_ref=made["adjustment"], outcome="signed")


def _asked(market: Market, story: Story, lee: Staff) -> None:
    """In another one we asked the client, and wait for the answer."""
    flyer = market.contract(story.omar, story.tim, "Flyer", [30_000], released={1: 6}, started=12)
    one = Dispute(market, story, str(market.dispute(story.omar, flyer, 20_000)["dispute"]), lee)
    one.answer()
    args = {"dispute_ref": one.ref, "version": one.dispute.version, "question": "Which version is it about?"}
    market.do(ask_client, story.rae.actor, **args)


def _called_back(market: Market, story: Story) -> None:
    """A bank calls a contested milestone back, and we answer it; another one gives a part back that is not there any more."""
    sign = market.contract(story.omar, story.tim, "Sign", [30_000], released={1: 9}, started=12)
    market.dispute(story.omar, sign, 20_000)
    menu = market.contract(story.omar, story.tim, "Menu", [30_000], released={1: 90}, started=95)
    market.pay_out(story.tim, story.destination, 20_000)
    door = market.contract(story.omar, story.tim, "Door", [30_000], started=12)
    market.pay_in(door, 1, 30_000)
    for contract, stage in ((sign, "contested"), (menu, "lost"), (door, "won")):
        made = market.do(
            record_chargeback, external_id=f"bank-{contract.ref}", contract_ref=contract.ref, milestone_number=1,
            amount_minor=30_000, currency="USD", received_at=market.now, reason="Services not provided",
        )
        if stage == "contested":
            market.do(say_to_bank, story.tim.actor, chargeback_ref=made["chargeback"], text="She thanked me for it.")
        market.do(mark_chargeback, chargeback_ref=made["chargeback"], stage=stage)


def _stopped(market: Market, story: Story) -> None:
    """A bank calls back what both had agreed goes back: part of it is given back by the bank, the rest is still to be sent."""
    stamp = market.contract(story.omar, story.tim, "Stamp", [30_000], released={1: 6}, started=12)
    ref = str(market.dispute(story.omar, stamp, 20_000)["dispute"])
    made = market.do(offer_settlement, story.tim.actor, dispute_ref=ref, refund_minor=9_000, days=7, text="Let us share it.")
    market.do(accept_settlement, story.omar.actor, dispute_ref=ref, offer_ref=made["offer"])
    called = market.do(
        record_chargeback, external_id=f"bank-{stamp.ref}", contract_ref=stamp.ref, milestone_number=1, amount_minor=8_000,
        currency="USD", received_at=market.now, reason="Services not provided",
    )
    market.do(mark_chargeback, chargeback_ref=called["chargeback"], stage="lost")


def _heard(market: Market, story: Story, contested: Dispute) -> None:
    """Before it is decided: the freelancer shows a file and the client answers a question."""
    taken = Taken("drawing.pdf", "application/pdf", 1000, "d" * 64, "key-heard", b"sealed")
    market.do(show_file, story.tim.actor, dispute_ref=contested.ref, description="The drawing", taken=taken)
    asked = market.do(ask_client, story.rae.actor, dispute_ref=contested.ref, version=contested.dispute.version, question="When?")
    args = {"dispute_ref": contested.ref, "question_ref": asked["question"], "answer": "On Friday."}
    market.do(answer_our_question, story.stacy.actor, **args)


def _settled(market: Market, story: Story) -> None:
    """Another one both sides settle: an offer is declined, the other side's is accepted; the marketplace sent what went back."""
    poster = market.contract(story.omar, story.tim, "Poster", [30_000], released={1: 6}, started=12)
    ref = str(market.dispute(story.omar, poster, 20_000)["dispute"])
    for by, other, back, end in (
        (story.omar, story.tim, 19_000, decline_settlement), (story.tim, story.omar, 8_000, accept_settlement),
    ):
        made = market.do(offer_settlement, by.actor, dispute_ref=ref, refund_minor=back, days=7, text="Let us share it.")
        market.do(end, other.actor, dispute_ref=ref, offer_ref=made["offer"])
    with market.office.database.read() as session:
        back_ref = refunds_of(session, story.omar.account.id)[0].ref
    market.do(mark_refund, refund_ref=back_ref, state="sent", reference="transfer-1", amount_minor=8_000)


def paid_out(market: Market, story: Story) -> None:
    """One payout is on its way, one arrived; the marketplace had an address for messages and has another one now."""
    refs = [market.pay_out(story.tim, story.destination, 1_000)["payout"] for _ in range(2)]
    market.do(mark_payout, payout_ref=refs[0], state="sent")
    for number in (1, 2):
        sealed = market.office.keyring.seal(SECRET_SEAL, b"whsec_" + b"QUJD" * 8)
        market.do(set_endpoint, OPERATOR, name="main", url=f"https://203.0.113.{number}/hooks", sealed_secret=sealed)
    for currency in ("JPY", "KWD"):
        _in_another_currency(market, story, currency)


def _in_another_currency(market: Market, story: Story, currency: str) -> None:
    """Money of every kind without decimals, and with three: in each book that there is something, of one minor unit at least."""
    verse = market.contract(story.omar, story.tim, f"Verse {currency}", [50_000] * 4, started=12, currency=currency)
    for number in (1, 2, 3):
        market.pay_in(verse, number, 10_000, currency=currency)
    for number, day in ((1, 9), (4, 8)):
        market.earn(verse, number, 9_000, days_ago=day, fee_minor=999, currency=currency)
    market.give_up(verse, 2, amount_minor=1_001, currency=currency, returned_at=market.now)
    refs = [market.pay_out(story.tim, story.destination, 1_001, currency)["payout"] for _ in range(2)]
    market.do(mark_payout, payout_ref=refs[0], state="paid")
    ref = str(market.dispute(story.omar, verse, 7_001, currency=currency)["dispute"])
    made = market.do(offer_settlement, story.tim.actor, dispute_ref=ref, refund_minor=3_001, days=7, text="Let us share it.")
    market.do(accept_settlement, story.omar.actor, dispute_ref=ref, offer_ref=made["offer"])
    for number, amount, stage in ((4, 9_999, "lost"), (3, 501, "contested")):
        called = market.do(
            record_chargeback, external_id=f"bank-{currency}-{number}", contract_ref=verse.ref, milestone_number=number,
            amount_minor=amount, currency=currency, received_at=market.now, reason="Services not provided",
        )
        market.do(mark_chargeback, chargeback_ref=called["chargeback"], stage=stage)
    market.earn(verse, 1, 4_000, days_ago=1, fee_minor=1, currency=currency)
    market.dispute(story.omar, verse, 2_001, currency=currency)
