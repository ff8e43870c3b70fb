"""What an account was told of and what it accepted: the rows that binding rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Account, Member, MemberRole
from portal.accounts.queries import account_by_id
from portal.core.access import Permission, require_account, require_person
from portal.core.errors import NotAllowed, NotFound, RuleBroken
from portal.core.work import Work
from portal.log.operations import Row, add, record
from portal.rulebook.models import Binding, Policy, PolicyKind, PolicyVersion

BOUND = "policy.bound"


def binding_of(work: Work, account_id: UUID, version_id: UUID) -> Binding | None:
    """What is on record between an account and a version, locked."""
    return work.db.scalars(
        select(Binding).where(Binding.account_id == account_id, Binding.version_id == version_id).with_for_update()
    ).one_or_none()


def put_told(
    work: Work, known: Binding | None, account_id: UUID, version_id: UUID, told_at: datetime, binds_on: date
) -> list[Row]:
    """Notes since when an account counts as told; answers with the rows that the caller's event vouches for.

    `known`: what is on record between the two, locked.
    """
    rows: list[Row] = [(known, "untold")] if known is not None and known.untold_at is not None else []
    known = known or add(work, Binding(account_id=account_id, version_id=version_id))
    known.told_at, known.binds_on, known.untold_at = told_at, binds_on, None
    return [known, (known, "period"), *rows]


def put_untold(work: Work, binding: Binding) -> list[Row]:
    """What was sent came back: the account does not count as told."""
    binding.untold_at = work.now
    return [(binding, "untold")]


def record_accepted(work: Work, account: Account, version_id: UUID, accepted_at: datetime) -> Binding:
    """Puts on record that an account accepted a version; the first time counts."""
    known = binding_of(work, account.id, version_id)
    if known is not None and known.accepted_at is not None:
        return known
    return _put_accepted(work, known, account, version_id, accepted_at)


def _put_accepted(
    work: Work, known: Binding | None, account: Account, version_id: UUID, accepted_at: datetime
) -> Binding:
    known = known or add(work, Binding(account_id=account.id, version_id=version_id))
    known.accepted_at = accepted_at
    record(work, BOUND, account.ref, rows=[known], version=version_id, told_at=known.told_at, accepted_at=accepted_at)
    return known


def accept_version(work: Work, *, account_id: UUID, version_id: UUID) -> dict[str, Any]:
    """An owner accepts a version before its notice period is over; it binds from today, never before it takes effect.

    Errors: `NotFound` for another's account, in a session that a link opened for one case, and for what is no version;
    `owner_needed`; `unpublished` before its day.
    """
    work.require(Permission.ACCEPT_RULES)
    require_account(work.actor, account_id)
    if work.actor.shown_one_case:
        raise NotFound
    version = work.db.get(PolicyVersion, version_id)
    policy = work.db.get_one(Policy, version.policy_id) if version is not None else None
    if version is None or policy is None or not version.binding or policy.kind != PolicyKind.TERMS:
        raise NotFound
    owner = select(Member.id).where(
        Member.account_id == account_id, Member.person_id == require_person(work.actor), Member.ended_at.is_(None),
        Member.role == MemberRole.OWNER,
    )
    if work.db.scalar(owner) is None:
        raise NotAllowed("owner_needed", "Only an owner of this account can accept rules for it.")
    if version.published_on > work.now.date():
        raise RuleBroken("unpublished", "This version is not published yet.")
    record_accepted(work, account_by_id(work.db, account_id), version_id, work.now)
    return {"version": str(version_id)}


def report_acceptances(work: Work, *, facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the marketplace reports that accounts accepted: `account` and `version` (keys), `accepted_at` (ISO 8601).

    Checked line by line before (`rulebook.facts`). What is on record already stays as it is: running it again changes
    nothing.
    """
    work.require(Permission.LOAD_FACTS)
    accounts, known = _accounts(work, facts), _bindings(work, facts)
    recorded = 0
    for fact in facts:
        account, version_id = accounts[UUID(fact["account"])], UUID(fact["version"])
        before = known.get((account.id, version_id))
        if before is None or before.accepted_at is None:
            accepted_at = datetime.fromisoformat(fact["accepted_at"])
            known[account.id, version_id] = _put_accepted(work, before, account, version_id, accepted_at)
            recorded += 1
    return {"recorded": recorded, "known": len(facts) - recorded}


def _accounts(work: Work, facts: Sequence[Mapping[str, Any]]) -> dict[UUID, Account]:
    keys = {UUID(fact["account"]) for fact in facts}
    return {one.id: one for one in work.db.scalars(select(Account).where(Account.id.in_(keys)))}


def _bindings(work: Work, facts: Sequence[Mapping[str, Any]]) -> dict[tuple[UUID, UUID], Binding]:
    """What is on record between these accounts and versions, locked in the order of their keys."""
    rows = work.db.scalars(
        select(Binding).where(
            Binding.account_id.in_({UUID(fact["account"]) for fact in facts}),
            Binding.version_id.in_({UUID(fact["version"]) for fact in facts}),
        ).order_by(Binding.id).with_for_update()
    )
    return {(one.account_id, one.version_id): one for one in rows}
