"""New rules are told to every account, in batches that can stop anywhere: once for each account and person, never twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Member, MemberRole, Person
from portal.core.access import Permission
from portal.core.clock import local_day
from portal.core.ids import derived_ref
from portal.core.work import Work
from portal.log.models import Event
from portal.log.operations import add, record
from portal.notices.models import Notice, Telling
from portal.notices.operations import Text, tell
from portal.notices.queries import INBOX_ALONE
from portal.notices.rule_texts import RuleChange, text_of
from portal.rulebook.addresses import version_name
from portal.rulebook.models import Binding, Policy, PolicyVersion
from portal.rulebook.notice_period import notice_promised, soonest
from portal.rulebook.queries import promises

KIND = "rule_change"
TARGET = "/me/rules"
BATCH = 100
Member_ = tuple[str, Person]


def ref_of(version_id: UUID) -> str:
    """Under which reference people are told of a version."""
    return derived_ref("G", str(version_id))


def to_tell(session: Session, today: date) -> list[UUID]:
    """The versions that accounts are still to be told of: published, with rules of their own, not replaced by now.

    The first version of a policy is told to nobody: it binds who joins under it or accepts it.
    """
    rows = session.execute(
        select(PolicyVersion.id, PolicyVersion.policy_id, PolicyVersion.published_on, PolicyVersion.effective_on)
        .where(PolicyVersion.binding, PolicyVersion.corrects_id.is_(None)).order_by(PolicyVersion.effective_on)
    )
    policies = defaultdict(list)
    for row in rows:
        policies[row.policy_id].append(row)
    wanted = []
    for versions in policies.values():
        for version, following in zip(versions[1:], [*versions[2:], None], strict=False):
            replaced = following is not None and following.effective_on <= today
            if version.published_on <= today and not replaced:
                wanted.append(version.id)
    return wanted


def announce(work: Work, *, version_id: UUID, after: str | None = None) -> dict[str, Any]:
    """Tells up to a hundred more accounts of a version, in the order of their keys from `after` on.

    Answers with how many and with the last key; nothing as last: all were told. Whoever joined under the version or
    accepted it already is not told. Source: P2B 3(2); promise: rule_change_notice.
    """
    work.require(Permission.RUN_CLOCKS)
    work.db.execute(select(PolicyVersion.id).where(PolicyVersion.id == version_id).with_for_update())
    change = change_of(work.db, version_id)
    accounts = list(work.db.scalars(_untold(change.version, UUID(after) if after else None)))
    if not accounts:
        return {"accounts": 0, "last": None}
    name = version_name(change.slug, change.effective_on, change.version.language)
    event_id = work.db.scalars(select(Event.id).where(Event.subject_ref == name, Event.kind == "policy.published")).one()
    notices, tellings = _tell_all(work, change, event_id, accounts)
    record(work, "policy.announced", name, rows=[*notices, *tellings], accounts=len(accounts))
    return {"accounts": len(accounts), "last": str(accounts[-1])}


def somebody_untold(session: Session, version_id: UUID, after: UUID | None) -> bool:
    """Whether there is an account behind that key which is to be told of a version."""
    version = session.get_one(PolicyVersion, version_id)
    return session.scalar(_untold(version, after).limit(1)) is not None


def _untold(version: PolicyVersion, after: UUID | None) -> Select[UUID]:
    live = exists().where(
        Member.account_id == Account.id, Member.ended_at.is_(None), Member.person_id == Person.id,
        Person.erased_at.is_(None),
    )
    told = exists().where(Telling.account_id == Account.id, Telling.version_id == version.id)
    bound = exists().where(Binding.account_id == Account.id, Binding.version_id == version.id)
    query = select(Account.id).where(Account.joined_on < version.effective_on, live, ~told, ~bound)
    return (query.where(Account.id > after) if after else query).order_by(Account.id).limit(BATCH)


def change_of(session: Session, version_id: UUID) -> RuleChange:
    """What there is to say about a version that is not its policy's first."""
    version = session.get_one(PolicyVersion, version_id)
    policy = session.get_one(Policy, version.policy_id)
    before = session.scalars(
        select(PolicyVersion).where(
            PolicyVersion.policy_id == policy.id, PolicyVersion.binding, PolicyVersion.effective_on < version.effective_on
        ).order_by(PolicyVersion.effective_on.desc()).limit(1)
    ).one()
    same = session.scalars(select(PolicyVersion).where(
        PolicyVersion.policy_id == policy.id, PolicyVersion.effective_on == version.effective_on
    ))
    return RuleChange(policy.slug, policy.kind, version, before, {one.language: one for one in same})


def notice_days(session: Session, today: date) -> int:
    """How many days after being told today a new version counts at the earliest."""
    return (soonest(today, notice_promised(promises(session, today))) - today).days


def told_of(session: Session, notice: Notice) -> RuleChange | None:
    """Which new version a notice tells of; None for a notice about something else."""
    if notice.kind != KIND:
        return None
    versions = session.scalars(select(PolicyVersion.id).where(PolicyVersion.binding))
    return change_of(session, next(key for key in versions if ref_of(key) == notice.about_ref))


def _tell_all(
    work: Work, change: RuleChange, event_id: UUID, accounts: Sequence[UUID]
) -> tuple[list[Notice], list[Telling]]:
    people = _people(work.db, accounts)
    persons = {person.id for members in people.values() for _, person in members}
    known = {
        notice.recipient_id: notice for notice in work.db.scalars(select(Notice).where(
            Notice.event_id == event_id, Notice.kind == KIND, Notice.recipient_id.in_(persons)
        ))
    }
    texts: dict[str, Text] = {}
    days = notice_days(work.db, local_day(work.now, "UTC"))

    def compose(lang: Any, _person: Person) -> Text:
        if lang.code not in texts:
            texts[lang.code] = text_of(change, lang, days)
        return texts[lang.code]

    written, tellings, earlier = [], [], {notice.id for notice in known.values()}
    for account_id in accounts:
        members = people[account_id]
        fresh = tell(
            work, event_id=event_id, kind=KIND, recipients=[one for _, one in members if one.id not in known],
            account_id=account_id, about_ref=ref_of(change.version.id), target=TARGET, compose=compose,
        )
        known |= {notice.recipient_id: notice for notice in fresh}
        written += fresh
        tellings += [_telling(work, account_id, change.version.id, known[owner.id], earlier) for owner in _owners(members)]
    return written, tellings


def _telling(work: Work, account_id: UUID, version_id: UUID, notice: Notice, earlier: set[UUID]) -> Telling:
    """Its sending says itself when to look; a notice that was written for another account may have been sent already."""
    look_at = work.now if notice.id in earlier else work.now + INBOX_ALONE
    return add(work, Telling(account_id=account_id, version_id=version_id, notice_id=notice.id, look_at=look_at))


def _people(session: Session, accounts: Sequence[UUID]) -> dict[UUID, list[Member_]]:
    """The live members of these accounts with their roles."""
    found: dict[UUID, list[Member_]] = defaultdict(list)
    rows = session.execute(
        select(Member.account_id, Member.role, Person).join(Person, Member.person_id == Person.id)
        .where(Member.account_id.in_(accounts), Member.ended_at.is_(None), Person.erased_at.is_(None))
        .order_by(Member.created_at, Member.id)
    )
    for account_id, role, person in rows:
        found[account_id].append((role, person))
    return found


def _owners(members: Sequence[Member_]) -> list[Person]:
    """Whose being told counts for the account: its owners, or everybody where it has none."""
    return [one for role, one in members if role == MemberRole.OWNER] or [one for _, one in members]
