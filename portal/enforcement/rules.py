"""The rules of account actions over plain values: the ladder, what needs a second signature, standing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from uuid import UUID

from portal.core.clock import add_months, deadline
from portal.enforcement.models import ChangeKind, Measure, RestrictionKind
from portal.rulebook.clause_data import LONGEST_SUSPENSION_DAYS, ClauseData
from portal.rulebook.queries import Promise

LEAST_FACTS = 40
WOULD_CHANGE = (2, 5)
LONGEST_ITEM = 500
INTERIM_SPAN = timedelta(hours=72)
DETECTION_ALONE = "detection_alone"
ABOUT_CONDUCT = ("termination", "more_than_permitted", "heavier", "overturned", "held_before", DETECTION_ALONE)
"""Why a second person signs a decision about conduct, the strongest reason first."""
SECOND_PERSON = (*ABOUT_CONDUCT, "renewal", "law")
"""Why a second person signs at all."""
NO_EXHIBIT = ("protects_reporter", "protects_other_person", "shows_detection", "no_longer_exists")

# What a restriction can take away: its kind, and whether it takes only a part of it.
SCOPES: dict[str, RestrictionKind] = {
    "search": RestrictionKind.VISIBILITY,
    "profile": RestrictionKind.VISIBILITY,
    "new_contracts": RestrictionKind.SERVICE,
    "new_offers": RestrictionKind.SERVICE,
    "new_messages": RestrictionKind.SERVICE,
    "new_places": RestrictionKind.MONETARY,
}
TO_PROTECT = frozenset({"new_places"})
"""What only a measure that protects an account takes away: money that is available is paid out in every standing (DESIGN 2.5)."""
TOTAL = frozenset({"profile"})
"""What takes all of its kind."""
WITHIN = {"profile": frozenset({"search"})}
"""What is held by something larger already."""
OWN_STARTS = {f"starts_on_{scope}": scope for scope in SCOPES}
OWN_ENDS = {f"ends_on_{scope}": scope for scope in SCOPES}
OWN_REVIEWS = {f"review_on_{scope}": scope for scope in SCOPES if scope not in TO_PROTECT}
OWN_DAYS = (*OWN_STARTS, *OWN_ENDS, *OWN_REVIEWS)
CONDUCT_DAYS = tuple(
    name for names in (OWN_STARTS, OWN_ENDS, OWN_REVIEWS) for name, scope in names.items() if scope not in TO_PROTECT
)
"""The fields of a first day, a last day, and a day for a second look of their own, and what each is about."""
WHOLE = "all"
"""Instead of a milestone's number: money of the whole contract is claimed."""


class Asked(Enum):
    """Whether the person was asked before a conduct action."""

    NEVER = "never"
    WAITING = "waiting"
    DONE = "done"


class State(StrEnum):
    """What an account's actions in effect add up to, mildest first."""

    GOOD = "good"
    WARNED = "warned"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


STATE_OF = {
    Measure.WARNING: State.WARNED,
    Measure.RESTRICTION: State.RESTRICTED,
    Measure.SUSPENSION: State.SUSPENDED,
    Measure.TERMINATION: State.TERMINATED,
}


