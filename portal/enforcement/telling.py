"""Who is told of an action, and when: the person first, then counterparts, and reporters who have no contract."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.cases.writers import readers_of
from portal.contracts.models import Contract
from portal.contracts.queries import counterparts_of
from portal.core.errors import NotFound
from portal.core.work import Work
from portal.enforcement.decision import Decision
from portal.enforcement.ends_first import decided_to_end_first
from portal.enforcement.members import member_person, told_of
from portal.enforcement.messages import Outside, counterpart_text, statement_text
from portal.enforcement.models import Action, Measure, Nature
from portal.enforcement.own_side import tell_own_side
from portal.enforcement.queries import account_of, owner_zone, people_by_account, rules_cited
from portal.enforcement.reported_messages import report_answered_text
from portal.enforcement.rules import tells_counterparts
from portal.enforcement.stakes import HeldOn, Stakes, stakes_of_account
from portal.notices.models import Notice
from portal.notices.operations import tell
from portal.rulebook.queries import CitedClause

LOOK_UP = "/collaborators/"


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody on the other side of a contract, with every contract through which they are, and what is open in them."""

    person: Person
    account_id: UUID
    contracts: tuple[Contract, ...]
    stakes: Stakes


def outside_of(session: Session, action: Action, zone: str | None = None) -> Outside:
    """What may be said outside of an action that was issued. Errors: `NotFound` for one that cites nothing yet.

    `zone`: the one of the account's owner, where it is known already.
    """
    name, day_ends_in = account_of(session, action).name, zone or owner_zone(session, action.account_id)
    member = member_person(session, action)
    found = outside_by(action, rules_cited(session, action), name, day_ends_in)
    return replace(found, member=member.name) if member is not None else found


def outside_by(action: Action, clauses: Sequence[CitedClause], account_name: str, zone: str) -> Outside:
    """The same where rules, name and zone are known already. Errors: `NotFound` for one that cites nothing yet."""
    if not clauses or action.effective_at is None:
        raise NotFound
    return Outside(
        action_ref=action.ref, account_name=account_name, measure=Measure(action.measure), interim=action.interim,
        clause=clauses[0], effective_at=action.effective_at, ends_at=action.ends_at, held=None, zone=zone,
        more=tuple(clauses[1:]), nature=action.nature, at_once=action.effective_at == action.issued_at,
    )


def outside_view(session: Session, decision: Decision) -> Outside:
    """What may be said outside of a decision: made before anything is written, the same for preview and issue."""
    plan, old = decision.hold, decision.replaces
    held = None
    if plan is not None and plan.there:
        held = HeldOn(plan.contract.id, plan.there, plan.number, plan.until)
    return Outside(
        action_ref=decision.action.ref, account_name=decision.account.name, measure=decision.fields.measure,
        interim=decision.fields.interim, clause=decision.clause, effective_at=decision.times.effective_at,
        ends_at=decision.times.ends_at, held=held, zone=decision.zone, more=decision.clauses[1:], nature=decision.action.nature,
        replaces=old.ref if old is not None and not old.interim else None, at_once=decision.times.effective_at <= decision.now,
        member=getattr(member_person(session, decision.action), "name", None),
    )


def addressees(session: Session, decision: Decision) -> list[Addressee]:
    """Everybody who has to be told, each once, with all their contracts. Source: DESIGN 2.7, promise "tell_clients".

    A restriction that leaves the person available is told only to the contract whose money it holds, one about a single
    member of an account to nobody: the account stays available.
    """
    fields, plan = decision.fields, decision.hold
    if decision.action.member_id is not None:
        return []
    if not tells_counterparts(fields.measure, fields.scope, holds=plan is not None):
        return []
    account_id = decision.account.id
    near = counterparts_of(session, account_id, decision.now)
    if not tells_counterparts(fields.measure, fields.scope, holds=False) and plan is not None:
        near = [(other, [c for c in listed if c.id == plan.contract.id]) for other, listed in near]
        near = [pair for pair in near if pair[1]]
    if plan is not None and plan.contract.id not in {c.id for _, listed in near for c in listed}:
        near = [*near, (plan.contract.other_side(account_id), [plan.contract])]
    return each_once(session, account_id, near, {p.id for p in decision.people}, decision.now)


def each_once(
    session: Session, account_id: UUID, near: Sequence[tuple[UUID, Sequence[Contract]]], besides: set[UUID], now: datetime
) -> list[Addressee]:
    """The people on the other side of these contracts of an account, each once, with all of them."""
    contracts = [contract for _other, listed in near for contract in listed]
    stakes = stakes_of_account(session, account_id, contracts, now)
    people = people_by_account(session, [other for other, _ in near])
    return _each_once(near, people, besides, stakes)


