"""An appeal in an account of several: who hears of it, whose it is, and who alone can take it back."""

from typing import Any

import pytest

from portal.accounts.models import MemberRole
from portal.act import Office
from portal.appeals.operations import add_to_appeal, contest_withheld, decide_withheld, file_appeal, withdraw_appeal
from portal.appeals.queries import window_of
from portal.core.errors import NotAllowed, NotFound
from portal.enforcement.evidence import put_exhibit
from portal.enforcement.operations import start_action
from portal.notices.operations import opening
from tests.appeals.conftest import BODY, Bench, opened_case, with_exhibit
from tests.enforcement.conftest import Desk
from tests.enforcement.test_members import as_member, joined, left, told, violations
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


def other_owner(bench: Desk, name: str) -> Party:
    return joined(bench, name, MemberRole.OWNER)[0]


def test_only_who_sent_it_or_an_owner_takes_it_back(bench: Bench) -> None:
    (mia, her), (bo, _his), ben = joined(bench, "Mia Lund"), joined(bench, "Bo Lind"), other_owner(bench, "Ben Roth")
    bench.answer(bench.ask(member_id=her))
    bench.action_ref = str(bench.market.do(start_action, bench.story.rae.actor, case_ref=bench.case_ref, member_id=her,
                                           clause_version_id=bench.clause())["action"])
    bench.issue(bench.action_ref)
    for by in (mia, ben, bench.story.tim):
        ref = sent(bench, as_member(bench, mia))
        with pytest.raises(NotFound):
            bench.market.do(withdraw_appeal, as_member(bench, bo), appeal_ref=ref)
        bench.market.do(withdraw_appeal, as_member(bench, by), appeal_ref=ref)
    ref = sent(bench, as_member(bench, ben))
    with pytest.raises(NotAllowed) as met:
        bench.market.do(withdraw_appeal, as_member(bench, mia), appeal_ref=ref)
    assert (met.value.code, bench.appeal(ref).withdrawn_at) == ("not_yours", None)
    assert violations(bench) == []


def test_it_is_whose_who_sent_it_last_also_where_somebody_else_had_begun_it(bench: Bench) -> None:
    ben, ana = other_owner(bench, "Ben Roth"), other_owner(bench, "Ana Ruiz")
    whole(bench)
    bench.attach(actor=as_member(bench, ben))
    ref = sent(bench, as_member(bench, ana))
    owners = {one.person.id for one in (bench.story.tim, ben, ana)}
    assert heard_of(bench, ref, "appeal_filed") == owners and bench.appeal(ref).person_id == ana.person.id
    bench.market.do(withdraw_appeal, as_member(bench, ben), appeal_ref=ref)
    assert sent(bench, as_member(bench, ben)) == ref and bench.appeal(ref).person_id == ben.person.id
    assert violations(bench) == []


def test_each_owner_has_their_own_time_and_one_who_came_later_that_of_the_first(bench: Bench) -> None:
    ben = other_owner(bench, "Ben Roth")
    mia, her = joined(bench, "Mia Lund")
    bench.answer(bench.ask(member_id=her))
    bench.action_ref = str(bench.market.do(start_action, bench.story.rae.actor, case_ref=bench.case_ref, member_id=her,
                                           clause_version_id=bench.clause())["action"])
    bench.issue(bench.action_ref)
    for reader in (mia, ben, bench.story.tim):
        bench.market.do(opening, as_member(bench, reader), about_ref=bench.action_ref)
        bench.later(days=1)
    ana = other_owner(bench, "Ana Ruiz")
    with bench.office.database.read() as session:
        action = bench.action(bench.action_ref)
        until = [window_of(session, action, one.person.id).until for one in (mia, ben, bench.story.tim, ana)]
    assert until[0] < until[1] < until[2] and until[3] == until[1]


def test_who_sent_an_appeal_as_an_owner_and_left_hears_no_more_of_it(bench: Bench) -> None:
    ben = other_owner(bench, "Ben Roth")
    whole(bench)
    ref = sent(bench, as_member(bench, ben))
    gone = left(bench, ben)
    with pytest.raises(NotFound):
        bench.market.do(add_to_appeal, gone, appeal_ref=ref, body="One more thing that I know of.")
    bench.market.do(add_to_appeal, bench.story.tim.actor, appeal_ref=ref, body="One more thing that I know of.")
    assert heard_of(bench, ref, "appeal_received") == {bench.story.tim.person.id}
