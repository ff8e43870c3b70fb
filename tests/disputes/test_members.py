"""A dispute in an account of several: its owners read and say what is written, who looks after the money divides it."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.joining import record_member
from portal.accounts.models import MemberRole
from portal.core.access import Actor
from portal.disputes.chargeback_queries import chargeback_view
from portal.disputes.chargebacks import contest_chargeback, record_chargeback
from portal.disputes.operations import (
    accept_settlement,
    answer_dispute,
    answer_our_question,
    ask_client,
    ask_review,
    decline_settlement,
    offer_settlement,
    open_dispute,
    open_shown,
    say_pressed,
)
from portal.disputes.queries import dispute_by_ref, view_of
from portal.disputes.telling import OF_MONEY, informed_of
from portal.notices.models import Notice
from portal.notices.operations import opening
from tests.disputes.deciding import Bench
from tests.factories.market import Market, Party, Story, refused


def joined(market: Market, account: Party, role: MemberRole) -> Actor:
    party = market.party(f"{role.title()}{account.account.name[:2]} Lind")
    market.make(lambda work: record_member(work, account.account, party.person, role))
    return replace(party.actor, account_ids=party.actor.account_ids | {account.account.id})


def told(bench: Bench, actor: Actor) -> list[tuple[str, str]]:
    with bench.market.office.database.read() as session:
        found = session.scalars(select(Notice).where(Notice.recipient_id == actor.person_id).order_by(Notice.id))
        return [(one.kind, f"{one.subject} {one.body} {one.mail_body}") for one in found]


def test_what_is_written_is_for_owners_and_what_moves_also_for_who_looks_after_the_money(bench: Bench) -> None:
    story, do = bench.story, bench.market.do
    of_tim, of_stacy = (joined(bench.market, one, MemberRole.FINANCE) for one in (story.tim, story.stacy))
    asked = {"dispute_ref": bench.ref, "version": bench.dispute.version, "question": "What did you agree on the phone?"}
    question = str(do(ask_client, story.rae.actor, **asked)["question"])
    written: dict[Any, dict[str, Any]] = {
        answer_dispute: {"answer": "It is mine."}, say_pressed: {"pressure": "They wrote to me."}, open_shown: {"number": 1},
        answer_our_question: {"question_ref": question, "answer": "Nothing."}, ask_review: {"reason": "Look once more."},
    }
    workers = [joined(bench.market, one, MemberRole.WORKER) for one in (story.tim, story.stacy)]
    for actor in (of_tim, of_stacy, *workers):
        met = {refused(lambda by=actor, one=one: do(one, by, dispute_ref=bench.ref, **written[one])) for one in written}
        assert met == {"owners_only"}
    do(answer_our_question, story.stacy.actor, dispute_ref=bench.ref, question_ref=question, answer="That it is the first one.")
    offer = {"refund_minor": 15_000, "days": 7, "text": "I keep the drawing."}
    first = str(do(offer_settlement, of_tim, dispute_ref=bench.ref, **offer)["offer"])
    moved: dict[Any, dict[str, Any]] = {
        offer_settlement: offer, accept_settlement: {"offer_ref": first}, decline_settlement: {"offer_ref": first}}
    for actor in workers:
        met = {refused(lambda by=actor, one=one: do(one, by, dispute_ref=bench.ref, **moved[one])) for one in moved}
        assert met == {"not_your_money"}
    do(decline_settlement, of_stacy, dispute_ref=bench.ref, offer_ref=first)
    again = str(do(offer_settlement, of_tim, dispute_ref=bench.ref, **offer)["offer"])
    do(accept_settlement, of_stacy, dispute_ref=bench.ref, offer_ref=again)
    assert bench.dispute.state == "settled" and bench.violations() == []
    for actor in (of_tim, of_stacy):
        heard = told(bench, actor)
        assert {kind for kind, _text in heard} == {OF_MONEY}
        for words in (bench.dispute.agreed, bench.dispute.happened, bench.dispute.answer, "phone", "drawing"):
            assert not any((words or "?") in text for _kind, text in heard)


def test_who_looks_after_the_money_informs_nobody_by_reading(market: Market, story: Story) -> None:
    finance = joined(market, story.tim, MemberRole.FINANCE)
    ref = str(market.dispute(story.stacy, story.contract)["dispute"])
    for actor, started in ((finance, False), (story.tim.actor, True)):
        market.do(opening, actor, about_ref=ref)
        with market.office.database.read() as session:
            dispute = dispute_by_ref(session, ref)
        assert (market.make(lambda work, of=dispute: informed_of(work, of, story.contract)) is not None) is started


@pytest.mark.parametrize(("role", "reads"), [(MemberRole.OWNER, True), (MemberRole.FINANCE, False), (MemberRole.WORKER, None)])
def test_each_role_reads_of_a_dispute_and_of_a_chargeback_what_is_theirs(bench: Bench, role: MemberRole, reads: Any) -> None:
    actor, made = joined(bench.market, bench.story.tim, role), bench.market.do(
        record_chargeback, external_id="bank-1", contract_ref=bench.story.contract.ref, milestone_number=1,
        amount_minor=40_000, currency="USD", received_at=bench.market.now, reason="Services not provided",
    )
    bench.market.do(contest_chargeback, bench.story.rae.actor, chargeback_ref=made["chargeback"])
    with bench.market.office.database.read() as session:
        if reads is None:
            assert refused(lambda: view_of(session, bench.ref, actor)) == "owners_only"
            assert refused(lambda: chargeback_view(session, made["chargeback"], actor)) == "owners_only"
            return
        assert view_of(session, bench.ref, actor).papers is reads
        assert bool(chargeback_view(session, made["chargeback"], actor).sent) is reads


def test_only_an_owner_contests_a_milestone(market: Market, story: Story) -> None:
    given = {
        "account_id": story.stacy.account.id, "contract_ref": story.contract.ref, "milestone_number": 1, "amount_minor": 40_000,
        "currency": "USD", "term_number": "3", "agreed": "A photo app.", "happened": "Nothing came.", "asks_for": "refund",
    }
    for role in (MemberRole.WORKER, MemberRole.FINANCE):
        actor = joined(market, story.stacy, role)
        assert refused(lambda by=actor: market.do(open_dispute, by, **given)) == "owners_only"
    assert refused(lambda: market.do(open_dispute, joined(market, story.stacy, MemberRole.OWNER), **given)) is None
