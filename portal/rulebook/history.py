"""Which version of a policy binds an account since when and why, with everything that it was told and accepted before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.rulebook.addresses import comparison_path, version_path
from portal.rulebook.binding import Binds, Reason, Standing, binds, bound_from, bound_on
from portal.rulebook.correcting import frozen_wording
from portal.rulebook.editorial import Changed, corrections
from portal.rulebook.models import Binding, Policy, PolicyKind, PolicyVersion
from portal.rulebook.queries import standings, versions_of


@dataclass(frozen=True, slots=True)
class Met:
    """One version as an account met it: `now` says why it binds today or why not, `span` from when to when it did."""

    slug: str
    version: PolicyVersion
    shown: PolicyVersion
    before: PolicyVersion | None
    standing: Standing
    binding: Binding | None
    now: Binds | Reason
    span: tuple[date, date | None] | None
    changed: tuple[Changed, ...] = ()

    @property
    def path(self) -> str:
        return version_path(self.slug, self.version.effective_on)

    @property
    def comparison(self) -> str | None:
        """Where it is compared with the version before it."""
        return comparison_path(self.slug, self.before.effective_on, self.version.effective_on) if self.before else None

    @property
    def accepted_at(self) -> datetime | None:
        return self.binding.accepted_at if self.binding else None

    @property
    def told_at(self) -> datetime | None:
        """When it was told; nothing for what came back."""
        return self.binding.told_at if self.binding and self.binding.untold_at is None else None

    @property
    def came_back_at(self) -> datetime | None:
        return self.binding.untold_at if self.binding else None


@dataclass(frozen=True, slots=True)
class Story:
    """A policy through the eyes of an account, its newest version first."""

    policy: Policy
    met: tuple[Met, ...]
    now: Binds | Reason

    @property
    def current(self) -> Met | None:
        """The version whose wording binds today."""
        found = self.now.version_id if isinstance(self.now, Binds) else None
        return next((one for one in self.met if one.version.id == found), None)

    @property
    def coming(self) -> list[Met]:
        """The versions with rules of their own that do not bind yet, the nearest first."""
        since = self.current.version.effective_on if self.current else date.min
        newer = [one for one in self.met if one.version.effective_on > since and one.version.corrects_id is None]
        return [one for one in reversed(newer) if isinstance(one.now, Reason)]


_BINDINGS = select(Binding).join(PolicyVersion, Binding.version_id == PolicyVersion.id).where(
    Binding.account_id == bindparam("account_id"), PolicyVersion.policy_id == bindparam("policy_id")
)


def stories(session: Session, account: Account, today: date, language: str) -> list[Story]:
    """Every policy with rules for the account, versions that are published by today, texts in that language if there are."""
    policies = session.scalars(select(Policy).where(Policy.kind == PolicyKind.TERMS).order_by(Policy.slug)).all()
    return [_story(session, account, policy, today, language) for policy in policies]


def _story(session: Session, account: Account, policy: Policy, today: date, language: str) -> Story:
    every = versions_of(session, policy.slug)
    known, shown = standings(session, account, policy.slug), [one for one in every if one.published_on <= today]
    rows = session.scalars(_BINDINGS, {"account_id": account.id, "policy_id": policy.id})
    bindings, versions = {row.version_id: row for row in rows}, [one for one in shown if one.binding]
    met = [
        Met(
            policy.slug, version, _in_language(shown, version, language), earlier,
            next(one for one in known if one.version_id == version.id), bindings.get(version.id),
            binds(known, version.id, account.joined_on, today), bound_from(known, version.id, account.joined_on),
            _changed(session, version, earlier),
        )
        for version, earlier in zip(versions, [*versions[1:], None], strict=False)
    ]
    return Story(policy, tuple(met), bound_on(known, account.joined_on, today))


def _in_language(versions: Sequence[PolicyVersion], version: PolicyVersion, language: str) -> PolicyVersion:
    same = (one for one in versions if (one.effective_on, one.language) == (version.effective_on, language))
    return next(same, version)


def _changed(session: Session, version: PolicyVersion, earlier: PolicyVersion | None) -> tuple[Changed, ...]:
    """The words that an editorial correction changed, in the binding language."""
    if earlier is None or version.corrects_id != earlier.id:
        return ()
    return tuple(corrections(frozen_wording(session, earlier), frozen_wording(session, version)))
