"""What we send a bank, what both sides read of it, and what is no chargeback."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from portal.accounts.joining import record_member
from portal.cases.models import WorkItem
from portal.core.errors import NotFound
from portal.disputes.chargeback_models import Dossier
from portal.disputes.chargebacks import contest_chargeback
from portal.enforcement.models import Action
from portal.notices.models import Notice
from tests.disputes.deciding import Bench
from tests.disputes.test_chargebacks import KINDS, bodies, come, mark, seen
from tests.factories.market import Market, Story, refused


def test_what_we_send_comes_from_the_record_and_both_read_it_the_same_day(bench: Bench) -> None:
    market, story = bench.market, bench.story
    ref = come(market, story)
    market.do(contest_chargeback, story.rae.actor, chargeback_ref=ref)
    for party in (story.stacy, story.tim):
        one = seen(market, ref, party.actor)
        assert one.dossier is not None
        assert one.dossier.made_at == market.now == one.stages["contested"]
        assert [term["number"] for term in one.sent["contract"]["terms"]] == ["1", "2", "3"]
        assert one.sent["disputes"][0]["answer"] == "The drawing is the first version."
        assert "We have answered the bank" in bodies(market, KINDS[1], party)
        assert one.passed_on_at is None
    with pytest.raises(NotFound):
        seen(market, ref, story.omar.actor)
    with market.office.database.read() as session:
        item = session.scalars(sa.select(WorkItem).where(WorkItem.subject_ref == ref)).one()
        assert item.close_reason == "contested"
    assert refused(lambda: market.do(contest_chargeback, story.ola.actor, chargeback_ref=ref)) == "contested"
    for statement in (sa.update(Dossier).values(record="{}"), sa.delete(Dossier)):
        with pytest.raises(DBAPIError, match="kept as they are"), market.office.database.writer.begin() as connection:
            connection.execute(statement)


def test_who_is_tied_to_a_side_answers_no_bank(market: Market, story: Story) -> None:
    ref = come(market, story)
    market.make(lambda work: record_member(work, story.stacy.account, story.rae.person, "worker"))
    assert refused(lambda: market.do(contest_chargeback, story.rae.actor, chargeback_ref=ref)) == "conflicted"
    assert refused(lambda: market.do(contest_chargeback, story.ola.actor, chargeback_ref=ref)) is None


def test_a_chargeback_touches_no_standing_and_is_no_report(market: Market, story: Story) -> None:
    mark(market, come(market, story), "lost")
    with market.office.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Action)) == 0
    assert "changes nothing about the standing of your account" in bodies(market, KINDS[0], story.tim)
    assert "we ask you for nothing because of it" in bodies(market, KINDS[0], story.stacy)


def test_the_same_facts_again_change_nothing_and_others_are_refused(market: Market, story: Story) -> None:
    at = market.now
    ref = come(market, story)
    assert come(market, story, received_at=at) == ref
    assert refused(lambda: come(market, story, 1, received_at=at)) == "external_id_reused"
    for other in ({"currency": "EUR"}, {"received_at": at - timedelta(days=1)}, {"milestone_number": 2}):
        assert refused(lambda other=other: come(market, story, **{"received_at": at} | other)) == "external_id_reused"
    assert refused(lambda: come(market, story, external_id="bank-2")) == "called_back"
    assert refused(lambda: mark(market, ref, "received")) == "unknown_stage"


def test_a_link_reads_the_chargeback_of_its_own_case_alone(market: Market, story: Story) -> None:
    ref = come(market, story)
    own = seen(market, ref, story.stacy.actor).case_ref
    assert seen(market, ref, story.stacy.by_link(own)).side == "client"
    with pytest.raises(NotFound):
        seen(market, ref, story.stacy.by_link("C-1"))


@pytest.mark.parametrize(("change", "code"), [
    ({"amount_minor": 0}, "not_an_amount"), ({"currency": "EUR"}, "other_currency"), ({"milestone_number": 2}, "not_paid"),
    ({"milestone_number": 9}, "not_found"), ({"received_at": timedelta(days=1)}, "released_later"),
])
def test_what_is_no_chargeback_is_refused(market: Market, story: Story, change: dict[str, Any], code: str) -> None:
    if "received_at" in change:
        change = {"received_at": market.now + change["received_at"]}
    assert refused(lambda: come(market, story, **change)) == code


def test_mails_say_no_amount(market: Market, story: Story) -> None:
    ref = come(market, story)
    mark(market, ref, "contested")
    mark(market, ref, "lost")
    with market.office.database.read() as session:
        mails = session.scalars(sa.select(Notice.mail_body).where(Notice.kind.in_(KINDS))).all()
    assert len(mails) == 6
    assert not [mail for mail in mails if "400" in (mail or "")]