def _each_once(
    near: Iterable[tuple[UUID, Sequence[Contract]]], people: dict[UUID, list[Person]], besides: set[UUID], stakes: Stakes
) -> list[Addressee]:
    contracts: dict[UUID, list[Contract]] = defaultdict(list)
    first: dict[UUID, tuple[Person, UUID]] = {}
    for account_id, listed in near:
        for person in people[account_id]:
            if person.id not in besides:
                first.setdefault(person.id, (person, account_id))
                contracts[person.id] += listed
    return [Addressee(person, account_id, tuple(contracts[key]), stakes) for key, (person, account_id) in first.items()]


def told_at(decision: Decision, each: Addressee) -> datetime:
    """When somebody on the other side is told: once that begins which makes the person unavailable, or touches their money."""
    starts = [
        one.starts_at for one in decision.takes if tells_counterparts(decision.fields.measure, [one.scope], holds=False)
    ]
    if decision.fields.measure is not Measure.RESTRICTION:
        return decision.times.effective_at
    touched = decision.hold is not None and decision.hold.contract.id in {one.id for one in each.contracts}
    return decision.now if touched else min(starts, default=decision.now)


def tell_all(
    work: Work, decision: Decision, event_id: UUID, heard: Mapping[UUID, Notice], answered: Mapping[UUID, Notice]
) -> list[Notice]:
    """Tells the person of the decision, then counterparts and reporters, whose notices wait until the person's was sent.

    Nobody is told while an order forbids it: what is said then is said when that ends. `heard`, `answered`: how people heard
    of the decision that this one replaces; what tells them of this one corrects that.
    """
    outside, action = outside_view(work.db, decision), decision.action
    if decision.order is not None and decision.order.silence is not None:
        return []
    mine = tell(
        work, event_id=event_id, kind="statement", recipients=told_of(work.db, action), account_id=decision.account.id,
        about_ref=action.ref, case_ref=decision.case.ref, target=f"/me/actions/{action.ref}",
        compose=statement_text(outside, decision.appeal_until, decision.fields.own.check, decided_to_end_first(decision)),
    )
    told, own = list(mine), tell_own_side(work, action, outside, event_id, mine[0])
    for each in addressees(work.db, decision):
        when = told_at(decision, each)
        before = heard.get(each.person.id) if when <= work.now else None
        told += tell(
            work, event_id=event_id, kind="counterpart_action", recipients=[each.person], account_id=each.account_id,
            about_ref=action.ref, target=f"{LOOK_UP}{decision.account.ref}", after=mine[0],
            compose=counterpart_text(outside, each.contracts, each.stakes, again=before is not None),
            not_before=when, corrects={each.person.id: before} if before is not None else None,
        )
    besides = {notice.recipient_id for notice in told} | heard.keys()
    return told + own + _tell_reporters(work, decision, event_id, mine[0], besides, answered)


def _tell_reporters(
    work: Work, decision: Decision, event_id: UUID, after: Notice, told: set[UUID], answered: Mapping[UUID, Notice]
) -> list[Notice]:
    """Those who reported and hear nothing as a counterpart: the rule, and that it applied.

    Not of an interim decision, or of one that is not about conduct: nothing of what they reported is decided. Whoever was
    answered with the decision that this one replaces hears of it only where other rules are applied now.
    """
    if decision.fields.interim or decision.action.nature != Nature.CONDUCT:
        return []
    if decision.replaces is not None and not _other_rules(work, decision, decision.replaces):
        told = told | answered.keys()
    notices: list[Notice] = []
    for report in decision.reports:
        if report.reporter_account_id is None or report.reporter_account_id == decision.account.id:
            continue
        people = [person for person, _ref in readers_of(work.db, report.reporter_account_id, [report.ref])]
        notices += tell(
            work, event_id=event_id, kind="report_answered", recipients=[p for p in people if p.id not in told],
            account_id=report.reporter_account_id, about_ref=report.ref, target="/me/inbox", after=after,
            compose=report_answered_text(decision.clauses), not_before=decision.times.effective_at, corrects=answered,
        )
    return notices


def _other_rules(work: Work, decision: Decision, old: Action) -> bool:
    """Whether it applies other rules than the decision that it replaces, in whatever version."""
    return {one.clause_id for one in decision.clauses} != {one.clause_id for one in rules_cited(work.db, old)}
