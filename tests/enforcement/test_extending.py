"""Holding longer: once, with a reason and a second signature, never with a free moment, and both sides hear of it."""

from typing import Any

from sqlalchemy import select, update

from portal.accounts.models import Person
from portal.cases.models import Clock, WorkItem
from portal.contracts.queries import contract_by_ref, milestone_of
from portal.core.clock import ends_a_day
from portal.core.ids import new_id
from portal.core.work import Work
from portal.enforcement.checks import CHECKS as ACTION_CHECKS
from portal.enforcement.extending import can_extend
from portal.enforcement.operations import lift_action, propose_extension, return_extension, sign_extension
from portal.ledger.checks import CHECKS
from portal.ledger.extension_models import HoldExtension
from portal.ledger.models import Hold
from portal.ledger.operations import make_way
from portal.log.operations import record
from portal.notices.models import Notice
from tests.enforcement.conftest import Desk
from tests.enforcement.test_before import held, month_later, refusal
from tests.enforcement.test_cosigning import propose as put_before
from tests.enforcement.test_cosigning import sign as co_sign
from tests.enforcement.test_lapses import settle
from tests.factories.market import refused, usd

WHY = "Omar's files arrive next week, and only they show who drew what."
READ = "I read all of it, and would hold it longer too."
OURS, HIS = 85_000, "Pacific/Auckland"


def broken(desk: Desk) -> list[str]:
    with desk.office.database.read() as session:
        return [line for check in (*CHECKS, *ACTION_CHECKS) for line in check(session)]


def holding(desk: Desk) -> str:
    ref = desk.ready()
    desk.issue(ref, **held(desk))
    settle(desk)
    return ref


def propose(desk: Desk, ref: str, **other: Any) -> None:
    desk.market.do(propose_extension, desk.story.rae.actor, **({"action_ref": ref, "reason": WHY} | other))


def newest(desk: Desk) -> str:
    """The reference of what was proposed last."""
    with desk.office.database.read() as session:
        return session.scalars(select(HoldExtension.ref).order_by(HoldExtension.id.desc())).first() or ""


def read(desk: Desk, ref: str) -> dict[str, Any]:
    """What the second person says of it."""
    return {"action_ref": ref, "extension_ref": newest(desk), "reason": READ}


def sign(desk: Desk, ref: str, **other: Any) -> None:
    desk.market.do(sign_extension, desk.story.ola.actor, **(read(desk, ref) | other))


def holds(desk: Desk) -> list[Hold]:
    with desk.office.database.read() as session:
        return list(session.scalars(select(Hold).where(Hold.amount_minor == OURS).order_by(Hold.id)))


def told(desk: Desk) -> list[Notice]:
    with desk.office.database.read() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == "hold_extended").order_by(Notice.id)))


def test_a_hold_is_made_longer_once_and_nothing_is_free_between(desk: Desk) -> None:
    desk.market.make(lambda work: work.db.execute(update(Person).where(Person.id == desk.story.tim.person.id).values(zone=HIS)))
    ref, before = holding(desk), desk.market.funds(desk.story.tim)
    propose(desk, ref)
    assert len(holds(desk)) == 1 and told(desk) == []
    sign(desk, ref)
    old, new = holds(desk)
    assert (new.successor_of_id, new.claim_id, new.cause_event_id) == (old.id, old.claim_id, old.cause_event_id)
    assert (new.expires_at - old.expires_at).days == 30 and ends_a_day(new.expires_at, HIS)
    assert old.ended_at is not None and new.ended_at is None
    after = desk.market.funds(desk.story.tim)
    assert (after.held, after.available) == (before.held, before.available)
    assert refused(lambda: propose(desk, ref)) == "nothing_to_extend"
    assert broken(desk) == []
    desk.later(days=32)
    settle(desk)
    assert desk.market.funds(desk.story.tim).held == before.held, "it still holds after the first month"
    desk.later(days=30)
    settle(desk)
    assert holds(desk)[1].end_kind == "expired" and broken(desk) == []


def test_both_sides_hear_of_it_and_only_the_person_of_the_reason(desk: Desk) -> None:
    ref = holding(desk)
    propose(desk, ref)
    sign(desk, ref)
    read = {notice.recipient_id: notice for notice in told(desk)}
    mine, theirs = read[desk.story.tim.person.id], read[desk.story.omar.person.id]
    assert len(read) == 2 and WHY in (mine.body or "") and WHY not in (mine.mail_body or "")
    assert WHY not in (theirs.body or "") and "$850.00" in (theirs.body or "") and ref not in (theirs.body or "")


