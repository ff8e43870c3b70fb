"""An appeal in an account of several: who hears of it, whose it is, and who alone can take it back."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.joining import record_member
from portal.act import Office
from portal.appeals.operations import contest_withheld, decide_withheld, file_appeal, withdraw_appeal
from portal.core.errors import NotAllowed
from portal.enforcement.evidence import put_exhibit
from portal.enforcement.operations import start_action
from portal.notices.models import Notice
from tests.appeals.conftest import BODY, Bench, opened_case, with_exhibit
from tests.enforcement.conftest import Desk
from tests.enforcement.test_members import as_member, joined, told, violations
from tests.factories.market import Market, Party

WORDS = "I want to read what was said about this message."


@pytest.fixture
def bench(office: Office) -> Bench:
    market = Market(office)
    story = market.story()
    market.dispute(story.stacy, story.contract, report=True)
    made = with_exhibit(Bench(market, story, opened_case(office)))
    assert isinstance(made, Bench)
    return made


def heard_of(bench: Bench, ref: str, kind: str) -> set[Any]:
    return {who for who, one, _body in told(bench, ref) if one == kind}


def test_the_member_whom_a_letter_is_about_hears_that_it_shows_more_now(bench: Bench) -> None:
    mia, her = joined(bench, "Mia Lund")
    _bo, _his = joined(bench, "Bo Lind")
    bench.answer(bench.ask(member_id=her))
    action = str(bench.market.do(start_action, bench.story.rae.actor, case_ref=bench.case_ref, member_id=her,
                                 clause_version_id=bench.clause())["action"])
    kept = bench.market.do(
        put_exhibit, bench.story.rae.actor, case_ref=bench.case_ref, kind="pasted", named=bench.story.stacy.account.ref,
        description="A message of 14 November", quoted="Where is it?", ground="protects_other_person",
    )
    bench.issue(action, exhibits=["1", str(kept["exhibit"])])
    owner = bench.story.tim
    ref = str(bench.market.do(contest_withheld, owner.actor, action_ref=action, body=WORDS)["appeal"])
    bench.begin(ref)
    bench.market.do(decide_withheld, bench.story.ola.actor, appeal_ref=ref, version=bench.appeal(ref).version,
                    outcome="reversed", reasons="It names nobody and can be read.")
    assert heard_of(bench, ref, "appeal_decided") == {owner.person.id, mia.person.id}
    assert violations(bench) == []


def whole(bench: Bench) -> str:
    bench.action_ref = bench.ready()
    bench.issue(bench.action_ref)
    return bench.action_ref


def sent(bench: Bench, by: Any) -> str:
    return str(bench.market.do(file_appeal, by, action_ref=bench.action_ref, grounds=["other"], body=BODY)["appeal"])


def test_only_who_sent_it_or_an_owner_takes_it_back(bench: Bench) -> None:
    (mia, _her), (bo, _his) = joined(bench, "Mia Lund"), joined(bench, "Bo Lind")
    whole(bench)
    for by in (as_member(bench, mia), bench.story.tim.actor):
        ref = sent(bench, as_member(bench, mia))
        with pytest.raises(NotAllowed) as met:
            bench.market.do(withdraw_appeal, as_member(bench, bo), appeal_ref=ref)
        assert (met.value.code, bench.appeal(ref).withdrawn_at) == ("not_yours", None)
        bench.market.do(withdraw_appeal, by, appeal_ref=ref)
    assert violations(bench) == []


def other_owner(bench: Desk, name: str) -> Party:
    party = bench.market.party(name)
    bench.market.make(lambda work: record_member(work, bench.story.tim.account, party.person, "owner"))
    return party


def test_it_is_whose_who_sent_it_last_also_where_somebody_else_had_begun_it(bench: Bench) -> None:
    (mia, _her), (bo, _his) = joined(bench, "Mia Lund"), joined(bench, "Bo Lind")
    whole(bench)
    bench.attach(actor=as_member(bench, bo))
    ref = sent(bench, as_member(bench, mia))
    assert heard_of(bench, ref, "appeal_filed") == {bench.story.tim.person.id, mia.person.id}
    with pytest.raises(NotAllowed):
        bench.market.do(withdraw_appeal, as_member(bench, bo), appeal_ref=ref)
    ben = other_owner(bench, "Ben Roth")
    bench.market.do(withdraw_appeal, as_member(bench, ben), appeal_ref=ref)
    assert sent(bench, as_member(bench, bo)) == ref and bench.appeal(ref).person_id == bo.person.id
    with bench.office.database.read() as session:
        again = session.scalars(select(Notice.recipient_id).where(Notice.about_ref == ref, Notice.kind == "appeal_filed"))
        assert bo.person.id in set(again)
    assert violations(bench) == []
