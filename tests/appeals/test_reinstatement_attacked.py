"""Coming back, attacked: opposite steps at once, other members of the same account, and words that nobody can see."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError

from portal.act import Office, act
from portal.appeals.operations import (
    add_to_request,
    ask_requester,
    attach_to_request,
    decide_request,
    withdraw_request,
)
from portal.appeals.reinstatement_models import Reinstatement, ReinstatementDecision, ReinstatementMessage
from portal.core.errors import NotAllowed, NotFound
from portal.documents.intake import Taken
from portal.enforcement.models import RestrictionChange
from portal.enforcement.operations import lift_action, propose_action
from portal.enforcement.rules import State
from tests.appeals.coming_back import REASONS, Closed, closed
from tests.enforcement.test_amending import begin, typed
from tests.enforcement.test_cosigning import sign
from tests.enforcement.test_members import as_member, joined
from tests.enforcement.test_races import MANY, together
from tests.factories.market import refused
from tests.factories.promising import proven

UNSEEN = "a" + "\u200b" * 40
HALF = MANY // 2


@pytest.fixture
def desk(office: Office) -> Closed:
    return closed(office)


def lifted(desk: Closed) -> int:
    with desk.office.database.read() as session:
        return session.scalar(select(func.count(RestrictionChange.id))) or 0


def test_taken_back_or_granted_and_not_both(desk: Closed) -> None:
    ref = desk.come_back()
    version, by = desk.request(ref).version, desk.holder(ref).actor
    granted = [lambda n=n: act(desk.office, decide_request, by, f"yes-{n}", reinstatement_ref=ref, version=version,
                               outcome="granted", reasons=REASONS) for n in range(HALF)]
    back = [lambda n=n: act(desk.office, withdraw_request, desk.story.tim.actor, f"back-{n}", reinstatement_ref=ref)
            for n in range(HALF)]
    found = together([one for pair in zip(granted, back, strict=True) for one in pair])
    assert found.count("done") == 1 and set(found) <= {"done", "decided", "closed"}
    state = desk.request(ref).state
    assert (state == "granted") == bool(lifted(desk)) and state in ("granted", "withdrawn") and proven(desk.market) == []


def test_lifted_or_granted_and_heard_once(desk: Closed) -> None:
    ref = desk.come_back()
    version, by, action = desk.request(ref).version, desk.holder(ref).actor, desk.action(desk.action_ref)
    granted = [lambda n=n: act(desk.office, decide_request, by, f"yes-{n}", reinstatement_ref=ref, version=version,
                               outcome="granted", reasons=REASONS) for n in range(HALF)]
    ended = [lambda n=n: act(desk.office, lift_action, desk.lee.actor, f"lift-{n}", action_ref=action.ref,
                             version=action.version, reason=REASONS) for n in range(HALF)]
    found = together([one for pair in zip(granted, ended, strict=True) for one in pair])
    assert found.count("done") == 1 and set(found) <= {"done", "decided", "nothing_to_lift"}
    assert desk.state() is State.GOOD and len(desk.said_to(desk.story.stacy)) <= 1 and proven(desk.market) == []


def test_twenty_files_begin_one_request(desk: Closed) -> None:
    def attach(n: int) -> None:
        taken = Taken(f"{n}.pdf", "application/pdf", 1000 + n, f"{n:064x}", f"key-at-{n:04}", b"sealed")
        act(desk.office, attach_to_request, desk.story.tim.actor, f"file-{n}", action_ref=desk.action_ref,
            description="Her message", taken=taken)

    found = together([lambda n=n: attach(n) for n in range(MANY)])
    assert found.count("done") == 10 and set(found) == {"done", "too_many_documents"}
    with desk.office.database.read() as session:
        assert session.scalar(select(func.count(Reinstatement.id))) == 1
    assert proven(desk.market) == []


def test_asked_answered_and_added_at_once(desk: Closed) -> None:
    ref = desk.come_back()
    version, by, tim = desk.request(ref).version, desk.holder(ref).actor, desk.story.tim.actor
    asked = [lambda n=n: act(desk.office, ask_requester, by, f"ask-{n}", reinstatement_ref=ref, version=version,
                             question="Which contracts?", days=7) for n in range(HALF)]
    added = [lambda n=n: act(desk.office, add_to_request, tim, f"add-{n}", reinstatement_ref=ref, body=f"Word {n}.")
             for n in range(HALF)]
    found = together([one for pair in zip(asked, added, strict=True) for one in pair])
    assert set(found) <= {"done", "stale", "waiting", "too_many"}
    with desk.office.database.read() as session:
        numbers = list(session.scalars(select(ReinstatementMessage.n).order_by(ReinstatementMessage.n)))
    assert numbers == list(range(1, found.count("done") + 2)) and proven(desk.market) == []


def test_who_does_not_own_the_account_takes_nothing_of_it_back(desk: Closed) -> None:
    mia, _her = joined(desk, "Mia Lund")
    ref = desk.come_back()
    for operation, args in ((withdraw_request, {}), (add_to_request, {"body": "Let me in."})):
        with pytest.raises(NotAllowed, match="owners_only"):
            desk.market.do(operation, as_member(desk, mia), reinstatement_ref=ref, **args)
        with pytest.raises(NotFound):
            desk.market.do(operation, desk.story.omar.actor, reinstatement_ref=ref, **args)
    assert desk.request(ref).state == "filed"


def test_nobody_draws_again_and_again_until_it_is_somebody_they_like(desk: Closed) -> None:
    for _time in range(5):
        desk.market.do(withdraw_request, desk.story.tim.actor, reinstatement_ref=desk.come_back())
    assert refused(desk.come_back) == "too_many"
    desk.later(hours=13)
    ref = desk.come_back()
    for n in range(30):
        desk.add(ref, f"One more word, {n}.")
    assert refused(lambda: desk.add(ref)) == "too_many"
    desk.later(hours=1)
    desk.add(ref)
    assert proven(desk.market) == []


@pytest.mark.parametrize("field", ["happened", "different"])
def test_what_is_said_can_be_seen(desk: Closed, field: str) -> None:
    assert refused(lambda: desk.come_back(**{field: UNSEEN})) == f"{field}_missing"


def test_what_is_answered_can_be_seen(desk: Closed) -> None:
    ref = desk.come_back()
    assert refused(lambda: desk.decide(ref, "declined", reasons=UNSEEN)) == "reasons_missing"
    assert refused(lambda: desk.decide(ref, "granted_with_conditions", conditions=UNSEEN)) == "conditions_missing"
    with desk.office.database.read() as session:
        assert session.scalar(select(func.count(ReinstatementDecision.id))) == 0


def test_who_signed_what_was_replaced_can_only_let_somebody_back(office: Office) -> None:
    desk = closed(office, passes=False)
    first, old = desk.story, desk.action_ref
    desk.action_ref = begin(desk, old, desk.lee)
    fields = typed(desk, desk.action_ref)
    desk.market.do(propose_action, desk.lee.actor, action_ref=desk.action_ref, version=1, fields=fields)
    sign(desk, desk.action_ref, desk.kim)
    noor = desk.market.staff("Noor Haque")
    desk.passes(days=31)
    desk.passes(seconds=((desk.asking().from_at or desk.market.now) - desk.market.now).total_seconds())
    ref = desk.come_back()
    request = desk.request(ref)
    assert desk.action(desk.action_ref).supersedes_id == desk.action(old).id
    for by in (first.rae, first.ola, desk.kim, desk.lee):
        assert refused(lambda by=by: desk.decide(ref, "declined", by)) == "own_decision"
        no = {"request_id": request.id, "decided_by": by.person.id, "outcome": "declined", "language": "en", "sha256": "0" * 64}
        with pytest.raises(DBAPIError, match="who had a part can only let somebody come back"):
            desk.market.make(lambda work, no=no: work.db.execute(insert(ReinstatementDecision).values(no)))
    desk.decide(ref, "declined", noor)
    assert desk.request(ref).state == "declined" and proven(desk.market) == []
