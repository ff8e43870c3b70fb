"""What bound whom on which day: pure rules over the versions of one policy and what an account was told or accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class Unbound(StrEnum):
    """Why a version does not bind an account on a day."""

    NOT_YET_IN_FORCE = "not_yet_in_force"
    NEVER_TOLD = "never_told"
    NOTICE_PERIOD = "notice_period"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Standing:
    """One version as one account met it: told and accepted are days, or None."""

    version_id: UUID
    effective_on: date
    told_on: date | None = None
    accepted_on: date | None = None


def _alone(version: Standing, following: Standing | None, joined_on: date, day: date, notice_days: int) -> Unbound | None:
    """Why this version, taken alone, does not bind on that day; None when it does."""
    if day < version.effective_on:
        return Unbound.NOT_YET_IN_FORCE
    current_when_joined = joined_on >= version.effective_on and (following is None or joined_on < following.effective_on)
    if current_when_joined and day >= joined_on:
        return None
    if version.accepted_on is not None and version.accepted_on <= day:
        return None
    if version.told_on is None or version.told_on > day:
        return Unbound.NEVER_TOLD
    return None if (day - version.told_on).days >= notice_days else Unbound.NOTICE_PERIOD


def why_not(
    versions: Sequence[Standing], version_id: UUID, joined_on: date, day: date, notice_days: int
) -> Unbound | None:
    """Why this version did not bind that account on that day; None when it did (DESIGN 2.1).

    Never retroactive: the day is not before `effective_on`; and the version was current when the account joined, or
    was accepted by then, or was told and its notice period had passed; and no later version binds. Source: P2B 3(2).
    """
    ordered = sorted(versions, key=lambda v: v.effective_on)
    index = next(i for i, v in enumerate(ordered) if v.version_id == version_id)
    following = [*ordered[1:], None]
    reason = _alone(ordered[index], following[index], joined_on, day, notice_days)
    if reason is not None:
        return reason
    for later in range(index + 1, len(ordered)):
        if _alone(ordered[later], following[later], joined_on, day, notice_days) is None:
            return Unbound.REPLACED
    return None


def binding_version(versions: Sequence[Standing], joined_on: date, day: date, notice_days: int) -> UUID | None:
    """The one version that bound the account on that day, or None."""
    for version in sorted(versions, key=lambda v: v.effective_on, reverse=True):
        if why_not(versions, version.version_id, joined_on, day, notice_days) is None:
            return version.version_id
    return None