@dataclass(frozen=True, slots=True)
class Conduct:
    """What a decision under a rule is about: its days, and the contracts and messages in which it happened."""

    first: date
    last: date
    objects: frozenset[str]

    def same_as(self, other: Conduct) -> bool:
        """Whether both are about the same conduct: days that overlap, and a contract or message in common."""
        return self.first <= other.last and other.first <= self.last and not self.objects.isdisjoint(other.objects)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier issued conduct action that cites the same clause, as the ladder looks at it."""

    ref: str
    measure: str
    issued_at: datetime
    conduct_to: date
    interim: bool = False
    undone: bool = False
    id: UUID | None = None
    reversed_at: datetime | None = None
    conduct: Conduct | None = None
    superseded: bool = False

    def about(self, conduct: Conduct | None) -> bool:
        """Whether it is about that conduct."""
        return conduct is not None and self.conduct is not None and self.conduct.same_as(conduct)


@dataclass(frozen=True, slots=True)
class Permitted:
    """What a clause permits now: the measures for this occurrence, the longest suspension, and what was counted."""

    occurrence: int
    measures: tuple[str, ...]
    max_days: int
    earlier: tuple[Earlier, ...]
    look_back_months: int
    interim: bool
    most: int = LONGEST_SUSPENSION_DAYS

    def longest(self, measure: str) -> int:
        """Days a suspension may last: what the clause publishes; `most` where a second person signs for going beyond it."""
        return self.max_days if measure in self.measures else self.most


def interim_end(promise: Promise | None, now: datetime, zone: str, country: str = "") -> datetime:
    """When what we act on first ends by itself: as promise "interim" says, and after 72 hours at the latest (DESIGN 2)."""
    latest = now + INTERIM_SPAN
    return latest if promise is None else min(latest, deadline(now, promise.length, promise.unit, zone, country))


def counts(earlier: Earlier, day: date, look_back_months: int) -> bool:
    """Whether an earlier action counts towards the ladder on that day.

    It does not when it was undone (reversed, withdrawn, superseded), was interim, or when its conduct lies further back
    than the look-back. Source: DESIGN 2.3, promise "look_back" (from the day of the earlier conduct).
    """
    return not earlier.interim and not earlier.undone and day <= add_months(earlier.conduct_to, look_back_months)


def ladder(
    data: ClauseData, earlier: Iterable[Earlier], day: date, conduct: Conduct | None = None, *, promise: Promise | None = None
) -> Permitted:
    """What the clause permits on that day after these earlier actions; what is about the same conduct is no earlier time.

    `promise`: "suspension_max" as it stands on that day; a suspension lasts at most as many days, and never more than 90.
    """
    most = LONGEST_SUSPENSION_DAYS if promise is None else min(promise.length, LONGEST_SUSPENSION_DAYS)
    counted = {e.ref: e for e in earlier if counts(e, day, data.look_back_months) and not e.about(conduct)}
    occurrence = len(counted) + 1
    return Permitted(
        occurrence, data.permitted(occurrence), min(data.longest_suspension(occurrence), most), tuple(counted.values()),
        data.look_back_months, data.interim, most,
    )


def cosignature_reason(
    measure: str, permitted: Permitted, *, detection_alone: bool, overturned: bool = False, held_before: bool = False,
    heavier: bool = False,
) -> str | None:
    """Why a second person has to sign, the first that applies; None when nobody has to. Source: DESIGN 2.3, 2.5.

    `termination`, `more_than_permitted`, `heavier` (than the decision that it replaces), `overturned` (a
    decision about the same conduct was), `held_before` (the platform held money of that milestone), `detection_alone`.
    """
    beyond = measure not in permitted.measures
    applies = (measure == Measure.TERMINATION, beyond, heavier, overturned, held_before, detection_alone)
    return next((reason for reason, holds in zip(ABOUT_CONDUCT, applies, strict=True) if holds), None)


def tells_counterparts(measure: str, scopes: Sequence[str], *, holds: bool) -> bool:
    """Whether counterparts are told: only of what makes the person unavailable or touches their contract or money.

    A warning tells nobody. Source: DESIGN 2.7.
    """
    if measure == Measure.WARNING:
        return False
    return measure in (Measure.SUSPENSION, Measure.TERMINATION) or "new_contracts" in scopes or holds


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a restriction before its own end."""

    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Span:
    """One thing taken away and its time."""

    starts_at: datetime
    ends_at: datetime | None
    changes: tuple[Change, ...] = ()

    @property
    def over_at(self) -> datetime | None:
        """When it ends or ended: by its own end, or because it was lifted or reversed before; None: it has a review date."""
        ends = [c.at for c in self.changes if c.kind in (ChangeKind.LIFTED, ChangeKind.REVERSED)]
        return min([*ends, *([self.ends_at] if self.ends_at is not None else [])], default=None)

    def begun_by(self, now: datetime) -> bool:
        """Whether it had begun by now, and was not ended before it could."""
        return self.starts_at <= now and (self.over_at is None or self.over_at >= self.starts_at)

    def paused(self, now: datetime) -> bool:
        """Whether it was paused and not resumed."""
        past = [c for c in sorted(self.changes, key=lambda c: c.at) if c.at <= now]
        return bool(past) and past[-1].kind == ChangeKind.PAUSED

    def in_effect(self, now: datetime) -> bool:
        """Whether it is in effect now: begun, not ended, and neither lifted, reversed nor paused."""
        if now < self.starts_at or (self.ends_at is not None and now >= self.ends_at):
            return False
        if any(c.kind in (ChangeKind.LIFTED, ChangeKind.REVERSED) and c.at <= now for c in self.changes):
            return False
        return not self.paused(now)


def waits_to_begin(spans: Iterable[Span], now: datetime) -> bool:
    """Whether nothing of a decision is in effect although none of it was paused: what is left begins on a later day."""
    listed = list(spans)
    ahead = any(span.starts_at > now and (span.over_at is None or span.over_at > span.starts_at) for span in listed)
    return ahead and not any(span.in_effect(now) or span.paused(now) for span in listed)


@dataclass(frozen=True, slots=True)
class Weighed:
    """An issued action as standing looks at it."""

    id: UUID
    measure: str
    effective_at: datetime
    ends_at: datetime | None
    undone_at: datetime | None = None
    spans: tuple[Span, ...] = ()
    holds: bool = False

    def in_effect(self, now: datetime) -> bool:
        """Whether it is in effect now; a warning takes nothing away and runs until its look-back ends. `holds`: an order asks
        for money that is on hold as long as the decision lasts, whatever else it takes on days of its own."""
        if now < self.effective_at or (self.ends_at is not None and now >= self.ends_at):
            return False
        if self.undone_at is not None and self.undone_at <= now:
            return False
        if self.holds and not any(span.paused(now) for span in self.spans):
            return True
        return not self.spans or any(span.in_effect(now) for span in self.spans)


@dataclass(frozen=True, slots=True)
class Remains:
    """What an account's standing is without a decision: all of it, and until when; as its person may be told of it (`said`); as
    those on the other side may (`outside`). `silent`: an order forbids us to tell of something of it."""

    state: State
    until: datetime | None
    said: State
    outside: State
    silent: bool

    @property
    def restricts(self) -> bool:
        """Whether something of which the person may be told still takes something away."""
        return self.said in (State.RESTRICTED, State.SUSPENDED, State.TERMINATED)

    @property
    def restricts_outside(self) -> bool:
        """Whether something of which those on the other side may be told still applies."""
        return self.outside in (State.RESTRICTED, State.SUSPENDED, State.TERMINATED)

    @property
    def unavailable(self) -> bool:
        """Whether those on the other side may know that the person is not available."""
        return self.outside in (State.SUSPENDED, State.TERMINATED)


def worst(actions: Iterable[Weighed]) -> tuple[State, datetime | None]:
    """The state that these actions in effect add up to, and until when it lasts (None: no end date)."""
    listed = list(actions)
    order = list(State)
    state = max((STATE_OF[Measure(a.measure)] for a in listed), key=order.index, default=State.GOOD)
    ends = [a.ends_at for a in listed if STATE_OF[Measure(a.measure)] == state]
    return state, None if None in ends else max((end for end in ends if end), default=None)