def test_it_needs_somebody_else_and_a_reason(desk: Desk) -> None:
    ref, rae = holding(desk), desk.story.rae.actor
    assert refused(lambda: propose(desk, ref, reason=" ")) == "reason_missing"
    assert refused(lambda: sign(desk, ref)) == "not_waiting"
    propose(desk, ref)
    assert refused(lambda: propose(desk, ref)) == "waiting"
    own = read(desk, ref)
    assert refused(lambda: desk.market.do(sign_extension, rae, **own)) == "own_proposal"
    assert refused(lambda: sign(desk, ref, reason="")) == "reason_missing"
    desk.market.do(return_extension, rae, **own)
    assert refused(lambda: sign(desk, ref)) == "not_waiting"
    propose(desk, ref)
    for said in (sign_extension, return_extension):
        assert refused(lambda said=said: desk.market.do(said, desk.story.ola.actor, **own)) == "not_waiting", "it was read before"
    desk.market.do(return_extension, desk.story.ola.actor, **read(desk, ref))
    assert len(holds(desk)) == 1 and broken(desk) == []


def test_what_nobody_signs_in_time_ends_when_it_was_said_to(desk: Desk) -> None:
    ref = holding(desk)
    propose(desk, ref)
    desk.later(days=5)
    settle(desk)
    assert refused(lambda: sign(desk, ref)) == "not_waiting"
    propose(desk, ref)
    desk.later(days=26)
    with desk.office.database.read() as session:
        assert can_extend(session, desk.action(ref), desk.market.now) is None, "also before a worker has looked"
    settle(desk)
    assert holds(desk)[0].end_kind == "expired"
    assert refused(lambda: sign(desk, ref)) == "nothing_to_extend" and broken(desk) == []


def test_lifting_the_decision_ends_the_longer_hold_too(desk: Desk) -> None:
    ref = holding(desk)
    propose(desk, ref)
    sign(desk, ref)
    end = {"action_ref": ref, "version": desk.action(ref).version, "reason": "The files show that it was his own work."}
    desk.market.do(lift_action, desk.story.rae.actor, **end)
    assert desk.market.funds(desk.story.tim).held == usd(40_000) and broken(desk) == []


def waiting(desk: Desk) -> list[tuple[str | None, str | None, str | None]]:
    """How each longer hold ended, what became of its work, and of the promise to sign in time."""
    rows = select(HoldExtension.end_kind, WorkItem.close_reason, Clock.result).join(
        WorkItem, WorkItem.subject_ref == HoldExtension.ref).join(Clock, Clock.subject_ref == HoldExtension.ref)
    with desk.office.database.read() as session:
        return [(end, reason, result) for end, reason, result in session.execute(rows.order_by(HoldExtension.id))]


def give_way(work: Work, *, contract_ref: str, amount_minor: int) -> dict[str, Any]:
    """What of the second milestone a client contests is let go by us, and the rest stays on hold."""
    milestone, event_id = milestone_of(work.db, contract_by_ref(work.db, contract_ref).id, 2), new_id()
    gave, rows = make_way(work, milestone, usd(amount_minor), event_id)
    record(work, "dispute.opened", "D-TEST", rows=rows, event_id=event_id)
    return {"gave": [one.hold.ref for one in gave]}


def test_what_waits_to_be_signed_is_over_with_the_hold(desk: Desk) -> None:
    """Nobody is asked to sign for a hold that ended, and no promise of ours counts as broken by it."""
    ref = holding(desk)
    propose(desk, ref)
    desk.market.do(give_way, contract_ref=desk.story.other_contract.ref, amount_minor=100)
    assert waiting(desk) == [("over", "over", "void")]
    assert refused(lambda: sign(desk, ref)) == "not_waiting"
    propose(desk, ref)
    end = {"action_ref": ref, "version": desk.action(ref).version, "reason": "The files show that it was his own work."}
    desk.market.do(lift_action, desk.story.rae.actor, **end)
    assert waiting(desk) == [("over", "over", "void")] * 2
    desk.later(days=5)
    settle(desk)
    assert waiting(desk) == [("over", "over", "void")] * 2 and broken(desk) == []


def test_what_was_held_longer_is_not_held_by_a_new_decision(desk: Desk) -> None:
    ref = holding(desk)
    propose(desk, ref)
    sign(desk, ref)
    desk.later(days=32)
    settle(desk)
    third = month_later(desk)
    assert refusal(lambda: desk.issue(third, **held(desk))).code == "held_twice"


def test_a_hold_that_is_already_the_second_stays_as_long_as_it_is(desk: Desk) -> None:
    holding(desk)
    second = month_later(desk)
    put_before(desk, 1, second, **held(desk, measure="suspension"))
    co_sign(desk, second)
    assert refused(lambda: propose(desk, second)) == "nothing_to_extend"
