"""What bound whom on which day: pure rules over the versions of one policy and what an account was told or accepted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class Ground(StrEnum):
    """Why a version binds an account."""

    JOINED = "joined"
    ACCEPTED = "accepted"
    TOLD = "told"


class Unbound(StrEnum):
    """Why a version does not bind an account on a day."""

    NOT_YET_IN_FORCE = "not_yet_in_force"
    JOINED_LATER = "joined_later"
    NEVER_TOLD = "never_told"
    NOTICE_PERIOD = "notice_period"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Standing:
    """One version as one account met it. Told and accepted are days, or None.

    `binds_on`: the first day after the notice period that began when the account was told. `corrects`: the version
    whose wording this one corrects, when it is an editorial correction.
    """

    version_id: UUID
    effective_on: date
    told_on: date | None = None
    binds_on: date | None = None
    accepted_on: date | None = None
    corrects: UUID | None = None


@dataclass(frozen=True, slots=True)
class Binds:
    """The version whose wording binds the account on a day, since when its rules do, and why."""

    version_id: UUID
    since: date
    ground: Ground


@dataclass(frozen=True, slots=True)
class Reason:
    """Why nothing binds, and what the reason speaks of: the day from which it would, or the version that replaced it."""

    why: Unbound
    day: date | None = None
    by: UUID | None = None
    told_on: date | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """A version together with the editorial corrections that followed it: the same rules in better words."""

    versions: tuple[Standing, ...]
    until: date | None

    @property
    def effective_on(self) -> date:
        return self.versions[0].effective_on

    def wording_of(self, day: date) -> Standing:
        """The newest wording in force on a day on which these rules are in force."""
        return [one for one in self.versions if one.effective_on <= day][-1]

    def joined_under(self, joined_on: date) -> bool:
        """Whether these were the current rules when the account joined."""
        return self.effective_on <= joined_on and (self.until is None or joined_on < self.until)

    def bound_since(self, joined_on: date) -> tuple[date, Ground] | None:
        """The first day on which these rules, taken alone, bind the account, and why; None while they never do."""
        found = [(joined_on, Ground.JOINED)] if self.joined_under(joined_on) else []
        for one in self.versions:
            if one.accepted_on is not None:
                found.append((max(one.accepted_on, one.effective_on), Ground.ACCEPTED))
            if one.binds_on is not None:
                found.append((max(one.binds_on, one.effective_on), Ground.TOLD))
        return min(found, key=lambda pair: pair[0], default=None)


def binds(versions: Sequence[Standing], version_id: UUID, joined_on: date, day: date) -> Binds | Reason:
    """Whether this version binds that account on that day, and why or why not (DESIGN 2.1).

    Never retroactive: the day is not before `effective_on`; and the version was current when the account joined, or
    was accepted by then, or was told and its notice period had passed; and no later version binds. Source: P2B 3(2).
    An editorial correction changes no rule: it binds whomever the version binds that it corrects, and what is cited by
    the version before it stays cited.
    """
    every = rules_in(versions)
    index = next(n for n, one in enumerate(every) if any(each.version_id == version_id for each in one.versions))
    rules = every[index]
    asked = next(each for each in rules.versions if each.version_id == version_id)
    if day < asked.effective_on:
        return Reason(Unbound.NOT_YET_IN_FORCE, asked.effective_on)
    bound = rules.bound_since(joined_on)
    if bound is None or bound[0] > day:
        return _not_bound(rules, bound, joined_on, day)
    later = next(_binding(every[index + 1 :], joined_on, day), None)
    if later is not None:
        return Reason(Unbound.REPLACED, later.since, later.version_id)
    return Binds(rules.wording_of(day).version_id, *bound)


def bound_on(versions: Sequence[Standing], joined_on: date, day: date) -> Binds | Reason:
    """The one version whose wording bound the account on that day; else why the newest one of that day did not."""
    every = rules_in(versions)
    found = next(_binding(every, joined_on, day), None)
    if found is not None:
        return found
    in_force = [one for one in every if one.effective_on <= day]
    if not in_force:
        return Reason(Unbound.NOT_YET_IN_FORCE, every[0].effective_on if every else None)
    return _not_bound(in_force[-1], in_force[-1].bound_since(joined_on), joined_on, day)


def bound_from(versions: Sequence[Standing], version_id: UUID, joined_on: date) -> tuple[date, date | None] | None:
    """From which day to before which day the wording of this version binds the account; None when it never does."""
    every = rules_in(versions)
    index = next(n for n, one in enumerate(every) if any(each.version_id == version_id for each in one.versions))
    asked = next(each for each in every[index].versions if each.version_id == version_id)
    bound = every[index].bound_since(joined_on)
    if bound is None:
        return None
    start = max(bound[0], asked.effective_on)
    ends = [one.effective_on for one in every[index].versions if one.effective_on > asked.effective_on]
    ends += [later[0] for one in every[index + 1 :] if (later := one.bound_since(joined_on)) is not None]
    end = min(ends, default=None)
    return None if end is not None and end <= start else (start, end)


def _binding(every: Sequence[Rules], joined_on: date, day: date) -> Iterator[Binds]:
    """What, taken alone, binds on that day, the latest rules first."""
    for rules in reversed(every):
        bound = rules.bound_since(joined_on)
        if bound is not None and rules.effective_on <= day and bound[0] <= day:
            yield Binds(rules.wording_of(day).version_id, *bound)


def _not_bound(rules: Rules, bound: tuple[date, Ground] | None, joined_on: date, day: date) -> Reason:
    """The reason that helps most: the account was not there yet, it was told too late, or it was not told."""
    told_on = min((one.told_on for one in rules.versions if one.told_on is not None and one.told_on <= day), default=None)
    since = bound[0] if bound is not None else None
    if joined_on > day:
        return Reason(Unbound.JOINED_LATER, joined_on)
    if told_on is not None:
        return Reason(Unbound.NOTICE_PERIOD, since, told_on=told_on)
    return Reason(Unbound.NEVER_TOLD, since)


def rules_in(versions: Sequence[Standing]) -> list[Rules]:
    """The versions in their order, each with the corrections that directly follow it."""
    groups: list[list[Standing]] = []
    for one in sorted(versions, key=lambda each: each.effective_on):
        if groups and one.corrects is not None and one.corrects == groups[-1][-1].version_id:
            groups[-1].append(one)
        else:
            groups.append([one])
    ends = [group[0].effective_on for group in groups[1:]]
    return [Rules(tuple(group), end) for group, end in zip(groups, [*ends, None], strict=False)]
